//! `param`.

use std::collections::BTreeSet;

use super::super::Checked;
use super::super::policy::policy;
use super::super::resolve;
use super::super::scope::Checker;
use super::super::{types, walk};
use super::constants::constant;
use crate::db::{self, Db, Item, Workspace};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::plan::{BindingSource, Const, Expr, ExprKind, Name, OutcomeKind, Param, Policy, Type, When};
use crate::syntax::ast::ItemKind;

/// The param that an item declares.
#[salsa::tracked]
pub(in crate::sema) fn param<'db>(db: &'db dyn Db, item: Item<'db>) -> Checked<Param> {
    let Some(tree) = &db::parsed(db, item).item else { return Checked::nothing() };
    let ItemKind::Param(written) = &tree.kind else { return Checked::nothing() };
    let file = item.file(db);
    let mut checker = Checker::constant(db, file);
    let mut diagnostics = Vec::new();
    let ty = types::resolve(db, file, &written.ty, &mut diagnostics);
    if written.ty.optional {
        checker.error(
            Code::TypeMismatch,
            written.ty.span,
            "a param always has a value",
            "may be absent",
            "remove the `?`",
        );
    }
    let default = constant(&mut checker, &written.default, &ty, false);
    let bounds = written.bounds.as_ref().and_then(|(low, high)| {
        let low = constant(&mut checker, low, &ty, false);
        let high = constant(&mut checker, high, &ty, false);
        Some((low?, high?))
    });
    if let (Some(default), Some((low, high))) = (&default, &bounds) {
        let inside = match (order(default, low), order(default, high)) {
            (Some(low), Some(high)) => low.is_ge() && high.is_le(),
            _ => {
                let text = format!("a param of type `{ty}` has no bounds");
                checker.error(
                    Code::TypeMismatch,
                    written.ty.span,
                    text,
                    "not ordered",
                    "leave the bounds out",
                );
                true
            }
        };
        if !inside {
            let span =
                written.bounds.as_ref().map_or(written.name.span, |(low, high)| low.span.to(high.span));
            let (value, between) = (written.default.span.text(item.text(db)), span.text(item.text(db)));
            checker.report(
                Diagnostic::new(
                    Code::OutOfBounds,
                    written.default.span,
                    format!("the default `{value}` lies outside `{between}`"),
                )
                .label("this value")
                .also(span, "not between these")
                .help("move the default or the bounds"),
            );
        }
    }
    let package = &resolve::header(db, file).package;
    diagnostics.append(&mut checker.diagnostics);
    let value = default.map(|default| Param {
        name: Name::from(format!("{package}.{}", written.name.text)),
        ty,
        default,
        bounds,
        source: written.source.as_ref().map(|source| source.value.clone()).unwrap_or_default(),
        docs: tree.docs.clone(),
    });
    Checked::new(value, diagnostics)
}

/// How two constants of one ordered type compare.
#[must_use]
pub fn order(left: &Const, right: &Const) -> Option<std::cmp::Ordering> {
    match (left, right) {
        (Const::Int(left), Const::Int(right))
        | (Const::Duration(left), Const::Duration(right))
        | (Const::Timestamp(left), Const::Timestamp(right)) => Some(left.cmp(right)),
        (Const::Uint(left), Const::Uint(right)) => Some(left.cmp(right)),
        (Const::Double(left), Const::Double(right)) => left.partial_cmp(right),
        (Const::Enum(_, left), Const::Enum(_, right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Whether a constant lies within bounds; where it has no order, bounds are an error of their own.
pub(super) fn within(value: &Const, bounds: Option<&(Const, Const)>) -> bool {
    bounds.is_none_or(|(low, high)| {
        order(value, low).is_none_or(std::cmp::Ordering::is_ge)
            && order(value, high).is_none_or(std::cmp::Ordering::is_le)
    })
}

/// The type of a param, whatever else is wrong with it.
pub(in crate::sema) fn declared_type<'db>(db: &'db dyn Db, item: Item<'db>) -> Option<Type> {
    let tree = db::parsed(db, item).item.as_ref()?;
    let ItemKind::Param(written) = &tree.kind else { return None };
    Some(types::resolve(db, item.file(db), &written.ty, &mut Vec::new()))
}

/// The params that an item's expressions read.
#[salsa::tracked]
pub(in crate::sema) fn read_by<'db>(db: &'db dyn Db, item: Item<'db>) -> BTreeSet<Name> {
    let mut out = BTreeSet::new();
    match db::parsed(db, item).item.as_ref().map(|tree| &tree.kind) {
        Some(ItemKind::Policy(_)) => {
            if let Some(policy) = &policy(db, item).value {
                policy_exprs(policy, &mut |expr| collect(expr, &mut out));
            }
        }
        Some(ItemKind::Fn(_)) => {
            if let Some(function) = &super::functions::function(db, item).value {
                collect(&function.body, &mut out);
            }
        }
        Some(ItemKind::Relation(_)) => {
            if let Some(relation) = &super::relations::relation(db, item).value {
                relation.cases.iter().for_each(|case| collect(&case.condition, &mut out));
            }
        }
        Some(ItemKind::Waive(_)) => {
            if let Some(waiver) = &super::governance::waiver(db, item).value {
                collect(&waiver.condition, &mut out);
            }
        }
        Some(ItemKind::Envelope(_)) => {
            if let Some((_, never)) =
                super::governance::envelope(db, item).value.as_ref().and_then(|it| it.never.as_ref())
            {
                collect(never, &mut out);
            }
        }
        _ => {}
    }
    out
}

/// Whether an item is one that may read params.
pub(in crate::sema) fn may_read(db: &dyn Db, item: Item<'_>) -> bool {
    let word = item.head(db).split(' ').next().unwrap_or_default();
    matches!(word, "policy" | "fn" | "relation" | "waive" | "envelope")
}

fn readers(db: &dyn Db) -> impl Iterator<Item = Item<'_>> {
    let files = Workspace::get(db).files(db);
    files.iter().flat_map(|&file| db::items(db, file)).copied().filter(|item| may_read(db, *item))
}

/// Every param that anything reads.
#[salsa::tracked]
fn read_anywhere(db: &dyn Db) -> BTreeSet<Name> {
    readers(db).flat_map(|item| read_by(db, item).iter().cloned()).collect()
}

/// Whether anything that may read a param is left out for its errors.
#[salsa::tracked(returns(copy))]
fn anything_broken(db: &dyn Db) -> bool {
    readers(db).any(|item| is_broken(db, item))
}

/// Whether an item that may read params is left out for its errors.
pub(in crate::sema) fn is_broken(db: &dyn Db, item: Item<'_>) -> bool {
    if db::parsed(db, item).diagnostics.iter().any(|said| said.severity == Severity::Error) {
        return true;
    }
    match item.head(db).split(' ').next().unwrap_or_default() {
        "policy" => policy(db, item).value.is_none(),
        "fn" => super::functions::function(db, item).value.is_none(),
        "relation" => super::relations::relation(db, item).value.is_none(),
        "waive" => super::governance::waiver(db, item).value.is_none(),
        "envelope" => super::governance::envelope(db, item).value.is_none(),
        _ => false,
    }
}

/// The warning for a param that nothing reads; a library's are for its users.
pub(in crate::sema) fn unread(db: &dyn Db, item: Item<'_>) -> Option<Diagnostic> {
    if item.file(db).library(db) {
        return None;
    }
    let declared = param(db, item).value.as_ref()?;
    // Most are read in their own file, and then no other is asked.
    let beside = db::items(db, item.file(db));
    if beside.iter().any(|item| read_by(db, *item).contains(&declared.name)) {
        return None;
    }
    // Whatever is broken may be what reads it.
    if read_anywhere(db).contains(&declared.name) || anything_broken(db) {
        return None;
    }
    let span = db::parsed(db, item).item.as_ref()?.name()?.span;
    let text = format!("nothing reads param `{}`", declared.name.short());
    Some(
        Diagnostic::new(Code::UnusedParam, span, text)
            .label("never read")
            .help("read it where its value is meant, or remove it"),
    )
}

fn collect(expr: &Expr, out: &mut BTreeSet<Name>) {
    if let ExprKind::Param(name) = &expr.kind {
        out.insert(name.clone());
    }
    walk::children(expr, &mut |child| collect(child, out));
}

/// Calls `visit` with every expression of a policy.
fn policy_exprs(policy: &Policy, visit: &mut dyn FnMut(&Expr)) {
    for binding in &policy.bindings {
        if let BindingSource::List(list) = &binding.source {
            visit(list);
        }
    }
    for step in policy.sequence.iter().flat_map(|sequence| &sequence.steps) {
        step.condition.iter().for_each(&mut *visit);
    }
    policy.sequence.iter().flat_map(|sequence| &sequence.within).for_each(&mut *visit);
    policy.wheres.iter().for_each(|clause| visit(&clause.expr));
    policy.lets.iter().for_each(|named| visit(&named.expr));
    for arm in &policy.arms {
        if let When::Expr(condition) = &arm.when {
            visit(condition);
        }
        for outcome in &arm.outcomes {
            match &outcome.kind {
                OutcomeKind::Rank { tier, keys } => {
                    visit(tier);
                    keys.iter().for_each(|key| visit(&key.expr));
                }
                OutcomeKind::Alert { severity } => visit(severity),
                OutcomeKind::Revoke { target, .. } => visit(target),
                OutcomeKind::Block { target, lasting } => {
                    visit(target);
                    lasting.iter().for_each(&mut *visit);
                }
            }
            outcome.within.iter().for_each(&mut *visit);
            outcome.with.iter().flat_map(|(_, value)| value.exprs()).for_each(&mut *visit);
        }
        arm.because.exprs().for_each(&mut *visit);
    }
}
