//! What has to be decided again, and why.

use std::collections::{BTreeMap, BTreeSet};

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
    some: BTreeMap<usize, BTreeMap<Row, Why>>,
}

impl Todo {
    pub(super) fn every(&mut self, number: usize, why: Why) {
        self.all.entry(number).or_insert(why);
    }

    /// Whether all of a number has to be done.
    pub(super) fn is_every(&self, number: usize) -> bool {
        self.all.contains_key(&number)
    }

    pub(super) fn one(&mut self, (number, row): Case, why: Why) {
        self.some.entry(number).or_default().entry(row).or_insert(why);
    }

    pub(super) fn add(&mut self, number: usize, heads: Heads, why: Why) {
        if heads.all {
            return self.every(number, why);
        }
        for row in heads.rows {
            self.one((number, row), why);
        }
    }

    /// The policies or joins of which something has to be done, from `first` on and before `end`.
    pub(super) fn numbers(&self, first: usize, end: usize) -> Vec<usize> {
        let all = self.all.range(first..end).map(|(number, _)| *number);
        let mut out: Vec<usize> = all.chain(self.some.range(first..end).map(|(number, _)| *number)).collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// What has to be done of one number: all of `all` and of what is `known`, or some.
    pub(super) fn rows(
        &self,
        number: usize,
        all: impl FnOnce() -> std::sync::Arc<[Row]>,
        known: impl FnOnce() -> Vec<Row>,
    ) -> Vec<(Row, Why)> {
        match self.all.get(&number) {
            Some(why) => {
                let known = known();
                if known.is_empty() {
                    return all().iter().map(|row| (*row, *why)).collect();
                }
                let rows: BTreeSet<Row> = all().iter().copied().chain(known).collect();
                rows.into_iter().map(|row| (row, *why)).collect()
            }
            None => self.some.get(&number).into_iter().flatten().map(|(row, why)| (*row, *why)).collect(),
        }
    }
}
