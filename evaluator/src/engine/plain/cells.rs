//! Comparisons and arithmetic of cells: for what is plainly known, the judge's own answers.

use std::cmp::Ordering;

use assize_lang::plan::{ArithOp, CompareOp};

use super::frame::{Frame, Truth};
use crate::world::Cell;

/// `now op at`, with its flip.
pub(super) fn clock(frame: &mut Frame<'_>, op: CompareOp, at: i64) -> Truth {
    let after = at.saturating_add(1);
    match op {
        CompareOp::Lt | CompareOp::Ge => frame.flips(at),
        CompareOp::Le | CompareOp::Gt => frame.flips(after),
        CompareOp::Eq | CompareOp::Ne => {
            frame.flips(at);
            frame.flips(after);
        }
    }
    Truth::of(holds(op, frame.now.cmp(&at)))
}

pub(in crate::engine) const fn holds(op: CompareOp, order: Ordering) -> bool {
    match op {
        CompareOp::Eq => order.is_eq(),
        CompareOp::Ne => order.is_ne(),
        CompareOp::Lt => order.is_lt(),
        CompareOp::Le => order.is_le(),
        CompareOp::Gt => order.is_gt(),
        CompareOp::Ge => order.is_ge(),
    }
}

/// A comparison of something absent: with something absent too, or with something that is there.
pub(super) const fn absent(op: CompareOp, both: bool) -> Truth {
    match op {
        CompareOp::Eq => Truth::of(both),
        CompareOp::Ne => Truth::of(!both),
        // There is no order where there is no value: that is an error, so for the judge.
        _ => Truth::Perhaps,
    }
}

/// `a op b` of two cells.
pub(super) fn relate(frame: &Frame<'_>, op: CompareOp, a: Cell, b: Cell) -> Truth {
    let order = match (a, b) {
        (Cell::Unknown, _) | (_, Cell::Unknown) => return Truth::Perhaps,
        (Cell::Absent, Cell::Absent) => return absent(op, true),
        (Cell::Absent, _) | (_, Cell::Absent) => return absent(op, false),
        (Cell::Enum(a), Cell::Enum(b)) => a.cmp(&b),
        (Cell::Bool(a), Cell::Bool(b)) => a.cmp(&b),
        (Cell::Int(a), Cell::Int(b)) | (Cell::Time(a), Cell::Time(b)) | (Cell::Span(a), Cell::Span(b)) => {
            a.cmp(&b)
        }
        (Cell::Uint(a), Cell::Uint(b)) => a.cmp(&b),
        (Cell::Double(a), Cell::Double(b)) => match a.partial_cmp(&b) {
            Some(order) => order,
            None => return Truth::Perhaps,
        },
        (Cell::Fact(a), Cell::Fact(b)) => match op {
            CompareOp::Eq => return Truth::of(a == b),
            CompareOp::Ne => return Truth::of(a != b),
            _ => return Truth::Perhaps,
        },
        (Cell::Text(a), Cell::Text(b)) => match op {
            CompareOp::Eq => return Truth::of(frame.same_text(a, b)),
            CompareOp::Ne => return Truth::of(!frame.same_text(a, b)),
            _ => frame.text(a).cmp(frame.text(b)),
        },
        // Numbers of different types, and what has no cell of its own.
        _ => return Truth::Perhaps,
    };
    Truth::of(holds(op, order))
}

pub(in crate::engine) fn arith(op: ArithOp, a: Cell, b: Cell) -> Cell {
    let whole = |a: i64, b: i64| match op {
        ArithOp::Add => a.checked_add(b),
        ArithOp::Sub => a.checked_sub(b),
        ArithOp::Mul => a.checked_mul(b),
        ArithOp::Div => a.checked_div(b),
        ArithOp::Rem => a.checked_rem(b),
    };
    match (op, a, b) {
        (_, Cell::Int(a), Cell::Int(b)) => whole(a, b).map_or(Cell::Unknown, Cell::Int),
        // The ends of time are the judge's.
        (ArithOp::Add | ArithOp::Sub, Cell::Time(a), Cell::Span(b)) => {
            whole(a, b).filter(inside).map_or(Cell::Unknown, Cell::Time)
        }
        (ArithOp::Add, Cell::Span(a), Cell::Time(b)) => {
            whole(a, b).filter(inside).map_or(Cell::Unknown, Cell::Time)
        }
        (ArithOp::Sub, Cell::Time(a), Cell::Time(b)) => whole(a, b).map_or(Cell::Unknown, Cell::Span),
        _ => Cell::Unknown,
    }
}

/// Well inside of what a timestamp may be: years 1 to 9999.
const fn inside(at: &i64) -> bool {
    *at > crate::store::BEGINNING && *at < 253_370_764_800_000_000
}
