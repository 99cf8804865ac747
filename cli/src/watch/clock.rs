//! The time that `assize watch` goes by.

use std::time::Duration;

use assize::facts::Instant;

use crate::project::wall_clock;

/// How long nothing is looked at, at most: a clock that was set, a machine that slept and a disk that tells
/// of no change are noticed after it.
const LOOK: Duration = Duration::from_secs(20);

/// The wall clock, or one that began at a given instant and has run on from there.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: Option<(Instant, std::time::Instant)>,
}

impl Clock {
    /// Begins at `instant`; without one it is the wall clock.
    pub fn beginning(instant: Option<Instant>) -> Self {
        Self { began: instant.map(|instant| (instant, std::time::Instant::now())) }
    }

    /// What it shows.
    pub fn now(&self) -> Instant {
        match self.began {
            None => wall_clock(),
            Some((instant, since)) => {
                instant.plus(i64::try_from(since.elapsed().as_micros()).unwrap_or(i64::MAX))
            }
        }
    }

    /// How long to wait for `instant`: at least a moment, so that nobody spins.
    pub fn until(&self, instant: Option<Instant>) -> Duration {
        let Some(instant) = instant else { return LOOK };
        let micros = instant.0.saturating_sub(self.now().0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0)).clamp(Duration::from_millis(1), LOOK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_begins_somewhere_runs_on() {
        let clock = Clock::beginning(Some(Instant(1_000_000)));
        let first = clock.now();
        assert!(first >= Instant(1_000_000) && clock.now() >= first);
        assert_eq!(clock.until(None), LOOK);
        assert_eq!(clock.until(Some(Instant(i64::MAX))), LOOK);
        assert_eq!(clock.until(Some(Instant(0))), Duration::from_millis(1));
    }
}
