//! What was read of a file, as the store remembers it.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::FEED;
use crate::facts::body::hex;

/// What was read of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    /// Where it lies.
    pub path: PathBuf,
    /// The hash of its bytes.
    pub bytes: String,
    /// How many lines it said.
    pub lines: u64,
    /// The hash of these.
    pub said: String,
    /// What it was taken for.
    pub kind: String,
    /// How many records of it could not be read.
    pub rejected: u64,
    /// How it was read: another tool or context is another reading.
    pub how: String,
}

impl Known {
    /// How much of `text` the lines are that were said before, where it begins with them.
    pub fn prefix(&self, text: &str) -> Option<usize> {
        let lines = usize::try_from(self.lines).ok().filter(|lines| *lines > 0)?;
        let end = text.match_indices('\n').nth(lines.checked_sub(1)?)?.0.saturating_add(1);
        (hash(text.get(..end)?.as_bytes()) == self.said).then_some(end)
    }
}

/// The hash of bytes.
pub(super) fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The feed of a file: its source, and where it lies as far as a feed's name can say it.
pub(super) fn feed(source: &str, path: &Path) -> String {
    let whole = path.to_string_lossy();
    let fits = |c: char| c.is_ascii_alphanumeric() || "._/@-".contains(c);
    let name = format!("{FEED}{source}:{whole}");
    if name.len() <= 160 && whole.chars().all(fits) {
        return name;
    }
    let end: String = whole.chars().rev().filter(|c| fits(*c)).take(80).collect();
    let end: String = end.chars().rev().collect();
    let digest: String = hash(whole.as_bytes()).chars().take(16).collect();
    format!("{FEED}{source}:{end}-{digest}")
}

/// By what a change of a file is known without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sign {
    length: u64,
    modified: Option<SystemTime>,
    node: u64,
}

impl Sign {
    /// As it is now; none where it cannot be looked at. A snapshot's is its manifest's.
    pub fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let mut about = std::fs::metadata(path).ok()?;
        if about.is_dir() {
            about = std::fs::metadata(path.join(assize_snapshots::MANIFEST)).ok()?;
        }
        Some(Self { length: about.len(), modified: about.modified().ok(), node: about.ino() })
    }

    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Whether nobody has written to it for so long.
    pub fn is_quiet(&self, quiet: std::time::Duration) -> bool {
        self.modified.and_then(|at| at.elapsed().ok()).is_some_and(|since| since >= quiet)
    }
}
