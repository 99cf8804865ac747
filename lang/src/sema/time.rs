//! Comparisons with `now`, brought to the one form `now OP instant`.
//!
//! An engine can schedule the flip of `now OP instant`, and of nothing else: so `now` stands on one
//! side of a comparison, once, with anything free of `now` on the other.

use super::inline::size;
use super::scope::Checker;
use super::{walk, window};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{ArithOp, CompareOp, Expr, ExprKind, Let, Type};

/// `now` times `now`, plus the sum of `plus`, less the sum of `minus`.
#[derive(Clone, Debug, Default)]
pub(super) struct Linear {
    pub(super) now: i32,
    pub(super) plus: Vec<Expr>,
    pub(super) minus: Vec<Expr>,
}

/// Whether `now` occurs in the expression outside a comparison that has been settled.
pub(super) fn mentions_now(expr: &Expr) -> bool {
    walk::any(expr, &|part| matches!(part.kind, ExprKind::Now))
}

/// An expression of instants and durations as a sum; `None` where `now` stands in it otherwise.
pub(super) fn linear(expr: &Expr) -> Option<Linear> {
    match &expr.kind {
        ExprKind::Now => Some(Linear { now: 1, ..Linear::default() }),
        ExprKind::Arith(op @ (ArithOp::Add | ArithOp::Sub), left, right)
            if matches!(expr.ty, Type::Timestamp | Type::Duration) =>
        {
            let mut left = linear(left)?;
            let right = linear(right)?;
            left.add(right, *op == ArithOp::Add);
            Some(left)
        }
        _ if mentions_now(expr) => None,
        _ => Some(Linear { plus: vec![expr.clone()], ..Linear::default() }),
    }
}

impl Linear {
    fn add(&mut self, other: Self, positive: bool) {
        let (now, plus, minus) = if positive {
            (other.now, other.plus, other.minus)
        } else {
            (other.now.saturating_neg(), other.minus, other.plus)
        };
        self.now = self.now.saturating_add(now);
        self.plus.extend(plus);
        self.minus.extend(minus);
    }

    /// The sum with its sign turned.
    pub(super) fn negated(self) -> Self {
        Self { now: self.now.saturating_neg(), plus: self.minus, minus: self.plus }
    }

    /// The sum as an instant; `None` where its parts do not make one.
    pub(super) fn instant(mut self, span: Span) -> Option<Expr> {
        let node = |kind, ty| Expr { kind, ty, optional: false, span };
        if self.now == 1 {
            self.plus.push(node(ExprKind::Now, Type::Timestamp));
        } else if self.now == -1 {
            self.minus.push(node(ExprKind::Now, Type::Timestamp));
        } else if self.now != 0 {
            return None;
        }
        let at = self.plus.iter().position(|part| part.ty == Type::Timestamp)?;
        let mut out = self.plus.remove(at);
        // Further instants come in pairs: their difference is a duration.
        while let Some(at) = self.plus.iter().position(|part| part.ty == Type::Timestamp) {
            let one = self.plus.remove(at);
            let other = self.minus.iter().position(|part| part.ty == Type::Timestamp)?;
            let other = self.minus.remove(other);
            let gap = ExprKind::Arith(ArithOp::Sub, Box::new(one), Box::new(other));
            self.plus.push(node(gap, Type::Duration));
        }
        if self.minus.iter().any(|part| part.ty == Type::Timestamp) {
            return None;
        }
        for (op, parts) in [(ArithOp::Add, self.plus), (ArithOp::Sub, self.minus)] {
            for part in parts {
                out = node(ExprKind::Arith(op, Box::new(out), Box::new(part)), Type::Timestamp);
            }
        }
        Some(out)
    }
}

/// `left op right` as one sum compared with nothing.
pub(super) fn difference(left: &Expr, right: &Expr) -> Option<Linear> {
    let mut sum = linear(left)?;
    sum.add(linear(right)?, false);
    Some(sum)
}

impl Checker<'_> {
    /// Settles an expression that the engine judges: comparisons with `now` take their one form, the
    /// windows of list conditions are read off, and any other `now` is reported.
    pub(super) fn settle(&mut self, expr: Expr, lets: &[Let]) -> Expr {
        if !self.has_room(unfolding(&expr, lets), expr.span) {
            return expr;
        }
        let expr = unfold(expr, lets);
        let expr = window::find(expr);
        let expr = compare(expr);
        self.refuse_now(&expr);
        expr
    }

    /// Settles an expression that is only shown: there `now` is a value like any other.
    pub(super) fn settle_shown(&mut self, expr: Expr, lets: &[Let]) -> Expr {
        if !self.has_room(unfolding(&expr, lets), expr.span) {
            return expr;
        }
        compare(window::find(unfold(expr, lets)))
    }

    fn refuse_now(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Now => self.report(
                Diagnostic::new(Code::TemporalFragment, expr.span, "`now` stands where its flips cannot be computed")
                    .label("not on one side of a comparison")
                    .note("every decision says until when it holds: for that, `now` is compared with something free of it")
                    .help("write a comparison such as `now - t > 90d` or `t < now - 90d`"),
            ),
            // The instants of windows and of `covered` are evaluated, not scheduled.
            ExprKind::Quantified { list, body, .. } | ExprKind::Filter { list, body, .. } => {
                self.refuse_now(list);
                self.refuse_now(body);
            }
            ExprKind::Covered(list, _) => self.refuse_now(list),
            _ => walk::children(expr, &mut |child| self.refuse_now(child)),
        }
    }
}

/// How many nodes [`unfold`] puts in the place of names.
pub(super) fn unfolding(expr: &Expr, lets: &[Let]) -> usize {
    if let ExprKind::Let(index) = &expr.kind {
        let named = lets.get(*index as usize).map(|found| &found.expr);
        return named.filter(|named| is_unfolded(named)).map_or(0, size);
    }
    let mut total: usize = 0;
    walk::children(expr, &mut |child| total = total.saturating_add(unfolding(child, lets)));
    total
}

/// Whether a `let` is put in the place of its name.
fn is_unfolded(named: &Expr) -> bool {
    matches!(named.ty, Type::Timestamp | Type::Duration) && mentions_now(named)
}

/// Puts a `let` that is made of `now` (`let cutoff = now - 45d`) in the place of its name.
pub(super) fn unfold(expr: Expr, lets: &[Let]) -> Expr {
    if let ExprKind::Let(index) = &expr.kind {
        let named = lets.get(*index as usize).map(|found| &found.expr);
        return match named {
            Some(named) if is_unfolded(named) => Expr { span: expr.span, ..named.clone() },
            _ => expr,
        };
    }
    walk::map(expr, &mut |child| unfold(child, lets), &mut |slot| slot)
}

/// Brings comparisons with `now` to their one form, innermost first.
fn compare(expr: Expr) -> Expr {
    if let ExprKind::Compare(op, left, right) = &expr.kind
        && (mentions_now(left) || mentions_now(right))
        && let Some(settled) = against_now(*op, left, right, expr.span)
    {
        return settled;
    }
    // Windows keep their `now`: they are evaluated, not scheduled.
    match expr.kind {
        ExprKind::Quantified { quantifier, list, slot, body, window } => {
            let (list, body) = (Box::new(compare(*list)), Box::new(compare(*body)));
            Expr { kind: ExprKind::Quantified { quantifier, list, slot, body, window }, ..expr }
        }
        ExprKind::Filter { list, slot, body, window } => {
            let (list, body) = (Box::new(compare(*list)), Box::new(compare(*body)));
            Expr { kind: ExprKind::Filter { list, slot, body, window }, ..expr }
        }
        _ => walk::map(expr, &mut compare, &mut |slot| slot),
    }
}

fn against_now(op: CompareOp, left: &Expr, right: &Expr, span: Span) -> Option<Expr> {
    let sum = difference(left, right)?;
    let node = |kind, ty| Expr { kind, ty, optional: false, span };
    match sum.now {
        // `now` cancels: what is left is compared as it is.
        0 => {
            let mut sum = sum;
            let zero = node(ExprKind::Const(crate::plan::Const::Duration(0)), Type::Duration);
            let minus = std::mem::take(&mut sum.minus);
            let left = sum_of(sum.plus, &zero);
            let right = sum_of(minus, &zero);
            (left.ty == right.ty)
                .then(|| node(ExprKind::Compare(op, Box::new(left), Box::new(right)), Type::Bool))
        }
        1 => {
            let at = Linear { now: 0, ..sum }.negated().instant(span)?;
            Some(node(ExprKind::NowCompare(op, Box::new(at)), Type::Bool))
        }
        -1 => {
            let at = Linear { now: 0, ..sum }.instant(span)?;
            Some(node(ExprKind::NowCompare(op.mirrored(), Box::new(at)), Type::Bool))
        }
        _ => None,
    }
}

/// The sum of durations and at most one instant.
fn sum_of(parts: Vec<Expr>, zero: &Expr) -> Expr {
    let mut parts = parts;
    if let Some(at) = parts.iter().position(|part| part.ty == Type::Timestamp) {
        parts.swap(0, at);
    }
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else { return zero.clone() };
    parts.fold(first, |sum, part| {
        let (ty, span) = (sum.ty.clone(), sum.span);
        Expr { kind: ExprKind::Arith(ArithOp::Add, Box::new(sum), Box::new(part)), ty, optional: false, span }
    })
}
