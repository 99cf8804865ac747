//! Instants and durations: microseconds inside, RFC 3339 and `1h30m` outside.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;
/// Microseconds of a day.
const DAY: i64 = 86_400 * SECOND;

/// An instant: microseconds since 1970-01-01T00:00:00Z, floored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant(pub i64);

/// Why a text is no instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an RFC 3339 timestamp such as 2026-06-01T00:00:00Z")]
pub struct ParseInstantError(String);

impl Instant {
    /// The instant `micros` later (earlier where negative), or the end of the range.
    #[must_use]
    pub const fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The instant that a text of the usual form is; of another one nothing, though it may be one.
    pub(crate) fn usual(text: &str) -> Option<Self> {
        plain(text).map(Self)
    }

    /// Whether the text is an instant as instants are printed, in whole seconds.
    pub(crate) fn is_plain(text: &str) -> bool {
        text.len() == PLAIN && plain(text).is_some()
    }
}

impl FromStr for Instant {
    type Err = ParseInstantError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(micros) = plain(text) {
            return Ok(Self(micros));
        }
        let error = || ParseInstantError(text.chars().take(64).collect());
        let parsed: jiff::Timestamp = text.parse().map_err(|_| error())?;
        let micros = parsed.as_nanosecond().div_euclid(1_000);
        i64::try_from(micros).map(Self).map_err(|_| error())
    }
}

/// The length of `2026-06-01T00:00:00Z`.
const PLAIN: usize = 20;

/// The microseconds of `2026-06-01T00:00:00Z`, perhaps with a fraction, which is floored; of anything else
/// nothing. It is what the library says, in a tenth of the time.
fn plain(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let head = bytes.first_chunk::<19>()?;
    let mut digits = true;
    let mut two = |tens: u8, ones: u8| {
        let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
        digits &= tens <= 9 && ones <= 9;
        i64::from(tens.wrapping_mul(10).wrapping_add(ones))
    };
    let [a, b, c, d, b'-', e, f, b'-', g, h, b'T', i, j, b':', k, l, b':', m, n] = *head else { return None };
    let year = two(a, b).checked_mul(100)?.checked_add(two(c, d))?;
    let (month, day, hour, minute, second) = (two(e, f), two(g, h), two(i, j), two(k, l), two(m, n));
    if !digits {
        return None;
    }
    let micros = match bytes.get(19..)? {
        b"Z" => 0,
        [b'.', fraction @ .., b'Z'] if (1..=9).contains(&fraction.len()) => {
            if !fraction.iter().all(u8::is_ascii_digit) {
                return None;
            }
            let mut six = fraction.iter().chain(std::iter::repeat(&b'0')).take(6);
            six.try_fold(0_i64, |micros, byte| {
                micros.checked_mul(10)?.checked_add(i64::from(byte.wrapping_sub(b'0')))
            })?
        }
        _ => return None,
    };
    let leap = year.checked_rem(4)? == 0 && (year.checked_rem(100)? != 0 || year.checked_rem(400)? == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    // The ends of the library's range are for the library.
    let fits = (1..9999).contains(&year) && (1..=days).contains(&day);
    if !fits || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days_since_1970(year, month, day)?
        .checked_mul(24)?
        .checked_add(hour)?
        .checked_mul(60)?
        .checked_add(minute)?
        .checked_mul(60)?
        .checked_add(second)?;
    seconds.checked_mul(SECOND)?.checked_add(micros)
}

/// Days of the Gregorian calendar, counted in years that begin in March, so that leap days come last.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let (year, month) =
        if month > 2 { (year, month.checked_sub(3)?) } else { (year.checked_sub(1)?, month.checked_add(9)?) };
    let leaps =
        year.checked_div(4)?.checked_sub(year.checked_div(100)?)?.checked_add(year.checked_div(400)?)?;
    let in_year = month.checked_mul(153)?.checked_add(2)?.checked_div(5)?.checked_add(day)?;
    year.checked_mul(365)?.checked_add(leaps)?.checked_add(in_year)?.checked_sub(719_469)
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(stamp) => write!(f, "{stamp}"),
            Err(_) => write!(f, "{} microseconds from 1970", self.0),
        }
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Prints microseconds as the language writes durations: `90d`, `1h30m`, `-5s`, `0s`. A single day is
/// `24h`, as people write it.
#[must_use]
pub fn format_duration(micros: i64) -> String {
    match micros {
        0 => return "0s".to_owned(),
        DAY => return "24h".to_owned(),
        _ => {}
    }
    let mut out = String::new();
    if micros < 0 {
        out.push('-');
    }
    let mut rest = micros.unsigned_abs();
    for (unit, size) in UNITS {
        let size = size.unsigned_abs();
        let count = rest.checked_div(size).unwrap_or(0);
        if count > 0 {
            out.push_str(&format!("{count}{unit}"));
            rest = rest.checked_rem(size).unwrap_or(0);
        }
    }
    out
}

/// The units of duration literals, largest first, in microseconds.
const UNITS: [(&str, i64); 6] =
    [("d", DAY), ("h", 3_600 * SECOND), ("m", 60 * SECOND), ("s", SECOND), ("ms", 1_000), ("us", 1)];

/// Reads `90d`, `1h30m`: the inverse of [`format_duration`]. `None` where the text is no duration or its
/// value leaves 64 bits.
#[must_use]
pub fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut total: i64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = rest.get(..letters)?;
        rest = rest.get(letters..)?;
        let size = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        total = total.checked_add(count.checked_mul(size)?)?;
    }
    Some(if negative { total.checked_neg()? } else { total })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_print_as_they_are_written() {
        for text in ["90d", "24h", "1h30m", "5us", "1d1us", "-2h", "0s"] {
            assert_eq!(format_duration(parse_duration(text).unwrap()), text);
        }
        assert_eq!(parse_duration("90"), None);
        assert_eq!(parse_duration("90y"), None);
        assert_eq!(parse_duration("999999999999d"), None);
    }

    #[test]
    fn plain_instants_are_what_the_library_says() {
        let library = |text: &str| -> Option<i64> {
            let parsed: jiff::Timestamp = text.parse().ok()?;
            i64::try_from(parsed.as_nanosecond().div_euclid(1_000)).ok()
        };
        let mut plain_ones = 0;
        for day in (-719_000_i64..2_932_500).step_by(97) {
            let second = day * 86_400 + day.rem_euclid(86_400);
            let text = jiff::Timestamp::from_second(second).unwrap().to_string();
            assert_eq!(plain(&text), library(&text), "{text}");
            assert!(Instant::is_plain(&text));
            plain_ones += 1;
        }
        assert!(plain_ones > 30_000);
        for text in [
            "2024-02-29T23:59:59Z",
            "2023-02-29T00:00:00Z",
            "2000-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-32T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T23:60:00Z",
            "2026-06-30T23:59:60Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00.1Z",
            "1969-12-31T23:59:59.9999999Z",
            "2026-01-01T00:00:00.123456789Z",
            "2026-01-01T00:00:00.1234567890Z",
            "2026-01-01t00:00:00z",
            "2026-01-01 00:00:00Z",
            "2026-1-01T00:00:00Z",
            "9999-12-31T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "+026-01-01T00:00:00Z",
            "",
            "2026-01-01T00:00:00+00:00",
            "2026-01-01T00:00:0éZ",
        ] {
            let found = plain(text);
            assert!(found.is_none() || found == library(text), "{text}");
            assert_eq!(text.parse::<Instant>().ok().map(|at| at.0), library(text), "{text}");
        }
    }

    #[test]
    fn instants_are_floored_to_microseconds() {
        let instant: Instant = "1969-12-31T23:59:59.9999999+00:00".parse().unwrap();
        assert_eq!(instant, Instant(-1));
        assert_eq!(Instant(0).to_string(), "1970-01-01T00:00:00Z");
        assert!("2026-06-01".parse::<Instant>().is_err());
    }
}
