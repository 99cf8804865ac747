//! Until when a value holds.

use crate::facts::Instant;

/// No instant: the value does not change by itself.
pub const NEVER: i64 = i64::MAX;

/// The instants before which a value does not change if no fact arrives.
///
/// They are combined over all operands as written, whatever an engine happened to look at: `min` where
/// every operand is needed, `max` where any one of several suffices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// The next instant at which the clock alone can change it: every report and every coverage that it
    /// rests on is taken to be renewed in time.
    pub clock: i64,
    /// The next instant at which anything can change it, a report or a coverage that goes stale
    /// included; never after `clock`.
    pub first: i64,
}

impl Horizon {
    /// For ever.
    pub const NEVER: Self = Self { clock: NEVER, first: NEVER };

    /// The clock changes it at `at`.
    #[must_use]
    pub const fn clock(at: i64) -> Self {
        Self { clock: at, first: at }
    }

    /// What it rests on goes stale at `at`.
    #[must_use]
    pub const fn evidence(at: i64) -> Self {
        Self { clock: NEVER, first: at }
    }

    /// Both must hold.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self { clock: self.clock.min(other.clock), first: self.first.min(other.first) }
    }

    /// Either suffices.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { clock: self.clock.max(other.clock), first: self.first.max(other.first) }
    }

    /// All must hold.
    #[must_use]
    pub fn all(of: impl IntoIterator<Item = Self>) -> Self {
        of.into_iter().fold(Self::NEVER, Self::min)
    }

    /// `valid_until`: the next instant at which the clock can change the value.
    #[must_use]
    pub fn valid_until(self) -> Option<Instant> {
        (self.clock != NEVER).then_some(Instant(self.clock))
    }

    /// `evidence_until`: when something that the value rests on goes stale, where that comes before the
    /// clock changes it anyway.
    #[must_use]
    pub fn evidence_until(self) -> Option<Instant> {
        (self.first < self.clock).then_some(Instant(self.first))
    }
}
