//! Files as sources of facts while the server runs: what a file says is what its source says, until it says something
//! else.
//!
//! | file | holds |
//! | --- | --- |
//! | `known.rs` | what was read of a file, as the store remembers it |
//! | `look.rs` | which files are there, other, or gone, and what of them is taken |
//! | `watch.rs` | the thread that looks, when the disk says so or after a while |
//!
//! A file is a feed of its own. One that grew adds to what it said; one that was written anew takes back what it says no
//! more, and nothing of any other's. One that cannot be read, is empty or only half written changes nothing: what it
//! said last stands, and the status says why.

mod known;
mod look;
#[cfg(test)]
mod tests;
mod watch;

use std::path::PathBuf;
use std::time::Duration;

use assize_ingest::{Context, SiteKey};
use serde::Deserialize;

pub use look::{FileStatus, Files, FilesStatus};
pub use watch::Watch;

/// How the names of files' feeds begin.
pub const FEED: &str = "file:";

/// How many bytes a file may have: it is read as a whole.
const MOST: u64 = 512 << 20;

/// A source, as a deployment describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// A file, a folder, or a pattern with `*`, `?` and `**`.
    pub path: PathBuf,
    /// Whose output the files are; those of `auto` say it themselves.
    #[serde(default = "auto")]
    pub tool: String,
    /// The Kubernetes cluster that they are about.
    #[serde(default)]
    pub cluster: Option<String>,
    /// The repository that was scanned.
    #[serde(default)]
    pub repo: Option<String>,
    /// The cloud account that they are about.
    #[serde(default)]
    pub account: Option<String>,
    /// Who can read the repository: `team`, `org` or `public`.
    #[serde(default)]
    pub visibility: Option<String>,
    /// Which installation of the tool they are from.
    #[serde(default)]
    pub instance: Option<String>,
}

fn auto() -> String {
    super::read::AUTO.to_owned()
}

impl Source {
    /// What its files do not say.
    fn context(&self, key: &SiteKey) -> Context {
        Context {
            cluster: self.cluster.clone(),
            repo: self.repo.clone(),
            account: self.account.clone(),
            visibility: self.visibility.clone(),
            instance: self.instance.clone(),
            ..Context::new(key.clone())
        }
    }
}

/// How files are watched.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long a file must not have changed before it is read: whoever writes it may not be done.
    pub quiet: Duration,
    /// How often is looked anyway: not every disk says what changes.
    pub every: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { quiet: Duration::from_millis(500), every: Duration::from_secs(60) }
    }
}
