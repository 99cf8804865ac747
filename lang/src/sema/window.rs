//! What a condition on a list's element says about when and where the element was.
//!
//! Top-level conjuncts (after negation is pushed in) that compare the element's `at` with something
//! free of the element bound its time; those that fix a path of it fix its scope. A bound under `||` is
//! no bound.

use super::types::holds_sensitive;
use super::{time, walk};
use crate::plan::{Bound, CompareOp, Expr, ExprKind, Name, Quantifier, Slot, Window};

/// Fills in the windows of every quantifier and filter, innermost first.
pub(super) fn find(expr: Expr) -> Expr {
    let Expr { kind, ty, optional, span } = walk::map(expr, &mut find, &mut |slot| slot);
    let kind = match kind {
        ExprKind::Quantified { quantifier, list, slot, body, .. } => {
            // `all` is the absence of a counter-example.
            let window = of(&body, quantifier != Quantifier::All, slot);
            ExprKind::Quantified { quantifier, list, slot, body, window }
        }
        ExprKind::Filter { list, slot, body, .. } => {
            let window = of(&body, true, slot);
            ExprKind::Filter { list, slot, body, window }
        }
        other => other,
    };
    Expr { kind, ty, optional, span }
}

fn of(body: &Expr, truth: bool, slot: Slot) -> Window {
    let mut window = Window::default();
    conjuncts(body, truth, &mut |op, left, right| {
        if let Some(bound) = bound(op, left, right, slot) {
            window.bounds.push(bound);
        }
        if op == CompareOp::Eq {
            for (one, other) in [(left, right), (right, left)] {
                // What fixes a scope is shown where the scope is not covered.
                if let Some(path) = path(one, slot)
                    && free(other, slot)
                    && !holds_sensitive(&one.ty)
                    && !holds_sensitive(&other.ty)
                {
                    window.fixed.push((path, other.clone()));
                }
            }
        }
    });
    window
}

/// Calls `visit` with every comparison that holds where `expr` is `truth`.
fn conjuncts(expr: &Expr, truth: bool, visit: &mut dyn FnMut(CompareOp, &Expr, &Expr)) {
    match &expr.kind {
        ExprKind::Not(inner) => conjuncts(inner, !truth, visit),
        ExprKind::And(left, right) if truth => {
            conjuncts(left, truth, visit);
            conjuncts(right, truth, visit);
        }
        ExprKind::Or(left, right) if !truth => {
            conjuncts(left, truth, visit);
            conjuncts(right, truth, visit);
        }
        ExprKind::Compare(op, left, right) => visit(if truth { *op } else { opposite(*op) }, left, right),
        _ => {}
    }
}

const fn opposite(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq => CompareOp::Ne,
        CompareOp::Ne => CompareOp::Eq,
        CompareOp::Lt => CompareOp::Ge,
        CompareOp::Le => CompareOp::Gt,
        CompareOp::Gt => CompareOp::Le,
        CompareOp::Ge => CompareOp::Lt,
    }
}

/// `element.at op instant`, if the comparison is one.
fn bound(op: CompareOp, left: &Expr, right: &Expr, slot: Slot) -> Option<Bound> {
    if op == CompareOp::Ne {
        return None;
    }
    let mut sum = time::difference(left, right)?;
    let is_at = |part: &Expr| {
        matches!(&part.kind, ExprKind::Field(base, name)
            if name.as_str() == "at" && matches!(base.kind, ExprKind::Var(found) if found == slot))
    };
    let (op, rest) = if let Some(at) = sum.plus.iter().position(is_at) {
        sum.plus.remove(at);
        (op, sum.negated())
    } else {
        let at = sum.minus.iter().position(is_at)?;
        sum.minus.remove(at);
        (op.mirrored(), sum)
    };
    let apart = rest.plus.iter().chain(&rest.minus).all(|part| free(part, slot));
    let span = left.span.to(right.span);
    apart.then(|| rest.instant(span)).flatten().map(|at| Bound { op, at })
}

/// A path of fields of the element.
fn path(expr: &Expr, slot: Slot) -> Option<Vec<Name>> {
    match &expr.kind {
        ExprKind::Field(base, name) => {
            let mut out = match &base.kind {
                ExprKind::Var(found) if *found == slot => Vec::new(),
                _ => path(base, slot)?,
            };
            out.push(name.clone());
            Some(out)
        }
        _ => None,
    }
}

fn free(expr: &Expr, slot: Slot) -> bool {
    !walk::any(expr, &|part| matches!(part.kind, ExprKind::Var(found) if found == slot))
}
