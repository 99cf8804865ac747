//! Files that get other names: what a project file says of them.

use std::path::Path;

use assize_lang::diagnostic::Span;

use super::format::Edit;

/// The edits of a project file's `text`, in the folder `root`, when `old` becomes `new`: every path in it that names
/// `old`, or something below it.
#[must_use]
pub fn moved(text: &str, root: &Path, old: &Path, new: &Path) -> Vec<Edit> {
    let (Some(old), Some(new)) = (inside(root, old), inside(root, new)) else { return Vec::new() };
    let mut out = Vec::new();
    let mut start = 0_usize;
    for line in text.split_inclusive('\n') {
        for (at, path) in quoted(line) {
            let clean = path.trim_start_matches("./").trim_end_matches('/');
            let rest = clean.strip_prefix(old.as_str());
            let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with('/')) else { continue };
            let head = if path.starts_with("./") { "./" } else { "" };
            let tail = if path.ends_with('/') { "/" } else { "" };
            let from = start.saturating_add(at);
            let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            let span = Span::new(place(from), place(from.saturating_add(path.len())));
            out.push(Edit { span, text: format!("{head}{new}{rest}{tail}") });
        }
        start = start.saturating_add(line.len());
    }
    out
}

/// A path below `root`, with slashes.
fn inside(root: &Path, path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> =
        path.strip_prefix(root).ok()?.components().map(|part| part.as_os_str().to_str()).collect();
    parts.map(|parts| parts.join("/")).filter(|path| !path.is_empty())
}

/// What stands between quotes on a line, up to a comment, each with its first byte.
fn quoted(line: &str) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    let mut open: Option<(usize, char)> = None;
    for (at, c) in line.char_indices() {
        match open {
            None if c == '#' => break,
            None if c == '"' || c == '\'' => open = Some((at.saturating_add(1), c)),
            Some((from, quote)) if c == quote => {
                out.extend(line.get(from..at).map(|inside| (from, inside)));
                open = None;
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_file_follows_its_files() {
        let text = "# \"policies/a.assize\"\npolicies = [\"policies/a.assize\", './policies/', \"policies2\"]\nfacts = [\"data/x.json\"]\n";
        let after = |old: &str, new: &str| {
            let root = Path::new("/p");
            let mut out = text.to_owned();
            for edit in moved(text, root, &root.join(old), &root.join(new)).iter().rev() {
                out.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
            }
            out
        };
        assert_eq!(
            after("policies/a.assize", "policies/b.assize"),
            text.replace("[\"policies/a.assize\"", "[\"policies/b.assize\"")
        );
        assert_eq!(
            after("policies", "rules"),
            "# \"policies/a.assize\"\npolicies = [\"rules/a.assize\", './rules/', \"policies2\"]\nfacts = [\"data/x.json\"]\n"
        );
        assert_eq!(after("elsewhere", "rules"), text);
        assert_eq!(moved(text, Path::new("/p"), Path::new("/q/policies"), Path::new("/p/x")), Vec::new());
    }
}
