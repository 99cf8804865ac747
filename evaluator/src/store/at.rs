//! Facts at an instant, as deciding reads them: what a [`super::View`] made from scratch and what facts
//! kept up to date have in common.

use std::fmt::Debug;
use std::sync::Arc;

use assize_lang::plan::{CoveredBy, FactType, Name, Schema};

use super::coverage::Track;
use super::fact::Fact;
use crate::value::FactRef;

/// All facts at one instant.
pub(crate) trait Facts: Debug {
    /// The instant.
    fn now(&self) -> i64;

    /// The schema.
    fn schema(&self) -> &Schema;

    /// The fact with this key, be it the one that it is known by or another.
    fn fact(&self, ty: &Name, key: &str) -> Option<Arc<Fact>>;

    /// The facts of a type in the order of lists: entities by key, events by (`at`, key), those of unknown
    /// `at` first.
    fn all(&self, ty: &Name) -> Vec<Arc<Fact>>;

    /// The facts of type `of` whose field `via` refers to the fact with this key, in the order of lists:
    /// with `true` where it is known that they do, with `false` where they may.
    fn attached(&self, of: &Name, via: &Name, key: &str) -> Vec<(Arc<Fact>, bool)>;

    /// What is known about one signal in one scope, for facts of type `ty`.
    fn track(&self, ty: &FactType, part: &CoveredBy, scope: &str) -> Track;

    /// A type's name as people see it: short where only one package has it.
    fn label(&self, name: &Name) -> String;

    /// A fact as people see it.
    fn reference(&self, ty: &Name, key: &str) -> FactRef {
        FactRef { ty: self.label(ty), key: key.to_owned() }
    }
}
