//! What a snapshot says about itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of the folder's layout.
pub const VERSION: u32 = 2;

/// The version whose files are NDJSON. It is still read.
pub const NDJSON_VERSION: u32 = 1;

/// The content of `manifest.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The layout's version; also what tells a snapshot from another folder with a manifest.
    pub assize_snapshot: u32,
    /// How many lines each file holds, by the file's name without its ending.
    pub counts: BTreeMap<String, u64>,
    /// Who said how much, and when last.
    pub sources: Vec<SourceCount>,
    /// The files, by name without the ending.
    #[serde(default)]
    pub files: BTreeMap<String, FileEntry>,
    /// What the facts were read from, so that the same input is not read again.
    #[serde(default)]
    pub inputs: Vec<InputEntry>,
    /// The records that did not become facts. They stay with the snapshot: an absence that it seems to
    /// show may be one of them.
    pub rejects: Vec<Rejected>,
}

/// One tool, or one installation of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceCount {
    /// The tool.
    pub tool: String,
    /// Which installation of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// How many lines it is the source of.
    pub lines: u64,
    /// The newest instant that they speak of.
    pub newest: String,
}

/// One file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name in the folder.
    pub file: String,
    /// How long it is, in bytes.
    pub bytes: u64,
    /// The SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
    /// What tells its columns from another schema's.
    pub schema: String,
    /// Who said how much of what is in it.
    pub sources: Vec<SourceCount>,
}

/// One input that was read in.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InputEntry {
    /// The SHA-256 of its content as it lies on disk.
    pub sha256: String,
    /// What it was read as: a connector's name, or `facts`.
    pub tool: String,
    /// The version of what read it.
    pub version: String,
    /// A hash of what the caller said about it.
    pub context: String,
    /// Its name when it was read last.
    pub file: String,
    /// How many lines it became.
    pub lines: u64,
    /// How many of its records were rejected.
    pub rejected: u64,
}

impl InputEntry {
    /// Whether reading the other would make the same lines.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let same = |it: &Self| (it.sha256.clone(), it.tool.clone(), it.version.clone(), it.context.clone());
        same(self) == same(other)
    }
}

/// A record that could not be read. Never holds a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rejected {
    /// The file.
    pub file: String,
    /// Where in it: a line, a row, a path.
    pub record: String,
    /// The field that is wrong, where one is.
    pub field: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

impl From<&assize::Reject> for Rejected {
    fn from(reject: &assize::Reject) -> Self {
        Self {
            file: reject.file.clone(),
            record: reject.record.clone(),
            field: reject.field.clone(),
            reason: reject.reason.clone(),
        }
    }
}

impl std::fmt::Display for Rejected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: ", self.file, self.record)?;
        if let Some(field) = &self.field
            && !self.reason.contains(&format!("`{field}`"))
        {
            write!(f, "`{field}` ")?;
        }
        f.write_str(&self.reason)
    }
}
