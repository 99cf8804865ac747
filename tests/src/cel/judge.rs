//! Runs one case.

use assize::expression::{evaluate, evaluate_reference};
use assize::value::{Cause, Possible, Value};
use assize_lang::diagnostic::{Code, Diagnostic};
use assize_lang::expression;

use super::case::{Case, Wanted};
use super::typed::same;

/// What became of a case.
#[derive(PartialEq)]
pub(super) enum Verdict {
    Pass,
    /// What came instead.
    Fail(String),
    /// It asks for what the language does not have.
    Out(&'static str),
}

/// What computes at the leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaves {
    /// The engine's own.
    Own,
    /// The `cel` crate's, as in the reference engine.
    Crate,
}

/// Compiles and evaluates the case. A result that is not certain counts as an error.
pub(super) fn judge(case: &Case, leaves: Leaves) -> Verdict {
    let evaluate = match leaves {
        Leaves::Own => evaluate,
        Leaves::Crate => evaluate_reference,
    };
    match (expression::compile_with(&case.expr, &case.variables, &case.options), &case.wanted) {
        (_, Wanted::Out(reason)) => Verdict::Out(reason),
        (Ok(compiled), _) if case.deduced.as_ref().is_some_and(|ty| *ty != compiled.expr.ty) => {
            Verdict::Fail(format!("of another type: `{}`", compiled.expr.ty))
        }
        (Ok(_), Wanted::Compiles) => Verdict::Pass,
        (Ok(compiled), Wanted::Error(error)) => {
            let got = evaluate(&compiled, &case.bindings);
            if got.is_known() || (not_there(&got) && !(unbound(error) || error.contains("no such overload")))
            {
                Verdict::Fail(format!("an error was wanted: {}", shown(&got)))
            } else {
                Verdict::Pass
            }
        }
        (Ok(compiled), Wanted::Value(value)) => {
            let got = evaluate(&compiled, &case.bindings);
            if is(&got, value) {
                Verdict::Pass
            } else {
                Verdict::Fail(format!("wanted {value:?}: {}", shown(&got)))
            }
        }
        (Err(said), Wanted::Error(error)) if found_early(&said, error) => Verdict::Pass,
        (Err(said), _) => {
            let said: Vec<&str> = said.iter().map(|said| said.message.as_str()).collect();
            Verdict::Fail(format!("does not compile: {}", said.join("; ")))
        }
    }
}

/// Whether the checker found the error that evaluation was to find: of types, or a name that the case says
/// is not there. What it cannot read or does not know proves nothing.
fn found_early(said: &[Diagnostic], error: &str) -> bool {
    let unbound = unbound(error);
    said.iter().all(|said| match said.code {
        Code::TypeMismatch | Code::NoOverload | Code::MaybeAbsent => true,
        Code::UnknownName | Code::UnknownFunction => unbound,
        _ => false,
    })
}

/// Whether the case is about a name that is not there.
fn unbound(error: &str) -> bool {
    ["undeclared", "unbound", "unknown variable"].iter().any(|word| error.contains(word))
}

/// Whether the result is not certain for want of a name or function alone.
fn not_there(got: &Possible) -> bool {
    got.causes.sorted().iter().all(|missing| missing.cause == Cause::Unsupported)
}

fn is(got: &Possible, wanted: &Value) -> bool {
    match (got.value(), wanted) {
        (Some(got), wanted) => same(got, wanted),
        (None, Value::Null) => got.is_absent(),
        (None, _) => false,
    }
}

fn shown(got: &Possible) -> String {
    match got.value() {
        Some(value) => format!("{value:?}"),
        None if got.is_absent() => "null".to_owned(),
        None => format!("unknown: {}", got.causes.in_words(3)),
    }
}
