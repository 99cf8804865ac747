//! The children of an expression: to look at, and to replace.

use crate::plan::{Bound, Expr, ExprKind as Kind, Slot, Window};

/// Calls `visit` with each direct child.
pub(crate) fn children<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    match &expr.kind {
        Kind::Const(_) | Kind::Now | Kind::Param(_) | Kind::Var(_) | Kind::Let(_) | Kind::All(_) => {}
        Kind::Field(one, _)
        | Kind::Inverse(one, _)
        | Kind::Select(one, _)
        | Kind::Not(one)
        | Kind::NowCompare(_, one)
        | Kind::Neg(one)
        | Kind::Has(one)
        | Kind::ListFn(_, one)
        | Kind::Unknown(one)
        | Kind::Known(one)
        | Kind::Conflict(one)
        | Kind::End(one, _) => visit(one),
        Kind::Bind { value: left, body: right, .. }
        | Kind::Index(left, right)
        | Kind::And(left, right)
        | Kind::Or(left, right)
        | Kind::Compare(_, left, right)
        | Kind::In(left, right)
        | Kind::Arith(_, left, right)
        | Kind::MapList { list: left, body: right, .. }
        | Kind::OrValue(left, right)
        | Kind::Assume(left, right)
        | Kind::Covered(left, right) => {
            visit(left);
            visit(right);
        }
        Kind::Conditional(condition, yes, no) => {
            visit(condition);
            visit(yes);
            visit(no);
        }
        Kind::Quantified { list, body, window, .. } | Kind::Filter { list, body, window, .. } => {
            visit(list);
            visit(body);
            window.bounds.iter().for_each(|bound| visit(&bound.at));
            window.fixed.iter().for_each(|(_, value)| visit(value));
        }
        Kind::Peak { list, width, key } => {
            visit(list);
            visit(width);
            if let Some((_, key)) = key {
                visit(key);
            }
        }
        Kind::List(items)
        | Kind::Call(_, items)
        | Kind::Declared(_, items)
        | Kind::Table(_, items)
        | Kind::Related(_, items) => items.iter().for_each(visit),
        Kind::Map(entries) => {
            for (key, value) in entries {
                visit(key);
                visit(value);
            }
        }
        Kind::Shift { base, up, down, .. } => {
            visit(base);
            up.iter().chain(down).for_each(visit);
        }
    }
}

/// The slot that an expression binds for its body.
pub(super) fn bound(expr: &Expr) -> Option<Slot> {
    match &expr.kind {
        Kind::Bind { slot, .. }
        | Kind::Quantified { slot, .. }
        | Kind::Filter { slot, .. }
        | Kind::MapList { slot, .. }
        | Kind::Peak { key: Some((slot, _)), .. } => Some(*slot),
        _ => None,
    }
}

/// Whether `test` holds of the expression or of anything below it.
pub(super) fn any(expr: &Expr, test: &dyn Fn(&Expr) -> bool) -> bool {
    if test(expr) {
        return true;
    }
    let mut found = false;
    children(expr, &mut |child| found = found || any(child, test));
    found
}

/// The same expression with every direct child replaced by what `change` makes of it, and every slot
/// that it binds by what `rename` makes of that.
pub(super) fn map(
    expr: Expr,
    change: &mut dyn FnMut(Expr) -> Expr,
    rename: &mut dyn FnMut(Slot) -> Slot,
) -> Expr {
    let Expr { kind, ty, optional, span } = expr;
    let boxed = |one: Box<Expr>, change: &mut dyn FnMut(Expr) -> Expr| Box::new(change(*one));
    let kind = match kind {
        Kind::Const(_) | Kind::Now | Kind::Param(_) | Kind::Var(_) | Kind::Let(_) | Kind::All(_) => kind,
        Kind::Field(one, name) => Kind::Field(boxed(one, change), name),
        Kind::Inverse(one, name) => Kind::Inverse(boxed(one, change), name),
        Kind::Select(one, name) => Kind::Select(boxed(one, change), name),
        Kind::Not(one) => Kind::Not(boxed(one, change)),
        Kind::NowCompare(op, one) => Kind::NowCompare(op, boxed(one, change)),
        Kind::Neg(one) => Kind::Neg(boxed(one, change)),
        Kind::Has(one) => Kind::Has(boxed(one, change)),
        Kind::ListFn(function, one) => Kind::ListFn(function, boxed(one, change)),
        Kind::Unknown(one) => Kind::Unknown(boxed(one, change)),
        Kind::Known(one) => Kind::Known(boxed(one, change)),
        Kind::Conflict(one) => Kind::Conflict(boxed(one, change)),
        Kind::End(one, worst) => Kind::End(boxed(one, change), worst),
        Kind::Bind { slot, value, body } => {
            let value = boxed(value, change);
            Kind::Bind { slot: rename(slot), value, body: boxed(body, change) }
        }
        Kind::Index(left, right) => Kind::Index(boxed(left, change), boxed(right, change)),
        Kind::And(left, right) => Kind::And(boxed(left, change), boxed(right, change)),
        Kind::Or(left, right) => Kind::Or(boxed(left, change), boxed(right, change)),
        Kind::Compare(op, left, right) => Kind::Compare(op, boxed(left, change), boxed(right, change)),
        Kind::In(left, right) => Kind::In(boxed(left, change), boxed(right, change)),
        Kind::Arith(op, left, right) => Kind::Arith(op, boxed(left, change), boxed(right, change)),
        Kind::OrValue(left, right) => Kind::OrValue(boxed(left, change), boxed(right, change)),
        Kind::Assume(left, right) => Kind::Assume(boxed(left, change), boxed(right, change)),
        Kind::Covered(left, right) => Kind::Covered(boxed(left, change), boxed(right, change)),
        Kind::Conditional(condition, yes, no) => {
            Kind::Conditional(boxed(condition, change), boxed(yes, change), boxed(no, change))
        }
        Kind::Quantified { quantifier, list, slot, body, window } => {
            let list = boxed(list, change);
            let slot = rename(slot);
            let body = boxed(body, change);
            Kind::Quantified { quantifier, list, slot, body, window: map_window(window, change) }
        }
        Kind::Filter { list, slot, body, window } => {
            let list = boxed(list, change);
            let slot = rename(slot);
            let body = boxed(body, change);
            Kind::Filter { list, slot, body, window: map_window(window, change) }
        }
        Kind::MapList { list, slot, body } => {
            let list = boxed(list, change);
            let slot = rename(slot);
            Kind::MapList { list, slot, body: boxed(body, change) }
        }
        Kind::Peak { list, width, key } => {
            let list = boxed(list, change);
            let width = boxed(width, change);
            let key = key.map(|(slot, key)| (rename(slot), boxed(key, change)));
            Kind::Peak { list, width, key }
        }
        Kind::List(items) => Kind::List(items.into_iter().map(change).collect()),
        Kind::Call(function, items) => Kind::Call(function, items.into_iter().map(change).collect()),
        Kind::Declared(name, items) => Kind::Declared(name, items.into_iter().map(change).collect()),
        Kind::Table(name, items) => Kind::Table(name, items.into_iter().map(change).collect()),
        Kind::Related(name, items) => Kind::Related(name, items.into_iter().map(change).collect()),
        Kind::Map(entries) => {
            Kind::Map(entries.into_iter().map(|(key, value)| (change(key), change(value))).collect())
        }
        Kind::Shift { base, up, down, max_up, max_down } => {
            let base = boxed(base, change);
            let up = up.into_iter().map(&mut *change).collect();
            let down = down.into_iter().map(change).collect();
            Kind::Shift { base, up, down, max_up, max_down }
        }
    };
    Expr { kind, ty, optional, span }
}

/// The same expression with `dyn` wherever nothing said more of a type.
pub(super) fn settled(expr: Expr) -> Expr {
    let Expr { ty, .. } = expr;
    let ty = super::types::settled(ty);
    map(Expr { ty, ..expr }, &mut settled, &mut |slot| slot)
}

fn map_window(window: Window, change: &mut dyn FnMut(Expr) -> Expr) -> Window {
    Window {
        bounds: window.bounds.into_iter().map(|bound| Bound { op: bound.op, at: change(bound.at) }).collect(),
        fixed: window.fixed.into_iter().map(|(path, value)| (path, change(value))).collect(),
    }
}
