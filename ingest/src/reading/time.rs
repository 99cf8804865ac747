//! Every spelling of time that tools use.
//!
//! Read: RFC 3339 with nought to nine digits of fraction, a space for the `T`, a zone as `Z`, `+00:00`,
//! `+0000`, `UTC`, ` -0700 -0700` or ` -0700 PDT` (as Go prints it), no zone (then UTC), a day alone (its
//! first instant). The year 9999 means never and the year 1 means that nobody set it.

use assize::facts::Instant;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

/// What a timestamp says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// An instant.
    At(Instant),
    /// The end of time: it never happens.
    Never,
    /// The tool's zero value: nobody set it.
    Unset,
}

impl When {
    /// The instant, where it is one.
    #[must_use]
    pub const fn at(self) -> Option<Instant> {
        match self {
            Self::At(instant) => Some(instant),
            Self::Never | Self::Unset => None,
        }
    }
}

/// Reads a timestamp. `None` where the text is none.
#[must_use]
pub fn when(text: &str) -> Option<When> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let date: Date = date.parse().ok()?;
    let (clock, offset) = match rest.strip_prefix(['T', 't', ' ', '_']) {
        Some(rest) => clock_and_offset(rest)?,
        None if rest.is_empty() => (None, Offset::UTC),
        None => return None,
    };
    match date.year() {
        9999.. => return Some(When::Never),
        ..=1 => return Some(When::Unset),
        _ => {}
    }
    let at = match clock {
        Some(clock) => format!("{date}T{clock}").parse::<DateTime>().ok()?,
        None => date.at(0, 0, 0, 0),
    };
    let stamp = offset.to_timestamp(at).ok()?;
    i64::try_from(stamp.as_nanosecond().div_euclid(1_000)).ok().map(|micros| When::At(Instant(micros)))
}

/// Reads a time as git writes it: `Sat Mar 13 17:42:00 2021 +0530`, `1685495256 +0000`, or any spelling of
/// [`when`].
#[must_use]
pub fn git(text: &str) -> Option<Instant> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    match words.as_slice() {
        [count, zone] if count.bytes().all(|byte| byte.is_ascii_digit()) => {
            numeric_offset(zone)?;
            seconds(count.parse().ok()?)
        }
        [_, month, day, clock, year, zone] if year.len() == 4 => {
            let month = MONTHS.iter().zip(1_u8..).find(|(name, _)| *name == month)?.1;
            instant(&format!("{year}-{month:02}-{day:0>2} {clock} {zone}"))
        }
        _ => instant(text),
    }
}

/// The months, as git names them.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Reads a timestamp that must be an instant: `None` too for never and unset.
#[must_use]
pub fn instant(text: &str) -> Option<Instant> {
    when(text)?.at()
}

/// An instant from whole seconds since 1970.
#[must_use]
pub fn seconds(count: i64) -> Option<Instant> {
    written(count.checked_mul(1_000_000)?)
}

/// An instant from milliseconds since 1970.
#[must_use]
pub fn millis(count: i64) -> Option<Instant> {
    written(count.checked_mul(1_000)?)
}

/// The instant, where it is of the years that [`when`] reads: beyond them no fact can be written down.
fn written(micros: i64) -> Option<Instant> {
    /// The beginnings of the years 2 and 9999.
    const YEARS: std::ops::Range<i64> = -62_104_060_800_000_000..253_370_764_800_000_000;
    YEARS.contains(&micros).then_some(Instant(micros))
}

/// An instant from nanoseconds since 1970, floored.
#[must_use]
pub const fn nanos(count: i64) -> Instant {
    Instant(count.div_euclid(1_000))
}

/// Splits `10:17:40.5 -0700 -0700` into its clock and its offset from UTC.
fn clock_and_offset(rest: &str) -> Option<(Option<&str>, Offset)> {
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at_checked(end)?;
    // What follows the first word of the zone repeats it (`-0700 -0700`, `+0000 UTC m=+0.01`).
    let mut words = zone.split_ascii_whitespace();
    let offset = match words.next() {
        None | Some("Z" | "z" | "UTC" | "GMT") => Offset::UTC,
        Some(word) => numeric_offset(word)?,
    };
    Some((Some(clock), offset))
}

/// Reads `+00:00`, `-0700`, `+02`.
fn numeric_offset(word: &str) -> Option<Offset> {
    let (negative, digits) = match (word.strip_prefix('+'), word.strip_prefix('-')) {
        (Some(digits), _) => (false, digits),
        (None, Some(digits)) => (true, digits),
        (None, None) => return None,
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !matches!(digits.len(), 2 | 4) {
        return None;
    }
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..).filter(|text| !text.is_empty()).map_or(Ok(0), str::parse).ok()?;
    let total = hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?;
    Offset::from_seconds(if negative { total.checked_neg()? } else { total }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gits_spellings() {
        for text in ["Thu Jun 16 10:17:40 2022 -0700", "1655399860 +0000", "2022-06-16 17:17:40 +0000"] {
            assert_eq!(git(text).map(|at| at.to_string()).as_deref(), Some("2022-06-16T17:17:40Z"), "{text}");
        }
        for none in ["", "yesterday", "Thu Foo 16 10:17:40 2022 -0700", "1655399860 x", "-5 +0000"] {
            assert_eq!(git(none), None, "{none}");
        }
    }

    #[test]
    fn every_spelling_means_the_same() {
        for text in [
            "2022-06-16T17:17:40Z",
            "2022-06-16T17:17:40.000Z",
            "2022-06-16T17:17:40.000000000Z",
            "2022-06-16t17:17:40z",
            "2022-06-16 17:17:40+00:00",
            "2022-06-16 17:17:40 UTC",
            "2022-06-16 17:17:40",
            "2022-06-16T17:17:40",
            "2022-06-16T17:17:40+0000",
            "2022-06-16 10:17:40 -0700 -0700",
            "2022-06-16 10:17:40 -0700 PDT",
            "2022-06-16 17:17:40 +0000 UTC m=+0.000000001",
            "2022-06-16T19:17:40+02:00",
            "2022-06-16T19:17:40+02",
        ] {
            assert_eq!(
                instant(text).map(|at| at.to_string()).as_deref(),
                Some("2022-06-16T17:17:40Z"),
                "{text}"
            );
        }
    }

    #[test]
    fn fractions_are_floored_to_microseconds() {
        assert_eq!(
            instant("2022-06-16T17:17:40.1234567Z").unwrap().to_string(),
            "2022-06-16T17:17:40.123456Z"
        );
        assert_eq!(nanos(-1), Instant(-1));
        assert_eq!(seconds(1_655_399_860), instant("2022-06-16T17:17:40Z"));
        assert_eq!(millis(1_655_399_860_000), instant("2022-06-16T17:17:40Z"));
        assert_eq!(seconds(i64::MAX), None);
    }

    #[test]
    fn what_is_beyond_the_years_that_can_be_written_is_no_instant() {
        let last = instant("9998-12-31T23:59:59Z").unwrap();
        let first = instant("0002-01-01T00:00:00Z").unwrap();
        assert_eq!(seconds(253_370_764_799), Some(last));
        assert_eq!(seconds(-62_104_060_800), Some(first));
        for count in [253_370_764_800, 411_780_300_800, -62_104_060_801] {
            assert_eq!((seconds(count), millis(count * 1_000)), (None, None), "{count}");
        }
    }

    #[test]
    fn a_day_is_its_first_instant() {
        assert_eq!(instant("2022-06-16").unwrap().to_string(), "2022-06-16T00:00:00Z");
    }

    #[test]
    fn the_ends_of_time_are_never_and_unset() {
        assert_eq!(when("9999-12-31T23:59:59Z"), Some(When::Never));
        assert_eq!(when("9999-12-31"), Some(When::Never));
        assert_eq!(when("0001-01-01T00:00:00Z"), Some(When::Unset));
    }

    #[test]
    fn what_is_no_timestamp_is_none() {
        for text in [
            "",
            "N/A",
            "no_information",
            "2022-13-01",
            "2022-06-16T25:00:00Z",
            "2022-06-16X",
            "16/06/2022",
            "2022-06-16T17:17:40+99:99",
            "2022-06-16T",
            "2022-06-1é",
        ] {
            assert_eq!(when(text), None, "{text}");
        }
    }
}
