//! The time that the server goes by: the wall clock, as far as it can be believed.
//!
//! A wall clock that is set, by hand or by a time server that is wrong, moves by hours at once. Going forward would
//! make evidence stale that is fresh; the engine's clock does not go back. So a jump is not followed at once: time
//! runs on as it did, and only a jump that lasts is believed. One that goes back then costs reading all facts again.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use assize::facts::Instant;

/// How far the wall clock may be from where it is expected, in microseconds.
const TOLERANCE: i64 = 5_000_000;

/// How long a jump must last to be believed.
const SETTLE: Duration = Duration::from_secs(30);

/// What the machine's clocks show: the wall clock, and one that only ever runs on.
pub type Clocks = Arc<dyn Fn() -> (Instant, Duration) + Send + Sync>;

/// The machine's own clocks.
#[must_use]
pub fn machine() -> Clocks {
    let began = std::time::Instant::now();
    Arc::new(move || (wall(), began.elapsed()))
}

/// The wall clock.
#[must_use]
pub fn wall() -> Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Instant(micros(since))
}

/// This process's time: one for everything that decides.
struct Believed {
    began: std::time::Instant,
    /// The instant at which the process began, by what is believed now.
    anchor: AtomicI64,
    clock: Mutex<Clock>,
}

fn believed() -> &'static Believed {
    static BELIEVED: OnceLock<Believed> = OnceLock::new();
    BELIEVED.get_or_init(|| Believed {
        began: std::time::Instant::now(),
        anchor: AtomicI64::new(wall().0),
        clock: Mutex::new(Clock::new(machine())),
    })
}

impl Believed {
    fn clock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Now, as far as the wall clock can be believed: it runs on whatever that does, and follows it only by [`look`].
#[must_use]
pub fn now() -> Instant {
    let believed = believed();
    Instant(believed.anchor.load(Ordering::Acquire)).plus(micros(believed.began.elapsed()))
}

/// Looks at the wall clock, as somebody has to every second or so.
pub fn look() -> Tick {
    let believed = believed();
    let tick = believed.clock().tick();
    let anchor = tick.now.0.saturating_sub(micros(believed.began.elapsed()));
    believed.anchor.store(anchor, Ordering::Release);
    tick
}

/// By how many seconds the wall clock is away from the time that is gone by, and how often it jumped.
#[must_use]
pub fn off() -> (i64, u64) {
    let clock = believed().clock();
    (clock.off_seconds(), clock.jumps())
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Time as it is believed.
pub struct Clock {
    clocks: Clocks,
    /// Where both clocks were when they last agreed.
    wall: Instant,
    steady: Duration,
    /// How far the wall clock jumped, and since when.
    jump: Option<(i64, Duration)>,
    jumps: u64,
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clock").field("wall", &self.wall).field("jump", &self.jump).finish_non_exhaustive()
    }
}

/// What a look at the clock gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// The instant.
    pub now: Instant,
    /// Whether it is before what was given earlier: a jump back that has lasted.
    pub back: bool,
}

impl Clock {
    /// Begins with what the clocks show now.
    #[must_use]
    pub fn new(clocks: Clocks) -> Self {
        let (wall, steady) = clocks();
        Self { clocks, wall, steady, jump: None, jumps: 0 }
    }

    /// Looks at the clock.
    pub fn tick(&mut self) -> Tick {
        let (wall, steady) = (self.clocks)();
        let expected = self.wall.plus(micros(steady.saturating_sub(self.steady)));
        let off = wall.0.saturating_sub(expected.0);
        if off.saturating_abs() <= TOLERANCE {
            (self.wall, self.steady, self.jump) = (wall, steady, None);
            return Tick { now: wall, back: false };
        }
        let (jump, since) = match self.jump {
            Some((jump, since)) if jump.saturating_sub(off).saturating_abs() <= TOLERANCE => (jump, since),
            _ => {
                self.jumps = self.jumps.saturating_add(1);
                (off, steady)
            }
        };
        if steady.saturating_sub(since) < SETTLE {
            self.jump = Some((jump, since));
            return Tick { now: expected, back: false };
        }
        (self.wall, self.steady, self.jump) = (wall, steady, None);
        Tick { now: wall, back: off < 0 }
    }

    /// By how many seconds the wall clock is away from the time that is gone by: nought but while a jump has not
    /// lasted yet.
    #[must_use]
    pub fn off_seconds(&self) -> i64 {
        self.jump.map_or(0, |(jump, _)| jump.div_euclid(1_000_000))
    }

    /// How often it jumped.
    #[must_use]
    pub const fn jumps(&self) -> u64 {
        self.jumps
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn set(to: &Mutex<(i64, u64)>, wall: i64, steady: u64) {
        *to.lock().unwrap() = (wall, steady);
    }

    #[test]
    fn a_jump_is_believed_once_it_has_lasted() {
        let shown = Arc::new(Mutex::new((0, 0)));
        let clocks = {
            let shown = Arc::clone(&shown);
            move || {
                let (wall, steady) = *shown.lock().unwrap();
                (Instant(wall), Duration::from_secs(steady))
            }
        };
        let mut clock = Clock::new(Arc::new(clocks));
        let second = |at: i64| at * 1_000_000;
        // What the clocks show, in seconds, and what is gone by then.
        let table = [
            (second(1), 1, second(1), false, 0),
            // A little off: slewed.
            (second(4), 2, second(4), false, 0),
            // An hour forward: not followed at once.
            (second(5) + HOUR, 3, second(5), false, 3600),
            (second(20) + HOUR, 18, second(20), false, 3600),
            // Set right before it lasted: nothing happened.
            (second(21), 19, second(21), false, 0),
            // Forward again, and for long: followed.
            (second(22) + HOUR, 20, second(22), false, 3600),
            (second(52) + HOUR, 50, second(52) + HOUR, false, 0),
            // Back where it belongs: followed once it lasts, and said.
            (second(53), 51, second(53) + HOUR, false, -3600),
            (second(83), 81, second(83), true, 0),
            (second(84), 82, second(84), false, 0),
        ];
        for (wall, steady, now, back, off) in table {
            set(&shown, wall, steady);
            assert_eq!(clock.tick(), Tick { now: Instant(now), back }, "at {steady}");
            assert_eq!(clock.off_seconds(), off, "at {steady}");
        }
        assert_eq!(clock.jumps(), 3);
    }
}
