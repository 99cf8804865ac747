//! `w.alive`: whether a thing with `lives` is there at `now` (F4).
//!
//! It is a way to write a condition on the two fields, and comes to what that comes to: unknown where a
//! field that matters is not known, and another truth at the start and at the end.

use crate::diagnostic::Span;
use crate::plan::{CompareOp, Const, Expr, ExprKind, FactType, Name, Type};

/// The name of the field that `lives` implies.
pub(in crate::sema) const ALIVE: &str = "alive";

/// Whether the type has the field implied: a field or a list that it declares itself comes first.
pub(in crate::sema) fn is_implied(of: &FactType) -> bool {
    of.lives.is_some() && of.field(ALIVE).is_none() && of.inverse(ALIVE).is_none()
}

/// `base.alive`, of a type that has it implied: begun, and not ended.
pub(super) fn alive(base: Expr, of: &FactType, span: Span) -> Option<Expr> {
    let (start, end) = of.lives.as_ref()?;
    let begun = on_side(&base, of, start, CompareOp::Ge, span)?;
    let alive = match end {
        None => begun,
        Some(end) => {
            let not_ended = on_side(&base, of, end, CompareOp::Lt, span)?;
            truth(ExprKind::And(Box::new(begun), Box::new(not_ended)), span)
        }
    };
    if !base.optional {
        return Some(alive);
    }
    // Through an absent reference the field is absent, as any other (V5).
    let null = || node(ExprKind::Const(Const::Null), Type::Null, true, span);
    let there = truth(ExprKind::Compare(CompareOp::Ne, Box::new(base), Box::new(null())), span);
    let kind = ExprKind::Conditional(Box::new(there), Box::new(alive), Box::new(null()));
    Some(node(kind, Type::Bool, true, span))
}

/// `now op base.field`; true where the field is known to be absent: what has no start or no end.
fn on_side(base: &Expr, of: &FactType, field: &Name, op: CompareOp, span: Span) -> Option<Expr> {
    let declared = of.field(field.as_str())?;
    let read = ExprKind::Field(Box::new(base.clone()), declared.name.clone());
    let read = node(read, Type::Timestamp, declared.optional, span);
    let now = node(ExprKind::Now, Type::Timestamp, false, span);
    let side = truth(ExprKind::Compare(op, Box::new(now), Box::new(read.clone())), span);
    if !declared.optional {
        return Some(side);
    }
    let there = truth(ExprKind::Has(Box::new(read)), span);
    let absent = truth(ExprKind::Not(Box::new(there)), span);
    Some(truth(ExprKind::Or(Box::new(absent), Box::new(side)), span))
}

fn truth(kind: ExprKind, span: Span) -> Expr {
    node(kind, Type::Bool, false, span)
}

const fn node(kind: ExprKind, ty: Type, optional: bool, span: Span) -> Expr {
    Expr { kind, ty, optional, span }
}
