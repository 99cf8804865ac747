//! Deciding as if some lines more had been said.

use assize_lang::plan::Name;

use super::Engine;
use super::judge::Judge;
use crate::judge::Run;
use crate::store::{Changes, Stored};
use crate::world::World;

/// Facts to suppose changes of, perhaps with a request among them.
pub(crate) struct Supposing<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) world: &'a World,
    pub(crate) request: Option<(&'a Name, &'a Stored)>,
}

impl Supposing<'_> {
    /// Asks on the facts as they would be. The facts themselves stay as they are: a copy shares what is not
    /// changed.
    pub(crate) fn with<R>(&self, changes: Changes, ask: impl FnOnce(&Run<'_>) -> R) -> R {
        let mut world = self.world.clone();
        let now = world.now();
        world.plan(changes, now);
        world.commit();
        match self.request {
            Some(request) => Judge::of_request(self.engine, &world, request).with(ask),
            None => Judge::new(self.engine, &world, None).with(ask),
        }
    }
}
