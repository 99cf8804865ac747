//! Conditions and values compiled by themselves, for whoever binds the slots.

use std::collections::BTreeMap;

use assize_lang::plan::{Expr, Name, Program};

use super::Runner;
use super::compile::{Compiler, Scalar, Test};
use super::frame::Truth;
use crate::value::{NEVER, Value};
use crate::world::{Cell, Layout, Row};

/// A condition.
pub(crate) struct Condition(Test);

/// A value.
pub(crate) struct Place(Scalar);

/// Compiles expressions that belong to no policy.
pub(crate) struct Lone<'a>(Compiler<'a>);

impl<'a> Lone<'a> {
    pub(crate) fn new(program: &'a Program, layout: &'a Layout, params: &'a BTreeMap<Name, Value>) -> Self {
        let (lists, moving) = Default::default();
        Self(Compiler { program, layout, params, lets: Vec::new(), lists, moving })
    }

    /// The same for a policy that names expressions.
    pub(crate) fn naming(self, lets: &[&'a Expr]) -> Self {
        Self(Compiler { lets: lets.to_vec(), ..self.0 })
    }

    pub(crate) fn condition(&mut self, expr: &'a Expr) -> Condition {
        Condition(self.0.test(expr))
    }

    pub(crate) fn place(&mut self, expr: &'a Expr) -> Place {
        Place(self.0.scalar(expr))
    }
}

impl Runner<'_> {
    /// Makes ready for other facts.
    pub(crate) fn start(&mut self, slots: usize) {
        self.0.reset(slots, 0);
    }

    pub(crate) fn bind(&mut self, slot: usize, row: Row) {
        self.0.bind(slot, Cell::Fact(row));
    }

    /// Whether it holds; nothing where that is not plain.
    pub(crate) fn holds(&mut self, condition: &Condition) -> Option<bool> {
        match condition.0(&mut self.0) {
            Truth::Yes => Some(true),
            Truth::No => Some(false),
            Truth::Perhaps => None,
        }
    }

    /// Whether what was found since the start hangs neither on the clock nor on how far somebody watched.
    pub(crate) fn is_settled(&self) -> bool {
        self.0.wake == NEVER && self.0.asked_coverage.is_empty()
    }

    pub(crate) fn value(&mut self, place: &Place) -> Cell {
        place.0(&mut self.0)
    }

    /// What a slot is bound to.
    pub(crate) fn bound(&self, slot: usize) -> Cell {
        self.0.slot(slot)
    }
}
