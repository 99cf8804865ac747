//! Operators: logic, comparison, arithmetic.

use super::super::items::enums;
use super::super::scope::Checker;
use super::super::types::{assignable, equatable, is_number, join};
use super::narrow;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{ArithOp, CompareOp, Expr, ExprKind, Type};
use crate::syntax::ast::{BinaryOp, Expr as Tree, ExprKind as TreeKind, Literal, UnaryOp};

impl Checker<'_> {
    /// `a op b`.
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        left: &Tree,
        right: &Tree,
        span: Span,
        expected: Option<&Type>,
    ) -> Option<Expr> {
        match op {
            BinaryOp::And | BinaryOp::Or => self.logic(op, left, right, span),
            BinaryOp::Eq => self.equality(CompareOp::Eq, left, right, span),
            BinaryOp::Ne => self.equality(CompareOp::Ne, left, right, span),
            BinaryOp::Lt => self.ordering(CompareOp::Lt, left, right, span),
            BinaryOp::Le => self.ordering(CompareOp::Le, left, right, span),
            BinaryOp::Gt => self.ordering(CompareOp::Gt, left, right, span),
            BinaryOp::Ge => self.ordering(CompareOp::Ge, left, right, span),
            BinaryOp::In => self.membership(left, right, span),
            BinaryOp::Add => self.arithmetic(ArithOp::Add, left, right, span, expected),
            BinaryOp::Sub => self.arithmetic(ArithOp::Sub, left, right, span, expected),
            BinaryOp::Mul => self.arithmetic(ArithOp::Mul, left, right, span, expected),
            BinaryOp::Div => self.arithmetic(ArithOp::Div, left, right, span, expected),
            BinaryOp::Rem => self.arithmetic(ArithOp::Rem, left, right, span, expected),
        }
    }

    fn logic(&mut self, op: BinaryOp, left: &Tree, right: &Tree, span: Span) -> Option<Expr> {
        let and = op == BinaryOp::And;
        let checked = self.condition(left);
        let other = self.under(narrow::shown(left, and), |checker| checker.condition(right));
        let (left, right) = (Box::new(checked?), Box::new(other?));
        let kind = if and { ExprKind::And(left, right) } else { ExprKind::Or(left, right) };
        Some(self.make(kind, Type::Bool, false, span))
    }

    /// `c ? a : b`.
    pub(super) fn conditional(
        &mut self,
        condition: &Tree,
        yes: &Tree,
        no: &Tree,
        span: Span,
        expected: Option<&Type>,
    ) -> Option<Expr> {
        let checked = self.condition(condition);
        let yes = self.under(narrow::shown(condition, true), |checker| checker.open_expr(yes, expected));
        let wanted = expected.cloned().or_else(|| yes.as_ref().map(|yes| yes.ty.clone()));
        let no =
            self.under(narrow::shown(condition, false), |checker| checker.open_expr(no, wanted.as_ref()));
        let (condition, yes, no) = (checked?, yes?, no?);
        let joined = if self.is_cel() { join(&yes.ty, &no.ty) } else { None };
        let ty = if let Some(joined) = joined {
            joined
        } else if yes.ty == Type::Null {
            no.ty.clone()
        } else if no.ty == Type::Null || assignable(&no.ty, &yes.ty) {
            yes.ty.clone()
        } else if self.is_dynamic() {
            Type::Dyn
        } else {
            self.report(
                Diagnostic::new(
                    Code::TypeMismatch,
                    no.span,
                    format!("the branches differ: `{}` and `{}`", yes.ty, no.ty),
                )
                .label(format!("`{}`", no.ty))
                .also(yes.span, format!("`{}`", yes.ty)),
            );
            return None;
        };
        let optional = yes.optional || no.optional;
        let kind = ExprKind::Conditional(Box::new(condition), Box::new(yes), Box::new(no));
        Some(self.make(kind, ty, optional, span))
    }

    /// Both sides, an integer literal taking the type of the other side.
    fn sides(&mut self, left: &Tree, right: &Tree) -> Option<(Expr, Expr)> {
        if matches!(left.kind, TreeKind::Literal(Literal::Int(_))) {
            let right = self.expr(right, None);
            let left = self.expr(left, right.as_ref().map(|right| &right.ty));
            return Some((left?, right?));
        }
        let left = self.expr(left, None);
        let right = self.expr(right, left.as_ref().map(|left| &left.ty));
        Some((left?, right?))
    }

    fn equality(&mut self, op: CompareOp, left: &Tree, right: &Tree, span: Span) -> Option<Expr> {
        let (one, other) = self.sides(left, right)?;
        if !equatable(&one.ty, &other.ty) && !self.is_dynamic() {
            let text = format!("`{}` is never equal to `{}`", one.ty, other.ty);
            let report = Diagnostic::new(Code::TypeMismatch, span, text)
                .label("compares two types")
                .also(one.span, format!("`{}`", one.ty))
                .also(other.span, format!("`{}`", other.ty));
            let spelled = self
                .spelled_member(right, &one.ty)
                .map(|member| (member, right.span))
                .or_else(|| self.spelled_member(left, &other.ty).map(|member| (member, left.span)));
            let report = match spelled {
                Some((member, span)) => {
                    report.help(format!("write `{member}`")).fix(format!("write `{member}`"), span, member)
                }
                None => match (&one.ty, &other.ty) {
                    (Type::Fact(_), Type::String) | (Type::String, Type::Fact(_)) => {
                        report.help("compare the key: a reference's field, as in `x.id`")
                    }
                    _ => report,
                },
            };
            self.report(report);
            return None;
        }
        let kind = ExprKind::Compare(op, Box::new(one), Box::new(other));
        Some(self.make(kind, Type::Bool, false, span))
    }

    fn ordering(&mut self, op: CompareOp, left: &Tree, right: &Tree, span: Span) -> Option<Expr> {
        let (one, other) = self.sides(left, right)?;
        if matches!(one.ty, Type::Sensitive(_)) || matches!(other.ty, Type::Sensitive(_)) {
            self.report(
                Diagnostic::new(Code::SensitiveFlow, span, "a sensitive value has no order")
                    .label("compared by order")
                    .note("by halving, an order tells the value bit by bit")
                    .help("compare it with `==`"),
            );
            return None;
        }
        let fits = match (&one.ty, &other.ty) {
            (Type::Enum(left), Type::Enum(right)) if left == right => {
                if enums::by_name(self.db, left).is_some_and(|of| !of.ordered) {
                    self.report(
                        Diagnostic::new(
                            Code::UnorderedEnum,
                            span,
                            format!("`{}` has no order", left.short()),
                        )
                        .label("compared by order")
                        .help(
                            "compare with `==` or `in [...]`; an ordered enum separates its members by `<`",
                        ),
                    );
                    return None;
                }
                true
            }
            (Type::Dyn, _) | (_, Type::Dyn) => true,
            (left, right) if is_number(left) && is_number(right) => true,
            (left, right) => {
                left == right
                    && matches!(
                        left,
                        Type::String | Type::Bytes | Type::Bool | Type::Timestamp | Type::Duration
                    )
            }
        };
        if !fits && !self.is_dynamic() {
            let text = format!("`{}` does not take `{}` and `{}`", op.symbol(), one.ty, other.ty);
            let report = Diagnostic::new(Code::NoOverload, span, text)
                .label("cannot be ordered")
                .also(one.span, format!("`{}`", one.ty))
                .also(other.span, format!("`{}`", other.ty));
            self.report(match (&one.ty, &other.ty) {
                (Type::Timestamp, Type::Duration) => {
                    report.help("compare an age: `now - t`, or an instant: `now - 90d`")
                }
                (Type::Timestamp, Type::Int) => report
                    .help("an instant is written `2026-06-01T00:00:00Z`, and one before now `now - 90d`"),
                (Type::Duration, Type::Int) => report.help("a span is written with its unit: `90d`, `1h30m`"),
                (one, other) if is_number(one) && is_number(other) => {
                    report.help("convert one side: `int(…)`, `uint(…)`, `double(…)`")
                }
                (Type::Enum(of), _) | (_, Type::Enum(of)) => {
                    report.help(format!("compare it with a member of `{0}`: `{0}.…`", of.short()))
                }
                _ => report.help("compare two values of one ordered type"),
            });
            return None;
        }
        let mut whole = true;
        for side in [&one, &other] {
            if side.optional && !self.is_dynamic() {
                self.maybe_absent(side.span, "is ordered here");
                whole = false;
            }
        }
        if !whole {
            return None;
        }
        let kind = ExprKind::Compare(op, Box::new(one), Box::new(other));
        Some(self.make(kind, Type::Bool, false, span))
    }

    fn membership(&mut self, left: &Tree, right: &Tree, span: Span) -> Option<Expr> {
        let one = self.expr(left, None);
        let wanted = one.as_ref().map(|one| Type::List(Box::new(one.ty.clone())));
        // Elements are checked against the left side, so that a misspelt member is found; lists of mixed
        // types stay what CEL makes of them.
        let other = match &right.kind {
            TreeKind::List(_) => self.expr(right, wanted.as_ref()),
            _ => self.expr(right, None),
        };
        let (one, other) = (one?, other?);
        let fits = match &other.ty {
            Type::List(of) => equatable(&one.ty, of),
            Type::Map(key, _) => equatable(&one.ty, key),
            Type::Dyn => true,
            _ => false,
        };
        if !fits && !self.is_dynamic() {
            let text = format!("`in` does not take `{}` and `{}`", one.ty, other.ty);
            let report = Diagnostic::new(Code::NoOverload, span, text).label("no list or map of these");
            self.report(match (&one.ty, &other.ty) {
                (Type::String, Type::String) => {
                    report.help("to look for a part of a text, write `text.contains(part)`")
                }
                (_, Type::List(of)) => report.help(format!("ask for a `{of}`: `x in list`")),
                _ => report.help("on the right stands a list, or a map by its keys: `x in [a, b]`"),
            });
            return None;
        }
        Some(self.make(ExprKind::In(Box::new(one), Box::new(other)), Type::Bool, false, span))
    }

    /// `-e`.
    pub(super) fn negation(&mut self, inner: &Tree, span: Span, expected: Option<&Type>) -> Option<Expr> {
        // The least integer has no positive twin: the sign belongs to the literal.
        let inner = self.expr(inner, expected)?;
        match inner.ty {
            Type::Int | Type::Double | Type::Dyn => {
                let ty = inner.ty.clone();
                let inner = self.expect(inner, &ty, false)?;
                Some(self.make(ExprKind::Neg(Box::new(inner)), ty, false, span))
            }
            Type::Duration if !self.is_dynamic() => {
                self.report(
                    Diagnostic::new(Code::NoOverload, span, "`-` does not take a `duration`")
                        .label("CEL has no negative of a duration")
                        .help("subtract it from something, or write `0s - …`"),
                );
                None
            }
            ty if self.is_dynamic() => {
                Some(self.make(ExprKind::Neg(Box::new(Expr { ty, ..inner })), Type::Dyn, false, span))
            }
            other => {
                self.error(
                    Code::NoOverload,
                    span,
                    format!("`-` does not take `{other}`"),
                    "not a number",
                    "give a number or a duration",
                );
                None
            }
        }
    }

    fn arithmetic(
        &mut self,
        op: ArithOp,
        left: &Tree,
        right: &Tree,
        span: Span,
        expected: Option<&Type>,
    ) -> Option<Expr> {
        if op == ArithOp::Sub && !self.is_cel() && looks_like_date(left, right) {
            self.report(
                Diagnostic::new(Code::LooksLikeDate, span, "this is a subtraction, not a date")
                    .label("a year less a month less a day")
                    .help("write a timestamp in full: `2026-06-01T00:00:00Z`"),
            );
        }
        let expected = expected.filter(|ty| is_number(ty));
        let (one, other) = match expected {
            Some(ty)
                if matches!(left.kind, TreeKind::Literal(_))
                    && matches!(right.kind, TreeKind::Literal(_)) =>
            {
                let one = self.expr(left, Some(ty));
                let other = self.expr(right, Some(ty));
                (one?, other?)
            }
            _ => self.sides(left, right)?,
        };
        let dynamic = self.is_dynamic().then_some(Type::Dyn);
        let Some(ty) = result(op, &one.ty, &other.ty).or(dynamic) else {
            let text = format!("`{}` does not take `{}` and `{}`", op.symbol(), one.ty, other.ty);
            let report = Diagnostic::new(Code::NoOverload, span, text)
                .label("no such operation")
                .also(one.span, format!("`{}`", one.ty))
                .also(other.span, format!("`{}`", other.ty));
            self.report(match (&one.ty, &other.ty) {
                (left, right) if is_number(left) && is_number(right) => {
                    report.help("convert one side: `int(…)`, `uint(…)`, `double(…)`")
                }
                (Type::String, _) | (_, Type::String) => report.help("convert it: `string(…)`"),
                (Type::Timestamp, _) | (_, Type::Timestamp) => report
                    .help("from an instant a duration is taken, or another instant: `t - 90d`, `now - t`"),
                _ => report.help("give both sides a type that the operator takes"),
            });
            return None;
        };
        let mut whole = true;
        for side in [&one, &other] {
            if side.optional && !self.is_dynamic() {
                self.maybe_absent(side.span, "is computed with");
                whole = false;
            }
        }
        let kind = ExprKind::Arith(op, Box::new(one), Box::new(other));
        whole.then(|| self.make(kind, ty, false, span))
    }
}

/// The type of `left op right`.
fn result(op: ArithOp, left: &Type, right: &Type) -> Option<Type> {
    use ArithOp::{Add, Rem, Sub};
    Some(match (op, left, right) {
        (_, Type::Dyn, _) | (_, _, Type::Dyn) => Type::Dyn,
        (Rem, Type::Double, _) => return None,
        (_, Type::Int, Type::Int) => Type::Int,
        (_, Type::Uint, Type::Uint) => Type::Uint,
        (_, Type::Double, Type::Double) => Type::Double,
        (Add, Type::String, Type::String) => Type::String,
        (Add, Type::Bytes, Type::Bytes) => Type::Bytes,
        (Add, Type::List(one), Type::List(other)) if assignable(other, one) => Type::List(one.clone()),
        (Add | Sub, Type::Timestamp, Type::Duration) | (Add, Type::Duration, Type::Timestamp) => {
            Type::Timestamp
        }
        (Sub, Type::Timestamp, Type::Timestamp) | (Add | Sub, Type::Duration, Type::Duration) => {
            Type::Duration
        }
        _ => return None,
    })
}

/// `2026-06-01`, which CEL reads as 2019.
fn looks_like_date(left: &Tree, day: &Tree) -> bool {
    let int = |tree: &Tree| match tree.kind {
        TreeKind::Literal(Literal::Int(value)) => Some(value),
        _ => None,
    };
    let TreeKind::Binary(BinaryOp::Sub, year, month) = &left.kind else { return false };
    let unsigned = |tree: &Tree| !matches!(tree.kind, TreeKind::Unary(UnaryOp::Neg, _));
    unsigned(year)
        && int(year).is_some_and(|year| (1900..2200).contains(&year))
        && int(month).is_some_and(|month| (1..=12).contains(&month))
        && int(day).is_some_and(|day| (1..=31).contains(&day))
}
