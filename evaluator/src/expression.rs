//! Conditions that arrive as data: lone CEL expressions, evaluated over values.
//!
//! A cloud's IAM condition is a text in an export. [`assize_lang::expression::compile`] checks it against the
//! variables that such conditions have; [`evaluate`] says what it can come to. Nothing here can stop the
//! process or make it wait: the parser bounds size and nesting, the budget bounds what is computed, and what
//! cannot be judged is unknown with a cause.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use assize::expression::{condition, evaluate};
//! use assize::facts::Instant;
//! use assize::value::{Cause, Value};
//! use assize_lang::{expression::compile, plan::Type};
//!
//! // What a GCP IAM condition may name.
//! let variables = [
//!     ("request.time".to_owned(), Type::Timestamp),
//!     ("resource.name".to_owned(), Type::String),
//! ];
//! let text = r#"request.time < timestamp("2026-07-01T00:00:00Z") &&
//!               resource.name.startsWith("projects/northwind/secrets/ci-")"#;
//! let compiled = compile(text, &variables);
//!
//! let at: Instant = "2026-06-01T12:00:00Z".parse()?;
//! let mut bindings = BTreeMap::from([("request.time".to_owned(), Value::Timestamp(at.0))]);
//! // The resource is not known, and the answer hangs on it.
//! assert_eq!(condition(&compiled, &bindings).truth(), None);
//!
//! bindings.insert("resource.name".to_owned(), Value::text("projects/northwind/secrets/ci-deploy"));
//! assert_eq!(condition(&compiled, &bindings).truth(), Some(true));
//!
//! // What this engine does not know how to judge is unknown, never false.
//! let strange = compile("resource.matchTag('env', 'prod')", &variables);
//! let judged = condition(&strange, &bindings);
//! assert_eq!(judged.truth(), None);
//! assert_eq!(judged.causes.sorted()[0].cause, Cause::Unsupported);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::diagnostic::Diagnostic;
use assize_lang::expression::Compiled;
use assize_lang::plan::{Program, Schema};

use crate::budget::Budget;
pub use crate::judge::Functions;
use crate::judge::{Evaluator, Leaves, nobody};
use crate::store::{Loader, Trust, View};
use crate::value::{Cause, Causes, Missing, Possible, Value};

/// How much [`evaluate`] and [`condition`] compute: values made and read, 64 bytes of a text counting as one.
pub const REACH: u64 = 100_000;

/// What an expression can come to, by its variables' values.
///
/// A variable without a value is unknown, cause `not collected`; an error that cannot be avoided is unknown,
/// cause `error`; more work than [`REACH`] is unknown, cause `unsupported`.
#[must_use]
pub fn evaluate(compiled: &Compiled, bindings: &BTreeMap<String, Value>) -> Possible {
    evaluate_within(compiled, bindings, Budget::reach(REACH))
}

/// The same within a budget of one's own.
#[must_use]
pub fn evaluate_within(compiled: &Compiled, bindings: &BTreeMap<String, Value>, budget: Budget) -> Possible {
    evaluate_with(compiled, bindings, &Functions::new(), budget)
}

/// The same with what the functions compute that the host declares.
#[must_use]
pub fn evaluate_with(
    compiled: &Compiled,
    bindings: &BTreeMap<String, Value>,
    functions: &Functions,
    budget: Budget,
) -> Possible {
    run(&Leaves::native().of_lone(), compiled, bindings, functions, budget)
}

/// What [`evaluate`] has to equal: the same with the `cel` crate at the leaves.
#[cfg(feature = "reference")]
#[must_use]
pub fn evaluate_reference(compiled: &Compiled, bindings: &BTreeMap<String, Value>) -> Possible {
    run(&Leaves::cel().of_lone(), compiled, bindings, &Functions::new(), Budget::reach(REACH))
}

fn run(
    leaves: &Leaves,
    compiled: &Compiled,
    bindings: &BTreeMap<String, Value>,
    functions: &Functions,
    budget: Budget,
) -> Possible {
    let schema: Arc<Schema> = Arc::default();
    let nobody = nobody(&compiled.text);
    let (program, params) = (Program::default(), BTreeMap::new());
    let empty = Loader::new(Arc::clone(&schema)).finish();
    let view = View::new(&schema, &empty, &Trust::default(), 0, None);
    let evaluator = Evaluator::new(&program, &params, &nobody, &view, leaves, budget.reach)
        .of_lone(compiled, bindings, functions);
    let eval = evaluator.eval(&compiled.expr);
    if evaluator.exhausted() {
        let why = unsupported(format!("more to compute than the limit of {}", budget.reach));
        return Possible::unknown(&compiled.expr.ty, compiled.expr.optional, &schema, why);
    }
    eval.possible
}

/// A condition's truth, or why it is not known. A text that did not compile cannot be judged: it is unknown,
/// cause `unsupported`, with what the checker said first.
#[must_use]
pub fn condition(
    compiled: &Result<Compiled, Vec<Diagnostic>>,
    bindings: &BTreeMap<String, Value>,
) -> Possible {
    condition_with(compiled, bindings, &Functions::new(), Budget::reach(REACH))
}

/// The same with what the functions compute that the host declares, within a budget of one's own.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use assize::Budget;
/// use assize::expression::{Functions, REACH, condition_with};
/// use assize::value::Value;
/// use assize_lang::expression::{Function, Options, Overload, compile_with};
/// use assize_lang::plan::Type;
///
/// let prefix = Overload::call([Type::String], Type::String);
/// let options = Options { functions: vec![Function::new("project", [prefix])], ..Options::default() };
/// let variables = [("resource.name".to_owned(), Type::String)];
/// let compiled = compile_with("project(resource.name) == 'northwind'", &variables, &options);
///
/// let functions = Functions::new().with("project", |values| match values {
///     [Value::String(name)] => match name.split('/').nth(1) {
///         Some(project) => Ok(Value::text(project)),
///         None => Err("no project in the name".to_owned()),
///     },
///     _ => Err("one text expected".to_owned()),
/// });
/// let name = Value::text("projects/northwind/secrets/ci-deploy");
/// let bindings = BTreeMap::from([("resource.name".to_owned(), name)]);
/// let judged = condition_with(&compiled, &bindings, &functions, Budget::reach(REACH));
/// assert_eq!(judged.truth(), Some(true));
/// ```
#[must_use]
pub fn condition_with(
    compiled: &Result<Compiled, Vec<Diagnostic>>,
    bindings: &BTreeMap<String, Value>,
    functions: &Functions,
    budget: Budget,
) -> Possible {
    match compiled {
        Err(diagnostics) => {
            let first = diagnostics.first().map_or("not an expression", |first| first.message.as_str());
            Possible::maybe(unsupported(first.to_owned()))
        }
        Ok(compiled) => {
            let possible = evaluate_with(compiled, bindings, functions, budget);
            let truth = possible.mask().is_some_and(|mask| mask != 0) && !possible.absent;
            if truth { possible } else { not_a_truth(possible) }
        }
    }
}

fn not_a_truth(possible: Possible) -> Possible {
    if possible.is_known() {
        return Possible::error_bool("the condition is no truth");
    }
    Possible::maybe(possible.causes)
}

fn unsupported(detail: String) -> Causes {
    Causes::one(Missing { detail: Some(detail), ..Missing::new(Cause::Unsupported) })
}

#[cfg(test)]
mod tests {
    use assize_lang::expression::{Options, compile, compile_with};
    use assize_lang::plan::Type;

    use super::*;

    fn judge(text: &str) -> Possible {
        let variables = [("n".to_owned(), Type::Int), ("s".to_owned(), Type::String)];
        let bindings = BTreeMap::from([("n".to_owned(), Value::Int(3))]);
        condition(&compile(text, &variables), &bindings)
    }

    #[test]
    fn a_gap_is_unknown_only_where_it_matters() {
        assert_eq!(judge("n > 2 || s == 'a'").truth(), Some(true));
        let open = judge("n > 2 && s == 'a'");
        assert_eq!(open.truth(), None);
        assert_eq!(open.causes.in_words(9), "`s` was not collected");
    }

    #[test]
    fn what_cannot_be_judged_says_why() {
        let cases = [
            ("n >", Cause::Unsupported),
            ("n == 'a'", Cause::Unsupported),
            ("m == 1", Cause::Unsupported),
            ("n / 0 == 1", Cause::Error),
            ("dyn(n)", Cause::Error),
        ];
        for (text, cause) in cases {
            let judged = judge(text);
            assert_eq!(judged.truth(), None, "{text}");
            assert_eq!(judged.causes.sorted().first().map(|first| first.cause), Some(cause), "{text}");
        }
    }

    #[test]
    fn nothing_grows_without_end() {
        let mut nested = "['x'].map(v0, v0 + v0)".to_owned();
        for level in 1..40 {
            nested = format!("{nested}.map(v{level}, v{level} + v{level})");
        }
        let mut counted = "true".to_owned();
        for level in 0..12 {
            counted = format!("[1, 2, 3, 4, 5, 6, 7, 8, 9].all(v{level}, {counted})");
        }
        let long = format!("'{}'.replace('', '{}') == ''", "a".repeat(9_000), "b".repeat(9_000));
        for text in [format!("{nested} == []"), counted, long] {
            let judged = condition(&compile(&text, &[]), &BTreeMap::new());
            assert_eq!(judged.truth(), None, "{}", text.get(..40).unwrap_or_default());
        }
    }

    #[test]
    fn types_may_be_asked_late() {
        let options = Options { late: true, ..Options::default() };
        let late = |text: &str| condition(&compile_with(text, &[], &options), &BTreeMap::new());
        assert!(compile("1 == 'a'", &[]).is_err());
        assert_eq!(late("1 == 'a'").truth(), Some(false));
        assert_eq!(late("1 < 'a'").truth(), None);
        assert_eq!(late("1 < 'a' || true").truth(), Some(true));
    }
}
