//! The facts of a world as the judge reads them.

use std::sync::Arc;

use assize_lang::plan::{CoveredBy, FactType, Name, Schema};

use super::World;
use crate::store::{Fact, Facts, Stored, Track, View};

/// A world, perhaps with one request that is asked now.
#[derive(Debug)]
pub(crate) struct Lens<'w> {
    world: &'w World,
    view: Arc<View>,
}

impl<'w> Lens<'w> {
    /// The facts of `world`, and `extra`, a request of that type.
    pub(crate) fn new(world: &'w World, extra: Option<(&Name, &Stored)>) -> Self {
        let view = match extra {
            None => Arc::clone(&world.state.view),
            some => Arc::new(View::new(
                world.layout.schema(),
                &world.state.snapshot,
                world.layout.trust(),
                world.now(),
                some,
            )),
        };
        Self { world, view }
    }

    /// The world.
    pub(crate) fn world(&self) -> &'w World {
        self.world
    }
}

impl Facts for Lens<'_> {
    fn now(&self) -> i64 {
        self.view.now()
    }

    fn schema(&self) -> &Schema {
        self.world.layout.schema()
    }

    fn fact(&self, ty: &Name, key: &str) -> Option<Arc<Fact>> {
        self.view.fact(ty, key)
    }

    fn all(&self, ty: &Name) -> Vec<Arc<Fact>> {
        self.view.all(ty)
    }

    fn attached(&self, of: &Name, via: &Name, key: &str) -> Vec<(Arc<Fact>, bool)> {
        self.view.attached(of, via, key)
    }

    fn track(&self, ty: &FactType, part: &CoveredBy, scope: &str) -> Track {
        self.view.track(ty, part, scope)
    }

    fn label(&self, name: &Name) -> String {
        Facts::label(&*self.view, name)
    }
}
