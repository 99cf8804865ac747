//! Snapshots on disk: a folder with a manifest and a Parquet file a type, which DuckDB and pandas read
//! as it is.
//!
//! A snapshot holds *reports*: what each source said of each fact, a row each, with the columns of the type's
//! fields and five more:
//!
//! | column | holds |
//! | --- | --- |
//! | `_source`, `_instance` | the tool, and which installation of it |
//! | `_record` | the tool's own record |
//! | `_observed_at` | when the source saw it |
//! | `_absent` | the fields that are known to be absent; any other null was not collected |
//!
//! They are merged when they are loaded, and by the names of their columns: a snapshot that was written under
//! another schema loads too. Runs, retractions and aliases have files of their own; what fits no column of the
//! schema stays in `_other.ndjson` as it came, for loading to say what is wrong with it.
//!
//! The same facts make the same bytes, in whatever order and from however many inputs they come: a [`Builder`]
//! sorts them, on disk once they are many, so that it needs no more memory for a hundred million facts than for
//! one million.

mod builder;
mod column;
mod error;
mod folder;
mod hashing;
mod line;
mod manifest;
mod merge;
pub mod paths;
mod reader;
mod retention;
mod row;
mod sorter;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod writer;

pub use builder::Builder;
pub use error::SnapshotError;
pub use folder::{is_snapshot, manifest, read, read_some};
pub use hashing::Hashing;
pub use manifest::{FileEntry, InputEntry, Manifest, Rejected, SourceCount};

/// The file that makes a folder a snapshot.
pub const MANIFEST: &str = "manifest.json";
