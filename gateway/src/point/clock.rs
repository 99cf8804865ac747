//! The clock that decisions are made by.

use assize::facts::Instant;

/// What time it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The machine's, as far as it can be believed.
    #[default]
    Wall,
    /// Stands still: examples and tests.
    Fixed(Instant),
}

impl Clock {
    /// Now.
    #[must_use]
    pub fn now(self) -> Instant {
        match self {
            Self::Fixed(now) => now,
            Self::Wall => crate::facts::clock::now(),
        }
    }
}
