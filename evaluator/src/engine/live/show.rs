//! Everything that stands, as it is shown now.

use assize_lang::plan::Policy;

use super::Live;
use crate::decision::{Decision, Undetermined};
use crate::engine::derived::Kept;
use crate::engine::held::{Judged, Shown};
use crate::engine::joins::Joins;
use crate::engine::judge::Judge;
use crate::engine::ledger::Ledger;
use crate::evaluation::Evaluation;
use crate::facts::Instant;
use crate::judge::usage;
use crate::store::Snapshot;

impl Live {
    /// What bears on how decisions are shown though none is decided again.
    pub(super) fn shown(&self) -> Bearing {
        Bearing { shown: (self.world.now(), self.touched), related: self.standing.derived.version() }
    }

    /// Has the judge say how everything that stands is shown now.
    fn show(&mut self) {
        let shown = self.shown();
        let access = Joins::new(&self.world, &self.standing.joins);
        let derived = std::mem::take(&mut self.standing.derived);
        let kept = Kept::new(&self.engine, &self.world, &self.policies.rules, derived);
        let judge = Judge::new(&self.engine, &self.world, Some(&access)).with_tables(&kept);
        for (number, (lowered, held)) in self.policies.all.iter().zip(&mut self.standing.held).enumerate() {
            let shown = shown.of(self.policies.related.contains(&number));
            for (row, held) in held.each().iter_mut().filter(|(_, held)| !held.is_shown(shown)) {
                self.work.shown = self.work.shown.saturating_add(1);
                let judged = Judged { at: Some(shown), ..judge.head(lowered, *row).0 };
                let lost = held.judged.take().map(|judged| judged.lost).unwrap_or_default();
                held.judged = Some(Box::new(Judged { lost, ..judged }));
            }
        }
        self.standing.derived = kept.into_inner();
        (self.first, self.unseen) = (None, false);
    }

    /// Everything that stands, as it is shown now.
    pub(in crate::engine) fn evaluation(&mut self, snapshot: &Snapshot) -> Evaluation {
        self.show();
        let held: Vec<&Judged> = self.standing.held.iter().flat_map(Ledger::judged).collect();
        let held = || held.iter();
        let decisions: Vec<Decision> = held().flat_map(|held| held.decisions.iter().cloned()).collect();
        let undetermined: Vec<Undetermined> =
            held().flat_map(|held| held.undetermined.iter().cloned()).collect();
        self.told(snapshot, decisions, undetermined)
    }

    /// The same, where nothing is decided on these facts again.
    pub(in crate::engine) fn into_evaluation(mut self, snapshot: &Snapshot) -> Evaluation {
        self.show();
        let (mut decisions, mut undetermined) = (Vec::new(), Vec::new());
        for ledger in std::mem::take(&mut self.standing.held) {
            for judged in ledger.into_judged() {
                decisions.extend(judged.decisions);
                undetermined.extend(judged.undetermined);
            }
        }
        self.told(snapshot, decisions, undetermined)
    }

    fn told(
        &self,
        snapshot: &Snapshot,
        decisions: Vec<Decision>,
        undetermined: Vec<Undetermined>,
    ) -> Evaluation {
        let program = &self.engine.program;
        let policies: Vec<&Policy> = program.policies.values().map(AsRef::as_ref).collect();
        let judge = Judge::new(&self.engine, &self.world, None);
        let waivers = if program.waivers.is_empty() {
            Vec::new()
        } else {
            judge.with(|run| usage(run, &policies, &decisions, &undetermined))
        };
        let now = Instant(self.world.now());
        Evaluation::new(now, snapshot, policies.len(), decisions, undetermined, waivers)
    }
}

/// What bears on how decisions are shown.
#[derive(Clone, Copy)]
pub(super) struct Bearing {
    shown: Shown,
    /// What bears on those that look at relations.
    related: u64,
}

impl Bearing {
    pub(super) const fn of(self, related: bool) -> Shown {
        let (now, touched) = self.shown;
        (now, if related { touched.wrapping_add(self.related) } else { touched })
    }
}
