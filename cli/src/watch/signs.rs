//! By what a change on disk is known.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How deep folders are looked into.
const DEPTH: usize = 16;

/// The files below some paths, each with its length and the time of its last change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signs(BTreeMap<PathBuf, (u64, Option<SystemTime>)>);

impl Signs {
    /// As they are now. What cannot be read is not there.
    pub fn of(paths: &[PathBuf]) -> Self {
        let mut out = Self::default();
        paths.iter().for_each(|path| out.add(path, 0));
        out
    }

    fn add(&mut self, path: &Path, depth: usize) {
        let Ok(found) = std::fs::metadata(path) else { return };
        if found.is_file() {
            self.0.insert(path.to_owned(), (found.len(), found.modified().ok()));
        } else if depth <= DEPTH {
            for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
                if !entry.file_name().to_string_lossy().starts_with('.') {
                    self.add(&entry.path(), depth.saturating_add(1));
                }
            }
        }
    }

    /// The files that are other than in `before`, new and gone ones among them.
    pub fn changed(&self, before: &Self) -> Vec<PathBuf> {
        let new = self.0.iter().filter(|(path, sign)| before.0.get(*path) != Some(sign));
        let gone = before.0.keys().filter(|path| !self.0.contains_key(*path));
        new.map(|(path, _)| path).chain(gone).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_other_or_gone_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["same", "longer", "gone", ".hidden"] {
            std::fs::write(path(name), "x").unwrap();
        }
        let paths = [folder.path().to_owned()];
        let before = Signs::of(&paths);
        std::fs::write(path("longer"), "xx").unwrap();
        std::fs::write(path("new"), "x").unwrap();
        std::fs::write(path(".hidden"), "xx").unwrap();
        std::fs::remove_file(path("gone")).unwrap();
        let after = Signs::of(&paths);
        assert_eq!(after.changed(&before), [path("longer"), path("new"), path("gone")]);
        assert!(after.changed(&after).is_empty());
        assert_eq!(Signs::of(&[path("nowhere")]), Signs::default());
    }
}
