//! The `cel` crate at the leaves: what our own are held against.
//!
//! What it is handed is built as a tree from our own names; it never sees a text. What it has no value for
//! (times, members of enums, references, and whatever holds one), and what it judges otherwise than cel-spec,
//! is computed by our own on both sides.

use std::collections::HashMap;
use std::sync::Arc;

use assize_lang::plan::{ArithOp, Builtin, CompareOp};
use cel::common::ast::{CallExpr, Expr, operators};
use cel::objects::Key;
use cel::{Context, Env, IdedExpr, Value as Cel};

use crate::scalar;
use crate::value::{Numbers, Value};

/// The crate, with its libraries.
pub(super) struct CelCrate {
    env: Arc<Env>,
}

impl CelCrate {
    pub(super) fn new() -> Self {
        let mut env = Env::stdlib();
        // It fails only where a name is declared twice; then the libraries' functions are errors, so unknown.
        let _ = env.add_extension(cel::extensions::strings);
        let _ = env.add_extension(cel::extensions::math);
        Self { env: Arc::new(env) }
    }

    /// Calls a function or operator of CEL; `None` where it has no value for an argument.
    fn run(&self, function: &str, method: bool, arguments: &[&Value]) -> Option<Option<Value>> {
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
        Some(Cel::resolve(&tree, &context).ok().as_ref().and_then(from_cel))
    }

    pub(super) fn compare(&self, numbers: Numbers, op: CompareOp, a: &Value, b: &Value) -> Option<bool> {
        let one_kind = std::mem::discriminant(a) == std::mem::discriminant(b)
            && (a.is_number() || matches!(a, Value::String(_) | Value::Bytes(_) | Value::Bool(_)));
        // Numbers of two types it compares as doubles.
        let as_doubles = numbers == Numbers::Doubles && a.is_number() && b.is_number();
        match (one_kind || as_doubles).then(|| self.run(comparison(op), false, &[a, b])).flatten() {
            Some(Some(Value::Bool(truth))) => Some(truth),
            Some(_) => None,
            None => scalar::compare(numbers, op, a, b),
        }
    }

    pub(super) fn arith(&self, op: ArithOp, a: &Value, b: &Value) -> Option<Value> {
        // To a list it adds the keys of a map.
        if matches!((a, b), (Value::List(_), Value::Map(_))) {
            return scalar::arith(op, a, b);
        }
        let operator = match op {
            ArithOp::Add => operators::ADD,
            ArithOp::Sub => operators::SUBSTRACT,
            ArithOp::Mul => operators::MULTIPLY,
            ArithOp::Div => operators::DIVIDE,
            ArithOp::Rem => operators::MODULO,
        };
        self.run(operator, false, &[a, b]).unwrap_or_else(|| scalar::arith(op, a, b))
    }

    pub(super) fn neg(&self, a: &Value) -> Option<Value> {
        self.run(operators::NEGATE, false, &[a]).unwrap_or_else(|| scalar::neg(a))
    }

    pub(super) fn call(&self, numbers: Numbers, function: Builtin, arguments: &[&Value]) -> Option<Value> {
        let native = || scalar::call(numbers, function, arguments);
        // Numbers of two types it compares as doubles.
        if numbers == Numbers::Exact
            && matches!(function, Builtin::Greatest | Builtin::Least)
            && mixed(arguments)
        {
            return native();
        }
        self.run(function.name(), function.is_method(), arguments).unwrap_or_else(native)
    }
}

/// Whether numbers of several types are among the arguments, or in the one that is a list.
fn mixed(arguments: &[&Value]) -> bool {
    let numbers: Vec<&Value> = match arguments {
        [Value::List(items)] => items.iter().collect(),
        numbers => numbers.to_vec(),
    };
    let kind = |value: &&Value| std::mem::discriminant(*value);
    numbers.windows(2).any(|pair| pair.first().map(kind) != pair.last().map(kind))
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
                    Value::Bool(truth) => Key::Bool(*truth),
                    Value::Int(number) => Key::Int(*number),
                    Value::Uint(number) => Key::Uint(*number),
                    Value::String(text) => Key::String(Arc::new(text.to_string())),
                    _ => return None,
                };
                out.insert(key, to_cel(value)?);
            }
            Cel::Map(cel::objects::Map { map: Arc::new(out) })
        }
        Value::Duration(_)
        | Value::Timestamp(_)
        | Value::FineDuration(_)
        | Value::FineTimestamp(_)
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
        Cel::Map(entries) => {
            let entries = entries.map.iter().map(|(key, value)| {
                let key = match key {
                    Key::Bool(truth) => Value::Bool(*truth),
                    Key::Int(number) => Value::Int(*number),
                    Key::Uint(number) => Value::Uint(*number),
                    Key::String(text) => Value::text(text.as_str()),
                };
                Some((key, from_cel(value)?))
            });
            Value::Map(Arc::new(entries.collect::<Option<_>>()?))
        }
        _ => return None,
    })
}
