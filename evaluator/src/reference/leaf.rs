//! Scalars: the `cel` crate evaluates what is known.
//!
//! What it is handed is built as a tree from our own names; it never sees a text. Time stays in our
//! microseconds, regular expressions go through [`super::pattern`].

use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use assize_lang::library::pattern::{Pattern, PatternError};
use assize_lang::plan::{ArithOp, Builtin, CompareOp, Type};
use cel::common::ast::{CallExpr, Expr, operators};
use cel::{Context, Env, IdedExpr, Value as Cel};

use super::{library, pattern::Patterns, time};
use crate::value::Value;

/// The scalar evaluator of one run.
pub(crate) struct Leaves {
    env: Arc<Env>,
    patterns: Patterns,
}

impl Leaves {
    pub(crate) fn new() -> Self {
        let mut env = Env::stdlib();
        // It fails only where a name is declared twice; then the strings functions are errors, so unknown.
        let _ = env.add_extension(cel::extensions::strings);
        let _ = env.add_extension(cel::extensions::math);
        Self { env: Arc::new(env), patterns: Patterns::default() }
    }

    /// Calls a function or operator of CEL.
    fn run(&self, function: &str, method: bool, arguments: &[&Value]) -> Option<Value> {
        let mut context = Context::with_env(Arc::clone(&self.env));
        let mut names = Vec::new();
        for (at, argument) in arguments.iter().enumerate() {
            let name = format!("a{at}");
            context.add_variable_from_value(name.as_str(), to_cel(argument)?);
            names.push(IdedExpr { id: u64::try_from(at).unwrap_or(0), expr: Expr::Ident(name) });
        }
        let mut names = names.into_iter();
        let target = if method { names.next().map(Box::new) } else { None };
        let call = CallExpr { func_name: function.to_owned(), target, args: names.collect() };
        let tree = IdedExpr { id: 0, expr: Expr::Call(call) };
        from_cel(&Cel::resolve(&tree, &context).ok()?)
    }

    /// `a op b` of values that are there; `None` where they have no such comparison.
    pub(super) fn compare(&self, op: CompareOp, a: &Value, b: &Value) -> Option<bool> {
        let same_kind = matches!(
            (a, b),
            (Value::Int(_), Value::Int(_))
                | (Value::Uint(_), Value::Uint(_))
                | (Value::Double(_), Value::Double(_))
                | (Value::String(_), Value::String(_))
        );
        if same_kind {
            return match self.run(comparison(op), false, &[a, b]) {
                Some(Value::Bool(truth)) => Some(truth),
                _ => None,
            };
        }
        match op {
            CompareOp::Eq => Some(a.equals(b)),
            CompareOp::Ne => Some(!a.equals(b)),
            CompareOp::Lt => a.order(b).map(Ordering::is_lt),
            CompareOp::Le => a.order(b).map(Ordering::is_le),
            CompareOp::Gt => a.order(b).map(Ordering::is_gt),
            CompareOp::Ge => a.order(b).map(Ordering::is_ge),
        }
    }

    /// `a op b`
    pub(super) fn arith(&self, op: ArithOp, a: &Value, b: &Value) -> Result<Value, String> {
        if let Some(result) = time::arith(op, a, b) {
            return result;
        }
        let operator = match op {
            ArithOp::Add => operators::ADD,
            ArithOp::Sub => operators::SUBSTRACT,
            ArithOp::Mul => operators::MULTIPLY,
            ArithOp::Div => operators::DIVIDE,
            ArithOp::Rem => operators::MODULO,
        };
        self.run(operator, false, &[a, b]).ok_or_else(|| {
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
    pub(super) fn neg(&self, a: &Value) -> Result<Value, String> {
        self.run(operators::NEGATE, false, &[a]).ok_or_else(|| "the result is out of range".to_owned())
    }

    /// The regular expression that a text is.
    pub(super) fn pattern(&self, text: &str) -> Result<Rc<Pattern>, PatternError> {
        self.patterns.get(text)
    }

    /// A function of the library.
    pub(super) fn call(&self, function: Builtin, arguments: &[&Value]) -> Result<Value, String> {
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
        if let Some(result) = time::call(function, arguments) {
            return result;
        }
        // Times and types, which the crate does not have, are written as what they print as.
        let plain: Vec<Value>;
        let arguments = match (function, arguments) {
            (Builtin::Format, [text, list]) => {
                plain = vec![(*text).clone(), library::printable(list)];
                plain.iter().collect()
            }
            _ => arguments.to_vec(),
        };
        self.run(function.name(), function.is_method(), &arguments)
            .ok_or_else(|| format!("`{}` has no result here", function.name()))
    }

    /// The sum of values of one type; `None` of no values. Doubles are summed exactly and rounded once,
    /// so that their order does not matter.
    #[expect(clippy::unused_self, reason = "a leaf like the others")]
    pub(super) fn sum(&self, values: &[&Value]) -> Result<Option<Value>, String> {
        let overflow = || "the sum is out of range".to_owned();
        let Some(first) = values.first() else { return Ok(None) };
        let mut whole: i128 = 0;
        let mut parts = Vec::new();
        for value in values {
            match (first, value) {
                (Value::Int(_), Value::Int(number)) | (Value::Duration(_), Value::Duration(number)) => {
                    whole = whole.saturating_add(i128::from(*number));
                }
                (Value::Uint(_), Value::Uint(number)) => whole = whole.saturating_add(i128::from(*number)),
                (Value::Double(_), Value::Double(number)) => add_exactly(&mut parts, *number),
                _ => return Err("values without a sum".to_owned()),
            }
        }
        let sum = match first {
            Value::Int(_) => Value::Int(i64::try_from(whole).map_err(|_| overflow())?),
            Value::Duration(_) => Value::Duration(i64::try_from(whole).map_err(|_| overflow())?),
            Value::Uint(_) => Value::Uint(u64::try_from(whole).map_err(|_| overflow())?),
            _ => Value::Double(parts.iter().rev().sum()),
        };
        Ok(Some(sum))
    }
}

/// What the sum of nothing is.
pub(super) fn zero(ty: &Type) -> Value {
    match ty {
        Type::Uint => Value::Uint(0),
        Type::Double => Value::Double(0.0),
        Type::Duration => Value::Duration(0),
        Type::Sensitive(inner) => zero(inner),
        _ => Value::Int(0),
    }
}

/// Adds to a sum that is kept as parts that do not overlap, so without any rounding (Shewchuk).
fn add_exactly(parts: &mut Vec<f64>, number: f64) {
    let mut carry = number;
    let mut out = Vec::with_capacity(parts.len().saturating_add(1));
    for part in parts.iter() {
        let (big, small) = if carry.abs() < part.abs() { (*part, carry) } else { (carry, *part) };
        let high = big + small;
        let low = small - (high - big);
        if low != 0.0 {
            out.push(low);
        }
        carry = high;
    }
    out.push(carry);
    *parts = out;
}

const fn comparison(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => operators::EQUALS,
        CompareOp::Ne => operators::NOT_EQUALS,
        CompareOp::Lt => operators::LESS,
        CompareOp::Le => operators::LESS_EQUALS,
        CompareOp::Gt => operators::GREATER,
        CompareOp::Ge => operators::GREATER_EQUALS,
    }
}

fn to_cel(value: &Value) -> Option<Cel> {
    Some(match value {
        Value::Null => Cel::Null,
        Value::Bool(truth) => Cel::Bool(*truth),
        Value::Int(number) => Cel::Int(*number),
        Value::Uint(number) => Cel::UInt(*number),
        Value::Double(number) => Cel::Float(*number),
        Value::String(text) => Cel::String(Arc::new(text.to_string())),
        Value::Bytes(bytes) => Cel::Bytes(Arc::new(bytes.to_vec())),
        Value::List(items) => Cel::List(Arc::new(items.iter().map(to_cel).collect::<Option<Vec<Cel>>>()?)),
        Value::Map(entries) => {
            let mut out = HashMap::new();
            for (key, value) in entries.iter() {
                let key = match key {
                    Value::Bool(truth) => cel::objects::Key::Bool(*truth),
                    Value::Int(number) => cel::objects::Key::Int(*number),
                    Value::Uint(number) => cel::objects::Key::Uint(*number),
                    Value::String(text) => cel::objects::Key::String(Arc::new(text.to_string())),
                    _ => return None,
                };
                out.insert(key, to_cel(value)?);
            }
            Cel::Map(cel::objects::Map { map: Arc::new(out) })
        }
        Value::Duration(_)
        | Value::Timestamp(_)
        | Value::Enum(..)
        | Value::Fact(..)
        | Value::Optional(_)
        | Value::Type(_) => return None,
    })
}

fn from_cel(value: &Cel) -> Option<Value> {
    Some(match value {
        Cel::Null => Value::Null,
        Cel::Bool(truth) => Value::Bool(*truth),
        Cel::Int(number) => Value::Int(*number),
        Cel::UInt(number) => Value::Uint(*number),
        Cel::Float(number) => Value::Double(*number),
        Cel::String(text) => Value::text(text.as_str()),
        Cel::Bytes(bytes) => Value::Bytes(bytes.as_slice().into()),
        Cel::List(items) => Value::List(items.iter().map(from_cel).collect::<Option<Vec<Value>>>()?.into()),
        _ => return None,
    })
}
