//! The trees of `test/corpus/`, in the form that tree-sitter's own command reads. `UPDATE_CORPUS=1` writes them.

use super::{below, here, parse};

struct Case {
    name: String,
    text: String,
    tree: String,
}

const RULE: &str = "==================";

/// A name between two rules of `=`, a text, `---`, a tree.
fn read(page: &str) -> Vec<Case> {
    let rule = format!("{RULE}\n");
    let mut parts = page.split(rule.as_str()).skip(1);
    let mut cases = Vec::new();
    while let (Some(name), Some(rest)) = (parts.next(), parts.next()) {
        let (text, tree) = rest.split_once("\n---\n").unwrap_or_else(|| panic!("no `---` below `{name}`"));
        cases.push(Case {
            name: name.trim().to_owned(),
            text: text.trim_matches('\n').to_owned(),
            tree: tree.trim().to_owned(),
        });
    }
    cases
}

fn write(cases: &[Case]) -> String {
    let case =
        |case: &Case| format!("{RULE}\n{}\n{RULE}\n\n{}\n\n---\n\n{}\n", case.name, case.text, case.tree);
    cases.iter().map(case).collect::<Vec<_>>().join("\n")
}

/// A tree with a line for each node, as deep as it stands.
fn drawn(tree: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    let mut words = tree.split(' ').peekable();
    while let Some(word) = words.next() {
        let field = word.ends_with(':');
        if word.starts_with('(') || field {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&"  ".repeat(depth));
        } else {
            out.push(' ');
        }
        out.push_str(word);
        if field && let Some(next) = words.next() {
            out.push(' ');
            out.push_str(next);
            depth = (depth + next.matches('(').count()) - next.matches(')').count();
            continue;
        }
        depth = (depth + word.matches('(').count()) - word.matches(')').count();
    }
    out
}

#[test]
fn the_trees_are_as_written() {
    let update = std::env::var_os("UPDATE_CORPUS").is_some();
    let files = below(&here().join("test/corpus"), "txt");
    assert!(!files.is_empty());
    for path in files {
        let page = std::fs::read_to_string(&path).unwrap();
        let mut cases = read(&page);
        assert!(!cases.is_empty(), "{}", path.display());
        for case in &mut cases {
            let found = drawn(&parse(&case.text).root_node().to_sexp());
            if !update {
                assert_eq!(found, case.tree, "{}: {}", path.display(), case.name);
            }
            case.tree = found;
        }
        if update {
            std::fs::write(&path, write(&cases)).unwrap();
        } else {
            assert_eq!(page, write(&cases), "{} is not in its form", path.display());
        }
    }
}
