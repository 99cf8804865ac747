//! A snapshot on disk: a folder with a manifest and one file of fact lines a type.

mod manifest;
mod read;
mod write;

pub use manifest::Manifest;
pub use read::{is_snapshot, manifest, read};
pub use write::Builder;

/// The file that makes a folder a snapshot.
pub const MANIFEST: &str = "manifest.json";

/// The file that holds the lines of runs.
const RUNS: &str = "_runs.ndjson";

/// The file that holds the lines of aliases.
const SAME_AS: &str = "_same_as.ndjson";
