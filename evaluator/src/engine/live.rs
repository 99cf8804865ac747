//! Decisions kept up to date: facts change, the clock moves, and only what can see it is decided again.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::plan::Policy;

use super::Engine;
use super::back::{Back, Room, Sides};
use super::delta::DecisionDelta;
use super::derived::{Ground, Kept};
use super::held::{Held, Judged, Shown};
use super::joins::Joins;
use super::judge::Judge;
use super::ledger::Ledger;
use super::lowered::Policies;
use super::paths::{NodeId, Step};
use super::plain::{Plainly, Runner};
use super::round::{Round, Work};
use super::scan::scan;
use super::standing::Standing;
use super::todo::{Case, Todo, Why};
use super::uses::uses;
use crate::decision::{Decision, Undetermined};
use crate::evaluation::Evaluation;
use crate::facts::Instant;
use crate::judge::usage;
use crate::store::{Changes, Snapshot};
use crate::value::NEVER;
use crate::world::{Change, FieldId, Row, Touched, TypeId, World};

/// A member of lists, and the field by which it is one.
type Link = (TypeId, Row, FieldId);

/// What was so of facts before they were touched, in the order of types and rows.
#[derive(Debug, Default)]
struct Before {
    /// To whom the members of lists belonged; `None` is anybody.
    owners: Vec<(Link, Option<Vec<Row>>)>,
    /// Members that were nothing to a policy's list.
    dull: Vec<(TypeId, Row, (usize, NodeId))>,
}

impl Before {
    fn owners(&self, of: Link) -> Option<Option<&[Row]>> {
        let at = self.owners.binary_search_by_key(&of, |(of, _)| *of).ok()?;
        self.owners.get(at).map(|(_, owners)| owners.as_deref())
    }

    fn was_dull(&self, ty: TypeId, row: Row, node: (usize, NodeId)) -> bool {
        self.dull.binary_search(&(ty, row, node)).is_ok()
    }
}

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
}

impl Live {
    /// Decides everything on `world`.
    pub(super) fn new(engine: &Engine, world: World) -> Self {
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

    /// Decides by other policies, or other params, from now on: those anew that are not as they were.
    pub(super) fn replace(&mut self, engine: &Engine) -> DecisionDelta {
        let mut delta = DecisionDelta::default();
        let policies = Policies::of(engine, &engine.layout, None);
        self.see_other_than(engine);
        let old = std::mem::replace(&mut self.policies, Arc::new(policies));
        let before = std::mem::replace(&mut self.engine, engine.clone());
        let new = Arc::clone(&self.policies);
        let standing = Standing::new(new.all.len(), new.joins(), Arc::clone(&new.rules));
        let mut stood = std::mem::replace(&mut self.standing, standing);
        let mut todo = Todo::default();
        let mut same = Vec::new();
        for (number, lowered) in new.all.iter().enumerate() {
            let place = old.all.iter().position(|old| old.policy.name == lowered.policy.name);
            let ties = || {
                (0..new.ties.len()).filter(|at| new.ties.get(*at).is_some_and(|tied| tied.policy == number))
            };
            if let Some(place) = place.filter(|_| same_policy(&before, engine, &lowered.policy)) {
                self.standing.keep(&self.world, number, &mut stood, place);
                same.push((place, number));
                // The joins of a policy that is the same are the same, in the same order.
                let theirs = (0..old.ties.len())
                    .filter(|at| old.ties.get(*at).is_some_and(|tied| tied.policy == place));
                for (at, from) in ties().zip(theirs) {
                    self.standing.keep(
                        &self.world,
                        new.all.len().saturating_add(at),
                        &mut stood,
                        old.all.len().saturating_add(from),
                    );
                    if let (Some(join), Some(kept)) =
                        (self.standing.joins.get_mut(at), stood.joins.get_mut(from))
                    {
                        std::mem::swap(join, kept);
                    }
                }
                continue;
            }
            ties().for_each(|at| todo.every(new.all.len().saturating_add(at), Why::Policy));
            todo.every(number, Why::Policy);
            if let Some(place) = place
                && let (Some(held), Some(stood)) =
                    (self.standing.held.get_mut(number), stood.held.get_mut(place))
            {
                *held = std::mem::take(stood);
                // What another policy plainly decided is another decision.
                held.each().values_mut().for_each(|held| held.firm = None);
            }
        }
        // The same relations stay as they are, with their heads under other numbers.
        let kept = before.program.relations == engine.program.relations
            && before.program.tables == engine.program.tables
            && before.params == engine.params;
        if kept {
            let places: BTreeMap<usize, usize> = same.into_iter().collect();
            stood.derived.renumber(|old| places.get(&old).copied());
            self.standing.derived = std::mem::take(&mut stood.derived);
        } else {
            new.related.iter().for_each(|number| todo.every(*number, Why::Policy));
        }
        let judge = Judge::new(&self.engine, &self.world, None);
        let mut round = Round::new(Some(&mut delta), &judge, None);
        for (place, lowered) in old.all.iter().enumerate() {
            for held in stood.held.get_mut(place).into_iter().flat_map(Ledger::each) {
                round.tell(held.1.judged.as_deref(), None, Why::Policy, &lowered.policy.name);
            }
        }
        self.decide(&mut todo, Some(&mut delta));
        delta.sort_from(0);
        delta
    }

    /// Has the judge say of what was never told nor shown, of policies that are not as they were, how it
    /// stands.
    fn see_other_than(&mut self, engine: &Engine) {
        if !self.unseen {
            return;
        }
        let judge = Judge::new(&self.engine, self.first.as_ref().unwrap_or(&self.world), None);
        for (lowered, held) in self.policies.all.iter().zip(&mut self.standing.held) {
            if !same_policy(&self.engine, engine, &lowered.policy) {
                for (row, held) in held.each().iter_mut().filter(|(_, held)| held.judged.is_none()) {
                    let (judged, ..) = judge.head(lowered, *row);
                    held.judged = Some(Box::new(Judged { at: None, ..judged }));
                }
            }
        }
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
        let were = self.before(&planned);
        let touched = self.world.commit();
        let some = !touched.rows.is_empty() || !touched.coverage.is_empty();
        self.touched = self.touched.wrapping_add(u64::from(some));
        let mut todo = std::mem::take(&mut self.todo);
        if touched.everything {
            let first = touched.rows.first().map_or(Why::Clock(now), why);
            (0..self.policies.count()).for_each(|number| todo.every(number, first));
            self.standing.watching.look_again(&self.world);
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

    /// What is so of facts before any of them is touched.
    fn before(&self, planned: &[(TypeId, Row)]) -> Before {
        let mut out = Before::default();
        for (ty, row) in planned.iter().copied().filter(|(ty, row)| self.world.present(*ty, *row)) {
            for (_, via) in self.policies.vias.range((ty, FieldId(0))..=(ty, FieldId(u16::MAX))) {
                out.owners.push(((ty, row, *via), self.world.owners(ty, row, *via)));
            }
            let dull = |(number, node): &&(usize, NodeId)| {
                self.policies
                    .paths(*number)
                    .and_then(|paths| paths.dull(*node))
                    .is_some_and(|dull| dull.is(&self.world, ty, row))
            };
            out.dull.extend(self.policies.choosy(ty).iter().filter(dull).map(|node| (ty, row, *node)));
        }
        out
    }

    /// The heads that can see what was touched, or could before.
    fn seen_by(&mut self, touched: &Touched, before: &Before, why: impl Fn(&Change) -> Why, todo: &mut Todo) {
        let mut room = std::mem::take(&mut self.room);
        for change in &touched.rows {
            let there = change.was_present != change.is_present;
            let nodes = if there {
                Cow::Borrowed(self.policies.of_type(change.ty))
            } else {
                self.policies.reading_any(change.ty, change.fields)
            };
            for (number, node) in nodes.iter().copied() {
                let Some(paths) = self.policies.paths(number) else { continue };
                if let Some(dull) = paths.dull(node)
                    && (!change.was_present || before.was_dull(change.ty, change.row, (number, node)))
                    && (!change.is_present || dull.is(&self.world, change.ty, change.row))
                    && self.is_bounded(number)
                {
                    self.work.passed = self.work.passed.saturating_add(1);
                    continue;
                }
                let sides = Sides { ties: &self.policies.ties, joins: &self.standing.joins, policy: number };
                let mut back = Back::new(&self.world, paths, Some(sides), &mut room);
                back.walk(node, change.row);
                if let Some(Step::Inverse(parent, via)) = paths.node(node).map(|node| &node.step)
                    && (there || change.fields.contains(*via))
                    && let Some(owners) = before.owners((change.ty, change.row, *via))
                {
                    back.walk_all(*parent, owners);
                }
                todo.add(number, back.heads(), why(change));
                if paths.is_joined(node) {
                    self.standing.unsure(number).for_each(|case| todo.one(case, why(change)));
                }
            }
        }
        self.room = room;
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
                let mut back = Back::new(&self.world, &lowered.paths, None, &mut room);
                for side in old.iter().chain(&side) {
                    back.walk_across(tied.tie.depth, side);
                }
                todo.add(tied.policy, back.heads(), why);
                self.standing.unsure(tied.policy).for_each(|case| todo.one(case, why));
            }
        }
        (self.standing.joins, self.standing.watching, self.room) = (joins, watching, room);
    }

    /// What bears on how decisions are shown though none is decided again.
    fn shown(&self) -> Bearing {
        Bearing { shown: (self.world.now(), self.touched), related: self.standing.derived.version() }
    }

    /// Has the judge say how everything that stands is shown now.
    fn show(&mut self) {
        let shown = self.shown();
        let access = Joins::new(&self.world, &self.standing.joins);
        let derived = std::mem::take(&mut self.standing.derived);
        let kept = Kept::new(&self.engine, &self.world, &self.policies.rules, derived);
        let judge = Judge::new(&self.engine, &self.world, Some(&access)).with_tables(&kept);
        for (number, (lowered, held)) in self.policies.all.iter().zip(&mut self.standing.held).enumerate() {
            let shown = shown.of(self.policies.related.contains(&number));
            for (row, held) in held.each().iter_mut().filter(|(_, held)| !held.is_shown(shown)) {
                self.work.shown = self.work.shown.saturating_add(1);
                let judged = Judged { at: Some(shown), ..judge.head(lowered, *row).0 };
                let lost = held.judged.take().map(|judged| judged.lost).unwrap_or_default();
                held.judged = Some(Box::new(Judged { lost, ..judged }));
            }
        }
        self.standing.derived = kept.into_inner();
        (self.first, self.unseen) = (None, false);
    }

    /// Everything that stands, as it is shown now.
    pub(super) fn evaluation(&mut self, snapshot: &Snapshot) -> Evaluation {
        let now = self.world.now();
        self.show();
        let held: Vec<&Judged> = self.standing.held.iter().flat_map(Ledger::judged).collect();
        let held = || held.iter();
        let decisions: Vec<Decision> = held().flat_map(|held| held.decisions.iter().cloned()).collect();
        let undetermined: Vec<Undetermined> =
            held().flat_map(|held| held.undetermined.iter().cloned()).collect();
        let program = &self.engine.program;
        let policies: Vec<&Policy> = program.policies.values().map(AsRef::as_ref).collect();
        let judge = Judge::new(&self.engine, &self.world, None);
        let waivers = if program.waivers.is_empty() {
            Vec::new()
        } else {
            judge.with(|run| usage(run, &policies, &decisions, &undetermined))
        };
        Evaluation::new(Instant(now), snapshot, policies.len(), decisions, undetermined, waivers)
    }
}

/// What bears on how decisions are shown.
#[derive(Clone, Copy)]
struct Bearing {
    shown: Shown,
    /// What bears on those that look at relations.
    related: u64,
}

impl Bearing {
    const fn of(self, related: bool) -> Shown {
        let (now, touched) = self.shown;
        (now, if related { touched.wrapping_add(self.related) } else { touched })
    }
}

/// Whether a policy, and everything that it uses besides facts, is as it was.
fn same_policy(before: &Engine, after: &Engine, policy: &Policy) -> bool {
    let (old, new) = (&before.program, &after.program);
    let waivers = |program: &'_ assize_lang::plan::Program| -> Vec<_> {
        program.waivers.iter().filter(|waiver| waiver.policy == policy.name).cloned().collect()
    };
    old.policies.get(&policy.name).is_some_and(|known| **known == *policy)
        && before.budget == after.budget
        && waivers(old) == waivers(new)
        && uses(new, policy).iter().all(|name| {
            before.params.get(name) == after.params.get(name)
                && old.tables.get(name) == new.tables.get(name)
                && old.relations.get(name) == new.relations.get(name)
        })
}
