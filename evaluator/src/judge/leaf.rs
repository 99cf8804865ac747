//! The leaves of evaluation: operators and functions of known values.
//!
//! Our own ([`crate::scalar`]), or the `cel` crate's, against which they are held. Times are our own on
//! both, regular expressions go through [`super::pattern`].

use std::rc::Rc;

use assize_lang::library::pattern::{Pattern, PatternError};
use assize_lang::plan::{ArithOp, Builtin, CompareOp};

#[cfg(feature = "reference")]
use super::leaf_cel::CelCrate;
use super::{library, nanos, pattern::Patterns, time};
use crate::scalar;
use crate::value::{Numbers, Value};

/// The scalar evaluator of one run.
pub(crate) struct Leaves {
    by: By,
    /// Whether they are a lone expression's, which means what CEL's cases say where policies know better.
    lone: bool,
    patterns: Patterns,
}

/// What computes.
enum By {
    Native,
    #[cfg(feature = "reference")]
    Cel(CelCrate),
}

impl Leaves {
    /// Our own.
    pub(crate) fn native() -> Self {
        Self::new(By::Native)
    }

    /// The `cel` crate's.
    #[cfg(feature = "reference")]
    pub(crate) fn cel() -> Self {
        Self::new(By::Cel(CelCrate::new()))
    }

    fn new(by: By) -> Self {
        Self { by, lone: false, patterns: Patterns::default() }
    }

    /// The same for lone expressions: numbers by way of doubles, times in nanoseconds.
    pub(crate) fn of_lone(self) -> Self {
        Self { lone: true, ..self }
    }

    const fn numbers(&self) -> Numbers {
        if self.lone { Numbers::Doubles } else { Numbers::Exact }
    }

    /// `a op b` of values that are there; `None` where they have no such comparison.
    pub(crate) fn compare(&self, op: CompareOp, a: &Value, b: &Value) -> Option<bool> {
        match &self.by {
            By::Native => scalar::compare(self.numbers(), op, a, b),
            #[cfg(feature = "reference")]
            By::Cel(cel) => cel.compare(self.numbers(), op, a, b),
        }
    }

    /// `a op b`
    pub(crate) fn arith(&self, op: ArithOp, a: &Value, b: &Value) -> Result<Value, String> {
        let times = if self.lone { nanos::arith(op, a, b) } else { time::arith(op, a, b) };
        if let Some(result) = times {
            return result;
        }
        let result = match &self.by {
            By::Native => scalar::arith(op, a, b),
            #[cfg(feature = "reference")]
            By::Cel(cel) => cel.arith(op, a, b),
        };
        result.ok_or_else(|| {
            let zero =
                matches!(b, Value::Int(0) | Value::Uint(0)) && matches!(op, ArithOp::Div | ArithOp::Rem);
            match (zero, a.is_number() && b.is_number()) {
                (true, _) => "division by zero".to_owned(),
                (false, true) => "the result is out of range".to_owned(),
                (false, false) => format!("`{}` has no meaning for these types", op.symbol()),
            }
        })
    }

    /// `-a`
    pub(crate) fn neg(&self, a: &Value) -> Result<Value, String> {
        let result = match &self.by {
            By::Native => scalar::neg(a),
            #[cfg(feature = "reference")]
            By::Cel(cel) => cel.neg(a),
        };
        result.ok_or_else(|| "the result is out of range".to_owned())
    }

    /// The regular expression that a text is.
    pub(super) fn pattern(&self, text: &str) -> Result<Rc<Pattern>, PatternError> {
        self.patterns.get(text)
    }

    /// A function of the library.
    pub(crate) fn call(&self, function: Builtin, arguments: &[&Value]) -> Result<Value, String> {
        match (function, arguments) {
            (Builtin::ToDyn, [value]) => return Ok((*value).clone()),
            (Builtin::Matches, [Value::String(text), Value::String(pattern)]) => {
                let pattern = self.pattern(pattern).map_err(|error| error.to_string())?;
                return Ok(Value::Bool(pattern.is_match(text)));
            }
            (Builtin::Glob, [Value::String(text), Value::String(pattern)]) => {
                return Ok(Value::Bool(super::pattern::glob(text, pattern)));
            }
            _ => {}
        }
        if let Some(result) = library::call(function, arguments) {
            return result;
        }
        let times =
            if self.lone { nanos::call(function, arguments) } else { time::call(function, arguments) };
        if let Some(result) = times {
            return result;
        }
        let result = match &self.by {
            By::Native => scalar::call(self.numbers(), function, arguments),
            #[cfg(feature = "reference")]
            By::Cel(cel) => cel.call(self.numbers(), function, arguments),
        };
        result.ok_or_else(|| format!("`{}` has no result here", function.name()))
    }
}
