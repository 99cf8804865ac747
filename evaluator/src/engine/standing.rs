//! What was decided and stands, and what has to be looked at again when.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use super::joins::Join;
use super::todo::{Case, Todo, Why};
use crate::decision::{Decision, Undetermined};
use crate::value::NEVER;
use crate::world::Row;

/// A signal and a scope.
pub(super) type Watched = (String, String);

/// What the judge said of one head.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) decisions: Vec<Decision>,
    pub(super) undetermined: Vec<Undetermined>,
    /// What stood once and was lost: it is told when it is known to be over.
    pub(super) lost: Vec<Decision>,
    /// When it was rendered.
    pub(super) at: i64,
}

/// What stands.
#[derive(Debug)]
pub(super) struct Standing {
    /// The sides of joins.
    pub(super) joins: Vec<Join>,
    /// What the judge said, by policy and head; what decides nothing and leaves nothing open is not kept.
    pub(super) held: Vec<BTreeMap<Row, Held>>,
    /// When each has to be looked at again though nothing is reported.
    wakes: Vec<HashMap<Row, i64>>,
    timers: BinaryHeap<Reverse<(i64, usize, Row)>>,
    /// Who asked about a signal in a scope, and the other way round.
    waiting: HashMap<Watched, BTreeSet<Case>>,
    asked: HashMap<Case, Vec<Watched>>,
}

impl Standing {
    /// Nothing yet, of so many policies and these joins.
    pub(super) fn new(policies: usize, joins: Vec<Join>) -> Self {
        let count = policies.saturating_add(joins.len());
        Self {
            joins,
            held: (0..policies).map(|_| BTreeMap::new()).collect(),
            wakes: (0..count).map(|_| HashMap::new()).collect(),
            timers: BinaryHeap::new(),
            waiting: HashMap::new(),
            asked: HashMap::new(),
        }
    }

    /// Takes over what stands of one number under another: nothing that it rests on has changed.
    pub(super) fn keep(&mut self, number: usize, from: &mut Self, old: usize) {
        if let (Some(held), Some(kept)) = (self.held.get_mut(number), from.held.get_mut(old)) {
            *held = std::mem::take(kept);
        }
        let wakes = from.wakes.get_mut(old).map(std::mem::take).unwrap_or_default();
        let asked: Vec<Case> = from.asked.keys().filter(|(of, _)| *of == old).copied().collect();
        let rows: BTreeSet<Row> = wakes.keys().copied().chain(asked.iter().map(|(_, row)| *row)).collect();
        for row in rows {
            let asked = from.asked.remove(&(old, row)).unwrap_or_default();
            self.wake((number, row), wakes.get(&row).copied().unwrap_or(NEVER), asked);
        }
    }

    /// Notes when something has to be looked at again, and for which coverage.
    pub(super) fn wake(&mut self, case: Case, wake: i64, asked: Vec<Watched>) {
        let (number, row) = case;
        let Some(wakes) = self.wakes.get_mut(number) else { return };
        if wake != NEVER {
            if wakes.insert(row, wake) != Some(wake) {
                self.timers.push(Reverse((wake, number, row)));
            }
        } else if !wakes.is_empty() {
            wakes.remove(&row);
        }
        if asked.is_empty() && self.asked.is_empty() {
            return;
        }
        let before =
            if asked.is_empty() { self.asked.remove(&case) } else { self.asked.insert(case, asked.clone()) };
        for watched in before.into_iter().flatten() {
            if let Some(cases) = self.waiting.get_mut(&watched) {
                cases.remove(&case);
            }
        }
        for watched in asked {
            self.waiting.entry(watched).or_default().insert(case);
        }
    }

    /// The next instant at which something has to be looked at again; it may have been put off since.
    pub(super) fn next(&self) -> Option<i64> {
        self.timers.peek().map(|Reverse((at, ..))| *at)
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

    /// Whoever asked about a signal in a scope; `None` is any.
    pub(super) fn watching(&self, signal: &str, scope: Option<&str>, why: Why, todo: &mut Todo) {
        let concerned = |of: &str| scope.is_none_or(|scope| scope == "*" || of == "*" || of == scope);
        for ((asked, of), cases) in &self.waiting {
            if asked == signal && concerned(of) {
                cases.iter().for_each(|case| todo.one(*case, why));
            }
        }
    }
}
