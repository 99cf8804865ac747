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
}

impl FromStr for Instant {
    type Err = ParseInstantError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseInstantError(text.chars().take(64).collect());
        let parsed: jiff::Timestamp = text.parse().map_err(|_| error())?;
        let micros = parsed.as_nanosecond().div_euclid(1_000);
        i64::try_from(micros).map(Self).map_err(|_| error())
    }
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
    fn instants_are_floored_to_microseconds() {
        let instant: Instant = "1969-12-31T23:59:59.9999999+00:00".parse().unwrap();
        assert_eq!(instant, Instant(-1));
        assert_eq!(Instant(0).to_string(), "1970-01-01T00:00:00Z");
        assert!("2026-06-01".parse::<Instant>().is_err());
    }
}
