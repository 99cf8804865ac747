//! Relations that lean on the clock, on events or on what is not in another: two least fixpoints over what
//! a question leads to.
//!
//! *Surely* holds what the certain facts derive, *possibly* what they cannot exclude. Rounds look at the
//! round before only, so that what becomes true first is what takes the fewest steps, and its witness is
//! the shortest chain.

use std::collections::{BTreeMap, BTreeSet};

use assize_lang::plan::Relation;

use super::Goal;
use crate::judge::eval::{Eval, Evaluator};
use crate::judge::logic;
use crate::value::{Causes, Horizon, Possible};

/// A question, and every question of its stratum that it leads to.
pub(super) struct System {
    stratum: u32,
    /// In the order in which they came up.
    goals: Vec<Goal>,
    known: BTreeSet<Goal>,
    sure: BTreeMap<Goal, Eval>,
    possible: BTreeMap<Goal, Eval>,
    /// Whether what is not yet derived counts as false, or only as not known.
    excluding: bool,
    /// Whether the cases asked about any tuple of the stratum.
    circular: bool,
}

impl System {
    fn ask(&mut self, goal: &Goal) {
        if self.known.insert(goal.clone()) {
            self.goals.push(goal.clone());
        }
    }

    /// The answer as far as the rounds have come.
    fn answer(&self, goal: &Goal) -> Eval {
        if let Some(sure) = self.sure.get(goal) {
            return sure.clone();
        }
        match self.possible.get(goal) {
            Some(possible) => possible.clone(),
            None if self.excluding => Eval::truth(false),
            None => Eval::constant(Possible::maybe(Causes::NONE)),
        }
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn by_rounds(&self, relation: &'a Relation, goal: Goal) -> Eval {
        if let Some(system) = self.relations.open.borrow_mut().last_mut()
            && system.stratum == relation.stratum
        {
            system.circular = true;
            system.ask(&goal);
            return system.answer(&goal);
        }
        if let Some(solved) = self.relations.solved.borrow().get(&goal) {
            return solved.clone();
        }
        self.solve(relation.stratum, goal)
    }

    /// Answers a question by rounds over all that it leads to.
    fn solve(&self, stratum: u32, goal: Goal) -> Eval {
        let mut system = System {
            stratum,
            goals: Vec::new(),
            known: BTreeSet::new(),
            sure: BTreeMap::new(),
            possible: BTreeMap::new(),
            excluding: false,
            circular: false,
        };
        system.ask(&goal);
        self.relations.open.borrow_mut().push(system);
        let first = self.derive(&goal);
        if !self.relations.open.borrow().last().is_some_and(|system| system.circular) {
            // No answer of this stratum is part of it: one look is all.
            self.relations.open.borrow_mut().pop();
            self.relations.solved.borrow_mut().insert(goal, first.clone());
            return first;
        }
        while self.round(false) || self.round(true) {}
        let answers = self.last_round();
        self.relations.open.borrow_mut().pop();
        // Any condition on the way may turn the answer: it holds until the first of them does.
        let horizon = Horizon::all(answers.iter().map(|(_, eval)| eval.horizon));
        // The other answers held in the circle of this question: asked by themselves, they may be others.
        let own = answers.into_iter().find(|(answered, _)| *answered == goal);
        let eval = own.map_or_else(|| Eval::truth(false), |(_, eval)| Eval { horizon, ..eval });
        self.relations.solved.borrow_mut().insert(goal, eval.clone());
        eval
    }

    /// One round: every question that is open is looked at with the answers of the round before. Says
    /// whether anything came of it.
    fn round(&self, excluding: bool) -> bool {
        let goals: Vec<Goal> = match self.relations.open.borrow_mut().last_mut() {
            Some(system) => {
                system.excluding = excluding;
                let settled = |goal: &Goal| {
                    system.sure.contains_key(goal) || (excluding && system.possible.contains_key(goal))
                };
                system.goals.iter().filter(|goal| !settled(goal)).cloned().collect()
            }
            None => return false,
        };
        let asked = self.asked();
        let mut found: Vec<(Goal, Eval)> = Vec::new();
        for goal in goals {
            let eval = self.derive(&goal);
            let take = if excluding {
                eval.possible.truth() != Some(false)
            } else {
                eval.possible.truth() == Some(true)
            };
            if take {
                found.push((goal, eval));
            }
        }
        let news = !found.is_empty() || self.asked() > asked;
        if let Some(system) = self.relations.open.borrow_mut().last_mut() {
            let into = if excluding { &mut system.possible } else { &mut system.sure };
            into.extend(found);
        }
        news
    }

    /// The answers, with all that is known.
    fn last_round(&self) -> Vec<(Goal, Eval)> {
        let goals: Vec<Goal> = match self.relations.open.borrow_mut().last_mut() {
            Some(system) => {
                system.excluding = true;
                system.goals.clone()
            }
            None => Vec::new(),
        };
        let mut out = Vec::new();
        for goal in goals {
            let fresh = self.derive(&goal);
            // The first derivation of what is sure is the shortest: it stays the witness.
            let first =
                self.relations.open.borrow().last().and_then(|system| system.sure.get(&goal).cloned());
            out.push((goal, first.map_or(fresh.clone(), |first| Eval { horizon: fresh.horizon, ..first })));
        }
        out
    }

    fn asked(&self) -> usize {
        self.relations.open.borrow().last().map_or(0, |system| system.goals.len())
    }

    /// Whether any case holds, with the answers as they stand.
    fn derive(&self, goal: &Goal) -> Eval {
        let (name, values) = goal;
        let Some(relation) = self.program.relations.get(name) else { return Eval::truth(false) };
        let evaluator = self.asking(relation, values);
        let cases: Vec<Eval> =
            relation.cases.iter().map(|case| evaluator.condition(&case.condition)).collect();
        logic::any(&cases)
    }
}
