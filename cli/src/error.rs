//! What stops a command: always exit code 2.

use std::path::{Path, PathBuf};

/// Why a command could not do its work. Messages name the file, the place, the reason and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A file or folder could not be read.
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
    /// The project file is wrong.
    #[error("{}:{line}: {reason}", path.display())]
    Project {
        /// The project file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The command line asks for something that cannot be.
    #[error("{0}")]
    Usage(String),
    /// The library refused.
    #[error("{0}")]
    Engine(String),
    /// Everything has been said already.
    #[error("")]
    Reported,
}

impl From<assize_snapshots::SnapshotError> for CliError {
    fn from(error: assize_snapshots::SnapshotError) -> Self {
        Self::Engine(error.to_string())
    }
}

impl CliError {
    /// For a file that could not be read.
    pub fn read(path: &Path, error: &std::io::Error) -> Self {
        Self::Read { path: path.to_owned(), reason: plain(error) }
    }

    /// For a file that could not be written.
    pub fn write(path: &Path, error: &std::io::Error) -> Self {
        Self::Write { path: path.to_owned(), reason: plain(error) }
    }
}

/// An operating system's error without its number.
fn plain(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        ErrorKind::NotADirectory => "a part of the path is not a folder".to_owned(),
        ErrorKind::AlreadyExists => "it is there already".to_owned(),
        ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        _ => error.to_string(),
    }
}
