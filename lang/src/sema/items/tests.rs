//! `test`.

use super::super::resolve::{self, DeclKind};
use super::super::scope::Checker;
use super::super::{Checked, suggest};
use super::constants::constant;
use super::{enums, facts, params};
use crate::db::{self, Db, Item};
use crate::diagnostic::{Code, Diagnostic, Severity, Span};
use crate::plan::{
    Check, Const, Expect, ExpectKind, Expr, ExprKind, FactType, Given, Name, Said, Step, Test, Type,
};
use crate::sema::policy::stage;
use crate::syntax::ast::{
    Check as WrittenCheck, Expect as WrittenExpect, ExpectKind as WrittenKind, Expr as Tree,
    ExprKind as TreeKind, Ident, ItemKind, Literal, Path, StepKind,
};

/// The test that an item declares.
#[salsa::tracked]
pub(in crate::sema) fn test<'db>(db: &'db dyn Db, item: Item<'db>) -> Checked<Test> {
    let Some(tree) = &db::parsed(db, item).item else { return Checked::nothing() };
    let ItemKind::Test(written) = &tree.kind else { return Checked::nothing() };
    let mut checker = Checker::of_item(db, item);
    checker.facts = false;
    let mut steps = Vec::new();
    let mut now: Option<i64> = None;
    for step in &written.steps {
        let checked = match &step.kind {
            StepKind::Now(expr) => clock(&mut checker, expr, &mut now),
            StepKind::Given(fact) => {
                if now.is_none() {
                    checker.error(
                        Code::Syntax,
                        step.span,
                        "a test says first what time it is",
                        "no `now` above this step",
                        "start with a line such as `now 2026-06-01T00:00:00Z`",
                    );
                    now = Some(0);
                }
                given(&mut checker, fact)
            }
            StepKind::Without(path, key) => {
                let kinds = [DeclKind::Fact, DeclKind::Request];
                match resolve::path(db, checker.file, path, &kinds, Code::UnknownType) {
                    Ok(decl) => Some(Step::Without(
                        decl.name.name(db).clone(),
                        key.as_ref().map(|key| key.value.clone()),
                    )),
                    Err(report) => {
                        checker.report(*report);
                        None
                    }
                }
            }
            StepKind::Set(path, value) => set(&mut checker, path, value),
            StepKind::Expect(expected) => expect(&mut checker, expected),
            StepKind::Check(written) => check(&mut checker, written),
        };
        steps.extend(checked.map(|checked| (checked, step.span)));
    }
    let value = Test {
        name: written.name.value.clone(),
        file: item.file(db).path(db).to_owned(),
        span: tree.span,
        steps,
    };
    Checked::new(Some(value), checker.diagnostics)
}

fn clock(checker: &mut Checker<'_>, expr: &Tree, now: &mut Option<i64>) -> Option<Step> {
    // `now now + 3d` moves the clock from where it stands.
    let at = match &expr.kind {
        TreeKind::Literal(Literal::Timestamp(at)) => Some(*at),
        _ => {
            let checked = checker.expr(expr, Some(&Type::Timestamp))?;
            now.and_then(|now| fold(&checked, now))
        }
    };
    let Some(at) = at else {
        checker.error(
            Code::NotConstant,
            expr.span,
            "expected an instant",
            "no instant that is known before the test runs",
            "write one as in `2026-06-01T00:00:00Z` or `now + 3d`",
        );
        return None;
    };
    if now.is_some_and(|now| at < now) {
        checker.error(
            Code::OutOfBounds,
            expr.span,
            "the clock of a test never goes back",
            "before the step above",
            "give a later instant, or begin a test of its own",
        );
    }
    *now = Some(at);
    Some(Step::Now(at))
}

/// The value of an expression of instants and durations, with the test's clock.
fn fold(expr: &Expr, now: i64) -> Option<i64> {
    use crate::plan::ArithOp;
    match &expr.kind {
        ExprKind::Now => Some(now),
        ExprKind::Const(Const::Duration(value) | Const::Timestamp(value)) => Some(*value),
        ExprKind::Arith(ArithOp::Add, left, right) => fold(left, now)?.checked_add(fold(right, now)?),
        ExprKind::Arith(ArithOp::Sub, left, right) => fold(left, now)?.checked_sub(fold(right, now)?),
        _ => None,
    }
}

fn given(checker: &mut Checker<'_>, fact: &Tree) -> Option<Step> {
    let TreeKind::Struct(path, written) = &fact.kind else {
        checker.error(
            Code::Syntax,
            fact.span,
            "expected a fact",
            "no fact",
            "write one as in `Secret { id: \"a\" }`",
        );
        return None;
    };
    let kinds = [DeclKind::Fact, DeclKind::Request];
    let decl = match resolve::path(checker.db, checker.file, path, &kinds, Code::UnknownType) {
        Ok(decl) => decl,
        Err(report) => {
            checker.report(*report);
            return None;
        }
    };
    let of = facts::by_name(checker.db, decl.name.name(checker.db))?.clone();
    let mut fields = Vec::new();
    let mut whole = true;
    for (name, value) in written {
        match given_field(checker, &of, name, value) {
            Some(value) => fields.push((Name::from(&name.text), value)),
            None => whole = false,
        }
    }
    whole.then(|| Step::Given(Given { ty: of.name.clone(), fields }))
}

fn given_field(checker: &mut Checker<'_>, of: &FactType, name: &Ident, value: &Tree) -> Option<Expr> {
    let Some(field) = of.field(&name.text) else {
        let report = facts::unknown_field(of, &name.text, name.span);
        checker.report(report);
        return None;
    };
    // A reference is given by its key.
    let wanted = by_key(&field.ty);
    let checked = checker.expr(value, Some(&wanted))?;
    let null = checked.ty == Type::Null;
    if null && !field.optional {
        checker.report(
            Diagnostic::new(Code::TypeMismatch, value.span, format!("`{}` is never absent", name.text))
                .label("`null` is known to be absent")
                .help("leave the field out: then it was not collected"),
        );
        return None;
    }
    checker.expect(checked, &wanted, field.optional)
}

/// The type of what a test gives for a field: keys for references.
fn by_key(ty: &Type) -> Type {
    match ty {
        Type::Fact(_) => Type::String,
        Type::List(of) => Type::List(Box::new(by_key(of))),
        Type::Sensitive(of) => by_key(of),
        other => other.clone(),
    }
}

fn set(checker: &mut Checker<'_>, path: &Path, value: &Tree) -> Option<Step> {
    let decl = match resolve::path(checker.db, checker.file, path, &[DeclKind::Param], Code::UnknownName) {
        Ok(decl) => decl,
        Err(report) => {
            checker.report(*report);
            return None;
        }
    };
    let ty = params::declared_type(checker.db, decl.item)?;
    let span = value.span;
    let value = constant(checker, value, &ty, false)?;
    if let Some(param) = &params::param(checker.db, decl.item).value
        && !params::within(&value, param.bounds.as_ref())
    {
        let text = format!("param `{}` is set outside its bounds", param.name.short());
        checker.report(
            Diagnostic::new(Code::OutOfBounds, span, text)
                .label("not within them")
                .note("no deployment can set it so either")
                .help("give a value within the bounds, or move them"),
        );
        return None;
    }
    Some(Step::Set(decl.name.name(checker.db).clone(), value))
}

fn expect(checker: &mut Checker<'_>, written: &WrittenExpect) -> Option<Step> {
    let mut whole = true;
    let by = match &written.by {
        None => None,
        Some(path) => {
            match resolve::path(checker.db, checker.file, path, &[DeclKind::Policy], Code::UnknownName) {
                Ok(decl) => Some(decl.name.name(checker.db).clone()),
                Err(report) => {
                    checker.report(*report);
                    whole = false;
                    None
                }
            }
        }
    };
    let kind = match &written.kind {
        WrittenKind::Alert(severity) => {
            if let Some(word) = severity {
                whole =
                    checker.member(&Name::from(resolve::SEVERITY), &word.text, word.span).is_some() && whole;
            }
            ExpectKind::Alert(severity.as_ref().map(|word| word.text.clone()))
        }
        WrittenKind::Rank(tier) => {
            if let Some(word) = tier {
                whole = is_some_tier(checker, word) && whole;
            }
            ExpectKind::Rank(tier.as_ref().map(|word| word.text.clone()))
        }
        WrittenKind::Revoke(key, by) => {
            let by = match by {
                Some(word) => {
                    let stage = stage(checker, word);
                    whole = stage.is_some() && whole;
                    stage
                }
                None => None,
            };
            ExpectKind::Revoke(key.as_ref().map(|key| key.value.clone()), by)
        }
        WrittenKind::Block(key) => ExpectKind::Block(key.as_ref().map(|key| key.value.clone())),
        WrittenKind::Nothing => ExpectKind::Nothing,
        WrittenKind::Undetermined => ExpectKind::Undetermined,
    };
    for word in &written.could_be {
        if !["rank", "alert", "revoke", "block"].contains(&word.text.as_str()) {
            let text = format!("`{}` is no outcome", word.text);
            checker.error(
                Code::UnknownMember,
                word.span,
                text,
                "no such outcome",
                "write `rank`, `alert`, `revoke` or `block`",
            );
            whole = false;
        }
    }
    let valid_until = match &written.valid_until {
        None => None,
        Some(tree) => match tree.kind {
            TreeKind::Literal(Literal::Null) => Some(None),
            TreeKind::Literal(Literal::Timestamp(at)) => Some(Some(at)),
            _ => {
                not_an_instant(checker, tree.span);
                whole = false;
                None
            }
        },
    };
    whole.then(|| {
        Step::Expect(Expect {
            kind,
            on: written.on.iter().map(|key| key.value.clone()).collect(),
            by,
            because: written.because.iter().map(|text| text.value.clone()).collect(),
            could_be: written.could_be.iter().map(|word| word.text.clone()).collect(),
            valid_until,
        })
    })
}

/// The text itself is checked when the test runs.
fn check(checker: &mut Checker<'_>, written: &WrittenCheck) -> Option<Step> {
    let mut whole = true;
    let mut said = Vec::new();
    for one in &written.said {
        let severity = if one.severity.text == "error" { Severity::Error } else { Severity::Warning };
        if let Some(code) = &one.code {
            whole = is_code(checker, code, severity) && whole;
        }
        said.push(Said {
            severity,
            code: one.code.as_ref().map(|code| code.text.clone()),
            because: one.because.iter().map(|text| text.value.clone()).collect(),
        });
    }
    let text = written.text.value.clone();
    whole.then_some(Step::Check(Check { said, text, literal: written.text.span }))
}

/// Whether a word is the code of an error, or of a warning.
fn is_code(checker: &mut Checker<'_>, word: &Ident, severity: Severity) -> bool {
    let Some(code) = Code::named(&word.text) else {
        let text = format!("`{}` is no code of a diagnostic", word.text);
        let report = Diagnostic::new(Code::UnknownName, word.span, text).label("no such code");
        let codes = Code::ALL.iter().map(|code| code.as_str());
        checker.report(match suggest::nearest(&word.text, codes) {
            Some(near) => {
                report.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), word.span, near)
            }
            None => report
                .help("`assize check` says the code of what it refuses; `assize doc` has a page of each"),
        });
        return false;
    };
    if code.severity() == severity {
        return true;
    }
    let meant = code.severity();
    let text = format!(
        "`{code}` is the code of {}",
        if meant == Severity::Error { "an error" } else { "a warning" }
    );
    checker.report(
        Diagnostic::new(Code::UnknownName, word.span, text)
            .label(format!("no {severity} has it"))
            .help(format!("write `expect {meant} {code}`")),
    );
    false
}

fn not_an_instant(checker: &mut Checker<'_>, span: Span) {
    checker.error(
        Code::NotConstant,
        span,
        "expected an instant or `null`",
        "no instant",
        "write one as in `2026-06-01T00:00:00Z`",
    );
}

/// Whether any ordered enum that the file can see has the member: which one a policy ranks by is the
/// policy's affair.
fn is_some_tier(checker: &mut Checker<'_>, word: &Ident) -> bool {
    let names = resolve::visible(checker.db, checker.file, &[DeclKind::Enum]);
    let mut members = Vec::new();
    for name in &names {
        if let [decl] = resolve::candidates(checker.db, checker.file, name).as_slice()
            && let Some(of) = enums::by_name(checker.db, decl.name.name(checker.db))
            && of.ordered
        {
            members.extend(of.members.iter().map(|member| member.name.as_str().to_owned()));
        }
    }
    if members.contains(&word.text) {
        return true;
    }
    let report = Diagnostic::new(Code::UnknownMember, word.span, format!("`{}` is no tier", word.text))
        .label("not a member of an ordered enum in sight");
    let near = suggest::nearest(&word.text, members.iter().map(String::as_str)).map(str::to_owned);
    checker.report(match near {
        Some(near) => report.help(format!("did you mean `{near}`?")),
        None => report,
    });
    false
}
