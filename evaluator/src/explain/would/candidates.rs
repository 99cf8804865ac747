//! What may be supposed: values of fields that the policy looks at, evidence that is missing, facts in lists.
//!
//! The cheapest come first: what an owner can change of the facts that the case is about, then of facts
//! further off; then what would only have to be known; then facts that are not there; then facts taken away.
//! What happened is no one's to
//! change: fields of events are never supposed to be otherwise, nor values of sensitive fields.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assize_lang::plan::{Const, Expr, ExprKind, FactKind, Name, Policy, Quantifier, Slot, Type, When};

use super::addition::{Addition, Wanted};
use super::suppose::{Exactly, Supposed};
use crate::facts::Instant;
use crate::judge::{Eval, Evaluator, Run, children};
use crate::store::BEGINNING;
use crate::value::{Cause, Missing, Possible, Value, describe, from_const, is_sensitive};

/// At most so many members of one list are looked at.
const MEMBERS: usize = 8;

/// At most so many values of one field are tried.
const VALUES: usize = 12;

/// How much it takes: what kind of change, how far the fact is from the case, in which order it came up.
type Cost = (u8, usize, usize);

/// What may be supposed.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) one: Supposed,
    /// Whether it is evidence that is missing, and makes nothing otherwise that is known.
    pub(super) evidence: bool,
}

/// Everything that may be supposed, the cheapest first.
pub(super) fn of<'m>(
    run: &Run<'_>,
    policy: &Policy,
    tuple: &[Value],
    missing: impl Iterator<Item = &'m Missing>,
) -> Vec<Candidate> {
    let evaluator = run.evaluator(policy);
    for (binding, value) in policy.bindings.iter().zip(tuple) {
        evaluator.bind(binding.slot, Eval::constant(Possible::known(value.clone())));
    }
    let mut walk = Walk {
        run,
        evaluator: &evaluator,
        named: policy.lets.iter().map(|one| &one.expr).collect(),
        walked: BTreeSet::new(),
        relations: BTreeSet::new(),
        fields: BTreeMap::new(),
        values: BTreeMap::new(),
        members: BTreeMap::new(),
        additions: Vec::new(),
        depth: 0,
    };
    for one in &policy.wheres {
        walk.expr(&one.expr);
    }
    for arm in &policy.arms {
        if let When::Expr(condition) = &arm.when {
            walk.expr(condition);
        }
        for outcome in &arm.outcomes {
            super::super::build::outcome_exprs(outcome).into_iter().for_each(|expr| walk.expr(expr));
        }
    }
    let mut out: Vec<(Cost, Supposed)> = walk.supposed();
    for (place, gap) in missing.enumerate() {
        let watchable = matches!(gap.cause, Cause::NotCovered | Cause::NotSettled);
        if let (true, Some(signal), Some(scope)) = (watchable, &gap.signal, &gap.scope) {
            let (signal, scope) = (signal.clone(), scope.clone());
            let from = gap.from.unwrap_or(Instant(BEGINNING));
            let until = Instant(run.view.now());
            out.push(((2, 0, place), Supposed::Watched { signal, scope, from, until }));
        }
    }
    out.sort_by_key(|(cost, _)| *cost);
    out.into_iter().map(|((kind, ..), one)| Candidate { one, evidence: kind == 1 || kind == 2 }).collect()
}

struct Walk<'w, 'a> {
    run: &'w Run<'a>,
    evaluator: &'w Evaluator<'a>,
    named: Vec<&'a Expr>,
    walked: BTreeSet<u32>,
    relations: BTreeSet<Name>,
    /// The fields that are read, by fact: how far off, in which order.
    fields: BTreeMap<(Name, Arc<str>, Name), (usize, usize)>,
    /// What fields of a type are compared with.
    values: BTreeMap<(Name, Name), BTreeSet<Value>>,
    /// Members of lists.
    members: BTreeMap<(Name, Arc<str>), (usize, usize)>,
    /// Members that lists lack, with how far off.
    additions: Vec<(Addition, usize)>,
    depth: usize,
}

impl<'a> Walk<'_, 'a> {
    fn order(&self) -> usize {
        self.fields.len().saturating_add(self.members.len())
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Let(at) => {
                let named = usize::try_from(*at).ok().and_then(|at| self.named.get(at).copied());
                if let Some(named) = named.filter(|_| self.walked.insert(*at)) {
                    self.expr(named);
                }
                return;
            }
            ExprKind::Bind { slot, value, body } => {
                self.expr(value);
                let evaluator = self.evaluator;
                return evaluator.with_argument(*slot, value, || self.expr(body));
            }
            ExprKind::Quantified { list, slot, body, quantifier, .. } => {
                self.lacking(list, *slot, body, *quantifier != Quantifier::All);
                self.expr(list);
                return self.ranging(list, *slot, body);
            }
            ExprKind::Filter { list, slot, body, .. } => {
                self.lacking(list, *slot, body, true);
                self.expr(list);
                return self.ranging(list, *slot, body);
            }
            ExprKind::MapList { list, slot, body } => {
                self.expr(list);
                return self.ranging(list, *slot, body);
            }
            ExprKind::Compare(_, a, b) => {
                self.compared(a, b);
                self.compared(b, a);
            }
            ExprKind::NowCompare(_, at) => self.timed(at),
            ExprKind::In(a, b) => {
                let of = self.evaluator.eval(b);
                if !is_sensitive(&a.ty)
                    && !is_sensitive(&b.ty)
                    && let Some(Value::List(items)) = of.possible.value()
                {
                    items.iter().for_each(|item| self.fits(a, item.clone()));
                }
            }
            ExprKind::Field(base, name) => self.field(base, name),
            ExprKind::Related(name, args) => {
                args.iter().for_each(|arg| self.expr(arg));
                if self.relations.insert(name.clone())
                    && let Some(relation) = self.run.program.relations.get(name)
                {
                    for ((_, slot, _), arg) in relation.columns.iter().zip(args) {
                        let value = self.evaluator.eval(arg);
                        self.evaluator.hold(*slot, value);
                    }
                    self.depth = self.depth.saturating_add(1);
                    relation.cases.iter().for_each(|case| self.expr(&case.condition));
                    self.depth = self.depth.saturating_sub(1);
                }
                return;
            }
            _ => {}
        }
        children(expr, &mut |part| self.expr(part));
    }

    /// A member that would make a condition on a list what it is not.
    fn lacking(&mut self, list: &'a Expr, slot: Slot, body: &'a Expr, wanted: bool) {
        let lacking = Wanted { run: self.run, evaluator: self.evaluator, named: &self.named };
        if let Some(one) = lacking.of(list, slot, body, wanted)
            && !self.additions.iter().any(|(known, _)| *known == one)
        {
            self.additions.push((one, self.depth));
        }
    }

    /// Looks at the first members of a list.
    fn ranging(&mut self, list: &'a Expr, slot: Slot, body: &'a Expr) {
        self.depth = self.depth.saturating_add(1);
        let members = self.evaluator.members(list);
        let (depth, mut seen) = (self.depth, 0_usize);
        for member in members.certain().chain(members.possible()).take(MEMBERS) {
            if let Some(Value::Fact(ty, key)) = member.value.possible.value() {
                let order = self.order();
                self.members.entry((ty.clone(), Arc::clone(key))).or_insert((depth, order));
            }
            seen = seen.saturating_add(1);
            let evaluator = self.evaluator;
            evaluator.with_value(slot, member.value.clone(), || self.expr(body));
        }
        if seen == 0 {
            let nothing = Eval::constant(Possible::maybe(crate::value::Causes::NONE));
            let evaluator = self.evaluator;
            evaluator.with_value(slot, nothing, || self.expr(body));
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn field(&mut self, base: &'a Expr, name: &Name) {
        let far = distance(base).saturating_add(self.depth);
        let place = (far, self.order());
        if let Some(Value::Fact(ty, key)) = self.evaluator.eval(base).possible.value() {
            self.fields.entry((ty.clone(), Arc::clone(key), name.clone())).or_insert(place);
        }
    }

    /// `of` is compared with `with`.
    fn compared(&mut self, of: &'a Expr, with: &'a Expr) {
        // No secret is told by what it is compared with.
        if is_sensitive(&with.ty) || is_sensitive(&of.ty) {
            return;
        }
        if let Some(value) = self.evaluator.eval(with).possible.value() {
            near(value).into_iter().for_each(|value| self.fits(of, value));
        }
    }

    fn fits(&mut self, of: &Expr, value: Value) {
        if let ExprKind::Field(base, name) = &of.kind
            && let Type::Fact(ty) = &base.ty
        {
            self.values.entry((ty.clone(), name.clone())).or_default().insert(value);
        }
    }

    /// `now` is compared with `at`: a field, perhaps shifted.
    fn timed(&mut self, at: &'a Expr) {
        let now = self.run.view.now();
        let Some(field) = dated(at) else { return };
        let (whole, part) = (self.evaluator.eval(at), self.evaluator.eval(field));
        let shift = match (whole.possible.value(), part.possible.value()) {
            (Some(Value::Timestamp(whole)), Some(Value::Timestamp(part))) => whole.saturating_sub(*part),
            _ => 0,
        };
        let flip = now.saturating_sub(shift);
        for at in [flip.saturating_sub(1), flip, flip.saturating_add(1)] {
            self.fits(field, Value::Timestamp(at));
        }
    }

    fn supposed(&self) -> Vec<(Cost, Supposed)> {
        let schema = self.run.view.schema();
        let mut out = Vec::new();
        for ((ty, key, name), (far, order)) in &self.fields {
            let Some(declared) = schema.facts.get(ty).filter(|ty| ty.kind == FactKind::Entity) else {
                continue;
            };
            let Some(field) = declared.field(name.as_str()).filter(|_| declared.key != *name) else {
                continue;
            };
            if is_sensitive(&field.ty) {
                continue;
            }
            let is = self.evaluator.follow(ty, key, std::slice::from_ref(name));
            let known = is.possible.is_known();
            let mut values = domain(&field.ty, schema);
            values.extend(self.values.get(&(ty.clone(), name.clone())).into_iter().flatten().cloned());
            if field.optional {
                values.insert(Value::Null);
            }
            // What is stale would only have to be said again.
            if let Some(fact) = self.run.view.fact(ty, key).filter(|_| !known) {
                values.extend(fact.field(name.as_str()).into_iter().flat_map(|it| it.candidates.clone()));
            }
            let now = is.possible.value().cloned().or_else(|| is.possible.is_absent().then_some(Value::Null));
            let fact = self.run.view.reference(ty, key);
            for value in values.into_iter().filter(|value| Some(value) != now.as_ref() && suits(value, field))
            {
                let to =
                    if value == Value::Null { Possible::absent() } else { Possible::known(value.clone()) };
                let supposed = Supposed::Field {
                    fact: fact.clone(),
                    field: name.to_string(),
                    is: describe(&is.possible, &field.ty, schema),
                    to: describe(&to, &field.ty, schema),
                    exactly: Exactly { ty: ty.clone(), key: Arc::clone(key), value },
                };
                out.push(((u8::from(!known), *far, *order), supposed));
            }
        }
        for (order, (Addition { ty, key, fields }, far)) in self.additions.iter().enumerate() {
            let Some(declared) = schema.facts.get(ty) else { continue };
            let say = |(name, value): (&Name, &Value)| {
                let of =
                    if *value == Value::Null { Possible::absent() } else { Possible::known(value.clone()) };
                let field = declared.field(name.as_str())?;
                Some((name.to_string(), describe(&of, &field.ty, schema)))
            };
            let says = fields.iter().filter_map(say).collect();
            let fact = self.run.view.reference(ty, key);
            let exactly = |(name, value): (&Name, &Value)| {
                (name.clone(), Exactly { ty: ty.clone(), key: Arc::clone(key), value: value.clone() })
            };
            let exactly = fields.iter().map(exactly).collect();
            out.push(((3, *far, order), Supposed::Added { fact, fields: says, exactly }));
        }
        for ((ty, key), (far, order)) in &self.members {
            let entity = schema.facts.get(ty).is_some_and(|ty| ty.kind == FactKind::Entity);
            if entity && self.run.view.fact(ty, key).is_some() {
                let fact = self.run.view.reference(ty, key);
                let exactly = Exactly { ty: ty.clone(), key: Arc::clone(key), value: Value::Null };
                out.push(((4, *far, *order), Supposed::Gone { fact, exactly }));
            }
        }
        out
    }
}

/// How many references lie between a binding and the expression.
fn distance(expr: &Expr) -> usize {
    match &expr.kind {
        ExprKind::Field(base, _) => distance(base).saturating_add(1),
        _ => 0,
    }
}

/// The field in `field + duration`, and the like.
pub(super) fn dated(at: &Expr) -> Option<&Expr> {
    match &at.kind {
        ExprKind::Field(..) => Some(at),
        ExprKind::Arith(_, a, _) => dated(a),
        _ => None,
    }
}

/// All values of a small type.
pub(super) fn domain(ty: &Type, schema: &assize_lang::plan::Schema) -> BTreeSet<Value> {
    match ty {
        Type::Bool => BTreeSet::from([Value::Bool(false), Value::Bool(true)]),
        Type::Enum(name) => {
            let members = schema.enums.get(name).map_or(0, |ty| ty.members.len()).min(VALUES);
            let member = |at: usize| Some(from_const(&Const::Enum(name.clone(), u8::try_from(at).ok()?)));
            (0..members).filter_map(member).collect()
        }
        _ => BTreeSet::new(),
    }
}

/// Whether a field may have the value.
pub(super) fn suits(value: &Value, field: &assize_lang::plan::Field) -> bool {
    match (value, &field.ty) {
        (Value::Null, _) => field.optional,
        (Value::Bool(_), Type::Bool)
        | (Value::Int(_), Type::Int)
        | (Value::Uint(_), Type::Uint)
        | (Value::Double(_), Type::Double)
        | (Value::String(_), Type::String)
        | (Value::Timestamp(_), Type::Timestamp)
        | (Value::Duration(_), Type::Duration) => true,
        (Value::Enum(of, _), Type::Enum(name)) => of == name,
        (Value::Fact(of, _), Type::Fact(name)) => of == name,
        _ => false,
    }
}

/// A value and those beside it.
fn near(value: &Value) -> Vec<Value> {
    let mut out = vec![value.clone()];
    match value {
        Value::Int(at) => out.extend([at.saturating_sub(1), at.saturating_add(1)].map(Value::Int)),
        Value::Uint(at) => out.extend([at.saturating_sub(1), at.saturating_add(1)].map(Value::Uint)),
        Value::Double(at) => out.extend([at - 1.0, at + 1.0].map(Value::Double)),
        Value::Timestamp(at) => {
            out.extend([at.saturating_sub(1), at.saturating_add(1)].map(Value::Timestamp));
        }
        Value::Duration(at) => {
            out.extend([at.saturating_sub(1), at.saturating_add(1)].map(Value::Duration));
        }
        _ => {}
    }
    out
}
