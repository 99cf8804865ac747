//! Decisions kept up to date: facts change, the clock moves, and only what can see it is decided again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use assize_lang::plan::{Name, Policy};

use super::Engine;
use super::back::{Back, Heads};
use super::delta::{ChangeKind, DecisionChange, DecisionDelta, same};
use super::joins::{Join, Joins};
use super::judge::Judge;
use super::lowered::Policies;
use super::paths::{NodeId, Step};
use super::plain::{Plainly, Runner};
use super::standing::{Held, Standing};
use super::todo::{Todo, Why};
use super::uses::uses;
use crate::decision::{Decision, Undetermined};
use crate::evaluation::Evaluation;
use crate::facts::Instant;
use crate::judge::usage;
use crate::store::{Changes, Snapshot};
use crate::value::NEVER;
use crate::world::{Change, FieldId, Row, Touched, TypeId, World};

/// To whom the members of lists belonged before they were touched; `None` is anybody.
type Left = HashMap<(TypeId, Row, FieldId), Option<Vec<Row>>>;

/// The decisions of all policies on facts that change.
#[derive(Debug)]
pub(super) struct Live {
    engine: Engine,
    policies: Arc<Policies>,
    world: World,
    standing: Standing,
}

impl Live {
    /// Decides everything on `world`.
    pub(super) fn new(engine: &Engine, world: World) -> Self {
        let policies = Arc::new(Policies::of(engine, &engine.layout, None));
        let joins = policies.ties.iter().filter_map(|tied| {
            let policy = policies.all.get(tied.policy)?;
            Some(Join::new(policy.policy.name.clone(), tied.tie.clone()))
        });
        let standing = Standing::new(policies.all.len(), joins.collect());
        let mut live = Self { engine: engine.clone(), policies, world, standing };
        let mut todo = Todo::default();
        let why = Why::Clock(live.world.now());
        (0..live.policies.count()).for_each(|number| todo.every(number, why));
        live.decide(todo, None);
        live
    }

    pub(super) const fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) const fn world(&self) -> &World {
        &self.world
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
        let old = std::mem::replace(&mut self.policies, Arc::new(policies));
        let before = std::mem::replace(&mut self.engine, engine.clone());
        let new = Arc::clone(&self.policies);
        let joins = new.ties.iter().filter_map(|tied| {
            let policy = new.all.get(tied.policy)?;
            Some(Join::new(policy.policy.name.clone(), tied.tie.clone()))
        });
        let standing = Standing::new(new.all.len(), joins.collect());
        let mut stood = std::mem::replace(&mut self.standing, standing);
        let mut todo = Todo::default();
        for (number, lowered) in new.all.iter().enumerate() {
            let place = old.all.iter().position(|old| old.policy.name == lowered.policy.name);
            let ties = || {
                (0..new.ties.len()).filter(|at| new.ties.get(*at).is_some_and(|tied| tied.policy == number))
            };
            if let Some(place) = place.filter(|_| same_policy(&before, engine, &lowered.policy)) {
                self.standing.keep(number, &mut stood, place);
                // The joins of a policy that is the same are the same, in the same order.
                let theirs = (0..old.ties.len())
                    .filter(|at| old.ties.get(*at).is_some_and(|tied| tied.policy == place));
                for (at, from) in ties().zip(theirs) {
                    self.standing.keep(
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
            }
        }
        let judge = Judge::new(&self.engine, &self.world, None);
        let mut round = Round { delta: Some(&mut delta), at: Instant(self.world.now()), judge: &judge };
        for (place, lowered) in old.all.iter().enumerate() {
            for held in stood.held.get(place).into_iter().flat_map(BTreeMap::values) {
                round.tell(Some(held), None, Why::Policy, &lowered.policy.name);
            }
        }
        self.decide(todo, Some(&mut delta));
        delta.sort_from(0);
        delta
    }

    fn step(&mut self, changes: Changes, now: i64, delta: &mut DecisionDelta) {
        // Where nothing is said it is the clock, though what it makes stale is rows of facts as well.
        let silent = changes.is_empty();
        let why = |change: &Change| {
            if silent { Why::Clock(now) } else { Why::Fact(change.ty, change.row) }
        };
        let planned = self.world.plan(changes, now);
        let left = self.owners(&planned);
        let touched = self.world.commit();
        let mut todo = Todo::default();
        if touched.everything {
            let first = touched.rows.first().map_or(Why::Clock(now), why);
            (0..self.policies.count()).for_each(|number| todo.every(number, first));
        } else {
            self.seen_by(&touched, &left, why, &mut todo);
        }
        self.standing.due(now, &mut todo);
        let coverage = self.engine.layout.coverage();
        let told = touched.rows.iter().find(|change| Some(change.ty) == coverage);
        let told = told.map_or(Why::Clock(now), why);
        for (signal, scope) in &touched.coverage {
            self.standing.watching(signal, scope.as_deref(), told, &mut todo);
        }
        let before = delta.changes.len();
        self.decide(todo, Some(delta));
        delta.sort_from(before);
    }

    /// On whom the lists' members hang before anything is touched.
    fn owners(&self, planned: &[(TypeId, Row)]) -> Left {
        let mut out = HashMap::new();
        for (ty, row) in planned {
            for (_, via) in self.policies.vias.range((*ty, FieldId(0))..=(*ty, FieldId(u16::MAX))) {
                if self.world.present(*ty, *row) {
                    out.insert((*ty, *row, *via), self.world.owners(*ty, *row, *via));
                }
            }
        }
        out
    }

    /// The heads that can see what was touched, or could before.
    fn seen_by(&self, touched: &Touched, left: &Left, why: impl Fn(&Change) -> Why, todo: &mut Todo) {
        for change in &touched.rows {
            let there = change.was_present != change.is_present;
            let nodes: BTreeSet<(usize, NodeId)> = if there {
                self.policies.of_type(change.ty).iter().copied().collect()
            } else {
                let fields = (0..self.engine.layout.ty(change.ty).fields.len())
                    .filter_map(|at| u16::try_from(at).ok().map(FieldId))
                    .filter(|field| change.fields.contains(*field));
                fields.flat_map(|field| self.policies.reading(change.ty, field)).copied().collect()
            };
            for (number, node) in nodes {
                let Some(paths) = self.policies.paths(number) else { continue };
                let mut back = Back::new(&self.world, paths, self.joins_of(number));
                let mut heads = Heads::default();
                back.walk(node, change.row, &mut heads);
                if let Some(Step::Inverse(parent, via)) = paths.node(node).map(|node| &node.step)
                    && (there || change.fields.contains(*via))
                    && let Some(owners) = left.get(&(change.ty, change.row, *via))
                {
                    back.walk_all(*parent, owners.as_deref(), &mut heads);
                }
                todo.add(number, heads, why(change));
            }
        }
    }

    fn joins_of(&self, policy: usize) -> Vec<&Join> {
        let ties = self.policies.ties.iter().zip(&self.standing.joins);
        ties.filter(|(tied, _)| tied.policy == policy).map(|(_, join)| join).collect()
    }

    fn decide(&mut self, mut todo: Todo, delta: Option<&mut DecisionDelta>) {
        let (policies, count) = (self.policies.all.len(), self.policies.count());
        let joins = todo.numbers(policies, count);
        if !joins.is_empty() {
            self.look(&joins, &mut todo);
        }
        let numbers = todo.numbers(0, policies);
        if numbers.is_empty() {
            return;
        }
        let sides = std::mem::take(&mut self.standing.joins);
        let access = Joins { world: &self.world, joins: &sides };
        let judge = Judge::new(&self.engine, &self.world, Some(&access));
        let mut round = Round { delta, at: Instant(self.world.now()), judge: &judge };
        let mut runner = Runner::new(&self.world, self.world.now(), None);
        for number in numbers {
            let Some(lowered) = self.policies.all.get(number) else { continue };
            let held = self.standing.held.get(number);
            let known = || held.into_iter().flat_map(BTreeMap::keys).copied().collect();
            let bounded = lowered.plain.is_bounded(&self.world, self.engine.budget.reach);
            for (row, why) in todo.rows(number, || self.world.in_order(lowered.head), known) {
                let (held, wake, asked) = if !self.world.present(lowered.head, row) {
                    (None, NEVER, Vec::new())
                } else if let Plainly::Nothing(wake) = lowered.plain.head(&mut runner, row, bounded) {
                    (None, wake, Vec::new())
                } else {
                    let (held, wake, asked) = judge.head(lowered, row);
                    (Some(held), wake, asked)
                };
                self.standing.wake((number, row), wake, asked);
                if let Some(all) = self.standing.held.get_mut(number) {
                    round.settle(all, row, held, why, &lowered.policy.name);
                }
            }
        }
        self.standing.joins = sides;
    }

    /// Looks at the sides of joins again. Whoever one led to before, or leads to now, is decided again.
    fn look(&mut self, numbers: &[usize], todo: &mut Todo) {
        let judge = Judge::new(&self.engine, &self.world, None);
        let mut joins = std::mem::take(&mut self.standing.joins);
        for number in numbers {
            let Some(tied) = self.policies.tied(*number) else { continue };
            let Some(lowered) = self.policies.all.get(tied.policy) else { continue };
            let Some(at) = number.checked_sub(self.policies.all.len()) else { continue };
            let Some(join) = joins.get_mut(at) else { continue };
            let ty = tied.tie.ty;
            for (row, why) in todo.rows(*number, || self.world.in_order(ty), || join.rows()) {
                let (side, wake) = if self.world.present(ty, row) {
                    let (name, key) = (&self.engine.layout.ty(ty).name, self.world.key_arc(ty, row));
                    let (side, wake) = judge.with(|run| join.look(run, &lowered.policy, name, &key));
                    (Some(side), wake)
                } else {
                    (None, NEVER)
                };
                self.standing.wake((*number, row), wake, judge.asked());
                let old = join.put(row, side.clone());
                if old == side {
                    continue;
                }
                let mut heads = Heads::default();
                let mut back = Back::new(&self.world, &lowered.paths, Vec::new());
                for side in old.iter().chain(&side) {
                    back.walk_across(tied.tie.depth, side, &mut heads);
                }
                todo.add(tied.policy, heads, why);
            }
        }
        self.standing.joins = joins;
    }

    /// Everything that stands, as it is shown now.
    pub(super) fn evaluation(&mut self, snapshot: &Snapshot) -> Evaluation {
        let now = self.world.now();
        let mut todo = Todo::default();
        for (policy, held) in self.standing.held.iter().enumerate() {
            for (row, _) in held.iter().filter(|(_, held)| held.at != now) {
                todo.one((policy, *row), Why::Clock(now));
            }
        }
        self.decide(todo, None);
        let held = || self.standing.held.iter().flat_map(BTreeMap::values);
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

/// One round of deciding: who is told.
struct Round<'r, 'a> {
    delta: Option<&'r mut DecisionDelta>,
    at: Instant,
    judge: &'r Judge<'a>,
}

impl Round<'_, '_> {
    /// Takes what was decided of a head for what stands.
    fn settle(
        &mut self,
        all: &mut BTreeMap<Row, Held>,
        row: Row,
        held: Option<Held>,
        why: Why,
        policy: &Name,
    ) {
        let held = held.filter(|held| !(held.decisions.is_empty() && held.undetermined.is_empty()));
        let old = if all.is_empty() { None } else { all.remove(&row) };
        let mut lost = Vec::new();
        if old.is_some() || held.is_some() {
            lost = self.tell(old.as_ref(), held.as_ref(), why, policy);
        }
        if let Some(mut held) = held {
            held.lost = lost;
            all.insert(row, held);
        }
    }

    /// Tells what became of a head's decisions; returns those that are lost, now or since earlier.
    fn tell(&mut self, old: Option<&Held>, new: Option<&Held>, why: Why, policy: &Name) -> Vec<Decision> {
        let mut lost: Vec<Decision> = old.into_iter().flat_map(|old| old.lost.iter().cloned()).collect();
        let Some(delta) = self.delta.as_deref_mut() else { return lost };
        let decisions = |held: Option<&Held>| -> BTreeMap<String, Decision> {
            let all = held.into_iter().flat_map(|held| &held.decisions);
            all.map(|decision| (decision.id.clone(), decision.clone())).collect()
        };
        let (mut before, after) = (decisions(old), decisions(new));
        let (at, by) = (self.at, self.judge.by(why, policy));
        let mut tell = |change, decision, was, undetermined| {
            delta.changes.push(DecisionChange { change, at, by: by.clone(), decision, was, undetermined });
        };
        lost.retain(|lost| !after.contains_key(&lost.id));
        for (id, decision) in after {
            match before.remove(&id) {
                None => tell(ChangeKind::Made, Some(decision), None, None),
                Some(was) if same(&was, &decision) => {}
                Some(was) => tell(ChangeKind::Changed, Some(decision), Some(was), None),
            }
        }
        let open = || new.into_iter().flat_map(|held| &held.undetermined);
        // Where it is not known what belongs to the head, nothing of it is known to be over.
        let still = |id: &str| open().find(|open| open.id == id || open.incomplete).cloned();
        for was in std::mem::take(&mut lost) {
            if still(&was.id).is_some() {
                lost.push(was);
            } else {
                tell(ChangeKind::Withdrawn, None, Some(was), None);
            }
        }
        for (id, was) in before {
            match still(&id) {
                Some(open) => {
                    lost.push(was.clone());
                    tell(ChangeKind::Lost, None, Some(was), Some(open));
                }
                None => tell(ChangeKind::Withdrawn, None, Some(was), None),
            }
        }
        lost
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
