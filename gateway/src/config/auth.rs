//! `[auth]`: who may ask, and who may write. Tokens lie in files, never in the configuration.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Files of bearer tokens, one a line; a line that begins with `#` is none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// Who may ask for decisions where that is not open to everybody.
    pub readers: Option<PathBuf>,
    /// Who may write: facts, policies. They may ask as well.
    pub writers: Option<PathBuf>,
}

impl Auth {
    pub(super) fn rebase(&mut self, folder: &Path) {
        self.readers.iter_mut().chain(&mut self.writers).for_each(|path| super::rebase(path, folder));
    }
}
