//! Durations and time zones in texts.

/// The seconds east of UTC of a time zone: `UTC`, `+02:00`, `-08:00`. A name such as `Europe/Berlin` has none:
/// the table of names changes, and is no input of a decision.
#[must_use]
pub fn offset(text: &str) -> Option<i32> {
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
    fn zones_are_offsets() {
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
}
