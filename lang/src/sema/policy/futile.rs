//! What can never decide, or decides in silence: policies that say nothing, arms that wait for a silence that proves
//! nothing, and a `where` that waits for one.

use super::super::scope::Checker;
use super::super::walk;
use super::arms::when_span;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{
    Basis, CompareOp, Const, Coverage, Expr, ExprKind, FactKind, FactType, Let, ListFn, Policy, Quantifier,
    Type, When,
};
use crate::sema::items::{facts, signals};
use crate::sema::resolve;
use crate::sema::suggest;
use crate::syntax::ast::{Clause, PolicyItem};

/// Looks for what can never come true.
pub(super) fn check(checker: &mut Checker<'_>, written: &PolicyItem, policy: &Policy) {
    decides_nothing(checker, written, policy);
    let Some(decide) = &written.decide else { return };
    let mut found: Vec<(Span, Silent)> = Vec::new();
    let mut hushed: Vec<Silent> = Vec::new();
    let mut look = |expr: &Expr, span| {
        let silent = Looker { checker, lets: &policy.lets, watched: false }.never(expr, true);
        found.extend(silent.map(|silent| (span, silent)));
    };
    // A request that cannot be told is answered so; a fact that cannot is listed, and no arm speaks of it.
    let asked = policy.bindings.iter().any(|bound| is_request(checker, &bound.ty));
    for clause in &policy.wheres {
        look(&clause.expr, clause.expr.span);
        if !asked {
            hushed.extend(Looker { checker, lets: &policy.lets, watched: true }.never(&clause.expr, true));
        }
    }
    for (arm, tree) in policy.arms.iter().zip(&decide.arms) {
        if let When::Expr(condition) = &arm.when {
            look(condition, when_span(tree));
        }
    }
    hushed.retain(|silent| !found.iter().any(|(_, other)| other.span == silent.span));
    for silent in hushed {
        checker.report(said_nowhere(&silent));
    }
    found.dedup_by_key(|(span, _)| *span);
    for (span, silent) in found {
        checker.report(report(span, &silent));
    }
}

fn report(span: Span, silent: &Silent) -> Diagnostic {
    let of = silent.of.name.short();
    Diagnostic::new(Code::UnsettledAbsence, span, format!("nothing can ever show that there is no `{of}`"))
        .label("never true: false or unknown")
        .also(silent.span, format!("true only where a `{of}` is known to be missing"))
        .note(format!(
            "{} with `basis declared`: configuration says that it is recorded, and no sensor, run or planted event proves it",
            match silent.signals.as_slice() {
                [one] => format!("`{of}` is covered by `{one}`, a signal"),
                several => format!("`{of}` is covered by {}, signals", suggest::listed(several.iter().map(String::as_str))),
            }
        ))
        .help(format!(
            "give the signal the basis that its reports have (`heartbeat`, `run` or `proven`), cover `{of}` by another \
             signal as well (`or …`), or decide on what was seen instead of on what was not"
        ))
}

/// A `where` decides in silence what arms should: where nobody watched, the `unknown` arm is not asked.
fn said_nowhere(silent: &Silent) -> Diagnostic {
    let of = silent.of.name.short();
    let text = format!("where it is not known that there is no `{of}`, no arm is asked");
    Diagnostic::new(Code::AbsenceInWhere, silent.span, text)
        .label(format!("true only where a `{of}` is known to be missing"))
        .note("`where` says what is a case; what cannot be told of it is listed, and alerts nobody")
        .help("make it the condition of an arm, and say in `unknown =>` what happens where it cannot be told")
}

fn is_request(checker: &Checker<'_>, ty: &Type) -> bool {
    let Type::Fact(name) = ty else { return false };
    facts::by_name(checker.db, name).is_some_and(|of| of.kind == FactKind::Request)
}

/// A policy of which no arm can fire with an outcome.
fn decides_nothing(checker: &mut Checker<'_>, written: &PolicyItem, policy: &Policy) {
    let mut open = false;
    let mut decides = false;
    for arm in &policy.arms {
        let may = match &arm.when {
            When::Expr(condition) => {
                let constant = truth(condition);
                open |= constant.is_none();
                constant != Some(false)
            }
            When::Unknown => open,
            When::Otherwise => true,
        };
        decides |= may && !arm.outcomes.is_empty();
    }
    let out = policy.wheres.iter().find(|clause| truth(&clause.expr) == Some(false));
    if decides && out.is_none() {
        return;
    }
    let text = match policy.maps.as_slice() {
        [] => format!("`{}` never decides anything", policy.name.short()),
        [one] => format!("`{}` claims {} and never decides anything", policy.name.short(), one.id),
        several => {
            format!("`{}` claims {} controls and never decides anything", policy.name.short(), several.len())
        }
    };
    let mut report = Diagnostic::new(Code::DecidesNothing, written.name.span, text)
        .label("no outcome can come of it")
        .help("give an arm that can be true an outcome, or remove the policy and its `maps`");
    if out.is_some()
        && let Some(Clause::Where(tree)) =
            written.clauses.iter().find(|clause| matches!(clause, Clause::Where(_)))
    {
        report = report.also(tree.span, "no case");
    }
    checker.report(report);
}

/// The constant truth of a condition.
fn truth(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Const(Const::Bool(value)) => Some(*value),
        ExprKind::Not(inner) => truth(inner).map(|value| !value),
        ExprKind::And(left, right) => match (truth(left), truth(right)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), other) | (other, Some(true)) => other,
            (None, None) => None,
        },
        ExprKind::Or(left, right) => match (truth(left), truth(right)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), other) | (other, Some(false)) => other,
            (None, None) => None,
        },
        _ => None,
    }
}

/// A list of whose silence nothing follows.
struct Silent {
    of: FactType,
    /// The signals that would have to show it.
    signals: Vec<String>,
    span: Span,
}

/// Looks for what an expression can never be.
struct Looker<'c, 'db> {
    checker: &'c Checker<'db>,
    lets: &'c [Let],
    /// Whether silence is out of the question even where somebody watches: what is never true without coverage.
    watched: bool,
}

impl Looker<'_, '_> {
    /// Why `expr` can never be known to be `wanted`, if that is so.
    fn never(&self, expr: &Expr, wanted: bool) -> Option<Silent> {
        match &expr.kind {
            ExprKind::Not(inner) => self.never(inner, !wanted),
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                let (left, right) = (self.never(left, wanted), self.never(right, wanted));
                // One operand is enough to make `&&` false and `||` true.
                match (matches!(expr.kind, ExprKind::And(..)) == wanted, left, right) {
                    (true, left, right) => left.or(right),
                    (false, Some(left), Some(_)) => Some(left),
                    (false, ..) => None,
                }
            }
            ExprKind::Let(at) => self.never(&self.lets.get(*at as usize)?.expr, wanted),
            ExprKind::Bind { body, .. } => self.never(body, wanted),
            ExprKind::Quantified { quantifier, list, .. } => {
                let by_absence = match quantifier {
                    Quantifier::Exists => !wanted,
                    Quantifier::All | Quantifier::ExistsOne => wanted,
                };
                if by_absence { self.silent(list, expr.span) } else { None }
            }
            ExprKind::Compare(op, left, right) => {
                let (op, size, count) = match (size(left), size(right)) {
                    (Some(list), None) => (*op, list, right),
                    (None, Some(list)) => (op.mirrored(), list, left),
                    _ => return None,
                };
                // Of an open list only the least size is known. A count below nothing is another matter.
                let positive =
                    |least: i64| matches!(count.kind, ExprKind::Const(Const::Int(value)) if value >= least);
                let bounded_above = match (op, wanted) {
                    (CompareOp::Lt, true) | (CompareOp::Ge, false) => positive(1),
                    (CompareOp::Le, true) | (CompareOp::Gt, false) => positive(0),
                    (CompareOp::Eq, true) | (CompareOp::Ne, false) => positive(0),
                    _ => false,
                };
                if bounded_above { self.silent(size, expr.span) } else { None }
            }
            _ => None,
        }
    }

    /// Why the list is never known to be complete, if that is so.
    fn silent(&self, list: &Expr, span: Span) -> Option<Silent> {
        match &list.kind {
            ExprKind::Filter { list, .. }
            | ExprKind::MapList { list, .. }
            | ExprKind::ListFn(ListFn::Distinct, list) => {
                return self.silent(list, span);
            }
            ExprKind::Let(at) => return self.silent(&self.lets.get(*at as usize)?.expr, span),
            // Through a reference that is absent a list is empty, and that is known.
            ExprKind::Inverse(owner, _) if walk::any(owner, &|part| part.optional) => return None,
            ExprKind::Inverse(..) | ExprKind::All(_) => {}
            _ => return None,
        }
        let Type::List(of) = &list.ty else { return None };
        let Type::Fact(name) = &**of else { return None };
        let of = FactType::clone(facts::by_name(self.checker.db, name)?);
        let Coverage::By(alternatives) = &of.coverage else { return None };
        let declared = |name: &str| self.basis(name) == Some(Basis::Declared);
        // Each alternative leans on a signal that proves nothing.
        let mut signals: Vec<String> = Vec::new();
        for parts in alternatives {
            let weak = parts.iter().find(|part| self.watched || declared(part.signal.as_str()))?;
            signals.push(weak.signal.to_string());
        }
        signals.dedup();
        (!signals.is_empty()).then_some(Silent { of, signals, span })
    }

    fn basis(&self, name: &str) -> Option<Basis> {
        // A deployment may set how late and how patchy a signal is, and not how its coverage is known.
        let decls = resolve::of_kind(self.checker.db, &[resolve::DeclKind::Signal]);
        let mut found =
            decls.into_iter().filter_map(|item| signals::signal(self.checker.db, item).value.clone());
        found.find(|signal| signal.name.as_str() == name).map(|signal| signal.basis)
    }
}

/// The list whose size an expression is.
fn size(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::ListFn(ListFn::Size, list) => Some(list),
        _ => None,
    }
}
