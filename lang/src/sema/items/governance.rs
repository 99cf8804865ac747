//! `waive` and `envelope`.

use std::sync::Arc;

use super::super::policy::policy;
use super::super::resolve::{self, DeclKind};
use super::super::scope::{Checker, LocalKind};
use super::super::{Checked, suggest, walk};
use super::facts;
use crate::db::{self, Db, Item};
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::{CompareOp, Const, Envelope, Expr, ExprKind, FactKind, Name, Type, Verb, Waiver};
use crate::syntax::ast::{ItemKind, Literal, WaiveItem};

/// The waiver that an item declares.
#[salsa::tracked]
pub(in crate::sema) fn waiver<'db>(db: &'db dyn Db, item: Item<'db>) -> Checked<Waiver> {
    let Some(tree) = &db::parsed(db, item).item else { return Checked::nothing() };
    let ItemKind::Waive(written) = &tree.kind else { return Checked::nothing() };
    let mut checker = Checker::of_item(db, item);
    complete(&mut checker, written);
    let decl = match resolve::path(db, checker.file, &written.policy, &[DeclKind::Policy], Code::UnknownName)
    {
        Ok(decl) => decl,
        Err(report) => {
            checker.report(*report);
            return Checked::new(None, checker.diagnostics);
        }
    };
    // A broken policy is reported where it stands.
    let Some(waived) = policy(db, decl.item).value.clone() else {
        return Checked::new(None, checker.diagnostics);
    };
    let at = waived.bindings.iter().position(|binding| binding.name.as_str() == written.binding.text);
    let Some((at, bound)) = at.and_then(|at| Some((at, waived.bindings.get(at)?))) else {
        let names = suggest::listed(waived.bindings.iter().map(|binding| binding.name.as_str()));
        checker.report(
            Diagnostic::new(
                Code::UnknownName,
                written.binding.span,
                format!("`{}` binds no `{}`", waived.name.short(), written.binding.text),
            )
            .label("not a binding of the policy")
            .help(format!("it binds {names}")),
        );
        return Checked::new(None, checker.diagnostics);
    };
    if waived.arms.iter().all(|arm| arm.outcomes.is_empty()) {
        checker.report(
            Diagnostic::new(
                Code::DeadWaiver,
                written.policy.span,
                format!("`{}` decides nothing that could be waived", waived.name.short()),
            )
            .label("only `none`")
            .help("remove the waiver"),
        );
    }
    let slot = checker.fresh_slot();
    checker.bind(&written.binding.text, written.binding.span, LocalKind::Slot(slot), bound.ty.clone(), false);
    let condition = written.condition.as_ref().and_then(|condition| checker.condition(condition));
    let condition = condition.map(|condition| checker.settle(condition, &[]));
    if let Some(condition) = &condition {
        own_fields(&mut checker, condition);
        can_match(&mut checker, condition);
    }
    let until = written.until.as_ref().and_then(|until| match until.kind {
        crate::syntax::ast::ExprKind::Literal(Literal::Timestamp(at)) => Some(at),
        _ => {
            checker.error(
                Code::NotConstant,
                until.span,
                "expected an instant",
                "no instant",
                "write one as in `2027-01-31T00:00:00Z`",
            );
            None
        }
    });
    let text =
        |literal: &Option<crate::syntax::ast::StringLit>| literal.as_ref().map(|text| text.value.clone());
    let value = (|| {
        Some(Waiver {
            policy: waived.name.clone(),
            binding: u32::try_from(at).ok()?,
            slot,
            condition: condition?,
            until: until?,
            because: text(&written.because)?,
            by: text(&written.by)?,
            file: item.file(db).path(db).to_owned(),
            span: tree.span,
            line: 1,
            text: Arc::from(item.text(db)),
        })
    })();
    Checked::new(value, checker.diagnostics)
}

/// An exception has a scope, an end, a reason and an owner.
fn complete(checker: &mut Checker<'_>, written: &WaiveItem) {
    let blank = |text: &Option<crate::syntax::ast::StringLit>| {
        text.as_ref().is_none_or(|text| text.value.trim().is_empty())
    };
    let parts = [
        (written.condition.is_none(), "which facts", "where secret.id == \"…\""),
        (written.until.is_none(), "until when", "until 2027-01-31T00:00:00Z"),
        (blank(&written.because), "why", "because \"…\""),
        (blank(&written.by), "who answers for it", "by \"…\""),
    ];
    for (missing, what, example) in parts {
        if missing {
            checker.report(
                Diagnostic::new(
                    Code::BadWaiver,
                    written.policy.span,
                    format!("the waiver does not say {what}"),
                )
                .label("not a complete exception")
                .help(format!("add `{example}`")),
            );
        }
    }
}

/// W1: a waiver reads the anchor's own fields.
fn own_fields(checker: &mut Checker<'_>, condition: &Expr) {
    let further = |part: &Expr| match &part.kind {
        ExprKind::Inverse(..) | ExprKind::All(_) | ExprKind::Related(..) => true,
        ExprKind::Field(base, _) => !matches!(base.kind, ExprKind::Var(_)),
        _ => false,
    };
    if walk::any(condition, &further) {
        checker.report(
            Diagnostic::new(Code::BadWaiver, condition.span, "a waiver reads the fact's own fields only")
                .label("reads further facts")
                .note("what is excepted must be seen from the fact itself, today and tomorrow")
                .help("name the facts by their keys, or by fields of their own"),
        );
    }
    if let ExprKind::Const(Const::Bool(true)) = condition.kind {
        checker.error(
            Code::BadWaiver,
            condition.span,
            "the waiver covers everything",
            "too broad",
            "name what is excepted: `where secret.id == \"…\"`",
        );
    }
}

/// A waiver that no fact can fit excepts nothing.
fn can_match(checker: &mut Checker<'_>, condition: &Expr) {
    if never_true(condition) {
        checker.report(
            Diagnostic::new(Code::DeadWaiver, condition.span, "the waiver can never match")
                .label("true of no fact")
                .help("to name several facts join them with `||`, or write `in [\"…\", \"…\"]`"),
        );
    }
}

/// Whether the condition is false of whatever fact, as far as its constants tell.
fn never_true(condition: &Expr) -> bool {
    match &condition.kind {
        ExprKind::Const(Const::Bool(value)) => !value,
        ExprKind::Not(inner) => matches!(inner.kind, ExprKind::Const(Const::Bool(true))),
        ExprKind::Or(left, right) => never_true(left) && never_true(right),
        ExprKind::And(left, right) => {
            let mut fixed = Vec::new();
            fix(condition, &mut fixed);
            let clash = |(field, value): &(&Name, &Const)| {
                fixed.iter().any(|(other, wanted)| other == field && wanted != value)
            };
            never_true(left) || never_true(right) || fixed.iter().any(clash)
        }
        ExprKind::Compare(op, left, right) => match (&left.kind, &right.kind, op) {
            (ExprKind::Const(left), ExprKind::Const(right), CompareOp::Eq) => left != right,
            (ExprKind::Const(left), ExprKind::Const(right), CompareOp::Ne) => left == right,
            _ => false,
        },
        ExprKind::In(_, list) => matches!(&list.kind, ExprKind::List(of) if of.is_empty()),
        _ => false,
    }
}

/// The fields that a conjunction fixes, and to what.
fn fix<'e>(condition: &'e Expr, out: &mut Vec<(&'e Name, &'e Const)>) {
    match &condition.kind {
        ExprKind::And(left, right) => {
            fix(left, out);
            fix(right, out);
        }
        ExprKind::Compare(CompareOp::Eq, left, right) => match (&left.kind, &right.kind) {
            (ExprKind::Field(_, field), ExprKind::Const(value))
            | (ExprKind::Const(value), ExprKind::Field(_, field)) => out.push((field, value)),
            _ => {}
        },
        _ => {}
    }
}

/// The envelope that an item declares.
#[salsa::tracked]
pub(in crate::sema) fn envelope<'db>(db: &'db dyn Db, item: Item<'db>) -> Checked<Envelope> {
    let Some(tree) = &db::parsed(db, item).item else { return Checked::nothing() };
    let ItemKind::Envelope(written) = &tree.kind else { return Checked::nothing() };
    let mut checker = Checker::of_item(db, item);
    let verb = match written.verb.text.as_str() {
        "revoke" => Some(Verb::Revoke),
        "block" => Some(Verb::Block),
        other => {
            let text = format!("an envelope limits `revoke` or `block`, not `{other}`");
            checker.error(
                Code::BadEnvelope,
                written.verb.span,
                text,
                "carries nothing out",
                "write `envelope revoke …` or `envelope block …`",
            );
            None
        }
    };
    if written.share.is_none() && written.count.is_none() && written.never.is_none() {
        checker.report(
            Diagnostic::new(Code::BadEnvelope, tree.span, "the envelope limits nothing")
                .label("neither `at most` nor `never`")
                .help("add `at most 20 per 1h` or `never where …`"),
        );
    }
    if written.per.is_none() && (written.share.is_some() || written.count.is_some()) {
        checker.report(
            Diagnostic::new(Code::BadEnvelope, tree.span, "the limit has no period")
                .label("for ever")
                .help("add `per 1h`"),
        );
    }
    if let Some((share, span)) = written.share
        && share > 1_000_000
    {
        checker.error(
            Code::BadEnvelope,
            span,
            "a share is at most 100%",
            "more than all of them",
            "write a share from 0% to 100%",
        );
    }
    let ty = match resolve::path(
        db,
        checker.file,
        &written.ty,
        &[DeclKind::Fact, DeclKind::Request],
        Code::UnknownType,
    ) {
        Ok(decl) => Some(decl.name.name(db).clone()),
        Err(report) => {
            checker.report(*report);
            None
        }
    };
    let never = match (&written.never, &ty) {
        (Some(condition), Some(ty)) => {
            let slot = checker.fresh_slot();
            let name = snake(ty.short());
            checker.bind(&name, written.ty.span, LocalKind::Slot(slot), Type::Fact(ty.clone()), false);
            let condition = checker.condition(condition);
            condition.map(|condition| (slot, checker.settle(condition, &[])))
        }
        _ => None,
    };
    if let (Some(Verb::Revoke), Some(ty)) = (verb, &ty)
        && facts::by_name(db, ty).is_some_and(|fact| fact.kind != FactKind::Entity)
    {
        let text = format!("nothing revokes `{}`", ty.short());
        checker.error(
            Code::BadEnvelope,
            written.ty.span,
            text,
            "not an entity",
            "give a type that is declared as `entity`",
        );
    }
    let value = (|| {
        Some(Envelope {
            verb: verb?,
            ty: Name::from(ty?.as_str()),
            share: written.share.map(|(share, _)| share),
            count: written.count.map(|(count, _)| count),
            per: written.per.map_or(0, |(per, _)| per),
            never,
            file: item.file(db).path(db).to_owned(),
            span: tree.span,
        })
    })();
    Checked::new(value, checker.diagnostics)
}

/// `ApiCall` as a variable's name: `api_call`.
pub(in crate::sema) fn snake(name: &str) -> String {
    let mut out = String::new();
    for (at, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && at > 0 {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}
