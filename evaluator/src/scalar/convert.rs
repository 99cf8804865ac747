//! One type from another: `int`, `uint`, `double`, `string`, `bytes`, `bool`.

use assize_lang::plan::Builtin;

use crate::value::Value;

/// 2^63 and 2^64: the first doubles beyond the integers.
const INT_END: f64 = 9_223_372_036_854_775_808.0;
const UINT_END: f64 = 18_446_744_073_709_551_616.0;

pub(super) fn call(function: Builtin, arguments: &[&Value]) -> Option<Value> {
    let [value] = arguments else { return None };
    match function {
        Builtin::ToInt => int(value).map(Value::Int),
        Builtin::ToUint => uint(value).map(Value::Uint),
        Builtin::ToDouble => double(value).map(Value::Double),
        Builtin::ToString => string(value),
        Builtin::ToBytes => match value {
            Value::Bytes(bytes) => Some(Value::Bytes(bytes.clone())),
            Value::String(text) => Some(Value::Bytes(text.as_bytes().into())),
            _ => None,
        },
        Builtin::ToBool => bool(value).map(Value::Bool),
        _ => None,
    }
}

/// A double is cut towards zero. Both ends of the range are outside: no double says 2^63 - 1, and -2^63 may
/// have been rounded to.
fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Uint(number) => i64::try_from(*number).ok(),
        #[expect(clippy::cast_possible_truncation, reason = "it is cut on purpose, and inside the range")]
        Value::Double(number) => (-INT_END < *number && *number < INT_END).then_some(*number as i64),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn uint(value: &Value) -> Option<u64> {
    match value {
        Value::Uint(number) => Some(*number),
        Value::Int(number) => u64::try_from(*number).ok(),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is cut on purpose, and inside the range"
        )]
        Value::Double(number) => (0.0 <= *number && *number < UINT_END).then_some(*number as u64),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// An integer becomes the nearest double.
#[expect(clippy::cast_precision_loss, reason = "the nearest double is what is asked for")]
fn double(value: &Value) -> Option<f64> {
    match value {
        Value::Double(number) => Some(*number),
        Value::Int(number) => Some(*number as f64),
        Value::Uint(number) => Some(*number as f64),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A double in the fewest digits that read back as it, without an exponent.
fn string(value: &Value) -> Option<Value> {
    Some(match value {
        Value::String(text) => Value::String(text.clone()),
        Value::Bool(truth) => Value::text(truth.to_string()),
        Value::Int(number) => Value::text(number.to_string()),
        Value::Uint(number) => Value::text(number.to_string()),
        Value::Double(number) => Value::text(number.to_string()),
        Value::Bytes(bytes) => Value::text(std::str::from_utf8(bytes).ok()?),
        _ => return None,
    })
}

fn bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => match text.as_ref() {
            "1" | "t" | "true" | "TRUE" | "True" => Some(true),
            "0" | "f" | "false" | "FALSE" | "False" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_have_ranges() {
        let double = Value::Double;
        let cases = [
            (Builtin::ToInt, double(-1.9), Some(Value::Int(-1))),
            (Builtin::ToInt, double(INT_END), None),
            (Builtin::ToInt, double(-INT_END), None),
            (Builtin::ToInt, double(f64::NAN), None),
            (Builtin::ToInt, Value::Uint(u64::MAX), None),
            (Builtin::ToInt, Value::text(" 1"), None),
            (Builtin::ToUint, double(-0.0), Some(Value::Uint(0))),
            (Builtin::ToUint, double(-0.5), None),
            (Builtin::ToUint, double(UINT_END), None),
            (Builtin::ToString, double(1e21), Some(Value::text("1000000000000000000000"))),
            (Builtin::ToString, double(-0.0045), Some(Value::text("-0.0045"))),
            (Builtin::ToString, Value::Bytes([0xff].into()), None),
            (Builtin::ToBool, Value::text("tRuE"), None),
        ];
        for (function, value, wanted) in cases {
            assert_eq!(call(function, &[&value]), wanted, "{} of {value:?}", function.name());
        }
    }
}
