//! Who writes down what became of decisions: from whoever decides to the outbox.
//!
//! It begins with what is different from what was told last, and goes on with each step. Where it missed steps, or
//! they could not be written, it looks for what is different again: nothing is forgotten, and nothing grows while the
//! disk is full.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::watch;

use super::outbox::{Event, Outbox};
use super::route;
use crate::point::Keeper;

/// How often those decisions are asked about that were lost before the server began.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// How long is waited after a write that failed.
const FAILED: Duration = Duration::from_secs(1);

/// How many changes are written together at most, but for one step's.
const TOGETHER: usize = 4_096;

/// Changes of decisions since the server began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Made.
    pub made: u64,
    /// Changed.
    pub changed: u64,
    /// Withdrawn.
    pub withdrawn: u64,
    /// Lost.
    pub lost: u64,
}

/// What was written.
#[derive(Debug, Default)]
pub struct Told {
    changes: Mutex<Changes>,
    failures: AtomicU64,
}

impl Told {
    /// The changes.
    #[must_use]
    pub fn changes(&self) -> Changes {
        *self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often changes could not be written.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    fn count(&self, events: &[Event]) {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            let count = match event.change.as_str() {
                "made" => &mut changes.made,
                "changed" => &mut changes.changed,
                "withdrawn" => &mut changes.withdrawn,
                _ => &mut changes.lost,
            };
            *count = count.saturating_add(1);
        }
    }
}

/// Tells until it is told to end.
pub async fn run(keeper: Arc<Keeper>, outbox: Outbox, told: Arc<Told>, mut end: watch::Receiver<bool>) {
    let mut why = json!({"restart": true});
    loop {
        // From here on every step is heard, and this is what they begin from.
        let (reader, writer, by) = (Arc::clone(&keeper), outbox.clone(), why.clone());
        let told_all = Arc::clone(&told);
        let settled = tokio::task::spawn_blocking(move || {
            let (evaluation, heard) = reader.listen_from();
            let lost = settle(&reader, &writer, &evaluation, &by, &told_all);
            (lost, heard)
        });
        let Ok((lost, mut heard)) = settled.await else { return };
        let Some(lost) = lost else {
            told.failures.fetch_add(1, Ordering::Relaxed);
            if ended(FAILED, &mut end).await {
                return;
            }
            continue;
        };
        why = json!({"missed": true});
        loop {
            let delta = tokio::select! {
                delta = heard.recv() => delta,
                () = tokio::time::sleep(ASK_AGAIN), if lost > 0 => break,
                _ = end.wait_for(|over| *over) => return,
            };
            let mut events = match delta {
                Ok(delta) => Event::of(&delta.delta),
                Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return,
            };
            let mut missed = false;
            while events.len() < TOGETHER {
                match heard.try_recv() {
                    Ok(delta) => events.extend(Event::of(&delta.delta)),
                    Err(TryRecvError::Lagged(_)) => {
                        missed = true;
                        break;
                    }
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                }
            }
            let (reader, writer, told_these) = (Arc::clone(&keeper), outbox.clone(), Arc::clone(&told));
            let written = tokio::task::spawn_blocking(move || {
                own(&reader, &mut events);
                writer.tell(&events).inspect(|()| told_these.count(&events)).is_ok()
            });
            if !written.await.unwrap_or(false) {
                told.failures.fetch_add(1, Ordering::Relaxed);
                missed = true;
                if ended(FAILED, &mut end).await {
                    return;
                }
            }
            if missed {
                break;
            }
        }
    }
}

/// Tells what is different from what was told last; how many decisions were lost earlier and still are. Nothing
/// where the disk fails.
fn settle(
    keeper: &Keeper,
    outbox: &Outbox,
    now: &assize::Evaluation,
    by: &Value,
    told: &Told,
) -> Option<usize> {
    let (mut events, lost) = outbox.difference(now, by).ok()?;
    own(keeper, &mut events);
    outbox.tell(&events).ok()?;
    told.count(&events);
    Some(lost)
}

/// Says of each decision who owns what it is about.
fn own(keeper: &Keeper, events: &mut [Event]) {
    let standing = keeper.point().standing();
    for event in events {
        event.owner =
            event.decision.as_ref().and_then(|decision| route::of_facts(decision, standing.facts()));
    }
}

async fn ended(time: Duration, end: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        () = tokio::time::sleep(time) => false,
        _ = end.wait_for(|over| *over) => true,
    }
}
