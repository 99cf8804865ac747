//! One field of one fact, as deciding reads it.

use super::layout::{Row, Sym};

/// What is exactly known of a field at an instant, or that it is not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Not exactly known: not collected, stale, in conflict, or in error. The lens knows more.
    Unknown,
    /// Known to be absent.
    Absent,
    Bool(bool),
    /// The member's index.
    Enum(u8),
    Int(i64),
    Uint(u64),
    Double(f64),
    /// An instant, in microseconds since 1970.
    Time(i64),
    /// A duration, in microseconds.
    Span(i64),
    Text(Sym),
    /// The row of the fact referred to, by the key that it is known by; present or not.
    Fact(Row),
    /// Known, but a list, a map, bytes, or of any type: see `World::value`.
    Other,
}

impl Cell {
    /// What is known and there, as a number; what that stands for is for the field to say.
    pub(crate) fn number(self) -> Option<i64> {
        Some(match self {
            Self::Unknown | Self::Absent | Self::Other => return None,
            Self::Bool(truth) => i64::from(truth),
            Self::Enum(member) => i64::from(member),
            Self::Int(number) | Self::Time(number) | Self::Span(number) => number,
            Self::Uint(number) => number.cast_signed(),
            Self::Double(number) => number.to_bits().cast_signed(),
            Self::Text(sym) => i64::from(sym.0),
            Self::Fact(row) => i64::from(row.0),
        })
    }
}
