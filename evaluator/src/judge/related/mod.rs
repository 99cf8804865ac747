//! Whether a derived relation holds of a tuple (R1 to R5).
//!
//! A relation is the least set that its cases allow, twice over: *surely* holds what the certain facts
//! derive, *possibly* what they cannot exclude. A tuple's rank is the number of rounds after which it is in
//! the set, where every round looks at the round before only. What holds rests on the first chain of that
//! length, in the order of cases and lists; what may hold lacks what is not known of such a chain; what does
//! not hold, or only may, stays so until anything that the relation looks at goes stale.
//!
//! None of that hangs on what was asked before: ranks come from an engine that keeps them up to date, or are
//! found anew, and the answer is the same. Relations that are not [`steady`] are answered as a whole, by
//! rounds.

mod free;
mod proof;
mod ranks;
mod rounds;
mod solved;
mod steady;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use assize_lang::plan::{Expr, Name, Relation};

use super::eval::{Eval, Evaluator};
use super::window::Scope;
use crate::value::{Causes, Horizon, Possible, Value};

pub(crate) use ranks::{is_path, pin};
pub(crate) use solved::Solved;
pub(crate) use steady::Steady;

/// A relation and the values of its columns.
pub(crate) type Goal = (Name, Vec<Value>);

/// No number of rounds: not in the set.
pub(crate) const NEVER_IN: u32 = u32::MAX;

/// After how many rounds a tuple is in a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rank {
    /// By what is certain.
    pub(crate) sure: u32,
    /// By what cannot be excluded, once all that is certain is in; 0 where it is certain.
    pub(crate) possible: u32,
}

/// Relations that somebody keeps up to date.
pub(crate) trait Tables: fmt::Debug {
    /// The rank of a tuple; nothing where the relation is not kept.
    fn rank(&self, goal: &Goal) -> Option<Rank>;

    /// The answers found so far, for everybody who asks about the same facts.
    fn solved(&self) -> &RefCell<Solved>;

    /// Somebody wants to be asked again when the answer for a tuple is another one.
    fn asked(&self, goal: &Goal);

    /// Until when no fact that the relation looks at goes stale.
    fn until(&self, relation: &Name) -> Option<Horizon>;
}

/// What is known about the relations of one evaluation.
#[derive(Default)]
pub(crate) struct Relations {
    /// The answers. What was ranged over to find them is no part of a case's reach: how much that is
    /// depends on what was asked before.
    solved: RefCell<Solved>,
    /// The questions being answered by rounds, innermost last.
    open: RefCell<Vec<rounds::System>>,
    ranks: RefCell<BTreeMap<Goal, Rank>>,
    steady: RefCell<BTreeMap<Name, Option<Rc<Steady>>>>,
    /// Of which types, in which scopes, there may be facts that nobody reported.
    openness: RefCell<BTreeMap<(Name, Scope), Eval>>,
    /// What the answer rests on where a relation does not hold.
    ground: RefCell<BTreeMap<Name, Eval>>,
}

impl<'a> Evaluator<'a> {
    /// `relation(args)`. It holds of nothing that is absent.
    pub(super) fn related(&self, expr: &Expr, name: &Name, args: &'a [Expr]) -> Eval {
        let args: Vec<Eval> = args.iter().map(|arg| self.eval(arg)).collect();
        let operands: Vec<&Eval> = args.iter().collect();
        let values = match columns(&args) {
            Columns::Absent => return Eval::from(Possible::bool(false), &operands),
            Columns::Unknown(causes) => return Eval::from(Possible::maybe(causes), &operands),
            Columns::Known(values) => values,
        };
        let Some(relation) = self.program.relations.get(name) else {
            return Eval::from(self.error(expr, "no such relation"), &operands);
        };
        let goal = (name.clone(), values);
        let held = match self.steady(relation) {
            Some(steady) => {
                let held = self.by_rank(&steady, goal.clone());
                self.tables.iter().for_each(|tables| tables.asked(&goal));
                held
            }
            None => self.by_rounds(relation, goal),
        };
        let all: Vec<&Eval> = operands.into_iter().chain([&held]).collect();
        Eval::from(held.possible.clone(), &all)
    }

    /// The answers found so far.
    fn solved(&self) -> &RefCell<Solved> {
        self.tables.map_or(&self.relations.solved, |tables| tables.solved())
    }

    /// What there is to know of a steady relation beforehand.
    fn steady(&self, relation: &Relation) -> Option<Rc<Steady>> {
        if let Some(known) = self.relations.steady.borrow().get(&relation.name) {
            return known.clone();
        }
        let steady = Steady::of(self.program, self.view.schema(), relation).map(Rc::new);
        self.relations.steady.borrow_mut().insert(relation.name.clone(), steady.clone());
        steady
    }

    /// An evaluator for the cases of a relation, with its columns bound.
    fn asking(&self, relation: &'a Relation, values: &[Value]) -> Self {
        let evaluator = self.inside(&relation.text);
        for ((_, slot, _), value) in relation.columns.iter().zip(values) {
            evaluator.bind(*slot, Eval::constant(Possible::known(value.clone())));
        }
        evaluator
    }
}

/// What the columns are given.
enum Columns {
    Known(Vec<Value>),
    /// One of them is absent.
    Absent,
    Unknown(Causes),
}

fn columns(args: &[Eval]) -> Columns {
    if args.iter().any(|arg| arg.possible.is_absent()) {
        return Columns::Absent;
    }
    let values: Option<Vec<Value>> = args.iter().map(|arg| arg.possible.value().cloned()).collect();
    match values {
        Some(values) => Columns::Known(values),
        None => Columns::Unknown(Causes::all(args.iter().map(|arg| arg.possible.causes.clone()))),
    }
}
