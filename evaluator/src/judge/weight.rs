//! How big a value is, for expressions whose author may be anybody.

use crate::value::Value;

/// So many bytes of a text weigh as much as one value.
const BYTES: u64 = 64;

/// The number of values in it, long texts by their length; counting stops above `limit`.
pub(super) fn of(value: &Value, limit: u64) -> u64 {
    let text = |length: usize| count(length).checked_div(BYTES).unwrap_or(0).saturating_add(1);
    walk(value, limit, &text)
}

/// The bytes of its texts, and one for each value; counting stops above `limit` values' worth.
pub(super) fn bytes(value: &Value, limit: u64) -> u64 {
    let text = |length: usize| count(length).saturating_add(1);
    walk(value, limit.saturating_mul(BYTES), &text)
}

fn walk(value: &Value, limit: u64, text: &dyn Fn(usize) -> u64) -> u64 {
    let mut total = 1_u64;
    let mut add = |part: &Value| {
        if total <= limit {
            total = total.saturating_add(walk(part, limit.saturating_sub(total), text));
        }
    };
    match value {
        Value::String(value) => return text(value.len()),
        Value::Bytes(value) => return text(value.len()),
        Value::List(items) => items.iter().for_each(add),
        Value::Optional(Some(held)) => add(held),
        Value::Map(entries) => {
            for (key, value) in entries.iter() {
                add(key);
                add(value);
            }
        }
        _ => {}
    }
    total
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
