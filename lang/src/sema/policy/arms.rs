//! The decision table: conditions, outcomes, reasons.

use super::super::resolve::SEVERITY;
use super::super::scope::Checker;
use super::super::types::{holds_sensitive, is_number};
use super::super::{time, walk};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{
    Arm, Const, Expr, ExprKind, FactKind, Let, Name, Obligation, Outcome, OutcomeKind, RankKey, Stage,
    Template, TemplatePart, Type, When, Where,
};
use crate::sema::items::{enums, facts};
use crate::syntax::ast::{
    Arm as WrittenArm, Expr as Tree, ExprKind as TreeKind, Ident, Obligation as WrittenObligation,
    Outcome as WrittenOutcome, OutcomeKind as Written, PolicyItem, TextLit, TextPart, When as WrittenWhen,
};

/// The arms of a policy; `None` where any of them is broken.
pub(super) fn arms(checker: &mut Checker<'_>, written: &PolicyItem, lets: &[Let]) -> Option<Vec<Arm>> {
    let Some(decide) = &written.decide else {
        checker.report(
            Diagnostic::new(
                Code::Syntax,
                written.name.span,
                format!("policy `{}` decides nothing", written.name.text),
            )
            .label("no `decide`")
            .help("end it with `decide { condition => alert high because \"…\" }`"),
        );
        return None;
    };
    let checked: Vec<Option<Arm>> = decide.arms.iter().map(|arm| one(checker, arm, lets)).collect();
    checked.into_iter().collect()
}

/// Whether an expression, or a `let` that it reads, assumes something. A `let` reads only earlier ones.
fn assumes(expr: &Expr, lets: &[Let]) -> bool {
    walk::any(expr, &|part| match part.kind {
        ExprKind::Assume(..) => true,
        ExprKind::Let(at) => {
            let (earlier, rest) = lets.split_at_checked(at as usize).unwrap_or_default();
            rest.first().is_some_and(|read| assumes(&read.expr, earlier))
        }
        _ => false,
    })
}

/// What cannot be undone rests on no assumption: neither in its own condition, nor in one above it, which has
/// to be false, nor in what says that it is a case.
pub(super) fn destroys_on_evidence(checker: &mut Checker<'_>, wheres: &[Where], lets: &[Let], arms: &[Arm]) {
    let mut assumed = wheres.iter().any(|clause| assumes(&clause.expr, lets));
    for arm in arms {
        assumed |= matches!(&arm.when, When::Expr(condition) if assumes(condition, lets));
        for outcome in &arm.outcomes {
            if let OutcomeKind::Revoke { target, by: Stage::Destroy, .. } = &outcome.kind
                && (assumed || assumes(target, lets))
            {
                checker.report(
                    Diagnostic::new(Code::BadOutcome, target.span, "`destroy` rests on something assumed")
                        .label("cannot be undone")
                        .note("`assume` takes a gap for an answer; here or in an arm above")
                        .help("write `by quarantine` or `by rotate`, or do without `assume`"),
                );
            }
        }
    }
}

fn one(checker: &mut Checker<'_>, written: &WrittenArm, lets: &[Let]) -> Option<Arm> {
    let when = match &written.when {
        WrittenWhen::Unknown(_) => Some(When::Unknown),
        WrittenWhen::Otherwise(_) => Some(When::Otherwise),
        WrittenWhen::Expr(condition) => {
            let condition = checker.condition(condition);
            condition.map(|condition| When::Expr(checker.settle(condition, lets)))
        }
    };
    let outcomes: Vec<Option<Outcome>> =
        written.outcomes.iter().map(|outcome| one_outcome(checker, outcome, lets)).collect();
    let because = match &written.because {
        Some(text) => template(checker, text, lets),
        None => Some(Template::default()),
    };
    Some(Arm {
        when: when?,
        outcomes: outcomes.into_iter().collect::<Option<_>>()?,
        because: because?,
        span: written.span,
    })
}

fn one_outcome(checker: &mut Checker<'_>, written: &WrittenOutcome, lets: &[Let]) -> Option<Outcome> {
    let kind = match &written.kind {
        Written::Rank(tier, keys) => rank(checker, tier, keys, lets),
        Written::Alert(severity) => alert(checker, severity, lets),
        Written::Revoke { target, each, by } => revoke(checker, target, *each, by.as_ref(), lets),
        Written::Block(target) => {
            let target =
                target_expr(checker, target, lets, &[FactKind::Entity, FactKind::Event, FactKind::Request]);
            let lasting = written.lasting.as_ref().map(|lasting| period(checker, lasting, lets));
            match (target, lasting) {
                (Some(target), None) => Some(OutcomeKind::Block { target, lasting: None }),
                (Some(target), Some(Some(lasting))) => {
                    Some(OutcomeKind::Block { target, lasting: Some(lasting) })
                }
                _ => None,
            }
        }
    };
    let within = written.within.as_ref().map(|within| period(checker, within, lets));
    let with: Vec<Option<(Name, Obligation)>> = written
        .with
        .iter()
        .map(|(name, value)| Some((Name::from(&name.text), obligation(checker, value, lets)?)))
        .collect();
    Some(Outcome {
        kind: kind?,
        within: match within {
            Some(within) => Some(within?),
            None => None,
        },
        with: with.into_iter().collect::<Option<_>>()?,
    })
}

fn rank(checker: &mut Checker<'_>, tier: &Tree, keys: &[(Tree, bool)], lets: &[Let]) -> Option<OutcomeKind> {
    let tier = checker.expr(tier, None);
    let tier = tier.and_then(|tier| {
        if !checker_ordered(checker, &tier.ty) {
            checker.report(
                Diagnostic::new(
                    Code::BadOutcome,
                    tier.span,
                    format!("a tier is a member of an ordered enum, not `{}`", tier.ty),
                )
                .label("not a tier")
                .help("declare `enum Tier { low < high }`, the most urgent last"),
            );
            return None;
        }
        Some(checker.settle(tier, lets))
    });
    let keys: Vec<Option<RankKey>> = keys
        .iter()
        .map(|(key, descending)| {
            let expr = shown_value(checker, key, lets, "a rank key")?;
            let ordered = matches!(
                expr.ty,
                Type::Bool
                    | Type::String
                    | Type::Bytes
                    | Type::Timestamp
                    | Type::Duration
                    | Type::Fact(_)
                    | Type::Dyn
            ) || is_number(&expr.ty)
                || checker_ordered(checker, &expr.ty);
            if !ordered {
                let text = format!("`{}` has no order to rank by", expr.ty);
                checker.error(
                    Code::UnorderedEnum,
                    expr.span,
                    text,
                    "not ordered",
                    "rank by a number, a text, an instant, a duration or an ordered enum",
                );
                return None;
            }
            Some(RankKey { expr, descending: *descending })
        })
        .collect();
    Some(OutcomeKind::Rank { tier: tier?, keys: keys.into_iter().collect::<Option<_>>()? })
}

fn checker_ordered(checker: &Checker<'_>, ty: &Type) -> bool {
    matches!(ty, Type::Enum(name) if enums::by_name(checker.db, name).is_some_and(|of| of.ordered))
}

fn alert(checker: &mut Checker<'_>, severity: &Tree, lets: &[Let]) -> Option<OutcomeKind> {
    let name = Name::from(SEVERITY);
    if let TreeKind::Name(word) = &severity.kind
        && checker.local(word).is_none()
    {
        let index = checker.member(&name, word, severity.span)?;
        let severity = checker.constant_expr(Const::Enum(name, index), severity.span);
        return Some(OutcomeKind::Alert { severity });
    }
    let ty = Type::Enum(name);
    let severity = checker.expr(severity, Some(&ty))?;
    let severity = checker.expect(severity, &ty, false)?;
    Some(OutcomeKind::Alert { severity: checker.settle(severity, lets) })
}

fn revoke(
    checker: &mut Checker<'_>,
    target: &Tree,
    each: bool,
    by: Option<&Ident>,
    lets: &[Let],
) -> Option<OutcomeKind> {
    let stage = match by {
        None => Some(Stage::Quarantine),
        Some(word) => stage(checker, word),
    };
    if !each {
        let target = target_expr(checker, target, lets, &[FactKind::Entity])?;
        return Some(OutcomeKind::Revoke { target, each, by: stage? });
    }
    let list = checker.expr(target, None)?;
    let entity = match &list.ty {
        Type::List(of) => fact_kind(checker, of) == Some(FactKind::Entity),
        _ => false,
    };
    if !entity {
        let text = format!("`revoke each` takes a list of entities, not `{}`", list.ty);
        checker.error(
            Code::BadOutcome,
            list.span,
            text,
            "nothing to revoke",
            "give a list of secrets, grants, sessions or identities",
        );
        return None;
    }
    Some(OutcomeKind::Revoke { target: checker.settle(list, lets), each, by: stage? })
}

/// The stage that a word names.
pub(in crate::sema) fn stage(checker: &mut Checker<'_>, word: &Ident) -> Option<Stage> {
    Some(match word.text.as_str() {
        "stage" => Stage::Stage,
        "quarantine" => Stage::Quarantine,
        "rotate" => Stage::Rotate,
        "destroy" => Stage::Destroy,
        other => {
            let report = Diagnostic::new(
                Code::UnknownMember,
                word.span,
                format!("`{other}` is no stage of a revocation"),
            )
            .label("not one of the four")
            .help("write `stage`, `quarantine`, `rotate` or `destroy`");
            checker.report(report);
            return None;
        }
    })
}

fn fact_kind(checker: &Checker<'_>, ty: &Type) -> Option<FactKind> {
    let Type::Fact(name) = ty else { return None };
    facts::by_name(checker.db, name).map(|fact| fact.kind)
}

fn target_expr(checker: &mut Checker<'_>, target: &Tree, lets: &[Let], kinds: &[FactKind]) -> Option<Expr> {
    let target = checker.expr(target, None)?;
    match fact_kind(checker, &target.ty) {
        Some(kind) if kinds.contains(&kind) => Some(checker.settle(target, lets)),
        _ => {
            let report =
                Diagnostic::new(Code::BadOutcome, target.span, format!("nothing acts on `{}`", target.ty))
                    .label("not a target");
            let list = matches!(&target.ty, Type::List(of) if fact_kind(checker, of).is_some());
            checker.report(if list {
                report.help("to act on every member write `revoke each …`")
            } else {
                report.help("a `revoke` takes a secret, grant, session or identity; a `block` also a request or workload")
            });
            None
        }
    }
}

/// A duration that is a constant or a param.
pub(super) fn period(checker: &mut Checker<'_>, tree: &Tree, lets: &[Let]) -> Option<Expr> {
    let period = checker.expr(tree, Some(&Type::Duration))?;
    let period = checker.expect(period, &Type::Duration, false)?;
    let period = time::unfold(period, lets);
    let varies = |part: &Expr| {
        matches!(part.kind, ExprKind::Var(_) | ExprKind::Let(_) | ExprKind::Now | ExprKind::All(_))
    };
    if walk::any(&period, &varies) {
        checker.error(
            Code::NotConstant,
            period.span,
            "a deadline is a duration that does not depend on the case",
            "depends on the case",
            "write a literal such as `24h`, or a param",
        );
        return None;
    }
    Some(period)
}

/// A value that leaves the engine: no `now`, nothing sensitive.
fn shown_value(checker: &mut Checker<'_>, tree: &Tree, lets: &[Let], what: &str) -> Option<Expr> {
    let value = checker.expr(tree, None)?;
    refuse_sensitive(checker, &value, what)?;
    Some(checker.settle(value, lets))
}

fn refuse_sensitive(checker: &mut Checker<'_>, value: &Expr, what: &str) -> Option<()> {
    if holds_sensitive(&value.ty) {
        checker.report(
            Diagnostic::new(
                Code::SensitiveFlow,
                value.span,
                format!("a sensitive value would be shown in {what}"),
            )
            .label("sensitive")
            .note("it may be compared for equality, counted and measured, and never shown")
            .help("show something that names it: its key, its kind, its `size()`"),
        );
        return None;
    }
    Some(())
}

fn template(checker: &mut Checker<'_>, text: &TextLit, lets: &[Let]) -> Option<Template> {
    let mut parts = Vec::new();
    let mut whole = true;
    for part in &text.parts {
        parts.push(match part {
            TextPart::Text(text) => TemplatePart::Text(text.clone()),
            TextPart::Missing(_) => TemplatePart::Missing,
            TextPart::Expr(tree) => {
                let Some(value) = checker.expr(tree, None) else {
                    whole = false;
                    continue;
                };
                if refuse_sensitive(checker, &value, "a message").is_none() {
                    whole = false;
                    continue;
                }
                TemplatePart::Expr(checker.settle_shown(value, lets))
            }
        });
    }
    whole.then_some(Template { parts })
}

fn obligation(checker: &mut Checker<'_>, written: &WrittenObligation, lets: &[Let]) -> Option<Obligation> {
    let text = match written {
        WrittenObligation::Value(value) => {
            return shown_value(checker, value, lets, "an obligation").map(Obligation::Value);
        }
        WrittenObligation::Text(text) => text,
    };
    let mut parts = Vec::new();
    let mut whole = true;
    for part in &text.parts {
        let part = match part {
            TextPart::Text(text) => Some(TemplatePart::Text(text.clone())),
            TextPart::Missing(span) => {
                checker.report(
                    Diagnostic::new(Code::UnknownName, *span, "`{missing}` stands in a `because` only")
                        .label("not known in an obligation")
                        .help("every decision lists what is missing besides; write it into the `because`"),
                );
                None
            }
            TextPart::Expr(tree) => shown_value(checker, tree, lets, "an obligation").map(TemplatePart::Expr),
        };
        whole &= part.is_some();
        parts.extend(part);
    }
    match parts.as_slice() {
        _ if !whole => None,
        [] => Some(Obligation::Value(checker.constant_expr(Const::String(String::new()), text.span))),
        [TemplatePart::Text(plain)] => {
            Some(Obligation::Value(checker.constant_expr(Const::String(plain.clone()), text.span)))
        }
        _ => Some(Obligation::Text(Template { parts })),
    }
}

/// The place of an arm's left side.
pub(super) fn when_span(written: &WrittenArm) -> Span {
    match &written.when {
        WrittenWhen::Expr(condition) => condition.span,
        WrittenWhen::Unknown(span) | WrittenWhen::Otherwise(span) => *span,
    }
}
