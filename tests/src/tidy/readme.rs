//! Each crate's README holds one line a file, made from the file's own first line.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::files::{has_extension, is_within, walk};

const START: &str = "<!-- files: written by `cargo dev readme` -->";
const END: &str = "<!-- end of files -->";

/// The crates' folders.
fn crates(root: &Path) -> Vec<PathBuf> {
    let files = walk(root);
    let manifests = files.iter().filter(|path| path.file_name().is_some_and(|name| name == "Cargo.toml"));
    manifests
        .filter_map(|path| path.parent())
        .filter(|folder| *folder != Path::new(""))
        .map(Path::to_owned)
        .collect()
}

/// The crates whose list is missing or not what it should be, and the files that do not say what they are.
pub fn check(root: &Path) -> Vec<String> {
    let mut out = Vec::new();
    for folder in crates(root) {
        let path = folder.join("README.md");
        let Ok(text) = std::fs::read_to_string(root.join(&path)) else {
            out.push(format!("{} is missing", path.display()));
            continue;
        };
        match (list(root, &folder), replaced(&text, "")) {
            (Err(problem), _) => out.push(problem),
            (Ok(_), None) => out.push(format!("{} has no `{START}` … `{END}`", path.display())),
            (Ok(list), Some(_)) if replaced(&text, &list).as_deref() != Some(text.as_str()) => {
                out.push(format!("{} is out of date; `cargo dev readme` writes it", path.display()));
            }
            _ => {}
        }
    }
    out
}

/// Writes every crate's list, and says what could not be written.
pub fn rewrite(root: &Path) -> Vec<String> {
    let mut out = Vec::new();
    for folder in crates(root) {
        let path = root.join(&folder).join("README.md");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        match list(root, &folder).map(|list| replaced(&text, &list)) {
            Ok(Some(new)) if new != text => {
                if let Err(error) = std::fs::write(&path, new) {
                    out.push(format!("{}: {error}", path.display()));
                }
            }
            Ok(Some(_)) => {}
            Ok(None) => out.push(format!("{} has no `{START}` … `{END}`", path.display())),
            Err(problem) => out.push(problem),
        }
    }
    out
}

/// `text` with what stands between the marks replaced; `None` where the marks are missing.
fn replaced(text: &str, list: &str) -> Option<String> {
    let (before, rest) = text.split_once(START)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{START}\n{list}{END}{after}"))
}

/// The table of the crate in `folder`.
fn list(root: &Path, folder: &Path) -> Result<String, String> {
    let mut out = String::from("| file | what it holds |\n| --- | --- |\n");
    for path in walk(&root.join(folder)) {
        let source = has_extension(&path, &["rs", "pest", "assize"]);
        if !source || is_within(&path, "fixtures") || is_within(&path, "vendor") {
            continue;
        }
        let full = root.join(folder).join(&path);
        let text = std::fs::read_to_string(&full).map_err(|error| format!("{}: {error}", full.display()))?;
        let Some(summary) = summary(&path, &text) else {
            let place = folder.join(&path);
            return Err(format!("{} does not say in its first line what it holds", place.display()));
        };
        // A write to a string cannot fail.
        let _ = writeln!(out, "| `{}` | {} |", path.display(), summary.replace('|', "\\|"));
    }
    Ok(out)
}

/// The first sentence of the file's leading comment; for policies without one, the names that it declares.
fn summary(path: &Path, text: &str) -> Option<String> {
    let lines = text.lines().map(|line| {
        let comment = line.strip_prefix("//!").or_else(|| line.strip_prefix("//"));
        comment.filter(|comment| !comment.starts_with('/')).map(str::trim)
    });
    let paragraph: Vec<&str> = lines.map_while(|line| line.filter(|line| !line.is_empty())).collect();
    let paragraph = paragraph.join(" ");
    if !paragraph.is_empty() {
        let end = paragraph.find(". ").map_or(paragraph.len(), |at| at.saturating_add(1));
        return paragraph.get(..end).map(str::to_owned);
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    if stem == "tests" {
        return Some("Its folder's tests.".to_owned());
    }
    if let Some(tested) = stem.strip_suffix("_test") {
        return Some(format!("Tests of `{tested}`."));
    }
    if !has_extension(path, &["assize"]) {
        return None;
    }
    let heads =
        ["fn", "enum", "entity", "event", "request", "signal", "catalog", "table", "relation", "policy"];
    let names = text.lines().filter_map(|line| {
        let (head, rest) = line.split_once(' ')?;
        let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
        (heads.contains(&head) && !name.is_empty()).then(|| format!("`{name}`"))
    });
    let names: Vec<String> = names.collect();
    (!names.is_empty()).then(|| names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_it_holds() {
        let rust = Path::new("a.rs");
        let policies = Path::new("a.assize");
        for (path, text, expected) in [
            (rust, "//! One thing. And\n//! more.\n\nfn main() {}", Some("One thing.")),
            (rust, "//! Two\n//! lines\n", Some("Two lines")),
            (rust, "use std::fs;\n", None),
            (rust, "/// Not the file's.\n", None),
            (policies, "// Leaks.\npackage a\n", Some("Leaks.")),
            (Path::new("a/tests.rs"), "use super::*;\n", Some("Its folder's tests.")),
            (Path::new("a_test.assize"), "package a\n", Some("Tests of `a`.")),
            (policies, "package a\n\n/// x\nenum A { b }\npolicy c_d {\n", Some("`A`, `c_d`")),
        ] {
            assert_eq!(summary(path, text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let text = format!("# T\n\n{START}\nold\n{END}\nrest\n");
        assert_eq!(replaced(&text, "new\n"), Some(format!("# T\n\n{START}\nnew\n{END}\nrest\n")));
        assert_eq!(replaced("# T\n", "new\n"), None);
    }
}
