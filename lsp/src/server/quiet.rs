//! When texts have rested for long enough to be judged.

use std::time::{Duration, Instant};

/// How many quiet periods a reader waits at most while somebody keeps typing.
const MOST_PERIODS: u32 = 10;

/// The time since the texts were last judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quiet {
    period: Duration,
    /// The first and the last edit that nobody has judged.
    edits: Option<(Instant, Instant)>,
}

impl Quiet {
    pub(super) const fn new(period: Duration) -> Self {
        Self { period, edits: None }
    }

    /// A text has changed.
    pub(super) fn touch(&mut self, now: Instant) {
        let first = self.edits.map_or(now, |(first, _)| first);
        self.edits = Some((first, now));
    }

    /// The texts have been judged.
    pub(super) const fn judged(&mut self) {
        self.edits = None;
    }

    /// How long to wait for further edits; `None` where nothing waits to be judged.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        let (_, last) = self.edits?;
        let rested = now.saturating_duration_since(last);
        Some(self.period.saturating_sub(rested).min(self.patience(now)?))
    }

    /// Whether the reader has waited for long enough, edits or not.
    pub(super) fn overdue(&self, now: Instant) -> bool {
        self.patience(now).is_some_and(|left| left.is_zero())
    }

    fn patience(&self, now: Instant) -> Option<Duration> {
        let (first, _) = self.edits?;
        let most = self.period.saturating_mul(MOST_PERIODS);
        Some(most.saturating_sub(now.saturating_duration_since(first)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_judged_together_and_not_put_off_for_ever() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut quiet = Quiet::new(Duration::from_millis(100));
        assert_eq!((quiet.wait(start), quiet.overdue(start)), (None, false));
        quiet.touch(start);
        assert_eq!(quiet.wait(at(30)), Some(Duration::from_millis(70)));
        assert_eq!(quiet.wait(at(130)), Some(Duration::ZERO));
        // Each edit starts the rest anew,
        for millis in (0..960).step_by(60) {
            quiet.touch(at(millis));
            assert_eq!(quiet.wait(at(millis)), Some(Duration::from_millis(100.min(1000 - millis))));
            assert!(!quiet.overdue(at(millis)));
        }
        // but not beyond ten of them.
        quiet.touch(at(1000));
        assert_eq!((quiet.wait(at(1000)), quiet.overdue(at(1000))), (Some(Duration::ZERO), true));
        quiet.judged();
        assert_eq!((quiet.wait(at(1001)), quiet.overdue(at(1001))), (None, false));
    }
}
