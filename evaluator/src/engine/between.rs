//! What became of decisions from one state to another, whatever happened in between.

use std::collections::HashMap;

use super::delta::{By, ChangeKind, DecisionChange, DecisionDelta, same};
use crate::decision::{Bound, Decision, Undetermined};
use crate::evaluation::Evaluation;

impl DecisionDelta {
    /// What is different in `after`, each by what `by` says of the decision. In the order of `after`, then
    /// what is gone in the order of `before`.
    ///
    /// For states that no [`Writer`](super::Writer) leads from one to the other: other policies, or facts
    /// that are not the former ones and some more.
    #[must_use]
    pub fn between(before: &Evaluation, after: &Evaluation, by: impl Fn(&Decision) -> By) -> Self {
        let at = after.now;
        let mut old: HashMap<&str, &Decision> =
            before.decisions.iter().map(|it| (it.id.as_str(), it)).collect();
        let mut changes = Vec::new();
        for decision in &after.decisions {
            let was = old.remove(decision.id.as_str());
            let change = match was {
                None => ChangeKind::Made,
                Some(was) if same(was, decision) => continue,
                Some(_) => ChangeKind::Changed,
            };
            changes.push(DecisionChange {
                change,
                at,
                by: by(decision),
                decision: Some(decision.clone()),
                was: was.cloned(),
                undetermined: None,
            });
        }
        let open = Open::new(&after.undetermined);
        for was in before.decisions.iter().filter(|was| old.contains_key(was.id.as_str())) {
            let lost = open.of(was).cloned();
            let change = if lost.is_some() { ChangeKind::Lost } else { ChangeKind::Withdrawn };
            changes.push(DecisionChange {
                change,
                at,
                by: by(was),
                decision: None,
                was: Some(was.clone()),
                undetermined: lost,
            });
        }
        Self { changes }
    }

    /// What is left of it where only the first state and the last count: one change a decision, by the last
    /// thing that did it, and none where it came back as it was. `before` is what stood before the first
    /// change of it and `after` what stands behind the last.
    #[must_use]
    pub fn net(&self, before: &Evaluation, after: &Evaluation) -> Self {
        let mut last: HashMap<&str, &DecisionChange> = HashMap::new();
        for change in &self.changes {
            if let Some(id) = change.id() {
                last.insert(id, change);
            }
        }
        let mut net = Self::between(before, after, |_| By::Snapshot(after.snapshot.clone()));
        for change in &mut net.changes {
            let told = change.id().and_then(|id| last.get(id));
            // What was lost first and is known to be over now was closed by something that told no change.
            let closed = |told: &DecisionChange| {
                change.change == ChangeKind::Withdrawn && told.change == ChangeKind::Lost
            };
            if let Some(told) = told.filter(|told| !closed(told)) {
                (change.by, change.at) = (told.by.clone(), told.at);
            }
        }
        net
    }
}

impl DecisionChange {
    /// The decision's id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.decision.as_ref().or(self.was.as_ref()).map(|decision| decision.id.as_str())
    }
}

/// Cases that cannot be told, by what a decision that is gone is looked up with.
struct Open<'a> {
    by_id: HashMap<&'a str, &'a Undetermined>,
    /// Where it is not known what belongs to the first binding, nothing of it is known to be over.
    incomplete: HashMap<(&'a str, String), &'a Undetermined>,
}

impl<'a> Open<'a> {
    fn new(cases: &'a [Undetermined]) -> Self {
        let (whole, parts): (Vec<_>, Vec<_>) = cases.iter().partition(|case| !case.incomplete);
        let head = |case: &'a Undetermined| case.anchor.0.first().map(|(_, bound)| bound);
        Self {
            by_id: whole.into_iter().map(|case| (case.id.as_str(), case)).collect(),
            incomplete: parts
                .into_iter()
                .filter_map(|case| Some(((case.policy.as_str(), key(head(case)?)), case)))
                .collect(),
        }
    }

    fn of(&self, decision: &Decision) -> Option<&'a Undetermined> {
        if let Some(case) = self.by_id.get(decision.id.as_str()) {
            return Some(case);
        }
        let (_, head) = decision.anchor.0.first()?;
        self.incomplete.get(&(decision.policy.as_str(), key(head))).copied()
    }
}

fn key(bound: &Bound) -> String {
    match bound {
        Bound::Fact(fact) => format!("{} {}", fact.ty, fact.key),
        Bound::Value(_) => bound.key(),
    }
}
