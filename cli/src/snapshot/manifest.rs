//! What a snapshot says about itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::facts::Rejected;

/// The version of the folder's layout.
pub const VERSION: u32 = 1;

/// The content of `manifest.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The layout's version; also what tells a snapshot from another folder with a manifest.
    pub assize_snapshot: u32,
    /// How many lines each file holds, by the file's name without its ending.
    pub counts: BTreeMap<String, u64>,
    /// Who said how much, and when last.
    pub sources: Vec<SourceCount>,
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
