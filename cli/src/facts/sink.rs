//! Where facts go: into a loader, or into a snapshot that is being written.

use std::path::Path;

use assize::facts::Line;
use serde::{Deserialize, Serialize};

/// Takes facts.
pub trait Sink {
    /// One line of a fact file, not yet read. Lines count from 1.
    fn line(&mut self, file: &str, number: u64, text: &str);

    /// How many bytes of a fact file are to be read now: all, unless it is still being written.
    fn extent(&mut self, file: &Path, bytes: &[u8]) -> usize {
        let _ = file;
        bytes.len()
    }

    /// One fact that a connector has made.
    fn add(&mut self, file: &str, line: Line);
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
