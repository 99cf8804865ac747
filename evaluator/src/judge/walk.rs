//! The parts of an expression.

use assize_lang::plan::{Expr, ExprKind};

/// Calls `visit` with every direct part of `expr`, in the order written; what a window says is not
/// repeated.
pub(crate) fn children<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    match &expr.kind {
        ExprKind::Const(_)
        | ExprKind::Now
        | ExprKind::Param(_)
        | ExprKind::Var(_)
        | ExprKind::Let(_)
        | ExprKind::All(_) => {}
        ExprKind::Bind { value: a, body: b, .. }
        | ExprKind::Index(a, b)
        | ExprKind::And(a, b)
        | ExprKind::Or(a, b)
        | ExprKind::Compare(_, a, b)
        | ExprKind::In(a, b)
        | ExprKind::Arith(_, a, b)
        | ExprKind::Quantified { list: a, body: b, .. }
        | ExprKind::Filter { list: a, body: b, .. }
        | ExprKind::MapList { list: a, body: b, .. }
        | ExprKind::OrValue(a, b)
        | ExprKind::Assume(a, b)
        | ExprKind::Covered(a, b) => {
            visit(a);
            visit(b);
        }
        ExprKind::Field(of, _)
        | ExprKind::Inverse(of, _)
        | ExprKind::Select(of, _)
        | ExprKind::Not(of)
        | ExprKind::NowCompare(_, of)
        | ExprKind::Neg(of)
        | ExprKind::Has(of)
        | ExprKind::ListFn(_, of)
        | ExprKind::Unknown(of)
        | ExprKind::Known(of)
        | ExprKind::Conflict(of)
        | ExprKind::End(of, _) => visit(of),
        ExprKind::List(items)
        | ExprKind::Call(_, items)
        | ExprKind::Declared(_, items)
        | ExprKind::Table(_, items)
        | ExprKind::Related(_, items) => {
            items.iter().for_each(visit);
        }
        ExprKind::Map(entries) => {
            for (key, value) in entries {
                visit(key);
                visit(value);
            }
        }
        ExprKind::Conditional(a, b, c) => {
            visit(a);
            visit(b);
            visit(c);
        }
        ExprKind::Peak { list, width, key } => {
            visit(list);
            visit(width);
            if let Some((_, key)) = key {
                visit(key);
            }
        }
        ExprKind::Shift { base, up, down, .. } => {
            visit(base);
            up.iter().chain(down).for_each(visit);
        }
    }
}
