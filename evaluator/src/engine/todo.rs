//! What has to be decided again, and why.

use std::collections::BTreeMap;

use super::back::Heads;
use crate::world::{Row, TypeId};

/// A policy or a join, by its number, and the row that it is looked at for.
pub(super) type Case = (usize, Row);

/// Why something is decided again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// A fact changed.
    Fact(TypeId, Row),
    /// Nothing but the clock, or how far somebody watched, at this instant.
    Clock(i64),
    /// The policy, or something that it uses.
    Policy,
}

/// What has to be decided again; of several reasons the first is kept.
#[derive(Debug, Default)]
pub(super) struct Todo {
    all: BTreeMap<usize, Why>,
    /// By number. Those that have anything are listed in `begun`, as they came up.
    some: Vec<Pile>,
    begun: Vec<usize>,
}

/// What has to be done of one number.
#[derive(Debug, Default)]
struct Pile {
    /// In order, each row once; and behind them what came since, as it came.
    rows: Vec<(Row, Why)>,
    /// How many are in order.
    sorted: usize,
}

impl Pile {
    fn push(&mut self, row: Row, why: Why) {
        /// How much may come before what came twice is dropped.
        const LOOSE: usize = 1024;
        self.rows.push((row, why));
        if self.rows.len() > self.sorted.saturating_mul(2).saturating_add(LOOSE) {
            self.sort();
        }
    }

    fn sort(&mut self) {
        if self.rows.len() > self.sorted {
            // A stable order: the first reason comes first.
            self.rows.sort_by_key(|(row, _)| *row);
            self.rows.dedup_by_key(|(row, _)| *row);
            self.sorted = self.rows.len();
        }
    }
}

impl Todo {
    pub(super) fn every(&mut self, number: usize, why: Why) {
        self.all.entry(number).or_insert(why);
    }

    pub(super) fn one(&mut self, (number, row): Case, why: Why) {
        if self.some.len() <= number {
            self.some.resize_with(number.saturating_add(1), Pile::default);
        }
        if let Some(pile) = self.some.get_mut(number) {
            if pile.rows.is_empty() {
                self.begun.push(number);
            }
            pile.push(row, why);
        }
    }

    pub(super) fn add(&mut self, number: usize, heads: &Heads, why: Why) {
        if heads.all {
            return self.every(number, why);
        }
        heads.rows.iter().for_each(|row| self.one((number, *row), why));
    }

    /// Puts in order what came.
    pub(super) fn sort(&mut self) {
        self.begun.iter().for_each(|number| {
            if let Some(pile) = self.some.get_mut(*number) {
                pile.sort();
            }
        });
    }

    /// Empties it, to be used again.
    pub(super) fn clear(&mut self) {
        /// How much room is kept for one number.
        const KEPT: usize = 4096;
        self.all.clear();
        for number in self.begun.drain(..) {
            if let Some(pile) = self.some.get_mut(number) {
                pile.rows.clear();
                pile.rows.shrink_to(KEPT);
                pile.sorted = 0;
            }
        }
    }

    /// The policies or joins of which something has to be done, from `first` on and before `end`.
    pub(super) fn numbers(&self, first: usize, end: usize) -> Vec<usize> {
        let mut out: Vec<usize> = self.all.range(first..end).map(|(number, _)| *number).collect();
        out.extend(self.begun.iter().filter(|number| (first..end).contains(*number)));
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Why all of a number has to be done, if it has to.
    pub(super) fn whole(&self, number: usize) -> Option<Why> {
        self.all.get(&number).copied()
    }

    /// What of a number has to be done where not all of it has; only of what is in order.
    fn some(&self, number: usize) -> &[(Row, Why)] {
        self.some.get(number).and_then(|pile| pile.rows.get(..pile.sorted)).unwrap_or_default()
    }

    /// What has to be done of one number: all of `all` and of what is `known`, or some.
    pub(super) fn rows(
        &self,
        number: usize,
        all: impl FnOnce() -> std::sync::Arc<[Row]>,
        known: impl FnOnce() -> Vec<Row>,
    ) -> std::borrow::Cow<'_, [(Row, Why)]> {
        let Some(why) = self.whole(number) else { return self.some(number).into() };
        let mut known = known();
        let all = all();
        let case = |row: &Row| (*row, why);
        if known.is_empty() {
            return all.iter().map(case).collect();
        }
        known.extend(all.iter());
        known.sort_unstable();
        known.dedup();
        known.iter().map(case).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_there_once_with_its_first_reason() {
        let mut todo = Todo::default();
        for step in 0..10_000_u32 {
            let random = step.wrapping_mul(0x9E37_79B9) >> 8;
            todo.one((random as usize % 3 * 2, Row(random % 50)), Why::Clock(i64::from(step)));
        }
        todo.every(3, Why::Policy);
        todo.sort();
        assert_eq!(todo.numbers(0, 9), [0, 2, 3, 4]);
        assert_eq!(todo.numbers(1, 4), [2, 3]);
        let mut first = BTreeMap::new();
        for step in 0..10_000_u32 {
            let random = step.wrapping_mul(0x9E37_79B9) >> 8;
            let case = (random as usize % 3 * 2, Row(random % 50));
            first.entry(case).or_insert(Why::Clock(i64::from(step)));
        }
        let of = |number: usize| todo.some(number).iter().map(move |(row, why)| ((number, *row), *why));
        assert!([0, 2, 4].into_iter().flat_map(of).eq(first));
        assert_eq!((todo.some(3), todo.some(7)), (&[][..], &[][..]));
        let all = || std::sync::Arc::from([Row(4), Row(1)]);
        let rows = |known: Vec<Row>| -> Vec<u32> {
            todo.rows(3, all, || known).iter().map(|(row, _)| row.0).collect()
        };
        assert_eq!((rows(Vec::new()), rows(vec![Row(9), Row(1)])), (vec![4, 1], vec![1, 4, 9]));
        todo.clear();
        assert_eq!((todo.numbers(0, 9), todo.some(2)), (vec![], &[][..]));
    }
}
