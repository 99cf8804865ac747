//! One round of deciding: who is told what became of decisions.

use std::collections::BTreeMap;

use assize_lang::plan::Name;

use super::delta::{ChangeKind, DecisionChange, DecisionDelta, same};
use super::held::{Held, Judged};
use super::judge::Judge;
use super::ledger::Ledger;
use super::lowered::Lowered;
use super::todo::Why;
use crate::decision::Decision;
use crate::facts::Instant;
use crate::world::Row;

/// How often heads were looked at, since a writer began; each for one policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Heads that single fields show to be nothing to a policy, found for all policies at once.
    pub shut: u64,
    /// Heads of which it was plain what is decided, if anything.
    pub plain: u64,
    /// Members of lists that came, went or changed, and that nothing asked about members can be true of; each
    /// for one policy, which decided nothing again.
    pub passed: u64,
    /// Heads that the judge decided.
    pub judged: u64,
    /// Heads that were plain, and of which the judge gave reasons since what is decided of them changed.
    pub told: u64,
    /// Heads of which the judge gave reasons since they were shown.
    pub shown: u64,
}

/// One round of deciding: who is told.
pub(super) struct Round<'r, 'a> {
    delta: Option<&'r mut DecisionDelta>,
    judge: &'r Judge<'a>,
    /// Who can say how something stood that was never told nor shown.
    before: Option<&'r Judge<'a>>,
}

impl<'r, 'a> Round<'r, 'a> {
    pub(super) const fn new(
        delta: Option<&'r mut DecisionDelta>,
        judge: &'r Judge<'a>,
        before: Option<&'r Judge<'a>>,
    ) -> Self {
        Self { delta, judge, before }
    }

    /// Takes what was decided of a head for what stands.
    pub(super) fn settle(
        &mut self,
        all: &mut Ledger,
        row: Row,
        held: Option<Held>,
        why: Why,
        lowered: &Lowered,
    ) {
        let nothing = |judged: &Judged| judged.decisions.is_empty() && judged.undetermined.is_empty();
        let held = held.filter(|held| !held.judged.as_deref().is_some_and(nothing));
        let mut old = all.remove(row);
        if let (Some(Held { judged: judged @ None, .. }), Some(before)) = (&mut old, self.before) {
            *judged = Some(Box::new(before.head(lowered, row).0));
        }
        let (was, is) =
            (old.and_then(|old| old.judged), held.as_ref().and_then(|held| held.judged.as_deref()));
        let mut lost = Vec::new();
        if was.is_some() || is.is_some() {
            lost = self.tell(was.map(|was| *was), is, why, &lowered.policy.name);
        }
        if let Some(mut held) = held {
            if let Some(judged) = &mut held.judged {
                judged.lost = lost;
            }
            all.insert(row, held);
        }
    }

    /// Tells what became of a head's decisions; returns those that are lost, now or since earlier.
    pub(super) fn tell(
        &mut self,
        old: Option<Judged>,
        new: Option<&Judged>,
        why: Why,
        policy: &Name,
    ) -> Vec<Decision> {
        let Judged { decisions: old, mut lost, .. } = old.unwrap_or_default();
        let Some(delta) = self.delta.as_deref_mut() else { return lost };
        let mut before: BTreeMap<String, Decision> =
            old.into_iter().map(|decision| (decision.id.clone(), decision)).collect();
        let after: BTreeMap<&str, &Decision> =
            new.into_iter().flat_map(|new| &new.decisions).map(|one| (one.id.as_str(), one)).collect();
        let (at, judge, mut by) = (Instant(self.judge.now()), self.judge, None);
        let mut tell = |change, decision: Option<&Decision>, was, undetermined| {
            let by = by.get_or_insert_with(|| judge.by(why, policy)).clone();
            let decision = decision.cloned();
            delta.changes.push(DecisionChange { change, at, by, decision, was, undetermined });
        };
        lost.retain(|lost| !after.contains_key(lost.id.as_str()));
        for (id, decision) in after {
            match before.remove(id) {
                None => tell(ChangeKind::Made, Some(decision), None, None),
                Some(was) if same(&was, decision) => {}
                Some(was) => tell(ChangeKind::Changed, Some(decision), Some(was), None),
            }
        }
        let open = || new.into_iter().flat_map(|held| &held.undetermined);
        // Where it is not known what belongs to the head, nothing of it is known to be over.
        let still = |id: &str| open().find(|open| open.id == id || open.incomplete).cloned();
        for was in std::mem::take(&mut lost) {
            if still(&was.id).is_some() {
                lost.push(was);
            } else {
                tell(ChangeKind::Withdrawn, None, Some(was), None);
            }
        }
        for (id, was) in before {
            match still(&id) {
                Some(open) => {
                    lost.push(was.clone());
                    tell(ChangeKind::Lost, None, Some(was), Some(open));
                }
                None => tell(ChangeKind::Withdrawn, None, Some(was), None),
            }
        }
        lost
    }
}
