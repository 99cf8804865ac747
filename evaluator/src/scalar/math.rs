//! CEL's library `math`.

use std::cmp::Ordering;

use assize_lang::plan::Builtin;

use crate::value::{Numbers, Value};

pub(super) fn call(function: Builtin, arguments: &[&Value]) -> Option<Value> {
    match function {
        Builtin::Abs | Builtin::Sign | Builtin::Sqrt => of_number(function, arguments),
        Builtin::BitAnd
        | Builtin::BitOr
        | Builtin::BitXor
        | Builtin::BitNot
        | Builtin::BitShiftLeft
        | Builtin::BitShiftRight => of_bits(function, arguments),
        _ => of_double(function, arguments),
    }
}

/// What the two arguments, or the elements of the one that is a list, have at that end. The first of equal
/// ones, so that its type stays.
pub(super) fn extreme(numbers: Numbers, arguments: &[&Value], end: Ordering) -> Option<Value> {
    let all: Vec<&Value> = match arguments {
        [Value::List(items)] => items.iter().collect(),
        all => all.to_vec(),
    };
    if !all.iter().all(|number| number.is_number()) {
        return None;
    }
    let mut all = all.into_iter();
    let mut best = all.next()?;
    for number in all {
        if number.order_by(numbers, best)? == end {
            best = number;
        }
    }
    Some(best.clone())
}

fn of_double(function: Builtin, arguments: &[&Value]) -> Option<Value> {
    let [Value::Double(number)] = arguments else { return None };
    Some(match function {
        Builtin::Ceil => Value::Double(number.ceil()),
        Builtin::Floor => Value::Double(number.floor()),
        // Halves go away from zero.
        Builtin::Round => Value::Double(number.round()),
        Builtin::Trunc => Value::Double(number.trunc()),
        Builtin::IsNan => Value::Bool(number.is_nan()),
        Builtin::IsInf => Value::Bool(number.is_infinite()),
        Builtin::IsFinite => Value::Bool(number.is_finite()),
        _ => return None,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a root is of the nearest double")]
fn of_number(function: Builtin, arguments: &[&Value]) -> Option<Value> {
    use Value::{Double, Int, Uint};
    Some(match (function, arguments) {
        (Builtin::Abs, [Int(number)]) => Int(number.checked_abs()?),
        (Builtin::Abs, [Uint(number)]) => Uint(*number),
        (Builtin::Abs, [Double(number)]) => Double(number.abs()),
        (Builtin::Sign, [Int(number)]) => Int(number.signum()),
        (Builtin::Sign, [Uint(number)]) => Uint((*number).min(1)),
        // Both zeros are 0.0, and NaN stays.
        (Builtin::Sign, [Double(number)]) if *number == 0.0 => Double(0.0),
        (Builtin::Sign, [Double(number)]) => Double(if number.is_nan() { *number } else { number.signum() }),
        (Builtin::Sqrt, [Int(number)]) => Double((*number as f64).sqrt()),
        (Builtin::Sqrt, [Uint(number)]) => Double((*number as f64).sqrt()),
        (Builtin::Sqrt, [Double(number)]) => Double(number.sqrt()),
        _ => return None,
    })
}

fn of_bits(function: Builtin, arguments: &[&Value]) -> Option<Value> {
    use Value::{Int, Uint};
    Some(match (function, arguments) {
        (Builtin::BitAnd, [Int(a), Int(b)]) => Int(a & b),
        (Builtin::BitAnd, [Uint(a), Uint(b)]) => Uint(a & b),
        (Builtin::BitOr, [Int(a), Int(b)]) => Int(a | b),
        (Builtin::BitOr, [Uint(a), Uint(b)]) => Uint(a | b),
        (Builtin::BitXor, [Int(a), Int(b)]) => Int(a ^ b),
        (Builtin::BitXor, [Uint(a), Uint(b)]) => Uint(a ^ b),
        (Builtin::BitNot, [Int(a)]) => Int(!a),
        (Builtin::BitNot, [Uint(a)]) => Uint(!a),
        (Builtin::BitShiftLeft, [Int(a), Int(by)]) => Int(shift_left(a.cast_unsigned(), *by)?.cast_signed()),
        (Builtin::BitShiftLeft, [Uint(a), Int(by)]) => Uint(shift_left(*a, *by)?),
        // The sign is not drawn along.
        (Builtin::BitShiftRight, [Int(a), Int(by)]) => {
            Int(shift_right(a.cast_unsigned(), *by)?.cast_signed())
        }
        (Builtin::BitShiftRight, [Uint(a), Int(by)]) => Uint(shift_right(*a, *by)?),
        _ => return None,
    })
}

/// Shifting by 64 bits or more leaves none; by a negative number is an error.
fn shift_left(bits: u64, by: i64) -> Option<u64> {
    (by >= 0).then(|| u32::try_from(by).ok().and_then(|by| bits.checked_shl(by)).unwrap_or(0))
}

fn shift_right(bits: u64, by: i64) -> Option<u64> {
    (by >= 0).then(|| u32::try_from(by).ok().and_then(|by| bits.checked_shr(by)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_run_empty() {
        let shift = |function, value: i64, by: i64| call(function, &[&Value::Int(value), &Value::Int(by)]);
        let (left, right) = (Builtin::BitShiftLeft, Builtin::BitShiftRight);
        assert_eq!(shift(left, 1, 63), Some(Value::Int(i64::MIN)));
        assert_eq!(shift(left, 1, 64), Some(Value::Int(0)));
        assert_eq!(shift(left, 1, i64::MAX), Some(Value::Int(0)));
        assert_eq!(shift(left, 1, -1), None);
        assert_eq!(shift(right, -1, 60), Some(Value::Int(15)));
    }

    #[test]
    fn extremes_keep_the_first_of_equal_ones() {
        let (int, double, nan) = (Value::Int(1), Value::Double(1.0), Value::Double(f64::NAN));
        let kept = |arguments: &[&Value]| {
            extreme(Numbers::Exact, arguments, Ordering::Greater).map(|value| format!("{value:?}"))
        };
        assert_eq!(kept(&[&int, &double]).as_deref(), Some("Int(1)"));
        assert_eq!(kept(&[&double, &int]).as_deref(), Some("Double(1.0)"));
        assert_eq!(kept(&[&int, &nan]), None);
        assert_eq!(kept(&[&Value::List([].into())]), None);
    }
}
