//! A page, cut into headings and fenced blocks.

/// A heading or a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A heading, with how deep it is.
    Heading(usize),
    /// A fenced block.
    Block(Block),
}

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The first word after the fence.
    pub kind: String,
    /// The rest of that line.
    pub info: String,
    /// The lines between the fences, each with its newline.
    pub body: String,
    /// The line of the opening fence, counted from 1.
    pub line: usize,
}

/// The headings and blocks of a page, in order.
pub fn nodes(text: &str) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut open: Option<Block> = None;
    for (line, content) in text.lines().enumerate() {
        match (&mut open, content.strip_prefix("```")) {
            (Some(_), Some("")) => nodes.extend(open.take().map(Node::Block)),
            (Some(block), _) => {
                block.body.push_str(content);
                block.body.push('\n');
            }
            (None, Some(info)) => {
                let (kind, info) = info.split_once(' ').unwrap_or((info, ""));
                open = Some(Block {
                    kind: kind.to_owned(),
                    info: info.trim().to_owned(),
                    body: String::new(),
                    line: line.saturating_add(1),
                });
            }
            (None, None) => {
                let deep = content.len().saturating_sub(content.trim_start_matches('#').len());
                if deep > 0 && content.trim_start_matches('#').starts_with(' ') {
                    nodes.push(Node::Heading(deep));
                }
            }
        }
    }
    assert!(open.is_none(), "a block is not closed: {open:?}");
    nodes
}

/// The page with the body of the block that opens on `line` replaced.
pub fn with_body(text: &str, line: usize, body: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for (place, content) in text.split_inclusive('\n').enumerate() {
        if inside && content.trim_end() == "```" {
            inside = false;
        }
        if !inside {
            out.push_str(content);
        }
        if place.saturating_add(1) == line {
            out.push_str(body);
            inside = true;
        }
    }
    out
}

#[test]
fn a_page_is_cut() {
    let text =
        "# A\n\ntext\n\n```assize\n# no heading\n```\n## B\n```decisions 2026-06-01T00:00:00Z\nold\n```\n";
    let block = |kind: &str, info: &str, body: &str, line| {
        Node::Block(Block { kind: kind.to_owned(), info: info.to_owned(), body: body.to_owned(), line })
    };
    assert_eq!(
        nodes(text),
        [
            Node::Heading(1),
            block("assize", "", "# no heading\n", 5),
            Node::Heading(2),
            block("decisions", "2026-06-01T00:00:00Z", "old\n", 9),
        ]
    );
    assert_eq!(with_body(text, 9, "new\nlines\n"), text.replace("old", "new\nlines"));
}
