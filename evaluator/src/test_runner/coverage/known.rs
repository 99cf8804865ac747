//! Which values a condition can have, as far as that follows from the condition alone.

use assize_lang::plan::{ArithOp, Builtin, Const, Coverage, Expr, ExprKind, ListFn, Policy, Program, Type};

use super::Truth;
use crate::judge::children;

/// The values that the condition can have.
pub(super) fn values(program: &Program, policy: &Policy, condition: &Expr) -> Vec<Truth> {
    match &condition.kind {
        ExprKind::Const(Const::Bool(true)) => vec![Truth::True],
        ExprKind::Const(Const::Bool(false)) => vec![Truth::False],
        _ if always_known(program, policy, condition) => vec![Truth::True, Truth::False],
        _ => Truth::ALL.to_vec(),
    }
}

/// Whether the value is known whatever the evidence. A field may always be missing from a report, or stand
/// in conflict; the key and a binding never.
fn always_known(program: &Program, policy: &Policy, expr: &Expr) -> bool {
    let mut parts = true;
    let mut all = || {
        children(expr, &mut |part| parts &= always_known(program, policy, part));
        parts
    };
    match &expr.kind {
        ExprKind::Const(_) | ExprKind::Now | ExprKind::Param(_) => true,
        ExprKind::Known(_) | ExprKind::Unknown(_) | ExprKind::Conflict(_) | ExprKind::Covered(..) => true,
        ExprKind::Var(_) => matches!(expr.ty, Type::Fact(_)),
        ExprKind::Let(at) => {
            let named = usize::try_from(*at).ok().and_then(|at| policy.lets.get(at));
            named.is_some_and(|named| always_known(program, policy, &named.expr))
        }
        ExprKind::Field(base, field) => is_key(program, base, field),
        ExprKind::All(ty) => program.schema.facts.get(ty).is_some_and(|ty| ty.coverage == Coverage::Closed),
        ExprKind::Assume(_, default) => always_known(program, policy, default),
        // A division by zero, and what a conversion refuses, is unknown.
        ExprKind::Arith(ArithOp::Div | ArithOp::Rem, ..) | ExprKind::Index(..) | ExprKind::Select(..) => {
            false
        }
        ExprKind::Call(function, _) => total(*function) && all(),
        ExprKind::ListFn(ListFn::Size | ListFn::Distinct, _) => all(),
        ExprKind::ListFn(..) | ExprKind::Peak { .. } => false,
        ExprKind::Declared(..)
        | ExprKind::Inverse(..)
        | ExprKind::Related(..)
        | ExprKind::Table(..)
        | ExprKind::Shift { .. } => false,
        _ => all(),
    }
}

fn is_key(program: &Program, base: &Expr, field: &assize_lang::plan::Name) -> bool {
    match (&base.kind, &base.ty) {
        (ExprKind::Var(_), Type::Fact(ty)) => program.schema.facts.get(ty).is_some_and(|ty| ty.key == *field),
        _ => false,
    }
}

/// Whether the function has a value for all arguments.
const fn total(function: Builtin) -> bool {
    matches!(
        function,
        Builtin::Size
            | Builtin::Contains
            | Builtin::StartsWith
            | Builtin::EndsWith
            | Builtin::Glob
            | Builtin::LowerAscii
            | Builtin::UpperAscii
            | Builtin::Trim
    )
}
