//! Operators and functions over scalars: on known values, handed to the leaves.

use assize_lang::library::pattern::PatternError;
use assize_lang::plan::{ArithOp, Builtin, Expr};

use super::eval::{Eval, Evaluator, is_list};
use super::window::Window;
use crate::value::{Cause, Causes, Domain, Missing, Possible, Value, Values};

/// So many steps of matching count as one value.
const STEPS: u64 = 1024;

/// Why there is no value.
enum Fault {
    /// The computation is in error.
    Error(String),
    /// It is over a limit, so that it cannot be judged here.
    TooMuch(String),
}

impl From<String> for Fault {
    fn from(what: String) -> Self {
        Self::Error(what)
    }
}

impl<'a> Evaluator<'a> {
    /// `-a`
    pub(super) fn neg(&self, expr: &Expr, of: &'a Expr) -> Eval {
        let of = self.eval(of);
        self.on_known(expr, &[&of], |values| match values {
            [value] => self.leaves.neg(value),
            _ => Err("one value expected".to_owned()),
        })
    }

    /// `a op b`
    pub(super) fn arith(&self, expr: &'a Expr, op: ArithOp, a: &'a Expr, b: &'a Expr) -> Eval {
        if is_list(&expr.ty) {
            return self.list(expr, &Window::default()).as_value();
        }
        let (a, b) = (self.eval(a), self.eval(b));
        if let Some(range) = self.arith_range(op, &a.possible, &b.possible) {
            return Eval::from(range, &[&a, &b]);
        }
        self.on_known(expr, &[&a, &b], |values| match values {
            [a, b] => self.leaves.arith(op, a, b),
            _ => Err("two values expected".to_owned()),
        })
    }

    /// `range + k`, `range - k`: the ends move along.
    fn arith_range(&self, op: ArithOp, a: &Possible, b: &Possible) -> Option<Possible> {
        let (Values::Range(low, high), Some(by), ArithOp::Add | ArithOp::Sub) = (&a.values, b.value(), op)
        else {
            return None;
        };
        let moved = |end: &Option<Value>| match end {
            Some(end) => self.leaves.arith(op, end, by).map(Some),
            None => Ok(None),
        };
        let values = Values::Range(moved(low).ok()?, moved(high).ok()?);
        Some(Possible { values, absent: false, causes: a.causes.clone() })
    }

    /// A function of the library.
    pub(super) fn call(&self, expr: &Expr, function: Builtin, arguments: &'a [Expr]) -> Eval {
        let mut arguments: Vec<Eval> = arguments.iter().map(|argument| self.eval(argument)).collect();
        if takes_null(function) {
            arguments.iter_mut().for_each(|argument| {
                if argument.possible.is_absent() {
                    argument.possible =
                        Possible { absent: false, values: Values::One(Value::Null), ..Possible::absent() };
                }
            });
        }
        let operands: Vec<&Eval> = arguments.iter().collect();
        self.on_known(expr, &operands, |values| match (function, values) {
            (Builtin::Matches, [Value::String(text), Value::String(pattern)]) => self.matches(text, pattern),
            (Builtin::ToString, [Value::Enum(name, at)]) => {
                crate::store::scope_text(&Value::Enum(name.clone(), *at), self.view.schema())
                    .map(Value::text)
                    .ok_or_else(|| Fault::Error("no such member".to_owned()))
            }
            (Builtin::Replace, [text, _, with, ..]) if self.too_much(text, with) => {
                Err(Fault::TooMuch("the result is too long".to_owned()))
            }
            (Builtin::Join, [parts, between]) if self.too_much(parts, between) => {
                Err(Fault::TooMuch("the result is too long".to_owned()))
            }
            (Builtin::ToString, [Value::Fact(_, key)]) => Ok(Value::String(key.clone())),
            _ => self.leaves.call(function, values).map_err(Fault::Error),
        })
    }

    /// `text.matches(pattern)`. A lone expression pays for the steps that it may take, before it takes them.
    fn matches(&self, text: &str, pattern: &str) -> Result<Value, Fault> {
        let pattern = self.leaves.pattern(pattern).map_err(|error| match error {
            PatternError::NotRe2(why) => Fault::Error(why),
            PatternError::TooLarge(_) => Fault::TooMuch(error.to_string()),
        })?;
        if self.lone.is_some() {
            let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
            let steps = length.saturating_mul(pattern.size());
            self.add_reach(steps.checked_div(STEPS).unwrap_or(0));
            if self.exhausted() {
                return Err(Fault::TooMuch("more to match than the limit".to_owned()));
            }
        }
        Ok(Value::Bool(pattern.is_match(text)))
    }

    /// Whether one of the second for each of the first would be more than a lone expression may make.
    fn too_much(&self, many: &Value, each: &Value) -> bool {
        let left = self.left();
        let bytes = |value: &Value| super::weight::bytes(value, left).saturating_add(1);
        self.lone.is_some() && bytes(many).saturating_mul(bytes(each)) > left.saturating_mul(64)
    }

    /// Computes where every operand is known and there; an absent one is an error.
    fn on_known<E: Into<Fault>>(
        &self,
        expr: &Expr,
        operands: &[&Eval],
        compute: impl FnOnce(&[&Value]) -> Result<Value, E>,
    ) -> Eval {
        let values: Option<Vec<&Value>> = operands.iter().map(|operand| operand.possible.value()).collect();
        let possible = match values {
            Some(values) => match compute(&values) {
                Ok(value) => Possible::known(value),
                Err(fault) => match fault.into() {
                    Fault::Error(what) => self.error(expr, &what),
                    Fault::TooMuch(what) => {
                        let missing = Missing { detail: Some(what), ..Missing::new(Cause::Unsupported) };
                        self.unknown(expr, Causes::one(missing))
                    }
                },
            },
            None if operands.iter().any(|operand| operand.possible.is_absent()) => {
                self.error(expr, "no value to compute with")
            }
            None => {
                let causes = Causes::all(operands.iter().map(|operand| operand.possible.causes.clone()));
                let possible = self.unknown(expr, causes);
                if Domain::of(&expr.ty).is_some() { Possible { absent: false, ..possible } } else { possible }
            }
        };
        Eval::from(possible, operands)
    }
}

/// Functions to which `null` is a value like others.
const fn takes_null(function: Builtin) -> bool {
    matches!(function, Builtin::ToDyn | Builtin::TypeOf | Builtin::OptionalOf | Builtin::OptionalOfNonZero)
}
