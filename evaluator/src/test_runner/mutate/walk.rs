//! The conditions of a policy, to be changed.

use assize_lang::diagnostic::Span;
use assize_lang::plan::{Expr, ExprKind, Policy, When, Window};

/// Where an expression stands in a policy: which condition, and which child of which child of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path {
    pub(super) root: usize,
    pub(super) steps: Vec<usize>,
}

impl Path {
    pub(super) fn child(&self, step: usize) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { root: self.root, steps }
    }
}

/// The conditions: the sequence's, `where`, `let`, arms.
pub(super) fn roots(policy: &mut Policy) -> Vec<&mut Expr> {
    let mut out: Vec<&mut Expr> = Vec::new();
    if let Some(sequence) = &mut policy.sequence {
        out.extend(&mut sequence.within);
        out.extend(sequence.steps.iter_mut().filter_map(|step| step.condition.as_mut()));
    }
    out.extend(policy.wheres.iter_mut().map(|one| &mut one.expr));
    out.extend(policy.lets.iter_mut().map(|named| &mut named.expr));
    out.extend(policy.arms.iter_mut().filter_map(|arm| match &mut arm.when {
        When::Expr(condition) => Some(condition),
        When::Unknown | When::Otherwise => None,
    }));
    out
}

/// Changes the expression at `path`; every list condition around it has its window looked after by `window`.
pub(super) fn change(
    policy: &mut Policy,
    path: &Path,
    window: &dyn Fn(&mut Window, Span),
    change: &dyn Fn(&mut Expr),
) {
    let Some(mut at) = roots(policy).into_iter().nth(path.root) else { return };
    let mut around = at as &Expr;
    for step in &path.steps {
        let Some(next) = children(around).into_iter().nth(*step) else { return };
        around = next;
    }
    let span = around.span;
    for step in &path.steps {
        if let ExprKind::Quantified { window: of, .. } | ExprKind::Filter { window: of, .. } = &mut at.kind {
            window(of, span);
        }
        let Some(next) = children_mut(at).into_iter().nth(*step) else { return };
        at = next;
    }
    change(at);
}

/// Changes every expression of the conditions, those of windows as well.
pub(super) fn each(policy: &mut Policy, change: &mut dyn FnMut(&mut Expr)) {
    fn visit(expr: &mut Expr, change: &mut dyn FnMut(&mut Expr)) {
        if let ExprKind::Quantified { window, .. } | ExprKind::Filter { window, .. } = &mut expr.kind {
            window.bounds.iter_mut().for_each(|bound| visit(&mut bound.at, change));
            window.fixed.iter_mut().for_each(|(_, value)| visit(value, change));
        }
        children_mut(expr).into_iter().for_each(|child| visit(child, change));
        change(expr);
    }
    roots(policy).into_iter().for_each(|root| visit(root, change));
}

/// The direct parts, in the order of [`children_mut`].
pub(super) fn children(expr: &Expr) -> Vec<&Expr> {
    let mut out = Vec::new();
    crate::judge::children(expr, &mut |child| out.push(child));
    out
}

fn children_mut(expr: &mut Expr) -> Vec<&mut Expr> {
    match &mut expr.kind {
        ExprKind::Const(_)
        | ExprKind::Now
        | ExprKind::Param(_)
        | ExprKind::Var(_)
        | ExprKind::Let(_)
        | ExprKind::All(_) => Vec::new(),
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
        | ExprKind::Covered(a, b) => vec![a, b],
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
        | ExprKind::End(of, _) => vec![of],
        ExprKind::List(items)
        | ExprKind::Call(_, items)
        | ExprKind::Declared(_, items)
        | ExprKind::Table(_, items)
        | ExprKind::Related(_, items) => items.iter_mut().collect(),
        ExprKind::Map(entries) => entries.iter_mut().flat_map(|(key, value)| [key, value]).collect(),
        ExprKind::Conditional(a, b, c) => vec![a, b, c],
        ExprKind::Peak { list, width, key } => {
            let mut out: Vec<&mut Expr> = vec![list, width];
            out.extend(key.iter_mut().map(|(_, key)| &mut **key));
            out
        }
        ExprKind::Shift { base, up, down, .. } => {
            let mut out: Vec<&mut Expr> = vec![base];
            out.extend(up.iter_mut().chain(down));
            out
        }
    }
}
