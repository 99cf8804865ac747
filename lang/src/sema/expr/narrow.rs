//! Which paths a condition shows to be there.
//!
//! `p != null && …`, `has(p) && …`, `p == null || …` and `c ? … : …` narrow the path `p` for what
//! stands behind them, inside one expression.

use super::super::scope::Checker;
use crate::syntax::ast::{BinaryOp, Expr as Tree, ExprKind as TreeKind, Literal, UnaryOp};
use crate::syntax::lexer::in_word;

/// A path of names: `s.expires_at`.
pub(super) fn path(tree: &Tree) -> Option<String> {
    match &tree.kind {
        TreeKind::Name(name) => Some(name.clone()),
        // A field in back-quotes may look like a path, and is one field.
        TreeKind::Select(base, field) if field.text.chars().all(in_word) => {
            Some(format!("{}.{}", path(base)?, field.text))
        }
        _ => None,
    }
}

/// The paths that are there where `tree` is `truth`.
pub(in crate::sema) fn shown(tree: &Tree, truth: bool) -> Vec<String> {
    let mut out = Vec::new();
    collect(tree, truth, &mut out);
    out
}

fn collect(tree: &Tree, truth: bool, out: &mut Vec<String>) {
    match &tree.kind {
        TreeKind::Unary(UnaryOp::Not, inner) => collect(inner, !truth, out),
        TreeKind::Binary(BinaryOp::And, left, right) if truth => {
            collect(left, truth, out);
            collect(right, truth, out);
        }
        TreeKind::Binary(BinaryOp::Or, left, right) if !truth => {
            collect(left, truth, out);
            collect(right, truth, out);
        }
        TreeKind::Binary(op @ (BinaryOp::Eq | BinaryOp::Ne), left, right)
            if (*op == BinaryOp::Ne) == truth =>
        {
            let null = |tree: &Tree| matches!(tree.kind, TreeKind::Literal(Literal::Null));
            if null(right) {
                with_prefixes(left, out);
            } else if null(left) {
                with_prefixes(right, out);
            }
        }
        TreeKind::Call(name, args) if truth && name.text == "has" => {
            if let [arg] = args.as_slice() {
                with_prefixes(arg, out);
            }
        }
        _ => {}
    }
}

/// A path that is there was reached: so is every reference on the way to it.
fn with_prefixes(tree: &Tree, out: &mut Vec<String>) {
    if let Some(path) = path(tree) {
        out.push(path);
        if let TreeKind::Select(base, _) = &tree.kind {
            with_prefixes(base, out);
        }
    }
}

impl Checker<'_> {
    /// Whether the path is known to be there in the expression at hand.
    pub(super) fn is_narrowed(&self, path: &str) -> bool {
        self.narrowed.iter().any(|narrowed| narrowed == path)
    }

    /// Checks what stands behind a condition, with what the condition shows.
    pub(super) fn under<T>(&mut self, shown: Vec<String>, check: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.narrowed.len();
        self.narrowed.extend(shown);
        let out = check(self);
        self.narrowed.truncate(before);
        out
    }
}
