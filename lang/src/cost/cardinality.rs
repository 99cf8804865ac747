//! How big an estate is: facts of each type, members of each list.

use std::collections::BTreeMap;

use crate::plan::{FactKind, Name, Schema};

/// A number on average and at worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Members {
    /// On average.
    pub average: u64,
    /// At worst.
    pub worst: u64,
}

impl Members {
    /// None.
    pub const NONE: Self = Self::exactly(0);

    /// The same number always.
    #[must_use]
    pub const fn exactly(number: u64) -> Self {
        Self { average: number, worst: number }
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            average: self.average.saturating_add(other.average),
            worst: self.worst.saturating_add(other.worst),
        }
    }

    /// So many for each of the other.
    #[must_use]
    pub const fn times(self, other: Self) -> Self {
        Self {
            average: self.average.saturating_mul(other.average),
            worst: self.worst.saturating_mul(other.worst),
        }
    }

    /// No more than the other.
    #[must_use]
    pub fn at_most(self, other: Self) -> Self {
        Self { average: self.average.min(other.average), worst: self.worst.min(other.worst) }
    }

    /// No less than the other.
    #[must_use]
    pub fn at_least(self, other: Self) -> Self {
        Self { average: self.average.max(other.average), worst: self.worst.max(other.worst) }
    }
}

/// Facts of an entity of which nobody says how many there are.
const ENTITIES: u64 = 1_000;
/// Facts of an event of which nobody says how many there are.
const EVENTS: u64 = 100_000;
/// At worst a list of facts has so many times the members that it has on average.
const SKEW: u64 = 100;
/// Members of a list that is a value, of which nobody says how many they are.
const VALUES: Members = Members { average: 10, worst: 100 };

/// How many facts a type has, and how many members its lists have. What is not declared is guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cardinality {
    facts: BTreeMap<Name, u64>,
    lists: BTreeMap<(Name, Name), Members>,
}

impl Cardinality {
    /// Says how many facts a type has, by its qualified name.
    pub fn set_facts(&mut self, ty: Name, count: u64) {
        self.facts.insert(ty, count);
    }

    /// Says how many members a list of each fact has: an inverse list, or a field that is a list.
    pub fn set_list(&mut self, ty: Name, list: Name, members: Members) {
        self.lists.insert((ty, list), members);
    }

    /// How many facts the type has, and whether somebody said so. A request comes alone.
    #[must_use]
    pub fn facts(&self, schema: &Schema, ty: &Name) -> (u64, bool) {
        let guess = match schema.facts.get(ty).map(|fact| fact.kind) {
            Some(FactKind::Request) => 1,
            Some(FactKind::Event) => EVENTS,
            Some(FactKind::Entity) | None => ENTITIES,
        };
        self.facts.get(ty).map_or((guess, false), |count| (*count, true))
    }

    /// How many members the list of one fact has, and whether somebody said so. Without a word on it an
    /// inverse list has its share of all facts, and at worst a hundred times that.
    #[must_use]
    pub fn list(&self, schema: &Schema, ty: &Name, list: &Name) -> (Members, bool) {
        if let Some(members) = self.lists.get(&(ty.clone(), list.clone())) {
            return (*members, true);
        }
        let inverse = schema.facts.get(ty).and_then(|fact| fact.inverse(list.as_str()));
        let Some(inverse) = inverse else { return (VALUES, false) };
        let (all, _) = self.facts(schema, &inverse.of);
        let (owners, _) = self.facts(schema, ty);
        let average = all.div_ceil(owners.max(1));
        (Members { average, worst: average.saturating_mul(SKEW).min(all) }, false)
    }

    /// How many members a list has that no type declares, such as the parts of a split text.
    #[must_use]
    pub const fn value(&self) -> Members {
        VALUES
    }
}
