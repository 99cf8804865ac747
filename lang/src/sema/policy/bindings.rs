//! What a policy, or a case of a relation, ranges over.

use super::super::items::{facts, relations};
use super::super::resolve::{self, DeclKind};
use super::super::scope::{Checker, LocalKind};
use super::super::types::{equatable, holds_sensitive};
use super::arms::period;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{Binding, BindingSource, Expr, ExprKind, FactKind, Name, Sequence, SequenceStep, Type};
use crate::syntax::ast::{
    Binding as WrittenBinding, BindingSource as WrittenSource, Ident, Path, PolicyItem,
    Sequence as WrittenSequence,
};

/// The bindings of a `for`.
pub(in crate::sema) struct Ranging {
    pub(in crate::sema) plans: Vec<Binding>,
    /// The name of each, where it stands.
    pub(in crate::sema) names: Vec<Ident>,
    /// The relations that generators range over, as conditions.
    pub(in crate::sema) related: Vec<Expr>,
}

/// What a policy ranges over: its `for`, or its `sequence`.
pub(super) fn of_policy(
    checker: &mut Checker<'_>,
    written: &PolicyItem,
) -> Option<(Ranging, Option<Sequence>)> {
    if let Some(sequence) = &written.sequence {
        if let Some(first) = written.bindings.first() {
            checker.report(
                Diagnostic::new(Code::DuplicateClause, first.span, "a policy has a `for` or a `sequence`")
                    .label("ranges over facts")
                    .also(sequence.span, "ranges over events that follow one another")
                    .help("put the `for` into the steps, as `where`"),
            );
        }
        return steps(checker, sequence);
    }
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
    let ranging = ranging(checker, &written.bindings)?;
    if let (Some(Binding { source: BindingSource::List(_), .. }), Some(name)) =
        (ranging.plans.first(), ranging.names.first())
    {
        checker.error(
            Code::TypeMismatch,
            name.span,
            "the first binding ranges over a type",
            "a list here",
            "write `name: Type` first; `name in list` may stand behind it",
        );
        return None;
    }
    Some((ranging, None))
}

/// Binds the names of a `for`; `None` where any of them is broken.
pub(in crate::sema) fn ranging(checker: &mut Checker<'_>, written: &[WrittenBinding]) -> Option<Ranging> {
    let mut out = Ranging { plans: Vec::new(), names: Vec::new(), related: Vec::new() };
    let mut whole = true;
    for (at, binding) in written.iter().enumerate() {
        whole = match &binding.source {
            WrittenSource::Type(path) => over_type(checker, &mut out, &binding.name, path, at),
            WrittenSource::List(list) => {
                let list = checker.expr(list, None);
                list.is_some_and(|list| over_list(checker, &mut out, &binding.name, list))
            }
            WrittenSource::Relation(names, path) => {
                over_relation(checker, &mut out, names, path, binding.span)
            }
        } && whole;
    }
    whole.then_some(out)
}

fn push(checker: &mut Checker<'_>, out: &mut Ranging, name: &Ident, ty: Type, source: BindingSource) {
    let slot = checker.fresh_slot();
    checker.bind(&name.text, name.span, LocalKind::Slot(slot), ty.clone(), false);
    out.plans.push(Binding { name: Name::from(&name.text), slot, ty, source });
    out.names.push(name.clone());
}

fn over_type(checker: &mut Checker<'_>, out: &mut Ranging, name: &Ident, path: &Path, at: usize) -> bool {
    let kinds = [DeclKind::Fact, DeclKind::Request];
    let decl = match resolve::path(checker.db, checker.file, path, &kinds, Code::UnknownType) {
        Ok(decl) => decl,
        Err(report) => {
            checker.report(*report);
            return false;
        }
    };
    if decl.kind == DeclKind::Request && at > 0 {
        checker.error(
            Code::BadOutcome,
            path.span,
            "a request is bound first",
            "each request is an anchor of its own",
            "move this binding to the front",
        );
        return false;
    }
    let ty = Type::Fact(decl.name.name(checker.db).clone());
    push(checker, out, name, ty, BindingSource::Type);
    true
}

fn over_list(checker: &mut Checker<'_>, out: &mut Ranging, name: &Ident, list: Expr) -> bool {
    let Type::List(of) = list.ty.clone() else {
        let text = format!("`for … in` takes a list, not `{}`", list.ty);
        checker.error(
            Code::TypeMismatch,
            list.span,
            text,
            "not a list",
            "give a field that is a list, or write `name: Type`",
        );
        return false;
    };
    if holds_sensitive(&of) {
        checker.report(
            Diagnostic::new(
                Code::SensitiveFlow,
                list.span,
                "a sensitive value would be shown as part of a case",
            )
            .label("sensitive")
            .note("a case is named by what is bound, in every output")
            .help("bind the fact that has it, and ask about the value with `exists` in a condition"),
        );
        return false;
    }
    let list = checker.settle(list, &[]);
    push(checker, out, name, *of, BindingSource::List(list));
    true
}

/// `(a, b) in relation`: the columns' types, joined by the relation.
fn over_relation(
    checker: &mut Checker<'_>,
    out: &mut Ranging,
    names: &[Ident],
    path: &Path,
    span: Span,
) -> bool {
    let decl = match resolve::path(checker.db, checker.file, path, &[DeclKind::Relation], Code::UnknownName) {
        Ok(decl) => decl,
        Err(report) => {
            checker.report(*report);
            return false;
        }
    };
    let Some(head) = relations::head(checker.db, decl.item).clone() else { return false };
    if head.columns.len() != names.len() {
        let text = format!(
            "`{}` has {} columns, found {} names",
            head.name.short(),
            head.columns.len(),
            names.len()
        );
        checker.error(
            Code::WrongArguments,
            span,
            text,
            "one name a column",
            "name every column, in the order of the relation",
        );
        return false;
    }
    let mut args = Vec::new();
    for (name, (_, ty)) in names.iter().zip(&head.columns) {
        push(checker, out, name, ty.clone(), BindingSource::Type);
        checker.read.insert(name.text.clone());
        if let Some(binding) = out.plans.last() {
            args.push(Expr {
                kind: ExprKind::Var(binding.slot),
                ty: ty.clone(),
                optional: false,
                span: name.span,
            });
        }
    }
    let kind = ExprKind::Related(head.name, args);
    out.related.push(Expr { kind, ty: Type::Bool, optional: false, span });
    true
}

/// The steps of a sequence, each a binding.
fn steps(checker: &mut Checker<'_>, written: &WrittenSequence) -> Option<(Ranging, Option<Sequence>)> {
    let mut out = Ranging { plans: Vec::new(), names: Vec::new(), related: Vec::new() };
    let mut conditions = Vec::new();
    let mut whole = true;
    if written.steps.len() < 2 {
        checker.error(
            Code::Syntax,
            written.span,
            "a sequence has two steps or more",
            "too few",
            "add a step, or write `for` for one event",
        );
        whole = false;
    }
    for step in &written.steps {
        if !over_type(checker, &mut out, &step.name, &step.ty, 0) {
            whole = false;
            continue;
        }
        let event =
            out.plans.last().is_some_and(|binding| kind(checker, &binding.ty) == Some(FactKind::Event));
        if !event {
            let text = format!("`{}` is no event", step.ty.dotted());
            checker.error(
                Code::TypeMismatch,
                step.ty.span,
                text,
                "only events follow one another",
                "give a type that is declared as `event`",
            );
            whole = false;
        }
        match &step.condition {
            None => conditions.push(SequenceStep { condition: None }),
            Some(condition) => match checker.condition(condition) {
                Some(condition) => {
                    let condition = Some(checker.settle(condition, &[]));
                    conditions.push(SequenceStep { condition });
                }
                None => whole = false,
            },
        }
    }
    // Every step is part of the case, whether or not an arm reads it.
    for name in &out.names {
        checker.read.insert(name.text.clone());
    }
    let by = match &written.by {
        Some(field) if whole => Some(common_field(checker, &out, field)?),
        _ => None,
    };
    let within = match &written.within {
        Some(within) => Some(period(checker, within, &[])?),
        None => None,
    };
    whole.then_some((out, Some(Sequence { by, within, steps: conditions })))
}

fn kind(checker: &Checker<'_>, ty: &Type) -> Option<FactKind> {
    let Type::Fact(name) = ty else { return None };
    facts::by_name(checker.db, name).map(|fact| fact.kind)
}

/// The field that `by` names: every step's type has it, with comparable types.
fn common_field(checker: &mut Checker<'_>, steps: &Ranging, field: &Ident) -> Option<Name> {
    let mut first: Option<Type> = None;
    for step in &steps.plans {
        let Type::Fact(name) = &step.ty else { continue };
        let of = facts::by_name(checker.db, name)?.clone();
        let Some(found) = of.field(&field.text) else {
            let report = facts::unknown_field(&of, &field.text, field.span);
            checker
                .report(report.note(
                    "`by` names a field that every step's type has; else write an equality in `where`",
                ));
            return None;
        };
        match &first {
            None => first = Some(found.ty.clone()),
            Some(ty) if equatable(ty, &found.ty) => {}
            Some(ty) => {
                let text = format!("`{}` is `{ty}` in one step and `{}` in another", field.text, found.ty);
                checker.error(
                    Code::TypeMismatch,
                    field.span,
                    text,
                    "never equal",
                    "name a field with one type in all steps, or write an equality in `where`",
                );
                return None;
            }
        }
    }
    Some(Name::from(&field.text))
}
