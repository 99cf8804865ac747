//! Two fields of a request, or of facts that it refers to, compared with one another.

use std::sync::atomic::AtomicU64;

use assize_lang::plan::CompareOp;

use super::column::order_of;
use super::once::number;
use crate::engine::plain::{Asked, holds};
use crate::world::{Cell, FieldId, Sym, World};

/// What has to be so of two fields for some clauses to be.
#[derive(Debug)]
pub(super) struct Pair {
    /// The clauses that ask for it.
    pub(super) clauses: u64,
    pub(super) sides: [Side; 2],
    pub(super) op: CompareOp,
    pub(super) wanted: bool,
}

/// Whose field it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The request's own.
    Own(FieldId),
    /// Of the fact that a step leads to: the step, and the place in what is known of that fact.
    Far(usize, usize),
}

/// What a side comes to.
#[derive(Clone, Copy)]
enum Said<'a> {
    Number(u64),
    /// A text of the request's own, which nobody has numbered.
    Text(&'a str),
}

impl Pair {
    /// Whether it asks for the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.sides, self.op, self.wanted) == (other.sides, other.op, other.wanted)
    }

    /// Whether it is so, of what is known; `far` has what is known of the facts that steps lead to.
    pub(super) fn holds<'a>(
        &self,
        world: &'a World,
        asked: &'a Asked<'a>,
        far: &[Option<&'a [AtomicU64]>],
    ) -> Option<bool> {
        let [a, b] = self.sides.map(|side| side.said(asked, far));
        let order = match (a?, b?) {
            (Said::Number(a), Said::Number(b)) => a.cmp(&b),
            (Said::Text(a), Said::Text(b)) => a.cmp(b),
            (Said::Text(a), Said::Number(b)) => a.cmp(text(world, b)),
            (Said::Number(a), Said::Text(b)) => text(world, a).cmp(b),
        };
        Some(holds(self.op, order) == self.wanted)
    }
}

impl Side {
    fn said<'a>(self, asked: &'a Asked<'a>, far: &[Option<&'a [AtomicU64]>]) -> Option<Said<'a>> {
        match self {
            Self::Own(field) => match asked.own(field) {
                // What is left out may be a text of the policies.
                Cell::Text(sym) => Some(asked.text(sym).map_or(Said::Number(sym.0.into()), Said::Text)),
                cell => code(cell).map(Said::Number),
            },
            Self::Far(step, place) => {
                far.get(step).copied().flatten().map(|known| Said::Number(number(known, place)))
            }
        }
    }
}

fn text(world: &World, number: u64) -> &str {
    world.text(Sym(u32::try_from(number).unwrap_or(u32::MAX)))
}

/// A number for what is plainly known, in the order of values of its kind; of texts and references only the same where
/// they are the same.
pub(super) fn code(cell: Cell) -> Option<u64> {
    match cell {
        Cell::Bool(truth) => Some(u64::from(truth)),
        Cell::Enum(member) => Some(u64::from(member)),
        Cell::Text(sym) => Some(u64::from(sym.0)),
        Cell::Fact(row) => Some(u64::from(row.0)),
        cell => order_of(cell),
    }
}
