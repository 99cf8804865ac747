//! `relation`, `sequence`, `waive` and `envelope`.

use super::Parser;
use crate::diagnostic::Span;
use crate::syntax::assemble::{self, WaiveClause};
use crate::syntax::ast::{
    Binding, BindingSource, EnvelopeItem, RelationCase, RelationItem, Sequence, SequenceStep, WaiveItem,
};
use crate::syntax::lexer::{Punct, TokenKind};
use crate::syntax::literal::{self, Integer};

impl Parser<'_> {
    pub(super) fn relation_item(&mut self) -> RelationItem {
        let name = self.name("the name of the relation");
        let args = self.arguments();
        let open = self.open_brace();
        let mut cases = Vec::new();
        loop {
            if self.is(Punct::RBrace) || self.at_end() {
                if cases.is_empty() {
                    self.expected("`case`");
                }
                if self.block_ends(open) {
                    break;
                }
            }
            let before = self.at;
            cases.push(self.case());
            if self.at == before {
                self.skip_until(|parser| parser.at > before && parser.at_word("case"));
            }
        }
        RelationItem { name, args, cases }
    }

    fn case(&mut self) -> RelationCase {
        let start = self.here().start;
        self.expect_word("case");
        let bindings = if self.eat_word("for").is_some() { self.bindings() } else { Vec::new() };
        let condition = self.eat_word("where").map(|_| self.expr());
        RelationCase { bindings, condition, span: self.since(start) }
    }

    pub(super) fn bindings(&mut self) -> Vec<Binding> {
        let mut out = vec![self.binding()];
        while self.eat(Punct::Comma).is_some() {
            out.push(self.binding());
        }
        out
    }

    /// `(a, b) in relation`
    pub(super) fn tuple(&mut self, open: Span) -> Binding {
        let mut names = Vec::new();
        self.separated(open, Punct::RParen, |parser| names.push(parser.name("the name of a binding")));
        self.expect_word("in");
        let path = self.path("a relation");
        let name = match names.first() {
            Some(name) => name.clone(),
            None => {
                self.expected("the name of a binding");
                self.no_name()
            }
        };
        let span = open.to(path.span);
        Binding { name, source: BindingSource::Relation(names, path), span }
    }

    /// `sequence by f within 1h { … }`, behind its word.
    pub(super) fn sequence(&mut self, start: Span) -> Sequence {
        let by = self.eat_word("by").map(|_| self.field("a field that every step has"));
        let within = self.eat_word("within").map(|_| self.constant("a duration"));
        let open = self.open_brace();
        let mut steps = Vec::new();
        loop {
            if self.is(Punct::RBrace) || self.at_end() {
                if steps.is_empty() {
                    self.expected("a step such as `first: ApiCall`");
                }
                if self.block_ends(open) {
                    break;
                }
            }
            let before = self.at;
            let name = self.name("the name of a step");
            if self.eat(Punct::Colon).is_none() {
                self.expected("`:` and an event");
            }
            let ty = self.path("an event");
            let condition = self.eat_word("where").map(|_| self.expr());
            self.eat(Punct::Comma);
            steps.push(SequenceStep { name, ty, condition });
            if self.at == before {
                self.skip_until(|parser| parser.at > before && parser.ahead(1).is(Punct::Colon));
            }
        }
        Sequence { by, within, steps, span: self.since(start.start) }
    }

    pub(super) fn waive_item(&mut self) -> WaiveItem {
        let policy = self.path("the policy");
        self.expect_word("for");
        let binding = self.name("a binding of the policy");
        let mut clauses = Vec::new();
        loop {
            let start = self.peek().span.start;
            let clause = match self.word() {
                "where" => {
                    self.bump();
                    WaiveClause::Where(self.expr())
                }
                "until" => {
                    self.bump();
                    WaiveClause::Until(self.expr())
                }
                "because" => {
                    self.bump();
                    WaiveClause::Because(self.string("the reason, in quotes"))
                }
                "by" => {
                    self.bump();
                    WaiveClause::By(self.string("who answers for it, in quotes"))
                }
                _ => break,
            };
            clauses.push((clause, self.since(start)));
        }
        assemble::waive(self.context, policy, binding, clauses)
    }

    pub(super) fn envelope_item(&mut self) -> EnvelopeItem {
        let verb = self.name("`revoke` or `block`");
        let ty = self.path("the type of the targets");
        let mut out = EnvelopeItem { verb, ty, share: None, count: None, per: None, never: None };
        if self.eat_word("at").is_some() {
            self.expect_word("most");
            self.limit(&mut out);
            while self.eat_word("or").is_some() {
                self.limit(&mut out);
            }
            if self.eat_word("per").is_some() {
                out.per = Some(self.duration());
            }
        }
        if self.eat_word("never").is_some() {
            self.expect_word("where");
            out.never = Some(self.expr());
        }
        out
    }

    /// `5%` or `20`
    fn limit(&mut self, out: &mut EnvelopeItem) {
        if self.ahead(1).is(Punct::Percent) {
            let start = self.peek().span.start;
            let (share, _) = self.share();
            out.share = Some((share, self.since(start)));
            return;
        }
        let token = self.peek();
        if token.kind != TokenKind::Int {
            return self.expected("a number such as `20`, or a share such as `5%`");
        }
        self.bump();
        match literal::integer(self.text_of(token)) {
            Ok(Integer::Fits(count)) => out.count = Some((count.unsigned_abs(), token.span)),
            Ok(Integer::OnlyNegative) => {
                self.context.bad(token.span, literal::too_great(self.text_of(token)));
            }
            Err(bad) => self.context.bad(token.span, bad),
        }
    }
}
