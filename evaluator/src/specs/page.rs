//! A page, cut into headings and fenced blocks.

/// A heading or a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A heading: how deep it is, what it says, and its line, counted from 1.
    Heading(usize, String, usize),
    /// A fenced block.
    Block(Block),
    /// A fence that nothing closes, with its line.
    Open(usize),
}

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The first word after the fence.
    pub(super) kind: String,
    /// The rest of that line.
    pub(super) info: String,
    /// The lines between the fences, each with its newline.
    pub(super) body: String,
    /// The line of the opening fence, counted from 1.
    pub(super) line: usize,
}

/// The headings and blocks of a page, in order.
pub(super) fn nodes(text: &str) -> Vec<Node> {
    let mut nodes = Vec::new();
    // The block, and the fence that closes it: one of four holds one of three.
    let mut open: Option<(Block, usize)> = None;
    for (line, content) in (1..).zip(text.lines()) {
        let ticks = content.len().saturating_sub(content.trim_start_matches('`').len());
        let after = content.get(ticks..).unwrap_or_default();
        match &mut open {
            Some((_, fence)) if ticks >= *fence && after.trim().is_empty() => {
                nodes.extend(open.take().map(|(block, _)| Node::Block(block)));
            }
            Some((block, _)) => {
                block.body.push_str(content);
                block.body.push('\n');
            }
            None if ticks >= 3 => {
                let (kind, info) = after.trim().split_once(' ').unwrap_or((after.trim(), ""));
                let (kind, info) = (kind.to_owned(), info.trim().to_owned());
                open = Some((Block { kind, info, body: String::new(), line }, ticks));
            }
            None => {
                let heading = content.trim_start_matches('#');
                let deep = content.len().saturating_sub(heading.len());
                if deep > 0 && heading.starts_with(' ') {
                    nodes.push(Node::Heading(deep, heading.trim().to_owned(), line));
                }
            }
        }
    }
    nodes.extend(open.map(|(block, _)| Node::Open(block.line)));
    nodes
}

/// The page with the body of the block that opens on `line` replaced.
pub(super) fn with_body(text: &str, line: usize, body: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for (place, content) in (1_usize..).zip(text.split_inclusive('\n')) {
        if inside && content.trim_end() == "```" {
            inside = false;
        }
        if !inside {
            out.push_str(content);
        }
        if place == line {
            out.push_str(body);
            inside = true;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut() {
        let text = "# A\n\ntext\n\n```assize\n# no heading\n```\n## B c\n```decisions 2026-06-01T00:00:00Z\nold\n```\n\
                    ````text\n```assize\n````\n```rust\n";
        let block = |kind: &str, info: &str, body: &str, line| {
            Node::Block(Block { kind: kind.to_owned(), info: info.to_owned(), body: body.to_owned(), line })
        };
        assert_eq!(
            nodes(text),
            [
                Node::Heading(1, "A".to_owned(), 1),
                block("assize", "", "# no heading\n", 5),
                Node::Heading(2, "B c".to_owned(), 8),
                block("decisions", "2026-06-01T00:00:00Z", "old\n", 9),
                block("text", "", "```assize\n", 12),
                Node::Open(15),
            ]
        );
        assert_eq!(with_body(text, 9, "new\nlines\n"), text.replace("old", "new\nlines"));
    }
}
