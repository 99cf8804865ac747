//! What the conditions of a later binding say of facts of which it is not known what they can be joined with: found
//! once, for all who ask.
//!
//! Where nobody lists a workload's containers, `w.containers.exists(c, c.image == f.image)` says the same to every
//! finding whose image none of its containers is known to run: that it cannot be told, and why. So the workload is
//! asked with a stand-in for the finding's image, of which nothing is known but that it is another one, or none, or
//! not known. What that comes to may hang on the finding in two ways only: it may lack what the finding's image
//! lacks, and hold no longer than that is known. Of the latter the answers for *never* and *for ever* say all, since
//! instants are only ever combined by `min` and `max`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use assize_lang::plan::{Name, Slot};

use crate::judge::{Asked, Candidates, Eval, Evaluator, all};
use crate::value::{Cause, Causes, Gather, Horizon, Missing, NEVER, Possible, Value, Values};
use crate::world::Row;

/// As many questions to coverage may be repeated to each who asks.
const ASKED: usize = 64;
/// What a stand-in lacks: no field has this name.
const LACKED: &str = "\0";

/// What is known of the value that facts are looked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asking {
    /// A fact that those facts are not known to refer to.
    Another,
    /// It is absent.
    Nothing,
    /// It is not known at all.
    Anything { absent: bool },
}

impl Asking {
    pub(super) fn of(wanted: &Possible) -> Option<Self> {
        match (&wanted.values, wanted.absent) {
            (Values::One(Value::Fact(..)), false) => Some(Self::Another),
            (Values::None, _) => Some(Self::Nothing),
            (Values::Any, absent) => Some(Self::Anything { absent }),
            _ => None,
        }
    }

    /// A value of which no more is known.
    fn stand_in(self, ty: &Name) -> Possible {
        match self {
            Self::Another => Possible::known(Value::Fact(ty.clone(), Arc::from(LACKED))),
            Self::Nothing => Possible::absent(),
            Self::Anything { absent } => {
                Possible { values: Values::Any, absent, causes: Causes::one(lacked()) }
            }
        }
    }
}

fn lacked() -> Missing {
    Missing { field: Some(LACKED.to_owned()), ..Missing::new(Cause::NotCollected) }
}

/// A later binding, and the path from an earlier one that its facts are looked for by.
#[derive(Clone, Copy)]
pub(super) struct Looked<'p> {
    pub(super) depth: usize,
    pub(super) slot: Slot,
    pub(super) ty: &'p Name,
    /// Where the path begins.
    pub(super) root: Slot,
    /// What it leads to.
    pub(super) to: &'p Name,
}

/// What was found, by join and by what is asked; `None` where somebody asked once.
type Found = BTreeMap<(usize, Asking), Option<Rc<Fold>>>;

/// What is found once for all who ask.
#[derive(Debug, Default)]
pub(super) struct Doubts(RefCell<Found>);

impl Doubts {
    /// What the conditions say of `facts`, from the second time on that somebody asks: whoever asks alone had better
    /// ask them.
    pub(super) fn of<'a>(
        &self,
        evaluator: &Evaluator<'a>,
        (number, asking): (usize, Asking),
        looked: Looked<'_>,
        facts: impl FnOnce() -> Vec<(Row, Arc<str>)>,
    ) -> Option<Rc<Fold>> {
        let known = self.0.borrow().get(&(number, asking)).cloned();
        let found = match known {
            None => None,
            Some(Some(found)) => Some(found),
            Some(None) => Some(Rc::new(Fold::of(evaluator, asking, looked, facts()))),
        };
        self.0.borrow_mut().insert((number, asking), found.clone());
        found.filter(|fold| fold.asked.len() <= ASKED && fold.reach <= evaluator.left())
    }
}

/// What the conditions say of many facts.
#[derive(Debug)]
pub(super) struct Fold {
    said: BTreeMap<Row, Said>,
    /// The facts that have to be asked about one by one.
    cases: BTreeSet<Row>,
    all: Sum,
    /// The most that the conditions on one of them range over.
    reach: u64,
    asked: Vec<Asked>,
}

/// What they say of one.
#[derive(Debug)]
struct Said {
    /// Why it cannot be told whether it is a case, where it is not known that it is none.
    open: Option<Causes>,
    /// Whether it lacks what the value that is looked for lacks.
    leans: bool,
    until: Between,
}

/// A horizon, as it follows from that of the value that is looked for.
#[derive(Clone, Copy, Debug)]
struct Between {
    /// Where that is over already.
    least: Horizon,
    /// Where that holds for ever.
    most: Horizon,
}

impl Between {
    const FOREVER: Self = Self { least: Horizon::NEVER, most: Horizon::NEVER };

    fn min(self, other: Self) -> Self {
        Self { least: self.least.min(other.least), most: self.most.min(other.most) }
    }

    fn with(self, horizon: Horizon) -> Horizon {
        self.most.min(horizon).max(self.least)
    }
}

/// What is said of several.
#[derive(Debug)]
struct Sum {
    open: Option<Causes>,
    leans: bool,
    open_until: Between,
    left_out: Between,
}

impl Sum {
    fn of<'s>(said: impl Iterator<Item = &'s Said>) -> Self {
        let mut sum =
            Self { open: None, leans: false, open_until: Between::FOREVER, left_out: Between::FOREVER };
        let mut causes = Vec::new();
        for one in said {
            match &one.open {
                Some(open) => {
                    causes.push(open.clone());
                    sum.leans |= one.leans;
                    sum.open_until = sum.open_until.min(one.until);
                }
                None => sum.left_out = sum.left_out.min(one.until),
            }
        }
        if !causes.is_empty() {
            sum.open = Some(Causes::all(causes));
        }
        sum
    }
}

impl Fold {
    fn of<'a>(
        evaluator: &Evaluator<'a>,
        asking: Asking,
        looked: Looked<'_>,
        facts: Vec<(Row, Arc<str>)>,
    ) -> Self {
        let before = evaluator.take_asked();
        let counted = evaluator.reach();
        let (mut said, mut cases, mut reach) = (BTreeMap::new(), BTreeSet::new(), 0);
        for (row, key) in facts {
            let fact = Value::Fact(looked.ty.clone(), key);
            evaluator.bind(looked.slot, Eval::constant(Possible::known(fact)));
            let with = |until: i64| {
                let horizon = Horizon { clock: until, first: until };
                let possible = asking.stand_in(looked.to);
                let stand_in = Eval { possible, horizon, reads: Gather::NONE };
                evaluator.set_reach(0);
                evaluator.standing_in(looked.root, stand_in, || evaluator.said(looked.depth))
            };
            let (least, most) = (with(i64::MIN), with(NEVER));
            reach = reach.max(evaluator.reach());
            let between = |a: &Eval, b: &Eval| Between { least: a.horizon, most: b.horizon };
            let one = match (most.out, &least.open, &most.open) {
                (true, ..) => Some(Said {
                    open: None,
                    leans: false,
                    until: between(&all(&least.judged), &all(&most.judged)),
                }),
                (false, Some(least), Some(most)) => {
                    let causes = most.possible.causes.sorted();
                    let own: Causes =
                        causes.iter().filter(|one| ***one != lacked()).map(|one| (*one).clone()).collect();
                    let leans = causes.contains(&&lacked());
                    Some(Said { open: Some(own), leans, until: between(least, most) })
                }
                _ => None,
            };
            match one {
                Some(one) => drop(said.insert(row, one)),
                None => drop(cases.insert(row)),
            }
        }
        evaluator.set_reach(counted);
        let mut asked = evaluator.take_asked();
        evaluator.ask(before);
        asked.sort_by(|a, b| {
            (&a.ty, &a.signal, &a.scope, a.renewed).cmp(&(&b.ty, &b.signal, &b.scope, b.renewed))
        });
        asked.dedup_by(|a, b| (&a.ty, &a.signal, &a.scope) == (&b.ty, &b.signal, &b.scope));
        let mut all = Sum::of(said.values());
        all.open = all.open.map(Causes::kept_sorted);
        Self { said, cases, all, reach, asked }
    }

    /// The facts that a binding may be: these, which are known to be joined with what is looked for, and what it is
    /// about the others.
    pub(super) fn candidates(
        &self,
        evaluator: &Evaluator<'_>,
        wanted: &Eval,
        mut joined: BTreeSet<Row>,
        fact: impl Fn(Row) -> Value,
    ) -> Candidates {
        let apart;
        let sum = if joined.iter().any(|row| self.said.contains_key(row)) {
            apart = Sum::of(self.said.iter().filter(|(row, _)| !joined.contains(row)).map(|(_, one)| one));
            &apart
        } else {
            &self.all
        };
        evaluator.ask(self.asked.clone());
        let others = sum.open.as_ref().map(|open| {
            let causes = if sum.leans { open.and(&wanted.possible.causes) } else { open.clone() };
            let horizon = sum.open_until.with(wanted.horizon);
            Eval { possible: Possible::maybe(causes), horizon, reads: Gather::NONE }
        });
        joined.extend(&self.cases);
        let facts = joined.into_iter().map(fact).collect();
        Candidates { facts, others, until: sum.left_out.with(wanted.horizon) }
    }
}
