//! Which facts a binding may be that a relation ties to those before it.
//!
//! Conditions are followed from what is known to the binding: an equality says what it is, or how a chain of
//! references from it ends; an `exists` is asked of each member that may be meant; a relation is asked with
//! its other columns given. That leads to all facts of which the relation may say something of their own. Of
//! all others it says the same: that it does not hold, or, where a list on the way may have members that nobody
//! reported or a reference is not known, that this cannot be told, and why.

use std::collections::BTreeSet;
use std::sync::Arc;

use assize_lang::plan::{
    CompareOp, Coverage, Expr, ExprKind, FactKind, Name, Quantifier, Slot, Type, Where, Window as Clause,
};

use super::{Columns, Goal, columns};
use crate::judge::cases::Candidates;
use crate::judge::eval::{Eval, Evaluator, Local};
use crate::judge::list::{List, Member};
use crate::judge::logic;
use crate::judge::walk::children;
use crate::judge::window::Window;
use crate::value::{Horizon, Possible, Value};

/// What is looked for: the facts that a slot may be bound to.
#[derive(Clone, Copy)]
struct Place<'p> {
    slot: Slot,
    ty: &'p Name,
}

/// What a condition says of the facts that a place may be.
struct Found {
    keys: BTreeSet<Arc<str>>,
    until: Horizon,
    /// What it comes to for all others, where that is not known to be false.
    others: Option<Eval>,
}

impl Found {
    const fn nothing(until: Horizon) -> Self {
        Self { keys: BTreeSet::new(), until, others: None }
    }

    /// Takes in keys, and until when they are all; what is said of the others stays.
    fn take(&mut self, other: &mut Self) {
        self.keys.append(&mut other.keys);
        self.until = self.until.min(other.until);
    }
}

/// Relations that were asked, each by the place of the column that is looked for, with the others' values.
#[derive(Clone, Default)]
struct Way {
    /// For what is looked for now: what they come to is part of it already.
    asked: BTreeSet<(usize, Goal)>,
    /// For something else, on the way to that.
    before: BTreeSet<(usize, Goal)>,
}

impl Way {
    /// The way to something else.
    fn aside(&self) -> Self {
        Self { asked: BTreeSet::new(), before: self.before.union(&self.asked).cloned().collect() }
    }
}

impl<'a> Evaluator<'a> {
    /// What the relation says by which the binding at `depth` is tied to those before it, which are bound; nothing
    /// where there is none, or it leads nowhere.
    pub(crate) fn tied_by_relation(&self, depth: usize) -> Option<Candidates> {
        let binding = self.policy.bindings.get(depth)?;
        let Type::Fact(ty) = &binding.ty else { return None };
        // Whoever observes conditions wants to see all of them judged.
        if self.observer.is_some() || self.view.schema().facts.get(ty)?.kind != FactKind::Entity {
            return None;
        }
        let here = || self.policy.wheres.iter().filter(|one| usize::try_from(one.after) == Ok(depth));
        // What is no join ties nothing: where it cannot be told, each fact is a case.
        let tie = here().find(|one| one.join && matches!(one.expr.kind, ExprKind::Related(..)))?;
        let place = Place { slot: binding.slot, ty };
        let reach = self.reach();
        let found = self.leads(&tie.expr, place, &mut Way::default());
        let others = found.as_ref().is_some_and(|found| found.others.is_some());
        // What another condition leaves open as well is not the same for all.
        let joined = here().any(|one| one.join && !std::ptr::eq(one, tie));
        let free = found.filter(|_| !(others && joined)).map(|found| {
            let mut until = found.until;
            let others =
                found.others.filter(|_| self.is_any_other(here(), tie, place, &found.keys, &mut until));
            let facts = self.there(ty, found.keys).map(|key| Value::Fact(ty.clone(), key)).collect();
            let others = others.map(|others| Eval { horizon: others.horizon.min(until), ..others });
            Candidates { facts, others, until }
        });
        self.set_reach(reach);
        free
    }

    /// Whether there is a fact, none of the `keys`, of which the conditions but for `tie` are not known to be
    /// false; `until` when that stays so.
    fn is_any_other(
        &self,
        here: impl Iterator<Item = &'a Where> + Clone,
        tie: &Where,
        place: Place<'_>,
        keys: &BTreeSet<Arc<str>>,
        until: &mut Horizon,
    ) -> bool {
        let (mut left_out, mut found) = (*until, None);
        self.view.each_key(place.ty, &mut |key| {
            if keys.contains(&key) {
                return false;
            }
            let fact = Value::Fact(place.ty.clone(), key);
            self.bind(place.slot, Eval::constant(Possible::known(fact)));
            let rest = here.clone().filter(|one| !std::ptr::eq(*one, tie));
            let rest: Vec<Eval> = rest.map(|one| self.condition(&one.expr)).collect();
            let all = logic::all(&rest);
            left_out = left_out.min(all.horizon);
            if all.possible.truth() != Some(false) {
                found = Some(all.horizon);
            }
            found.is_some()
        });
        *until = found.map_or(left_out, |horizon| horizon.min(*until));
        found.is_some()
    }

    /// Those of the keys that a fact has.
    fn there(&self, ty: &Name, keys: BTreeSet<Arc<str>>) -> impl Iterator<Item = Arc<str>> {
        keys.into_iter().filter(|key| self.view.cited(ty, key).is_some())
    }

    fn leads(&self, expr: &'a Expr, place: Place<'_>, way: &mut Way) -> Option<Found> {
        match &expr.kind {
            ExprKind::And(..) => self.through_all(expr, place, way),
            ExprKind::Or(a, b) => {
                let (mut a, b) = (self.leads(a, place, way)?, self.leads(b, place, way)?);
                Some(any(&mut a, b))
            }
            ExprKind::Bind { slot, value, body } if !mentions(value, place.slot) => {
                self.with(*slot, self.argument(value), || self.leads(body, place, way))
            }
            ExprKind::Compare(CompareOp::Eq, a, b) => {
                let sides = [(a, b), (b, a)];
                sides.into_iter().find_map(|(own, other)| self.leading(own, other, place))
            }
            ExprKind::Quantified { quantifier: Quantifier::Exists, list, slot, body, window } => {
                self.through_members((list, window), *slot, body, place, way)
            }
            ExprKind::Related(name, args) => self.through_relation(name, args, place, way),
            _ => None,
        }
    }

    /// `a && b && …`: one of them is enough that says what the place may be.
    fn through_all(&self, expr: &'a Expr, place: Place<'_>, way: &mut Way) -> Option<Found> {
        let mut parts = Vec::new();
        conjuncts(expr, &mut parts);
        parts.sort_by_key(|part| match part.kind {
            ExprKind::Compare(..) => 0,
            ExprKind::Related(..) => 1,
            _ => 2,
        });
        let mut open = Vec::new();
        for part in parts.iter().copied().filter(|part| mentions(part, place.slot)) {
            let mut tried = way.clone();
            let found = self.leads(part, place, &mut tried);
            if found.is_some() {
                *way = tried;
            }
            match found {
                Some(Found { others: None, .. }) => return found,
                found => open.push(found),
            }
        }
        // Of the others each says the same, or it cannot be told what they come to.
        let mut all = Found::nothing(Horizon::NEVER);
        let mut others = Vec::new();
        for found in open {
            let mut found = found?;
            all.take(&mut found);
            others.extend(found.others);
        }
        let rest = parts.into_iter().filter(|part| !mentions(part, place.slot));
        others.extend(rest.map(|part| self.condition(part)));
        all.others = not_false(logic::all(&others), &mut all.until)?;
        Some(all)
    }

    /// `own == other`, where `own` is the place or a chain of references from it.
    fn leading(&self, own: &'a Expr, other: &'a Expr, place: Place<'_>) -> Option<Found> {
        let path = path(own, place.slot)?;
        if mentions(other, place.slot) {
            return None;
        }
        let other = self.eval(other);
        if let Some(value) = other.possible.value().filter(|_| other.possible.is_known()) {
            let found = self.backwards(place.ty, &path, value)?;
            return Some(Found { until: found.until.min(other.horizon), ..found });
        }
        if !path.is_empty() {
            return None;
        }
        // The place is a fact: it is not what is absent, and may be what is not known.
        let mut found = Found::nothing(other.horizon);
        if !other.possible.is_absent() {
            let possible = Possible::maybe(other.possible.causes.clone());
            found.others = Some(Eval { possible, ..other });
        }
        Some(found)
    }

    /// The facts of which it is not known that the chain of references ends elsewhere than at `value`.
    fn backwards(&self, ty: &Name, path: &[&Name], value: &Value) -> Option<Found> {
        let declared = self.view.schema().facts.get(ty).filter(|ty| ty.kind != FactKind::Request)?;
        let one = |key: &Arc<str>| {
            let keys = BTreeSet::from([Arc::clone(key)]);
            Found { keys, ..Found::nothing(Horizon::NEVER) }
        };
        let Some((field, rest)) = path.split_first() else {
            return match value {
                Value::Fact(of, found) if of == ty => Some(one(found)),
                _ => None,
            };
        };
        match (&declared.field(field.as_str())?.ty, rest, value) {
            (_, [], Value::String(text)) if declared.key == **field => Some(one(text)),
            (Type::Fact(_), [], Value::Fact(..)) | (Type::String, [], Value::String(_)) => {
                Some(self.saying(ty, field, value))
            }
            (Type::Fact(to), [name], Value::String(text))
                if self.view.schema().facts.get(to).is_some_and(|to| to.key == **name) =>
            {
                Some(self.saying(ty, field, &Value::Fact(to.clone(), Arc::clone(text))))
            }
            (Type::Fact(to), [_, ..], _) => {
                let ends = self.backwards(to, rest, value)?;
                // Of a fact that nobody reported it is not known where its references lead.
                let keys = self.view.astray(ty, field).into_iter().collect();
                let mut all = Found { keys, ..Found::nothing(ends.until.min(self.until(ty, field))) };
                for end in ends.keys {
                    all.take(&mut self.saying(ty, field, &Value::Fact(to.clone(), end)));
                }
                Some(all)
            }
            _ => None,
        }
    }

    /// The facts of which it is not known that a field, a text or a reference, says anything else.
    fn saying(&self, ty: &Name, field: &Name, value: &Value) -> Found {
        let keys = self.view.pinned(ty, field, value).into_iter().map(|listed| listed.key).collect();
        Found { keys, ..Found::nothing(self.until(ty, field)) }
    }

    fn until(&self, ty: &Name, field: &Name) -> Horizon {
        self.view.until(ty, &BTreeSet::from([field.clone()]))
    }

    /// `list.exists(slot, body)`: what the body says with each member that may be meant.
    fn through_members(
        &self,
        (list, clause): (&'a Expr, &'a Clause),
        slot: Slot,
        body: &'a Expr,
        place: Place<'_>,
        way: &mut Way,
    ) -> Option<Found> {
        let moved = clause.bounds.iter().any(|bound| mentions(&bound.at, place.slot));
        if moved || mentions(list, place.slot) || self.is_scoped(list, clause, place) {
            return None;
        }
        let (mut list, until) = self.meant((list, clause), slot, body, way);
        let mut all = Found::nothing(until);
        for member in &mut list.members {
            let value = Local::Value(member.value.clone());
            let mut found = self.with(slot, value, || self.leads(body, place, way))?;
            all.take(&mut found);
            let others = found.others.unwrap_or_else(|| Eval::truth(false));
            member.inside = logic::all(&[member.inside.clone(), others]);
        }
        all.others = not_false(list.at_least(1), &mut all.until)?;
        Some(all)
    }

    /// The list less members that are known not to be meant, and until when these are all that may be.
    fn meant(
        &self,
        (list, clause): (&'a Expr, &'a Clause),
        slot: Slot,
        body: &'a Expr,
        way: &Way,
    ) -> (List, Horizon) {
        if let ExprKind::All(ty) = &list.kind
            && let Some(Found { keys, until, others: None }) =
                self.leads(body, Place { slot, ty }, &mut way.aside())
        {
            let mut list = List { members: Vec::new(), open: self.openness_of(list, clause), any: None };
            for key in self.there(ty, keys) {
                let value = Eval::constant(Possible::known(Value::Fact(ty.clone(), key)));
                list.members.push(Member { value, inside: Eval::truth(true), loose: false });
            }
            let until = until.min(list.open.horizon);
            return (list, until);
        }
        let mut list = self.list(list, &self.narrow(&Window::default(), clause));
        let until = list.members.iter().map(|member| member.inside.horizon.min(member.value.horizon));
        let until = Horizon::all(until.chain([list.open.horizon]));
        list.members.retain(|member| member.inside.possible.truth() != Some(false));
        (list, until)
    }

    /// Whether the scope in which a list is known to be complete may hang on the place, as a condition fixes it.
    fn is_scoped(&self, list: &Expr, clause: &Clause, place: Place<'_>) -> bool {
        let Type::List(of) = &list.ty else { return true };
        let Type::Fact(ty) = &**of else { return true };
        let Some(declared) = self.view.schema().facts.get(ty) else { return true };
        let Coverage::By(parts) = &declared.coverage else { return false };
        let fixed = || clause.fixed.iter().filter(|(_, value)| mentions(value, place.slot));
        let mut scopes = parts.iter().flatten().flat_map(|part| &part.scope);
        scopes.any(|scope| fixed().any(|(path, _)| path.first() == scope.first()))
    }

    /// What a relation says of a column where the others are given.
    fn through_relation(
        &self,
        name: &Name,
        args: &'a [Expr],
        place: Place<'_>,
        way: &mut Way,
    ) -> Option<Found> {
        let relation = self.program.relations.get(name)?;
        // Whoever asks a relation that is kept up to date is told when an answer is another one: each is asked.
        if self.steady(relation).is_some() {
            return None;
        }
        let is_place = |arg: &Expr| matches!(arg.kind, ExprKind::Var(slot) if slot == place.slot);
        let at = args.iter().position(is_place)?;
        let others = || args.iter().enumerate().filter(|(place, _)| *place != at).map(|(_, arg)| arg);
        if others().any(|arg| mentions(arg, place.slot)) {
            return None;
        }
        let others: Vec<Eval> = others().map(|arg| self.eval(arg)).collect();
        let until = Horizon::all(others.iter().map(|eval| eval.horizon));
        let values = match columns(&others) {
            Columns::Absent => return Some(Found::nothing(until)),
            Columns::Unknown(_) => return None,
            Columns::Known(values) => values,
        };
        let (_, slot, Type::Fact(ty)) = relation.columns.get(at)? else { return None };
        let question = (at, (name.clone(), values.clone()));
        if way.before.contains(&question) {
            return None;
        }
        let nested = !way.asked.is_empty() || !way.before.is_empty();
        if !way.asked.insert(question) {
            return Some(Found::nothing(until));
        }
        let evaluator = self.inside(&relation.text);
        let given = relation.columns.iter().enumerate().filter(|(place, _)| *place != at);
        for ((_, (_, slot, _)), value) in given.zip(values) {
            evaluator.bind(*slot, Eval::constant(Possible::known(value)));
        }
        let mut all = Found::nothing(until);
        for case in &relation.cases {
            let found = evaluator.leads(&case.condition, Place { slot: *slot, ty }, way)?;
            all = any(&mut all, found);
        }
        // What cannot be told goes in circles where relations do.
        (all.others.is_none() || !nested).then_some(all)
    }
}

/// `a || b`
fn any(a: &mut Found, mut b: Found) -> Found {
    let others: Vec<Eval> = a.others.take().into_iter().chain(b.others.take()).collect();
    let others = (!others.is_empty()).then(|| logic::any(&others));
    b.take(a);
    Found { others, ..b }
}

/// What is said of all others, where that is not known to be false; what is false holds `until` when it does.
/// Nothing where it is true: then all of them are meant.
fn not_false(eval: Eval, until: &mut Horizon) -> Option<Option<Eval>> {
    *until = until.min(eval.horizon);
    match eval.possible.truth() {
        Some(true) => None,
        Some(false) => Some(None),
        None => Some(Some(eval)),
    }
}

fn conjuncts<'e>(expr: &'e Expr, out: &mut Vec<&'e Expr>) {
    match &expr.kind {
        ExprKind::And(a, b) => {
            conjuncts(a, out);
            conjuncts(b, out);
        }
        _ => out.push(expr),
    }
}

/// The fields of a chain of references from the slot, the first of them first.
fn path(expr: &Expr, slot: Slot) -> Option<Vec<&Name>> {
    match &expr.kind {
        ExprKind::Var(found) => (*found == slot).then(Vec::new),
        ExprKind::Field(base, field) => {
            let mut fields = path(base, slot)?;
            fields.push(field);
            Some(fields)
        }
        _ => None,
    }
}

fn mentions(expr: &Expr, slot: Slot) -> bool {
    let mut found = matches!(expr.kind, ExprKind::Var(at) if at == slot);
    children(expr, &mut |part| found = found || mentions(part, slot));
    found
}
