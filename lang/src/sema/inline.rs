//! A `fn`'s body in the place of a call.

use std::collections::BTreeMap;

use super::expr::FnBody;
use super::scope::Checker;
use super::walk;
use crate::diagnostic::Span;
use crate::plan::{Expr, ExprKind, Slot};

/// The body of `function` with its arguments replaced by `args`, its own variables renamed to fresh
/// ones, and every place set to the call's.
pub(super) fn call(checker: &mut Checker<'_>, function: &FnBody, args: Vec<Expr>, span: Span) -> Expr {
    let given: BTreeMap<Slot, Expr> = function.args.iter().copied().zip(args).collect();
    let mut renamed = BTreeMap::new();
    replace(function.body.clone(), &given, &mut renamed, checker, span)
}

fn replace(
    expr: Expr,
    given: &BTreeMap<Slot, Expr>,
    renamed: &mut BTreeMap<Slot, Slot>,
    checker: &mut Checker<'_>,
    span: Span,
) -> Expr {
    checker.nodes = checker.nodes.saturating_add(1);
    // Past the limit the body is left as it is: the caller reports the size and drops the expression.
    if checker.too_many_nodes() {
        return expr;
    }
    if let ExprKind::Var(slot) = &expr.kind {
        if let Some(arg) = given.get(slot) {
            checker.nodes = checker.nodes.saturating_add(size(arg));
            // What the body knows of its argument (that it is there) holds for what stands in its place.
            return Expr { optional: expr.optional && arg.optional, ..arg.clone() };
        }
        let slot = renamed.get(slot).copied().unwrap_or(*slot);
        return Expr { kind: ExprKind::Var(slot), span, ..expr };
    }
    // The slot that this node binds is renamed before its children are visited.
    if let Some(slot) = walk::bound(&expr) {
        renamed.insert(slot, checker.fresh_slot());
    }
    let names = renamed.clone();
    let out = walk::map(expr, &mut |child| replace(child, given, renamed, checker, span), &mut |slot| {
        names.get(&slot).copied().unwrap_or(slot)
    });
    Expr { span, ..out }
}

/// The number of nodes of an expression.
pub(super) fn size(expr: &Expr) -> usize {
    let mut total: usize = 1;
    walk::children(expr, &mut |child| total = total.saturating_add(size(child)));
    total
}
