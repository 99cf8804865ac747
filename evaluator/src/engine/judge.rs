//! The judge: whoever knows about evidence and gives reasons, over facts that are kept up to date.

use std::cell::OnceCell;

use assize_lang::plan::Name;

use super::Engine;
use super::delta::By;
use super::held::Judged;
use super::lowered::Lowered;
use super::todo::Why;
use crate::facts::Instant;
use crate::judge::{Access, Asked, AskedCoverage, Leaves, Run, Shared, Tables};
use crate::store::{Facts, Stored};
use crate::value::Value;
use crate::world::{Lens, Row, World};

/// The judge, called in when it is first needed.
pub(super) struct Judge<'a> {
    engine: &'a Engine,
    world: &'a World,
    access: Option<&'a dyn Access>,
    tables: Option<&'a dyn Tables>,
    request: Option<(&'a Name, &'a Stored)>,
    lens: OnceCell<Lens<'a>>,
    leaves: OnceCell<Leaves>,
    asked: AskedCoverage,
    shared: Shared,
}

impl<'a> Judge<'a> {
    pub(super) fn new(engine: &'a Engine, world: &'a World, access: Option<&'a dyn Access>) -> Self {
        let asked = AskedCoverage::default();
        let (lens, leaves) = (OnceCell::new(), OnceCell::new());
        Self {
            engine,
            world,
            access,
            tables: None,
            request: None,
            lens,
            leaves,
            asked,
            shared: Shared::default(),
        }
    }

    /// With relations that are kept up to date.
    pub(super) const fn with_tables(mut self, tables: &'a dyn Tables) -> Self {
        self.tables = Some(tables);
        self
    }

    pub(super) fn now(&self) -> i64 {
        self.world.now()
    }

    /// With a request among the facts.
    pub(super) fn of_request(engine: &'a Engine, world: &'a World, request: (&'a Name, &'a Stored)) -> Self {
        Self { request: Some(request), ..Self::new(engine, world, None) }
    }

    fn lens(&self) -> &Lens<'a> {
        self.lens.get_or_init(|| Lens::new(self.world, self.request))
    }

    pub(super) fn with<R>(&self, ask: impl FnOnce(&Run<'_>) -> R) -> R {
        ask(&Run {
            program: &self.engine.program,
            params: &self.engine.params,
            view: self.lens(),
            leaves: self.leaves.get_or_init(Leaves::native),
            budget: self.engine.budget,
            asked: Some(&self.asked),
            access: self.access,
            tables: self.tables,
            shared: self.request.is_none().then_some(&self.shared),
        })
    }

    /// Decides one head: what is to be said of it, when it has to be looked at again, and the coverage that
    /// was asked about.
    pub(super) fn head(&self, lowered: &Lowered, row: Row) -> (Judged, i64, Vec<Asked>) {
        let name = self.engine.layout.ty(lowered.head).name.clone();
        let first = Value::Fact(name, self.world.key_arc(lowered.head, row));
        let mut judged = Judged::default();
        let (decisions, open) = (&mut judged.decisions, &mut judged.undetermined);
        let until = self.with(|run| run.policy(&lowered.policy, Some(first), None, decisions, open));
        let (asked, wake) = self.asked(until.first);
        (judged, wake, asked)
    }

    /// The coverage that was asked about since this was last called, and when whoever asked has to be looked
    /// at again: what heartbeats bring about and nobody is told of comes into force by the clock.
    pub(super) fn asked(&self, wake: i64) -> (Vec<Asked>, i64) {
        let asked = std::mem::take(&mut *self.asked.0.borrow_mut());
        let renewed = asked.iter().map(|one| one.renewed).filter(|at| *at > self.now());
        let wake = renewed.fold(wake, i64::min);
        (asked, wake)
    }

    pub(super) fn by(&self, why: Why, policy: &Name) -> By {
        match why {
            Why::Clock(at) => By::Instant(Instant(at)),
            Why::Policy => By::Policy(policy.to_string()),
            Why::Fact(ty, row) => {
                By::Fact(self.lens().reference(&self.engine.layout.ty(ty).name, self.world.key(ty, row)))
            }
        }
    }
}
