//! Every binding after the first is joined to the others: else the cases would be all pairs of facts.

use super::super::scope::Checker;
use super::super::walk;
use super::bindings::Ranging;
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::{Binding, BindingSource, CompareOp, Expr, ExprKind, Where};

/// Reports the bindings that no `where` ties to an earlier one by equality, reference, list or relation.
pub(super) fn check(checker: &mut Checker<'_>, ranging: &Ranging, wheres: &[Where]) {
    for (at, (binding, name)) in ranging.plans.iter().zip(&ranging.names).enumerate().skip(1) {
        let joined = matches!(binding.source, BindingSource::List(_))
            || wheres.iter().any(|clause| clause.join && reads(&clause.expr, binding) && ties(&clause.expr));
        if joined {
            continue;
        }
        let first = ranging.plans.get(at.saturating_sub(1)).map_or("…", |other| other.name.as_str());
        checker.report(
            Diagnostic::new(
                Code::MissingJoin,
                name.span,
                format!("nothing joins `{}` to the other bindings", binding.name),
            )
            .label("every pair of facts would be a case")
            .help(format!(
                "tie it by an equality, a reference or a list: `where {}.… == {first}.…`",
                binding.name
            )),
        );
    }
}

fn reads(expr: &Expr, binding: &Binding) -> bool {
    // A `let` may read anything; what it reads was counted where the clause was cut.
    walk::any(expr, &|part| match part.kind {
        ExprKind::Var(slot) => slot == binding.slot,
        ExprKind::Let(_) => true,
        _ => false,
    })
}

fn ties(expr: &Expr) -> bool {
    walk::any(expr, &|part| {
        matches!(
            part.kind,
            ExprKind::Compare(CompareOp::Eq, ..)
                | ExprKind::In(..)
                | ExprKind::Quantified { .. }
                | ExprKind::Related(..)
                | ExprKind::Let(_)
        )
    })
}
