//! Whether somebody watched, and until when that can be said (C2, C9).

use std::sync::Arc;

use super::eval::Read;
use super::fold::as_of;
use super::window::{Edge, end, start};
use crate::facts::Instant;
use crate::store::{BEGINNING, Cited, Track};
use crate::value::{Cause, Causes, Gather, Horizon, Missing, NEVER};

/// One signal in one scope.
pub(crate) struct Part {
    pub(crate) track: Arc<Track>,
    /// Whether its scope is known: else everything would have to be watched.
    pub(crate) scoped: bool,
}

/// A question to coverage: was every instant of the window watched?
pub(crate) struct Watch {
    pub(crate) now: i64,
    /// Any of these, each of which needs all of its parts.
    pub(crate) alternatives: Vec<Vec<Part>>,
    pub(crate) lower: Vec<Edge>,
    pub(crate) upper: Vec<Edge>,
    /// For entities the time for which a listing holds; windows do not apply to them.
    pub(crate) fresh: Option<i64>,
}

/// The answer.
pub(super) struct Judged {
    /// Why not; `None` where the list is closed.
    pub(super) causes: Option<Causes>,
    pub(super) horizon: Horizon,
    pub(super) reads: Gather<Read>,
    /// As [`Settled::renewed`].
    pub(super) renewed: i64,
}

/// The answer without reasons.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settled {
    /// Whether every instant was watched: then nobody can know of a member that was not reported.
    pub(crate) closed: bool,
    /// The first instant after now at which that is not so any more, with the coverage as it is.
    pub(crate) first: i64,
    /// The first instant, now perhaps, at which it may be another answer, or wanting for another reason, if
    /// the watching merely goes on: before it a heartbeat changes nothing.
    pub(crate) renewed: i64,
}

/// What is known of one part at one instant.
#[derive(Clone, Copy)]
enum Seen {
    /// Watched; for a window that reaches the watermark, up to where.
    Whole(Option<i64>),
    /// Why not, from when, and until when.
    Not(Cause, Option<i64>, Option<i64>),
}

impl Seen {
    const fn cause(self) -> Option<Cause> {
        match self {
            Self::Whole(_) => None,
            Self::Not(cause, ..) => Some(cause),
        }
    }
}

impl Watch {
    /// The answer without reasons.
    pub(crate) fn settle(&self) -> Settled {
        let closed = self.closed(self.now, false);
        let later = self.later();
        let first = later.iter().find(|t| self.closed(**t, false) != closed);
        Settled { closed, first: first.copied().unwrap_or(NEVER), renewed: self.while_renewed(&later) }
    }

    /// Until when heartbeats change nothing. They only move the end of the last interval, and the watermark
    /// with it: where that lies in the last interval already, what is between what is known now and what
    /// would be known with everything up to now watched is the same as both, if these are the same.
    pub(super) fn while_renewed(&self, later: &[i64]) -> i64 {
        let parts = || self.alternatives.iter().flatten();
        let goes_on = |part: &Part| {
            let track = &part.track;
            let (Some((from, until)), Some(last)) = (track.covered.last(), track.last(self.now)) else {
                return false;
            };
            track.last(NEVER) == Some(*until) && *from <= last.saturating_sub(track.lag)
        };
        if self.fresh.is_none() && !parts().all(goes_on) {
            return self.now;
        }
        let cause = |part: &Part, t: i64, renewed: bool| self.see(part, t, renewed).cause();
        let is_so = |t: i64| parts().all(|part| cause(part, t, true) == cause(part, self.now, false));
        if !is_so(self.now) {
            return self.now;
        }
        later.iter().copied().find(|t| !is_so(*t)).unwrap_or(NEVER)
    }

    /// Every instant after now at which the answer may change.
    pub(super) fn later(&self) -> Vec<i64> {
        let mut instants = self.instants();
        instants.sort_unstable();
        instants.dedup();
        instants
    }

    pub(super) fn judge(&self) -> Judged {
        let closed = self.closed(self.now, false);
        let later = self.later();
        let changes = |renewed: bool| {
            let other = later.iter().copied().find(|t| self.closed(*t, renewed) != closed);
            other.unwrap_or(NEVER)
        };
        let first = changes(false);
        let renewed = self.while_renewed(&later);
        let horizon =
            if closed { Horizon { clock: changes(true).max(first), first } } else { Horizon::clock(first) };
        let whole = |parts: &&Vec<Part>| {
            !parts.is_empty()
                && parts.iter().all(|part| matches!(self.see(part, self.now, false), Seen::Whole(_)))
        };
        match self.alternatives.iter().find(whole) {
            Some(parts) => {
                let reads = Gather::all(parts.iter().map(|part| self.witnesses(part)));
                Judged { causes: None, horizon, reads, renewed }
            }
            None => Judged { causes: Some(self.wanted()), horizon, reads: Gather::NONE, renewed },
        }
    }

    fn wanted(&self) -> Causes {
        // An alternative that does not say where to watch is no help to somebody who would.
        let scoped = |parts: &&Vec<Part>| parts.iter().all(|part| part.scoped);
        let any = self.alternatives.iter().any(|parts| scoped(&parts));
        let parts = self.alternatives.iter().filter(|parts| !any || scoped(parts)).flatten();
        let missing: Causes = parts
            .filter_map(|part| match self.see(part, self.now, false) {
                Seen::Whole(_) => None,
                Seen::Not(cause, from, until) => {
                    Some(about(&part.track, cause, from.map(Instant), until.map(Instant)))
                }
            })
            .collect();
        if missing.is_empty() { Causes::one(Missing::new(Cause::NotCovered)) } else { missing }
    }

    /// Whether the list is closed at `t` with the coverage as it is; `renewed`: as if what still ran now
    /// went on for ever.
    fn closed(&self, t: i64, renewed: bool) -> bool {
        let whole = |part: &Part| matches!(self.see(part, t, renewed), Seen::Whole(_));
        self.alternatives.iter().any(|parts| !parts.is_empty() && parts.iter().all(whole))
    }

    /// Every instant after now at which the answer may change, in any order: when something that moves with the clock meets
    /// something that stands still.
    fn instants(&self) -> Vec<i64> {
        let tracks = || self.alternatives.iter().flatten().map(|part| &part.track);
        let mut out = Vec::new();
        if let Some(fresh) = self.fresh {
            for track in tracks() {
                if let Some(last) = track.last(self.now) {
                    let end = last.saturating_add(fresh.max(track.gap)).saturating_add(1);
                    out.extend((end > self.now).then_some(end));
                }
            }
            return out;
        }
        let edges = || self.lower.iter().chain(&self.upper);
        // How far behind the clock each of them is.
        let mut behind: Vec<i64> = vec![0];
        let mut still: Vec<i64> = vec![BEGINNING];
        for edge in edges() {
            if edge.moving { behind.push(self.now.saturating_sub(edge.at)) } else { still.push(edge.at) }
        }
        for track in tracks() {
            behind.extend([track.lag, track.lag.saturating_add(track.gap)]);
            for (from, until) in &track.covered {
                still.extend([*from, *until]);
            }
            if let Some(last) = track.last(NEVER) {
                still.extend([last, last.saturating_sub(track.lag)]);
            }
        }
        for still in still {
            for behind in &behind {
                let meet = still.saturating_add(*behind);
                // Most of what stands still lies far behind.
                if meet >= self.now {
                    let around = [meet.saturating_sub(1), meet, meet.saturating_add(1)];
                    out.extend(around.into_iter().filter(|t| *t > self.now));
                }
            }
        }
        out
    }

    fn see(&self, part: &Part, t: i64, renewed: bool) -> Seen {
        match self.fresh {
            Some(fresh) => self.see_listing(part, t, renewed, fresh),
            None => self.see_window(part, t, renewed),
        }
    }

    /// C9: known as long as the newest listing holds.
    fn see_listing(&self, part: &Part, t: i64, renewed: bool, fresh: i64) -> Seen {
        let track = &part.track;
        let holds = fresh.max(track.gap);
        match track.last(self.now) {
            Some(_) if renewed => Seen::Whole(None),
            Some(last) if t <= last.saturating_add(holds) => Seen::Whole(None),
            last => Seen::Not(Cause::NotCovered, last, None),
        }
    }

    fn see_window(&self, part: &Part, t: i64, renewed: bool) -> Seen {
        let track = &part.track;
        let (start, end) = (start(&self.lower, self.now, t), end(&self.upper, self.now, t));
        if start > end {
            return Seen::Whole(None);
        }
        let gap =
            |cause, from: i64, until: i64| Seen::Not(cause, (from > BEGINNING).then_some(from), Some(until));
        let last = if renewed { track.last(NEVER).map(|_| t) } else { track.last(t) };
        let Some(last) = last else { return gap(Cause::NotCovered, start, end) };
        let watermark = last.saturating_sub(track.lag);
        let recent = watermark >= t.saturating_sub(track.lag.saturating_add(track.gap));
        if start >= watermark {
            return gap(if recent { Cause::NotSettled } else { Cause::NotCovered }, start, end);
        }
        if let Some((from, until)) = uncovered(track, start, end.min(watermark), last, renewed) {
            return gap(Cause::NotCovered, from, until);
        }
        if end < watermark {
            return Seen::Whole(None);
        }
        if !recent {
            return gap(Cause::NotCovered, watermark, end);
        }
        Seen::Whole(Some(watermark))
    }

    /// The coverage and runs on which the answer rests, and up to when it speaks.
    fn witnesses(&self, part: &Part) -> Gather<Read> {
        let strands = &part.track.strands;
        let read = |strand: &crate::store::Strand| {
            Gather::one(Read::Fact(Cited::Whole(Arc::new(strand.witness.clone()))))
        };
        if self.fresh.is_some() {
            return strands.iter().max_by_key(|strand| strand.until).map(read).unwrap_or_default();
        }
        let (start, end) = (start(&self.lower, self.now, self.now), end(&self.upper, self.now, self.now));
        let inside = strands.iter().filter(|strand| strand.from <= end && strand.until >= start);
        let mark = match self.see(part, self.now, false) {
            Seen::Whole(Some(watermark)) => as_of(watermark),
            _ => Gather::NONE,
        };
        Gather::all(inside.map(read).chain([mark]))
    }
}

/// The first part of [`start`, `end`] that was not watched. Where it is renewed, the last interval goes on.
fn uncovered(track: &Track, start: i64, end: i64, last: i64, renewed: bool) -> Option<(i64, i64)> {
    let alive = track.last(NEVER);
    for (from, until) in &track.covered {
        let until = if renewed && alive == Some(*until) { last.max(*until) } else { *until };
        if until < start {
            continue;
        }
        return match (*from <= start, until >= end) {
            (true, true) => None,
            (true, false) => {
                let next = track.covered.iter().map(|(from, _)| *from).find(|from| *from > until);
                Some((until.saturating_add(1), next.map_or(end, |next| next.saturating_sub(1).min(end))))
            }
            (false, _) => Some((start, from.saturating_sub(1).min(end))),
        };
    }
    Some((start, end))
}

fn about(track: &Track, cause: Cause, from: Option<Instant>, until: Option<Instant>) -> Missing {
    let (signal, scope) = (Some(track.signal.clone()), Some(track.scope.clone()));
    Missing { signal, scope, from, until, ..Missing::new(cause) }
}
