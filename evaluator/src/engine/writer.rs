//! Facts that change, and the decisions that follow.

use std::sync::Arc;

use super::Engine;
use super::delta::DecisionDelta;
use super::entry::Indexed;
use super::live::Live;
use super::published::Published;
use super::round::Work;
use crate::evaluation::Evaluation;
use crate::facts::{Instant, Line, Source};
use crate::store::{FactForm, FieldHandle, FieldValue, Loader, Reject, Snapshot, SourceHandle, TellError};
use crate::world::{Reports, World};

/// Takes in lines, moves the clock, and says what that did to the decisions.
///
/// At every instant what stands is exactly what [`Engine::evaluate`] makes of the same lines.
#[derive(Debug)]
pub struct Writer {
    live: Live,
    pending: Loader,
    lines: Reports,
    published: Option<Published>,
}

/// A report that is put together: [`Writer::report`].
#[derive(Debug)]
#[must_use = "a report that is not sent was not made"]
pub struct Reporting<'w> {
    pending: &'w mut Loader,
    form: &'w FactForm,
    key: &'w str,
    source: &'w SourceHandle,
    observed_at: Instant,
}

impl Reporting<'_> {
    /// Says what a field is: a text where lines have a text, as of keys, members of enums and durations.
    ///
    /// # Errors
    /// [`TellError`] where that does not fit the field. A line would say so by a reject, and the field would
    /// be known to be in error.
    pub fn set<'v>(self, field: FieldHandle, value: impl Into<FieldValue<'v>>) -> Result<Self, TellError> {
        self.pending.set(self.form, field, value.into())?;
        Ok(self)
    }

    /// Says that a field is known to be absent.
    ///
    /// # Errors
    /// [`TellError::Value`] where the field is not optional.
    pub fn absent(self, field: FieldHandle) -> Result<Self, TellError> {
        self.set(field, FieldValue::Absent)
    }

    /// Takes the report, to be committed.
    ///
    /// # Errors
    /// [`TellError::Key`] where the key is empty, [`TellError::Limit`] where there is no room for it.
    pub fn send(self) -> Result<(), TellError> {
        self.pending.tell(self.form, self.key, self.source, self.observed_at)
    }
}

impl Engine {
    /// Starts from a snapshot, with everything decided as of `now`.
    #[must_use]
    pub fn writer(&self, snapshot: &Snapshot, now: Instant) -> Writer {
        let world = World::build(&self.layout, snapshot, now.0);
        let lines = Reports::of(snapshot, &self.layout);
        Writer {
            live: Live::new(self, world),
            pending: Loader::pending(&self.layout),
            lines,
            published: None,
        }
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

    /// What of the lines taken since the last commit does not fit the types of facts.
    #[must_use]
    pub fn refused(&self) -> &[Reject] {
        self.pending.refused()
    }

    /// A type of fact, by its name, qualified or short: look it up once, and report with it many times.
    ///
    /// # Errors
    /// [`TellError::Type`] where there is none of this name.
    pub fn form(&self, name: &str) -> Result<FactForm, TellError> {
        FactForm::new(&self.live.engine().layout, name)
    }

    /// Who reports, looked up once.
    #[must_use]
    pub fn source(&self, source: &Source) -> SourceHandle {
        SourceHandle::new(source)
    }

    /// Begins a report of the fact with this key, to be committed: the same as a line that says so, without
    /// its text. As with lines, a source's later report of an entity takes the place of its earlier one, with
    /// all fields: one that is not set was not collected.
    ///
    /// ```
    /// use assize::Engine;
    /// use assize::facts::{Instant, Source};
    ///
    /// let policies = r#"
    /// package shop
    /// entity Key { key id: string  idle: duration  owner: string? } closed
    /// policy idle { for k: Key decide { k.idle > 90d => alert low because "idle for {k.idle}" } }
    /// "#;
    /// let engine = Engine::builder().source("shop.assize", policies).build()?;
    /// let now: Instant = "2026-06-01T00:00:00Z".parse()?;
    /// let mut writer = engine.writer(&engine.loader().finish(), now);
    ///
    /// // Once:
    /// let key = writer.form("Key")?;
    /// let (idle, owner) = (key.field("idle")?, key.field("owner")?);
    /// let gateway = writer.source(&Source { tool: "gateway".to_owned(), ..Source::default() });
    ///
    /// // For every change:
    /// writer.report(&key, "key-7", &gateway, now).set(idle, "120d")?.absent(owner)?.send()?;
    /// let delta = writer.commit(now);
    /// assert_eq!(delta.changes.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn report<'w>(
        &'w mut self,
        form: &'w FactForm,
        key: &'w str,
        source: &'w SourceHandle,
        observed_at: Instant,
    ) -> Reporting<'w> {
        self.pending.begin();
        Reporting { pending: &mut self.pending, form, key, source, observed_at }
    }

    /// Makes the lines taken so far part of the facts, moves the clock to `now`, and says what that changed:
    /// first what the clock alone changed, each at its instant, then what the lines did. An instant before
    /// the present one counts as the present one.
    pub fn commit(&mut self, now: Instant) -> DecisionDelta {
        let now = now.0.max(self.live.world().now());
        let changes = self.pending.take_all(self.live.world().texts());
        self.lines.add(&changes);
        self.live.commit(changes, now)
    }

    /// Decides by the policies and params of `engine` from now on, and says what that changed: only what is
    /// not as it was is decided anew. Nothing where the types of facts, the signals or the trust in tools
    /// differ: the lines were read by the former ones, and a new writer has to read them again.
    pub fn replace(&mut self, engine: &Engine) -> Option<DecisionDelta> {
        self.reads_for(engine).then(|| self.live.replace(engine))
    }

    /// Whether the lines were read as `engine` would read them.
    pub(super) fn reads_for(&self, engine: &Engine) -> bool {
        let own = self.live.engine();
        own.schema == engine.schema && own.trust == engine.trust
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
        Indexed { world: Arc::new(self.live.world().clone()), snapshot: self.lines.id() }
    }

    /// Publishes the facts as they are now, for whoever reads beside this writer; returns where. A commit
    /// changes what is published only when it is followed by another call.
    pub fn publish(&mut self) -> Published {
        let facts = self.facts();
        match &self.published {
            Some(published) => {
                published.set(facts);
                published.clone()
            }
            None => self.published.insert(Published::new(facts)).clone(),
        }
    }

    /// The lines taken in so far, committed.
    pub fn snapshot(&mut self) -> Snapshot {
        self.lines.snapshot()
    }
}
