//! Functions that the host of a lone expression declares.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use assize_lang::plan::{Expr, Name};

use super::eval::{Eval, Evaluator};
use crate::value::{Cause, Causes, Missing, Possible, Value};

/// What one of them computes: a value of the declared type, or why there is none.
type Body = dyn Fn(&[Value]) -> Result<Value, String> + Send + Sync;

/// What the functions compute that a host declares ([`assize_lang::expression::Options::functions`]), by their
/// names in full.
///
/// Each is called with known values that fit one of its overloads, as far as types are known before evaluation;
/// of a method the first is the one before the dot. It has to give the same value for the same arguments, and
/// what it takes is its own to bound. An error makes the value unknown with its text, cause `error`; a function
/// without a body is unknown, cause `unsupported`.
#[derive(Clone, Default)]
pub struct Functions(BTreeMap<String, Arc<Body>>);

impl Functions {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same and `name`, which computes `body`.
    #[must_use]
    pub fn with(
        mut self,
        name: impl Into<String>,
        body: impl Fn(&[Value]) -> Result<Value, String> + Send + Sync + 'static,
    ) -> Self {
        self.0.insert(name.into(), Arc::new(body));
        self
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<'a> Evaluator<'a> {
    /// A call of one of them: where every argument is known, what its body says.
    pub(super) fn declared(&self, expr: &Expr, name: &Name, arguments: &'a [Expr]) -> Eval {
        let arguments: Vec<Eval> = arguments.iter().map(|argument| self.eval(argument)).collect();
        let operands: Vec<&Eval> = arguments.iter().collect();
        let body = self.functions.and_then(|functions| functions.0.get(name.as_str()));
        let known = |argument: &Eval| {
            let possible = &argument.possible;
            possible.is_known().then(|| possible.value().cloned().unwrap_or(Value::Null))
        };
        let possible = match (body, arguments.iter().map(known).collect::<Option<Vec<Value>>>()) {
            (None, _) => {
                let detail = Some(format!("`{name}` is declared, and nothing here computes it"));
                self.unknown(expr, Causes::one(Missing { detail, ..Missing::new(Cause::Unsupported) }))
            }
            (Some(body), Some(values)) => match body(&values) {
                Ok(value) => Possible::known(value),
                Err(what) => self.error(expr, &what),
            },
            (Some(_), None) => {
                let causes = arguments.iter().map(|argument| argument.possible.causes.clone());
                self.unknown(expr, Causes::all(causes))
            }
        };
        Eval::from(possible, &operands)
    }
}
