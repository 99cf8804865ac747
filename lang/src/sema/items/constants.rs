//! Constants: defaults, bounds, cells.

use super::super::scope::Checker;
use super::super::types;
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::{Const, ExprKind, Type};
use crate::syntax::ast::{Expr, ExprKind as Tree, Literal, UnaryOp};

/// The constant that `written` is, of type `wanted`; anything else is reported.
pub(in crate::sema) fn constant(
    checker: &mut Checker<'_>,
    written: &Expr,
    wanted: &Type,
    optional: bool,
) -> Option<Const> {
    let value = value(checker, written, wanted)?;
    let ty = types::of_const(&value);
    if (matches!(value, Const::Null) && optional) || types::assignable(&ty, wanted) {
        return Some(value);
    }
    let text = format!("expected a constant of type `{wanted}`, found one of type `{ty}`");
    checker.error(
        Code::TypeMismatch,
        written.span,
        text,
        "of another type",
        format!("write one of type `{wanted}`"),
    );
    None
}

fn value(checker: &mut Checker<'_>, written: &Expr, wanted: &Type) -> Option<Const> {
    match &written.kind {
        Tree::Literal(literal) => Some(literal_const(literal, wanted)),
        Tree::Unary(UnaryOp::Neg, inner) => match (&inner.kind, value(checker, inner, wanted)?) {
            (Tree::Literal(_), Const::Int(number)) => Some(Const::Int(number.checked_neg()?)),
            (Tree::Literal(_), Const::Double(number)) => Some(Const::Double(-number)),
            (Tree::Literal(_), Const::Duration(micros)) => Some(Const::Duration(micros.checked_neg()?)),
            _ => not_constant(checker, written),
        },
        Tree::List(items) => {
            let of = match wanted {
                Type::List(of) => (**of).clone(),
                _ => Type::Dyn,
            };
            let items: Vec<Option<Const>> =
                items.iter().map(|item| constant(checker, item, &of, false)).collect();
            Some(Const::List(items.into_iter().collect::<Option<_>>()?))
        }
        Tree::Select(base, _) if matches!(base.kind, Tree::Name(_) | Tree::Select(..)) => {
            match checker.expr(written, Some(wanted))?.kind {
                ExprKind::Const(value) => Some(value),
                _ => not_constant(checker, written),
            }
        }
        Tree::Error => None,
        _ => not_constant(checker, written),
    }
}

fn not_constant(checker: &mut Checker<'_>, written: &Expr) -> Option<Const> {
    checker.report(
        Diagnostic::new(Code::NotConstant, written.span, "expected a constant")
            .label("has to be evaluated")
            .help("write a literal such as `90d`, an enum's member, or a list of these"),
    );
    None
}

/// A literal as a constant; an integer takes the number type that is asked for.
pub(in crate::sema) fn literal_const(literal: &Literal, wanted: &Type) -> Const {
    match literal {
        Literal::Null => Const::Null,
        Literal::Bool(value) => Const::Bool(*value),
        Literal::Int(value) => match wanted {
            #[expect(
                clippy::cast_precision_loss,
                reason = "the author wrote an integer where a double is asked for"
            )]
            Type::Double => Const::Double(*value as f64),
            Type::Uint => u64::try_from(*value).map_or(Const::Int(*value), Const::Uint),
            _ => Const::Int(*value),
        },
        Literal::Uint(value) => Const::Uint(*value),
        Literal::Double(value) => Const::Double(*value),
        Literal::String(value) => Const::String(value.clone()),
        Literal::Bytes(value) => Const::Bytes(value.clone()),
        Literal::Duration(value) => Const::Duration(*value),
        Literal::Timestamp(value) => Const::Timestamp(*value),
    }
}

/// The bare member or constant of a table's cell: members need no enum in front of them.
pub(in crate::sema) fn cell(checker: &mut Checker<'_>, written: &Expr, wanted: &Type) -> Option<Const> {
    if let (Tree::Name(name), Type::Enum(of)) = (&written.kind, wanted) {
        return checker.member(of, name, written.span).map(|index| Const::Enum(of.clone(), index));
    }
    constant(checker, written, wanted, false)
}
