//! Sums of many values, whatever their order.

use assize_lang::plan::Type;

use crate::value::Value;

/// The sum of values of one type; `None` of no values. Doubles are summed exactly and rounded once, so that
/// their order does not matter.
///
/// # Errors
/// The sum is out of range, or the values have none.
pub(crate) fn sum(values: &[&Value]) -> Result<Option<Value>, String> {
    let overflow = || "the sum is out of range".to_owned();
    let Some(first) = values.first() else { return Ok(None) };
    let mut whole: i128 = 0;
    let mut parts = Vec::new();
    for value in values {
        match (first, value) {
            (Value::Int(_), Value::Int(number)) => whole = whole.saturating_add(i128::from(*number)),
            (first, value) if is_duration(first) && is_duration(value) => {
                whole = whole.saturating_add(value.nanos().unwrap_or(0));
            }
            (Value::Uint(_), Value::Uint(number)) => whole = whole.saturating_add(i128::from(*number)),
            (Value::Double(_), Value::Double(number)) => add_exactly(&mut parts, *number),
            _ => return Err("values without a sum".to_owned()),
        }
    }
    let sum = match first {
        Value::Int(_) => Value::Int(i64::try_from(whole).map_err(|_| overflow())?),
        first if is_duration(first) => Value::duration_nanos(whole).ok_or_else(overflow)?,
        Value::Uint(_) => Value::Uint(u64::try_from(whole).map_err(|_| overflow())?),
        _ => Value::Double(parts.iter().rev().sum()),
    };
    Ok(Some(sum))
}

const fn is_duration(value: &Value) -> bool {
    matches!(value, Value::Duration(_) | Value::FineDuration(_))
}

/// What the sum of nothing is.
pub(crate) fn zero(ty: &Type) -> Value {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_do_not_hang_on_the_order() {
        let numbers = [1e100, 1.0, -1e100, 0.1, 0.2, -0.3].map(Value::Double);
        let mut order: Vec<&Value> = numbers.iter().collect();
        let one_way = sum(&order);
        order.reverse();
        assert_eq!(one_way, sum(&order));
        assert_eq!(
            sum(&[&Value::Int(i64::MAX), &Value::Int(1), &Value::Int(-1)]),
            Ok(Some(Value::Int(i64::MAX)))
        );
        assert!(sum(&[&Value::Uint(u64::MAX), &Value::Uint(1)]).is_err());
        assert!(sum(&[&Value::Int(1), &Value::Uint(1)]).is_err());
        assert_eq!(sum(&[]), Ok(None));
    }
}
