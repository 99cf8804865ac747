//! Which facts of a type conditions are true of, counted: what a fact has to become for anybody to care.
//!
//! `Finding.exists(f, f.open && …)` ranges over all facts of a type. Of a fact of which it is plainly false
//! before and after a change, that change decides nothing again. And where another fact of which it is true is
//! there before and after, the answer is true before and after.

use std::fmt;

use assize_lang::plan::{Expr, FactKind};
use rustc_hash::FxHashMap;

use super::paths::NodeId;
use super::plain::{Condition, Lone, Runner};
use crate::world::{Change, Row, TypeId, World};

/// A condition that a list of all facts of a type is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// What a fact is bound to.
    pub(super) slot: usize,
    pub(super) body: &'a Expr,
    /// Whether all facts have to fulfil it, or one.
    pub(super) all: bool,
    /// Whether one fact settles the answer.
    pub(super) settles: bool,
}

/// All conditions that one list is asked about, compiled.
pub(super) struct Asks {
    ty: TypeId,
    event: bool,
    slots: usize,
    conditions: Vec<One>,
}

struct One {
    slot: usize,
    condition: Condition,
    all: bool,
    settles: bool,
}

impl fmt::Debug for Asks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asks").field("ty", &self.ty).finish_non_exhaustive()
    }
}

/// What a condition is of one fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    /// It makes the list no more than it is without the fact.
    Nothing,
    /// It settles the answer, whatever other facts are.
    Settled,
    /// Anything else.
    Perhaps,
}

impl Asks {
    /// `keyed`: whether a fact concerns some heads only, so that it settles nothing for others.
    pub(super) fn new<'a>(
        lone: &mut Lone<'a>,
        (ty, kind): (TypeId, FactKind),
        slots: usize,
        asked: &[Asked<'a>],
        keyed: bool,
    ) -> Self {
        let one = |asked: &Asked<'a>| One {
            slot: asked.slot,
            condition: lone.condition(asked.body),
            all: asked.all,
            settles: asked.settles && !keyed,
        };
        Self { ty, event: kind == FactKind::Event, slots, conditions: asked.iter().map(one).collect() }
    }

    fn is(&self, runner: &mut Runner<'_>, world: &World, row: Row, one: &One) -> Is {
        if !world.present(self.ty, row) {
            return Is::Nothing;
        }
        runner.start(self.slots);
        runner.bind(one.slot, row);
        let holds = runner.holds(&one.condition);
        // What the clock changes, or how far somebody watched, is not counted.
        if !runner.is_settled() || self.event && world.at(self.ty, row).is_none() {
            return Is::Perhaps;
        }
        match holds {
            Some(truth) if truth == one.all => Is::Nothing,
            Some(_) if one.settles => Is::Settled,
            _ => Is::Perhaps,
        }
    }
}

/// What is kept of one condition.
#[derive(Debug, Default)]
struct Count {
    /// Facts that are not nothing to it; `true` settles it.
    some: FxHashMap<Row, bool>,
    settled: usize,
}

impl Count {
    fn put(&mut self, row: Row, is: Is) -> Option<bool> {
        let old = match is {
            Is::Nothing => self.some.remove(&row),
            Is::Settled | Is::Perhaps => self.some.insert(row, is == Is::Settled),
        };
        self.settled = self.settled.saturating_sub(usize::from(old == Some(true)));
        self.settled = self.settled.saturating_add(usize::from(is == Is::Settled));
        old
    }

    /// Takes in what a fact is now; whether the answer is the same for everybody.
    fn take_in(&mut self, row: Row, is: Is) -> bool {
        let before = self.settled;
        let old = self.put(row, is);
        is == Is::Nothing && old.is_none() || before > 0 && self.settled > 0
    }
}

/// What is kept of all lists, by policy and node.
#[derive(Debug, Default)]
pub(super) struct Polls(FxHashMap<(usize, NodeId), Vec<Count>>);

impl Polls {
    /// Looks at all facts that a list ranges over, unless that was done.
    pub(super) fn build(&mut self, world: &World, at: (usize, NodeId), asks: &Asks) {
        if self.0.contains_key(&at) {
            return;
        }
        let mut runner = Runner::new(world, world.now(), None);
        let count = |one: &One| {
            let mut count = Count::default();
            for row in (0..world.rows(asks.ty)).map(Row) {
                count.put(row, asks.is(&mut runner, world, row, one));
            }
            count
        };
        let counts = asks.conditions.iter().map(count).collect();
        self.0.insert(at, counts);
    }

    /// Takes in what became of a fact; whether that decides nothing again.
    pub(super) fn take_in(
        &mut self,
        world: &World,
        at: (usize, NodeId),
        asks: &Asks,
        change: &Change,
    ) -> bool {
        let Some(counts) = self.0.get_mut(&at) else { return false };
        let mut runner = Runner::new(world, world.now(), None);
        let mut same = true;
        for (one, count) in asks.conditions.iter().zip(counts) {
            let is = asks.is(&mut runner, world, change.row, one);
            same &= count.take_in(change.row, is);
        }
        same
    }

    /// What conditions look at besides the facts themselves has changed: they have to be asked again.
    pub(super) fn forget(&mut self, at: (usize, NodeId)) {
        self.0.remove(&at);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
