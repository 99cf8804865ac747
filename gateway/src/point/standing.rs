//! Policies and facts as they stand, together: an answer rests on one of these and on no mixture of two.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use assize::facts::Instant;
use assize::{Desk, Entry, Indexed};
use serde::Serialize;

use super::policies::Policies;
use crate::binding::Bindings;

/// How far the facts go that an answer rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Watermark {
    /// How many times facts were published since the start, or the number that their store gives them.
    pub sequence: u64,
    /// The instant that they are of.
    pub at: Instant,
}

impl fmt::Display for Watermark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.sequence, self.at)
    }
}

/// Policies and facts.
#[derive(Debug)]
pub struct Standing {
    policies: Policies,
    bindings: Arc<Bindings>,
    facts: Indexed,
    sequence: u64,
    /// The watermark as it is told, written when somebody asks first.
    told: OnceLock<Arc<str>>,
    /// By qualified request type.
    desks: BTreeMap<Arc<str>, Place>,
}

#[derive(Debug)]
struct Place {
    entry: Entry,
    /// Made when somebody asks first.
    desk: OnceLock<Desk>,
}

impl Standing {
    /// These policies on these facts.
    #[must_use]
    pub fn new(policies: Policies, bindings: Arc<Bindings>, facts: Indexed, sequence: u64) -> Self {
        let place = |ty: &Arc<str>| {
            let entry = policies.engine().entry(ty).ok()?;
            Some((Arc::clone(ty), Place { entry, desk: OnceLock::new() }))
        };
        let desks = bindings.types().filter_map(place).collect();
        Self { policies, bindings, facts, sequence, told: OnceLock::new(), desks }
    }

    /// The same policies on other facts.
    pub(super) fn with_facts(&self, facts: Indexed, sequence: u64) -> Self {
        let place = |(ty, place): (&Arc<str>, &Place)| {
            (Arc::clone(ty), Place { entry: place.entry.clone(), desk: OnceLock::new() })
        };
        Self {
            policies: self.policies.clone(),
            bindings: Arc::clone(&self.bindings),
            desks: self.desks.iter().map(place).collect(),
            facts,
            sequence,
            told: OnceLock::new(),
        }
    }

    /// The policies.
    #[must_use]
    pub const fn policies(&self) -> &Policies {
        &self.policies
    }

    /// What is asked, by which names.
    #[must_use]
    pub const fn bindings(&self) -> &Arc<Bindings> {
        &self.bindings
    }

    /// The facts.
    #[must_use]
    pub const fn facts(&self) -> &Indexed {
        &self.facts
    }

    /// How far the facts go.
    #[must_use]
    pub fn watermark(&self) -> Watermark {
        Watermark { sequence: self.sequence, at: self.facts.now() }
    }

    /// The same as text.
    pub(super) fn watermark_text(&self) -> Arc<str> {
        Arc::clone(self.told.get_or_init(|| Arc::from(self.watermark().to_string())))
    }

    /// Where requests of an entry are decided.
    #[must_use]
    pub fn desk(&self, entry: &str) -> Option<Desk> {
        let place = self.desks.get(self.bindings.get(entry)?.ty())?;
        Some(place.desk.get_or_init(|| place.entry.desk(&self.facts)).clone())
    }
}

impl Standing {
    /// The first instant at which the facts are others by the clock alone.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        let desks = self.desks.values().filter_map(|place| place.desk.get());
        desks.filter_map(Desk::good_until).min()
    }
}
