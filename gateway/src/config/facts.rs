//! `[facts]`: what is decided on.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Which facts are there at the start.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Facts {
    /// NDJSON files, and snapshots.
    pub paths: Vec<PathBuf>,
}

impl Facts {
    pub(super) fn rebase(&mut self, folder: &Path) {
        self.paths.iter_mut().for_each(|path| super::rebase(path, folder));
    }
}
