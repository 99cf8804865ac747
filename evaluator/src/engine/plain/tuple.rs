//! Later bindings: the members of a list, or the facts that refer to one that is bound already.

use assize_lang::plan::{BindingSource, CompareOp, Expr, ExprKind, Policy, Slot, Type};

use super::compile::{Compiler, Scalar, Test};
use super::frame::{Asked, Frame, Truth};
use super::list::List;
use crate::world::{Cell, FieldId, Layout, Row, TypeId};

/// A later binding, compiled.
pub(super) struct Later {
    pub(super) slot: usize,
    source: Source,
    /// Conditions that can be judged once it is bound.
    wheres: Vec<Test>,
}

enum Source {
    List(List),
    /// The facts whose field refers to what this comes to.
    Referring(Scalar, TypeId, FieldId),
}

impl Later {
    /// All bindings but the first; nothing where one of them is for the judge.
    pub(super) fn all<'a>(compiler: &mut Compiler<'a>, policy: &'a Policy) -> Option<Vec<Self>> {
        if policy.sequence.is_some() {
            return None;
        }
        (1..policy.bindings.len()).map(|depth| Self::of(compiler, policy, depth)).collect()
    }

    fn of<'a>(compiler: &mut Compiler<'a>, policy: &'a Policy, depth: usize) -> Option<Self> {
        let binding = policy.bindings.get(depth)?;
        let here = || policy.wheres.iter().filter(|one| usize::try_from(one.after) == Ok(depth));
        let source = match (&binding.source, &binding.ty) {
            (BindingSource::List(list), _) => Source::List(compiler.list(list, Vec::new())?),
            (BindingSource::Type, Type::Fact(name)) => {
                let ty = compiler.layout.type_id(name)?;
                let mut ties = here().filter_map(|one| tie(compiler.layout, ty, binding.slot, &one.expr));
                let (field, other) = ties.next()?;
                Source::Referring(compiler.scalar(other), ty, field)
            }
            (BindingSource::Type, _) => return None,
        };
        let wheres = here().map(|one| compiler.test(&one.expr)).collect();
        Some(Self { slot: usize::try_from(binding.slot.0).ok()?, source, wheres })
    }

    /// Binds everything that it ranges over and that belongs to what is bound already, one after the other,
    /// and calls `visit`. Says whether that was plain throughout.
    pub(super) fn each(&self, frame: &mut Frame<'_>, visit: &mut dyn FnMut(&mut Frame<'_>) -> bool) -> bool {
        let mut rows: Vec<Row> = Vec::new();
        let plain = match &self.source {
            Source::List(list) => list.members(frame, &mut |row| rows.push(row)),
            Source::Referring(owner, of, via) => match owner(frame) {
                Cell::Fact(owner) if owner != Asked::ROW => {
                    rows.extend(frame.world.referring(*of, *via, owner));
                    // Of whom it is not known to whom it refers may refer to this one.
                    frame.world.all_refer(*of, *via)
                }
                _ => false,
            },
        };
        plain && rows.into_iter().all(|row| self.one(frame, row, visit))
    }

    fn one(&self, frame: &mut Frame<'_>, row: Row, visit: &mut dyn FnMut(&mut Frame<'_>) -> bool) -> bool {
        frame.bind(self.slot, Cell::Fact(row));
        // What is named may hang on it.
        frame.named.fill(None);
        let mut doubt = false;
        for condition in &self.wheres {
            match condition(frame) {
                Truth::No => return true,
                Truth::Yes => {}
                Truth::Perhaps => doubt = true,
            }
        }
        !doubt && visit(frame)
    }
}

/// `slot.field == other`, either way round, where the field is a reference and the other is bound before.
fn tie<'a>(layout: &Layout, ty: TypeId, slot: Slot, expr: &'a Expr) -> Option<(FieldId, &'a Expr)> {
    let ExprKind::Compare(CompareOp::Eq, a, b) = &expr.kind else { return None };
    let own = |side: &Expr| {
        let ExprKind::Field(base, name) = &side.kind else { return None };
        let field = layout.field_id(ty, name.as_str())?;
        let refers = matches!(base.kind, ExprKind::Var(of) if of == slot)
            && matches!(side.ty, Type::Fact(_))
            && layout.target(ty, field).is_some();
        refers.then_some(field)
    };
    match (own(a), own(b)) {
        (Some(field), None) if is_free(b, slot) => Some((field, b)),
        (None, Some(field)) if is_free(a, slot) => Some((field, a)),
        _ => None,
    }
}

fn is_free(expr: &Expr, slot: Slot) -> bool {
    match &expr.kind {
        ExprKind::Var(found) => *found != slot,
        ExprKind::Field(base, _) => is_free(base, slot),
        _ => false,
    }
}
