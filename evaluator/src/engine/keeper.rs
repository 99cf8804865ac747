//! Policies and facts that change while requests are answered, kept for whoever embeds the engine.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use assize_lang::plan::{FactKind, Name};

use super::{DecisionDelta, Desk, Engine, Entry, Indexed, Writer};
use crate::facts::Instant;
use crate::request::DecideError;
use crate::store::Snapshot;
use crate::value::escape;

/// Keeps policies and facts, and publishes both together. Cheap to clone, and shared between threads: who answers
/// requests waits for nobody, and who changes something waits for nobody but others who do.
///
/// ```
/// use assize::facts::Instant;
/// use assize::{Answer, Ask, Engine, Keeper, Scratch};
///
/// let policies = r#"
/// package shop
/// entity Agent { key id: string  frozen: bool } fresh for 24h closed
/// request Call { key id: string  agent: Agent  tool: string }
/// policy freeze { for call: Call decide {
///   call.agent.frozen => block call because "{call.agent.id} is frozen"
///   unknown           => block call because "cannot tell: {missing}"
/// } }
/// test "the frozen are blocked" {
///   now 2026-06-01T00:00:00Z
///   given Agent { id: "bot", frozen: true }
///   given Call { id: "c", agent: "bot", tool: "search" }
///   expect block "c" by freeze
/// }
/// "#;
/// let now: Instant = "2026-06-01T12:00:00Z".parse()?;
/// let engine = Engine::builder().source("shop.assize", policies).build_tested()?;
/// let keeper = Keeper::new(&engine, &engine.loader().finish(), now);
///
/// // Whoever has facts:
/// let bot = r#"{"Agent": {"id": "bot", "frozen": false}, "source": {"tool": "register"}, "observed_at": "2026-06-01T11:00:00Z"}"#;
/// keeper.change(now, |writer| writer.line("register", 1, bot));
///
/// // Each thread that answers:
/// let (mut ask, mut scratch) = (Ask::default(), Scratch::default());
/// let answer = keeper.read(|standing| {
///     let desk = standing.desk("Call")?;
///     desk.read(r#"{"agent": "bot", "tool": "search"}"#, &mut ask)?;
///     desk.decide(&ask, now, &mut scratch).map(|reply| reply.verdict)
/// })?;
/// assert_eq!(answer, Answer::Allow);
///
/// // Policies that do not pass their own tests are none, and change nothing.
/// let broken = policies.replace("call.agent.frozen =>", "!call.agent.frozen =>");
/// let refused = Engine::builder().source("shop.assize", broken).build_tested().unwrap_err();
/// assert!(refused.told().contains("shop.assize:9: `the frozen are blocked`"));
///
/// // Those that do are swapped in, under requests that go on.
/// let wider = policies.replace("call.agent.frozen =>", "call.agent.frozen || call.tool == \"rm\" =>");
/// keeper.replace(&Engine::builder().source("shop.assize", wider).build_tested()?, now)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Keeper(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    standing: ArcSwap<Standing>,
    writer: Mutex<Writer>,
}

/// Policies and facts as they stood at one moment: an answer rests on one of these, and on no mixture of two. Shared
/// between threads, and never changes.
#[derive(Debug)]
pub struct Standing {
    asked: Arc<Asked>,
    facts: Indexed,
    /// By qualified type of request; each made when somebody asks first.
    desks: BTreeMap<Name, OnceLock<Desk>>,
}

/// What requests the policies decide, the same whatever the facts.
#[derive(Debug)]
struct Asked {
    engine: Engine,
    entries: BTreeMap<Name, OnceLock<Entry>>,
}

/// New policies have other types of facts, or other signals, than those that the facts were read by: facts have to be
/// read again, and come by [`Keeper::replace_all`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the types of facts, the signals or the trust in tools are others than those that the facts were read by; read the facts again"
)]
pub struct OtherTypes;

impl Standing {
    fn new(asked: Arc<Asked>, facts: Indexed) -> Self {
        let desks = asked.entries.keys().map(|name| (name.clone(), OnceLock::new())).collect();
        Self { asked, facts, desks }
    }

    /// The policies.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.asked.engine
    }

    /// The facts.
    #[must_use]
    pub const fn facts(&self) -> &Indexed {
        &self.facts
    }

    /// Where requests of a type, qualified or short, are decided. Who asks first waits until it is made; afterwards
    /// nothing is allocated.
    ///
    /// # Errors
    /// As [`Engine::entry`].
    pub fn desk(&self, ty: &str) -> Result<&Desk, DecideError> {
        let asked = &*self.asked;
        let declared = asked.engine.schema.fact(ty).filter(|declared| declared.kind == FactKind::Request);
        let declared = declared.ok_or_else(|| DecideError::NoType(escape(ty)))?;
        let places = (self.desks.get(&declared.name), asked.entries.get(&declared.name));
        let (Some(desk), Some(entry)) = places else { return Err(DecideError::NoType(escape(ty))) };
        if let Some(made) = desk.get() {
            return Ok(made);
        }
        let entry = match entry.get() {
            Some(made) => made,
            None => {
                let made = asked.engine.entry(declared.name.as_str())?;
                entry.get_or_init(|| made)
            }
        };
        Ok(desk.get_or_init(|| entry.desk(&self.facts)))
    }
}

impl Asked {
    fn new(engine: &Engine) -> Arc<Self> {
        let requests = engine.schema.facts.values().filter(|declared| declared.kind == FactKind::Request);
        let entries = requests.map(|declared| (declared.name.clone(), OnceLock::new())).collect();
        Arc::new(Self { engine: engine.clone(), entries })
    }
}

impl Keeper {
    /// Keeps these policies and facts, with everything decided as of `now`. For policies that come from outside, take
    /// an engine of [`Builder::build_tested`](crate::Builder::build_tested).
    #[must_use]
    pub fn new(engine: &Engine, snapshot: &Snapshot, now: Instant) -> Self {
        let mut writer = engine.writer(snapshot, now);
        let standing = ArcSwap::from_pointee(Standing::new(Asked::new(engine), writer.facts()));
        Self(Arc::new(Inner { standing, writer: Mutex::new(writer) }))
    }

    /// Reads policies and facts as they stand; they do not change meanwhile, and nobody is waited for.
    pub fn read<R>(&self, read: impl FnOnce(&Standing) -> R) -> R {
        read(&self.0.standing.load())
    }

    /// Policies and facts as they stand, to keep: what changes later does not change them.
    #[must_use]
    pub fn standing(&self) -> Arc<Standing> {
        self.0.standing.load_full()
    }

    /// Changes facts: `change` gives lines and reports to the writer, which are then committed and published, all of
    /// them or none. Says what became of decisions.
    pub fn change<R>(&self, now: Instant, change: impl FnOnce(&mut Writer) -> R) -> (R, DecisionDelta) {
        let mut writer = self.writer();
        let done = change(&mut writer);
        let delta = writer.commit(now);
        self.publish(&mut writer);
        (done, delta)
    }

    /// Moves the facts to the clock, where that changes anything. Answers are right without it, and sooner after it: see
    /// [`Desk::good_until`].
    pub fn tick(&self, now: Instant) -> Option<DecisionDelta> {
        let mut writer = self.writer();
        let due = writer.next_flip().is_some_and(|flip| flip <= now);
        let standing = self.0.standing.load();
        let stale = standing.desks.values().filter_map(|desk| desk.get()?.good_until()).any(|due| due <= now);
        if !due && !stale {
            return None;
        }
        let delta = writer.commit(now);
        self.publish(&mut writer);
        Some(delta)
    }

    /// Answers by the policies and params of another engine from now on, on the same facts. Requests that are under way
    /// are answered by the former ones. Compile and test it before, and only the swap waits for the writer.
    ///
    /// # Errors
    /// [`OtherTypes`]: then nothing has changed.
    pub fn replace(&self, engine: &Engine, now: Instant) -> Result<DecisionDelta, OtherTypes> {
        let mut writer = self.writer();
        if !writer.reads_for(engine) {
            return Err(OtherTypes);
        }
        let mut delta = writer.commit(now);
        delta.changes.extend(writer.replace(engine).ok_or(OtherTypes)?.changes);
        self.0.standing.store(Arc::new(Standing::new(Asked::new(engine), writer.facts())));
        Ok(delta)
    }

    /// Answers by another engine and other facts from now on, both at once.
    pub fn replace_all(&self, engine: &Engine, snapshot: &Snapshot, now: Instant) {
        let mut writer = self.writer();
        *writer = engine.writer(snapshot, now);
        self.0.standing.store(Arc::new(Standing::new(Asked::new(engine), writer.facts())));
    }

    /// The lines taken in so far.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.writer().snapshot()
    }

    fn publish(&self, writer: &mut Writer) {
        let asked = Arc::clone(&self.0.standing.load().asked);
        self.0.standing.store(Arc::new(Standing::new(asked, writer.facts())));
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // Whoever held it wrote nothing by halves: a writer's step is whole or not taken.
        self.0.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
