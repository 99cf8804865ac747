//! All decisions of one snapshot at one instant.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::decision::{Decision, Undetermined};
use crate::facts::Instant;

/// The version of the JSON shape.
const VERSION: u32 = 1;

/// Everything that was decided, in a total and stable order: strongest first, then tier, then id.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// The version of this shape.
    pub version: u32,
    /// The instant.
    pub now: Instant,
    /// The snapshot's id.
    pub snapshot: String,
    /// How many policies were asked.
    pub policies: usize,
    /// What was decided.
    pub decisions: Vec<Decision>,
    /// What could not be.
    pub undetermined: Vec<Undetermined>,
    /// How many lines, or fields of lines, were rejected when the snapshot was loaded.
    pub rejected: usize,
    /// Whether the budget ran out somewhere.
    pub incomplete: bool,
    /// Counts.
    pub summary: Summary,
}

/// How many decisions of which kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Decisions that block something.
    pub block: usize,
    /// Decisions that revoke something.
    pub revoke: usize,
    /// Decisions that alert.
    pub alert: usize,
    /// Decisions that rank.
    pub rank: usize,
    /// Cases that could not be decided.
    pub undetermined: usize,
    /// Decisions by policy.
    pub by_policy: BTreeMap<String, usize>,
}

impl Evaluation {
    pub(crate) fn new(
        now: Instant,
        snapshot: &crate::store::Snapshot,
        policies: usize,
        mut decisions: Vec<Decision>,
        mut undetermined: Vec<Undetermined>,
    ) -> Self {
        decisions.sort_by(Decision::compare);
        undetermined.sort_by(|a, b| (&a.policy, &a.id, a.incomplete).cmp(&(&b.policy, &b.id, b.incomplete)));
        let with = |word: &str| {
            decisions
                .iter()
                .filter(|one| one.outcomes.iter().any(|outcome| outcome.kind.word() == word))
                .count()
        };
        let mut summary = Summary {
            block: with("block"),
            revoke: with("revoke"),
            alert: with("alert"),
            rank: with("rank"),
            undetermined: undetermined.len(),
            by_policy: BTreeMap::new(),
        };
        for decision in &decisions {
            let count = summary.by_policy.entry(decision.policy.clone()).or_default();
            *count = count.saturating_add(1);
        }
        Self {
            version: VERSION,
            now,
            snapshot: snapshot.id().to_owned(),
            policies,
            incomplete: undetermined.iter().any(|one| one.exhausted),
            decisions,
            undetermined,
            rejected: snapshot.rejects().len(),
            summary,
        }
    }
}
