//! Facts that change, and the decisions that follow.

use super::Engine;
use super::delta::DecisionDelta;
use super::entry::Indexed;
use super::live::Live;
use super::round::Work;
use crate::evaluation::Evaluation;
use crate::facts::{Instant, Line};
use crate::store::{Loader, Snapshot};
use crate::world::{Reports, World};

/// Takes in lines, moves the clock, and says what that did to the decisions.
///
/// At every instant what stands is exactly what [`Engine::evaluate`] makes of the same lines.
#[derive(Debug)]
pub struct Writer {
    live: Live,
    pending: Loader,
    lines: Reports,
}

impl Engine {
    /// Starts from a snapshot, with everything decided as of `now`.
    #[must_use]
    pub fn writer(&self, snapshot: &Snapshot, now: Instant) -> Writer {
        let world = World::build(&self.layout, snapshot, now.0);
        let lines = Reports::of(snapshot, std::sync::Arc::clone(&self.schema));
        Writer { live: Live::new(self, world), pending: self.loader(), lines }
    }
}

impl Writer {
    /// Takes a line of a fact file, to be committed. One that cannot be read becomes a reject.
    pub fn line(&mut self, file: &str, number: u64, text: &str) {
        self.pending.line(file, number, text);
    }

    /// Takes a line that is already read, to be committed; `file` and `record` say where it comes from, for
    /// rejects.
    pub fn add(&mut self, file: &str, record: &str, line: Line) {
        self.pending.add(file, record, line);
    }

    /// Makes the lines taken so far part of the facts, moves the clock to `now`, and says what that changed:
    /// first what the clock alone changed, each at its instant, then what the lines did. An instant before
    /// the present one counts as the present one.
    pub fn commit(&mut self, now: Instant) -> DecisionDelta {
        let now = now.0.max(self.live.world().now());
        let changes = self.pending.take();
        self.lines.add(&changes);
        self.live.commit(changes, now)
    }

    /// Decides by the policies and params of `engine` from now on, and says what that changed: only what is
    /// not as it was is decided anew. Nothing where the types of facts, the signals or the trust in tools
    /// differ: the lines were read by the former ones, and a new writer has to read them again.
    pub fn replace(&mut self, engine: &Engine) -> Option<DecisionDelta> {
        let same = self.live.engine().schema == engine.schema && self.live.engine().trust == engine.trust;
        same.then(|| self.live.replace(engine))
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant(self.live.world().now())
    }

    /// The next instant at which a decision may change though nothing is reported; it may be early, and is
    /// never late.
    #[must_use]
    pub fn next_flip(&self) -> Option<Instant> {
        self.live.next_flip().map(Instant)
    }

    /// What deciding took since the writer began.
    #[must_use]
    pub const fn work(&self) -> Work {
        self.live.work()
    }

    /// Everything that stands, as it is shown now.
    pub fn evaluation(&mut self) -> Evaluation {
        let snapshot = self.snapshot();
        self.live.evaluation(&snapshot)
    }

    /// The facts as they are now, to decide requests on; later commits do not change them.
    pub fn facts(&mut self) -> Indexed {
        let snapshot = self.lines.snapshot();
        Indexed {
            world: std::sync::Arc::new(self.live.world().clone()),
            snapshot: std::sync::Arc::from(snapshot.id()),
        }
    }

    /// The lines taken in so far, committed.
    pub fn snapshot(&mut self) -> Snapshot {
        self.lines.snapshot()
    }
}
