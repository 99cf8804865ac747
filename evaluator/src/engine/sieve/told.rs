//! One request, held against the blocks of clauses of which words are kept.

use std::sync::atomic::AtomicU64;

use super::far::{Far, STEPS, Step};
use super::look::{Head, Look, Room};
use super::once::{Records, first, number};
use super::{BLOCKS, Class};
use crate::engine::plain::Asked;
use crate::world::{Cell, FieldId, Row, World};

/// What a request's own fields leave open, and in doubt, of each block.
pub(in crate::engine) type Words = [(u64, u64); BLOCKS];

/// What is known of the facts that a step leads to.
#[derive(Debug)]
pub(super) struct Told {
    /// Where it begins at the head: the field.
    field: Option<FieldId>,
    records: Records,
}

impl Told {
    /// Nothing yet.
    pub(super) fn new(step: &Step, world: &World) -> Self {
        let rows = step.to.map_or(0, |to| world.rows(to));
        Self { field: step.field, records: Records::new(rows, step.width()) }
    }

    /// What is known of a fact: the clauses that are open, those that are in doubt, and what is compared.
    pub(super) fn of(&self, look: &Look<'_>, far: &Far, step: &Step, row: Row) -> Option<&[AtomicU64]> {
        self.records.get(row, |others| step.find(look, far, row, others))
    }
}

impl Look<'_> {
    /// Calls `visit` once with each policy, by its place in the sieve, that can come to anything for a request; and says
    /// whether it surely comes to its [one arm](super::Sieve::arm).
    pub(in crate::engine) fn asked(
        &self,
        room: &mut Room,
        asked: &Asked<'_>,
        (classes, words): (&[Class], &Words),
        mut visit: impl FnMut(u32, bool),
    ) {
        let sieve = self.sieve;
        room.start(sieve.numbers.len());
        for policy in self.open {
            if room.is_new(*policy) {
                visit(*policy, false);
            }
        }
        let told = &self.known.words;
        for ((far, own), told) in sieve.far.iter().zip(words).zip(told) {
            let (open, sure) = self.words(asked, *own, far, told);
            let mut once = |policy, is_sure| {
                if room.is_new(policy) {
                    visit(policy, is_sure);
                }
            };
            far.each(sure, |policy| once(policy, true));
            far.each(open & !sure, |policy| once(policy, false));
        }
        if !sieve.is_far() {
            self.others(room, Head::Asked(asked, classes), |policy| visit(policy, false));
        }
    }

    /// The clauses of a block that a request leaves open, and those of them that are sure of a policy that then comes to
    /// its one arm: by its own fields, by the facts that it refers to, for each of which that is found out once, and by
    /// what is compared.
    fn words(
        &self,
        asked: &Asked<'_>,
        (mut open, mut doubt): (u64, u64),
        far: &Far,
        told: &[Told],
    ) -> (u64, u64) {
        let mut known = [None; STEPS];
        for (at, told) in told.iter().enumerate() {
            let cell = match told.field {
                Some(field) => asked.own(field),
                None => self.through(asked, far, at),
            };
            let record = match cell {
                Cell::Fact(row) => told.records.get(row, |others| self.find(far, at, row, others)),
                _ => None,
            };
            let (open_by, doubt_by) = match record {
                Some(record) => (first(record), number(record, 1)),
                None => far.steps.get(at).map_or((u64::MAX, u64::MAX), |step| step.without(cell)),
            };
            open &= open_by;
            doubt |= doubt_by;
            if open == 0 {
                return (0, 0);
            }
            if let Some(slot) = known.get_mut(at) {
                *slot = record;
            }
        }
        let sure = open & far.sole & !doubt;
        if sure & far.paired == 0 {
            return (open, sure);
        }
        self.compared(asked, far, &known, (open, sure))
    }

    /// What comparing fields leaves of these.
    fn compared(
        &self,
        asked: &Asked<'_>,
        far: &Far,
        known: &[Option<&[AtomicU64]>],
        (mut open, mut sure): (u64, u64),
    ) -> (u64, u64) {
        for pair in &far.pairs {
            let clauses = pair.clauses & sure;
            if clauses == 0 {
                continue;
            }
            match pair.holds(self.world, asked, known) {
                Some(true) => {}
                Some(false) => (open, sure) = (open & !clauses, sure & !clauses),
                None => sure &= !clauses,
            }
        }
        (open, sure)
    }

    /// What a step that does not begin at the request leads to.
    #[cold]
    fn through(&self, asked: &Asked<'_>, far: &Far, step: usize) -> Cell {
        far.steps.get(step).map_or(Cell::Unknown, |step| self.fact(step.route, Head::Asked(asked, &[])))
    }

    #[cold]
    fn find(&self, far: &Far, step: usize, row: Row, others: &[AtomicU64]) -> u64 {
        far.steps.get(step).map_or(far.all, |step| step.find(self, far, row, others))
    }
}
