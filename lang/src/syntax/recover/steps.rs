//! `test`: steps and expectations.

use super::Parser;
use super::arms::STAGES;
use crate::diagnostic::Span;
use crate::syntax::assemble::{self, ExpectClause};
use crate::syntax::ast::{Check, Expect, ExpectKind, Expr, ExprKind, Ident, Said, Step, StepKind, TestItem};
use crate::syntax::lexer::Punct;

/// Words that end the kind of an expectation.
const ENDS: [&str; 10] =
    ["on", "by", "because", "could_be", "valid_until", "now", "given", "without", "set", "expect"];

/// Words that an outcome can be.
const OUTCOMES: [&str; 5] = ["rank", "alert", "revoke", "block", "none"];

/// What the checker can say.
const SAID: [&str; 2] = ["error", "warning"];

impl Parser<'_> {
    pub(super) fn test_item(&mut self) -> TestItem {
        let name = self.string("what the test shows, in quotes");
        let open = self.open_brace();
        let mut steps = Vec::new();
        while !self.block_ends(open) {
            let before = self.mark();
            let start = self.peek().span;
            if let Some(kind) = self.step() {
                let end = self.end_before().max(start.start);
                steps.push(Step { kind, span: Span::new(start.start, end) });
            }
            if self.failed_since(before) || self.at == before.at {
                self.skip_past(before, start, Self::at_step);
            }
        }
        TestItem { name, steps }
    }

    fn at_step(&self) -> bool {
        matches!(self.word(), "now" | "given" | "without" | "set" | "expect") && self.peek().first_on_line
    }

    fn step(&mut self) -> Option<StepKind> {
        let word = self.word();
        if !matches!(word, "now" | "given" | "without" | "set" | "expect") {
            self.operator_hint();
            self.expected("`now`, `given`, `without`, `set`, `expect` or `}`");
            return None;
        }
        self.bump();
        self.take_colon(word);
        Some(match word {
            "now" => StepKind::Now(self.expr()),
            "given" => StepKind::Given(self.fact()),
            "without" => {
                let ty = self.path("a type");
                StepKind::Without(ty, self.at_string().then(|| self.string("a key")))
            }
            "set" => {
                let param = self.path("a parameter");
                self.assign();
                StepKind::Set(param, self.constant("a constant"))
            }
            _ if self.at_any_word(&SAID) || self.at_words("nothing", "in") => StepKind::Check(self.check()),
            _ => StepKind::Expect(self.expect_step()),
        })
    }

    /// `Type { field: expr }`
    fn fact(&mut self) -> Expr {
        let start = self.peek().span.start;
        let ty = self.path("a type");
        let mut fields = Vec::new();
        if let Some(open) = self.eat(Punct::LBrace) {
            self.separated(open, Punct::RBrace, |parser| fields.push(parser.named("a field")));
        } else {
            self.expected("`{`");
        }
        let span = Span::new(start.min(self.end_before()), self.end_before());
        Expr { kind: ExprKind::Struct(ty, fields), span }
    }

    /// `error E0203 because contains "…", warning in """…"""`, or `nothing in """…"""`
    fn check(&mut self) -> Check {
        let mut said = Vec::new();
        if self.eat_word("nothing").is_none() {
            said.push(self.said());
            while self.eat(Punct::Comma).is_some() {
                if !self.at_any_word(&SAID) {
                    self.expected("`error` or `warning`");
                    break;
                }
                said.push(self.said());
            }
        }
        self.expect_word("in");
        Check { said, text: self.string("a text of policies, in quotes") }
    }

    fn said(&mut self) -> Said {
        let severity = self.ident();
        let code = (self.at_name() && !self.at_word("because")).then(|| self.ident());
        let mut because = Vec::new();
        while self.eat_word("because").is_some() {
            self.expect_word("contains");
            because.push(self.string("a text"));
        }
        Said { severity, code, because }
    }

    fn expect_step(&mut self) -> Expect {
        let kind = self.expectation();
        let mut clauses = Vec::new();
        loop {
            let start = self.peek().span.start;
            let clause = match self.word() {
                "on" => {
                    self.bump();
                    ExpectClause::On(self.keys())
                }
                "by" => {
                    self.bump();
                    ExpectClause::By(self.path("the name of a policy"))
                }
                "because" => {
                    self.bump();
                    self.expect_word("contains");
                    ExpectClause::Because(self.string("a text"))
                }
                "could_be" => {
                    self.bump();
                    let mut words: Vec<Ident> = self.one_word(&OUTCOMES).into_iter().collect();
                    while self.eat(Punct::Comma).is_some() {
                        words.extend(self.one_word(&OUTCOMES));
                    }
                    ExpectClause::CouldBe(words)
                }
                "valid_until" => {
                    self.bump();
                    ExpectClause::ValidUntil(self.expr())
                }
                _ => break,
            };
            clauses.push((clause, self.since(start)));
        }
        assemble::expect(self.context, kind, clauses)
    }

    /// `"K"` or `("K1", "K2")`
    fn keys(&mut self) -> Vec<crate::syntax::ast::StringLit> {
        let Some(open) = self.eat(Punct::LParen) else {
            return vec![self.string("a key, or keys in parentheses")];
        };
        let mut keys = Vec::new();
        if self.is(Punct::RParen) {
            self.expected("a key");
        }
        self.separated(open, Punct::RParen, |parser| keys.push(parser.string("a key")));
        keys
    }

    fn expectation(&mut self) -> ExpectKind {
        let word = self.word();
        if !matches!(word, "alert" | "rank" | "revoke" | "block" | "nothing" | "undetermined") {
            self.expected(
                "`alert`, `rank`, `revoke`, `block`, `nothing`, `undetermined`, `error` or `warning`",
            );
            return ExpectKind::Nothing;
        }
        self.bump();
        match word {
            "alert" => ExpectKind::Alert(self.expected_word()),
            "rank" => ExpectKind::Rank(self.expected_word()),
            "revoke" => {
                let key = self.at_string().then(|| self.string("a key"));
                let staged = self.at_word("by")
                    && STAGES.contains(&self.word_of(self.ahead(1)))
                    && !self.ahead(2).is(Punct::Dot);
                let stage = staged.then(|| {
                    self.bump();
                    self.ident()
                });
                ExpectKind::Revoke(key, stage)
            }
            "block" => ExpectKind::Block(self.at_string().then(|| self.string("a key"))),
            "nothing" => ExpectKind::Nothing,
            _ => ExpectKind::Undetermined,
        }
    }

    /// A severity or a tier, if one is named.
    fn expected_word(&mut self) -> Option<Ident> {
        (self.at_field() && !ENDS.contains(&self.word())).then(|| self.ident())
    }
}
