//! What people say about decisions: exceptions, and limits on carrying them out.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Expr, Name, Slot};
use crate::diagnostic::Span;

/// A time-boxed exception: a decision that it covers is marked and not carried out, never hidden.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiver {
    /// The policy, by qualified name.
    pub policy: Name,
    /// The index of the policy's binding whose facts are excepted.
    pub binding: u32,
    /// The slot under which the condition knows the fact.
    pub slot: Slot,
    /// Which facts; reads their own fields only. Unknown does not waive.
    pub condition: Expr,
    /// The first instant at which it does not hold any more, in microseconds since 1970.
    pub until: i64,
    /// Why.
    pub because: String,
    /// Who answers for it.
    pub by: String,
    /// The file that it stands in.
    pub file: String,
    /// Its place in the file.
    pub span: Span,
    /// Its line in the file, from 1.
    pub line: usize,
    /// Its text, which the condition's spans point into.
    pub text: Arc<str>,
}

/// Which outcomes an envelope limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each variant is the outcome that its name says")]
pub enum Verb {
    Revoke,
    Block,
}

/// Limits on what is carried out, never on what is decided. The smaller of the two bounds counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Which outcomes.
    pub verb: Verb,
    /// The type of the targets, by qualified name.
    pub ty: Name,
    /// At most this share of all facts of the type, in parts per million.
    pub share: Option<u32>,
    /// At most so many.
    pub count: Option<u64>,
    /// In each period of so many microseconds.
    pub per: i64,
    /// Targets that are never acted on; unknown holds back.
    pub never: Option<(Slot, Expr)>,
    /// The file that it stands in.
    pub file: String,
    /// Its place in the file.
    pub span: Span,
}
