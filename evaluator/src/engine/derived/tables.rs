//! The tuples that are kept, and who looks at them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assize_lang::plan::Name;
use rustc_hash::FxHashMap;

use super::flips::Flips;
use super::grade::{Args, Dep, Goal, Ground, NONE, Walker};
use super::rules::{MOST_COLUMNS, Rules};
use crate::engine::Engine;
use crate::engine::todo::Case;
use crate::judge::{self, NEVER_IN, Rank, Tables};
use crate::value::{Horizon, Value};
use crate::world::{TypeId, World};

/// A signal and a scope.
type Watched = (String, String);

/// One tuple.
#[derive(Debug)]
pub(super) struct Tuple {
    pub(super) goal: Goal,
    pub(super) sure: u32,
    pub(super) possible: u32,
    /// The tuples that its cases lead to, and those whose cases lead to it.
    pub(super) asks: Vec<u32>,
    pub(super) askers: Vec<u32>,
    pub(super) deps: Vec<Dep>,
}

/// Whether a list was open when it was looked at.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) open: bool,
    pub(super) until: i64,
    pub(super) watched: Vec<Watched>,
}

/// What of all that was work.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// Tuples whose cases were looked at.
    pub(super) tuples: u64,
    /// Conditions that were not plain.
    pub(super) doubts: u64,
}

/// The lists of which it hangs on coverage whether they are complete.
#[derive(Debug, Default)]
pub(super) struct Opens {
    pub(super) known: FxHashMap<(u32, u32), Seen>,
    /// The types of facts that scopes hang on, by list and row.
    pub(super) scopes: BTreeMap<(u32, u32), Option<TypeId>>,
    timers: BTreeSet<(i64, (u32, u32))>,
    pub(super) seen: Counts,
}

impl Opens {
    pub(super) fn learn(&mut self, key: (u32, u32), seen: Seen) {
        self.timers.insert((seen.until, key));
        self.known.insert(key, seen);
    }

    /// Forgets what was known of a list; says whether it was open.
    pub(super) fn forget(&mut self, key: (u32, u32)) -> Option<bool> {
        let seen = self.known.remove(&key)?;
        self.timers.remove(&(seen.until, key));
        Some(seen.open)
    }

    fn next(&self) -> i64 {
        self.timers.first().map_or(i64::MAX, |(at, _)| *at)
    }

    /// The lists of which the answer holds no longer than `now`.
    pub(super) fn due(&self, now: i64) -> Vec<(u32, u32)> {
        self.timers.iter().take_while(|(at, _)| *at <= now).map(|(_, key)| *key).collect()
    }
}

/// The tuples that are kept.
#[derive(Debug, Default)]
pub(in crate::engine) struct Derived {
    pub(super) rules: Arc<Rules>,
    pub(super) tuples: Vec<Tuple>,
    pub(super) ids: FxHashMap<Goal, u32>,
    pub(super) by_dep: FxHashMap<Dep, Vec<u32>>,
    pub(super) opens: Opens,
    pub(super) flips: Flips,
    /// Who looks at a tuple, and the other way round.
    pub(super) heads: FxHashMap<u32, BTreeSet<Case>>,
    pub(super) asked: FxHashMap<Case, Vec<u32>>,
    /// How many were asked about when that was last counted.
    pub(super) asked_about: usize,
    /// Moves on with whatever may change reasons, or until when an answer holds.
    version: u64,
}

impl Derived {
    pub(in crate::engine) fn new(rules: Arc<Rules>) -> Self {
        Self { rules, ..Self::default() }
    }

    /// The next instant at which a list may be open that was complete.
    pub(in crate::engine) fn next(&self) -> Option<i64> {
        Some(self.opens.next()).filter(|at| *at != i64::MAX)
    }

    pub(super) fn moved_on(&mut self) {
        self.version = self.version.wrapping_add(1);
    }

    /// Another number whenever reasons may be others, or how long answers hold.
    pub(in crate::engine) const fn version(&self) -> u64 {
        self.version
    }

    /// Forgets all tuples; whoever asked has to ask again.
    pub(in crate::engine) fn clear(&mut self) {
        let version = self.version.wrapping_add(1);
        *self = Self { rules: Arc::clone(&self.rules), version, ..Self::default() };
    }

    /// How many tuples are kept, and how much was looked at so far.
    #[cfg(test)]
    pub(super) fn counts(&self) -> (usize, u64) {
        (self.tuples.len(), self.opens.seen.tuples)
    }

    /// Notes what a head asked about.
    pub(in crate::engine) fn looks_at(&mut self, case: Case, mut asked: Vec<u32>) {
        asked.sort_unstable();
        asked.dedup();
        if asked.is_empty() && self.asked.is_empty() {
            return;
        }
        let before =
            if asked.is_empty() { self.asked.remove(&case) } else { self.asked.insert(case, asked.clone()) };
        for tuple in before.iter().flatten().filter(|tuple| asked.binary_search(tuple).is_err()) {
            if let Some(cases) = self.heads.get_mut(tuple) {
                cases.remove(&case);
            }
        }
        for tuple in asked {
            self.heads.entry(tuple).or_default().insert(case);
        }
    }

    /// Gives heads other numbers.
    pub(in crate::engine) fn renumber(&mut self, number: impl Fn(usize) -> Option<usize>) {
        self.heads.clear();
        for ((of, row), asked) in std::mem::take(&mut self.asked) {
            if let Some(number) = number(of) {
                self.looks_at((number, row), asked);
            }
        }
    }
}

/// The tuples that are kept, over one state of the facts, as the judge asks about them.
pub(in crate::engine) struct Kept<'w> {
    ground: Ground<'w>,
    derived: RefCell<Derived>,
    /// What was asked about since this was last taken.
    asked: RefCell<Vec<u32>>,
    solved: RefCell<judge::Solved>,
}

impl std::fmt::Debug for Kept<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

impl<'w> Kept<'w> {
    pub(in crate::engine) fn new(
        engine: &'w Engine,
        world: &'w World,
        rules: &'w Rules,
        derived: Derived,
    ) -> Self {
        let ground = Ground::new(engine, world, rules);
        Self { ground, derived: RefCell::new(derived), asked: RefCell::default(), solved: RefCell::default() }
    }

    pub(in crate::engine) fn into_inner(self) -> Derived {
        self.derived.into_inner()
    }

    /// What was asked about since this was last called.
    pub(in crate::engine) fn asked(&self, case: Case) {
        let asked = std::mem::take(&mut *self.asked.borrow_mut());
        self.derived.borrow_mut().looks_at(case, asked);
    }

    /// A tuple as it is kept.
    fn goal(&self, (name, values): &judge::Goal) -> Option<Goal> {
        let rule = *self.ground.rules.by_name.get(name)?;
        let layout = self.ground.world.layout();
        let mut rows: Args = [NONE; MOST_COLUMNS];
        for (value, row) in values.iter().zip(rows.iter_mut()) {
            let Value::Fact(ty, key) = value else { return None };
            *row = self.ground.world.row(layout.type_id(ty)?, key)?;
        }
        Some((rule, rows))
    }
}

impl Tables for Kept<'_> {
    fn rank(&self, goal: &judge::Goal) -> Option<Rank> {
        let goal = self.goal(goal)?;
        let mut derived = self.derived.borrow_mut();
        let id = match derived.ids.get(&goal) {
            Some(id) => *id,
            None => derived.ask(&self.ground, goal),
        };
        let tuple = derived.tuples.get(usize::try_from(id).ok()?)?;
        Some(Rank { sure: tuple.sure, possible: tuple.possible })
    }

    fn solved(&self) -> &RefCell<judge::Solved> {
        &self.solved
    }

    fn asked(&self, goal: &judge::Goal) {
        let id = self.goal(goal).and_then(|goal| self.derived.borrow().ids.get(&goal).copied());
        self.asked.borrow_mut().extend(id);
    }

    fn until(&self, relation: &Name) -> Option<Horizon> {
        let rule = *self.ground.rules.by_name.get(relation)?;
        let rule = self.ground.rules.all.get(rule)?;
        Some(self.derived.borrow_mut().flips.until(&self.ground, &rule.steady))
    }
}

impl Derived {
    /// Takes in a tuple that nobody asked about before, and all that it leads to.
    fn ask(&mut self, ground: &Ground<'_>, goal: Goal) -> u32 {
        let id = self.add(goal);
        self.refresh(ground, &[id]);
        id
    }

    pub(super) fn add(&mut self, goal: Goal) -> u32 {
        if let Some(known) = self.ids.get(&goal) {
            return *known;
        }
        let id = u32::try_from(self.tuples.len()).unwrap_or(u32::MAX);
        let (asks, askers, deps) = (Vec::new(), Vec::new(), Vec::new());
        self.tuples.push(Tuple { goal, sure: NEVER_IN, possible: NEVER_IN, asks, askers, deps });
        self.ids.insert(goal, id);
        id
    }

    pub(super) fn tuple(&self, id: u32) -> Option<&Tuple> {
        self.tuples.get(usize::try_from(id).ok()?)
    }

    pub(super) fn tuple_mut(&mut self, id: u32) -> Option<&mut Tuple> {
        self.tuples.get_mut(usize::try_from(id).ok()?)
    }

    /// Looks again at what a tuple's cases lead to; says which tuples are new.
    pub(super) fn lead(&mut self, ground: &Ground<'_>, id: u32) -> Vec<u32> {
        let Some(goal) = self.tuple(id).map(|tuple| tuple.goal) else { return Vec::new() };
        self.opens.seen.tuples = self.opens.seen.tuples.saturating_add(1);
        let leads = Walker::new(ground, &mut self.opens).leads(&goal);
        let known = self.tuples.len();
        let mut asks: Vec<u32> = leads.asks.into_iter().map(|goal| self.add(goal)).collect();
        asks.sort_unstable();
        let Some(tuple) = self.tuple_mut(id) else { return Vec::new() };
        let old_asks = std::mem::replace(&mut tuple.asks, asks.clone());
        let old_deps = std::mem::replace(&mut tuple.deps, leads.deps.clone());
        for gone in old_asks.iter().filter(|ask| asks.binary_search(ask).is_err()) {
            if let Some(tuple) = self.tuple_mut(*gone) {
                tuple.askers.retain(|asker| *asker != id);
            }
        }
        for came in asks.iter().filter(|ask| old_asks.binary_search(ask).is_err()) {
            if let Some(tuple) = self.tuple_mut(*came) {
                tuple.askers.push(id);
            }
        }
        for gone in old_deps.iter().filter(|dep| leads.deps.binary_search(dep).is_err()) {
            if let Some(of) = self.by_dep.get_mut(gone) {
                if let Some(at) = of.iter().position(|known| *known == id) {
                    of.swap_remove(at);
                }
                if of.is_empty() {
                    self.by_dep.remove(gone);
                }
            }
        }
        for came in leads.deps.iter().filter(|dep| old_deps.binary_search(dep).is_err()) {
            self.by_dep.entry(*came).or_default().push(id);
        }
        (known..self.tuples.len()).filter_map(|at| u32::try_from(at).ok()).collect()
    }
}
