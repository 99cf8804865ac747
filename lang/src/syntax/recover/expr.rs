//! Expressions and constants.

use super::Parser;
use super::hints::{self, near_miss};
use crate::diagnostic::Span;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Ident, Literal, TextLit, UnaryOp};
use crate::syntax::lexer::{Punct, TokenKind};
use crate::syntax::tree::Node;
use crate::syntax::words::{ARM_WORDS, CONSTANTS, RESERVED};
use crate::syntax::{assemble, text};

/// Whether an expression stands where a decision table's own words end it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Anywhere, and in brackets.
    Free,
    /// In an arm, outside brackets.
    Arm,
}

const fn precedence(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And => 2,
        BinaryOp::Eq
        | BinaryOp::Ne
        | BinaryOp::Lt
        | BinaryOp::Le
        | BinaryOp::Gt
        | BinaryOp::Ge
        | BinaryOp::In => 3,
        BinaryOp::Add | BinaryOp::Sub => 4,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => 5,
    }
}

impl Parser<'_> {
    /// An expression.
    pub(super) fn expr(&mut self) -> Expr {
        self.node(Place::Free).expr()
    }

    /// An expression of an arm.
    pub(super) fn arm_expr(&mut self) -> Expr {
        self.node(Place::Arm).expr()
    }

    fn node(&mut self, place: Place) -> Node {
        let mut operations = vec![self.operation(place, 0)];
        while self.eat(Punct::Question).is_some() {
            operations.push(self.operation(place, 0));
            let otherwise = if self.expect(Punct::Colon) {
                self.operation(place, 0)
            } else {
                self.trees.error(self.here())
            };
            operations.push(otherwise);
        }
        self.trees.choice(operations)
    }

    /// Operands joined by operators that bind tighter than `loosest`.
    fn operation(&mut self, place: Place, loosest: u8) -> Node {
        let mut left = self.operand(place);
        loop {
            let ours = self.operator();
            let Some(op) = ours.or_else(|| self.foreign_operator()) else { break };
            if precedence(op) <= loosest {
                break;
            }
            if ours.is_some() {
                self.bump();
            } else {
                self.take_foreign_operator();
            }
            let right = self.operation(place, precedence(op));
            left = self.trees.binary(op, left, right);
        }
        left
    }

    fn operator(&self) -> Option<BinaryOp> {
        Some(match self.peek().kind {
            TokenKind::Punct(punct) => match punct {
                // `<>` is no `<`.
                Punct::Lt if self.ahead(1).is(Punct::Gt) => return None,
                Punct::OrOr => BinaryOp::Or,
                Punct::AndAnd => BinaryOp::And,
                Punct::EqEq => BinaryOp::Eq,
                Punct::NotEq => BinaryOp::Ne,
                Punct::Lt => BinaryOp::Lt,
                Punct::Le => BinaryOp::Le,
                Punct::Gt => BinaryOp::Gt,
                Punct::Ge => BinaryOp::Ge,
                Punct::Plus => BinaryOp::Add,
                Punct::Minus => BinaryOp::Sub,
                Punct::Star => BinaryOp::Mul,
                Punct::Slash => BinaryOp::Div,
                Punct::Percent => BinaryOp::Rem,
                _ => return None,
            },
            TokenKind::Word if self.at_word("in") => BinaryOp::In,
            _ => return None,
        })
    }

    fn operand(&mut self, place: Place) -> Node {
        let mut signs: Vec<(UnaryOp, Span)> = Vec::new();
        loop {
            if let Some(span) = self.eat(Punct::Bang) {
                signs.push((UnaryOp::Not, span));
            } else if let Some(span) = self.eat(Punct::Minus) {
                signs.push((UnaryOp::Neg, span));
            } else if let Some(span) = self.take_not() {
                signs.push((UnaryOp::Not, span));
            } else {
                break;
            }
        }
        let primary = self.primary(place);
        let operand = self.postfixes(primary);
        signs.into_iter().rev().fold(operand, |operand, (op, span)| self.trees.unary(op, span, operand))
    }

    fn postfixes(&mut self, mut base: Node) -> Node {
        loop {
            self.take_optional_select();
            if self.eat(Punct::Dot).is_some() {
                let maybe = self.eat(Punct::Question).is_some();
                let quoted = self.peek().kind == TokenKind::Quoted;
                let field = if quoted {
                    let token = self.bump();
                    let text = self.text_of(token).trim_matches('`').to_owned();
                    Ident { text, span: token.span }
                } else if self.at_start() && self.peek().first_on_line {
                    // The next clause is no field, although the grammar would take its word for one.
                    self.expected("a field name");
                    self.no_name()
                } else {
                    self.field("a field name")
                };
                if maybe || quoted {
                    base = if maybe {
                        self.trees.optional_select(base, field)
                    } else {
                        self.trees.select(base, field)
                    };
                    continue;
                }
                base = match self.eat(Punct::LParen) {
                    Some(open) => {
                        let (args, end) = self.args(open);
                        self.trees.method(base, field, args, end)
                    }
                    None => self.trees.select(base, field),
                };
            } else if let Some(open) = self.eat(Punct::LBracket) {
                let index = self.inside(open, Self::element);
                let end = self.close(open, Punct::RBracket);
                base = self.trees.index(base, index, end);
            } else {
                return base;
            }
        }
    }

    /// One expression between brackets.
    fn inside(&mut self, open: Span, read: impl FnOnce(&mut Self) -> Node) -> Node {
        if !self.descend(open) {
            return self.trees.error(self.here());
        }
        let node = read(self);
        self.ascend();
        node
    }

    /// An expression in brackets, with the `?` before it.
    fn element(&mut self) -> Node {
        match self.eat(Punct::Question) {
            Some(mark) => {
                let node = self.node(Place::Free);
                self.trees.optional(mark, node)
            }
            None => self.node(Place::Free),
        }
    }

    /// The closing bracket behind one expression.
    fn close(&mut self, open: Span, close: Punct) -> u32 {
        if let Some(end) = self.eat(close) {
            return end.end;
        }
        if self.at_stop() {
            self.unclosed(open, close);
            return self.end_before();
        }
        self.operator_hint();
        let mut diagnostic = self.unexpected(&format!("`{}`", close.text())).also(open, "opened here");
        diagnostic.help = self.help_for_token();
        self.reject(diagnostic);
        while !self.at_stop() {
            self.skip();
        }
        self.eat(close).map_or_else(|| self.end_before(), |end| end.end)
    }

    fn args(&mut self, open: Span) -> (Vec<Node>, u32) {
        let mut args = Vec::new();
        let end = self.separated(open, Punct::RParen, |parser| args.push(parser.node(Place::Free)));
        (args, end)
    }

    fn primary(&mut self, place: Place) -> Node {
        let token = self.peek();
        match token.kind {
            TokenKind::Punct(Punct::LParen) => self.group(),
            TokenKind::Punct(Punct::LBracket) => {
                self.bump();
                let mut elements = Vec::new();
                let end = self.separated(token.span, Punct::RBracket, |parser| {
                    elements.push(parser.element());
                });
                self.trees.list(elements, Span::new(token.span.start, end))
            }
            TokenKind::Punct(Punct::LBrace) => self.map(),
            TokenKind::Word if !CONSTANTS.contains(&self.word()) => self.reference(place),
            _ => match self.scalar() {
                Some(node) => node,
                None => {
                    self.expected("an expression");
                    let end = self.end_before();
                    self.trees.error(Span::new(end, end))
                }
            },
        }
    }

    /// `(expr)`
    pub(super) fn group(&mut self) -> Node {
        let open = self.bump().span;
        let inner = self.inside(open, |parser| {
            if parser.is(Punct::Question) {
                let mut diagnostic = parser.unexpected("an expression");
                diagnostic.help =
                    Some("`?` before an element stands in lists, in maps and in `[…]`".to_owned());
                parser.reject(diagnostic);
                parser.bump();
            }
            parser.node(Place::Free)
        });
        let end = self.close(open, Punct::RParen);
        self.trees.group(inner, Span::new(open.start, end))
    }

    fn map(&mut self) -> Node {
        let open = self.bump().span;
        let mut entries = Vec::new();
        let end = self.separated(open, Punct::RBrace, |parser| {
            let key = parser.element();
            let value = if parser.expect(Punct::Colon) {
                parser.node(Place::Free)
            } else {
                parser.trees.error(parser.here())
            };
            entries.push((key, value));
        });
        self.trees.map(entries, Span::new(open.start, end))
    }

    fn reference(&mut self, place: Place) -> Node {
        let word = self.word();
        let next = self.ahead(1);
        let ends_arm = ARM_WORDS.contains(&word) && !(word == "unknown" && next.is(Punct::LParen));
        let clause = self.at_start();
        // What is read through is a variable, and badly named.
        let read_through = next.is(Punct::Dot) || next.is(Punct::LBracket);
        if clause || place == Place::Arm && ends_arm && !read_through || RESERVED.contains(&word) {
            self.expected("an expression");
            let end = self.end_before();
            if RESERVED.contains(&word) && !clause {
                self.bump();
            }
            return self.trees.error(Span::new(end, end));
        }
        let name = self.ident();
        if ends_arm && place == Place::Arm {
            self.reject(assemble::arm_word(&name.text, name.span));
        }
        match self.eat(Punct::LParen) {
            Some(open) => {
                let (args, end) = self.args(open);
                self.trees.call(name, args, end)
            }
            None => self.trees.leaf(ExprKind::Name(name.text), name.span),
        }
    }

    /// A literal that is one token.
    fn scalar(&mut self) -> Option<Node> {
        let token = self.peek();
        let written = self.text_of(token);
        let node = match token.kind {
            TokenKind::Int
            | TokenKind::Uint
            | TokenKind::Double
            | TokenKind::Duration
            | TokenKind::Timestamp => self.trees.number(token.kind, written, token.span),
            TokenKind::Str | TokenKind::Bytes => self.trees.quoted(token.kind, written, token.span),
            TokenKind::OpenString | TokenKind::CurlyString => {
                let value = Literal::String(hints::open_text(written).to_owned());
                self.trees.leaf(ExprKind::Literal(value), token.span)
            }
            TokenKind::BadNumber => self.trees.error(token.span),
            TokenKind::Word => {
                let value = match written {
                    "true" => Literal::Bool(true),
                    "false" => Literal::Bool(false),
                    "null" => Literal::Null,
                    _ => return None,
                };
                self.trees.leaf(ExprKind::Literal(value), token.span)
            }
            _ => return None,
        };
        self.bump();
        Some(node)
    }

    /// A constant: a literal, a path, a list or a map of them.
    pub(super) fn constant(&mut self, what: &str) -> Expr {
        self.constant_node(what, true).expr()
    }

    /// A value of a table's cell: a constant without lists and maps.
    pub(super) fn cell_value(&mut self, what: &str) -> Expr {
        self.constant_node(what, false).expr()
    }

    fn constant_node(&mut self, what: &str, nested: bool) -> Node {
        if let Some(sign) = self.eat(Punct::Minus) {
            let is_number = matches!(
                self.peek().kind,
                TokenKind::Int
                    | TokenKind::Uint
                    | TokenKind::Double
                    | TokenKind::Duration
                    | TokenKind::Timestamp
                    | TokenKind::BadNumber
            );
            if !is_number {
                self.expected("a number");
                return self.trees.error(sign);
            }
            let value = self.constant_node(what, false);
            return self.trees.unary(UnaryOp::Neg, sign, value);
        }
        let token = self.peek();
        match token.kind {
            TokenKind::Double if self.text_of(token).starts_with('.') => {
                let fix = format!("0{}", self.text_of(token));
                let why = "a constant starts with a digit, so that `1..5` is a range";
                self.reject(near_miss(token.span, "a number here starts with a digit", &fix, why));
            }
            TokenKind::Punct(Punct::LBracket) if nested => {
                self.bump();
                let mut elements = Vec::new();
                let end = self.separated(token.span, Punct::RBracket, |parser| {
                    elements.push(parser.constant_node("a constant", true));
                });
                return self.trees.list(elements, Span::new(token.span.start, end));
            }
            TokenKind::Punct(Punct::LBrace) if nested => {
                self.bump();
                let mut entries = Vec::new();
                let end = self.separated(token.span, Punct::RBrace, |parser| {
                    let key = parser.constant_node("a constant", true);
                    parser.expect(Punct::Colon);
                    entries.push((key, parser.constant_node("a constant", true)));
                });
                return self.trees.map(entries, Span::new(token.span.start, end));
            }
            TokenKind::Word if self.at_name() => {
                let path = self.path(what);
                return self.trees.path(path);
            }
            _ => {}
        }
        if let Some(node) = self.scalar() {
            return node;
        }
        self.expected(what);
        let end = self.end_before();
        self.trees.error(Span::new(end, end))
    }

    /// A text with interpolations.
    pub(super) fn text(&mut self) -> Option<TextLit> {
        if self.peek().kind != TokenKind::Str {
            if self.at_string() {
                self.bump();
            } else {
                self.expected("a text");
            }
            return None;
        }
        let span = self.bump().span;
        let context = self.context;
        Some(text::text(context, span, |inner| super::lone_expr(context, inner)))
    }
}
