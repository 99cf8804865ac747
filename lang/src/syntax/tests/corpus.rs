//! Every text that is known to be good.

use std::fs;
use std::path::{Path, PathBuf};

use crate::syntax::{cut, parse_item};

/// A file with every item and every kind of clause, the tour of the language first.
pub(super) const TOUR: &str = include_str!("tour.assize");

/// Every `.assize` file of the repository that holds no error on purpose.
pub(super) fn files() -> Vec<(PathBuf, String)> {
    let lang = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![
        lang.join("src"),
        lang.join("../stdlib-policies"),
        lang.join("../examples"),
        lang.join("../lsp/editors/corpus"),
    ];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "assize") {
                files.push((path.clone(), fs::read_to_string(path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn everything_that_is_written_parses() {
    let files = files();
    assert!(files.len() > 6, "the model is among the files");
    for (path, text) in files {
        for item in cut(&text) {
            let parsed = parse_item(&item.text);
            assert!(parsed.diagnostics.is_empty(), "{}: {:?}", path.display(), parsed.diagnostics);
            assert!(parsed.item.is_some(), "{}: {}", path.display(), item.text);
        }
    }
}
