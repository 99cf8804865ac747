//! Arithmetic: integers are checked, doubles are IEEE's, and no two number types mix.

use std::sync::Arc;

use assize_lang::plan::ArithOp;

use crate::value::Value;

/// `a op b`; `None` where the result is out of range, where an integer is divided by zero, and where the
/// types have no such operator.
pub(crate) fn arith(op: ArithOp, a: &Value, b: &Value) -> Option<Value> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(Value::Int(match op {
            ArithOp::Add => a.checked_add(*b)?,
            ArithOp::Sub => a.checked_sub(*b)?,
            ArithOp::Mul => a.checked_mul(*b)?,
            ArithOp::Div => a.checked_div(*b)?,
            ArithOp::Rem => a.checked_rem(*b)?,
        })),
        (Value::Uint(a), Value::Uint(b)) => Some(Value::Uint(match op {
            ArithOp::Add => a.checked_add(*b)?,
            ArithOp::Sub => a.checked_sub(*b)?,
            ArithOp::Mul => a.checked_mul(*b)?,
            ArithOp::Div => a.checked_div(*b)?,
            ArithOp::Rem => a.checked_rem(*b)?,
        })),
        (Value::Double(a), Value::Double(b)) => Some(Value::Double(match op {
            ArithOp::Add => a + b,
            ArithOp::Sub => a - b,
            ArithOp::Mul => a * b,
            ArithOp::Div => a / b,
            ArithOp::Rem => return None,
        })),
        _ if op == ArithOp::Add => joined(a, b),
        _ => None,
    }
}

/// `a + b` of what is not a number.
fn joined(a: &Value, b: &Value) -> Option<Value> {
    Some(match (a, b) {
        (Value::String(a), Value::String(b)) => Value::String([a.as_ref(), b.as_ref()].concat().into()),
        (Value::Bytes(a), Value::Bytes(b)) => Value::Bytes([a.as_ref(), b.as_ref()].concat().into()),
        (Value::List(a), Value::List(b)) => {
            let items: Arc<[Value]> = a.iter().chain(b.iter()).cloned().collect();
            Value::List(items)
        }
        _ => return None,
    })
}

/// `-a`
pub(crate) fn neg(a: &Value) -> Option<Value> {
    match a {
        Value::Int(a) => a.checked_neg().map(Value::Int),
        Value::Double(a) => Some(Value::Double(-a)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_do_not_wrap() {
        let cases = [
            (ArithOp::Add, Value::Int(i64::MAX), Value::Int(1), None),
            (ArithOp::Sub, Value::Uint(0), Value::Uint(1), None),
            (ArithOp::Mul, Value::Uint(u64::MAX), Value::Uint(2), None),
            (ArithOp::Div, Value::Int(i64::MIN), Value::Int(-1), None),
            (ArithOp::Rem, Value::Int(i64::MIN), Value::Int(-1), None),
            (ArithOp::Div, Value::Int(1), Value::Int(0), None),
            (ArithOp::Div, Value::Int(-7), Value::Int(2), Some(Value::Int(-3))),
            (ArithOp::Rem, Value::Int(-7), Value::Int(2), Some(Value::Int(-1))),
            (ArithOp::Add, Value::Int(1), Value::Uint(1), None),
            (ArithOp::Div, Value::Double(1.0), Value::Double(0.0), Some(Value::Double(f64::INFINITY))),
            (ArithOp::Rem, Value::Double(1.0), Value::Double(1.0), None),
        ];
        for (op, a, b, wanted) in cases {
            assert_eq!(arith(op, &a, &b), wanted, "{a:?} {} {b:?}", op.symbol());
        }
        assert_eq!(neg(&Value::Int(i64::MIN)), None);
        assert_eq!(neg(&Value::Uint(0)), None);
    }
}
