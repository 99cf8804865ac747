//! Who keeps the facts: the one writer, and the point that it publishes to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use assize::facts::Instant;
use assize::{DecisionDelta, Snapshot, Writer};
use tokio::sync::broadcast;

use super::policies::{LoadError, Policies, PolicySource, ReloadStatus};
use super::{Clock, Point, Recorder, Standing};
use crate::binding::{BindingSource, Bindings};

/// What became of decisions at one step, as everybody hears of it.
#[derive(Clone, Debug)]
pub struct Delta {
    /// The number of the facts after the step.
    pub sequence: u64,
    /// The policies that decided.
    pub revision: Arc<str>,
    /// The instant.
    pub now: Instant,
    /// What changed.
    pub delta: Arc<DecisionDelta>,
}

/// Keeps facts and policies. What it changes is published whole, or not at all.
pub struct Keeper {
    point: Arc<Point>,
    kept: Mutex<Kept>,
    listeners: broadcast::Sender<Delta>,
    facts: Facts,
}

/// Reads all facts by the types that policies have; also their number.
pub type Facts = Box<dyn Fn(&Policies) -> Result<(Snapshot, u64), LoadError> + Send + Sync>;

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").field("kept", &self.kept).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Kept {
    writer: Writer,
    policies: Policies,
    bindings: BindingSource,
    source: PolicySource,
    sequence: u64,
    reload: ReloadStatus,
}

/// How many steps a listener may lag behind before it is told that it missed some.
const LISTENERS: usize = 1_024;

impl Keeper {
    /// Loads policies, indexes the facts that `facts` makes for them, and answers by both.
    ///
    /// # Errors
    /// [`LoadError`] where the policies are none, or do not decide what is bound.
    pub fn start(
        source: PolicySource,
        bindings: BindingSource,
        clock: Clock,
        recorders: Vec<Arc<dyn Recorder>>,
        facts: Facts,
    ) -> Result<Self, LoadError> {
        let policies = source.load()?;
        let bound = Arc::new(bindings.bind(policies.engine())?);
        let (snapshot, sequence) = facts(&policies)?;
        let mut writer = policies.engine().writer(&snapshot, clock.now());
        let standing = Standing::new(policies.clone(), bound, writer.facts(), sequence);
        let point = Arc::new(Point::new(standing, clock, recorders));
        let reload = ReloadStatus { at: Some(clock.now()), error: None };
        let kept = Kept { writer, policies, bindings, source, sequence, reload };
        Ok(Self { point, kept: Mutex::new(kept), listeners: broadcast::channel(LISTENERS).0, facts })
    }

    /// The point that answers.
    #[must_use]
    pub const fn point(&self) -> &Arc<Point> {
        &self.point
    }

    /// Hears of every step from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Delta> {
        self.listeners.subscribe()
    }

    /// Hears of every step from now on, and what they begin from: no step is in both, and none in neither.
    #[must_use]
    pub fn listen_from(&self) -> (assize::Evaluation, broadcast::Receiver<Delta>) {
        let mut kept = self.kept();
        (kept.writer.evaluation(), self.listeners.subscribe())
    }

    /// Reads all facts anew, at the clock as it is now: it was set back, or some of them were let go of.
    ///
    /// # Errors
    /// [`LoadError`] where they cannot be read: then the former ones stand.
    pub fn start_over(&self) -> Result<Delta, LoadError> {
        let mut kept = self.kept();
        let (snapshot, sequence) = (self.facts)(&kept.policies)?;
        let before = kept.writer.evaluation();
        kept.writer = kept.policies.engine().writer(&snapshot, self.point.clock().now());
        kept.sequence = sequence;
        let after = kept.writer.evaluation();
        let by = |_: &assize::Decision| assize::By::Snapshot(after.snapshot.clone());
        let delta = DecisionDelta::between(&before, &after, by);
        let facts = kept.writer.facts();
        self.point.publish(&facts, sequence);
        Ok(self.tell(&kept, delta))
    }

    /// Changes facts: `change` gives lines to the writer, which are committed and published. `sequence` is
    /// the number that the store gives the facts after it; `None` counts on.
    pub fn change<R>(&self, sequence: Option<u64>, change: impl FnOnce(&mut Writer) -> R) -> (R, Delta) {
        let mut kept = self.kept();
        let done = change(&mut kept.writer);
        let delta = kept.writer.commit(self.point.clock().now());
        kept.sequence = sequence.unwrap_or_else(|| kept.sequence.saturating_add(1));
        let facts = kept.writer.facts();
        self.point.publish(&facts, kept.sequence);
        (done, self.tell(&kept, delta))
    }

    /// Moves the facts to the clock, where that changes anything. Answers are right without it, and faster
    /// after it.
    pub fn tick(&self) -> Option<Delta> {
        let mut kept = self.kept();
        let now = self.point.clock().now();
        let due = kept.writer.next_flip().is_some_and(|flip| flip <= now);
        let stale = self.point.standing().due().is_some_and(|due| due <= now);
        if !due && !stale {
            return None;
        }
        let delta = kept.writer.commit(now);
        let facts = kept.writer.facts();
        self.point.publish(&facts, kept.sequence);
        Some(self.tell(&kept, delta))
    }

    /// Loads the policies anew, from where they came.
    ///
    /// # Errors
    /// [`LoadError`]: then the former ones stand, and the status says why.
    pub fn reload(&self) -> Result<Delta, LoadError> {
        let source = self.kept().source.clone();
        self.replace(source)
    }

    /// Answers by the policies of another source from now on: a bundle's.
    ///
    /// # Errors
    /// As [`Keeper::reload`].
    pub fn replace(&self, source: PolicySource) -> Result<Delta, LoadError> {
        // Compiled and tested beside what stands; only the swap waits for the writer.
        let loaded = source.load();
        let mut kept = self.kept();
        let at = Some(self.point.clock().now());
        let bound = loaded.and_then(|policies| {
            kept.bindings.bind(policies.engine()).map(|bound| (policies, Arc::new(bound)))
        });
        match bound {
            Ok((policies, bound)) => {
                kept.reload = ReloadStatus { at, error: None };
                kept.source = source;
                Ok(self.swap(&mut kept, policies, &bound))
            }
            Err(error) => {
                kept.reload = ReloadStatus { at, error: Some(error.to_string()) };
                Err(error)
            }
        }
    }

    fn swap(&self, kept: &mut Kept, policies: Policies, bound: &Arc<Bindings>) -> Delta {
        let now = self.point.clock().now();
        let mut delta = kept.writer.commit(now);
        match kept.writer.replace(policies.engine()) {
            Some(told) => delta.changes.extend(told.changes),
            None => {
                // Other types of facts: the lines are read anew, those among them that did not fit the former ones.
                let before = kept.writer.evaluation();
                let (snapshot, sequence) =
                    (self.facts)(&policies).unwrap_or_else(|_| (kept.writer.snapshot(), kept.sequence));
                kept.sequence = sequence;
                kept.writer = policies.engine().writer(&snapshot, now);
                let after = kept.writer.evaluation();
                let told = DecisionDelta::between(&before, &after, |decision| {
                    assize::By::Policy(decision.policy.clone())
                });
                delta.changes.extend(told.changes);
            }
        }
        kept.policies = policies;
        let facts = kept.writer.facts();
        self.point.replace(&kept.policies, bound, &facts, kept.sequence);
        self.tell(kept, delta)
    }

    /// How the last attempt to load policies went.
    #[must_use]
    pub fn reload_status(&self) -> ReloadStatus {
        self.kept().reload.clone()
    }

    /// The next instant at which the clock alone may change a decision.
    #[must_use]
    pub fn next_flip(&self) -> Option<Instant> {
        self.kept().writer.next_flip()
    }

    /// Everything that stands, as it is shown now.
    #[must_use]
    pub fn evaluation(&self) -> assize::Evaluation {
        self.kept().writer.evaluation()
    }

    /// The lines taken in so far, and the number of these facts.
    #[must_use]
    pub fn snapshot(&self) -> (Snapshot, u64) {
        let mut kept = self.kept();
        (kept.writer.snapshot(), kept.sequence)
    }

    fn tell(&self, kept: &Kept, delta: DecisionDelta) -> Delta {
        let delta = Delta {
            sequence: kept.sequence,
            revision: kept.policies.revision_arc(),
            now: kept.writer.now(),
            delta: Arc::new(delta),
        };
        // Nobody may be listening.
        drop(self.listeners.send(delta.clone()));
        delta
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Whoever held it wrote nothing by halves: a writer's step is whole or not taken.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
