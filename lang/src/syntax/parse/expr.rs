//! Expressions and constants.

use std::sync::LazyLock;

use pest::Parser as _;
use pest::iterators::Pair;
use pest::pratt_parser::{Assoc, Op, PrattParser};

use super::grammar::Grammar;
use super::{Builder, Rule, token_kind};
use crate::diagnostic::Span;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Ident, Literal, TextLit, UnaryOp};
use crate::syntax::lexer::TokenKind;
use crate::syntax::tree::Node;
use crate::syntax::{limits, recover, text};

/// CEL's precedences, loosest first.
static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::or))
        .op(left(Rule::and))
        .op(left(Rule::eq)
            | left(Rule::ne)
            | left(Rule::lt)
            | left(Rule::le)
            | left(Rule::gt)
            | left(Rule::ge)
            | left(Rule::is_in))
        .op(left(Rule::add) | left(Rule::sub))
        .op(left(Rule::mul) | left(Rule::div) | left(Rule::rem))
        .op(Op::prefix(Rule::not) | Op::prefix(Rule::neg))
        .op(Op::postfix(Rule::member) | Op::postfix(Rule::index))
});

/// The operator of a rule.
pub(super) const fn operator(rule: Rule) -> Option<BinaryOp> {
    Some(match rule {
        Rule::or => BinaryOp::Or,
        Rule::and => BinaryOp::And,
        Rule::eq => BinaryOp::Eq,
        Rule::ne => BinaryOp::Ne,
        Rule::lt => BinaryOp::Lt,
        Rule::le => BinaryOp::Le,
        Rule::gt => BinaryOp::Gt,
        Rule::ge => BinaryOp::Ge,
        Rule::is_in => BinaryOp::In,
        Rule::add => BinaryOp::Add,
        Rule::sub => BinaryOp::Sub,
        Rule::mul => BinaryOp::Mul,
        Rule::div => BinaryOp::Div,
        Rule::rem => BinaryOp::Rem,
        _ => return None,
    })
}

impl Builder<'_> {
    /// An `expr` or `arm_expr`.
    pub(super) fn expr(self, pair: Pair<'_, Rule>) -> Expr {
        self.node(pair).expr()
    }

    fn node(self, pair: Pair<'_, Rule>) -> Node {
        self.trees.choice(pair.into_inner().map(|operation| self.operation(operation)).collect())
    }

    fn operation(self, pair: Pair<'_, Rule>) -> Node {
        let place = self.span(&pair);
        PRECEDENCE
            .map_primary(|primary| self.primary(primary))
            .map_prefix(|sign, operand| {
                let op = if sign.as_rule() == Rule::not { UnaryOp::Not } else { UnaryOp::Neg };
                self.trees.unary(op, self.span(&sign), operand)
            })
            .map_postfix(|base, postfix| self.postfix(base, postfix))
            .map_infix(|left, sign, right| match operator(sign.as_rule()) {
                Some(op) => self.trees.binary(op, left, right),
                None => self.trees.error(place),
            })
            .parse(pair.into_inner())
    }

    fn postfix(self, base: Node, pair: Pair<'_, Rule>) -> Node {
        let span = self.span(&pair);
        if pair.as_rule() == Rule::index {
            let index = self.nodes(pair).pop();
            return self.trees.index(base, index.unwrap_or_else(|| self.trees.error(span)), span.end);
        }
        let mut inner = pair.into_inner();
        let (Some(first), second) = (inner.next(), inner.next()) else { return self.trees.error(span) };
        match (first.as_rule(), second) {
            (Rule::maybe, Some(field)) => self.trees.optional_select(base, self.field(&field)),
            (_, None) => self.trees.select(base, self.field(&first)),
            (_, Some(args)) => {
                let end = self.span(&args).end;
                self.trees.method(base, self.ident(&first), self.nodes(args), end)
            }
        }
    }

    /// A field's name, without its back-quotes.
    fn field(self, pair: &Pair<'_, Rule>) -> Ident {
        Ident { text: pair.as_str().trim_matches('`').to_owned(), span: self.span(pair) }
    }

    /// The expressions of a pair, each with the `?` before it.
    fn nodes(self, pair: Pair<'_, Rule>) -> Vec<Node> {
        let mut mark = None;
        let mut nodes = Vec::new();
        for part in pair.into_inner() {
            if part.as_rule() == Rule::maybe {
                mark = Some(self.span(&part));
                continue;
            }
            let node = self.node(part);
            nodes.push(match mark.take() {
                Some(mark) => self.trees.optional(mark, node),
                None => node,
            });
        }
        nodes
    }

    fn primary(self, pair: Pair<'_, Rule>) -> Node {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        match rule {
            Rule::group => self.group(pair),
            Rule::list => self.trees.list(self.nodes(pair), span),
            Rule::map => {
                let entries = pair.into_inner().map(|entry| {
                    let mut sides = self.nodes(entry).into_iter();
                    let error = || self.trees.error(span);
                    (sides.next().unwrap_or_else(error), sides.next().unwrap_or_else(error))
                });
                self.trees.map(entries.collect(), span)
            }
            Rule::reference => {
                let mut inner = pair.into_inner();
                match (inner.next(), inner.next()) {
                    (Some(name), Some(args)) => {
                        let end = self.span(&args).end;
                        self.trees.call(self.ident(&name), self.nodes(args), end)
                    }
                    (Some(name), None) => {
                        self.trees.leaf(ExprKind::Name(name.as_str().to_owned()), self.span(&name))
                    }
                    (None, _) => self.trees.error(span),
                }
            }
            _ => self.scalar(&pair),
        }
    }

    /// `(expr)`
    pub(super) fn group(self, pair: Pair<'_, Rule>) -> Node {
        let span = self.span(&pair);
        match pair.into_inner().next() {
            Some(inner) => self.trees.group(self.node(inner), span),
            None => self.trees.error(span),
        }
    }

    fn scalar(self, pair: &Pair<'_, Rule>) -> Node {
        let span = self.span(pair);
        let kind = match pair.as_rule() {
            Rule::null => ExprKind::Literal(Literal::Null),
            Rule::bool => ExprKind::Literal(Literal::Bool(pair.as_str() == "true")),
            rule => {
                return match token_kind(rule) {
                    Some(kind @ (TokenKind::Str | TokenKind::Bytes)) => {
                        self.trees.quoted(kind, pair.as_str(), span)
                    }
                    Some(kind) => self.trees.number(kind, pair.as_str(), span),
                    None => self.trees.error(span),
                };
            }
        };
        self.trees.leaf(kind, span)
    }

    /// A `constant` or `cell_value`.
    pub(super) fn constant(self, pair: Pair<'_, Rule>) -> Expr {
        self.constant_node(pair).expr()
    }

    fn constant_node(self, pair: Pair<'_, Rule>) -> Node {
        let place = self.span(&pair);
        let mut sign = None;
        for part in pair.into_inner() {
            let span = self.span(&part);
            let value = match part.as_rule() {
                Rule::neg => {
                    sign = Some(span);
                    continue;
                }
                Rule::path => match self.path(part) {
                    Some(path) => self.trees.path(path),
                    None => self.trees.error(span),
                },
                Rule::constant_list => {
                    let elements = part.into_inner().map(|element| self.constant_node(element));
                    self.trees.list(elements.collect(), span)
                }
                Rule::constant_map => {
                    let entries = part.into_inner().map(|entry| {
                        let mut sides = entry.into_inner().map(|side| self.constant_node(side));
                        let error = || self.trees.error(span);
                        (sides.next().unwrap_or_else(error), sides.next().unwrap_or_else(error))
                    });
                    self.trees.map(entries.collect(), span)
                }
                _ => self.scalar(&part),
            };
            return match sign {
                Some(sign) => self.trees.unary(UnaryOp::Neg, sign, value),
                None => value,
            };
        }
        self.trees.error(place)
    }

    /// A text with its interpolations.
    pub(super) fn text(self, pair: &Pair<'_, Rule>) -> TextLit {
        text::text(self.context, self.trimmed(pair), |span| self.lone_expr(span))
    }

    /// The expression that is all of the text at `span`.
    pub(super) fn lone_expr(self, span: Span) -> Expr {
        let written = span.text(self.context.text);
        let tokens = crate::syntax::lexer::lex(written);
        if let Some(diagnostic) = limits::check_tokens(written, &tokens) {
            self.context.report(diagnostic.shifted(span.start));
            return Expr { kind: ExprKind::Error, span };
        }
        let found = Grammar::parse(Rule::lone_expr, written).ok().and_then(|mut pairs| pairs.next());
        match found.and_then(|lone| lone.into_inner().next()) {
            Some(expr) => Self { base: span.start, ..self }.expr(expr),
            None => recover::lone_expr(self.context, span),
        }
    }
}
