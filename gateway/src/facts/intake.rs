//! Who takes facts in: one thread that writes them to disk, and only then has them decided on.
//!
//! What is sent is written first. Only what is on disk is decided on, whole batches at a time, published whole, and
//! answered last. Whatever ends the process, what was answered is on disk; what was not may be, and is taken for a
//! repetition when it comes again.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant as Moment;

use assize::Writer;
use serde::Serialize;
use tokio::sync::oneshot;

use super::clock;
use super::error::Refused;
use super::log::Log;
use super::sent::{Answer, Placed, Sent};
use crate::observe::coverage::Coverage;
use crate::point::Keeper;

/// The stack of the thread that decides: deep but bounded nesting must not depend on the platform's default.
const STACK: usize = 64 << 20;

/// How many requests may wait.
const WAITING: usize = 256;

/// How many bytes are written together at most, but for the first request's.
const TOGETHER: usize = 32 << 20;

/// How the intake of facts goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Status {
    /// The number of the last batch that is decided on.
    pub batch: u64,
    /// How many lines were taken since the server began.
    pub lines: u64,
    /// How many of them do not fit the schema.
    pub rejected: u64,
    /// How many requests could not be written.
    pub failed: u64,
    /// Why the last write failed, where none went well since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_failure: Option<String>,
    /// Why facts could not be read anew after some were taken back; what stood before stands until they can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reread_failure: Option<String>,
    /// How long the last batches took to be written and decided on, in seconds.
    pub commit_seconds: f64,
}

enum Task {
    Take(Box<Sent>, oneshot::Sender<Result<Answer, Refused>>),
    Stop,
}

/// The way to the thread that takes facts in. Cheap to clone.
#[derive(Clone)]
pub struct Intake {
    tasks: SyncSender<Task>,
    status: Arc<Mutex<Status>>,
    log: Log,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").field("log", &self.log).finish_non_exhaustive()
    }
}

impl Intake {
    /// Takes facts in from now on; `applied` is the number of the last batch that `keeper` has;
    /// `coverage` is shown every line.
    ///
    /// # Errors
    /// A sentence where the system has no thread for it.
    pub fn start(
        keeper: Arc<Keeper>,
        log: Log,
        applied: u64,
        coverage: Option<Arc<Mutex<Coverage>>>,
    ) -> Result<Self, String> {
        let (tasks, receiver) = sync_channel(WAITING);
        let status = Arc::new(Mutex::new(Status { batch: applied, ..Status::default() }));
        let (log_of, status_of) = (log.clone(), Arc::clone(&status));
        let mut worker = Worker { keeper, log: log_of, applied, again: false, status: status_of, coverage };
        let builder = std::thread::Builder::new().name("facts".to_owned()).stack_size(STACK);
        let thread = builder.spawn(move || worker.run(&receiver));
        let thread = thread.map_err(|error| format!("there is no thread to take facts in: {error}"))?;
        Ok(Self { tasks, status, log, thread: Arc::new(Mutex::new(Some(thread))) })
    }

    /// Where facts are kept.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// Takes lines; the answer comes once they are on disk and decided on.
    ///
    /// # Errors
    /// [`Refused`] where they are not taken.
    pub async fn take(&self, sent: Sent) -> Result<Answer, Refused> {
        sent.check_names()?;
        let (reply, answer) = oneshot::channel();
        self.tasks.try_send(Task::Take(Box::new(sent), reply)).map_err(|error| match error {
            TrySendError::Full(_) => Refused::Busy,
            TrySendError::Disconnected(_) => Refused::Ending,
        })?;
        answer.await.map_err(|_| Refused::Ending)?
    }

    /// The same for a thread that may wait, also for room.
    ///
    /// # Errors
    /// [`Refused`] where they are not taken.
    pub fn take_blocking(&self, sent: Sent) -> Result<Answer, Refused> {
        sent.check_names()?;
        let (reply, answer) = oneshot::channel();
        self.tasks.send(Task::Take(Box::new(sent), reply)).map_err(|_| Refused::Ending)?;
        answer.blocking_recv().map_err(|_| Refused::Ending)?
    }

    /// How it goes.
    #[must_use]
    pub fn status(&self) -> Status {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner).clone();
        status.store_failure = self.log.disk().failure().map(|failure| failure.to_string());
        status
    }

    /// Ends after what waits was written.
    pub fn stop(&self) {
        // One that cannot be sent finds nobody to end any more.
        self.tasks.send(Task::Stop).unwrap_or_default();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A thread that panicked has said so itself.
            thread.join().unwrap_or_default();
        }
    }
}

struct Worker {
    keeper: Arc<Keeper>,
    log: Log,
    /// The number of the last batch that is decided on.
    applied: u64,
    /// Whether all facts have to be read anew before anything else is taken for decided on.
    again: bool,
    status: Arc<Mutex<Status>>,
    /// Who is shown what was watched.
    coverage: Option<Arc<Mutex<Coverage>>>,
}

impl Worker {
    fn run(&mut self, tasks: &Receiver<Task>) {
        while let Ok(task) = tasks.recv() {
            let mut next = Some(task);
            let (mut sent, mut bytes) = (Vec::new(), 0_usize);
            while let Some(Task::Take(one, reply)) = next {
                bytes = bytes.saturating_add(one.checked.text.len());
                sent.push((*one, reply));
                next = if bytes < TOGETHER { tasks.try_recv().ok() } else { None };
            }
            self.take(sent);
            if matches!(next, Some(Task::Stop)) {
                return;
            }
        }
    }

    fn take(&mut self, sent: Vec<(Sent, oneshot::Sender<Result<Answer, Refused>>)>) {
        if sent.is_empty() {
            return;
        }
        let began = Moment::now();
        let received = clock::wall();
        let written = self.log.disk().write(|write| {
            sent.iter().map(|(one, _)| one.place(write, received.0)).collect::<Result<Vec<_>, _>>()
        });
        let placed = match written {
            Ok(placed) => placed,
            Err(error) => {
                let failed = u64::try_from(sent.len()).unwrap_or(u64::MAX);
                self.note(|status| status.failed = status.failed.saturating_add(failed));
                for (_, reply) in sent {
                    // Whoever sent it may not wait any more.
                    drop(reply.send(Err(Refused::Store(error.clone()))));
                }
                return;
            }
        };
        let new: Vec<&Placed> = placed.iter().flatten().filter(|placed| placed.batch.is_some()).collect();
        if !new.is_empty() {
            self.decide(&new);
            let took = began.elapsed().as_secs_f64();
            self.note(|status| status.commit_seconds = took);
        }
        for ((_, reply), placed) in sent.into_iter().zip(placed) {
            drop(reply.send(placed.map(|placed| placed.answer)));
        }
    }

    /// Has decided on what was written.
    fn decide(&mut self, new: &[&Placed]) {
        let batches = || new.iter().filter_map(|placed| placed.batch.as_ref());
        batches().for_each(|(_, batch)| self.log.grew(batch));
        let first = batches().next().map_or(0, |(number, _)| *number);
        // Where a write that was taken for failed went through after all, its batch comes before these.
        let follows = first == self.applied.saturating_add(1);
        if self.again || !follows || new.iter().any(|placed| placed.replaces) {
            self.start_over();
        } else {
            self.add(new);
        }
        let (mut lines, mut rejected) = (0_u64, 0_u64);
        for placed in new {
            lines = lines.saturating_add(placed.answer.taken);
            rejected = rejected.saturating_add(placed.answer.rejected);
        }
        let reached = self.applied;
        self.note(|status| {
            status.batch = reached;
            status.lines = status.lines.saturating_add(lines);
            status.rejected = status.rejected.saturating_add(rejected);
        });
    }

    /// Has the lines of new batches decided on.
    fn add(&mut self, new: &[&Placed]) {
        let batches = || new.iter().filter_map(|placed| placed.batch.as_ref());
        let last = batches().next_back().map_or(self.applied, |(number, _)| *number);
        self.keeper.change(Some(last), |writer: &mut Writer| {
            for (_, batch) in batches() {
                batch.lines().for_each(|(line, text)| writer.line(&batch.feed, line, text));
            }
        });
        self.applied = last;
        if let Some(coverage) = &self.coverage {
            let mut coverage = coverage.lock().unwrap_or_else(PoisonError::into_inner);
            batches().flat_map(|(_, batch)| batch.lines()).for_each(|(_, text)| coverage.see(text));
        }
    }

    /// Reads everything that stands anew: something that was said before is said no more.
    fn start_over(&mut self) {
        let failure = match self.keeper.start_over() {
            Ok(delta) => {
                (self.applied, self.again) = (delta.sequence, false);
                None
            }
            Err(error) => {
                self.again = true;
                Some(error.to_string())
            }
        };
        self.note(|status| status.reread_failure = failure);
    }

    fn note(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
