//! Facts at an instant, as deciding reads them: what a [`super::View`] made from scratch and what facts
//! kept up to date have in common.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;

use assize_lang::plan::{CoveredBy, FactType, Name, Schema};

use super::cited::Cited;
use super::coverage::Track;
use super::fact::Fact;
use super::remark::Remark;
use crate::value::{FactRef, Horizon, Possible, Value};

/// One field of a fact, as it is read.
#[derive(Debug)]
pub(crate) struct Seen {
    /// What it can be.
    pub(crate) possible: Possible,
    /// Until when.
    pub(crate) horizon: Horizon,
    /// The fact, with the source that this is taken from.
    pub(crate) cited: Cited,
    /// What is worth telling besides.
    pub(crate) remark: Option<Remark>,
}

impl Seen {
    /// A field of a fact; nothing of the key.
    pub(crate) fn of(fact: &Fact, field: &Name) -> Option<Self> {
        let merged = fact.field(field.as_str())?;
        let (possible, horizon) = (merged.possible.clone(), merged.horizon);
        let cited = Cited::Whole(fact.witness_of(merged));
        Some(Self { possible, horizon, cited, remark: merged.remark.clone() })
    }
}

/// A fact in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) key: Arc<str>,
    /// When it happened, for an event of which that is known.
    pub(crate) at: Option<i64>,
    /// Whether it is known to be in the list.
    pub(crate) certain: bool,
    /// Whether it may be in any such list.
    pub(crate) loose: bool,
    /// Until when that is known, and by whom, where nothing has to be merged for that.
    pub(crate) link: Option<(Horizon, Cited)>,
}

impl Listed {
    /// A fact in a list, with nothing known of how it comes to be there.
    pub(crate) fn of(fact: &Fact, certain: bool) -> Self {
        Self { key: Arc::clone(&fact.key), at: fact.at, certain, loose: false, link: None }
    }
}

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

    /// The same as a list.
    fn listed(&self, ty: &Name) -> Vec<Listed> {
        self.all(ty).iter().map(|fact| Listed::of(fact, true)).collect()
    }

    /// Calls `visit` with the key of each fact of a type, in the order of lists, until it says that it has enough.
    fn each_key(&self, ty: &Name, visit: &mut dyn FnMut(Arc<str>) -> bool) {
        let enough = |listed: Listed| visit(listed.key);
        self.listed(ty).into_iter().any(enough);
    }

    /// A field of the fact with this key; nothing where there is no such fact. The key is no such field.
    fn read(&self, ty: &Name, key: &str, field: &Name) -> Option<Seen> {
        Seen::of(&*self.fact(ty, key)?, field)
    }

    /// The fact with this key, with its most trusted source.
    fn cited(&self, ty: &Name, key: &str) -> Option<Cited> {
        Some(Cited::Whole(Arc::clone(&self.fact(ty, key)?.witness)))
    }

    /// When the event with this key happened, where that is known.
    fn happened(&self, ty: &Name, key: &str) -> Option<i64> {
        self.fact(ty, key)?.at
    }

    /// The facts of type `of` whose field `via` refers to the fact with this key, or of which somebody says so, in
    /// the order of lists.
    fn own(&self, of: &Name, via: &Name, key: &str) -> Vec<Listed>;

    /// The facts of type `of` of which nobody knows to whom their field `via` refers, in the order of lists: they may
    /// be in any list besides.
    fn loose(&self, of: &Name, via: &Name) -> Vec<Listed>;

    /// The facts of a type of which it is not known that their field says anything but `value`, in the order
    /// of lists. The field is the key, a text or a reference.
    fn pinned(&self, ty: &Name, field: &Name, value: &Value) -> Vec<Listed>;

    /// The facts of a type of which it is not known that what their field refers to, if anything, is a fact that is
    /// there.
    fn astray(&self, ty: &Name, field: &Name) -> Vec<Arc<str>> {
        let is_astray = |fact: &&Arc<Fact>| match fact.field(field.as_str()).map(|merged| &merged.possible) {
            Some(said) if said.is_known() => {
                matches!(said.value(), Some(Value::Fact(to, key)) if self.fact(to, key).is_none())
            }
            _ => true,
        };
        self.all(ty).iter().filter(is_astray).map(|fact| Arc::clone(&fact.key)).collect()
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
    fn track(&self, ty: &FactType, part: &CoveredBy, scope: &str) -> Arc<Track>;

    /// A type's name as people see it: short where only one package has it.
    fn label(&self, name: &Name) -> String;

    /// A fact as people see it.
    fn reference(&self, ty: &Name, key: &str) -> FactRef {
        FactRef { ty: self.label(ty), key: key.to_owned() }
    }
}
