//! `[facts]` and `[[facts.source]]`: what is decided on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::facts::files::{Pace, Source};

/// Which facts are there at the start, and which files are followed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Facts {
    /// Files of facts, tools' output, snapshots, folders and patterns of these. They are read at the start.
    pub paths: Vec<PathBuf>,
    /// Files that are followed while the server runs.
    pub source: Vec<Source>,
    /// How long a followed file must not have changed before it is read.
    #[serde(deserialize_with = "super::text::duration")]
    pub quiet: Duration,
    /// How often followed files are looked at though the disk tells of no change.
    #[serde(deserialize_with = "super::text::duration")]
    pub every: Duration,
}

impl Default for Facts {
    fn default() -> Self {
        let Pace { quiet, every } = Pace::default();
        Self { paths: Vec::new(), source: Vec::new(), quiet, every }
    }
}

impl Facts {
    pub(super) fn rebase(&mut self, folder: &Path) {
        let sources = self.source.iter_mut().map(|source| &mut source.path);
        self.paths.iter_mut().chain(sources).for_each(|path| super::rebase(path, folder));
    }

    /// How followed files are looked at.
    #[must_use]
    pub const fn pace(&self) -> Pace {
        Pace { quiet: self.quiet, every: self.every }
    }

    /// Names are parts of feeds' names, and each is a source of its own.
    pub(super) fn check(&self) -> Result<(), String> {
        for (at, source) in self.source.iter().enumerate() {
            let name = &source.name;
            let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            if name.is_empty() || name.len() > 60 || !name.chars().all(fits) {
                return Err(format!(
                    "`{name}` cannot be a source's name: up to 60 letters, digits and `._-`"
                ));
            }
            if self.source.iter().take(at).any(|other| other.name == *name) {
                return Err(format!("two sources are called `{name}`"));
            }
        }
        Ok(())
    }
}
