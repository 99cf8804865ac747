//! Lists of facts, as compiled conditions see them.

use assize_lang::plan::{Coverage, FactKind, FactType};

use super::compile::{Scalar, Test};
use super::frame::{Asked, Frame, Truth};
use super::silence::Silence;
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
    /// What would tell of a member that was not reported; `None` where that is the judge's to say, or where
    /// nothing has to.
    silence: Option<Silence>,
    closed: bool,
    event: bool,
}

impl List {
    pub(super) fn new(members: Members, declared: &FactType, silence: Option<Silence>) -> Self {
        let of = match &members {
            Members::Inverse { of, .. } | Members::All { of } => *of,
        };
        let closed = declared.coverage == Coverage::Closed || declared.kind == FactKind::Request;
        let event = declared.kind == FactKind::Event;
        Self { members, conditions: Vec::new(), of, silence, closed, event }
    }

    pub(super) fn narrow(&mut self, slot: usize, condition: Test) {
        self.conditions.push((slot, condition));
    }

    /// Whether it has at least so many members.
    pub(super) fn at_least(&self, frame: &mut Frame<'_>, count: i64) -> Truth {
        if count <= 0 {
            return Truth::Yes;
        }
        let mut found: i64 = 0;
        // The newest come last, and are what is asked for most.
        let rest = self.each(frame, true, &mut |fits, _| {
            found = found.saturating_add(i64::from(fits));
            found < count
        });
        if found >= count { Truth::Yes } else { rest }
    }

    /// Calls `visit` with every member, in order, where it is plain which there are.
    pub(super) fn members(&self, frame: &mut Frame<'_>, visit: &mut dyn FnMut(Row)) -> bool {
        let rest = self.each(frame, false, &mut |fits, row| {
            if fits {
                visit(row);
            }
            true
        });
        rest == Truth::No
    }

    /// Goes over the rows until `visit` says that it is enough, with `true` for those that are plainly
    /// members. Says whether there is any other.
    fn each(&self, frame: &mut Frame<'_>, newest: bool, visit: &mut dyn FnMut(bool, Row) -> bool) -> Truth {
        // The request itself is a member that the world does not know of.
        if frame.asked.is_some_and(|asked| asked.ty == self.of) {
            return Truth::Perhaps;
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
        for at in 0..rows.len() {
            let at = if newest { rows.len().saturating_sub(at).saturating_sub(1) } else { at };
            let Some(row) = rows.get(at) else { continue };
            let fits = self.fits(frame, *row);
            doubt |= fits == Truth::Perhaps;
            if !visit(fits == Truth::Yes, *row) {
                return Truth::Perhaps;
            }
        }
        if doubt {
            return Truth::Perhaps;
        }
        let known =
            self.closed || self.silence.as_ref().and_then(|silence| silence.is_known(frame)) == Some(true);
        if known { Truth::No } else { Truth::Perhaps }
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
