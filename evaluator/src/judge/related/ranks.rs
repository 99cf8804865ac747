//! After how many rounds tuples are in their relations, found from scratch.
//!
//! First all tuples that a question leads to are gathered, as if each might hold; then those that are in it
//! are found in the order of their ranks, each from those before it.

use std::collections::{BTreeMap, BTreeSet};

use assize_lang::plan::{
    CompareOp, Expr, ExprKind, FactKind, FactType, Name, Quantifier, Slot, Type, Window as Clause,
};

use super::{Columns, Goal, NEVER_IN, Rank, columns};
use crate::judge::eval::{Eval, Evaluator, Local};
use crate::judge::list::List;
use crate::judge::window::Window;
use crate::value::Value;

/// What a case is judged by: what is certain, or what cannot be excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Sure,
    Possible,
}

impl By {
    /// Whether a truth counts.
    pub(super) fn counts(self, truth: Option<bool>) -> bool {
        match self {
            Self::Sure => truth == Some(true),
            Self::Possible => truth != Some(false),
        }
    }

    const fn grade(self, truth: Option<bool>) -> u32 {
        match (self, truth) {
            (_, Some(true)) | (Self::Possible, None) => 0,
            _ => NEVER_IN,
        }
    }
}

/// The tuples that a question leads to, and who asked whom.
#[derive(Default)]
struct Closure {
    goals: Vec<Goal>,
    places: BTreeMap<Goal, usize>,
    askers: Vec<BTreeSet<usize>>,
    ranks: Vec<u32>,
}

impl<'a> Evaluator<'a> {
    /// The rank of a tuple of a steady relation.
    pub(super) fn rank(&self, goal: &Goal) -> Rank {
        if let Some(rank) = self.tables.and_then(|tables| tables.rank(goal)) {
            return rank;
        }
        if let Some(rank) = self.relations.ranks.borrow().get(goal) {
            return *rank;
        }
        self.rank_all(goal);
        let known = self.relations.ranks.borrow().get(goal).copied();
        known.unwrap_or(Rank { sure: NEVER_IN, possible: NEVER_IN })
    }

    fn rank_all(&self, goal: &Goal) {
        let mut all = Closure::default();
        all.places.insert(goal.clone(), 0);
        all.goals.push(goal.clone());
        all.askers.push(BTreeSet::new());
        let mut at = 0;
        while let Some(goal) = all.goals.get(at).cloned() {
            let mut asked = BTreeSet::new();
            self.grade_goal(&goal, By::Possible, &mut |goal| {
                asked.insert(goal);
                0
            });
            for goal in asked {
                if self.relations.ranks.borrow().contains_key(&goal) {
                    continue;
                }
                let next = all.goals.len();
                let place = *all.places.entry(goal.clone()).or_insert(next);
                if place == next {
                    all.goals.push(goal);
                    all.askers.push(BTreeSet::new());
                }
                if let Some(askers) = all.askers.get_mut(place) {
                    askers.insert(at);
                }
            }
            at = at.saturating_add(1);
        }
        self.settle(&mut all, By::Sure, vec![NEVER_IN; at]);
        let sure = all.ranks.clone();
        let start = sure.iter().map(|rank| if *rank == NEVER_IN { NEVER_IN } else { 0 }).collect();
        self.settle(&mut all, By::Possible, start);
        let mut ranks = self.relations.ranks.borrow_mut();
        for ((goal, sure), possible) in all.goals.into_iter().zip(sure).zip(all.ranks) {
            ranks.insert(goal, Rank { sure, possible });
        }
    }

    /// Finds the ranks, the least first.
    fn settle(&self, all: &mut Closure, by: By, start: Vec<u32>) {
        all.ranks = start;
        let mut due: BTreeSet<(u32, usize)> = BTreeSet::new();
        for place in 0..all.goals.len() {
            self.offer(all, by, place, &mut due);
        }
        while let Some((rank, place)) = due.pop_first() {
            match all.ranks.get_mut(place) {
                Some(known) if *known == NEVER_IN => *known = rank,
                _ => continue,
            }
            for asker in all.askers.get(place).cloned().unwrap_or_default() {
                self.offer(all, by, asker, &mut due);
            }
        }
    }

    fn offer(&self, all: &Closure, by: By, place: usize, due: &mut BTreeSet<(u32, usize)>) {
        if all.ranks.get(place) != Some(&NEVER_IN) {
            return;
        }
        let Some(goal) = all.goals.get(place) else { return };
        let grade = self.grade_goal(goal, by, &mut |goal| match all.places.get(&goal) {
            Some(place) => all.ranks.get(*place).copied().unwrap_or(NEVER_IN),
            None => {
                let known = self.relations.ranks.borrow().get(&goal).copied();
                known.map_or(NEVER_IN, |rank| if by == By::Sure { rank.sure } else { rank.possible })
            }
        });
        if grade != NEVER_IN {
            due.insert((grade.saturating_add(1), place));
        }
    }

    /// The least of the greatest ranks that the cases rest on.
    fn grade_goal(&self, goal: &Goal, by: By, look: &mut dyn FnMut(Goal) -> u32) -> u32 {
        let (name, values) = goal;
        let Some(relation) = self.program.relations.get(name) else { return NEVER_IN };
        let evaluator = self.asking(relation, values);
        let grades = relation.cases.iter().map(|case| evaluator.grade(&case.condition, by, look));
        grades.min().unwrap_or(NEVER_IN)
    }

    fn grade(&self, expr: &'a Expr, by: By, look: &mut dyn FnMut(Goal) -> u32) -> u32 {
        match &expr.kind {
            ExprKind::And(a, b) => match self.grade(a, by, look) {
                NEVER_IN => NEVER_IN,
                grade => grade.max(self.grade(b, by, look)),
            },
            ExprKind::Or(a, b) => {
                let grade = self.grade(a, by, look);
                grade.min(self.grade(b, by, look))
            }
            ExprKind::Bind { slot, value, body } => {
                self.with(*slot, self.argument(value), || self.grade(body, by, look))
            }
            ExprKind::Quantified { quantifier: Quantifier::Exists, list, slot, body, window } => {
                let list = self.ranged_list(list, *slot, body, window, by == By::Possible);
                let mut grade = by.grade(if list.is_closed() { Some(false) } else { None });
                for member in list.members.iter().filter(|member| by.counts(member.inside.possible.truth())) {
                    let bound = Local::Value(member.value.clone());
                    grade = grade.min(self.with(*slot, bound, || self.grade(body, by, look)));
                }
                grade
            }
            ExprKind::Related(name, args) => {
                let args: Vec<Eval> = args.iter().map(|arg| self.eval(arg)).collect();
                match columns(&args) {
                    Columns::Known(values) => look((name.clone(), values)),
                    Columns::Absent => NEVER_IN,
                    Columns::Unknown(_) => by.grade(None),
                }
            }
            _ => by.grade(self.condition(expr).possible.truth()),
        }
    }

    /// Whether a list of entities may have members that nobody reported.
    pub(crate) fn openness_of(&self, list: &'a Expr, clause: &'a Clause) -> Eval {
        let schema = self.view.schema();
        let window = self.narrow(&Window::default(), clause);
        match &list.kind {
            ExprKind::All(ty) => match schema.facts.get(ty) {
                Some(ty) => self.openness(ty, None, &window),
                None => Eval::truth(false),
            },
            _ => self.list(list, &window).open,
        }
    }

    /// The list that an `exists` ranges over, less facts of which it is known that the condition pins them
    /// elsewhere, where that can be. Whether it is closed is looked at where that is
    /// `wanted`.
    pub(super) fn ranged_list(
        &self,
        list: &'a Expr,
        slot: Slot,
        body: &'a Expr,
        clause: &'a Clause,
        wanted: bool,
    ) -> List {
        if let ExprKind::All(ty) = &list.kind
            && let Some(declared) = self.view.schema().facts.get(ty)
            && declared.kind == FactKind::Entity
            && let Some((field, other)) = pin(body, slot)
            && let Some(value @ Value::Fact(..)) = self.eval(other).possible.value()
        {
            let members = self.certain(ty, self.view.pinned(ty, field, value));
            let open = if wanted { self.open_again(declared, clause) } else { Eval::truth(false) };
            return List { members, open, any: None };
        }
        self.list(list, &self.narrow(&Window::default(), clause))
    }

    /// Whether a list of all facts of a type may have members that nobody reported, and what is missing then: until
    /// when that holds is [`Steady`]'s to say. A search comes back to the same scope again and again, so what was
    /// found of it is kept.
    fn open_again(&self, ty: &FactType, clause: &'a Clause) -> Eval {
        let window = self.narrow(&Window::default(), clause);
        let Some(scope) = window.scope() else { return self.openness(ty, None, &window) };
        let place = (ty.name.clone(), scope);
        if let Some(known) = self.relations.openness.borrow().get(&place) {
            return known.clone();
        }
        let open = self.openness(ty, None, &window);
        self.relations.openness.borrow_mut().insert(place, open.clone());
        open
    }
}

/// `slot.field == other` among the conjuncts, with `field` a reference and `other` free of the slot.
pub(crate) fn pin(body: &Expr, slot: Slot) -> Option<(&Name, &Expr)> {
    let sides = |a: &'_ Expr, b: &'_ Expr| -> bool {
        let ExprKind::Field(base, _) = &a.kind else { return false };
        matches!(base.kind, ExprKind::Var(found) if found == slot)
            && matches!(a.ty, Type::Fact(_))
            && is_path(b, slot)
    };
    match &body.kind {
        ExprKind::And(a, b) => pin(a, slot).or_else(|| pin(b, slot)),
        ExprKind::Compare(CompareOp::Eq, a, b) => {
            let (own, other) = match (sides(a, b), sides(b, a)) {
                (true, _) => (a, b),
                (_, true) => (b, a),
                _ => return None,
            };
            let ExprKind::Field(_, field) = &own.kind else { return None };
            Some((field, other))
        }
        _ => None,
    }
}

/// Whether it is a path from a slot, and that is another one.
pub(crate) fn is_path(expr: &Expr, not: Slot) -> bool {
    match &expr.kind {
        ExprKind::Var(slot) => *slot != not,
        ExprKind::Field(base, _) => is_path(base, not),
        _ => false,
    }
}
