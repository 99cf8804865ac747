//! Facts at an instant, as deciding reads them: what a [`super::View`] made from scratch and what facts
//! kept up to date have in common.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;

use assize_lang::plan::{CoveredBy, FactType, Name, Schema};

use super::coverage::Track;
use super::fact::Fact;
use crate::value::{FactRef, Horizon};

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

    /// The facts of a type of which it is not known that their field, a reference, leads elsewhere than to
    /// this key, in the order of lists; nothing where there is no shorter way than to look at all.
    fn pinned(&self, _ty: &Name, _field: &Name, _key: &str) -> Option<Vec<Arc<Fact>>> {
        None
    }

    /// Until when none of these fields of any fact of the type changes by the clock.
    fn until(&self, ty: &Name, fields: &BTreeSet<Name>) -> Horizon {
        // Without a time for which reports hold they hold for ever.
        if self.schema().facts.get(ty).is_none_or(|ty| ty.fresh_for.is_none()) {
            return Horizon::NEVER;
        }
        let of_fact = |fact: &Arc<Fact>| {
            let fields = fields.iter().filter_map(|field| fact.field(field.as_str()));
            Horizon::all(fields.map(|merged| merged.horizon))
        };
        Horizon::all(self.all(ty).iter().map(of_fact))
    }

    /// The first instant at which what proves a list of entities of the type complete, in any scope, holds
    /// no more.
    fn listed_until(&self, ty: &FactType) -> i64;

    /// What is known about one signal in one scope, for facts of type `ty`.
    fn track(&self, ty: &FactType, part: &CoveredBy, scope: &str) -> Track;

    /// A type's name as people see it: short where only one package has it.
    fn label(&self, name: &Name) -> String;

    /// A fact as people see it.
    fn reference(&self, ty: &Name, key: &str) -> FactRef {
        FactRef { ty: self.label(ty), key: key.to_owned() }
    }
}
