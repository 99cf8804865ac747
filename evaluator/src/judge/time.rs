//! Timestamps and durations of policies: microseconds, checked.

use assize_lang::library::time as library;
use assize_lang::plan::{ArithOp, Builtin};
use jiff::tz;

use crate::facts::Instant;
use crate::value::Value;

/// 9999-12-31T23:59:59.999999Z: CEL's last timestamp.
const LAST: i64 = 253_402_300_799_999_999;
const SECOND: i64 = 1_000_000;
/// Nanoseconds of a second.
const NANOS: i128 = 1_000_000_000;

/// Arithmetic with times; `None` where neither side is one.
pub(super) fn arith(op: ArithOp, a: &Value, b: &Value) -> Option<Result<Value, String>> {
    use Value::{Duration, Timestamp};
    let result = match (op, a, b) {
        (ArithOp::Add, Timestamp(a), Duration(b)) | (ArithOp::Add, Duration(a), Timestamp(b)) => {
            a.checked_add(*b).and_then(timestamp)
        }
        (ArithOp::Sub, Timestamp(a), Duration(b)) => a.checked_sub(*b).and_then(timestamp),
        (ArithOp::Sub, Timestamp(a), Timestamp(b)) => a.checked_sub(*b).map(Duration),
        (ArithOp::Add, Duration(a), Duration(b)) => a.checked_add(*b).and_then(duration),
        (ArithOp::Sub, Duration(a), Duration(b)) => a.checked_sub(*b).and_then(duration),
        (_, Timestamp(_) | Duration(_), _) | (_, _, Timestamp(_) | Duration(_)) => {
            return Some(Err(format!("`{}` has no meaning for these types", op.symbol())));
        }
        _ => return None,
    };
    Some(result.ok_or_else(|| "the result is out of range".to_owned()))
}

fn timestamp(micros: i64) -> Option<Value> {
    (crate::store::BEGINNING..=LAST).contains(&micros).then_some(Value::Timestamp(micros))
}

/// CEL's longest duration, in seconds: ten thousand years.
const LONGEST: i64 = 315_576_000_000;

fn duration(micros: i64) -> Option<Value> {
    let limit = LONGEST.saturating_mul(SECOND);
    (limit.saturating_neg()..=limit).contains(&micros).then_some(Value::Duration(micros))
}

/// Functions of times; `None` where the arguments are none.
pub(super) fn call(function: Builtin, arguments: &[&Value]) -> Option<Result<Value, String>> {
    let wrong = |what: &str| Err(what.to_owned());
    Some(match (function, arguments) {
        (Builtin::ToTimestamp, [Value::Timestamp(at)]) => Ok(Value::Timestamp(*at)),
        (Builtin::ToTimestamp, [Value::String(text)]) => match text.parse::<Instant>() {
            Ok(at) => timestamp(at.0).ok_or_else(|| "the timestamp is out of range".to_owned()),
            Err(_) => wrong("not an RFC 3339 timestamp"),
        },
        (Builtin::ToTimestamp, [Value::Int(seconds)]) => seconds
            .checked_mul(SECOND)
            .and_then(timestamp)
            .ok_or_else(|| "the timestamp is out of range".to_owned()),
        (Builtin::ToDuration, [Value::Duration(micros)]) => Ok(Value::Duration(*micros)),
        (Builtin::ToDuration, [Value::String(text)]) => library::duration(text)
            .and_then(duration)
            .ok_or_else(|| "not a duration such as `3600s`".to_owned()),
        (Builtin::ToInt, [Value::Timestamp(at)]) => Ok(Value::Int(at.div_euclid(SECOND))),
        (Builtin::ToString, [Value::Timestamp(at)]) => Ok(Value::text(Instant(*at).to_string())),
        (Builtin::ToString, [Value::Duration(micros)]) => Ok(Value::text(seconds_text(nanos(*micros)))),
        (_, [Value::Timestamp(at)]) => return part_of(function, nanos(*at), None),
        (_, [Value::Timestamp(at), Value::String(zone)]) => return part_of(function, nanos(*at), Some(zone)),
        (_, [Value::Duration(micros)]) => return part_of_duration(function, nanos(*micros)),
        _ => return None,
    })
}

fn nanos(micros: i64) -> i128 {
    i128::from(micros).saturating_mul(1_000)
}

/// A part of the date so many nanoseconds after 1970.
pub(super) fn part_of(function: Builtin, at: i128, zone: Option<&str>) -> Option<Result<Value, String>> {
    let zone = match zone.map(library::zone) {
        None => tz::TimeZone::UTC,
        Some(Some(zone)) => zone,
        Some(None) => return Some(Err("not a time zone".to_owned())),
    };
    let Some(date) = library::civil(at, &zone) else { return Some(Err("out of range".to_owned())) };
    let part = match function {
        Builtin::GetFullYear => i64::from(date.year()),
        Builtin::GetMonth => i64::from(date.month()).saturating_sub(1),
        Builtin::GetDate => i64::from(date.day()),
        Builtin::GetDayOfMonth => i64::from(date.day()).saturating_sub(1),
        Builtin::GetDayOfWeek => i64::from(date.weekday().to_sunday_zero_offset()),
        Builtin::GetDayOfYear => i64::from(date.day_of_year()).saturating_sub(1),
        Builtin::GetHours => i64::from(date.hour()),
        Builtin::GetMinutes => i64::from(date.minute()),
        Builtin::GetSeconds => i64::from(date.second()),
        Builtin::GetMilliseconds => i64::from(date.millisecond()),
        _ => return None,
    };
    Some(Ok(Value::Int(part)))
}

pub(super) fn part_of_duration(function: Builtin, nanos: i128) -> Option<Result<Value, String>> {
    let part = match function {
        Builtin::GetHours => nanos.checked_div(NANOS.saturating_mul(3600))?,
        Builtin::GetMinutes => nanos.checked_div(NANOS.saturating_mul(60))?,
        Builtin::GetSeconds => nanos.checked_div(NANOS)?,
        Builtin::GetMilliseconds => nanos.checked_rem(NANOS)?.checked_div(1_000_000)?,
        _ => return None,
    };
    Some(Ok(Value::Int(i64::try_from(part).ok()?)))
}

/// CEL's text of a duration in nanoseconds: `7776000s`, `0.5s`.
pub(crate) fn seconds_text(nanos: i128) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let whole = nanos.unsigned_abs().checked_div(NANOS.unsigned_abs()).unwrap_or(0);
    let rest = nanos.unsigned_abs().checked_rem(NANOS.unsigned_abs()).unwrap_or(0);
    if rest == 0 {
        return format!("{sign}{whole}s");
    }
    let fraction = format!("{rest:09}");
    format!("{sign}{whole}.{}s", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print_as_in_cel() {
        let cases = [
            ("3600s", "3600s"),
            ("1h30m", "5400s"),
            ("1.5h", "5400s"),
            ("-500ms", "-0.5s"),
            ("90ns", "0.00000009s"),
        ];
        for (text, printed) in cases {
            assert_eq!(seconds_text(library::duration_nanos(text).unwrap()), printed, "{text}");
        }
    }

    #[test]
    fn parts_are_those_of_the_zone() {
        let at: Instant = "2026-06-01T23:30:00Z".parse().unwrap();
        let hour = |zone: &str| part_of(Builtin::GetHours, nanos(at.0), Some(zone)).unwrap();
        assert_eq!(hour("+02:00"), Ok(Value::Int(1)));
        assert_eq!(hour("UTC"), Ok(Value::Int(23)));
        assert_eq!(hour("Europe/Berlin"), Ok(Value::Int(1)));
        assert_eq!(hour("Asia/Kolkata"), Ok(Value::Int(5)));
        assert!(hour("Europe/Bärlin").is_err());
    }

    #[test]
    fn arithmetic_stays_in_range() {
        let late = Value::Timestamp(LAST);
        assert!(arith(ArithOp::Add, &late, &Value::Duration(1)).unwrap().is_err());
        assert_eq!(arith(ArithOp::Sub, &late, &Value::Duration(1)), Some(Ok(Value::Timestamp(LAST - 1))));
    }
}
