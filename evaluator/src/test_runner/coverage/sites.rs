//! The conditions of a policy.

use assize_lang::plan::{Arm, Expr, ExprKind, Policy, Type, When};

use super::ConditionKind;

/// One condition.
pub(super) struct Site<'a> {
    pub(super) expr: &'a Expr,
    pub(super) kind: ConditionKind,
    pub(super) arm: Option<usize>,
    pub(super) name: Option<String>,
    pub(super) text: String,
}

/// The conditions of the policy: `where`, steps, boolean `let`s, arms with their operands.
pub(super) fn of(policy: &Policy) -> Vec<Site<'_>> {
    let site = |expr, kind, arm, name| Site { expr, kind, arm, name, text: text(policy, expr) };
    let mut wheres: Vec<&Expr> = Vec::new();
    for step in policy.sequence.iter().flat_map(|sequence| &sequence.steps) {
        step.condition.iter().for_each(|condition| parts(condition, &mut wheres));
    }
    wheres.extend(policy.wheres.iter().map(|one| &one.expr));
    let mut out: Vec<Site<'_>> =
        wheres.into_iter().map(|expr| site(expr, ConditionKind::Where, None, None)).collect();
    number(&mut out);
    for named in policy.lets.iter().filter(|named| named.expr.ty == Type::Bool) {
        out.push(site(&named.expr, ConditionKind::Let, None, Some(named.name.to_string())));
    }
    for (arm, place) in policy.arms.iter().zip(1..) {
        let When::Expr(condition) = &arm.when else { continue };
        out.push(site(condition, ConditionKind::Arm, Some(place), None));
        let mut operands = Vec::new();
        parts(condition, &mut operands);
        // What an inlined `fn` is made of has no text of its own.
        operands.retain(|operand| operand.span != condition.span);
        let operands = operands.into_iter();
        out.extend(operands.map(|operand| site(operand, ConditionKind::Operand, Some(place), None)));
    }
    out
}

/// An arm's left side as written.
pub(super) fn left_side(policy: &Policy, arm: &Arm) -> String {
    match &arm.when {
        When::Expr(condition) => text(policy, condition),
        When::Unknown => "unknown".to_owned(),
        When::Otherwise => "otherwise".to_owned(),
    }
}

/// The operands of one `&&`, or of one `||`, however many it joins.
fn parts<'a>(expr: &'a Expr, out: &mut Vec<&'a Expr>) {
    let joins = |expr: &Expr| match expr.kind {
        ExprKind::And(..) => Some(true),
        ExprKind::Or(..) => Some(false),
        _ => None,
    };
    fn collect<'a>(
        expr: &'a Expr,
        join: Option<bool>,
        joins: &dyn Fn(&Expr) -> Option<bool>,
        out: &mut Vec<&'a Expr>,
    ) {
        match &expr.kind {
            ExprKind::And(a, b) | ExprKind::Or(a, b) if joins(expr) == join => {
                collect(a, join, joins, out);
                collect(b, join, joins, out);
            }
            _ => out.push(expr),
        }
    }
    collect(expr, joins(expr), &joins, out);
}

/// Several conjuncts that one call of a `fn` stands for are told apart by their number.
fn number(sites: &mut [Site<'_>]) {
    for run in sites.chunk_by_mut(|a, b| a.expr.span == b.expr.span && a.expr.span.end > a.expr.span.start) {
        let of = run.len();
        if of > 1 {
            for (site, place) in run.iter_mut().zip(1..) {
                site.text.push_str(&format!(" ({place} of {of})"));
            }
        }
    }
}

fn text(policy: &Policy, expr: &Expr) -> String {
    expr.span.text(&policy.text).split_whitespace().collect::<Vec<_>>().join(" ")
}
