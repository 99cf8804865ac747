//! The store kept small: the log is compacted once enough has come or enough time has passed, and idempotency keys
//! are forgotten after a while.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant as Moment};

use assize::facts::Instant;
use serde::Serialize;
use tokio::sync::watch;

use super::compact::Compacted;
use super::intake::Intake;
use super::{StoreError, clock};
use crate::point::Keeper;

/// How often keys are forgotten at most.
const FORGET: Duration = Duration::from_secs(600);

/// After how long what could not be done is tried again.
const AGAIN: Duration = Duration::from_secs(300);

/// When the store is looked after, and what is let go of.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// After how many bytes of lines the log is compacted.
    pub over: u64,
    /// After how long, where anything came.
    pub every: Duration,
    /// How long facts are kept; for ever where it is not set.
    pub keep: Option<Duration>,
    /// How long idempotency keys are known.
    pub keys: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        let day = Duration::from_secs(86_400);
        Self { over: 64 << 20, every: day, keep: None, keys: day.saturating_mul(7) }
    }
}

/// How it goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UpkeepStatus {
    /// How often the log was compacted since the server began.
    pub compactions: u64,
    /// When it was last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Instant>,
    /// How long that took, in seconds.
    pub seconds: f64,
    /// How many lines the base has.
    pub base_lines: u64,
    /// How many bytes of lines came since it was made.
    pub since_bytes: u64,
    /// How often it could not be done.
    pub failures: u64,
    /// Why not, where it was not done since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// Who looks after the store.
#[derive(Debug)]
pub struct Upkeep {
    intake: Intake,
    keeper: Arc<Keeper>,
    rules: Rules,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    status: UpkeepStatus,
    /// When the log was compacted last, or the server began.
    compacted: Moment,
    /// When keys were forgotten last.
    forgot: Option<Moment>,
}

impl Upkeep {
    /// Looks after the store of `intake` by these rules.
    #[must_use]
    pub fn new(intake: Intake, keeper: Arc<Keeper>, rules: Rules) -> Self {
        let state = State { status: UpkeepStatus::default(), compacted: Moment::now(), forgot: None };
        Self { intake, keeper, rules, state: Mutex::new(state) }
    }

    /// How it goes.
    #[must_use]
    pub fn status(&self) -> UpkeepStatus {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        UpkeepStatus { since_bytes: self.intake.log().since_base(), ..state.status.clone() }
    }

    /// Does what is due. Blocks.
    pub fn look(&self) {
        let log = self.intake.log();
        let (compacted, forgot, failed) = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            (state.compacted, state.forgot, state.status.last_error.is_some())
        };
        if forgot.is_none_or(|at| at.elapsed() >= FORGET) {
            let done = log.forget_keys(before(self.rules.keys));
            self.note(|state| {
                state.forgot = Some(Moment::now());
                if let Err(error) = done {
                    state.status.last_error = Some(error.to_string());
                }
            });
        }
        let since = log.since_base();
        let ages = since > 0 || self.rules.keep.is_some();
        if since <= self.rules.over && !(ages && compacted.elapsed() >= self.rules.every) {
            return;
        }
        if failed && compacted.elapsed() < self.rules.every.min(AGAIN) {
            return;
        }
        let begun = Moment::now();
        let done = self.compact();
        self.note(|state| {
            state.compacted = Moment::now();
            state.status.seconds = begun.elapsed().as_secs_f64();
            match done {
                Ok(done) => {
                    state.status.compactions = state.status.compactions.saturating_add(1);
                    state.status.last = Some(clock::wall());
                    state.status.base_lines = done.lines;
                    state.status.last_error = None;
                }
                Err(error) => {
                    state.status.failures = state.status.failures.saturating_add(1);
                    state.status.last_error = Some(error);
                }
            }
        });
    }

    /// Compacts the log now. Blocks.
    ///
    /// # Errors
    /// Why it could not be done; then nothing has changed.
    pub fn compact(&self) -> Result<Compacted, String> {
        let said = |error: StoreError| error.to_string();
        let schema = Arc::clone(&self.keeper.point().standing().policies().engine().program().schema);
        let since = self.rules.keep.map(before);
        // Only what is decided on: what is not yet is read from the log.
        let upto = self.intake.status().batch;
        let done = self.intake.log().compact(&schema, upto, since).map_err(said)?;
        if since.is_some() {
            // What was left out is no longer decided on either.
            self.keeper.start_over().map_err(|error| error.to_string())?;
        }
        Ok(done)
    }

    /// Looks until it is told to end.
    pub async fn run(self: Arc<Self>, mut end: watch::Receiver<bool>) {
        let often = self.rules.every.div_f64(10.0).clamp(Duration::from_millis(5), Duration::from_secs(10));
        loop {
            tokio::select! {
                () = tokio::time::sleep(often) => {}
                _ = end.wait_for(|over| *over) => return,
            }
            let this = Arc::clone(&self);
            drop(tokio::task::spawn_blocking(move || this.look()).await);
        }
    }

    fn note(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The instant so long ago.
fn before(ago: Duration) -> Instant {
    let micros = i64::try_from(ago.as_micros()).unwrap_or(i64::MAX);
    Instant(clock::wall().0.saturating_sub(micros))
}
