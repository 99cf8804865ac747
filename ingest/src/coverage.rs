//! Coverage facts: what an input proves to have watched, and where it lost something.

use assize::facts::Instant;

use crate::{Collector, keys};

/// One interval of a signal in a scope.
#[derive(Clone, Copy, Debug)]
pub struct Watch<'a> {
    /// The signal's name in the model.
    pub signal: &'a str,
    /// What was watched, as the covered type's `covered by … on …` makes it; `*` is everything.
    pub scope: &'a str,
    /// From when.
    pub from: Instant,
    /// Up to when.
    pub until: Instant,
}

impl Watch<'_> {
    /// Adds the interval as watched. One that is empty proves nothing and is left out.
    pub fn watched(&self, facts: &mut Collector, record: &str) {
        if self.from < self.until {
            self.push(facts, record, false);
        }
    }

    /// Adds the interval as a hole: something in it was seen and lost. One that is empty is widened to a
    /// microsecond, so that the instant itself is in it.
    pub fn lost(&self, facts: &mut Collector, record: &str) {
        let until = self.until.max(self.from.plus(1));
        Watch { until, ..*self }.push(facts, record, true);
    }

    fn push(&self, facts: &mut Collector, record: &str, hole: bool) {
        let (from, until) = (self.from.to_string(), self.until.to_string());
        let kind = if hole { "hole" } else { "watched" };
        let key = keys::natural(&[self.signal, self.scope, kind, &from, &until]);
        let report = facts
            .report("Coverage", &key, record, self.until)
            .with("signal", self.signal)
            .with("scope", self.scope)
            .with("from", from)
            .with("until", until)
            .with("hole", hole);
        facts.push(report);
    }
}
