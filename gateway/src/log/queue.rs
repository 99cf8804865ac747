//! Answers on their way to the log. Whoever decides never waits for it.
//!
//! So many may wait. One that finds no room is not logged and counted; where every answer has to be logged
//! (`require`), it is not given instead: the answer is undetermined, and the gateway's own setting decides. Then
//! answers are also not given while the log cannot be written at all.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{mpsc, watch};

use super::event::Taken;
use super::mask::Masker;
use super::sink::{Sink, backoff};
use crate::point::{Record, Recorder, Unrecorded};

/// How many are written together.
const TOGETHER: usize = 500;

/// How many failures in a row make a log one that cannot be written.
const DOWN: u64 = 3;

/// How the log goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogStatus {
    /// Where it goes.
    pub sink: &'static str,
    /// How many were written.
    pub written: u64,
    /// How many found no room.
    pub dropped: u64,
    /// How often writing failed.
    pub failures: u64,
    /// How many wait.
    pub waiting: u64,
    /// Whether it can be written at present.
    pub up: bool,
    /// Whether answers are given that cannot be logged.
    pub required: bool,
    /// Why the last attempt failed, where none went well since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

#[derive(Debug, Default)]
struct Counts {
    written: AtomicU64,
    dropped: AtomicU64,
    failures: AtomicU64,
    in_a_row: AtomicU64,
    waiting: AtomicU64,
    reopen: AtomicBool,
    last_error: Mutex<Option<String>>,
}

/// The way to the log.
#[derive(Clone, Debug)]
pub struct DecisionLog {
    sender: mpsc::Sender<Taken>,
    counts: Arc<Counts>,
    required: bool,
    name: &'static str,
}

/// Who writes it.
#[derive(Debug)]
pub struct LogWriter {
    receiver: mpsc::Receiver<Taken>,
    counts: Arc<Counts>,
    sink: Sink,
    labels: BTreeMap<&'static str, String>,
    masker: Masker,
    /// How long is waited after the first failure.
    wait: Duration,
}

/// How long is waited after the first failure, where nothing else is said.
const WAIT: Duration = Duration::from_millis(200);

impl DecisionLog {
    /// A log with room for so many, and who writes it.
    #[must_use]
    pub fn new(sink: Sink, room: usize, required: bool, masker: Masker, name: &str) -> (Self, LogWriter) {
        let (sender, receiver) = mpsc::channel(room.clamp(1, 1 << 20));
        let counts = Arc::new(Counts::default());
        let labels = BTreeMap::from([
            ("app", "assize".to_owned()),
            ("id", name.to_owned()),
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ]);
        let log = Self { sender, counts: Arc::clone(&counts), required, name: sink.name() };
        (log, LogWriter { receiver, counts, sink, labels, masker, wait: WAIT })
    }

    /// How it goes.
    #[must_use]
    pub fn status(&self) -> LogStatus {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        LogStatus {
            sink: self.name,
            written: of(&counts.written),
            dropped: of(&counts.dropped),
            failures: of(&counts.failures),
            waiting: of(&counts.waiting),
            up: self.is_up(),
            required: self.required,
            last_error: counts.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Begins the file anew with the next lines.
    pub fn reopen(&self) {
        self.counts.reopen.store(true, Ordering::Relaxed);
    }

    fn is_up(&self) -> bool {
        self.counts.in_a_row.load(Ordering::Relaxed) < DOWN && !self.sender.is_closed()
    }
}

impl Recorder for DecisionLog {
    fn decided(&self, record: &Record<'_>) -> Result<(), Unrecorded> {
        if self.required && !self.is_up() {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
            return Err(Unrecorded("the decision log cannot be written".to_owned()));
        }
        // Room first: what finds none is not even taken down.
        match self.sender.try_reserve() {
            Ok(room) => {
                self.counts.waiting.fetch_add(1, Ordering::Relaxed);
                room.send(Taken::new(record));
                Ok(())
            }
            Err(_) => {
                self.counts.dropped.fetch_add(1, Ordering::Relaxed);
                if self.required {
                    return Err(Unrecorded("too many decisions wait to be logged".to_owned()));
                }
                Ok(())
            }
        }
    }
}

impl LogWriter {
    /// Also masks the fields that an engine's schema marks `sensitive`.
    #[must_use]
    pub fn with_schema(self, engine: &assize::Engine) -> Self {
        Self { masker: self.masker.with_schema(engine), ..self }
    }

    /// Waits so long after the first failure, and longer after each further one.
    #[cfg(test)]
    pub(super) fn waiting(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    /// Writes until it is told to end, and then what still waits.
    pub async fn run(mut self, mut end: watch::Receiver<bool>) {
        let mut taken = Vec::with_capacity(TOGETHER);
        loop {
            tokio::select! {
                got = self.receiver.recv_many(&mut taken, TOGETHER) => if got == 0 { return },
                _ = end.wait_for(|over| *over) => break,
            }
            let mut over = false;
            let lines = self.lines(&mut taken);
            let mut failures = 0;
            while !self.write(&lines).await {
                let wait = backoff(self.wait, failures);
                failures = failures.saturating_add(1);
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    _ = end.wait_for(|over| *over) => over = true,
                }
                if over {
                    break;
                }
            }
            if over {
                self.lose(lines.len());
                break;
            }
        }
        self.receiver.close();
        while self.receiver.recv_many(&mut taken, TOGETHER).await > 0 {
            let lines = self.lines(&mut taken);
            // What cannot be written at the end never will be.
            if !self.write(&lines).await {
                self.lose(lines.len());
            }
        }
    }

    fn lose(&self, lines: usize) {
        let lines = u64::try_from(lines).unwrap_or(u64::MAX);
        self.counts.dropped.fetch_add(lines, Ordering::Relaxed);
        self.counts.waiting.fetch_sub(lines, Ordering::Relaxed);
    }

    fn lines(&self, taken: &mut Vec<Taken>) -> Vec<String> {
        let line = |taken: Taken| {
            serde_json::to_string(&taken.event(&self.labels, &self.masker)).unwrap_or_default()
        };
        taken.drain(..).map(line).collect()
    }

    async fn write(&mut self, lines: &[String]) -> bool {
        if self.counts.reopen.swap(false, Ordering::Relaxed) {
            self.sink.reopen();
        }
        let written = self.sink.write(lines).await;
        let counts = &self.counts;
        let many = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        let error = match written {
            Ok(()) => {
                counts.written.fetch_add(many, Ordering::Relaxed);
                counts.waiting.fetch_sub(many, Ordering::Relaxed);
                counts.in_a_row.store(0, Ordering::Relaxed);
                None
            }
            Err(error) => {
                counts.failures.fetch_add(1, Ordering::Relaxed);
                counts.in_a_row.fetch_add(1, Ordering::Relaxed);
                Some(error)
            }
        };
        let down = error.is_some();
        *counts.last_error.lock().unwrap_or_else(PoisonError::into_inner) = error;
        !down
    }
}

/// How long a log may take to end.
pub const ENDING: Duration = Duration::from_secs(5);
