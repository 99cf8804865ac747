//! The files of the repository.

use std::path::{Path, PathBuf};

/// Every file under `root`, as paths from it, sorted; without build output and hidden folders other than
/// the repository's own.
pub fn walk(root: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    visit(root, root, &mut out);
    out.sort();
    out
}

fn visit(root: &Path, folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let hidden = name.starts_with('.') && !matches!(&*name, ".ci" | ".cargo");
        if path.is_dir() {
            if !hidden && name != "target" && name != "node_modules" {
                visit(root, &path, out);
            }
        } else if !hidden && let Ok(relative) = path.strip_prefix(root) {
            out.push(relative.to_owned());
        }
    }
}

/// Whether the file's name ends in one of the extensions.
pub fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|found| extensions.iter().any(|wanted| found == *wanted))
}

/// Whether some folder on the way to the file is called `name`.
pub fn is_within(path: &Path, name: &str) -> bool {
    path.parent().is_some_and(|folder| folder.components().any(|part| part.as_os_str() == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_sees_sources_and_no_build_output() {
        let files = walk(&super::super::root());
        assert!(files.contains(&PathBuf::from("tests/src/tidy/files.rs")));
        assert!(files.contains(&PathBuf::from(".ci/run")));
        assert!(!files.iter().any(|file| is_within(file, "target") || is_within(file, ".git")));
    }
}
