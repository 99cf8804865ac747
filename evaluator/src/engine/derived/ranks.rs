//! Ranks brought up to date.
//!
//! The rank of a tuple is one more than the greatest rank that its cheapest case rests on. Where that has
//! grown, the tuple loses its rank, and those that may have rested on it are looked at, the least rank first;
//! then whatever has no rank, or could have a lower one, gets it, again the least first. So nothing holds
//! itself up in a circle, and nothing is looked at that does not lead on.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::grade::{By, Goal, Ground, Walker};
use super::tables::Derived;
use crate::judge::NEVER_IN;

/// Whether a tuple holds, as whoever asks sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Surely,
    Perhaps,
    Not,
}

impl Derived {
    /// Brings up to date what hangs on tuples whose cases may have come to say something else. Returns those
    /// of which the answer is another one, or what it lacks.
    pub(super) fn refresh(&mut self, ground: &Ground<'_>, touched: &[u32]) -> Vec<u32> {
        let mut seeds: BTreeSet<u32> = BTreeSet::new();
        let mut todo: Vec<u32> = touched.to_vec();
        while let Some(next) = todo.pop() {
            if seeds.insert(next) {
                todo.extend(self.lead(ground, next));
            }
        }
        let mut before: FxHashMap<u32, Holds> = FxHashMap::default();
        let sure = self.rank(ground, By::Sure, &seeds, &mut before);
        let mut moved = seeds.clone();
        moved.extend(sure);
        let possible = self.rank(ground, By::Possible, &moved, &mut before);
        let mut changed: BTreeSet<u32> =
            before.iter().filter(|(id, was)| self.holds(**id) != **was).map(|(id, _)| *id).collect();
        // What may hold lacks what those lack that it rests on.
        let mut lacking: Vec<u32> = changed.iter().copied().collect();
        lacking.extend(seeds.iter().copied().chain(possible).filter(|id| self.holds(*id) == Holds::Perhaps));
        let mut seen: BTreeSet<u32> = BTreeSet::new();
        while let Some(next) = lacking.pop() {
            if !seen.insert(next) {
                continue;
            }
            let askers = self.tuple(next).map(|tuple| tuple.askers.clone()).unwrap_or_default();
            lacking.extend(askers.into_iter().filter(|asker| self.holds(*asker) == Holds::Perhaps));
        }
        changed.extend(seen.into_iter().filter(|id| self.holds(*id) == Holds::Perhaps));
        changed.into_iter().collect()
    }

    fn holds(&self, id: u32) -> Holds {
        match self.tuple(id) {
            Some(tuple) if tuple.sure != NEVER_IN => Holds::Surely,
            Some(tuple) if tuple.possible != NEVER_IN => Holds::Perhaps,
            _ => Holds::Not,
        }
    }

    fn known(&self, id: u32, by: By) -> u32 {
        let Some(tuple) = self.tuple(id) else { return NEVER_IN };
        match by {
            By::Sure => tuple.sure,
            By::Possible => tuple.possible,
        }
    }

    fn set(&mut self, id: u32, by: By, rank: u32, before: &mut FxHashMap<u32, Holds>) {
        let was = self.holds(id);
        before.entry(id).or_insert(was);
        if let Some(tuple) = self.tuple_mut(id) {
            match by {
                By::Sure => tuple.sure = rank,
                By::Possible => tuple.possible = rank,
            }
        }
    }

    /// The rank that a tuple's cases give it, as the others stand.
    fn given(&mut self, ground: &Ground<'_>, id: u32, by: By) -> u32 {
        let Some(tuple) = self.tuple(id) else { return NEVER_IN };
        if by == By::Possible && tuple.sure != NEVER_IN {
            return 0;
        }
        let goal = tuple.goal;
        let Self { opens, ids, tuples, .. } = self;
        let mut look = |goal: &Goal| {
            let place = ids.get(goal).and_then(|id| usize::try_from(*id).ok());
            let found = place.and_then(|place| tuples.get(place));
            found.map_or(NEVER_IN, |tuple| if by == By::Sure { tuple.sure } else { tuple.possible })
        };
        let grade = Walker::new(ground, opens).grade(&goal, by, &mut look);
        grade.saturating_add(1)
    }

    fn askers(&self, id: u32) -> Vec<u32> {
        self.tuple(id).map(|tuple| tuple.askers.clone()).unwrap_or_default()
    }

    /// Gives every tuple the rank that it has; says whose is another one.
    fn rank(
        &mut self,
        ground: &Ground<'_>,
        by: By,
        seeds: &BTreeSet<u32>,
        before: &mut FxHashMap<u32, Holds>,
    ) -> Vec<u32> {
        let mut moved: FxHashSet<u32> = FxHashSet::default();
        let mut open: BTreeSet<u32> = seeds.clone();
        let mut suspects: BTreeSet<(u32, u32)> =
            seeds.iter().map(|id| (self.known(*id, by), *id)).filter(|(rank, _)| *rank != NEVER_IN).collect();
        while let Some((rank, id)) = suspects.pop_first() {
            if self.known(id, by) != rank || self.given(ground, id, by) <= rank {
                continue;
            }
            self.set(id, by, NEVER_IN, before);
            moved.insert(id);
            open.insert(id);
            for asker in self.askers(id) {
                let known = self.known(asker, by);
                if known != NEVER_IN && known > rank {
                    suspects.insert((known, asker));
                }
            }
        }
        let mut due: BTreeSet<(u32, u32)> = BTreeSet::new();
        for id in open {
            let given = self.given(ground, id, by);
            if given < self.known(id, by) {
                due.insert((given, id));
            }
        }
        while let Some((rank, id)) = due.pop_first() {
            if rank >= self.known(id, by) {
                continue;
            }
            self.set(id, by, rank, before);
            moved.insert(id);
            for asker in self.askers(id) {
                if self.known(asker, by) > rank.saturating_add(1) {
                    let given = self.given(ground, asker, by);
                    if given < self.known(asker, by) {
                        due.insert((given, asker));
                    }
                }
            }
        }
        moved.into_iter().collect()
    }
}
