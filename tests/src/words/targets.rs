//! Where editors read the language's words.

use std::fmt::Write as _;
use std::path::Path;

use super::read;
use super::sources::Words;

const LIST: &str = "lsp/editors/words.json";
const TEXTMATE: &str = "lsp/editors/vscode/syntaxes/assize.tmLanguage.json";
const HIGHLIGHTS: &str = "lsp/editors/tree-sitter/queries/highlights.scm";
const HELIX: &str = "lsp/editors/helix/queries/assize/highlights.scm";
const ZED: &str = "lsp/editors/zed/languages/assize/highlights.scm";

/// What one editor calls the parts of a text, where it is not what the others call them. The first that fits is
/// taken.
type Names = &'static [(&'static str, &'static str)];

const HELIX_NAMES: Names = &[
    ("@comment.documentation", "@comment.block.documentation"),
    ("@string.escape", "@constant.character.escape"),
    ("@number", "@constant.numeric"),
    ("@boolean", "@constant.builtin.boolean"),
    ("@keyword.return", "@keyword.control.return"),
    ("@module", "@namespace"),
    ("@property", "@variable.other.member"),
];
const ZED_NAMES: Names = &[
    ("@comment.documentation", "@comment.doc"),
    ("@module", "@namespace"),
    ("@variable.parameter", "@variable"),
    ("@function.method", "@function"),
];

/// The files, and what they have to say.
pub(super) fn files(root: &Path, words: &Words) -> Result<Vec<(&'static str, String)>, String> {
    let highlights = highlights(&read(root, HIGHLIGHTS)?, words)?;
    Ok(vec![
        (LIST, list(words)),
        (TEXTMATE, textmate(&read(root, TEXTMATE)?, words)?),
        (HELIX, renamed(&highlights, HELIX_NAMES)),
        (ZED, renamed(&highlights, ZED_NAMES)),
        (HIGHLIGHTS, highlights),
    ])
}

/// All words as JSON, a group a line.
fn list(words: &Words) -> String {
    let lines = words.groups().map(|(name, words)| format!("  \"{name}\": [{}]", quoted(words, ", ")));
    format!("{{\n{}\n}}\n", lines.collect::<Vec<_>>().join(",\n"))
}

/// The query for colours with the words of today between its two marks.
fn highlights(text: &str, words: &Words) -> Result<String, String> {
    const START: &str = "; words\n";
    const END: &str = "; end of words\n";
    let parts = text.split_once(START).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parts.ok_or_else(|| format!("{HIGHLIGHTS} has no `; words` … `; end of words`"))?;
    let mut out = format!("{before}{START}");
    for (groups, capture) in [
        (&["heads", "clauses"][..], "keyword"),
        (&["outcomes"], "keyword.return"),
        (&["operators"], "keyword.operator"),
    ] {
        let mut all = Vec::new();
        for group in groups {
            all.extend_from_slice(words.group(group)?);
        }
        // Where it is short it stays on one line. A write to a string cannot fail.
        let line = quoted(&all, " ");
        let _ = if line.len() < 90 {
            writeln!(out, "[{line}] @{capture}")
        } else {
            writeln!(out, "[\n  {}\n] @{capture}", wrapped(&line))
        };
    }
    Ok(format!("{out}{END}{after}"))
}

/// The same query in another editor's names.
fn renamed(highlights: &str, names: Names) -> String {
    let mut out = String::from("; Written by `cargo dev words` from the tree-sitter grammar's own query.\n");
    let (_, body) = highlights.split_once("\n\n").unwrap_or(("", highlights));
    for line in
        body.lines().filter(|line| !line.starts_with("; words") && !line.starts_with("; end of words"))
    {
        let other = names.iter().find(|(name, _)| line.contains(name));
        out.push('\n');
        out.push_str(&other.map_or_else(|| line.to_owned(), |(name, theirs)| line.replace(name, theirs)));
    }
    out.push('\n');
    out
}

/// The TextMate grammar with the words of today: below each `"comment": "words: GROUP …"` the first `(?:…)` of
/// the next line.
fn textmate(text: &str, words: &Words) -> Result<String, String> {
    let mut out = String::new();
    let mut groups: Option<Vec<&str>> = None;
    for line in text.lines() {
        let named = line.split_once("\"comment\": \"words: ").and_then(|(_, rest)| rest.split_once('"'));
        let written = match groups.take() {
            Some(groups) => {
                let mut all = Vec::new();
                for group in groups {
                    all.extend_from_slice(words.group(group)?);
                }
                let cut =
                    line.split_once("(?:").and_then(|(before, rest)| Some((before, rest.split_once(')')?.1)));
                let (before, after) =
                    cut.ok_or_else(|| format!("{TEXTMATE}: no `(?:…)` in `{}`", line.trim()))?;
                format!("{before}(?:{}){after}", all.join("|"))
            }
            None => line.to_owned(),
        };
        groups = named.map(|(names, _)| names.split(' ').collect());
        out.push_str(&written);
        out.push('\n');
    }
    Ok(out)
}

fn quoted(words: &[String], between: &str) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(between)
}

/// Words on lines of some hundred characters.
fn wrapped(line: &str) -> String {
    let mut out = String::new();
    let mut length = 0_usize;
    for word in line.split(' ') {
        if length > 100 {
            out.push_str("\n  ");
            length = 0;
        } else if length > 0 {
            out.push(' ');
        }
        out.push_str(word);
        length = length.saturating_add(word.len()).saturating_add(1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_takes_the_other_editors_name() {
        let text = "; About.\n\n; words\n[\"a\"] @keyword.return\n; end of words\n(x) @number\n";
        let expected = "; Written by `cargo dev words` from the tree-sitter grammar's own query.\n\n[\"a\"] @keyword.control.return\n(x) @constant.numeric\n";
        assert_eq!(renamed(text, HELIX_NAMES), expected);
    }
}
