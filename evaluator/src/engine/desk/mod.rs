//! Requests, many of them on the same facts: answers without reasons, at once, and reasons when they are
//! asked for.
//!
//! Most requests are plain: everything that conditions read of them is known. What of the policies can come
//! to anything for one is found by the [`sieve`](super::sieve), and whether it does by compiled conditions.
//! Whatever is not plain goes to the judge, as [`Entry::decide`] does.

mod ask;
mod fire;
mod hints;
mod scan;

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::entry::{Entry, Indexed};
use super::plain::{Arrived, Asked, Runner, Slots};
use super::sieve::{Known, Look, Room};
use crate::explain::Explanation;
use crate::facts::Instant;
use crate::request::{Answer, DecideError, Verdict};
use crate::value::NEVER;
use ask::{Ground, Reader};
use fire::{Fires, Shot};

pub use ask::Ask;
pub use fire::{Fired, Reply};

/// Where requests of one type are decided on facts that do not change. Made once for the facts, cheap to
/// clone, and shared between threads; each thread has an [`Ask`] and a [`Scratch`] of its own.
#[derive(Clone, Debug)]
pub struct Desk {
    inner: Arc<Inner>,
}

/// What is the same at all desks of an entry.
#[derive(Debug)]
pub(super) struct Fixed {
    reader: Reader,
    fires: Fires,
}

impl Fixed {
    fn new(entry: &Entry) -> Self {
        let is_read = |field| !entry.policies.reading(entry.ty, field).is_empty();
        Self {
            reader: Reader::new(&entry.engine.layout, entry.ty, &entry.sieve, is_read),
            fires: Fires::new(&entry.sieve, entry.policies.all.iter().map(|one| &*one.policy)),
        }
    }
}

#[derive(Debug)]
struct Inner {
    entry: Entry,
    facts: Indexed,
    fixed: Arc<Fixed>,
    ground: Ground,
    known: Known,
    /// Policies that single fields say nothing about.
    open: Vec<u32>,
    /// By policy: whether no case of it ranges over more than the budget allows.
    bounded: Vec<bool>,
    /// The first instant at which the facts are others.
    due: i64,
    mark: Arc<()>,
}

/// Room to decide in, to be used again for the next request.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    room: Room,
    alive: Vec<u32>,
    slots: Slots,
    fired: Vec<(u32, u32)>,
    looked_at: usize,
    judged: usize,
}

impl Scratch {
    /// How many policies the last request was held against; the others say by single fields, or by comparing
    /// two, that it is nothing to them.
    #[must_use]
    pub const fn looked_at(&self) -> usize {
        self.looked_at
    }

    /// How many of these the judge was asked about: what they come to for the last request was not plain.
    #[must_use]
    pub const fn judged(&self) -> usize {
        self.judged
    }
}

impl Entry {
    /// Makes everything ready that is the same for all requests on these facts.
    #[must_use]
    pub fn desk(&self, facts: &Indexed) -> Desk {
        let world = &*facts.world;
        let reach = self.engine.budget.reach;
        let bounded: Vec<bool> =
            self.policies.all.iter().map(|one| one.plain.is_bounded(world, reach)).collect();
        let is_bounded = |number: usize| bounded.get(number) == Some(&true);
        let fixed = Arc::clone(self.fixed.get_or_init(|| Arc::new(Fixed::new(self))));
        let inner = Inner {
            ground: fixed.reader.ground(world, &self.sieve),
            fixed,
            known: Known::new(&self.sieve, world),
            open: self.sieve.open(is_bounded),
            due: world.next_due().unwrap_or(NEVER),
            mark: Arc::default(),
            bounded,
            entry: self.clone(),
            facts: facts.clone(),
        };
        Desk { inner: Arc::new(inner) }
    }
}

impl Desk {
    /// The first instant at which the facts may be others by the clock alone. A desk decides later ones as
    /// well, but slowly: make another.
    #[must_use]
    pub fn good_until(&self) -> Option<Instant> {
        Some(self.inner.due).filter(|due| *due != NEVER).map(Instant)
    }

    /// Reads a request: an object with its fields, as [`Entry::decide`] has them.
    ///
    /// # Errors
    /// [`DecideError::Json`] where the text is no JSON object, [`DecideError::Key`] where the key cannot be
    /// read.
    pub fn read(&self, json: &str, ask: &mut Ask) -> Result<(), DecideError> {
        let inner = &*self.inner;
        let world = &*inner.facts.world;
        let (reader, sieve) = (&inner.fixed.reader, &*inner.entry.sieve);
        if !inner.is_mine(ask) {
            ask.forget();
        }
        if reader.usual((world, sieve, &inner.ground), json, ask) {
            if !inner.is_mine(ask) {
                ask.desk = Some(Arc::clone(&inner.mark));
            }
            return Ok(());
        }
        ask.desk = None;
        let fields = object(json)?;
        let declared = &inner.entry.engine.layout.ty(inner.entry.ty).name;
        let asked = inner.entry.engine.ask(declared.as_str(), &fields, Instant(world.now()))?;
        ask.take_over(world, inner.entry.ty, json, &asked.stored);
        reader.classify(world, sieve, ask);
        ask.desk = Some(Arc::clone(&inner.mark));
        Ok(())
    }

    /// Decides a request. An instant before that of the facts counts as theirs.
    ///
    /// # Errors
    /// As [`Desk::read`], for one that was not read here.
    pub fn decide<'s>(
        &'s self,
        ask: &Ask,
        now: Instant,
        scratch: &'s mut Scratch,
    ) -> Result<Reply<'s>, DecideError> {
        let inner = &*self.inner;
        let now = now.0.max(inner.facts.world.now());
        scratch.fired.clear();
        if !inner.is_mine(ask) || ask.recorded || now >= inner.due {
            return inner.all_by_judge(ask, now, scratch);
        }
        inner.plainly(ask, now, scratch)
    }

    /// Decides several requests on the same policies and facts, as text, one after another. `each` is told which of
    /// them, from 0, and its answer; room is used again, so that nothing is allocated once it is warm.
    ///
    /// ```
    /// use assize::facts::Instant;
    /// use assize::{Answer, Ask, Engine, Scratch};
    ///
    /// let policies = r#"
    /// package shop
    /// request Call { key id: string  tool: string }
    /// policy shut { for c: Call decide { c.tool == "rm" => block c because "no" unknown => block c because "{missing}" } }
    /// "#;
    /// let engine = Engine::builder().source("shop.assize", policies).build()?;
    /// let now: Instant = "2026-06-01T00:00:00Z".parse()?;
    /// let desk = engine.entry("Call")?.desk(&engine.index(&engine.loader().finish(), now));
    /// let (mut ask, mut scratch, mut blocked) = (Ask::default(), Scratch::default(), 0);
    /// let requests = [r#"{"tool": "ls"}"#, r#"{"tool": "rm"}"#, "no object"];
    /// desk.decide_many(requests, now, &mut ask, &mut scratch, |_, answer| {
    ///     blocked += usize::from(!answer.is_ok_and(|reply| reply.verdict == Answer::Allow));
    /// });
    /// assert_eq!(blocked, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decide_many<'r>(
        &self,
        requests: impl IntoIterator<Item = &'r str>,
        now: Instant,
        ask: &mut Ask,
        scratch: &mut Scratch,
        mut each: impl FnMut(usize, Result<Reply<'_>, DecideError>),
    ) {
        for (at, json) in requests.into_iter().enumerate() {
            match self.read(json, ask) {
                Ok(()) => each(at, self.decide(ask, now, scratch)),
                Err(error) => each(at, Err(error)),
            }
        }
    }

    /// Why each policy decides what it does about a request: those that decide something, or cannot tell, in the
    /// order of the verdict. Slow, and on the same policies, facts and instant as [`Desk::decide`].
    ///
    /// # Errors
    /// As [`Desk::read`].
    pub fn explain(&self, ask: &Ask, now: Instant) -> Result<Vec<Explanation>, DecideError> {
        let inner = &*self.inner;
        let verdict = self.verdict(ask, now)?;
        let open = verdict.undetermined.iter().map(|one| one.policy.as_str());
        let mut names: Vec<&str> = Vec::new();
        for name in verdict.decisions.iter().map(|one| one.policy.as_str()).chain(open) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        inner.entry.explain(&inner.facts, &object(ask.json())?, verdict.now, &names)
    }

    /// The same decision with its reasons: what [`Desk::decide`] answers, shown.
    ///
    /// # Errors
    /// As [`Desk::read`].
    pub fn verdict(&self, ask: &Ask, now: Instant) -> Result<Verdict, DecideError> {
        self.inner.entry.decide(&self.inner.facts, &object(ask.json())?, now)
    }
}

impl Inner {
    /// Whether it was read here: then its references are to these facts.
    fn is_mine(&self, ask: &Ask) -> bool {
        ask.desk.as_ref().is_some_and(|mark| Arc::ptr_eq(mark, &self.mark))
    }

    fn plainly<'s>(
        &'s self,
        ask: &Ask,
        now: i64,
        scratch: &'s mut Scratch,
    ) -> Result<Reply<'s>, DecideError> {
        let world = &*self.facts.world;
        let asked = ask.asked(self.entry.ty);
        let sieve = &*self.entry.sieve;
        let look = Look { sieve, world, open: &self.open, known: &self.known };
        let Scratch { room, alive, slots, fired, looked_at, judged } = scratch;
        alive.clear();
        let fires = &self.fixed.fires;
        let (mut blocked, mut open) = (false, false);
        let mut fire = |shot: Option<Shot>| {
            let is_plain = shot.is_some();
            if let Some(shot) = shot {
                blocked |= shot.blocks;
                fired.push(shot.is);
            }
            is_plain
        };
        (*looked_at, *judged) = (0, 0);
        look.asked(room, &asked, (ask.classes(), ask.words()), |place, is_sure| {
            *looked_at = looked_at.saturating_add(1);
            if !(is_sure && fire(fires.sole(place))) {
                alive.push(place);
            }
        });
        if alive.is_empty() {
            return Ok(self.reply(blocked, false, NEVER, fired));
        }
        let mut runner = Runner::inside(world, now, Some(asked), std::mem::take(slots).of(&self.mark));
        let mut until = NEVER;
        let mut doubtful = 0_usize;
        for place in 0..alive.len() {
            let Some(number) = alive.get(place).and_then(|place| sieve.number(*place)) else { continue };
            let Some(lowered) = self.entry.policies.all.get(number) else { continue };
            let bounded = self.bounded.get(number) == Some(&true);
            let policy = u32::try_from(number).unwrap_or(u32::MAX);
            match lowered.plain.arm(&mut runner, Asked::ROW, bounded) {
                Arrived::Nothing(wake) => until = until.min(wake),
                Arrived::At(arm, wake) if fire(fires.shot(number, arm)) => until = until.min(wake),
                Arrived::At(..) | Arrived::Perhaps => {
                    if let Some(slot) = alive.get_mut(doubtful) {
                        *slot = policy;
                        doubtful = doubtful.saturating_add(1);
                    }
                }
            }
        }
        *slots = runner.room();
        alive.truncate(doubtful);
        *judged = doubtful;
        if !alive.is_empty() {
            let numbers = alive.iter().filter_map(|number| usize::try_from(*number).ok());
            let judged = self.entry.judged(&self.facts, &object(ask.json())?, Instant(now), numbers)?;
            until = until.min(judged.until);
            blocked |= judged.verdict.verdict == Answer::Block;
            open |= judged.verdict.verdict == Answer::Undetermined;
            self.fixed.fires.take_in(&judged.verdict, fired);
        }
        Ok(self.reply(blocked, open, until, fired))
    }

    fn all_by_judge<'s>(
        &'s self,
        ask: &Ask,
        now: i64,
        scratch: &'s mut Scratch,
    ) -> Result<Reply<'s>, DecideError> {
        let all = 0..self.entry.policies.all.len();
        (scratch.looked_at, scratch.judged) = (all.len(), all.len());
        let judged = self.entry.judged(&self.facts, &object(ask.json())?, Instant(now), all)?;
        self.fixed.fires.take_in(&judged.verdict, &mut scratch.fired);
        let (blocked, open) =
            (judged.verdict.verdict == Answer::Block, judged.verdict.verdict == Answer::Undetermined);
        Ok(self.reply(blocked, open, judged.until, &mut scratch.fired))
    }

    fn reply<'s>(&'s self, blocked: bool, open: bool, until: i64, fired: &'s mut [(u32, u32)]) -> Reply<'s> {
        fired.sort_unstable();
        let verdict = match (blocked, open) {
            (true, _) => Answer::Block,
            (false, true) => Answer::Undetermined,
            (false, false) => Answer::Allow,
        };
        let until = until.min(self.due);
        let valid_until = Some(until).filter(|until| *until != NEVER).map(Instant);
        Reply { verdict, valid_until, fired, fires: &self.fixed.fires }
    }
}

fn object(json: &str) -> Result<Map<String, Json>, DecideError> {
    serde_json::from_str(json)
        .map_err(|error| DecideError::Json(format!("line {}, column {}", error.line(), error.column())))
}
