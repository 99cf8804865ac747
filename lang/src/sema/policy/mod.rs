//! `policy`.

mod arms;
pub(super) mod bindings;
mod controls;
mod evidence;
mod futile;
mod joins;
mod lints;

pub(super) use arms::stage;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::scope::{Checker, LocalKind};
use super::{Checked, resolve, walk};
use crate::db::{self, Db, Item};
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::{Binding, Expr, ExprKind, Let, Mode, Name, Policy, Type, Where};
use crate::syntax::ast::{Clause, Ident, ItemKind, PolicyItem};

use bindings::Ranging;

/// The policy that an item declares.
#[salsa::tracked]
pub(super) fn policy<'db>(db: &'db dyn Db, item: Item<'db>) -> Checked<Policy> {
    let Some(tree) = &db::parsed(db, item).item else { return Checked::nothing() };
    let ItemKind::Policy(written) = &tree.kind else { return Checked::nothing() };
    let file = item.file(db);
    let package = &resolve::header(db, file).package;
    let mut checker = Checker::of_item(db, item);
    let mode = mode(&mut checker, written);
    let maps = controls::maps(&mut checker, written);
    let Some((ranging, sequence)) = bindings::of_policy(&mut checker, written) else {
        return Checked::new(None, checker.diagnostics);
    };
    let Some((wheres, lets)) = clauses(&mut checker, written, &ranging) else {
        // The arms are looked at for their own mistakes; the policy is left out all the same.
        arms::arms(&mut checker, written, &[]);
        return Checked::new(None, checker.diagnostics);
    };
    let arms = arms::arms(&mut checker, written, &lets);
    arms::destroys_on_evidence(&mut checker, &wheres, &lets, arms.as_deref().unwrap_or_default());
    if sequence.is_none() {
        joins::check(&mut checker, &ranging, &wheres);
    }
    let value = arms.map(|arms| Policy {
        name: Name::from(format!("{package}.{}", written.name.text)),
        docs: tree.docs.clone(),
        mode,
        maps,
        bindings: ranging.plans,
        sequence,
        wheres,
        lets,
        arms,
        slots: checker.slots(),
        text: Arc::from(item.text(db)),
    });
    if let Some(policy) = &value {
        evidence::check(&mut checker, written, policy);
        futile::check(&mut checker, written, policy);
        lints::check(&mut checker, written, policy);
        unread(&mut checker, written, &ranging.names);
    }
    Checked::new(value, checker.diagnostics)
}

fn mode(checker: &mut Checker<'_>, written: &PolicyItem) -> Mode {
    match &written.mode {
        None => Mode::Enforce,
        Some(word) => match word.text.as_str() {
            "enforce" => Mode::Enforce,
            "monitor" => Mode::Monitor,
            other => {
                let text = format!("`{other}` is no mode");
                checker.error(
                    Code::UnknownMember,
                    word.span,
                    text,
                    "no such mode",
                    "write `enforce` or `monitor`",
                );
                Mode::Enforce
            }
        },
    }
}

fn clauses(
    checker: &mut Checker<'_>,
    written: &PolicyItem,
    ranging: &Ranging,
) -> Option<(Vec<Where>, Vec<Let>)> {
    let bindings = &ranging.plans;
    let joined = |conjunct: Expr, lets: &[Let]| {
        let mentioned = mentioned(&conjunct, bindings, lets);
        let after = mentioned.iter().next_back().copied().unwrap_or(0);
        Where { join: mentioned.len() > 1, after, expr: conjunct }
    };
    let mut wheres: Vec<Where> = ranging.related.iter().map(|related| joined(related.clone(), &[])).collect();
    let mut lets: Vec<Let> = Vec::new();
    let mut whole = true;
    for clause in &written.clauses {
        match clause {
            Clause::Let(name, expr, docs) => {
                let Some(expr) = checker.expr(expr, None) else {
                    whole = false;
                    checker.bind(&name.text, name.span, LocalKind::Broken, Type::Dyn, false);
                    continue;
                };
                let Ok(index) = u32::try_from(lets.len()) else { return None };
                // A `let` of `now` itself is put in the place of its name where it is used.
                let expr = match expr.ty {
                    Type::Timestamp | Type::Duration => {
                        if !checker.has_room(super::time::unfolding(&expr, &lets), expr.span) {
                            whole = false;
                            checker.bind(&name.text, name.span, LocalKind::Broken, Type::Dyn, false);
                            continue;
                        }
                        super::time::unfold(expr, &lets)
                    }
                    _ => checker.settle(expr, &lets),
                };
                checker.bind(&name.text, name.span, LocalKind::Let(index), expr.ty.clone(), expr.optional);
                lets.push(Let { name: Name::from(&name.text), docs: docs.clone(), expr });
            }
            Clause::Where(expr) => {
                let Some(expr) = checker.condition(expr) else {
                    whole = false;
                    continue;
                };
                let expr = checker.settle(expr, &lets);
                wheres.extend(conjuncts(expr).into_iter().map(|conjunct| joined(conjunct, &lets)));
            }
        }
    }
    whole.then_some((wheres, lets))
}

/// The operands of the top-level `&&`.
pub(super) fn conjuncts(expr: Expr) -> Vec<Expr> {
    match expr.kind {
        ExprKind::And(left, right) => {
            let mut out = conjuncts(*left);
            out.extend(conjuncts(*right));
            out
        }
        _ => vec![expr],
    }
}

/// The indices of the bindings that an expression reads, directly or through `let`s.
fn mentioned(expr: &Expr, bindings: &[Binding], lets: &[Let]) -> BTreeSet<u32> {
    let mut out = BTreeSet::new();
    collect(expr, bindings, lets, &mut out);
    out
}

fn collect(expr: &Expr, bindings: &[Binding], lets: &[Let], out: &mut BTreeSet<u32>) {
    match &expr.kind {
        ExprKind::Var(slot) => {
            let at = bindings.iter().position(|binding| binding.slot == *slot);
            out.extend(at.and_then(|at| u32::try_from(at).ok()));
        }
        ExprKind::Let(index) => {
            if let Some(named) = lets.get(*index as usize) {
                collect(&named.expr, bindings, lets, out);
            }
        }
        _ => walk::children(expr, &mut |child| collect(child, bindings, lets, out)),
    }
}

/// `let`s and bindings that nothing reads.
fn unread(checker: &mut Checker<'_>, written: &PolicyItem, names: &[Ident]) {
    for clause in &written.clauses {
        if let Clause::Let(name, ..) = clause
            && !checker.read.contains(&name.text)
        {
            checker.report(
                Diagnostic::new(Code::UnusedLet, name.span, format!("nothing reads `{}`", name.text))
                    .label("never read")
                    .help("read it in a condition or a text, or remove it"),
            );
        }
    }
    for name in names.iter().skip(1) {
        if !checker.read.contains(&name.text) {
            checker.report(
                Diagnostic::new(Code::UnusedBinding, name.span, format!("nothing reads `{}`", name.text))
                    .label("never read")
                    .help("remove it: every tuple of facts is a case of its own"),
            );
        }
    }
}
