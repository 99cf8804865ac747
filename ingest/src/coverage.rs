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

/// Intervals, each from and until.
pub type Intervals = Vec<(Instant, Instant)>;

/// Adds an interval to others, which are in order; those with a gap of no more than so many microseconds between
/// them become one.
pub fn join(intervals: &mut Intervals, (from, until): (Instant, Instant), gap: i64) {
    let before = intervals.partition_point(|(_, last)| last.plus(gap) < from);
    let behind = intervals.partition_point(|(first, _)| *first <= until.plus(gap)).max(before);
    let joined = intervals.get(before..behind).into_iter().flatten();
    let all = joined.fold((from, until), |(f, u), (from, until)| (f.min(*from), u.max(*until)));
    intervals.splice(before..behind, [all]);
}

/// The time in which every one of several watchers was watching: what a cluster's coverage is, whose every
/// node has a sensor of its own. Nothing where there is no watcher.
#[must_use]
pub fn shared(watchers: impl IntoIterator<Item = Intervals>) -> Intervals {
    let mut watchers = watchers.into_iter().map(merged);
    let Some(mut shared) = watchers.next() else { return Vec::new() };
    for other in watchers {
        let mut both = Vec::new();
        for (from, until) in &shared {
            let overlaps = other.iter().map(|(f, u)| (*from.max(f), *until.min(u)));
            both.extend(overlaps.filter(|(from, until)| from < until));
        }
        shared = both;
    }
    shared
}

/// Sorted, and those that touch made one.
fn merged(mut intervals: Intervals) -> Intervals {
    intervals.sort_unstable();
    let mut out: Intervals = Vec::new();
    for (from, until) in intervals {
        match out.last_mut() {
            Some((_, last)) if from <= *last => *last = until.max(*last),
            _ => out.push((from, until)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_with_small_gaps_are_joined_whatever_their_order() {
        let mut all = Intervals::new();
        for (from, until) in
            [(50, 60), (0, 10), (100, 110), (12, 20), (58, 61), (23, 48), (200, 201), (130, 131)]
        {
            join(&mut all, (Instant(from), Instant(until)), 2);
        }
        let all: Vec<(i64, i64)> = all.iter().map(|(from, until)| (from.0, until.0)).collect();
        assert_eq!(all, [(0, 20), (23, 61), (100, 110), (130, 131), (200, 201)]);
    }

    #[test]
    fn a_cluster_is_watched_while_every_node_is() {
        let at = |pairs: &[(i64, i64)]| {
            pairs.iter().map(|(f, u)| (Instant(*f), Instant(*u))).collect::<Intervals>()
        };
        for (watchers, expected) in [
            (vec![], at(&[])),
            (vec![at(&[(5, 9), (0, 5), (20, 30)])], at(&[(0, 9), (20, 30)])),
            (vec![at(&[(0, 10), (20, 30)]), at(&[(5, 25)])], at(&[(5, 10), (20, 25)])),
            (vec![at(&[(0, 10)]), at(&[(10, 20)])], at(&[])),
            (vec![at(&[(0, 10)]), at(&[])], at(&[])),
        ] {
            assert_eq!(shared(watchers.clone()), expected, "{watchers:?}");
        }
    }
}
