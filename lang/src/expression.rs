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

/// A function of the host's own, which lone expressions may call. It takes the place of a function of CEL's that
/// has its name; macros (`has`, `exists`, `map`) stay what they are.
///
/// What it computes is the evaluator's to be told; a plan only names it.
///
/// ```
/// use assize_lang::expression::{Function, Options, Overload, compile_with};
/// use assize_lang::plan::{Name, Type};
///
/// let of = Type::Param(Name::from("T"));
/// let options = Options {
///     functions: vec![
///         // `inCidr('10.0.0.0/8', address)`
///         Function::new("inCidr", [Overload::call([Type::String, Type::String], Type::Bool)]),
///         // `list.last()`, of whatever the list holds.
///         Function::new("last", [Overload::method([Type::List(Box::new(of.clone()))], of)]),
///     ],
///     ..Options::default()
/// };
/// let compiled = compile_with("[1, 2].last()", &[], &options)?;
/// assert_eq!(compiled.expr.ty, Type::Int);
/// assert!(compile_with("inCidr(1, 2)", &[], &options).is_err());
/// # Ok::<(), Vec<assize_lang::diagnostic::Diagnostic>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name, with its namespace where it has one: `net.inCidr`.
    pub name: String,
    /// What it can be called with. Where several fit and their results differ, the call is `dyn`.
    pub overloads: Vec<Overload>,
}

impl Function {
    /// A function with these overloads.
    pub fn new(name: impl Into<String>, overloads: impl Into<Vec<Overload>>) -> Self {
        Self { name: name.into(), overloads: overloads.into() }
    }
}

/// One way to call a [`Function`]. [`Type::Param`] stands for any type, the same one wherever it is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overload {
    /// Whether the first argument stands before a dot: `x.f(y)`.
    pub method: bool,
    /// The types of its arguments.
    pub params: Vec<Type>,
    /// The type of its value.
    pub result: Type,
}

impl Overload {
    /// `f(x, y)`
    pub fn call(params: impl Into<Vec<Type>>, result: Type) -> Self {
        Self { method: false, params: params.into(), result }
    }

    /// `x.f(y)`
    pub fn method(params: impl Into<Vec<Type>>, result: Type) -> Self {
        Self { method: true, params: params.into(), result }
    }
}

/// How a lone expression is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The functions that the host has besides CEL's.
    pub functions: Vec<Function>,
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
