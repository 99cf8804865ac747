//! Protobuf's `Struct` as JSON. Its numbers are doubles: beyond 2^53 one of them stands for several integers,
//! so that none of these is known.

use prost_types::value::Kind;
use prost_types::{Struct, Value};
use serde_json::{Map, Number, Value as Json};

/// Integers up to here are told apart.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// How deep values may nest: what is deeper is not known.
const DEPTH: usize = 32;

/// The object; a member that is not known is left out.
pub(super) fn object(of: &Struct) -> Map<String, Json> {
    members(of, 0)
}

fn members(of: &Struct, depth: usize) -> Map<String, Json> {
    of.fields.iter().filter_map(|(name, value)| Some((name.clone(), json(value, depth)?))).collect()
}

fn json(value: &Value, depth: usize) -> Option<Json> {
    if depth > DEPTH {
        return None;
    }
    let depth = depth.saturating_add(1);
    Some(match value.kind.as_ref()? {
        Kind::NullValue(_) => Json::Null,
        Kind::BoolValue(value) => Json::Bool(*value),
        Kind::StringValue(text) => Json::from(text.as_str()),
        Kind::NumberValue(number) => Json::Number(self::number(*number)?),
        Kind::StructValue(of) => Json::Object(members(of, depth)),
        // A list that lacks a member would be another list.
        Kind::ListValue(list) => {
            Json::Array(list.values.iter().map(|value| json(value, depth)).collect::<Option<_>>()?)
        }
    })
}

fn number(number: f64) -> Option<Number> {
    if number.fract() != 0.0 {
        return Number::from_f64(number);
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53 is an i64")]
    (number.abs() < EXACT).then(|| Number::from(number as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_not_told_apart_are_not_known() {
        for (from, to) in [
            (3.0, Some(Number::from(3))),
            (-3.0, Some(Number::from(-3))),
            (0.5, Number::from_f64(0.5)),
            (9_007_199_254_740_991.0, Some(Number::from(9_007_199_254_740_991_i64))),
            (9_007_199_254_740_992.0, None),
            (1e300, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ] {
            assert_eq!(number(from), to, "{from}");
        }
    }
}
