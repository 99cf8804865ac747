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
    /// The exceptions of the policies that were asked, in the order of their files and places.
    pub waivers: Vec<WaiverUse>,
    /// How many lines, or fields of lines, were rejected when the snapshot was loaded.
    pub rejected: usize,
    /// Whether the budget ran out somewhere.
    pub incomplete: bool,
    /// Counts.
    pub summary: Summary,
}

/// One exception, and what it does here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaiverUse {
    /// The policy, by qualified name.
    pub policy: String,
    /// Which facts, as written.
    pub condition: String,
    /// The first instant at which it does not hold any more.
    pub until: Instant,
    /// Why.
    pub because: String,
    /// Who answers for it.
    pub by: String,
    /// The file that it stands in.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// How many of the policy's decisions it covers; none once it has ended.
    pub waived: usize,
    /// How many of the policy's undetermined cases it covers.
    pub undetermined: usize,
    /// How many decisions the policy makes.
    pub of: usize,
    /// What somebody should look at.
    pub notes: Vec<WaiverNote>,
}

/// What is to be said of an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WaiverNote {
    /// It holds, and covers no decision and no undetermined case.
    Unused,
    /// Its condition is known to be true of every fact of its type, of which there are two or more; or it
    /// covers more than twenty decisions. That is no exception: the policy is switched off.
    OverBroad,
    /// It ends within fourteen days.
    Lapsing,
    /// It has ended.
    Ended,
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
        waivers: Vec<WaiverUse>,
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
            waivers,
            rejected: snapshot.rejects().len(),
            summary,
        }
    }
}
