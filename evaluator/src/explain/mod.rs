//! Why: the table again, with everything that it looked at.

mod build;
mod text;
mod would;

use serde::Serialize;

use crate::decision::{Anchor, Assumed, Decision, Undetermined};
use crate::facts::Instant;
use crate::store::{Conflict, SaidAs, Witness};
use crate::value::Missing;

pub use would::{Exactly, Supposed, WouldChange};

/// An expression with what it came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// As its author wrote it.
    pub text: String,
    /// `true`, `false`, another value, `T2 to T3`, or `? (not covered)`.
    pub value: String,
    /// Why it is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// When the clock alone can change it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Instant>,
    /// What it is joined from by `&&` or `||`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Judged>,
}

/// A `let`, with what it came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// What it means, as its author says.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// What it came to.
    #[serde(flatten)]
    pub judged: Judged,
}

/// What became of an arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ArmFate {
    /// Its condition is false.
    Passed,
    /// Its condition is not known: it might decide.
    Undetermined,
    /// Its condition is true, but it acts, and an arm above it might have decided otherwise.
    HeldBack,
    /// It decides.
    Decides,
    /// It would decide if the case were known to be one.
    WouldDecide,
    /// An arm above it decided.
    NotReached,
}

/// One arm of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArmShown {
    /// Counted from 1.
    pub arm: usize,
    /// Its left side as written; `unknown` and `otherwise` are words.
    pub when: String,
    /// Its outcomes as written.
    pub then: String,
    /// What became of it.
    pub fate: ArmFate,
    /// Why, in a sentence.
    pub why: String,
    /// Its condition, where it has one and was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Judged>,
}

/// One value that was read: a path from a binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReadValue {
    /// `secret.created_at`
    pub path: String,
    /// Its value.
    pub value: String,
}

/// Why a policy decides what it does about one anchor.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The policy's qualified name.
    pub policy: String,
    /// What it means, as its author says.
    pub docs: String,
    /// What it was asked about.
    pub anchor: Anchor,
    /// The instant.
    pub now: Instant,
    /// The snapshot's id.
    pub snapshot: String,
    /// What came of it, in a sentence.
    pub summary: String,
    /// The decision, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The undetermined case, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undetermined: Option<Undetermined>,
    /// The conditions on what is a case.
    pub conditions: Vec<Judged>,
    /// The named expressions that the table uses.
    pub lets: Vec<Named>,
    /// The table.
    pub arms: Vec<ArmShown>,
    /// The values read from the bindings.
    pub values: Vec<ReadValue>,
    /// The facts, coverage and runs read, with their sources.
    pub evidence: Vec<Witness>,
    /// The references that it rests on of which the source says another of the fact's keys.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<SaidAs>,
    /// The fields read of which sources of equal standing say different things.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
    /// What was taken for granted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assumed: Vec<Assumed>,
    /// It speaks up to this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Instant>,
    /// The next instant at which the clock alone can change it.
    pub valid_until: Option<Instant>,
    /// When something that it rests on goes stale, where that is sooner.
    pub evidence_until: Option<Instant>,
    /// The cheapest changes of facts after which it would be another decision, what an owner can change
    /// first. Each has been tried; there may be others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub would_change_if: Vec<WouldChange>,
}

/// Why there is nothing to explain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// There is no policy of this name.
    #[error("no policy `{0}`")]
    NoPolicy(String),
    /// The anchor names more facts than the policy binds.
    #[error("`{policy}` binds {bindings}: give at most that many keys")]
    TooMany {
        /// The policy.
        policy: String,
        /// Its bindings.
        bindings: usize,
    },
    /// No key was given.
    #[error("`{0}` binds a fact: give its key")]
    NoKey(String),
    /// Nothing can be said about the request.
    #[error(transparent)]
    Request(#[from] crate::request::DecideError),
    /// There is no such fact at that instant.
    #[error("no {ty} `{key}` in the snapshot at that instant")]
    NoFact {
        /// The type.
        ty: String,
        /// The key.
        key: String,
    },
}
