//! `entity`, `event`, `request` and `signal`.

use super::{Mark, Parser};
use crate::diagnostic::Span;
use crate::syntax::assemble::{self, FactClause, SignalClause};
use crate::syntax::ast::{CoverageItem, CoveredBy, FactItem, FactKeyword, FieldItem, Ident, SignalItem};
use crate::syntax::lexer::{Punct, Token, TokenKind};
use crate::syntax::literal;

/// How the telemetry behind a signal is known to be alive.
const BASES: [&str; 4] = ["declared", "heartbeat", "proven", "run"];

impl Parser<'_> {
    pub(super) fn fact_item(&mut self, head: Token) -> FactItem {
        let (keyword, what) = match self.word_of(head) {
            "entity" => (FactKeyword::Entity, "the name of the entity"),
            "event" => (FactKeyword::Event, "the name of the event"),
            _ => (FactKeyword::Request, "the name of the request"),
        };
        let name = self.name(what);
        let open = self.open_brace();
        let mut fields = Vec::new();
        while !self.block_ends(open) {
            let before = self.mark();
            fields.push(self.field_item());
            self.entry_ends(before);
        }
        let mut clauses = Vec::new();
        while !self.at_end() {
            let start = self.peek().span.start;
            let Some(clause) = self.fact_clause() else { break };
            let span = self.since(start);
            clauses.push((with_span(clause, span), span));
        }
        assemble::fact(self.context, keyword, name, fields, clauses)
    }

    fn field_item(&mut self) -> FieldItem {
        let docs = self.context.docs_above(self.peek().span.start);
        let key = self.at_word("key") && !self.ahead(1).is(Punct::Colon);
        if key {
            self.bump();
        }
        let name = self.field("a field or `}`");
        let ty = self.type_behind_colon();
        let mut default = None;
        if self.eat(Punct::Eq).is_some() {
            default = Some(self.constant("a constant"));
            if self.is(Punct::LParen) {
                let help = "a default is a constant: a literal, a member, a list of them";
                let diagnostic = self.unexpected("the next field").help(help);
                self.reject(diagnostic);
            }
        }
        let mut inverse = None;
        if self.at_word("inverse") && !self.ahead(1).is(Punct::Colon) {
            self.bump();
            inverse = Some(self.field("the name of the inverse list"));
        }
        FieldItem { key, name, ty, default, inverse, docs }
    }

    fn fact_clause(&mut self) -> Option<FactClause> {
        Some(match self.word() {
            "fresh" => {
                self.bump();
                self.expect_word("for");
                let (micros, place) = self.duration();
                FactClause::Fresh(micros, place)
            }
            "lives" => {
                self.bump();
                let from = self.field_path("the field that says when it begins");
                if !self.expect(Punct::DotDot) {
                    return Some(FactClause::Lives(from, None));
                }
                let until = (self.at_field() && !self.at_fact_clause()).then(|| self.field_path("a field"));
                FactClause::Lives(from, until)
            }
            "covered" => {
                self.bump();
                self.expect_word("by");
                let mut alternatives = vec![self.covered_all()];
                while self.eat_word("or").is_some() {
                    alternatives.push(self.covered_all());
                }
                FactClause::Coverage(CoverageItem::By(alternatives, Span::default()))
            }
            "closed" => {
                self.bump();
                FactClause::Coverage(CoverageItem::Closed(Span::default()))
            }
            _ => {
                self.expected("`covered by`, `closed`, `fresh for`, `lives` or the end of the item");
                self.skip_until(|parser| parser.at_fact_clause());
                if self.at_end() || self.is(Punct::RBrace) {
                    return None;
                }
                return self.fact_clause();
            }
        })
    }

    /// Whether a clause behind the braces starts here.
    fn at_fact_clause(&self) -> bool {
        self.at_words("fresh", "for")
            || self.at_words("covered", "by")
            || self.at_word("closed")
            || self.at_word("lives") && self.path_then_range()
    }

    /// Whether `a.b ..` follows the word here.
    fn path_then_range(&self) -> bool {
        let mut ahead: usize = 1;
        while self.ahead(ahead).kind == TokenKind::Word && self.ahead(ahead.saturating_add(1)).is(Punct::Dot)
        {
            ahead = ahead.saturating_add(2);
        }
        self.ahead(ahead).kind == TokenKind::Word && self.ahead(ahead.saturating_add(1)).is(Punct::DotDot)
    }

    fn covered_all(&mut self) -> Vec<CoveredBy> {
        let mut all = vec![self.covered_by()];
        while self.eat_word("and").is_some() {
            all.push(self.covered_by());
        }
        all
    }

    fn covered_by(&mut self) -> CoveredBy {
        let signal = self.name("the name of a signal");
        let mut scope = Vec::new();
        if self.eat_word("on").is_some() {
            if let Some(open) = self.eat(Punct::LParen) {
                if self.is(Punct::RParen) {
                    self.expected("a field");
                }
                self.separated(open, Punct::RParen, |parser| scope.push(parser.field_path("a field")));
            } else {
                scope.push(self.field_path("a field or `(`"));
            }
        }
        CoveredBy { signal, scope }
    }

    pub(super) fn signal_item(&mut self) -> SignalItem {
        let name = self.name("the name of the signal");
        let open = self.open_brace();
        let mut clauses = Vec::new();
        while !self.block_ends(open) {
            let before = self.mark();
            let start = self.peek().span.start;
            let clause = match self.word() {
                "lag" => {
                    self.bump();
                    let (micros, place) = self.duration();
                    Some(SignalClause::Lag(micros, place))
                }
                "gap" => {
                    self.bump();
                    let (micros, place) = self.duration();
                    Some(SignalClause::Gap(micros, place))
                }
                "loss" => {
                    self.bump();
                    let (share, place) = self.share();
                    Some(SignalClause::Loss(share, place))
                }
                "basis" => {
                    self.bump();
                    self.one_word(&BASES).map(SignalClause::Basis)
                }
                _ => {
                    self.expected("`lag`, `gap`, `loss`, `basis` or `}`");
                    None
                }
            };
            clauses.extend(clause.map(|clause| (clause, self.since(start))));
            self.signal_clause_ends(before);
        }
        assemble::signal(self.context, name, clauses)
    }

    fn signal_clause_ends(&mut self, before: Mark) {
        if self.failed_since(before) {
            self.skip_until(|parser| {
                parser.at > before.at && matches!(parser.word(), "lag" | "gap" | "loss" | "basis")
            });
        }
        self.eat(Punct::Comma);
    }

    /// A duration literal, in microseconds.
    pub(super) fn duration(&mut self) -> (i64, Span) {
        let token = self.peek();
        if token.kind != TokenKind::Duration {
            self.expected("a duration such as `24h`");
            if matches!(token.kind, TokenKind::Int | TokenKind::BadNumber | TokenKind::Double) {
                self.bump();
            }
            return (0, self.since(self.end_before()));
        }
        self.bump();
        let micros = literal::duration(self.text_of(token)).unwrap_or_else(|bad| {
            self.context.bad(token.span, bad);
            0
        });
        (micros, token.span)
    }

    /// `0.1%`, in parts per million.
    pub(super) fn share(&mut self) -> (u32, Span) {
        let token = self.peek();
        let written = self.text_of(token);
        let plain = written.starts_with(|c: char| c.is_ascii_digit())
            && written.chars().all(|c| c.is_ascii_digit() || c == '.');
        if !matches!(token.kind, TokenKind::Int | TokenKind::Double) || !plain {
            self.expected("a share such as `0.1%`");
            if matches!(token.kind, TokenKind::Int | TokenKind::BadNumber | TokenKind::Double) {
                self.bump();
                self.eat(Punct::Percent);
            }
            return (0, self.since(self.end_before()));
        }
        self.bump();
        let share = literal::share(written).unwrap_or_else(|bad| {
            self.context.bad(token.span, bad);
            0
        });
        if self.eat(Punct::Percent).is_none() {
            let end = Span::new(token.span.end, token.span.end);
            let diagnostic =
                self.unexpected("`%`").help("a share is written in per cent").fix("add `%`", end, "%");
            self.reject(diagnostic);
        }
        (share, token.span)
    }

    /// One of a few words.
    pub(super) fn one_word(&mut self, words: &[&str]) -> Option<Ident> {
        if words.contains(&self.word()) {
            return Some(self.ident());
        }
        let all: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        let what = match all.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => all.concat(),
        };
        self.expected(&what);
        None
    }
}

/// A coverage clause is known by its place.
fn with_span(clause: FactClause, span: Span) -> FactClause {
    match clause {
        FactClause::Coverage(CoverageItem::Closed(_)) => FactClause::Coverage(CoverageItem::Closed(span)),
        FactClause::Coverage(CoverageItem::By(all, _)) => FactClause::Coverage(CoverageItem::By(all, span)),
        other => other,
    }
}
