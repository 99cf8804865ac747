//! One tuple's cases, on rows.

use assize_lang::plan::{Name, Policy, Slot};

use super::rules::{Base, Exists, From, MOST_COLUMNS, Node, Open, Rule, Rules, Test};
use super::tables::{Opens, Seen};
use crate::engine::Engine;
use crate::engine::judge::Judge;
use crate::engine::plain::{Place, Runner};
use crate::judge::{Eval, Evaluator, NEVER_IN, nobody};
use crate::value::{NEVER, Possible, Value};
use crate::world::{Cell, FieldId, Row, Sym, TypeId, World};

/// The rows of a tuple, with [`NONE`] behind them.
pub(super) type Args = [Row; MOST_COLUMNS];

/// No row.
pub(super) const NONE: Row = Row(u32::MAX);

/// A relation, by its number, and a tuple.
pub(super) type Goal = (usize, Args);

/// What the cases of a tuple look at: when that changes they are looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Dep {
    /// One fact.
    Row(TypeId, Row),
    /// The facts that refer to one by a field.
    Pin(TypeId, FieldId, Row),
    /// The facts of which it is not known to whom they refer by a field.
    Doubtful(TypeId, FieldId),
    /// Whether there is a fact with a key, and who refers to it.
    Key(TypeId, Sym),
    /// All facts of a type.
    Type(TypeId),
    /// Whether a list is open, by its number and what the scope hangs on.
    Open(u32, u32),
}

/// What a case is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Sure,
    Possible,
}

impl By {
    const fn grade(self, truth: Option<bool>) -> u32 {
        match (self, truth) {
            (_, Some(true)) | (Self::Possible, None) => 0,
            _ => NEVER_IN,
        }
    }
}

/// What the cases of a tuple lead to.
#[derive(Debug, Default)]
pub(super) struct Leads {
    pub(super) asks: Vec<Goal>,
    pub(super) deps: Vec<Dep>,
}

/// The facts, and how to ask about them.
pub(in crate::engine) struct Ground<'w> {
    pub(super) engine: &'w Engine,
    pub(super) world: &'w World,
    pub(super) rules: &'w Rules,
    pub(super) judge: Judge<'w>,
    nobody: Policy,
}

impl<'w> Ground<'w> {
    pub(in crate::engine) fn new(engine: &'w Engine, world: &'w World, rules: &'w Rules) -> Self {
        Self { engine, world, rules, judge: Judge::new(engine, world, None), nobody: nobody("") }
    }

    fn name(&self, ty: TypeId) -> &Name {
        &self.engine.layout.ty(ty).name
    }

    /// A fact as the judge sees it.
    pub(super) fn fact(&self, ty: TypeId, row: Row) -> Value {
        Value::Fact(self.name(ty).clone(), self.world.key_arc(ty, row))
    }
}

/// Looks at tuples one after another.
pub(super) struct Walker<'g, 'w> {
    ground: &'g Ground<'w>,
    runner: Runner<'w>,
    opens: &'g mut Opens,
}

impl<'g, 'w> Walker<'g, 'w> {
    pub(super) fn new(ground: &'g Ground<'w>, opens: &'g mut Opens) -> Self {
        Self { ground, runner: Runner::new(ground.world, ground.world.now(), None), opens }
    }

    fn start(&mut self, goal: &Goal) -> Option<&'g Rule> {
        let rule = self.ground.rules.all.get(goal.0)?;
        self.runner.start(rule.slots);
        for ((slot, _), row) in rule.columns.iter().zip(goal.1) {
            self.runner.bind(*slot, row);
        }
        Some(rule)
    }

    /// The least of the greatest ranks that the cases rest on; `look` knows the ranks of others.
    pub(super) fn grade(&mut self, goal: &Goal, by: By, look: &mut dyn FnMut(&Goal) -> u32) -> u32 {
        self.start(goal).map_or(NEVER_IN, |rule| self.node(&rule.cases, by, look))
    }

    fn node(&mut self, node: &Node, by: By, look: &mut dyn FnMut(&Goal) -> u32) -> u32 {
        match node {
            Node::All(parts) => {
                let mut most = 0;
                for part in parts {
                    most = most.max(self.node(part, by, look));
                    if most == NEVER_IN {
                        break;
                    }
                }
                most
            }
            Node::Any(parts) => {
                let mut least = NEVER_IN;
                for part in parts {
                    least = least.min(self.node(part, by, look));
                    if least == 0 {
                        break;
                    }
                }
                least
            }
            Node::Test(test) => by.grade(self.test(test)),
            Node::Related { rule, args, .. } => match self.args(args) {
                Some(Some(rows)) => look(&(*rule, rows)),
                Some(None) => NEVER_IN,
                None => by.grade(None),
            },
            Node::Exists(exists) => self.exists(exists, by, look),
        }
    }

    fn exists(&mut self, exists: &Exists, by: By, look: &mut dyn FnMut(&Goal) -> u32) -> u32 {
        if by == By::Possible && self.is_open(exists, None) {
            return 0;
        }
        let mut least = NEVER_IN;
        let members = self.members(exists, None);
        let count = if by == By::Sure { members.surely() } else { members.all() };
        for at in 0..count {
            let Some(row) = members.at(at) else { break };
            self.runner.bind(exists.slot, row);
            least = least.min(self.node(&exists.body, by, look));
            if least == 0 {
                break;
            }
        }
        least
    }

    fn test(&mut self, test: &Test) -> Option<bool> {
        if let Some(plain) = self.runner.holds(&test.condition) {
            return Some(plain);
        }
        self.opens.seen.doubts = self.opens.seen.doubts.saturating_add(1);
        self.ground.truth(&self.runner, test)
    }

    /// The rows that a relation is asked about: `Some(None)` where one is absent, `None` where one is not
    /// known.
    fn args(&mut self, places: &[Place]) -> Option<Option<Args>> {
        let mut rows = [NONE; MOST_COLUMNS];
        let (mut unknown, mut absent) = (false, false);
        for (place, row) in places.iter().zip(rows.iter_mut()) {
            match self.runner.value(place) {
                Cell::Fact(found) => *row = found,
                Cell::Absent => absent = true,
                _ => unknown = true,
            }
        }
        match (absent, unknown) {
            (true, _) => Some(None),
            (_, true) => None,
            _ => Some(Some(rows)),
        }
    }

    /// What the cases lead to, as if every tuple might hold.
    pub(super) fn leads(&mut self, goal: &Goal) -> Leads {
        let mut out = Leads::default();
        if let Some(rule) = self.start(goal) {
            self.lead(&rule.cases, &mut out);
        }
        out.deps.sort_unstable();
        out.deps.dedup();
        out.asks.sort_unstable();
        out.asks.dedup();
        out
    }

    /// Whether the node may hold.
    fn lead(&mut self, node: &Node, out: &mut Leads) -> bool {
        match node {
            Node::All(parts) => parts.iter().all(|part| self.lead(part, out)),
            Node::Any(parts) => {
                let mut may = false;
                parts.iter().for_each(|part| may |= self.lead(part, out));
                may
            }
            Node::Test(test) => {
                self.read(&test.reads, out);
                self.test(test) != Some(false)
            }
            Node::Related { rule, args, reads } => {
                self.read(reads, out);
                match self.args(args) {
                    Some(Some(rows)) => out.asks.push((*rule, rows)),
                    Some(None) => return false,
                    None => {}
                }
                true
            }
            Node::Exists(exists) => {
                self.read(&exists.reads, out);
                let mut may = self.is_open(exists, Some(&mut out.deps));
                let members = self.members(exists, Some(&mut out.deps));
                for at in 0..members.all() {
                    let Some(row) = members.at(at) else { break };
                    self.runner.bind(exists.slot, row);
                    out.deps.push(Dep::Row(exists.ty, row));
                    may |= self.lead(&exists.body, out);
                }
                may
            }
        }
    }

    fn read(&mut self, bases: &[Base], out: &mut Leads) {
        for base in bases {
            if let Cell::Fact(row) = self.runner.value(&base.place) {
                out.deps.push(Dep::Row(base.ty, row));
            }
        }
    }

    /// The facts that the list can have, the certain ones first.
    fn members(&mut self, exists: &Exists, deps: Option<&mut Vec<Dep>>) -> Members<'w> {
        let world = self.ground.world;
        let ty = exists.ty;
        let (field, target, owned) = match &exists.from {
            From::All => return self.every(ty, deps),
            From::Known(place) => {
                return match self.runner.value(place) {
                    Cell::Text(sym) => {
                        deps.into_iter().for_each(|deps| deps.push(Dep::Key(ty, sym)));
                        let known = world.with_key(ty, sym).into_iter().collect();
                        Members { every: Some(known), ..Members::default() }
                    }
                    Cell::Absent => Members::default(),
                    _ => self.every(ty, deps),
                };
            }
            From::Referring(field, place) => match self.runner.value(place) {
                Cell::Fact(row) => (*field, row, false),
                _ => return self.every(ty, deps),
            },
            From::Naming(field, to, place) => match self.runner.value(place) {
                Cell::Text(sym) => (*field, world.named(*to, sym).unwrap_or(NONE), false),
                // Where no key is named, whoever refers to nobody may be meant.
                _ => return self.every(ty, deps),
            },
            From::Inverse(field, place) => match self.runner.value(place) {
                Cell::Fact(row) => (*field, row, true),
                // An absent owner has none; of one that is not known nothing is.
                _ => return Members::default(),
            },
        };
        if let Some(deps) = deps {
            deps.extend([Dep::Pin(ty, field, target), Dep::Doubtful(ty, field)]);
            // Where nobody has that key yet, there is no row to look at.
            if let From::Naming(_, to, place) = &exists.from
                && let Cell::Text(sym) = self.runner.value(place)
            {
                deps.push(Dep::Key(*to, sym));
            }
        }
        let certain = world.referring(ty, field, target);
        if owned {
            let maybe = world.maybe_referring(ty, field, target).iter();
            let doubtful = maybe.chain(world.loose(ty, field)).copied().collect();
            return Members { certain, doubtful, every: None };
        }
        // That they refer to it is part of the condition, and not known of them there.
        let doubtful = world.doubtful(ty, field).into_iter().collect();
        Members { certain, doubtful, every: None }
    }

    fn every(&self, ty: TypeId, deps: Option<&mut Vec<Dep>>) -> Members<'w> {
        deps.into_iter().for_each(|deps| deps.push(Dep::Type(ty)));
        Members { every: Some(self.ground.world.in_order(ty)), ..Members::default() }
    }

    /// Whether there may be members that nobody reported.
    fn is_open(&mut self, exists: &Exists, deps: Option<&mut Vec<Dep>>) -> bool {
        if let From::Inverse(_, owner) = &exists.from {
            match self.runner.value(owner) {
                Cell::Fact(_) => {}
                Cell::Absent => return false,
                _ => return true,
            }
        }
        let (number, on) = match &exists.open {
            Open::Never => return false,
            Open::Once(number) => (*number, u32::MAX),
            Open::By(number, ty, place) => match self.runner.value(place) {
                Cell::Fact(row) => {
                    self.opens.scopes.insert((*number, row.0), *ty);
                    (*number, row.0)
                }
                Cell::Text(sym) => (*number, sym.0),
                _ => (*number, u32::MAX),
            },
        };
        if let Some(deps) = deps {
            deps.push(Dep::Open(number, on));
        }
        if let Some(known) = self.opens.known.get(&(number, on)) {
            return known.open;
        }
        let (open, until, watched) = self.ground.open(&self.runner, exists);
        self.opens.learn((number, on), Seen { open, until, watched });
        open
    }
}

impl<'w> Ground<'w> {
    fn truth(&self, runner: &Runner<'w>, test: &Test) -> Option<bool> {
        let nobody = &self.nobody;
        self.judge.with(|run| {
            let evaluator = run.evaluator(nobody);
            self.bind(runner, &test.bound, &evaluator);
            evaluator.condition(&test.expr).possible.truth()
        })
    }

    fn open(&self, runner: &Runner<'w>, exists: &Exists) -> (bool, i64, Vec<(String, String)>) {
        let nobody = &self.nobody;
        self.judge.asked(NEVER);
        let eval = self.judge.with(|run| {
            let evaluator = run.evaluator(nobody);
            self.bind(runner, &exists.bound, &evaluator);
            evaluator.openness_of(&exists.list, &exists.window)
        });
        let asked = self.judge.asked(NEVER).0.into_iter().map(|asked| (asked.signal, asked.scope)).collect();
        (eval.possible.truth() != Some(false), eval.horizon.first, asked)
    }

    fn bind(&self, runner: &Runner<'w>, bound: &[(usize, TypeId)], evaluator: &Evaluator<'_>) {
        for (slot, ty) in bound {
            if let (Ok(at), Cell::Fact(row)) = (u32::try_from(*slot), runner.bound(*slot)) {
                evaluator.bind(Slot(at), Eval::constant(Possible::known(self.fact(*ty, row))));
            }
        }
    }
}

/// Rows in two parts.
#[derive(Default)]
struct Members<'w> {
    certain: &'w [Row],
    doubtful: Vec<Row>,
    every: Option<std::sync::Arc<[Row]>>,
}

impl Members<'_> {
    fn all(&self) -> usize {
        match &self.every {
            Some(every) => every.len(),
            None => self.certain.len().saturating_add(self.doubtful.len()),
        }
    }

    /// How many of them, from the first on, are in the list for certain.
    fn surely(&self) -> usize {
        self.every.as_ref().map_or(self.certain.len(), |every| every.len())
    }

    fn at(&self, at: usize) -> Option<Row> {
        if let Some(every) = &self.every {
            return every.get(at).copied();
        }
        match self.certain.get(at) {
            Some(row) => Some(*row),
            None => self.doubtful.get(at.checked_sub(self.certain.len())?).copied(),
        }
    }
}
