//! Timestamps and durations of lone expressions: nanoseconds, in the ranges that CEL has.

use assize_lang::library::time as library;
use assize_lang::plan::{ArithOp, Builtin};
use jiff::tz::TimeZone;

use super::time::{part_of, part_of_duration, seconds_text};
use crate::value::Value;

const SECOND: i128 = 1_000_000_000;
/// 0001-01-01T00:00:00Z
const FIRST: i128 = -62_135_596_800 * SECOND;
/// 9999-12-31T23:59:59.999999999Z
const LAST: i128 = 253_402_300_800 * SECOND - 1;

/// What a time is, in nanoseconds.
#[derive(Clone, Copy)]
enum Time {
    At(i128),
    Span(i128),
}

fn time(value: &Value) -> Option<Time> {
    let nanos = value.nanos()?;
    let span = matches!(value, Value::Duration(_) | Value::FineDuration(_));
    Some(if span { Time::Span(nanos) } else { Time::At(nanos) })
}

fn timestamp(nanos: i128) -> Result<Value, String> {
    let value = if (FIRST..=LAST).contains(&nanos) { Value::timestamp_nanos(nanos) } else { None };
    value.ok_or_else(|| "the timestamp is out of range".to_owned())
}

/// As long as 64 bits of nanoseconds reach: some 292 years.
fn duration(nanos: i128) -> Result<Value, String> {
    let value = if i64::try_from(nanos).is_ok() { Value::duration_nanos(nanos) } else { None };
    value.ok_or_else(|| "the duration is out of range".to_owned())
}

/// Arithmetic with times; `None` where neither side is one.
pub(super) fn arith(op: ArithOp, a: &Value, b: &Value) -> Option<Result<Value, String>> {
    use Time::{At, Span};
    Some(match (op, time(a), time(b)) {
        (_, None, None) => return None,
        (ArithOp::Add, Some(At(a)), Some(Span(b))) | (ArithOp::Add, Some(Span(a)), Some(At(b))) => {
            timestamp(a.saturating_add(b))
        }
        (ArithOp::Sub, Some(At(a)), Some(Span(b))) => timestamp(a.saturating_sub(b)),
        (ArithOp::Add, Some(Span(a)), Some(Span(b))) => duration(a.saturating_add(b)),
        (ArithOp::Sub, Some(At(a)), Some(At(b))) | (ArithOp::Sub, Some(Span(a)), Some(Span(b))) => {
            duration(a.saturating_sub(b))
        }
        _ => Err(format!("`{}` has no meaning for these types", op.symbol())),
    })
}

/// Functions of times; `None` where the arguments are none.
pub(super) fn call(function: Builtin, arguments: &[&Value]) -> Option<Result<Value, String>> {
    use Builtin::{ToDuration, ToInt, ToString, ToTimestamp};
    use Time::{At, Span};
    let (first, rest) = arguments.split_first()?;
    Some(match (function, time(first), rest) {
        (ToTimestamp, Some(At(_)), []) | (ToDuration, Some(Span(_)), []) => Ok((*first).clone()),
        (ToTimestamp, None, []) => match first {
            Value::String(text) => match library::instant_nanos(text) {
                Some(nanos) => timestamp(nanos),
                None => Err("not an RFC 3339 timestamp".to_owned()),
            },
            Value::Int(seconds) => timestamp(i128::from(*seconds).saturating_mul(SECOND)),
            _ => return None,
        },
        (ToDuration, None, []) => match first {
            Value::String(text) => match library::duration_nanos(text) {
                Some(nanos) => duration(nanos),
                None => Err("not a duration such as `3600s`".to_owned()),
            },
            _ => return None,
        },
        (ToInt, Some(At(nanos)), []) => {
            Ok(Value::Int(i64::try_from(nanos.div_euclid(SECOND)).unwrap_or(i64::MAX)))
        }
        (ToString, Some(At(nanos)), []) => Ok(Value::text(instant_text(nanos))),
        (ToString, Some(Span(nanos)), []) => Ok(Value::text(seconds_text(nanos))),
        (_, Some(At(nanos)), []) => return part_of(function, nanos, None),
        (_, Some(At(nanos)), [Value::String(zone)]) => return part_of(function, nanos, Some(zone)),
        (_, Some(Span(nanos)), []) => return part_of_duration(function, nanos),
        _ => return None,
    })
}

/// RFC 3339's text of an instant, with as many places as it needs.
pub(crate) fn instant_text(nanos: i128) -> String {
    match library::civil(nanos, &TimeZone::UTC) {
        Some(at) => format!("{at}Z"),
        None => format!("{nanos} nanoseconds from 1970"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Value {
        call(Builtin::ToTimestamp, &[&Value::text(text)]).unwrap().unwrap()
    }

    fn span(text: &str) -> Result<Value, String> {
        call(Builtin::ToDuration, &[&Value::text(text)]).unwrap()
    }

    #[test]
    fn no_nanosecond_is_lost() {
        let sum = arith(ArithOp::Add, &at("2026-06-01T00:00:00.999999999Z"), &span("1ns").unwrap());
        assert_eq!(sum, Some(Ok(at("2026-06-01T00:00:01Z"))));
        assert!(matches!(sum, Some(Ok(Value::Timestamp(_)))));
        let text = |value: &Value| call(Builtin::ToString, &[value]).unwrap();
        assert_eq!(
            text(&at("1969-12-31T23:59:59.999999999Z")),
            Ok(Value::text("1969-12-31T23:59:59.999999999Z"))
        );
        assert_eq!(text(&span("-1.5us").unwrap()), Ok(Value::text("-0.0000015s")));
        let part = call(Builtin::GetMilliseconds, &[&at("1969-12-31T23:59:59.999999999Z")]);
        assert_eq!(part, Some(Ok(Value::Int(999))));
    }

    #[test]
    fn ranges_are_cels() {
        let last = at("9999-12-31T23:59:59.999999999Z");
        assert!(arith(ArithOp::Add, &last, &span("1ns").unwrap()).unwrap().is_err());
        assert!(arith(ArithOp::Sub, &at("0001-01-01T00:00:00Z"), &span("1ns").unwrap()).unwrap().is_err());
        assert!(arith(ArithOp::Sub, &last, &at("0001-01-01T00:00:00Z")).unwrap().is_err());
        assert!(span("9223372036854775807ns").is_ok() && span("9223372036854775808ns").is_err());
        let year = call(Builtin::GetFullYear, &[&last, &Value::text("America/New_York")]);
        assert_eq!(year, Some(Ok(Value::Int(9999))));
        assert!(call(Builtin::GetFullYear, &[&last, &Value::text("Asia/Tokyo")]).unwrap().is_err());
    }
}
