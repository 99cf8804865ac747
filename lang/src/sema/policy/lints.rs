//! What compiles and probably does not say what its author means.

use super::super::scope::Checker;
use super::super::{resolve, walk};
use super::arms::when_span;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{
    ArithOp, Arm, CompareOp, Const, Coverage, Expr, ExprKind, FactKind, FactType, Let, OutcomeKind, Policy,
    Quantifier, Type, When, Window,
};
use crate::sema::items::{facts, params, signals};
use crate::syntax::ast::PolicyItem;

/// Warns about a whole policy.
pub(super) fn check(checker: &mut Checker<'_>, written: &PolicyItem, policy: &Policy) {
    cut_window(checker, policy);
    short_windows(checker, policy);
    unbounded_event(checker, written, policy);
    weaker_unknown(checker, written, policy);
}

/// Calls `visit` with every quantifier of whose truth (`exists`) or falsity (`all`) the absence of
/// elements would be the reason, where `expr` is `truth`.
fn absences<'a>(
    expr: &'a Expr,
    truth: bool,
    lets: &'a [Let],
    visit: &mut dyn FnMut(&'a Expr, &'a Window, Span),
) {
    match &expr.kind {
        ExprKind::Not(inner) => absences(inner, !truth, lets, visit),
        ExprKind::And(left, right) | ExprKind::Or(left, right) => {
            absences(left, truth, lets, visit);
            absences(right, truth, lets, visit);
        }
        ExprKind::Let(index) => {
            if let Some(named) = lets.get(*index as usize) {
                absences(&named.expr, truth, lets, visit);
            }
        }
        ExprKind::Quantified { quantifier, list, window, .. } => {
            let absent = match quantifier {
                Quantifier::Exists => !truth,
                Quantifier::All => truth,
                Quantifier::ExistsOne => false,
            };
            if absent {
                visit(list, window, expr.span);
            }
        }
        _ => {}
    }
}

fn revokes(arm: &Arm) -> bool {
    arm.outcomes.iter().any(|outcome| matches!(outcome.kind, OutcomeKind::Revoke { .. }))
}

/// A young thing has no past: "not used in 45 days" is true of a key made a minute ago.
fn cut_window(checker: &mut Checker<'_>, policy: &Policy) {
    let mut found: Vec<(Span, FactType)> = Vec::new();
    for arm in policy.arms.iter().filter(|arm| revokes(arm)) {
        let When::Expr(condition) = &arm.when else { continue };
        absences(condition, true, &policy.lets, &mut |list, window, span| {
            let bounded = window.bounds.iter().any(|bound| matches!(bound.op, CompareOp::Gt | CompareOp::Ge));
            if let (true, Some(owner)) = (bounded, owner(checker, list))
                && let Some((start, _)) = &owner.lives
                && !ages(condition, start.as_str(), &policy.lets)
                && !policy.wheres.iter().any(|clause| ages(&clause.expr, start.as_str(), &policy.lets))
            {
                found.push((span, owner));
            }
        });
    }
    found.dedup_by_key(|(span, _)| *span);
    for (span, owner) in found {
        let start = owner.lives.as_ref().map_or("created_at", |(start, _)| start.as_str()).to_owned();
        checker.report(
            Diagnostic::new(
                Code::CutWindow,
                span,
                format!("`{}` made a moment ago has not been seen either", owner.name.short()),
            )
            .label("this absence is also true of what is new")
            .note(format!("the window is cut to the time between `{start}` and its end"))
            .help(format!("ask for its age as well: `where x.{start} < now - …`")),
        );
    }
}

/// The type whose inverse list is asked.
fn owner(checker: &Checker<'_>, list: &Expr) -> Option<FactType> {
    match &list.kind {
        ExprKind::Filter { list, .. } => owner(checker, list),
        ExprKind::Inverse(base, _) => match &base.ty {
            Type::Fact(name) => facts::by_name(checker.db, name).map(|of| FactType::clone(of)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the expression compares `now` with something that reads the field `start`.
fn ages(expr: &Expr, start: &str, lets: &[Let]) -> bool {
    walk::any(expr, &|part| match &part.kind {
        ExprKind::NowCompare(_, at) => {
            walk::any(at, &|part| matches!(&part.kind, ExprKind::Field(_, name) if name.as_str() == start))
        }
        ExprKind::Let(index) => lets.get(*index as usize).is_some_and(|named| ages(&named.expr, start, lets)),
        _ => false,
    })
}

/// A window against `now` that is over before the signal's reports are in.
fn short_windows(checker: &mut Checker<'_>, policy: &Policy) {
    let mut found = Vec::new();
    let conditions = policy.arms.iter().filter_map(|arm| match &arm.when {
        When::Expr(condition) => Some(condition),
        When::Unknown | When::Otherwise => None,
    });
    let all =
        policy.wheres.iter().map(|clause| &clause.expr).chain(policy.lets.iter().map(|named| &named.expr));
    for expr in all.chain(conditions) {
        windows(expr, &mut |list, window, span| {
            let Type::List(of) = &list.ty else { return };
            let Type::Fact(name) = &**of else { return };
            let Some(of) = facts::by_name(checker.db, name) else { return };
            let Some(lag) = longest_lag(checker, of) else { return };
            for bound in &window.bounds {
                if matches!(bound.op, CompareOp::Gt | CompareOp::Ge)
                    && let Some(offset) = offset_from_now(checker, &bound.at)
                    && offset < 0
                    && offset.saturating_neg() < lag
                {
                    found.push((span, lag));
                }
            }
        });
    }
    for (span, lag) in found {
        let minutes = lag.saturating_div(60_000_000);
        checker.report(
            Diagnostic::new(Code::ShortWindow, span, "what this window asks for arrives after it has passed")
                .label("shorter than the signal's lag")
                .note(format!("reports of this signal may be {minutes} minutes late"))
                .help(
                    "look back further, and ask for a burst with `.peak(6m)`: it does not hang on the clock",
                ),
        );
    }
}

fn windows<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr, &'a Window, Span)) {
    if let ExprKind::Quantified { list, window, .. } | ExprKind::Filter { list, window, .. } = &expr.kind {
        visit(list, window, expr.span);
    }
    walk::children(expr, &mut |child| windows(child, visit));
}

fn longest_lag(checker: &Checker<'_>, of: &FactType) -> Option<i64> {
    let Coverage::By(alternatives) = &of.coverage else { return None };
    // With an alternative that is faster, the window can be known in time.
    alternatives
        .iter()
        .map(|parts| {
            parts.iter().filter_map(|part| signal_lag(checker, part.signal.as_str())).max().unwrap_or(0)
        })
        .min()
}

fn signal_lag(checker: &Checker<'_>, name: &str) -> Option<i64> {
    let decls = resolve::candidates(checker.db, checker.file, name);
    let decl = decls.iter().find(|decl| decl.kind == resolve::DeclKind::Signal)?;
    signals::signal(checker.db, decl.item).value.as_ref().map(|signal| signal.lag)
}

/// The distance of an instant from `now`, where it is a constant.
fn offset_from_now(checker: &Checker<'_>, at: &Expr) -> Option<i64> {
    match &at.kind {
        ExprKind::Now => Some(0),
        ExprKind::Arith(op, left, right) => {
            let left = offset_from_now(checker, left)?;
            let right = constant(checker, right)?;
            match op {
                ArithOp::Add => left.checked_add(right),
                ArithOp::Sub => left.checked_sub(right),
                _ => None,
            }
        }
        _ => None,
    }
}

fn constant(checker: &Checker<'_>, expr: &Expr) -> Option<i64> {
    match &expr.kind {
        ExprKind::Const(Const::Duration(value)) => Some(*value),
        ExprKind::Param(name) => {
            let decl = resolve::qualified(checker.db, name.as_str())?;
            match params::param(checker.db, decl.item).value.as_ref()?.default {
                Const::Duration(value) => Some(value),
                _ => None,
            }
        }
        _ => None,
    }
}

/// An event stays for ever: so would its decision.
fn unbounded_event(checker: &mut Checker<'_>, written: &PolicyItem, policy: &Policy) {
    let Some(first) = policy.bindings.first() else { return };
    let sequence = written.sequence.as_ref().map(|sequence| sequence.span);
    let Some(span) = sequence.or_else(|| written.bindings.first().map(|tree| tree.span)) else { return };
    let Type::Fact(name) = &first.ty else { return };
    let Some(of) = facts::by_name(checker.db, name) else { return };
    if of.kind != FactKind::Event || of.coverage == Coverage::Closed {
        return;
    }
    let steps = policy.sequence.iter().flat_map(|sequence| &sequence.steps);
    let conditions = steps.filter_map(|step| step.condition.as_ref());
    let bounded = policy
        .wheres
        .iter()
        .map(|clause| &clause.expr)
        .chain(conditions)
        .any(|condition| ages(condition, "at", &policy.lets));
    if !bounded {
        checker.report(
            Diagnostic::new(
                Code::UnboundedEvent,
                span,
                format!("every `{}` is judged for ever", name.short()),
            )
            .label("no bound against `now`")
            .help(format!("say how long it matters: `where {}.at > now - 7d`", first.name)),
        );
    }
}

/// Where it cannot tell, the case gets less than it would get where it can.
fn weaker_unknown(checker: &mut Checker<'_>, written: &PolicyItem, policy: &Policy) {
    let Some(decide) = &written.decide else { return };
    let Some(at) = policy.arms.iter().position(|arm| matches!(arm.when, When::Unknown)) else { return };
    let Some(unknown) = policy.arms.get(at) else { return };
    let Some(weak) = severity(unknown) else { return };
    for (arm, tree) in policy.arms.iter().zip(&decide.arms).skip(at.saturating_add(1)) {
        let stronger = severity(arm).is_some_and(|strong| strong > weak);
        if stronger {
            let span = decide.arms.get(at).map(when_span).unwrap_or_default();
            checker.report(
                Diagnostic::new(
                    Code::WeakerUnknown,
                    span,
                    "this `unknown` arm keeps a stronger arm from deciding",
                )
                .label("fires first where something above is unknown")
                .also(when_span(tree), "a higher severity")
                .help("move the `unknown` arm to the end, unless you mean it"),
            );
            return;
        }
    }
}

/// The constant severity of an arm's alert.
fn severity(arm: &Arm) -> Option<u8> {
    arm.outcomes
        .iter()
        .filter_map(|outcome| match &outcome.kind {
            OutcomeKind::Alert { severity: Expr { kind: ExprKind::Const(Const::Enum(_, index)), .. } } => {
                Some(*index)
            }
            _ => None,
        })
        .max()
}
