//! How much a policy's conditions can range over at most, so that most cases need not be counted.

use std::collections::BTreeMap;

use assize_lang::plan::{BindingSource, Const, Expr, ExprKind, Policy, Slot, Type, When};

use crate::judge::children;
use crate::world::{FieldId, Layout, TypeId, World};

/// The lists that a condition ranges over, each with what is ranged over for each of its members.
#[derive(Debug, Default)]
pub(super) struct Reach(Vec<(Size, Self)>);

/// How long a list can be.
#[derive(Clone, Copy, Debug)]
enum Size {
    /// The facts that refer to one owner.
    Group(TypeId, FieldId),
    /// The facts of a type.
    All(TypeId),
    /// So many.
    Fixed(u64),
    /// Nobody knows beforehand.
    Unbounded,
}

impl Reach {
    /// What the arms of a policy range over, and its conditions and outcomes.
    pub(super) fn of(layout: &Layout, policy: &Policy) -> Self {
        let mut walk =
            Walk { layout, lets: policy.lets.iter().map(|one| &one.expr).collect(), lists: BTreeMap::new() };
        let mut out = Self::default();
        for binding in &policy.bindings {
            if let BindingSource::List(list) = &binding.source {
                walk.expr(list, &mut out);
                walk.ranging(list, None, &mut out);
            }
        }
        for one in &policy.wheres {
            walk.expr(&one.expr, &mut out);
        }
        for arm in &policy.arms {
            if let When::Expr(condition) = &arm.when {
                walk.expr(condition, &mut out);
            }
            super::firm::said(arm).into_iter().for_each(|expr| walk.expr(expr, &mut out));
        }
        out
    }

    /// The most that it can come to on these facts.
    pub(super) fn most(&self, world: &World) -> u64 {
        self.0.iter().fold(0, |sum, (size, inner)| {
            let members = match size {
                Size::Group(ty, via) => u64::try_from(world.widest(*ty, *via)).unwrap_or(u64::MAX),
                Size::All(ty) => u64::from(world.rows(*ty)),
                Size::Fixed(members) => *members,
                Size::Unbounded => u64::MAX,
            };
            sum.saturating_add(members.saturating_mul(inner.most(world).saturating_add(1)))
        })
    }
}

struct Walk<'a> {
    layout: &'a Layout,
    lets: Vec<&'a Expr>,
    lists: BTreeMap<Slot, &'a Expr>,
}

impl<'a> Walk<'a> {
    fn expr(&mut self, expr: &'a Expr, out: &mut Reach) {
        match &expr.kind {
            ExprKind::Let(_) | ExprKind::Var(_) => {
                let behind = self.behind(expr);
                if !std::ptr::eq(behind, expr) {
                    self.expr(behind, out);
                }
            }
            ExprKind::Bind { slot, value, body } => {
                if matches!(value.ty, Type::List(_)) {
                    self.lists.insert(*slot, value);
                } else {
                    self.expr(value, out);
                }
                self.expr(body, out);
            }
            ExprKind::Quantified { list, body, .. }
            | ExprKind::Filter { list, body, .. }
            | ExprKind::MapList { list, body, .. } => {
                self.expr(list, out);
                self.ranging(list, Some(body), out);
            }
            ExprKind::Peak { list, key, .. } => {
                self.expr(list, out);
                self.ranging(list, key.as_ref().map(|(_, key)| &**key), out);
            }
            ExprKind::In(a, b) => {
                self.expr(a, out);
                self.ranging(b, None, out);
            }
            ExprKind::Related(..) | ExprKind::Select(..) | ExprKind::Index(..) | ExprKind::Map(_) => {
                out.0.push((Size::Unbounded, Reach::default()));
            }
            _ => children(expr, &mut |part| self.expr(part, out)),
        }
    }

    fn ranging(&mut self, list: &'a Expr, body: Option<&'a Expr>, out: &mut Reach) {
        let mut inner = Reach::default();
        if let Some(body) = body {
            self.expr(body, &mut inner);
        }
        let size = self.size(list);
        out.0.push((size, inner));
    }

    fn size(&self, list: &'a Expr) -> Size {
        let count = |items: usize| Size::Fixed(u64::try_from(items).unwrap_or(u64::MAX));
        match &self.behind(list).kind {
            ExprKind::Filter { list, .. } | ExprKind::MapList { list, .. } => self.size(list),
            ExprKind::ListFn(_, list) if matches!(list.ty, Type::List(_)) => self.size(list),
            ExprKind::List(items) => count(items.len()),
            ExprKind::Const(Const::List(items)) => count(items.len()),
            ExprKind::All(name) => self.layout.type_id(name).map_or(Size::Unbounded, Size::All),
            ExprKind::Inverse(owner, name) => self.group(&owner.ty, name.as_str()).unwrap_or(Size::Unbounded),
            _ => Size::Unbounded,
        }
    }

    fn group(&self, owner: &Type, list: &str) -> Option<Size> {
        let Type::Fact(owner) = owner else { return None };
        let inverse = self.layout.ty(self.layout.type_id(owner)?).inverse(list)?;
        let of = self.layout.type_id(&inverse.of)?;
        Some(Size::Group(of, self.layout.field_id(of, inverse.via.as_str())?))
    }

    fn behind(&self, expr: &'a Expr) -> &'a Expr {
        let named = match &expr.kind {
            ExprKind::Let(at) => usize::try_from(*at).ok().and_then(|at| self.lets.get(at).copied()),
            ExprKind::Var(slot) => self.lists.get(slot).copied(),
            _ => None,
        };
        named.map_or(expr, |named| self.behind(named))
    }
}
