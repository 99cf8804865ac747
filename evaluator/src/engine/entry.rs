//! Requests, one decision each: policies found once, facts indexed once.

use std::sync::{Arc, OnceLock};

use assize_lang::plan::{Policy, Type};
use serde_json::{Map, Value as Json};

use super::Engine;
use super::desk::{Ask, Fixed};
use super::judge::Judge;
use super::lowered::Policies;
use super::plain::{Plain, Plainly, Runner};
use super::sieve::Sieve;
use crate::decision::Decision;
use crate::explain::Explanation;
use crate::facts::Instant;
use crate::request::{Asked, DecideError, Verdict, answer};
use crate::store::{Changes, Snapshot};
use crate::value::{NEVER, Value};
use crate::world::{Cell, TypeId, World};

/// The facts at an instant, indexed: what decisions are made on. Cheap to clone, and never changes.
#[derive(Clone, Debug)]
pub struct Indexed {
    pub(super) world: Arc<World>,
    pub(super) snapshot: Arc<str>,
}

impl Indexed {
    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    /// The instant.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant(self.world.now())
    }

    /// About how many bytes of memory the facts take, by part. What is shared with other facts, a snapshot
    /// or a writer counts in full.
    #[must_use]
    pub fn bytes(&self) -> std::collections::BTreeMap<&'static str, u64> {
        self.world.bytes()
    }

    /// The same facts at a later instant.
    pub(super) fn at(&self, now: Instant) -> Self {
        if now.0 <= self.world.now() {
            return self.clone();
        }
        // A copy shares everything; what the clock has changed meanwhile changes in the copy.
        let mut copy = World::clone(&self.world);
        copy.plan(Changes::default(), now.0);
        copy.commit();
        Self { world: Arc::new(copy), snapshot: Arc::clone(&self.snapshot) }
    }

    /// The id of the snapshot that they are of.
    #[must_use]
    pub fn snapshot(&self) -> &str {
        &self.snapshot
    }
}

/// A type of request, with the policies that decide it: made once, asked many times.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(super) engine: Engine,
    pub(super) ty: TypeId,
    /// Those that are about it.
    pub(super) policies: Arc<Policies>,
    pub(super) sieve: Arc<Sieve>,
    /// Made with the first desk.
    pub(super) fixed: Arc<OnceLock<Arc<Fixed>>>,
}

impl Engine {
    /// Indexes the facts of a snapshot as of `now`.
    #[must_use]
    pub fn index(&self, snapshot: &Snapshot, now: Instant) -> Indexed {
        let world = World::build(&self.layout, snapshot, now.0);
        Indexed { world: Arc::new(world), snapshot: Arc::from(snapshot.id()) }
    }

    /// Resolves a type of request, qualified or short, and the policies that decide it.
    ///
    /// # Errors
    /// [`DecideError`] where there is no such request type, or no policy that asks about it: that is no
    /// allow.
    pub fn entry(&self, ty: &str) -> Result<Entry, DecideError> {
        let ty = self.asked_about(ty)?;
        let policies = Arc::new(Policies::of(self, &self.layout, Some(ty)));
        if policies.all.is_empty() {
            return Err(self.no_policy(ty));
        }
        let all = policies.all.iter().enumerate().map(|(number, one)| (number, &*one.policy));
        let sieve = Arc::new(Sieve::new(&self.layout, &self.params, all));
        Ok(Entry { engine: self.clone(), ty, policies, sieve, fixed: Arc::default() })
    }

    /// Decides a request of type `ty`, qualified or short, with these fields: one left out was not
    /// collected, `null` is known to be absent. Without a key it is called `request`. Nothing is made ready for a
    /// second one: that is what [`Engine::entry`] is for.
    ///
    /// # Errors
    /// [`DecideError`] where nothing can be said about the request.
    pub fn decide(
        &self,
        snapshot: &Snapshot,
        ty: &str,
        fields: &Map<String, Json>,
        now: Instant,
    ) -> Result<Verdict, DecideError> {
        let ty = self.asked_about(ty)?;
        let is_head = |policy: &&Arc<Policy>| match policy.bindings.first().map(|first| &first.ty) {
            Some(Type::Fact(name)) => self.layout.type_id(name) == Some(ty),
            _ => false,
        };
        let plain = |policy| Plain::new(&self.program, &self.layout, &self.params, policy);
        let policies: Vec<(&Arc<Policy>, Plain)> =
            self.program.policies.values().filter(is_head).map(|policy| (policy, plain(policy))).collect();
        if policies.is_empty() {
            return Err(self.no_policy(ty));
        }
        let facts = self.index(snapshot, now);
        let policies = policies.iter().map(|(policy, plain)| (*policy, plain));
        self.judged(ty, &facts, fields, now, policies).map(|judged| judged.verdict)
    }

    /// A type of request, qualified or short.
    fn asked_about(&self, ty: &str) -> Result<TypeId, DecideError> {
        let declared = self.request_type(ty)?;
        let found = self.layout.type_id(&declared.name);
        found.ok_or_else(|| DecideError::NoPolicy(declared.name.to_string()))
    }

    fn no_policy(&self, ty: TypeId) -> DecideError {
        DecideError::NoPolicy(self.layout.ty(ty).name.to_string())
    }

    /// The verdict of policies that are about a type of request.
    fn judged<'p>(
        &self,
        ty: TypeId,
        facts: &Indexed,
        fields: &Map<String, Json>,
        now: Instant,
        policies: impl IntoIterator<Item = (&'p Arc<Policy>, &'p Plain)>,
    ) -> Result<Judged, DecideError> {
        let now = Instant(now.0.max(facts.world.now()));
        let declared = self.layout.ty(ty);
        let Asked { stored, rejects, .. } = self.ask(declared.name.as_str(), fields, now)?;
        let later = facts.at(now);
        let world = &*later.world;
        let (mut decisions, mut undetermined) = (Vec::new(), Vec::new());
        let mut until = NEVER;
        let mut ask = Ask::default();
        ask.take_over(world, ty, "", &stored);
        let mut runner = Runner::new(world, now.0, Some(ask.asked(ty)));
        let judge = Judge::of_request(self, world, (&declared.name, &stored));
        for (policy, plain) in policies {
            let bounded = plain.is_bounded(world, self.budget.reach);
            // One of the same key among the facts may be what others refer to.
            if !ask.recorded
                && let Plainly::Nothing(wake) = plain.head(&mut runner, Ask::ROW, bounded)
            {
                until = until.min(wake);
                continue;
            }
            let first = Value::Fact(declared.name.clone(), Arc::clone(&stored.key));
            let horizon =
                judge.with(|run| run.policy(policy, Some(first), None, &mut decisions, &mut undetermined));
            until = until.min(horizon.first);
        }
        decisions.sort_by(Decision::compare);
        let (verdict, missing) = answer(&decisions, &undetermined);
        let snapshot = facts.snapshot.to_string();
        let verdict = Verdict { verdict, decisions, undetermined, missing, rejects, snapshot, now };
        Ok(Judged { verdict, until })
    }
}

impl Entry {
    /// Decides a request with these fields: one left out was not collected, `null` is known to be absent.
    /// Without a key it is called `request`. An instant before that of the facts counts as theirs.
    ///
    /// # Errors
    /// [`DecideError::Key`] where the key cannot be read.
    pub fn decide(
        &self,
        facts: &Indexed,
        fields: &Map<String, Json>,
        now: Instant,
    ) -> Result<Verdict, DecideError> {
        let all = 0..self.policies.all.len();
        self.judged(facts, fields, now, all).map(|judged| judged.verdict)
    }

    /// Why each of some policies, by their names, decides what it does about a request.
    pub(super) fn explain(
        &self,
        facts: &Indexed,
        fields: &Map<String, Json>,
        now: Instant,
        policies: &[&str],
    ) -> Result<Vec<Explanation>, DecideError> {
        let facts = facts.at(now);
        let declared = self.engine.layout.ty(self.ty);
        let asked = self.engine.ask(declared.name.as_str(), fields, facts.now())?;
        // A policy of this entry binds the request: there is always something to explain.
        let why = |name: &&str| self.engine.explain_asked(&asked, &facts, name).ok();
        Ok(policies.iter().filter_map(why).collect())
    }

    /// The verdict of some of the policies, by their numbers.
    pub(super) fn judged(
        &self,
        facts: &Indexed,
        fields: &Map<String, Json>,
        now: Instant,
        policies: impl IntoIterator<Item = usize>,
    ) -> Result<Judged, DecideError> {
        let policies = policies.into_iter().filter_map(|at| self.policies.all.get(at));
        let policies = policies.map(|lowered| (&lowered.policy, &lowered.plain));
        self.engine.judged(self.ty, facts, fields, now, policies)
    }
}

/// What the judge says, and until when nothing about it changes by itself.
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) until: i64,
}

impl Indexed {
    /// The keys of the facts of a type, qualified or short, in order; none where there is no such type. One
    /// fact with several keys is under the first of them.
    #[must_use]
    pub fn keys(&self, ty: &str) -> Vec<Arc<str>> {
        let world = &*self.world;
        let Some(declared) = world.layout().schema().fact(ty) else { return Vec::new() };
        let Some(ty) = world.layout().type_id(&declared.name) else { return Vec::new() };
        let mut keys: Vec<Arc<str>> = world.in_order(ty).iter().map(|row| world.key_arc(ty, *row)).collect();
        keys.sort_unstable();
        keys
    }

    /// What is exactly known of a field of a fact, where that is a text, or a fact that it refers to: of that the key.
    /// Nothing of what is absent, unknown or sensitive, nor where there is no such type, fact or field.
    #[must_use]
    pub fn text(&self, ty: &str, key: &str, field: &str) -> Option<&str> {
        let world = &*self.world;
        let declared = world.layout().schema().fact(ty)?;
        let open = !matches!(declared.field(field)?.ty, Type::Sensitive(_));
        let ty = world.layout().type_id(&declared.name)?;
        let row = world.row(ty, key).filter(|_| open)?;
        let field = world.layout().field_id(ty, field)?;
        match world.cell(ty, row, field) {
            Cell::Text(text) => Some(world.text(text)),
            Cell::Fact(to) => Some(world.key(world.layout().target(ty, field)?, to)),
            _ => None,
        }
    }
}
