//! Lone CEL expressions over variables: conditions that arrive as data.
//!
//! A cloud's IAM condition (`request.time < timestamp("2026-06-01T00:00:00Z")`) is a text in somebody's
//! export, not a part of a policy. Here such a text is parsed and checked by the language's own parser and
//! checker, with CEL's rules alone: no facts, no `now`, no names but the variables. What comes out is a plan
//! that an evaluator runs.

use crate::db::Database;
use crate::diagnostic::Diagnostic;
use crate::plan::{Expr, Slot, Type};
use crate::{sema, syntax};

/// A checked expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// The text, which every span of the plan points into.
    pub text: String,
    /// The plan.
    pub expr: Expr,
    /// The variables, and the slots that stand for them.
    pub variables: Vec<(String, Slot)>,
}

/// Checks `text` against the types of its variables. A variable's name may have dots (`request.time`); the
/// longest name wins.
///
/// ```
/// use assize_lang::{expression, plan::Type};
///
/// let variables = [("request.time".to_owned(), Type::Timestamp)];
/// let compiled = expression::compile("request.time.getHours('UTC') < 18", &variables)?;
/// assert_eq!(compiled.expr.ty, Type::Bool);
/// assert!(expression::compile("request.tiem < 18", &variables).is_err());
/// # Ok::<(), Vec<assize_lang::diagnostic::Diagnostic>>(())
/// ```
///
/// # Errors
///
/// What the parser or the checker has to say: a text that is no expression, a name that is no variable, a
/// function that there is none of, types that do not fit, a nesting or size over the limits of an item.
pub fn compile(text: &str, variables: &[(String, Type)]) -> Result<Compiled, Vec<Diagnostic>> {
    compile_with(text, variables, &Options::default())
}

/// How a lone expression is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// CEL's container: the package that a name may leave out. In `a.b`, `x` is `a.b.x`, else `a.x`, else `x`.
    pub container: String,
    /// Whether types, names and functions are asked for when they are come to, as CEL does where its checker
    /// is not run: `1 < 'a' || true` is then true.
    pub late: bool,
}

/// The same with options.
///
/// # Errors
///
/// As [`compile`]; where types are asked late, only for what cannot be read.
pub fn compile_with(
    text: &str,
    variables: &[(String, Type)],
    options: &Options,
) -> Result<Compiled, Vec<Diagnostic>> {
    const PATH: &str = "expression";
    let parsed = syntax::parse_expression(text);
    if !parsed.diagnostics.is_empty() {
        return Err(parsed.diagnostics);
    }
    let mut db = Database::default();
    db.set_source(PATH, "", false);
    let Some(file) = db.file(PATH) else { return Err(Vec::new()) };
    let (expr, variables) = sema::lone_expression(&db, file, &parsed.expr, variables, options)?;
    Ok(Compiled { text: text.to_owned(), expr, variables })
}
