//! What changed: decisions made, changed, withdrawn and lost, each with what did it.

use serde::Serialize;

use crate::decision::{Decision, Undetermined};
use crate::facts::Instant;
use crate::value::FactRef;

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It was not there before.
    Made,
    /// The same case is decided otherwise.
    Changed,
    /// It is known not to hold any more.
    Withdrawn,
    /// It cannot be told any more whether it holds: that closes nothing.
    Lost,
}

impl ChangeKind {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Changed => "changed",
            Self::Withdrawn => "withdrawn",
            Self::Lost => "lost",
        }
    }
}

/// What changed a decision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// A fact that was reported, changed or went away; the first of several.
    Fact(FactRef),
    /// Nothing but the clock, at this instant.
    Instant(Instant),
    /// The policy, or a param of it.
    Policy(String),
    /// The facts of another snapshot, by its id, where no single one of them can be named.
    Snapshot(String),
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecisionChange {
    /// What became of it.
    pub change: ChangeKind,
    /// When.
    pub at: Instant,
    /// What did it.
    pub by: By,
    /// The decision as it is now; none where it is withdrawn or lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The decision as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<Decision>,
    /// For what is lost: what cannot be told any more, and what is missing for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undetermined: Option<Undetermined>,
}

/// Everything that one commit changed, in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DecisionDelta {
    /// The changes.
    pub changes: Vec<DecisionChange>,
}

impl DecisionDelta {
    /// Whether nothing changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl DecisionDelta {
    /// Brings what one step changed into an order that does not hang on how the facts were loaded.
    pub(super) fn sort_from(&mut self, first: usize) {
        fn key(change: &DecisionChange) -> Option<(&str, &str)> {
            let decision = change.decision.as_ref().or(change.was.as_ref());
            decision.map(|decision| (decision.policy.as_str(), decision.id.as_str()))
        }
        if let Some(changes) = self.changes.get_mut(first..) {
            changes.sort_by(|a, b| key(a).cmp(&key(b)));
        }
    }
}

/// Whether two decisions of one case are the same but for what is rendered when shown (T2, T3): texts, the
/// instants up to which something holds, and the evidence behind it.
pub(super) fn same(a: &Decision, b: &Decision) -> bool {
    a.arm == b.arm
        && a.mode == b.mode
        && a.outcomes == b.outcomes
        && a.could_be == b.could_be
        && a.unresolved.len() == b.unresolved.len()
        && a.unresolved.iter().zip(&b.unresolved).all(|(a, b)| (a.kind, &a.target) == (b.kind, &b.target))
        && a.waived_by == b.waived_by
        && a.missing.len() == b.missing.len()
        && a.missing_more == b.missing_more
        && a.missing.iter().zip(&b.missing).all(|(a, b)| {
            (a.cause, &a.fact, &a.field, &a.signal, &a.scope)
                == (b.cause, &b.fact, &b.field, &b.signal, &b.scope)
        })
}
