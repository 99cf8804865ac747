//! Decisions kept up to date: facts change, the clock moves, and only what can see it is decided again.

mod count;
mod replace;
mod seen;
mod show;

use std::sync::Arc;

use super::Engine;
use super::back::{Back, Room};
use super::delta::DecisionDelta;
use super::derived::{Ground, Kept};
use super::held::{Held, Judged};
use super::joins::Joins;
use super::judge::Judge;
use super::keyed::{Keyed, Were};
use super::ledger::Ledger;
use super::lowered::Policies;
use super::plain::{Plainly, Runner};
use super::round::{Round, Work};
use super::scan::scan;
use super::standing::Standing;
use super::tally::Halt;
use super::todo::{Case, Todo, Why};
use crate::store::Changes;
use crate::value::NEVER;
use crate::world::{Change, Touched, World};

/// The decisions of all policies on facts that change.
#[derive(Debug)]
pub(super) struct Live {
    engine: Engine,
    policies: Arc<Policies>,
    world: World,
    standing: Standing,
    /// The facts as they were when it was decided what was never told nor shown; only where there is any,
    /// and the facts have changed since.
    first: Option<World>,
    /// Whether anything stands that was never told nor shown.
    unseen: bool,
    work: Work,
    /// How often anything was touched: that may show where nothing is decided again.
    touched: u64,
    /// Room that is used again.
    room: Room,
    todo: Todo,
    /// Where nobody may wait to the end.
    halt: Option<Halt>,
}

impl Live {
    /// Decides everything on `world`.
    pub(super) fn new(engine: &Engine, world: World) -> Self {
        Self::begin(engine, world, None)
    }

    fn begin(engine: &Engine, world: World, halt: Option<Halt>) -> Self {
        let policies = Arc::new(Policies::of(engine, &engine.layout, None));
        let standing = Standing::new(policies.all.len(), policies.joins(), Arc::clone(&policies.rules));
        let work = Work::default();
        let mut live = Self {
            engine: engine.clone(),
            policies,
            world,
            standing,
            first: None,
            unseen: true,
            work,
            touched: 0,
            room: Room::default(),
            todo: Todo::default(),
            halt,
        };
        let mut todo = Todo::default();
        let why = Why::Clock(live.world.now());
        (0..live.policies.count()).for_each(|number| todo.every(number, why));
        live.decide(&mut todo, None);
        live
    }

    pub(super) const fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) const fn work(&self) -> Work {
        self.work
    }

    pub(super) const fn world(&self) -> &World {
        &self.world
    }

    /// The relations that are kept.
    #[cfg(test)]
    pub(super) const fn derived(&self) -> &super::derived::Derived {
        &self.standing.derived
    }

    /// The next instant at which anything may change by itself.
    pub(super) fn next_flip(&self) -> Option<i64> {
        self.standing.next().into_iter().chain(self.world.next_due()).min()
    }

    /// Takes in changes at `now`, after everything that the clock changes until then has changed at its
    /// instant.
    pub(super) fn commit(&mut self, changes: Changes, now: i64) -> DecisionDelta {
        let mut delta = DecisionDelta::default();
        while let Some(at) = self.next_flip().filter(|at| *at < now) {
            self.step(Changes::default(), at, &mut delta);
        }
        self.step(changes, now, &mut delta);
        delta
    }

    fn step(&mut self, changes: Changes, now: i64, delta: &mut DecisionDelta) {
        if self.unseen && self.first.is_none() {
            self.first = Some(self.world.clone());
        }
        // Where nothing is said it is the clock, though what it makes stale is rows of facts as well.
        let silent = changes.is_empty();
        let why = |change: &Change| {
            if silent { Why::Clock(now) } else { Why::Fact(change.ty, change.row) }
        };
        let planned = self.world.plan(changes, now);
        self.ready(&planned);
        let were = self.before(&planned);
        let touched = self.world.commit();
        let some = !touched.rows.is_empty() || !touched.coverage.is_empty();
        self.touched = self.touched.wrapping_add(u64::from(some));
        let mut todo = std::mem::take(&mut self.todo);
        if touched.everything {
            let first = touched.rows.first().map_or(Why::Clock(now), why);
            (0..self.policies.count()).for_each(|number| todo.every(number, first));
            self.standing.watching.look_again(&self.world);
            self.standing.fields.take_in(&self.world, &touched);
            self.standing.polls.clear();
        } else {
            self.seen_by(&touched, &were, why, &mut todo);
        }
        self.standing.due(now, &mut todo);
        let related = self.related(&touched, why, now);
        related.into_iter().for_each(|(case, why)| todo.one(case, why));
        let coverage = self.engine.layout.coverage();
        let told = touched.rows.iter().find(|change| Some(change.ty) == coverage);
        let told = told.map_or(Why::Clock(now), why);
        for (signal, scope) in &touched.coverage {
            self.standing.watching.told(&self.world, signal, scope.as_deref(), told, &mut todo);
        }
        let before = delta.changes.len();
        self.decide(&mut todo, Some(delta));
        delta.sort_from(before);
        todo.clear();
        self.todo = todo;
    }

    /// Whether no case of a policy can range over more than the budget allows.
    fn is_bounded(&self, number: usize) -> bool {
        let lowered = self.policies.all.get(number);
        lowered.is_some_and(|one| one.plain.is_bounded(&self.world, self.engine.budget.reach))
    }

    /// Brings relations up to date; says who looks at what is otherwise now.
    fn related(&mut self, touched: &Touched, why: impl Fn(&Change) -> Why, now: i64) -> Vec<(Case, Why)> {
        if touched.everything {
            self.standing.derived.clear();
            return Vec::new();
        }
        let ground = Ground::new(&self.engine, &self.world, &self.policies.rules);
        self.standing.derived.take_in(&ground, touched, why, Why::Clock(now))
    }

    fn decide(&mut self, todo: &mut Todo, delta: Option<&mut DecisionDelta>) {
        let (policies, count) = (self.policies.all.len(), self.policies.count());
        todo.sort();
        let joins = todo.numbers(policies, count);
        if !joins.is_empty() {
            self.look(&joins, todo);
            todo.sort();
        }
        let numbers = todo.numbers(0, policies);
        if numbers.is_empty() {
            return;
        }
        let told = delta.is_some();
        let every = numbers.iter().copied().filter(|number| todo.whole(*number).is_some());
        let fresh =
            |number| !told && self.standing.held.get(number).is_some_and(|held: &Ledger| held.is_empty());
        let mut scanned = scan(&self.engine, &self.world, &self.policies, every, fresh);
        let sides = std::mem::take(&mut self.standing.joins);
        let access = Joins::new(&self.world, &sides);
        let shown = self.shown();
        let derived = std::mem::take(&mut self.standing.derived);
        let kept = Kept::new(&self.engine, &self.world, &self.policies.rules, derived);
        let judge = Judge::new(&self.engine, &self.world, Some(&access)).with_tables(&kept);
        let before = self.first.as_ref().map(|first| Judge::new(&self.engine, first, None));
        let mut round = Round::new(delta, &judge, before.as_ref());
        let mut runner = Runner::new(&self.world, self.world.now(), None);
        *runner.watching() = std::mem::take(&mut self.standing.watching);
        for number in numbers {
            let Some(lowered) = self.policies.all.get(number) else { continue };
            let Some(mut all) = self.standing.held.get_mut(number).map(std::mem::take) else { continue };
            let bounded = lowered.plain.is_bounded(&self.world, self.engine.budget.reach);
            let shown = shown.of(self.policies.related.contains(&number));
            let say = |judged: Judged| Box::new(Judged { at: Some(shown), ..judged });
            let known = || all.rows();
            let scanned = scanned.remove(&number);
            let heads = || match &scanned {
                Some(scanned) => Arc::from(scanned.rows.as_slice()),
                None => self.world.in_order(lowered.head),
            };
            for (row, why) in todo.rows(number, heads, known).iter().copied() {
                // Whoever calls it off never looks at what stands.
                if self.halt.as_ref().is_some_and(Halt::is_set) {
                    break;
                }
                let case = (number, row);
                access.tried_all.set(false);
                let plain = if self.world.present(lowered.head, row) {
                    lowered.plain.decide(&mut runner, row, bounded)
                } else {
                    Plainly::Nothing(NEVER)
                };
                let held = match plain {
                    Plainly::Nothing(wake) => {
                        self.work.plain = self.work.plain.saturating_add(1);
                        self.standing.wake(case, wake);
                        runner.note(case);
                        None
                    }
                    Plainly::Decided(firm, wake) => {
                        self.work.plain = self.work.plain.saturating_add(1);
                        self.standing.wake(case, wake);
                        runner.note(case);
                        if all.stands(row, &firm) {
                            kept.asked(case);
                            continue;
                        }
                        let judged = told.then(|| judge.head(lowered, row).0);
                        self.work.told = self.work.told.saturating_add(u64::from(told));
                        Some(Held { firm: Some(firm), judged: judged.map(say) })
                    }
                    Plainly::Perhaps => {
                        self.work.judged = self.work.judged.saturating_add(1);
                        let (judged, wake, asked) = judge.head(lowered, row);
                        self.standing.wake(case, wake);
                        runner.note_judged(case, asked);
                        Some(Held { firm: None, judged: Some(say(judged)) })
                    }
                };
                kept.asked(case);
                self.standing.tried_all(case, access.tried_all.get());
                round.settle(&mut all, row, held, why, lowered);
            }
            if let Some(scanned) = scanned {
                self.work.shut = self.work.shut.saturating_add(scanned.shut);
                self.work.plain = self.work.plain.saturating_add(scanned.plain);
                all.fill(scanned.columns);
            }
            if let Some(held) = self.standing.held.get_mut(number) {
                *held = all;
            }
        }
        self.standing.watching = std::mem::take(runner.watching());
        self.standing.derived = kept.into_inner();
        self.standing.joins = sides;
    }

    /// Looks at the sides of joins again. Whoever one led to before, or leads to now, is decided again.
    fn look(&mut self, numbers: &[usize], todo: &mut Todo) {
        let judge = Judge::new(&self.engine, &self.world, None);
        let mut joins = std::mem::take(&mut self.standing.joins);
        let mut watching = std::mem::take(&mut self.standing.watching);
        let mut room = std::mem::take(&mut self.room);
        for number in numbers {
            let Some(tied) = self.policies.tied(*number) else { continue };
            let Some(lowered) = self.policies.all.get(tied.policy) else { continue };
            let Some(at) = number.checked_sub(self.policies.all.len()) else { continue };
            let Some(join) = joins.get_mut(at) else { continue };
            let ty = tied.tie.ty;
            let cases = todo.rows(*number, || self.world.in_order(ty), || join.rows()).into_owned();
            for (row, why) in cases {
                let (side, wake) = if self.world.present(ty, row) {
                    let (name, key) = (&self.engine.layout.ty(ty).name, self.world.key_arc(ty, row));
                    let (side, wake) = judge.with(|run| join.look(run, &lowered.policy, name, &key));
                    (Some(side), wake)
                } else {
                    (None, NEVER)
                };
                let (asked, wake) = judge.asked(wake);
                self.standing.wake((*number, row), wake);
                let asked = watching.resolve(&self.world, asked);
                watching.note((*number, row), &asked);
                let old = join.put(row, side.clone());
                if old == side {
                    continue;
                }
                let (fields, were) = (&self.standing.fields, &Were::default());
                let keyed = Keyed { fields, were, bounded: self.is_bounded(tied.policy) };
                let mut back = Back::new(&self.world, &lowered.paths, None, keyed, &mut room);
                for side in old.iter().chain(&side) {
                    back.walk_across(tied.tie.depth, side);
                }
                todo.add(tied.policy, back.heads(), why);
                self.standing.unsure(tied.policy).for_each(|case| todo.one(case, why));
            }
        }
        (self.standing.joins, self.standing.watching, self.room) = (joins, watching, room);
    }
}
