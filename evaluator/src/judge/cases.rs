//! Which tuples a policy is asked about (B1 to B3, D4).

use std::collections::BTreeMap;

use assize_lang::plan::{Binding, BindingSource, CompareOp, Expr, ExprKind, Name, Slot, Type};

use super::eval::{Eval, Evaluator};
use super::logic;
use super::window::Window;
use crate::store::Facts;
use crate::value::{Causes, Horizon, Possible, Value};

/// A tuple that is a case, or may be one.
pub(crate) struct Case {
    pub(crate) tuple: Vec<Value>,
    /// Its `where`, as one condition: true, or unknown.
    pub(crate) condition: Eval,
}

/// A first fact of which it is not known what else belongs to it.
pub(crate) struct Incomplete {
    pub(crate) first: Value,
    /// Why, of each that was asked about.
    pub(crate) causes: Vec<Causes>,
    pub(crate) horizon: Horizon,
    pub(crate) exhausted: bool,
}

/// Facts of a type by the known value of one field, and those whose value is not known.
type FieldIndex = (BTreeMap<Value, Vec<usize>>, Vec<usize>);

/// The facts that a binding may be, with those before it bound.
pub(crate) struct Candidates {
    /// Those to be asked about one by one: every one of which something may be said that is not said of all others.
    pub(crate) facts: Vec<Value>,
    /// Why of some other facts it cannot be told whether they are cases.
    pub(crate) others: Option<Eval>,
    /// Until when what is no case of the others stays none.
    pub(crate) until: Horizon,
}

impl Candidates {
    /// These, and no others.
    pub(crate) const fn only(facts: Vec<Value>) -> Self {
        Self { facts, others: None, until: Horizon::NEVER }
    }
}

/// A shorter way to the facts that a binding ranges over.
pub(crate) trait Access: std::fmt::Debug {
    /// Facts for the binding at `depth`, with those before it bound. Nothing where there is no shorter way than to
    /// try them all.
    fn candidates<'a>(&self, evaluator: &Evaluator<'a>, depth: usize) -> Option<Candidates>;
}

/// What the conditions say that can be judged once one binding is bound.
pub(crate) struct Said {
    /// Each of them.
    pub(crate) judged: Vec<Eval>,
    /// Whether one of them is known to be false: it is no case.
    pub(crate) out: bool,
    /// What cannot be told, of those that join it to a binding before.
    pub(crate) open: Option<Eval>,
}

impl<'a> Evaluator<'a> {
    /// What the conditions say that can be judged now that the binding at `depth` is bound.
    pub(crate) fn said(&self, depth: usize) -> Said {
        let mut said = Said { judged: Vec::new(), out: false, open: None };
        for one in self.policy.wheres.iter().filter(|one| usize::try_from(one.after) == Ok(depth)) {
            let eval = self.condition(&one.expr);
            match eval.possible.truth() {
                Some(false) => said.out = true,
                None if one.join => {
                    let open = said.open.take();
                    said.open = Some(open.map_or(eval.clone(), |open| logic::all(&[open, eval.clone()])));
                }
                _ => {}
            }
            said.judged.push(eval);
        }
        said
    }
}

/// Goes over the cases of one policy.
pub(crate) struct Cases<'e, 'a> {
    evaluator: &'e Evaluator<'a>,
    bindings: &'a [Binding],
    tuple: Vec<Value>,
    indexes: BTreeMap<(Name, Name), FieldIndex>,
    incomplete: BTreeMap<Value, Incomplete>,
    /// Until when it stays so which tuples are cases.
    horizon: Horizon,
}

impl<'e, 'a> Cases<'e, 'a> {
    /// Calls `visit` with every case, the slots bound; returns what is incomplete, and until when what is
    /// no case stays none. `first` is the only fact that the first binding may be bound to.
    pub(crate) fn each(
        evaluator: &'e Evaluator<'a>,
        first: Option<Value>,
        visit: &mut dyn FnMut(Case),
    ) -> (Vec<Incomplete>, Horizon) {
        let bindings = &evaluator.policy.bindings;
        let mut cases = Self {
            evaluator,
            bindings,
            tuple: Vec::new(),
            indexes: BTreeMap::new(),
            incomplete: BTreeMap::new(),
            horizon: Horizon::NEVER,
        };
        match (&evaluator.policy.sequence, first) {
            (Some(sequence), first) => cases.follow(sequence, first, visit),
            (None, Some(first)) => cases.try_one(0, first, &[], visit),
            (None, None) => cases.descend(0, &[], visit),
        }
        (cases.incomplete.into_values().collect(), cases.horizon)
    }

    /// Binds everything that the binding at `depth` ranges over.
    fn descend(&mut self, depth: usize, judged: &[Eval], visit: &mut dyn FnMut(Case)) {
        let Some(binding) = self.bindings.get(depth) else {
            let condition = logic::all(judged);
            return visit(Case { tuple: self.tuple.clone(), condition });
        };
        match &binding.source {
            BindingSource::Type => {
                let Type::Fact(ty) = &binding.ty else { return };
                let Candidates { facts, others, until } = self.candidates(depth, binding.slot, ty);
                self.holds_until(until);
                for value in facts {
                    self.try_one(depth, value, judged, visit);
                }
                if let Some(others) = others {
                    self.leave_open(&others);
                }
            }
            BindingSource::List(list) => {
                let list = self.evaluator.list(list, &Window::default());
                self.evaluator.ranged(list.members.len());
                self.holds_until(list.whole().horizon);
                let members: Vec<_> = list.certain().cloned().collect();
                for member in members {
                    match member.value.possible.value().cloned() {
                        Some(value) => {
                            let judged: Vec<Eval> = judged.iter().cloned().chain([member.inside]).collect();
                            self.try_one(depth, value, &judged, visit);
                        }
                        None => self.leave_open(&member.value),
                    }
                }
                if !list.is_closed() || list.possible().next().is_some() {
                    self.leave_open(&Eval { possible: Possible::maybe(list.causes()), ..list.whole() });
                }
            }
        }
    }

    /// Judges the conditions that can be judged once the binding at `depth` is bound to `value`.
    fn try_one(&mut self, depth: usize, value: Value, judged: &[Eval], visit: &mut dyn FnMut(Case)) {
        let reach = self.evaluator.reach();
        self.push(depth, &value);
        let said = self.evaluator.said(depth);
        let judged = [judged, &said.judged].concat();
        if said.out {
            self.holds_until(logic::all(&judged).horizon);
        } else {
            match said.open {
                Some(open) => self.leave_open(&open),
                None if self.evaluator.exhausted() => {
                    self.leave_open(&Eval::constant(Possible::maybe(Causes::NONE)))
                }
                None => self.descend(depth.saturating_add(1), &judged, visit),
            }
        }
        self.tuple.pop();
        self.evaluator.set_reach(reach);
    }

    /// What was found so far holds no longer than this.
    pub(super) fn holds_until(&mut self, horizon: Horizon) {
        self.horizon = self.horizon.min(horizon);
    }

    pub(super) const fn evaluator(&self) -> &'e Evaluator<'a> {
        self.evaluator
    }

    pub(super) fn tuple(&self) -> &[Value] {
        &self.tuple
    }

    pub(super) fn binding_type(&self, depth: usize) -> Option<&'a Type> {
        self.bindings.get(depth).map(|binding| &binding.ty)
    }

    /// Binds the binding at `depth`.
    pub(super) fn push(&mut self, depth: usize, value: &Value) {
        if let Some(binding) = self.bindings.get(depth) {
            self.evaluator.bind(binding.slot, Eval::constant(Possible::known(value.clone())));
        }
        self.tuple.push(value.clone());
    }

    pub(super) fn pop(&mut self) {
        self.tuple.pop();
    }

    /// It is not known what belongs to the first fact: it is listed once.
    pub(super) fn leave_open(&mut self, why: &Eval) {
        let exhausted = self.evaluator.exhausted();
        self.holds_until(why.horizon);
        let Some(first) = self.tuple.first().cloned() else { return };
        let entry = self.incomplete.entry(first.clone()).or_insert(Incomplete {
            first,
            causes: Vec::new(),
            horizon: Horizon::NEVER,
            exhausted: false,
        });
        entry.causes.push(why.possible.causes.clone());
        entry.horizon = entry.horizon.min(why.horizon);
        entry.exhausted |= exhausted;
    }

    fn candidates(&mut self, depth: usize, slot: Slot, ty: &Name) -> Candidates {
        let by_relation = self.evaluator.tied_by_relation(depth);
        let shorter = || self.evaluator.access?.candidates(self.evaluator, depth);
        if let Some(candidates) = by_relation.or_else(shorter) {
            return candidates;
        }
        Candidates::only(self.pinned(depth, slot, ty))
    }

    /// The facts that a binding ranges over; where a join pins one of its fields, those whose field has
    /// that value or is not known. The others are no cases anyway.
    fn pinned(&mut self, depth: usize, slot: Slot, ty: &Name) -> Vec<Value> {
        let view = self.evaluator.view;
        let facts = view.all(ty);
        let fact = |place: &usize| facts.get(*place).map(|fact| Value::Fact(ty.clone(), fact.key.clone()));
        let observed = self.evaluator.observer.is_some();
        let pinned = self.evaluator.policy.wheres.iter().filter(|_| !observed).find_map(|one| {
            let ExprKind::Compare(CompareOp::Eq, a, b) = &one.expr.kind else { return None };
            if usize::try_from(one.after) != Ok(depth) || depth == 0 {
                return None;
            }
            pin(a, b, slot).or_else(|| pin(b, a, slot))
        });
        let Some((field, other)) = pinned else {
            return (0..facts.len()).filter_map(|place| fact(&place)).collect();
        };
        let wanted = self.evaluator.eval(other);
        let Some(wanted) = wanted.possible.value() else {
            return (0..facts.len()).filter_map(|place| fact(&place)).collect();
        };
        let (known, unknown) =
            self.indexes.entry((ty.clone(), field.clone())).or_insert_with(|| index(view, ty, field));
        let mut places: Vec<usize> =
            known.get(wanted).into_iter().flatten().chain(unknown.iter()).copied().collect();
        places.sort_unstable();
        places.iter().filter_map(fact).collect()
    }
}

/// `slot.field == other`, with `other` a path from what was bound before.
fn pin<'p>(a: &'p Expr, b: &'p Expr, slot: Slot) -> Option<(&'p Name, &'p Expr)> {
    let ExprKind::Field(base, field) = &a.kind else { return None };
    let is_slot = matches!(base.kind, ExprKind::Var(found) if found == slot);
    (is_slot && is_path(b, slot)).then_some((field, b))
}

fn is_path(expr: &Expr, not: Slot) -> bool {
    match &expr.kind {
        ExprKind::Var(slot) => *slot != not,
        ExprKind::Field(base, _) => is_path(base, not),
        ExprKind::Const(_) | ExprKind::Param(_) => true,
        _ => false,
    }
}

fn index(view: &dyn Facts, ty: &Name, field: &Name) -> FieldIndex {
    let mut known: BTreeMap<Value, Vec<usize>> = BTreeMap::new();
    let mut unknown = Vec::new();
    let is_key = view.schema().facts.get(ty).is_some_and(|declared| declared.key == *field);
    for (place, fact) in view.all(ty).iter().enumerate() {
        if is_key {
            known.entry(Value::String(fact.key.clone())).or_default().push(place);
            continue;
        }
        match fact.field(field.as_str()).map(|merged| &merged.possible) {
            Some(possible) if possible.is_absent() => {}
            Some(possible) => match possible.value() {
                Some(value) => known.entry(value.clone()).or_default().push(place),
                None => unknown.push(place),
            },
            None => unknown.push(place),
        }
    }
    (known, unknown)
}
