//! Expression trees, built the same way by both parsers: exact spans, bounded depth, balanced chains.

use super::ast::{BinaryOp, Expr, ExprKind, Ident, Literal, Path, UnaryOp};
use super::context::Context;
use super::lexer::TokenKind;
use super::literal::{self, Integer};
use crate::diagnostic::Span;

/// An expression under construction.
#[derive(Debug)]
pub(crate) enum Node {
    /// A tree and its depth.
    One(Expr, u32),
    /// The terms of `a && b && …` or `a || b || …`, at least two: a balanced tree once the chain ends, so that
    /// ten thousand terms are fourteen deep.
    Chain(BinaryOp, Vec<(Expr, u32)>),
}

impl Node {
    fn finish(self) -> (Expr, u32) {
        match self {
            Self::One(expr, depth) => (expr, depth),
            Self::Chain(op, terms) => balanced(op, terms),
        }
    }

    /// The finished tree.
    pub(crate) fn expr(self) -> Expr {
        self.finish().0
    }
}

/// A balanced tree over terms whose order stays.
fn balanced(op: BinaryOp, mut terms: Vec<(Expr, u32)>) -> (Expr, u32) {
    // Joining neighbours until one is left keeps the order and needs no recursion.
    while terms.len() > 1 {
        let mut joined = Vec::with_capacity(terms.len().div_ceil(2));
        let mut rest = terms.into_iter();
        while let Some((left, left_depth)) = rest.next() {
            joined.push(match rest.next() {
                Some((right, right_depth)) => {
                    let span = left.span.to(right.span);
                    let kind = ExprKind::Binary(op, Box::new(left), Box::new(right));
                    (Expr { kind, span }, left_depth.max(right_depth).saturating_add(1))
                }
                None => (left, left_depth),
            });
        }
        terms = joined;
    }
    terms.pop().unwrap_or((Expr { kind: ExprKind::Error, span: Span::default() }, 1))
}

/// Builds nodes and says once where a tree is too deep.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trees<'a> {
    pub(crate) context: &'a Context<'a>,
}

impl Trees<'_> {
    /// A node over others that are `depth` deep.
    fn over(self, depth: u32, kind: ExprKind, span: Span) -> Node {
        let depth = depth.saturating_add(1);
        if depth > self.context.depth {
            self.context.too_deep(span);
            return self.error(span);
        }
        Node::One(Expr { kind, span }, depth)
    }

    /// What could not be read.
    pub(crate) fn error(self, span: Span) -> Node {
        Node::One(Expr { kind: ExprKind::Error, span }, 1)
    }

    /// A node without others in it.
    pub(crate) fn leaf(self, kind: ExprKind, span: Span) -> Node {
        Node::One(Expr { kind, span }, 1)
    }

    /// A number; 2^63 waits for the minus before it.
    pub(crate) fn number(self, kind: TokenKind, written: &str, span: Span) -> Node {
        let value = match (kind, literal::integer(written)) {
            (TokenKind::Int, Ok(Integer::OnlyNegative)) => {
                self.context.await_minus(span);
                Ok(Literal::Int(i64::MIN))
            }
            _ => literal::number(kind, written),
        };
        match value {
            Ok(value) => self.leaf(ExprKind::Literal(value), span),
            Err(bad) => {
                self.context.bad(span, bad);
                self.error(span)
            }
        }
    }

    /// A string or bytes.
    pub(crate) fn quoted(self, kind: TokenKind, written: &str, span: Span) -> Node {
        let value = match kind {
            TokenKind::Bytes => literal::bytes(written).map(Literal::Bytes),
            _ => literal::string(written).map(Literal::String),
        };
        match value {
            Ok(value) => self.leaf(ExprKind::Literal(value), span),
            Err(all) => {
                for bad in all {
                    self.context.bad(span, bad);
                }
                self.error(span)
            }
        }
    }

    /// A parenthesised expression: the same tree, with the parentheses in its span.
    pub(crate) fn group(self, inner: Node, span: Span) -> Node {
        let (expr, depth) = inner.finish();
        Node::One(Expr { kind: expr.kind, span }, depth)
    }

    /// `!e`, `-e`; a minus before a number is part of the number.
    pub(crate) fn unary(self, op: UnaryOp, sign: Span, operand: Node) -> Node {
        let (operand, depth) = operand.finish();
        let span = sign.to(operand.span);
        if op == UnaryOp::Neg {
            let folded = match operand.kind {
                ExprKind::Literal(Literal::Int(i64::MIN)) if self.context.take_minimum(operand.span) => {
                    Some(Literal::Int(i64::MIN))
                }
                ExprKind::Literal(Literal::Int(value)) if value >= 0 => value.checked_neg().map(Literal::Int),
                ExprKind::Literal(Literal::Double(value)) if value.is_sign_positive() => {
                    Some(Literal::Double(-value))
                }
                _ => None,
            };
            if let Some(folded) = folded {
                return self.leaf(ExprKind::Literal(folded), span);
            }
        }
        self.over(depth, ExprKind::Unary(op, Box::new(operand)), span)
    }

    /// `a op b`.
    pub(crate) fn binary(self, op: BinaryOp, left: Node, right: Node) -> Node {
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            let right = right.finish();
            return match left {
                Node::Chain(chained, mut terms) if chained == op => {
                    terms.push(right);
                    Node::Chain(op, terms)
                }
                other => Node::Chain(op, vec![other.finish(), right]),
            };
        }
        let (left, left_depth) = left.finish();
        let (right, right_depth) = right.finish();
        let span = left.span.to(right.span);
        self.over(left_depth.max(right_depth), ExprKind::Binary(op, Box::new(left), Box::new(right)), span)
    }

    /// `a ? b : c ? d : e`: the operations between the signs, an odd number of them.
    pub(crate) fn choice(self, mut operations: Vec<Node>) -> Node {
        let Some(last) = operations.pop() else { return self.error(Span::default()) };
        let mut chosen = last;
        while let (Some(then), Some(when)) = (operations.pop(), operations.pop()) {
            let (when, when_depth) = when.finish();
            let (then, then_depth) = then.finish();
            let (otherwise, otherwise_depth) = chosen.finish();
            let span = when.span.to(otherwise.span);
            let kind = ExprKind::Conditional(Box::new(when), Box::new(then), Box::new(otherwise));
            chosen = self.over(when_depth.max(then_depth).max(otherwise_depth), kind, span);
        }
        chosen
    }

    /// `base.field`
    pub(crate) fn select(self, base: Node, field: Ident) -> Node {
        let (base, depth) = base.finish();
        let span = base.span.to(field.span);
        self.over(depth, ExprKind::Select(Box::new(base), field), span)
    }

    /// `base.?field`
    pub(crate) fn optional_select(self, base: Node, field: Ident) -> Node {
        let (base, depth) = base.finish();
        let span = base.span.to(field.span);
        self.over(depth, ExprKind::OptionalSelect(Box::new(base), field), span)
    }

    /// `?e` inside of brackets.
    pub(crate) fn optional(self, mark: Span, inner: Node) -> Node {
        let (inner, depth) = inner.finish();
        let span = mark.to(inner.span);
        self.over(depth, ExprKind::Optional(Box::new(inner)), span)
    }

    /// `base[index]`, up to `end`.
    pub(crate) fn index(self, base: Node, index: Node, end: u32) -> Node {
        let (base, base_depth) = base.finish();
        let (index, index_depth) = index.finish();
        let span = Span::new(base.span.start, end);
        self.over(base_depth.max(index_depth), ExprKind::Index(Box::new(base), Box::new(index)), span)
    }

    /// `f(args)`, up to `end`.
    pub(crate) fn call(self, function: Ident, args: Vec<Node>, end: u32) -> Node {
        let (args, depth) = finished(args);
        let span = Span::new(function.span.start, end);
        self.over(depth, ExprKind::Call(function, args), span)
    }

    /// `base.f(args)`, up to `end`.
    pub(crate) fn method(self, base: Node, function: Ident, args: Vec<Node>, end: u32) -> Node {
        let (base, base_depth) = base.finish();
        let (args, depth) = finished(args);
        let span = Span::new(base.span.start, end);
        self.over(depth.max(base_depth), ExprKind::Method(Box::new(base), function, args), span)
    }

    /// `[a, b]`
    pub(crate) fn list(self, elements: Vec<Node>, span: Span) -> Node {
        let (elements, depth) = finished(elements);
        self.over(depth, ExprKind::List(elements), span)
    }

    /// `{k: v}`
    pub(crate) fn map(self, entries: Vec<(Node, Node)>, span: Span) -> Node {
        let (keys, values): (Vec<Node>, Vec<Node>) = entries.into_iter().unzip();
        let (keys, key_depth) = finished(keys);
        let (values, value_depth) = finished(values);
        let entries = keys.into_iter().zip(values).collect();
        self.over(key_depth.max(value_depth), ExprKind::Map(entries), span)
    }

    /// `a.b.c` as an expression.
    pub(crate) fn path(self, path: Path) -> Node {
        let mut parts = path.parts.into_iter();
        let Some(first) = parts.next() else { return self.error(path.span) };
        let name = self.leaf(ExprKind::Name(first.text), first.span);
        parts.fold(name, |base, field| self.select(base, field))
    }
}

fn finished(nodes: Vec<Node>) -> (Vec<Expr>, u32) {
    let mut deepest = 0;
    let exprs = nodes.into_iter().map(|node| {
        let (expr, depth) = node.finish();
        deepest = deepest.max(depth);
        expr
    });
    (exprs.collect(), deepest)
}
