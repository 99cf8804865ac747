//! What one policy comes to, ready to be shown.

use std::time::Duration;

use assize::Tally;
use assize_lang::plan::{Policy, When};

/// What one policy comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The policy's qualified name.
    pub policy: String,
    /// How many facts of the type of its first binding there are.
    pub of: usize,
    /// How many cases an arm decides that is not `unknown`.
    pub matches: usize,
    /// By outcome word, strongest first: how many cases get it.
    pub outcomes: Vec<(&'static str, usize)>,
    /// How many cases cannot be told: those of the `unknown` arm, and those that nothing decides.
    pub unknown: usize,
    /// What is missing most.
    pub gap: Option<String>,
    /// How long one fact took, on average and by this machine's clock; nothing where there is none.
    pub each: Option<Duration>,
    /// How many cases each arm decides.
    pub arms: Vec<usize>,
    /// What the edited text changes against the saved one: word, more, less.
    pub changes: Vec<(&'static str, usize, usize)>,
    /// Of each arm a case, and behind them one that cannot be decided.
    pub examples: Vec<Option<Example>>,
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The key of its first fact.
    pub key: String,
    /// Why it is decided so.
    pub because: String,
    /// What was read of it; never a sensitive value.
    pub values: Vec<(String, String)>,
}

impl Count {
    /// Of what was counted, and of what was counted of the saved text.
    pub(super) fn of(policy: &Policy, tally: &Tally, saved: Option<&Tally>) -> Self {
        let unknown_arm = policy.arms.iter().position(|arm| matches!(arm.when, When::Unknown));
        let by_gap = unknown_arm.and_then(|at| tally.arms.get(at)).copied().unwrap_or(0);
        let words = ["block", "revoke", "alert", "rank"];
        let outcomes = words.into_iter().map(|word| (word, tally.outcomes(word)));
        let changes = saved.map(|saved| tally.since(saved)).unwrap_or_default();
        Self {
            policy: tally.policy.clone(),
            of: tally.of,
            matches: tally.decided().saturating_sub(by_gap),
            outcomes: outcomes.filter(|(_, count)| *count > 0).collect(),
            unknown: tally.undetermined.saturating_add(by_gap),
            gap: tally.gaps.first().map(|(gap, _)| gap.to_string()),
            each: u32::try_from(tally.of).ok().and_then(|of| tally.took.checked_div(of)),
            arms: tally.arms.clone(),
            changes: changes.into_iter().map(|(word, (more, less))| (word, more, less)).collect(),
            examples: Vec::new(),
        }
    }
}
