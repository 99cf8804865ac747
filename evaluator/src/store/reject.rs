//! What was not loaded, and why.

use serde::{Deserialize, Serialize};

/// A line, or a field of a line, that does not fit the schema. It names places and kinds, never values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reject {
    /// The file that the line stands in.
    pub file: String,
    /// The record: a line number, or the tool's own name for it.
    pub record: String,
    /// The field, where the rest of the line was loaded or one field is to blame.
    pub field: Option<String>,
    /// Why.
    pub reason: String,
}
