//! `policy`.

mod arms;
mod controls;
mod evidence;
mod joins;
mod lints;

pub(super) use arms::stage;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::scope::{Checker, LocalKind};
use super::{Checked, resolve, walk};
use crate::db::{self, Db, Item};
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::{Binding, BindingSource, Expr, ExprKind, Let, Mode, Name, Policy, Type, Where};
use crate::syntax::ast::{BindingSource as WrittenSource, Clause, ItemKind, PolicyItem};

use resolve::DeclKind;

/// The policy that an item declares.
#[salsa::tracked]
pub(super) fn policy<'db>(db: &'db dyn Db, item: Item<'db>) -> Checked<Policy> {
    let Some(tree) = &db::parsed(db, item).item else { return Checked::nothing() };
    let ItemKind::Policy(written) = &tree.kind else { return Checked::nothing() };
    let file = item.file(db);
    let package = &resolve::header(db, file).package;
    let mut checker = Checker::new(db, file);
    let mode = mode(&mut checker, written);
    let maps = controls::maps(&mut checker, written);
    let Some(bindings) = bindings(&mut checker, written) else {
        return Checked::new(None, checker.diagnostics);
    };
    let Some((wheres, lets)) = clauses(&mut checker, written, &bindings) else {
        // The arms are looked at for their own mistakes; the policy is left out all the same.
        arms::arms(&mut checker, written, &[]);
        return Checked::new(None, checker.diagnostics);
    };
    let arms = arms::arms(&mut checker, written, &lets);
    joins::check(&mut checker, written, &bindings, &wheres);
    let value = arms.map(|arms| Policy {
        name: Name::from(format!("{package}.{}", written.name.text)),
        docs: tree.docs.clone(),
        mode,
        maps,
        bindings,
        wheres,
        lets,
        arms,
        slots: checker.slots(),
        text: Arc::from(item.text(db)),
    });
    if let Some(policy) = &value {
        evidence::check(&mut checker, written, policy);
        lints::check(&mut checker, written, policy);
        unread(&mut checker, written);
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
                checker.error(Code::UnknownMember, word.span, text, "write `enforce` or `monitor`");
                Mode::Enforce
            }
        },
    }
}

fn bindings(checker: &mut Checker<'_>, written: &PolicyItem) -> Option<Vec<Binding>> {
    let mut out = Vec::new();
    let mut whole = true;
    if written.bindings.is_empty() {
        checker.report(
            Diagnostic::new(
                Code::MissingJoin,
                written.name.span,
                format!("policy `{}` ranges over nothing", written.name.text),
            )
            .label("no `for`")
            .help("say what it judges: `for secret: Secret`"),
        );
        return None;
    }
    for (at, binding) in written.bindings.iter().enumerate() {
        let (ty, source) = match &binding.source {
            WrittenSource::Type(path) => {
                let kinds = [DeclKind::Fact, DeclKind::Request];
                match resolve::path(checker.db, checker.file, path, &kinds, Code::UnknownType) {
                    Ok(decl) if decl.kind == DeclKind::Request && at > 0 => {
                        checker.error(
                            Code::BadOutcome,
                            path.span,
                            "a request is bound first",
                            "each request is an anchor of its own",
                        );
                        whole = false;
                        continue;
                    }
                    Ok(decl) => (Type::Fact(decl.name.name(checker.db).clone()), BindingSource::Type),
                    Err(report) => {
                        checker.report(*report);
                        whole = false;
                        continue;
                    }
                }
            }
            WrittenSource::List(list) => {
                if at == 0 {
                    checker.error(
                        Code::TypeMismatch,
                        binding.span,
                        "the first binding ranges over a type",
                        "write `name: Type`",
                    );
                    whole = false;
                    continue;
                }
                let checked = checker.expr(list, None);
                let Some(list) = checked else {
                    whole = false;
                    continue;
                };
                let Type::List(of) = list.ty.clone() else {
                    let text = format!("`for … in` takes a list, not `{}`", list.ty);
                    checker.error(Code::TypeMismatch, list.span, text, "not a list");
                    whole = false;
                    continue;
                };
                let list = checker.settle(list, &[]);
                (*of, BindingSource::List(list))
            }
        };
        let slot = checker.fresh_slot();
        checker.bind(&binding.name.text, binding.name.span, LocalKind::Slot(slot), ty.clone(), false);
        out.push(Binding { name: Name::from(&binding.name.text), slot, ty, source });
    }
    whole.then_some(out)
}

fn clauses(
    checker: &mut Checker<'_>,
    written: &PolicyItem,
    bindings: &[Binding],
) -> Option<(Vec<Where>, Vec<Let>)> {
    let mut wheres = Vec::new();
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
                    Type::Timestamp | Type::Duration => super::time::unfold(expr, &lets),
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
                for conjunct in conjuncts(expr) {
                    let mentioned = mentioned(&conjunct, bindings, &lets);
                    let after = mentioned.iter().next_back().copied().unwrap_or(0);
                    wheres.push(Where { join: mentioned.len() > 1, after, expr: conjunct });
                }
            }
        }
    }
    whole.then_some((wheres, lets))
}

/// The operands of the top-level `&&`.
fn conjuncts(expr: Expr) -> Vec<Expr> {
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
fn unread(checker: &mut Checker<'_>, written: &PolicyItem) {
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
    for binding in written.bindings.iter().skip(1) {
        if !checker.read.contains(&binding.name.text) {
            checker.report(
                Diagnostic::new(
                    Code::UnusedBinding,
                    binding.name.span,
                    format!("nothing reads `{}`", binding.name.text),
                )
                .label("never read")
                .help("remove it: every tuple of facts is a case of its own"),
            );
        }
    }
}
