//! The coverage of a log that is read record by record: from its first record to its last, scope by scope, and
//! the holes in it.

use std::collections::BTreeMap;

use assize::facts::Instant;

use crate::Collector;
use crate::coverage::{Intervals, Watch, shared};

/// How far a log may usually go back in time and still count as written in order, in microseconds: several writers
/// take turns.
const SLACK: i64 = 60 * 1_000_000;

/// What a log has watched, and what it has lost.
#[derive(Clone, Debug)]
pub struct Logbook {
    scopes: BTreeMap<String, (Instant, Instant)>,
    /// What was lost, in one scope or in all.
    lost: Vec<(Option<String>, Instant, Instant)>,
    /// Records that nobody can place, each between its neighbours.
    between: Vec<(Option<Instant>, Option<Instant>)>,
    /// The record before; whether records without a place came since.
    last: Option<Instant>,
    pending: bool,
    backwards: bool,
    forwards: bool,
    slack: i64,
}

impl Default for Logbook {
    /// Of a log that goes back in time by no more than a minute.
    fn default() -> Self {
        Self::with_slack(SLACK)
    }
}

impl Logbook {
    /// Of a log that goes back in time by no more than so many microseconds where it is in order.
    #[must_use]
    pub const fn with_slack(slack: i64) -> Self {
        Self {
            scopes: BTreeMap::new(),
            lost: Vec::new(),
            between: Vec::new(),
            last: None,
            pending: false,
            backwards: false,
            forwards: false,
            slack,
        }
    }

    /// What was lost in all scopes, as intervals. Of a log whose coverage is told by other means.
    #[must_use]
    pub fn losses(mut self) -> Intervals {
        self.place();
        self.lost.into_iter().map(|(_, from, until)| (from, until)).collect()
    }

    /// A record that was read, at the time at which it was written.
    pub fn seen(&mut self, scope: &str, at: Instant) {
        self.turns_out(scope, at);
        self.passed(at);
    }

    /// What a scope is turns out only after a record of it has [passed](Self::passed).
    pub fn turns_out(&mut self, scope: &str, at: Instant) {
        match self.scopes.get_mut(scope) {
            Some((from, until)) => (*from, *until) = (at.min(*from), at.max(*until)),
            None => {
                self.scopes.insert(scope.to_owned(), (at, at));
            }
        }
    }

    /// The same log, of which every scope that `name` gives another name is told under that one, and no other.
    #[must_use]
    pub fn as_of(&self, name: impl Fn(&str) -> Option<String>) -> Self {
        let scopes = self.scopes.iter().filter_map(|(scope, span)| Some((name(scope)?, *span))).collect();
        let lost = self.lost.iter().filter_map(|(scope, from, until)| match scope {
            Some(scope) => Some((Some(name(scope)?), *from, *until)),
            None => Some((None, *from, *until)),
        });
        Self { scopes, lost: lost.collect(), between: self.between.clone(), ..*self }
    }

    /// Nothing is known to be watched of a scope after all.
    pub fn forget(&mut self, scope: &str) {
        self.scopes.remove(scope);
    }

    /// A record at a time that watches no scope by itself.
    pub fn passed(&mut self, at: Instant) {
        if let Some(last) = self.last {
            self.backwards |= at < last.plus(self.slack.saturating_neg());
            self.forwards |= at > last.plus(self.slack);
        }
        if std::mem::take(&mut self.pending) {
            self.between.push((self.last, Some(at)));
        }
        self.last = Some(at);
    }

    /// A record that was seen and could not be read. Without a scope it may be of any; without a time it was
    /// written between the records around it.
    pub fn lost(&mut self, scope: Option<&str>, at: Option<Instant>) {
        match at {
            Some(at) => self.gap(scope, at, at.plus(1_000_000)),
            None => self.pending = true,
        }
    }

    /// Records were lost at some time between two instants.
    pub fn gap(&mut self, scope: Option<&str>, from: Instant, until: Instant) {
        self.lost.push((scope.map(str::to_owned), from, until));
    }

    /// The first record's time, of those that watch a scope.
    #[must_use]
    pub fn start(&self) -> Option<Instant> {
        self.scopes.values().map(|(from, _)| *from).min()
    }

    /// The last one's.
    #[must_use]
    pub fn end(&self) -> Option<Instant> {
        self.scopes.values().map(|(_, until)| *until).max()
    }

    /// The scopes that were watched.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes.keys().map(String::as_str)
    }

    /// Adds the coverage of each scope and its holes.
    pub fn finish(mut self, signal: &str, facts: &mut Collector) {
        self.place();
        for (scope, (from, until)) in &self.scopes {
            self.add(&Watch { signal, scope, from: *from, until: *until }, facts, Some(scope));
        }
    }

    /// Adds the coverage of one thing that all scopes watch together, each a part of it: while every one of them
    /// was watching. Whether there is such a time.
    pub fn finish_as_one(mut self, signal: &str, scope: &str, facts: &mut Collector) -> bool {
        self.place();
        let all: Intervals = shared(self.scopes.values().map(|span| vec![*span]));
        for (from, until) in &all {
            self.add(&Watch { signal, scope, from: *from, until: *until }, facts, None);
        }
        !all.is_empty()
    }

    /// Adds for each scope the coverage while all of them were watching, because what belongs to one may be in
    /// the records of another. Whether there is such a time.
    pub fn finish_for_each(mut self, signal: &str, facts: &mut Collector) -> bool {
        self.place();
        let all: Intervals = shared(self.scopes.values().map(|span| vec![*span]));
        for scope in self.scopes.keys() {
            for (from, until) in &all {
                self.add(&Watch { signal, scope, from: *from, until: *until }, facts, None);
            }
        }
        !all.is_empty()
    }

    /// An interval, and what was lost: of `part` or of any where it is said, else of all.
    fn add(&self, watch: &Watch<'_>, facts: &mut Collector, part: Option<&str>) {
        watch.watched(facts, "");
        for (scope, from, until) in &self.lost {
            let concerns = scope.is_none() || part.is_none() || scope.as_deref() == part;
            if concerns && *until >= watch.from && *from <= watch.until {
                Watch { from: *from, until: *until, ..*watch }.lost(facts, "");
            }
        }
    }

    /// Places what was lost between neighbours: there where the log is in order, else anywhere in it.
    fn place(&mut self) {
        if std::mem::take(&mut self.pending) {
            self.between.push((self.last, None));
        }
        let spans = self.scopes.values();
        let whole = spans.copied().reduce(|(f, u), (from, until)| (from.min(f), until.max(u)));
        let Some(whole) = whole else { return };
        let ordered = !(self.backwards && self.forwards);
        for (before, after) in std::mem::take(&mut self.between) {
            let (from, until) = match (before, after) {
                (Some(a), Some(b)) if ordered => (a.min(b), a.max(b)),
                (Some(a), None) | (None, Some(a)) if ordered => (a, a),
                _ => whole,
            };
            self.lost.push((None, from.plus(self.slack.saturating_neg()), until.plus(self.slack)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, facts};

    const MINUTE: i64 = 60_000_000;

    fn told(book: Logbook, together: bool) -> Vec<String> {
        let mut out = Collector::new("trivy", &context());
        if together {
            book.finish_as_one("cloud_mgmt", "all", &mut out);
        } else {
            book.finish("cloud_mgmt", &mut out);
        }
        let minute = |it: &serde_json::Value, name: &str| {
            let at: Instant = it[name].as_str().unwrap().parse().unwrap();
            at.0 / MINUTE
        };
        let show = |it: &serde_json::Value| {
            let kind = if it["hole"] == true { "hole" } else { "watched" };
            format!("{} {kind} {}-{}", it["scope"].as_str().unwrap(), minute(it, "from"), minute(it, "until"))
        };
        facts(&out.finish(), "Coverage").iter().map(show).collect()
    }

    fn at(minute: i64) -> Instant {
        Instant(minute.saturating_mul(MINUTE))
    }

    #[test]
    fn what_cannot_be_placed_was_between_its_neighbours_where_the_log_is_in_order() {
        for (times, hole) in [
            (vec![10, 20, 30, 40], "a hole 19-31"),
            (vec![40, 30, 20, 10], "a hole 19-31"),
            (vec![10, 30, 20, 40], "a hole 9-41"),
        ] {
            let mut book = Logbook::default();
            for (n, minute) in times.iter().enumerate() {
                if n == 2 {
                    book.lost(None, None);
                }
                book.seen("a", at(*minute));
            }
            assert_eq!(told(book, false), ["a watched 10-40", hole], "{times:?}");
        }
    }

    #[test]
    fn what_is_cut_off_at_an_end_was_lost_there() {
        let mut book = Logbook::default();
        book.lost(None, None);
        book.seen("a", at(10));
        book.seen("a", at(40));
        book.lost(None, None);
        assert_eq!(told(book, false), ["a watched 10-40", "a hole 9-11", "a hole 39-41"]);
    }

    #[test]
    fn a_loss_of_one_scope_is_no_hole_in_another() {
        let mut book = Logbook::default();
        for scope in ["a", "b"] {
            book.seen(scope, at(10));
            book.seen(scope, at(30));
        }
        book.gap(Some("a"), at(15), at(16));
        book.gap(None, at(20), at(21));
        book.gap(None, at(90), at(91));
        let expected = ["a watched 10-30", "a hole 15-16", "a hole 20-21", "b watched 10-30", "b hole 20-21"];
        assert_eq!(told(book, false), expected);
    }

    #[test]
    fn parts_of_one_thing_watch_it_while_all_of_them_do() {
        let mut book = Logbook::default();
        for (scope, from, until) in [("a", 10, 30), ("b", 20, 40)] {
            book.seen(scope, at(from));
            book.seen(scope, at(until));
        }
        book.gap(Some("a"), at(25), at(26));
        assert_eq!(told(book, true), ["all watched 20-30", "all hole 25-26"]);
        assert_eq!(told(Logbook::default(), true), Vec::<String>::new());
    }
}
