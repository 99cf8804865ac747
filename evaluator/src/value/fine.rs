//! Times that are no whole number of microseconds.
//!
//! Facts and policies know microseconds. A lone expression means what CEL says, and CEL's times are nanoseconds:
//! what is no whole microsecond is a value of its own kind there, so that nothing else has to know of it.

use super::Value;

/// Nanoseconds, of which some are left over where microseconds are taken from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fine {
    /// Whole microseconds, floored.
    micros: i64,
    /// The nanoseconds above them: 1 to 999.
    rest: u16,
}

impl Fine {
    /// The nanoseconds in all.
    #[must_use]
    pub fn nanos(self) -> i128 {
        i128::from(self.micros).saturating_mul(1_000).saturating_add(i128::from(self.rest))
    }
}

impl Value {
    /// The timestamp so many nanoseconds after 1970; `None` out of the range of microseconds.
    #[must_use]
    pub fn timestamp_nanos(nanos: i128) -> Option<Self> {
        Some(match divided(nanos)? {
            (micros, None) => Self::Timestamp(micros),
            (_, Some(fine)) => Self::FineTimestamp(fine),
        })
    }

    /// The duration of so many nanoseconds; `None` out of the range of microseconds.
    #[must_use]
    pub fn duration_nanos(nanos: i128) -> Option<Self> {
        Some(match divided(nanos)? {
            (micros, None) => Self::Duration(micros),
            (_, Some(fine)) => Self::FineDuration(fine),
        })
    }

    /// The nanoseconds of a timestamp, since 1970, or of a duration.
    #[must_use]
    pub fn nanos(&self) -> Option<i128> {
        match self {
            Self::Timestamp(micros) | Self::Duration(micros) => {
                Some(i128::from(*micros).saturating_mul(1_000))
            }
            Self::FineTimestamp(fine) | Self::FineDuration(fine) => Some(fine.nanos()),
            _ => None,
        }
    }
}

/// The microseconds, and the whole where something is left over.
fn divided(nanos: i128) -> Option<(i64, Option<Fine>)> {
    let micros = i64::try_from(nanos.div_euclid(1_000)).ok()?;
    let rest = u16::try_from(nanos.rem_euclid(1_000)).ok()?;
    Some((micros, (rest > 0).then_some(Fine { micros, rest })))
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    #[test]
    fn whole_microseconds_are_what_they_are_elsewhere() {
        for nanos in [0, 1_000, -1_000, 999, -1, -999, -1_001, 1_500, i128::from(i64::MAX) * 1_000] {
            let (at, span) = (Value::timestamp_nanos(nanos).unwrap(), Value::duration_nanos(nanos).unwrap());
            assert_eq!((at.nanos(), span.nanos()), (Some(nanos), Some(nanos)));
            assert_eq!(matches!(at, Value::Timestamp(_)), nanos % 1_000 == 0, "{nanos}");
            assert_eq!(matches!(span, Value::Duration(_)), nanos % 1_000 == 0, "{nanos}");
        }
        assert_eq!(Value::duration_nanos(i128::from(i64::MAX) * 1_001), None);
    }

    #[test]
    fn they_are_ordered_among_the_others() {
        let all = [-1_001, -1_000, -999, -1, 0, 1, 999, 1_000, 1_001];
        for make in [Value::timestamp_nanos, Value::duration_nanos] {
            let values: Vec<Value> = all.iter().filter_map(|nanos| make(*nanos)).collect();
            assert!(values.is_sorted());
            assert_eq!(values[2].order(&values[3]), Some(Ordering::Less));
            assert!(values[1].equals(&make(-1_000).unwrap()) && !values[1].equals(&values[2]));
        }
        assert_eq!(Value::timestamp_nanos(1).unwrap().order(&Value::duration_nanos(1).unwrap()), None);
    }
}
