//! Which facts a later binding of a policy can be, without trying them all.
//!
//! A join such as `w.containers.exists(c, c.image == f.image)` is kept the other way round: from an image to
//! the workloads that may run it. Of a workload of which that is not known (nobody lists its containers, or
//! one of them runs nobody knows what) every finding may be one: it is tried with each, unless it says the same to
//! all of them ([`Doubts`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use assize_lang::plan::{
    BindingSource, CompareOp, Coverage, Expr, ExprKind, FactKind, Name, Policy, Quantifier, Slot, Type,
};

use super::doubts::{Asking, Doubts, Looked};
use crate::judge::{Access, Candidates, Eval, Evaluator, Run, children};
use crate::value::{NEVER, Possible, Value};
use crate::world::{FieldId, Layout, Row, TypeId, World};

/// How a later binding is tied to the ones before it.
#[derive(Clone, Debug)]
pub(super) struct Tie {
    /// The binding, by its place.
    pub(super) depth: usize,
    pub(super) slot: Slot,
    pub(super) ty: TypeId,
    /// The `where` that ties it, by its place.
    pub(super) condition: usize,
    shape: Shape,
    /// Where the path begins that its facts are looked for by, where that is all that the conditions on them read of
    /// what is bound before; and the type that it leads to.
    root: Option<(Slot, Name)>,
}

#[derive(Clone, Debug)]
enum Shape {
    /// `slot.field == other`
    Field { field: Name },
    /// `other == slot.field`
    Mirrored { field: Name },
    /// `slot.list.exists(e, e.field == other && …)`
    Member { of: TypeId, field: Name },
}

impl Tie {
    /// The tie of the binding at `depth`, where it has one that can be kept the other way round.
    pub(super) fn of(layout: &Layout, policy: &Policy, depth: usize) -> Option<Self> {
        let binding = policy.bindings.get(depth).filter(|_| depth > 0 && policy.sequence.is_none())?;
        let (BindingSource::Type, Type::Fact(name)) = (&binding.source, &binding.ty) else { return None };
        let ty = layout.type_id(name)?;
        policy.wheres.iter().enumerate().find_map(|(condition, one)| {
            if usize::try_from(one.after) != Ok(depth) {
                return None;
            }
            let shape = shape(layout, &one.expr, binding.slot)?;
            let tie = Self { depth, slot: binding.slot, ty, condition, shape, root: None };
            let root = tie.only_path(policy);
            Some(Self { root, ..tie })
        })
    }

    /// The path that facts are looked for by, where the conditions on them read that once, and else nothing that
    /// hangs on the bindings before.
    fn only_path(&self, policy: &Policy) -> Option<(Slot, Name)> {
        let other = self.sides(policy)?.other;
        let Type::Fact(to) = &other.ty else { return None };
        let root = root(other)?;
        let before: Vec<Slot> = policy.bindings.iter().take(self.depth).map(|binding| binding.slot).collect();
        let reads = |expr: &Expr, slots: &[Slot]| {
            count(expr, &|part| matches!(part.kind, ExprKind::Var(slot) if slots.contains(&slot)))
        };
        let named = |part: &Expr| matches!(part.kind, ExprKind::Let(_) | ExprKind::Related(..));
        let fits = policy.wheres.iter().enumerate().all(|(place, one)| {
            if usize::try_from(one.after) != Ok(self.depth) {
                return true;
            }
            let wanted = usize::from(place == self.condition);
            reads(&one.expr, &before) == wanted && count(&one.expr, &named) == 0
        });
        let tie = &policy.wheres.get(self.condition)?.expr;
        let (bound, _) = peel(tie);
        let mut aliases =
            bound.iter().filter(|(_, value)| std::ptr::eq(*value, other)).map(|(slot, _)| *slot);
        let once = aliases.all(|slot| reads(tie, &[slot]) == 1);
        (fits && once && before.contains(&root)).then(|| (root, to.clone()))
    }

    /// The field whose value the other side is compared with.
    pub(super) fn field(&self, layout: &Layout) -> Option<(TypeId, FieldId)> {
        let (ty, name) = match &self.shape {
            Shape::Field { field } | Shape::Mirrored { field } => (self.ty, field),
            Shape::Member { of, field } => (*of, field),
        };
        Some((ty, layout.field_id(ty, name.as_str())?))
    }

    /// The list or field on the binding's own side, the value on the other, and every slot that stands for
    /// the binding.
    pub(super) fn sides<'p>(&self, policy: &'p Policy) -> Option<Sides<'p>> {
        let (bound, expr) = peel(&policy.wheres.get(self.condition)?.expr);
        let (own, other) = match (&self.shape, &expr.kind) {
            (Shape::Field { .. }, ExprKind::Compare(_, own, other))
            | (Shape::Mirrored { .. }, ExprKind::Compare(_, other, own)) => (&**own, &**other),
            (Shape::Member { .. }, ExprKind::Quantified { list, window, .. }) => {
                (&**list, &window.fixed.first()?.1)
            }
            _ => return None,
        };
        let aliases = bound.iter().filter(|(_, value)| is_slot(value, self.slot, &[])).map(|(slot, _)| *slot);
        Some(Sides { own, other: behind(other, &bound), slots: aliases.chain([self.slot]).collect() })
    }
}

/// The two sides of a tie.
pub(super) struct Sides<'p> {
    pub(super) own: &'p Expr,
    pub(super) other: &'p Expr,
    slots: Vec<Slot>,
}

/// The arguments of inlined functions.
type Bound<'p> = Vec<(Slot, &'p Expr)>;

/// What stands behind the arguments of inlined functions.
fn peel(expr: &Expr) -> (Bound<'_>, &Expr) {
    let (mut bound, mut expr) = (Vec::new(), expr);
    while let ExprKind::Bind { slot, value, body } = &expr.kind {
        bound.push((*slot, behind(value, &bound)));
        expr = body;
    }
    (bound, expr)
}

fn behind<'p>(expr: &'p Expr, bound: &[(Slot, &'p Expr)]) -> &'p Expr {
    match expr.kind {
        ExprKind::Var(slot) => {
            bound.iter().find(|(known, _)| *known == slot).map_or(expr, |(_, value)| value)
        }
        _ => expr,
    }
}

fn shape(layout: &Layout, expr: &Expr, slot: Slot) -> Option<Shape> {
    let (bound, expr) = peel(expr);
    match &expr.kind {
        ExprKind::Compare(CompareOp::Eq, a, b) => {
            let own = |side: &Expr, other: &Expr| match &side.kind {
                ExprKind::Field(base, field) if is_slot(base, slot, &bound) => {
                    is_free(other, slot, &bound).then(|| field.clone())
                }
                _ => None,
            };
            let mirrored = || own(b, a).map(|field| Shape::Mirrored { field });
            own(a, b).map(|field| Shape::Field { field }).or_else(mirrored)
        }
        ExprKind::Quantified { quantifier: Quantifier::Exists, list, window, .. } => {
            let ExprKind::Inverse(owner, name) = &list.kind else { return None };
            let Type::Fact(owner_type) = &owner.ty else { return None };
            let inverse = layout.ty(layout.type_id(owner_type)?).inverse(name.as_str())?;
            let of = layout.type_id(&inverse.of)?;
            let members = layout.ty(of);
            let [(path, value)] = window.fixed.as_slice() else { return None };
            let [field] = path.as_slice() else { return None };
            // Where the scope of what is asked hangs on the other side, so does what is known.
            let scoped = match &members.coverage {
                Coverage::Closed => false,
                Coverage::By(parts) => parts
                    .iter()
                    .flatten()
                    .any(|part| part.scope.iter().any(|scope| scope.first() == Some(field))),
            };
            let fits = is_slot(owner, slot, &bound)
                && window.bounds.is_empty()
                && members.kind == FactKind::Entity
                && is_free(value, slot, &bound)
                && !scoped;
            fits.then(|| Shape::Member { of, field: field.clone() })
        }
        _ => None,
    }
}

fn is_slot(expr: &Expr, slot: Slot, bound: &[(Slot, &Expr)]) -> bool {
    matches!(behind(expr, bound).kind, ExprKind::Var(found) if found == slot)
}

/// Whether it is a path from what is bound before, or an argument that is one.
fn is_free(expr: &Expr, slot: Slot, bound: &[(Slot, &Expr)]) -> bool {
    is_path(behind(expr, bound), slot, bound)
}

fn is_path(expr: &Expr, slot: Slot, bound: &[(Slot, &Expr)]) -> bool {
    match &expr.kind {
        ExprKind::Var(found) => *found != slot && !bound.iter().any(|(known, _)| known == found),
        ExprKind::Field(base, _) => is_path(base, slot, bound),
        ExprKind::Const(_) | ExprKind::Param(_) => true,
        _ => false,
    }
}

/// Where a path of fields begins.
fn root(path: &Expr) -> Option<Slot> {
    let ExprKind::Field(base, _) = &path.kind else { return None };
    match base.kind {
        ExprKind::Var(slot) => Some(slot),
        _ => root(base),
    }
}

/// How many parts of an expression are so.
fn count(expr: &Expr, is: &dyn Fn(&Expr) -> bool) -> usize {
    let mut found = usize::from(is(expr));
    children(expr, &mut |part| found = found.saturating_add(count(part, is)));
    found
}

/// What one fact can be joined with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) values: BTreeSet<Value>,
    /// It can be anything.
    pub(super) doubtful: bool,
}

/// One tie, kept the other way round.
#[derive(Debug)]
pub(super) struct Join {
    pub(super) policy: Name,
    pub(super) tie: Tie,
    by: BTreeMap<Value, BTreeSet<Row>>,
    sides: HashMap<Row, Side>,
    doubtful: BTreeSet<Row>,
}

impl Join {
    pub(super) fn new(policy: Name, tie: Tie) -> Self {
        Self { policy, tie, by: BTreeMap::new(), sides: HashMap::new(), doubtful: BTreeSet::new() }
    }

    /// What the fact in `row` can be joined with, as it was last looked at.
    pub(super) fn side(&self, row: Row) -> Option<&Side> {
        self.sides.get(&row)
    }

    /// The facts that were looked at.
    pub(super) fn rows(&self) -> Vec<Row> {
        self.sides.keys().copied().collect()
    }

    /// Looks at the fact in `row`: what it can be joined with, and until when that holds.
    pub(super) fn look<'a>(
        &self,
        run: &Run<'a>,
        policy: &'a Policy,
        ty: &Name,
        key: &Arc<str>,
    ) -> (Side, i64) {
        let mut side = Side::default();
        let Some(sides) = self.tie.sides(policy) else { return (side, NEVER) };
        let evaluator = run.evaluator(policy);
        for slot in &sides.slots {
            let fact = Value::Fact(ty.clone(), Arc::clone(key));
            evaluator.bind(*slot, Eval::constant(Possible::known(fact)));
        }
        let until = match &self.tie.shape {
            Shape::Field { .. } | Shape::Mirrored { .. } => {
                let eval = evaluator.eval(sides.own);
                note(&mut side, &eval);
                eval.horizon.first
            }
            Shape::Member { field, .. } => {
                let list = evaluator.members(sides.own);
                side.doubtful |= !list.is_closed();
                let mut until = list.whole().horizon.first;
                for member in list.certain().chain(list.possible()) {
                    match member.value.possible.value() {
                        Some(Value::Fact(ty, key)) => {
                            let eval = evaluator.follow(ty, key, std::slice::from_ref(field));
                            note(&mut side, &eval);
                            until = until.min(eval.horizon.first);
                        }
                        _ => side.doubtful = true,
                    }
                }
                until
            }
        };
        (side, until)
    }

    /// Takes a side for what stands, or that there is no such fact any more; returns what stood.
    pub(super) fn put(&mut self, row: Row, side: Option<Side>) -> Option<Side> {
        let old = self.sides.remove(&row);
        for value in old.iter().flat_map(|old| &old.values) {
            if let Some(rows) = self.by.get_mut(value) {
                rows.remove(&row);
                if rows.is_empty() {
                    self.by.remove(value);
                }
            }
        }
        self.doubtful.remove(&row);
        if let Some(side) = side {
            for value in &side.values {
                self.by.entry(value.clone()).or_default().insert(row);
            }
            if side.doubtful {
                self.doubtful.insert(row);
            }
            self.sides.insert(row, side);
        }
        old
    }
}

fn note(side: &mut Side, eval: &Eval) {
    match eval.possible.value() {
        Some(value) => drop(side.values.insert(value.clone())),
        None if eval.possible.is_absent() => drop(side.values.insert(Value::Null)),
        None => side.doubtful = true,
    }
}

/// All joins of an engine, over one state of the facts.
#[derive(Debug)]
pub(super) struct Joins<'w> {
    pub(super) world: &'w World,
    pub(super) joins: &'w [Join],
    /// Whether somebody was tried with all, since it is not known what to join it with.
    pub(super) tried_all: std::cell::Cell<bool>,
    doubts: Doubts,
}

impl<'w> Joins<'w> {
    pub(super) fn new(world: &'w World, joins: &'w [Join]) -> Self {
        Self { world, joins, tried_all: std::cell::Cell::new(false), doubts: Doubts::default() }
    }
}

impl Access for Joins<'_> {
    fn candidates<'a>(&self, evaluator: &Evaluator<'a>, depth: usize) -> Option<Candidates> {
        let policy = evaluator.policy();
        let is_here = |join: &Join| join.tie.depth == depth && join.policy == policy.name;
        let (number, join) = self.joins.iter().enumerate().find(|(_, join)| is_here(join))?;
        let (tie, ty) = (&join.tie, join.tie.ty);
        let wanted = evaluator.eval(tie.sides(policy)?.other);
        let value = match wanted.possible.value() {
            Some(value) => Some(value.clone()),
            None if wanted.possible.is_absent() => Some(Value::Null),
            None => None,
        };
        self.tried_all.set(self.tried_all.get() || value.is_none());
        let name = &self.world.layout().ty(ty).name;
        let fact = |row| Value::Fact(name.clone(), self.world.key_arc(ty, row));
        let joined = value.as_ref().and_then(|value| join.by.get(value)).cloned().unwrap_or_default();
        if let (Some((root, to)), Some(asking)) = (&tie.root, Asking::of(&wanted.possible)) {
            let looked = Looked { depth, slot: tie.slot, ty: name, root: *root, to };
            let rows = || match &value {
                Some(_) => join.doubtful.iter().copied().collect(),
                None => self.world.in_order(ty).to_vec(),
            };
            let facts = || rows().into_iter().map(|row| (row, self.world.key_arc(ty, row))).collect();
            if let Some(fold) = self.doubts.of(evaluator, (number, asking), looked, facts) {
                return Some(fold.candidates(evaluator, &wanted, joined, fact));
            }
        }
        value?;
        let rows: BTreeSet<Row> = joined.union(&join.doubtful).copied().collect();
        Some(Candidates::only(rows.into_iter().map(fact).collect()))
    }
}
