//! What was decided and stands, and what has to be looked at again when.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::Arc;

use super::derived::{Derived, Rules};
use super::held::ByHead;
use super::joins::Join;
use super::keyed::ByFields;
use super::ledger::Ledger;
use super::polls::Polls;
use super::todo::{Case, Todo, Why};
use super::watching::Watching;
use crate::value::NEVER;
use crate::world::{Row, World};

/// What stands.
#[derive(Debug)]
pub(super) struct Standing {
    /// The sides of joins.
    pub(super) joins: Vec<Join>,
    /// The relations that policies look at.
    pub(super) derived: Derived,
    /// By policy and head; what decides nothing and leaves nothing open is not kept.
    pub(super) held: Vec<Ledger>,
    /// By policy: the heads that were tried with all facts of a join, whatever these can be joined with.
    pub(super) unsure: Vec<BTreeSet<Row>>,
    /// When each has to be looked at again though nothing is reported.
    wakes: Vec<ByHead<i64>>,
    timers: BinaryHeap<Reverse<(i64, usize, Row)>>,
    /// Who asked about coverage.
    pub(super) watching: Watching,
    /// Facts by the values that others are looked for by.
    pub(super) fields: ByFields,
    /// Which facts conditions are true of that all facts of a type are asked for.
    pub(super) polls: Polls,
}

impl Standing {
    /// Nothing yet, of so many policies and these joins.
    pub(super) fn new(policies: usize, joins: Vec<Join>, rules: Arc<Rules>) -> Self {
        let count = policies.saturating_add(joins.len());
        Self {
            joins,
            derived: Derived::new(rules),
            held: (0..policies).map(|_| Ledger::default()).collect(),
            unsure: vec![BTreeSet::new(); policies],
            wakes: (0..count).map(|_| ByHead::default()).collect(),
            timers: BinaryHeap::new(),
            watching: Watching::default(),
            fields: ByFields::default(),
            polls: Polls::default(),
        }
    }

    /// Takes over what stands of one number under another: nothing that it rests on has changed.
    pub(super) fn keep(&mut self, world: &World, number: usize, from: &mut Self, old: usize) {
        if let (Some(held), Some(kept)) = (self.held.get_mut(number), from.held.get_mut(old)) {
            *held = std::mem::take(kept);
        }
        if let (Some(unsure), Some(kept)) = (self.unsure.get_mut(number), from.unsure.get_mut(old)) {
            *unsure = std::mem::take(kept);
        }
        let wakes = from.wakes.get_mut(old).map(std::mem::take).unwrap_or_default();
        for (row, wake) in wakes {
            self.wake((number, row), wake);
        }
        self.watching.keep(world, number, &from.watching, old);
    }

    /// Notes when something has to be looked at again.
    pub(super) fn wake(&mut self, (number, row): Case, wake: i64) {
        let Some(wakes) = self.wakes.get_mut(number) else { return };
        if wake != NEVER {
            if wakes.insert(row, wake) != Some(wake) {
                self.timers.push(Reverse((wake, number, row)));
            }
        } else if !wakes.is_empty() {
            wakes.remove(&row);
        }
    }

    /// Notes whether a head was tried with all facts of a join.
    pub(super) fn tried_all(&mut self, (number, row): Case, tried: bool) {
        if let Some(unsure) = self.unsure.get_mut(number) {
            if tried {
                unsure.insert(row);
            } else if !unsure.is_empty() {
                unsure.remove(&row);
            }
        }
    }

    /// The heads that see whatever a join's facts do.
    pub(super) fn unsure(&self, number: usize) -> impl Iterator<Item = Case> {
        self.unsure.get(number).into_iter().flatten().map(move |row| (number, *row))
    }

    /// The next instant at which something has to be looked at again; it may have been put off since.
    pub(super) fn next(&self) -> Option<i64> {
        let timers = self.timers.peek().map(|Reverse((at, ..))| *at);
        timers.into_iter().chain(self.derived.next()).min()
    }

    /// What the clock has brought up by `now`.
    pub(super) fn due(&mut self, now: i64, todo: &mut Todo) {
        while let Some(Reverse((at, number, row))) = self.timers.peek().copied() {
            if at > now {
                break;
            }
            self.timers.pop();
            let stands = self.wakes.get(number).and_then(|wakes| wakes.get(&row));
            if stands == Some(&at) {
                todo.one((number, row), Why::Clock(at));
            }
        }
    }
}
