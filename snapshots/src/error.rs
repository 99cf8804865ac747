//! Why a snapshot cannot be read or written.

use std::path::{Path, PathBuf};

/// What went wrong with a snapshot. Messages name the file, and never a value in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// A file could not be read.
    #[error("{}: cannot be read: {reason}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file could not be written.
    #[error("{}: cannot be written: {reason}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The folder's manifest is none.
    #[error("{}: this is no manifest: {reason}", path.display())]
    Manifest {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The layout is another version's.
    #[error(
        "{}: the layout has version {found} and this is for {known}; read it with the version that wrote it, \
         or ingest again",
        path.display()
    )]
    Version {
        /// The manifest.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version that is read here.
        known: u32,
    },
    /// A file is not what the manifest says.
    #[error("{}: {reason}", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
}

impl SnapshotError {
    pub(crate) fn read(path: &Path, error: &std::io::Error) -> Self {
        Self::Read { path: path.to_owned(), reason: plain(error) }
    }

    pub(crate) fn write(path: &Path, error: &std::io::Error) -> Self {
        Self::Write { path: path.to_owned(), reason: plain(error) }
    }

    pub(crate) fn damaged(path: &Path, reason: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.into() }
    }
}

/// An operating system's error without its number.
fn plain(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::StorageFull => "the disk is full".to_owned(),
        ErrorKind::NotADirectory => "a part of the path is not a folder".to_owned(),
        _ => error.to_string(),
    }
}
