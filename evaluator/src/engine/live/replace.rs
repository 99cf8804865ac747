//! Other policies, or other params, on the same facts.

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::plan::Policy;

use super::Live;
use crate::engine::Engine;
use crate::engine::delta::DecisionDelta;
use crate::engine::held::Judged;
use crate::engine::judge::Judge;
use crate::engine::ledger::Ledger;
use crate::engine::lowered::Policies;
use crate::engine::round::Round;
use crate::engine::standing::Standing;
use crate::engine::todo::{Todo, Why};
use crate::engine::uses::uses;

impl Live {
    /// Decides by other policies, or other params, from now on: those anew that are not as they were.
    pub(in crate::engine) fn replace(&mut self, engine: &Engine) -> DecisionDelta {
        let mut delta = DecisionDelta::default();
        let policies = Policies::of(engine, &engine.layout, None);
        self.see_other_than(engine);
        let old = std::mem::replace(&mut self.policies, Arc::new(policies));
        let before = std::mem::replace(&mut self.engine, engine.clone());
        let new = Arc::clone(&self.policies);
        let standing = Standing::new(new.all.len(), new.joins(), Arc::clone(&new.rules));
        let mut stood = std::mem::replace(&mut self.standing, standing);
        let mut todo = Todo::default();
        let mut same = Vec::new();
        for (number, lowered) in new.all.iter().enumerate() {
            let place = old.all.iter().position(|old| old.policy.name == lowered.policy.name);
            let ties = || {
                (0..new.ties.len()).filter(|at| new.ties.get(*at).is_some_and(|tied| tied.policy == number))
            };
            if let Some(place) = place.filter(|_| same_policy(&before, engine, &lowered.policy)) {
                self.standing.keep(&self.world, number, &mut stood, place);
                same.push((place, number));
                // The joins of a policy that is the same are the same, in the same order.
                let theirs = (0..old.ties.len())
                    .filter(|at| old.ties.get(*at).is_some_and(|tied| tied.policy == place));
                for (at, from) in ties().zip(theirs) {
                    self.standing.keep(
                        &self.world,
                        new.all.len().saturating_add(at),
                        &mut stood,
                        old.all.len().saturating_add(from),
                    );
                    if let (Some(join), Some(kept)) =
                        (self.standing.joins.get_mut(at), stood.joins.get_mut(from))
                    {
                        std::mem::swap(join, kept);
                    }
                }
                continue;
            }
            ties().for_each(|at| todo.every(new.all.len().saturating_add(at), Why::Policy));
            todo.every(number, Why::Policy);
            if let Some(place) = place
                && let (Some(held), Some(stood)) =
                    (self.standing.held.get_mut(number), stood.held.get_mut(place))
            {
                *held = std::mem::take(stood);
                // What another policy plainly decided is another decision.
                held.each().values_mut().for_each(|held| held.firm = None);
            }
        }
        // The same relations stay as they are, with their heads under other numbers.
        let kept = before.program.relations == engine.program.relations
            && before.program.tables == engine.program.tables
            && before.params == engine.params;
        if kept {
            let places: BTreeMap<usize, usize> = same.into_iter().collect();
            stood.derived.renumber(|old| places.get(&old).copied());
            self.standing.derived = std::mem::take(&mut stood.derived);
        } else {
            new.related.iter().for_each(|number| todo.every(*number, Why::Policy));
        }
        let judge = Judge::new(&self.engine, &self.world, None);
        let mut round = Round::new(Some(&mut delta), &judge, None);
        for (place, lowered) in old.all.iter().enumerate() {
            for held in stood.held.get_mut(place).into_iter().flat_map(Ledger::each) {
                let judged = held.1.judged.take().map(|judged| *judged);
                round.tell(judged, None, Why::Policy, &lowered.policy.name);
            }
        }
        self.decide(&mut todo, Some(&mut delta));
        delta.sort_from(0);
        delta
    }

    /// Has the judge say of what was never told nor shown, of policies that are not as they were, how it
    /// stands.
    fn see_other_than(&mut self, engine: &Engine) {
        if !self.unseen {
            return;
        }
        let judge = Judge::new(&self.engine, self.first.as_ref().unwrap_or(&self.world), None);
        for (lowered, held) in self.policies.all.iter().zip(&mut self.standing.held) {
            if !same_policy(&self.engine, engine, &lowered.policy) {
                for (row, held) in held.each().iter_mut().filter(|(_, held)| held.judged.is_none()) {
                    let (judged, ..) = judge.head(lowered, *row);
                    held.judged = Some(Box::new(Judged { at: None, ..judged }));
                }
            }
        }
    }
}

/// Whether a policy, and everything that it uses besides facts, is as it was.
fn same_policy(before: &Engine, after: &Engine, policy: &Policy) -> bool {
    let (old, new) = (&before.program, &after.program);
    let waivers = |program: &'_ assize_lang::plan::Program| -> Vec<_> {
        program.waivers.iter().filter(|waiver| waiver.policy == policy.name).cloned().collect()
    };
    old.policies.get(&policy.name).is_some_and(|known| **known == *policy)
        && before.budget == after.budget
        && waivers(old) == waivers(new)
        && uses(new, policy).iter().all(|name| {
            before.params.get(name) == after.params.get(name)
                && old.tables.get(name) == new.tables.get(name)
                && old.relations.get(name) == new.relations.get(name)
        })
}
