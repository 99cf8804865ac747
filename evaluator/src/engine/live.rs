//! Decisions kept up to date: facts change, the clock moves, and only what can see it is decided again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};
use std::sync::Arc;

use assize_lang::plan::Policy;

use super::Engine;
use super::back::{Back, Heads};
use super::delta::{By, ChangeKind, DecisionChange, DecisionDelta, same};
use super::joins::{Join, Joins};
use super::lowered::Policies;
use super::paths::{NodeId, Step};
use super::plain::{Plainly, Runner};
use crate::decision::{Decision, Undetermined};
use crate::evaluation::{Evaluation, WaiverUse};
use crate::facts::Instant;
use crate::reference::{AskedCoverage, Leaves, Run, usage};
use crate::store::{Changes, Facts, Snapshot};
use crate::value::{NEVER, Value};
use crate::world::{FieldId, Layout, Lens, Row, Touched, TypeId, World};

/// A policy, by its place, and the row that it is decided for.
type Case = (usize, Row);
/// A signal and a scope.
type Watched = (String, String);

/// What the judge said of one head.
#[derive(Debug, Default)]
struct Held {
    decisions: Vec<Decision>,
    undetermined: Vec<Undetermined>,
    /// The coverage that was asked about.
    asked: Vec<Watched>,
    /// When it was rendered.
    at: i64,
}

/// The decisions of all policies on facts that change.
#[derive(Debug)]
pub(super) struct Live {
    engine: Engine,
    layout: Arc<Layout>,
    policies: Arc<Policies>,
    world: World,
    joins: Vec<Join>,
    held: Vec<BTreeMap<Row, Held>>,
    /// When each head has to be decided again though nothing is reported.
    wakes: Vec<HashMap<Row, i64>>,
    timers: BinaryHeap<Reverse<(i64, usize, Row)>>,
    waiting: HashMap<Watched, BTreeSet<Case>>,
    /// The coverage that each asked about.
    asked: HashMap<Case, Vec<Watched>>,
}

impl Live {
    /// Decides everything on `world`.
    pub(super) fn new(engine: &Engine, layout: &Arc<Layout>, world: World) -> Self {
        let policies = Arc::new(Policies::new(engine, layout));
        let (all, count) = (policies.all.len(), policies.count());
        let joins = policies.ties.iter().filter_map(|tied| {
            let policy = policies.all.get(tied.policy)?;
            Some(Join::new(policy.policy.name.clone(), tied.tie.clone()))
        });
        let joins = joins.collect();
        let mut live = Self {
            engine: engine.clone(),
            layout: Arc::clone(layout),
            policies,
            world,
            joins,
            held: (0..all).map(|_| BTreeMap::new()).collect(),
            wakes: (0..count).map(|_| HashMap::new()).collect(),
            timers: BinaryHeap::new(),
            waiting: HashMap::new(),
            asked: HashMap::new(),
        };
        let mut todo = Todo::default();
        for policy in 0..count {
            todo.every(policy, &By::Instant(Instant(live.world.now())));
        }
        live.decide(todo, None);
        live
    }

    pub(super) const fn world(&self) -> &World {
        &self.world
    }

    /// The next instant at which anything may change by itself.
    pub(super) fn next_flip(&self) -> Option<i64> {
        let timer = self.timers.peek().map(|Reverse((at, ..))| *at);
        timer.into_iter().chain(self.world.next_due()).min()
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
        let planned = self.world.plan(changes, now);
        let left = self.owners(&planned);
        let touched = self.world.commit();
        let mut todo = Todo::default();
        if touched.everything {
            let by = touched.rows.first().map(|change| self.fact(change.ty, change.row));
            let by = by.unwrap_or(By::Instant(Instant(now)));
            (0..self.policies.count()).for_each(|number| todo.every(number, &by));
        } else {
            self.seen_by(&touched, &left, &mut todo);
        }
        self.due(now, &mut todo);
        for (signal, scope) in &touched.coverage {
            self.woken(signal, scope.as_deref(), now, &mut todo);
        }
        self.decide(todo, Some(delta));
    }

    fn joins_of(&self, policy: usize) -> Vec<&Join> {
        let ties = self.policies.ties.iter().zip(&self.joins);
        ties.filter(|(tied, _)| tied.policy == policy).map(|(_, join)| join).collect()
    }

    fn fact(&self, ty: TypeId, row: Row) -> By {
        let name = &self.layout.ty(ty).name;
        By::Fact(Lens::new(&self.world, None).reference(name, self.world.key(ty, row)))
    }

    /// On whom the lists' members hang before anything is touched.
    fn owners(&self, planned: &[(TypeId, Row)]) -> HashMap<(TypeId, Row, FieldId), Option<Vec<Row>>> {
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
    fn seen_by(
        &self,
        touched: &Touched,
        left: &HashMap<(TypeId, Row, FieldId), Option<Vec<Row>>>,
        todo: &mut Todo,
    ) {
        for change in &touched.rows {
            let there = change.was_present != change.is_present;
            let nodes: BTreeSet<(usize, NodeId)> = if there {
                self.policies.of_type(change.ty).iter().copied().collect()
            } else {
                let fields = (0..self.layout.ty(change.ty).fields.len())
                    .filter_map(|at| u16::try_from(at).ok().map(FieldId))
                    .filter(|field| change.fields.contains(*field));
                fields.flat_map(|field| self.policies.reading(change.ty, field)).copied().collect()
            };
            if nodes.is_empty() {
                continue;
            }
            let by = self.fact(change.ty, change.row);
            for (policy, node) in nodes {
                let Some(paths) = self.policies.paths(policy) else { continue };
                let mut back = Back::new(&self.world, paths, self.joins_of(policy));
                let mut heads = Heads::default();
                back.walk(node, change.row, &mut heads);
                if let Some(Step::Inverse(parent, via)) = paths.node(node).map(|node| &node.step)
                    && (there || change.fields.contains(*via))
                    && let Some(owners) = left.get(&(change.ty, change.row, *via))
                {
                    back.walk_all(*parent, owners.as_deref(), &mut heads);
                }
                todo.add(policy, heads, &by);
            }
        }
    }

    /// What the clock changes.
    fn due(&mut self, now: i64, todo: &mut Todo) {
        while let Some(Reverse((at, policy, row))) = self.timers.peek().copied() {
            if at > now {
                break;
            }
            self.timers.pop();
            let stands = self.wakes.get(policy).and_then(|wakes| wakes.get(&row));
            if stands == Some(&at) {
                todo.one(policy, row, &By::Instant(Instant(at)));
            }
        }
    }

    /// What asked about a signal in a scope.
    fn woken(&self, signal: &str, scope: Option<&str>, now: i64, todo: &mut Todo) {
        for ((asked, of), cases) in &self.waiting {
            let concerned = scope.is_none_or(|scope| scope == "*" || of == "*" || of == scope);
            if asked == signal && concerned {
                for (policy, row) in cases {
                    todo.one(*policy, *row, &By::Instant(Instant(now)));
                }
            }
        }
    }

    fn decide(&mut self, mut todo: Todo, mut delta: Option<&mut DecisionDelta>) {
        let world = self.world.clone();
        let lens = Lens::new(&world, None);
        let leaves = Leaves::native();
        let asked = AskedCoverage::default();
        let engine = self.engine.clone();
        let policies = Arc::clone(&self.policies);
        let run = Run {
            program: &engine.program,
            params: &engine.params,
            view: &lens,
            leaves: &leaves,
            budget: engine.budget,
            asked: Some(&asked),
            access: None,
        };
        for (at, tied) in policies.ties.iter().enumerate() {
            let number = policies.all.len().saturating_add(at);
            let known: Vec<Row> = self.joins.get(at).map(Join::rows).unwrap_or_default();
            for (row, by) in todo.rows(number, &world.in_order(tied.tie.ty), known) {
                self.look(&run, &policies, (number, row), &asked, &by, &mut todo);
            }
        }
        let joins = std::mem::take(&mut self.joins);
        let access = Joins { world: &world, joins: &joins };
        let run = Run { access: Some(&access), ..run };
        let mut runner = Runner::new(&world, world.now(), None);
        for (at, lowered) in policies.all.iter().enumerate() {
            let known = self.held.get(at).into_iter().flat_map(BTreeMap::keys).copied().collect();
            let bounded = lowered.plain.is_bounded(&world, engine.budget.reach);
            for (row, by) in todo.rows(at, &world.in_order(lowered.head), known) {
                let (held, wake) = if !world.present(lowered.head, row) {
                    (None, NEVER)
                } else if let Plainly::Nothing(wake) = lowered.plain.head(&mut runner, row, bounded) {
                    (None, wake)
                } else {
                    let first = Value::Fact(
                        self.layout.ty(lowered.head).name.clone(),
                        world.key_arc(lowered.head, row),
                    );
                    let mut held = Held { at: world.now(), ..Held::default() };
                    let (decisions, open) = (&mut held.decisions, &mut held.undetermined);
                    let until = run.policy(&lowered.policy, Some(first), None, decisions, open);
                    held.asked = taken(&asked);
                    (Some(held), until.first)
                };
                self.settle((at, row), held, wake, &by, delta.as_deref_mut());
            }
        }
        self.joins = joins;
    }

    /// Looks at one side of a join again. Whoever it led to before, or leads to now, is decided again.
    fn look<'a>(
        &mut self,
        run: &Run<'a>,
        policies: &'a Policies,
        (number, row): Case,
        asked: &AskedCoverage,
        by: &By,
        todo: &mut Todo,
    ) {
        let Some(tied) = policies.tied(number) else { return };
        let Some(lowered) = policies.all.get(tied.policy) else { return };
        let Some(at) = number.checked_sub(policies.all.len()) else { return };
        let ty = tied.tie.ty;
        let Some(join) = self.joins.get_mut(at) else { return };
        let (side, wake) = if self.world.present(ty, row) {
            let (name, key) = (&self.layout.ty(ty).name, self.world.key_arc(ty, row));
            let (side, wake) = join.look(run, &lowered.policy, name, &key);
            (Some(side), wake)
        } else {
            (None, NEVER)
        };
        let old = join.put(row, side.clone());
        self.wake((number, row), wake, taken(asked));
        if old == side {
            return;
        }
        let mut heads = Heads::default();
        let mut back = Back::new(&self.world, &lowered.paths, self.joins_of(tied.policy));
        for side in old.iter().chain(&side) {
            back.walk_across(tied.tie.depth, side, &mut heads);
        }
        todo.add(tied.policy, heads, by);
    }

    /// Takes what was decided of a head for what stands.
    fn settle(
        &mut self,
        case: Case,
        held: Option<Held>,
        wake: i64,
        by: &By,
        delta: Option<&mut DecisionDelta>,
    ) {
        let (policy, row) = case;
        self.wake(case, wake, held.as_ref().map(|held| held.asked.clone()).unwrap_or_default());
        let Some(all) = self.held.get_mut(policy) else { return };
        let old = all.remove(&row);
        if let Some(delta) = delta {
            compare(old.as_ref(), held.as_ref(), Instant(self.world.now()), by, delta);
        }
        if let Some(held) = held
            && !(held.decisions.is_empty() && held.undetermined.is_empty())
        {
            all.insert(row, held);
        }
    }

    /// Notes when something has to be looked at again, and for which coverage.
    fn wake(&mut self, case: Case, wake: i64, asked: Vec<Watched>) {
        let (number, row) = case;
        let Some(wakes) = self.wakes.get_mut(number) else { return };
        let before = if wake == NEVER { wakes.remove(&row) } else { wakes.insert(row, wake) };
        if wake != NEVER && before != Some(wake) {
            self.timers.push(Reverse((wake, number, row)));
        }
        let before =
            if asked.is_empty() { self.asked.remove(&case) } else { self.asked.insert(case, asked.clone()) };
        for watched in before.into_iter().flatten() {
            if let Some(cases) = self.waiting.get_mut(&watched) {
                cases.remove(&case);
            }
        }
        for watched in asked {
            self.waiting.entry(watched).or_default().insert(case);
        }
    }

    /// Everything that stands, as it is shown now.
    pub(super) fn evaluation(&mut self, snapshot: &Snapshot) -> Evaluation {
        let now = self.world.now();
        let mut todo = Todo::default();
        for (policy, held) in self.held.iter().enumerate() {
            for (row, _) in held.iter().filter(|(_, held)| held.at != now) {
                todo.one(policy, *row, &By::Instant(Instant(now)));
            }
        }
        self.decide(todo, None);
        let held = || self.held.iter().flat_map(BTreeMap::values);
        let decisions: Vec<Decision> = held().flat_map(|held| held.decisions.iter().cloned()).collect();
        let undetermined: Vec<Undetermined> =
            held().flat_map(|held| held.undetermined.iter().cloned()).collect();
        let waivers = self.waivers(&decisions, &undetermined);
        let policies = self.engine.program.policies.len();
        Evaluation::new(Instant(now), snapshot, policies, decisions, undetermined, waivers)
    }

    /// What the exceptions are good for.
    fn waivers(&self, decisions: &[Decision], undetermined: &[Undetermined]) -> Vec<WaiverUse> {
        let program = &self.engine.program;
        if program.waivers.is_empty() {
            return Vec::new();
        }
        let lens = Lens::new(&self.world, None);
        let leaves = Leaves::native();
        let run = Run {
            program,
            params: &self.engine.params,
            view: &lens,
            leaves: &leaves,
            budget: self.engine.budget,
            asked: None,
            access: None,
        };
        let policies: Vec<&Policy> = program.policies.values().map(AsRef::as_ref).collect();
        usage(&run, &policies, decisions, undetermined)
    }
}

/// What has to be decided again, and why.
#[derive(Debug, Default)]
struct Todo {
    all: BTreeMap<usize, By>,
    some: BTreeMap<usize, BTreeMap<Row, By>>,
}

impl Todo {
    fn every(&mut self, policy: usize, by: &By) {
        self.all.entry(policy).or_insert_with(|| by.clone());
    }

    fn one(&mut self, policy: usize, row: Row, by: &By) {
        self.some.entry(policy).or_default().entry(row).or_insert_with(|| by.clone());
    }

    /// What has to be done of one number: all of `all` and of what is `known`, or some.
    fn rows(&self, number: usize, all: &[Row], known: Vec<Row>) -> Vec<(Row, By)> {
        match self.all.get(&number) {
            Some(by) => {
                let rows: BTreeSet<Row> = all.iter().copied().chain(known).collect();
                rows.into_iter().map(|row| (row, by.clone())).collect()
            }
            None => {
                self.some.get(&number).into_iter().flatten().map(|(row, by)| (*row, by.clone())).collect()
            }
        }
    }

    fn add(&mut self, policy: usize, heads: Heads, by: &By) {
        if heads.all {
            return self.every(policy, by);
        }
        for row in heads.rows {
            self.one(policy, row, by);
        }
    }
}

/// The coverage that was asked about since it was last taken.
fn taken(asked: &AskedCoverage) -> Vec<Watched> {
    let all = std::mem::take(&mut *asked.0.borrow_mut());
    all.into_iter().map(|(signal, scope, _)| (signal, scope)).collect()
}

/// Tells what became of a head's decisions.
fn compare(old: Option<&Held>, new: Option<&Held>, at: Instant, by: &By, delta: &mut DecisionDelta) {
    let decisions = |held: Option<&Held>| -> BTreeMap<String, Decision> {
        let all = held.into_iter().flat_map(|held| &held.decisions);
        all.map(|decision| (decision.id.clone(), decision.clone())).collect()
    };
    let (mut before, after) = (decisions(old), decisions(new));
    let mut tell = |change, decision, was, undetermined| {
        delta.changes.push(DecisionChange { change, at, by: by.clone(), decision, was, undetermined });
    };
    for (id, decision) in after {
        match before.remove(&id) {
            None => tell(ChangeKind::Made, Some(decision), None, None),
            Some(was) if same(&was, &decision) => {}
            Some(was) => tell(ChangeKind::Changed, Some(decision), Some(was), None),
        }
    }
    let open = || new.into_iter().flat_map(|held| &held.undetermined);
    for (id, was) in before {
        // Where it is not known what belongs to the head, nothing of it is known to be over.
        let lost = open().find(|open| open.id == id || open.incomplete).cloned();
        let change = if lost.is_some() { ChangeKind::Lost } else { ChangeKind::Withdrawn };
        tell(change, None, Some(was), lost);
    }
}
