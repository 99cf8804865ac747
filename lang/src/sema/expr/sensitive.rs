//! Where a sensitive value would come out of an expression as one that may be shown.
//!
//! Types carry what is sensitive: through fields, lists, maps, `let` and functions. Here stand the
//! expressions whose value is made of their operands' values, whatever type they are given: whichever of
//! them has a sensitive operand has a sensitive type, or is refused. What only asks about a value (`==`,
//! `in`, `size()`, quantifiers, `has`) is not among them.

use crate::diagnostic::{Code, Diagnostic};
use crate::plan::{Builtin, Expr, ExprKind, ListFn, Type};
use crate::sema::types::holds_sensitive;

/// The operand that is sensitive where the expression's type is not.
pub(super) fn laundered<'a>(kind: &'a ExprKind, ty: &Type) -> Option<&'a Expr> {
    if holds_sensitive(ty) {
        return None;
    }
    let mut found = None;
    made_of(kind, &mut |part| {
        if found.is_none() && holds_sensitive(&part.ty) {
            found = Some(part);
        }
    });
    found
}

pub(super) fn report(part: &Expr, ty: &Type) -> Diagnostic {
    Diagnostic::new(
        Code::SensitiveFlow,
        part.span,
        format!("a sensitive value would become `{ty}`, which may be shown"),
    )
    .label(format!("`{}`", part.ty))
    .note("it may be compared for equality, counted and measured, and never shown")
    .help("compare it with `==`, ask its `size()`, or keep it among values of its own type")
}

/// Calls `visit` with each operand whose value, or a part of it, is in the value of the whole.
fn made_of<'a>(kind: &'a ExprKind, visit: &mut dyn FnMut(&'a Expr)) {
    match kind {
        ExprKind::List(items) => items.iter().for_each(visit),
        ExprKind::Map(entries) => {
            for (key, value) in entries {
                visit(key);
                visit(value);
            }
        }
        ExprKind::Conditional(_, one, other)
        | ExprKind::OrValue(one, other)
        | ExprKind::Assume(one, other)
        | ExprKind::Arith(_, one, other) => {
            visit(one);
            visit(other);
        }
        ExprKind::Bind { body, .. } | ExprKind::MapList { body, .. } => visit(body),
        ExprKind::Filter { list, .. } => visit(list),
        ExprKind::ListFn(function, list) if *function != ListFn::Size => visit(list),
        ExprKind::Select(base, _)
        | ExprKind::Index(base, _)
        | ExprKind::Neg(base)
        | ExprKind::End(base, _) => visit(base),
        ExprKind::Call(function, operands) if *function != Builtin::Size => operands.iter().for_each(visit),
        _ => {}
    }
}
