//! Lists of facts, as compiled conditions see them.

use assize_lang::plan::{Coverage, FactKind, FactType};

use super::compile::{Scalar, Test};
use super::frame::{Asked, Frame, Truth};
use crate::world::{Cell, FieldId, Row, TypeId};

/// Where the members come from.
pub(super) enum Members {
    /// The facts of a type that refer to an owner by a field of theirs.
    Inverse { owner: Scalar, of: TypeId, via: FieldId },
    /// All facts of a type.
    All { of: TypeId },
}

/// A list, narrowed by conditions on its members.
pub(super) struct List {
    members: Members,
    /// Each with the slot that the member is bound to.
    conditions: Vec<(usize, Test)>,
    of: TypeId,
    /// Whether nobody can know of a member that was not reported.
    closed: bool,
    event: bool,
}

impl List {
    pub(super) fn new(members: Members, declared: &FactType) -> Self {
        let of = match &members {
            Members::Inverse { of, .. } | Members::All { of } => *of,
        };
        let closed = declared.coverage == Coverage::Closed || declared.kind == FactKind::Request;
        Self { members, conditions: Vec::new(), of, closed, event: declared.kind == FactKind::Event }
    }

    pub(super) fn narrow(&mut self, slot: usize, condition: Test) {
        self.conditions.push((slot, condition));
    }

    /// Whether it has at least so many members.
    pub(super) fn at_least(&self, frame: &mut Frame<'_>, count: i64) -> Truth {
        if count <= 0 {
            return Truth::Yes;
        }
        let world = frame.world;
        let every;
        let mut doubt = false;
        let rows: &[Row] = match &self.members {
            Members::All { of } => {
                every = world.in_order(*of);
                &every
            }
            Members::Inverse { owner, of, via } => match owner(frame) {
                // What refers to the request itself is for the judge.
                Cell::Fact(Asked::ROW) => return Truth::Perhaps,
                Cell::Fact(owner) => {
                    doubt = !world.maybe_referring(*of, *via, owner).is_empty()
                        || !world.loose(*of, *via).is_empty();
                    world.referring(*of, *via, owner)
                }
                Cell::Absent => return Truth::No,
                _ => return Truth::Perhaps,
            },
        };
        let mut found: i64 = 0;
        // The newest come last, and are what is asked for most.
        for row in rows.iter().rev() {
            match self.fits(frame, *row) {
                Truth::Yes => {
                    found = found.saturating_add(1);
                    if found >= count {
                        return Truth::Yes;
                    }
                }
                Truth::No => {}
                Truth::Perhaps => doubt = true,
            }
        }
        if doubt || !self.closed { Truth::Perhaps } else { Truth::No }
    }

    fn fits(&self, frame: &mut Frame<'_>, row: Row) -> Truth {
        // An event of which it is not known when it happened may be still to come.
        let mut out =
            if self.event && frame.world.at(self.of, row).is_none() { Truth::Perhaps } else { Truth::Yes };
        for (slot, condition) in &self.conditions {
            frame.bind(*slot, Cell::Fact(row));
            match condition(frame) {
                Truth::No => return Truth::No,
                Truth::Yes => {}
                Truth::Perhaps => out = Truth::Perhaps,
            }
        }
        out
    }
}
