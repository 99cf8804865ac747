//! What a policy does where it cannot tell.

use super::super::scope::Checker;
use super::super::walk;
use super::arms::when_span;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{
    Arm, Const, Expr, ExprKind, FactKind, Outcome, OutcomeKind, Policy, Quantifier, Stage, Type, When,
};
use crate::sema::items::facts;
use crate::syntax::ast::PolicyItem;

/// Checks the arms of a whole policy against one another.
pub(super) fn check(checker: &mut Checker<'_>, written: &PolicyItem, policy: &Policy) {
    let Some(decide) = &written.decide else { return };
    let spans: Vec<Span> = decide.arms.iter().map(when_span).collect();
    unreachable_arms(checker, policy, &spans);
    unknown_arms(checker, policy, &spans);
    unhandled(checker, policy, &spans);
    vacuous(checker, policy);
}

/// The constant truth of an arm's left side.
fn constant(when: &When) -> Option<bool> {
    match when {
        When::Expr(Expr { kind: ExprKind::Const(Const::Bool(value)), .. }) => Some(*value),
        _ => None,
    }
}

const fn destructive(outcome: &Outcome) -> bool {
    matches!(outcome.kind, OutcomeKind::Revoke { .. } | OutcomeKind::Block { .. })
}

/// Whether an arm, once reached, always ends the table: a revoke or block may still be held back by an
/// undetermined arm above it.
fn closes(arm: &Arm) -> bool {
    let always = matches!(arm.when, When::Otherwise) || constant(&arm.when) == Some(true);
    always && !arm.outcomes.iter().any(destructive)
}

fn unreachable_arms(checker: &mut Checker<'_>, policy: &Policy, spans: &[Span]) {
    let mut closed: Option<Span> = None;
    for (arm, span) in policy.arms.iter().zip(spans) {
        if let Some(by) = closed {
            checker.report(
                Diagnostic::new(Code::UnreachableArm, *span, "this arm can never decide")
                    .label("never reached")
                    .also(by, "this one decides every case")
                    .help("move it up, or remove it"),
            );
            continue;
        }
        if constant(&arm.when) == Some(false) {
            checker.error(
                Code::UnreachableArm,
                *span,
                "this arm can never decide",
                "always false",
                "correct its condition, or remove the arm",
            );
        }
        if closes(arm) {
            closed = Some(*span);
        }
    }
}

fn unknown_arms(checker: &mut Checker<'_>, policy: &Policy, spans: &[Span]) {
    let mut first: Option<Span> = None;
    for (arm, span) in policy.arms.iter().zip(spans) {
        if !matches!(arm.when, When::Unknown) {
            continue;
        }
        match first {
            None => first = Some(*span),
            Some(first) => checker.report(
                Diagnostic::new(Code::DuplicateClause, *span, "a table has one `unknown` arm")
                    .label("a second one")
                    .also(first, "the first one")
                    .help("join the two"),
            ),
        }
        for outcome in &arm.outcomes {
            let allowed = match &outcome.kind {
                OutcomeKind::Rank { .. } | OutcomeKind::Alert { .. } => true,
                OutcomeKind::Revoke { by, .. } => *by == Stage::Stage,
                OutcomeKind::Block { target, .. } => is_own_request(checker, policy, target),
            };
            if !allowed {
                checker.report(
                    Diagnostic::new(Code::BadUnknownArm, *span, "a gap in the evidence does not revoke or block")
                        .label("fires where evidence is missing")
                        .note("an `unknown` arm may alert, rank, `revoke … by stage`, or block the request that it judges")
                        .help("to act on a gap say so in the open, in a condition: `x.assume(true)`"),
                );
            }
        }
    }
}

/// Whether the target is the request that the policy judges.
fn is_own_request(checker: &Checker<'_>, policy: &Policy, target: &Expr) -> bool {
    let Some(first) = policy.bindings.first() else { return false };
    let request = match &first.ty {
        Type::Fact(name) => {
            facts::by_name(checker.db, name).is_some_and(|fact| fact.kind == FactKind::Request)
        }
        _ => false,
    };
    request && matches!(target.kind, ExprKind::Var(slot) if slot == first.slot)
}

/// A policy that can revoke or block says what happens where it cannot tell.
fn unhandled(checker: &mut Checker<'_>, policy: &Policy, spans: &[Span]) {
    let unknowable = |arm: &Arm| match &arm.when {
        When::Expr(condition) => reads_facts(condition),
        When::Unknown | When::Otherwise => false,
    };
    let last = policy
        .arms
        .iter()
        .rposition(|arm| arm.outcomes.iter().any(destructive) && !matches!(arm.when, When::Unknown));
    let Some(last) = last else { return };
    let handled = policy.arms.iter().skip(last).any(|arm| matches!(arm.when, When::Unknown));
    if handled || !policy.arms.iter().take(last.saturating_add(1)).any(unknowable) {
        return;
    }
    let span = spans.get(last).copied().unwrap_or_default();
    let above = policy.arms.iter().take(last).any(|arm| matches!(arm.when, When::Unknown));
    let report = Diagnostic::new(
        Code::UnhandledUnknown,
        span,
        "this policy revokes or blocks, and does not say what happens where it cannot tell",
    )
    .label("may be unknown: a field not collected, a sensor down")
    .note("a revoke or block never fires on a gap; without an `unknown` arm the case would pass in silence");
    checker.report(if above {
        report.help("move the `unknown` arm below the last arm that revokes or blocks")
    } else {
        report.help("add `unknown => alert medium because \"cannot tell: {missing}\"`")
    });
}

fn reads_facts(expr: &Expr) -> bool {
    walk::any(expr, &|part| {
        matches!(
            part.kind,
            ExprKind::Field(..)
                | ExprKind::Inverse(..)
                | ExprKind::All(_)
                | ExprKind::Related(..)
                | ExprKind::Let(_)
        )
    })
}

/// `all` over a list that may be empty is true of nothing.
fn vacuous(checker: &mut Checker<'_>, policy: &Policy) {
    for arm in policy.arms.iter().filter(|arm| arm.outcomes.iter().any(destructive)) {
        let When::Expr(condition) = &arm.when else { continue };
        let mut conditions = vec![condition];
        if let ExprKind::Let(index) = condition.kind {
            conditions.extend(policy.lets.get(index as usize).map(|named| &named.expr));
        }
        let alone = conditions.iter().find_map(|condition| match &condition.kind {
            ExprKind::Quantified { quantifier: Quantifier::All, .. } => Some(condition.span),
            _ => None,
        });
        if let Some(span) = alone {
            checker.report(
                Diagnostic::new(Code::VacuousAll, span, "`all` is true of an empty list")
                    .label("true where there is none")
                    .help("ask first whether there is one: `list.size() > 0 && list.all(…)`"),
            );
        }
    }
}
