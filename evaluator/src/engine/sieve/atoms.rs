//! What conditions say of single fields: `f.status == Status.open`, `f.workload.tier in [...]`.

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::plan::{BindingSource, Builtin, CompareOp, Expr, ExprKind, Name, Policy, Slot, Type, When};

use super::column::Kind;
use super::kind;
use crate::value::{Value, from_const};
use crate::world::{FieldId, Layout, TypeId};

/// A field, reached from the head through references: each with the type that has it.
pub(super) type Path = Vec<(TypeId, FieldId)>;

/// A condition on the value of one field. `None` is neither true nor false for certain.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// It is a boolean, and true.
    True,
    Compare(CompareOp, Value),
    In(Vec<Value>),
    Has,
    Starts(Arc<str>),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
    /// With this value in place of an absent one.
    Or(Value, Box<Self>),
}

impl Test {
    /// The constants that it compares with.
    pub(super) fn constants<'t>(&'t self, out: &mut Vec<&'t Value>) {
        match self {
            Self::True | Self::Has | Self::Starts(_) => {}
            Self::Compare(_, value) => out.push(value),
            Self::In(values) => out.extend(values),
            Self::Not(of) => of.constants(out),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.constants(out)),
            Self::Or(value, of) => {
                out.push(value);
                of.constants(out);
            }
        }
    }

    /// The beginnings that it asks for.
    pub(super) fn beginnings<'t>(&'t self, out: &mut Vec<&'t Arc<str>>) {
        match self {
            Self::Starts(text) => out.push(text),
            Self::True | Self::Has | Self::Compare(..) | Self::In(_) => {}
            Self::Not(of) | Self::Or(_, of) => of.beginnings(out),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.beginnings(out)),
        }
    }
}

/// One way in which a policy can come to anything: all of these have to be true, or at least not false.
pub(super) type Clause = Vec<(Path, Test)>;

/// The ways in which a policy can come to anything; nothing where its conditions say too little of single
/// fields. The second says whether its arms were looked at: then that holds only where no case of it ranges
/// over more than the budget allows.
pub(super) fn clauses(
    layout: &Layout,
    params: &BTreeMap<Name, Value>,
    policy: &Policy,
) -> Option<(Vec<Clause>, bool)> {
    let head = policy.bindings.first()?;
    if policy.sequence.is_some() || !matches!(head.source, BindingSource::Type) {
        return None;
    }
    let lets = policy.lets.iter().map(|one| &one.expr).collect();
    let mut reader = Reader { layout, params, lets, head: head.slot, bound: BTreeMap::new() };
    let mut case = Clause::new();
    for one in policy.wheres.iter().filter(|one| one.after == 0) {
        reader.conjuncts(&one.expr, true, &mut |said| case.extend(said.ok()));
    }
    let by_where = |case: Clause| (!case.is_empty()).then(|| (vec![case], false));
    if policy.bindings.len() != 1 {
        return by_where(case);
    }
    let mut clauses = Vec::new();
    for arm in &policy.arms {
        match &arm.when {
            When::Expr(condition) => {
                let mut parts = Vec::new();
                reader.disjuncts(condition, &mut parts);
                for part in parts {
                    let mut clause = case.clone();
                    reader.conjuncts(part, true, &mut |said| clause.extend(said.ok()));
                    if clause.len() == case.len() {
                        return by_where(case);
                    }
                    clauses.push(clause);
                }
            }
            When::Unknown => {}
            When::Otherwise if arm.outcomes.is_empty() => break,
            When::Otherwise => return by_where(case),
        }
    }
    // A policy of one arm less than one comes to nothing: that is for others to see.
    if clauses.is_empty() { by_where(case) } else { Some((clauses, true)) }
}

/// That two fields compare so, or that they do not.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pair {
    pub(super) sides: [Path; 2],
    pub(super) op: CompareOp,
    pub(super) wanted: bool,
}

/// The arm of a policy that it comes to as soon as its one clause is sure: where there is one, which says all that is
/// asked but that some fields compare, and the arm decides something.
pub(super) fn sole(
    layout: &Layout,
    params: &BTreeMap<Name, Value>,
    policy: &Policy,
) -> Option<(usize, Vec<Pair>)> {
    let (clauses, arms) = clauses(layout, params, policy)?;
    if !arms || clauses.len() != 1 {
        return None;
    }
    let place = policy.arms.iter().position(|arm| matches!(arm.when, When::Expr(_)))?;
    let arm = policy.arms.get(place).filter(|arm| !arm.outcomes.is_empty())?;
    let When::Expr(condition) = &arm.when else { return None };
    let lets = policy.lets.iter().map(|one| &one.expr).collect();
    let head = policy.bindings.first()?.slot;
    let mut reader = Reader { layout, params, lets, head, bound: BTreeMap::new() };
    let mut beside = Vec::new();
    let wheres = policy.wheres.iter().map(|one| &one.expr);
    for expr in wheres.chain([condition]) {
        reader.conjuncts(expr, true, &mut |said| beside.extend(said.err()));
    }
    let pairs = beside.into_iter().map(|(expr, wanted)| reader.pair(expr, wanted)).collect::<Option<_>>()?;
    Some((place, pairs))
}

/// What has to be true of single fields of the fact bound to `slot`, for a condition to be.
pub(super) fn of_member<'a>(
    layout: &'a Layout,
    params: &'a BTreeMap<Name, Value>,
    lets: &[&'a Expr],
    slot: Slot,
    body: &'a Expr,
) -> Vec<(FieldId, Test)> {
    let mut reader = Reader { layout, params, lets: lets.to_vec(), head: slot, bound: BTreeMap::new() };
    let mut out = Vec::new();
    let mut own = |said: Said<'_>| {
        if let Ok((path, test)) = said
            && let [(_, field)] = path.as_slice()
        {
            out.push((*field, test));
        }
    };
    reader.conjuncts(body, true, &mut own);
    out
}

/// What the conditions of a policy's cases say beside single fields, each with whether it has to be true or
/// false; nothing where single fields say nothing of it, or not only of its cases.
pub(in crate::engine) fn beside<'a>(
    layout: &'a Layout,
    params: &'a BTreeMap<Name, Value>,
    policy: &'a Policy,
) -> Option<Vec<(&'a Expr, bool)>> {
    clauses(layout, params, policy).filter(|(_, arms)| !arms)?;
    let lets = policy.lets.iter().map(|one| &one.expr).collect();
    let head = policy.bindings.first()?.slot;
    let mut reader = Reader { layout, params, lets, head, bound: BTreeMap::new() };
    let mut out = Vec::new();
    for one in policy.wheres.iter().filter(|one| one.after == 0) {
        reader.conjuncts(&one.expr, true, &mut |said| out.extend(said.err()));
    }
    Some(out)
}

/// A condition on a field, or one on something else, with whether that has to be true.
type Said<'a> = Result<(Path, Test), (&'a Expr, bool)>;

struct Reader<'a> {
    layout: &'a Layout,
    params: &'a BTreeMap<Name, Value>,
    lets: Vec<&'a Expr>,
    head: Slot,
    /// Arguments of inlined functions.
    bound: BTreeMap<Slot, &'a Expr>,
}

impl<'a> Reader<'a> {
    /// What a name stands for.
    fn behind(&mut self, expr: &'a Expr) -> &'a Expr {
        match &expr.kind {
            ExprKind::Let(at) => match usize::try_from(*at).ok().and_then(|at| self.lets.get(at).copied()) {
                Some(named) => self.behind(named),
                None => expr,
            },
            ExprKind::Var(slot) => match self.bound.get(slot).copied() {
                Some(named) => self.behind(named),
                None => expr,
            },
            ExprKind::Bind { slot, value, body } => {
                self.bound.insert(*slot, value);
                self.behind(body)
            }
            // Of what is known these are the value itself.
            ExprKind::Assume(of, _) | ExprKind::End(of, _) => self.behind(of),
            _ => expr,
        }
    }

    /// The parts of a disjunction.
    fn disjuncts(&mut self, expr: &'a Expr, out: &mut Vec<&'a Expr>) {
        let expr = self.behind(expr);
        match &expr.kind {
            // What is on one field is one test.
            ExprKind::Or(a, b) if self.test(expr).is_none() => {
                self.disjuncts(a, out);
                self.disjuncts(b, out);
            }
            _ => out.push(expr),
        }
    }

    /// What has to be `wanted` for the expression to be: conditions on single fields, and what is none.
    fn conjuncts(&mut self, expr: &'a Expr, wanted: bool, out: &mut impl FnMut(Said<'a>)) {
        let expr = self.behind(expr);
        match (&expr.kind, wanted) {
            (ExprKind::And(a, b), true) | (ExprKind::Or(a, b), false) => {
                self.conjuncts(a, wanted, out);
                self.conjuncts(b, wanted, out);
            }
            (ExprKind::Not(of), _) => self.conjuncts(of, !wanted, out),
            _ => out(match self.test(expr).filter(|(path, test)| kind(self.layout, path).fits(test)) {
                Some((path, test)) if wanted => Ok((path, test)),
                Some((path, test)) => Ok((path, Test::Not(Box::new(test)))),
                None => Err((expr, wanted)),
            }),
        }
    }

    /// A condition on one field.
    fn test(&mut self, expr: &'a Expr) -> Option<(Path, Test)> {
        let expr = self.behind(expr);
        match &expr.kind {
            ExprKind::Not(of) => {
                let (path, test) = self.test(of)?;
                Some((path, Test::Not(Box::new(test))))
            }
            ExprKind::And(a, b) => self.both(a, b, Test::All),
            ExprKind::Or(a, b) => self.both(a, b, Test::Any),
            ExprKind::Compare(op, a, b) => match (self.constant(a), self.constant(b)) {
                (None, Some(value)) => self.of_value(a, Test::Compare(*op, value)),
                (Some(value), None) => self.of_value(b, Test::Compare(op.mirrored(), value)),
                _ => None,
            },
            ExprKind::In(a, b) => {
                let values = self.constants(b)?;
                self.of_value(a, Test::In(values))
            }
            ExprKind::Has(of) => self.of_value(of, Test::Has),
            ExprKind::Call(Builtin::StartsWith, arguments) => {
                let [text, beginning] = arguments.as_slice() else { return None };
                let Some(Value::String(beginning)) = self.constant(beginning) else { return None };
                self.of_value(text, Test::Starts(beginning))
            }
            _ if expr.ty == Type::Bool => self.of_value(expr, Test::True),
            _ => None,
        }
    }

    /// That two fields of one kind compare, or do not; of texts and of references, whether they are the same.
    fn pair(&mut self, expr: &'a Expr, wanted: bool) -> Option<Pair> {
        let ExprKind::Compare(op, a, b) = &expr.kind else { return None };
        let sides = [self.path(a)?, self.path(b)?];
        let [one, other] = sides.each_ref().map(|path| kind(self.layout, path));
        let target = |path: &Path| path.last().and_then(|(ty, field)| self.layout.refers_to(*ty, *field));
        let [to, of] = sides.each_ref().map(target);
        let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
        let fits = match one {
            Kind::There => to.is_some() && to == of && equality,
            Kind::Text => equality,
            _ => true,
        };
        (one == other && fits).then_some(Pair { sides, op: *op, wanted })
    }

    fn both(&mut self, a: &'a Expr, b: &'a Expr, of: fn(Vec<Test>) -> Test) -> Option<(Path, Test)> {
        let (path, a) = self.test(a)?;
        let (other, b) = self.test(b)?;
        (path == other).then(|| (path, of(vec![a, b])))
    }

    /// A test of what an expression comes to, where that is a field.
    fn of_value(&mut self, expr: &'a Expr, test: Test) -> Option<(Path, Test)> {
        let expr = self.behind(expr);
        match &expr.kind {
            ExprKind::OrValue(of, default) => {
                let default = self.constant(default)?;
                self.of_value(of, Test::Or(default, Box::new(test)))
            }
            ExprKind::Field(..) => Some((self.path(expr)?, test)),
            _ => None,
        }
    }

    fn path(&mut self, expr: &'a Expr) -> Option<Path> {
        let expr = self.behind(expr);
        let ExprKind::Field(base, name) = &expr.kind else { return None };
        let Type::Fact(ty) = &base.ty else { return None };
        let ty = self.layout.type_id(ty)?;
        let field = self.layout.field_id(ty, name.as_str())?;
        let base = self.behind(base);
        let mut path = match &base.kind {
            ExprKind::Var(slot) if *slot == self.head => Path::new(),
            _ => self.path(base)?,
        };
        path.push((ty, field));
        Some(path)
    }

    fn constant(&mut self, expr: &'a Expr) -> Option<Value> {
        let value = match &self.behind(expr).kind {
            ExprKind::Const(value) => from_const(value),
            ExprKind::Param(name) => self.params.get(name)?.clone(),
            _ => return None,
        };
        plain(&value).then_some(value)
    }

    fn constants(&mut self, expr: &'a Expr) -> Option<Vec<Value>> {
        let expr = self.behind(expr);
        let listed = |value: Value| match value {
            Value::List(items) => items.iter().all(plain).then(|| items.to_vec()),
            _ => None,
        };
        match &expr.kind {
            ExprKind::List(items) => items.iter().map(|item| self.constant(item)).collect(),
            ExprKind::Const(value) => listed(from_const(value)),
            ExprKind::Param(name) => listed(self.params.get(name)?.clone()),
            _ => None,
        }
    }
}

/// Whether fields of such values are told apart.
const fn plain(value: &Value) -> bool {
    matches!(
        value,
        Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Uint(_)
            | Value::Double(_)
            | Value::String(_)
            | Value::Duration(_)
            | Value::Timestamp(_)
            | Value::FineDuration(_)
            | Value::FineTimestamp(_)
            | Value::Enum(..)
    )
}
