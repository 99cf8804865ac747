//! The grammar for editors against everything that is written in the language.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod colours;
mod corpus;
mod files;
mod queries;
mod words;

use std::path::{Path, PathBuf};

use tree_sitter::{Node, Parser, Tree};

/// The tree of a text.
fn parse(text: &str) -> Tree {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_assize::LANGUAGE.into()).expect("a language of this version");
    parser.parse(text, None).expect("nothing stops it")
}

/// What of a tree could not be read: places and kinds.
fn unread(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    visit(tree.root_node(), &mut |node| {
        if node.is_error() || node.is_missing() {
            let at = node.start_position();
            out.push(format!("{}:{} {}", at.row + 1, at.column + 1, node.to_sexp()));
        }
    });
    out
}

fn visit<'tree>(node: Node<'tree>, see: &mut impl FnMut(Node<'tree>)) {
    see(node);
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        visit(child, see);
    }
}

/// The folder of this crate.
fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder with one of the extensions; without build output and hidden folders.
fn below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let hidden = name.starts_with('.') || name == "target" || name == "node_modules";
            if entry.path().is_dir() && !hidden {
                folders.push(entry.path());
            } else if entry.path().extension().is_some_and(|found| found == extension) {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    files
}
