//! `decide`: arms and outcomes.

use super::Parser;
use super::hints::near_miss;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::syntax::assemble::{self, OutcomeClause};
use crate::syntax::ast::{
    Arm, Decide, Expr, ExprKind, Ident, Obligation, Outcome, OutcomeKind, TextLit, When,
};
use crate::syntax::lexer::{Punct, TokenKind};

/// How far a revocation goes.
pub(super) const STAGES: [&str; 4] = ["stage", "quarantine", "rotate", "destroy"];

/// A token that tells where an arm is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Between its condition and its outcomes.
    Arrow,
    /// Before its reason.
    Because,
    /// Behind the last one.
    Brace,
}

impl Parser<'_> {
    /// `decide …`, whose word was read at `start`.
    pub(super) fn decide(&mut self, start: Span) -> Decide {
        let mut arms = Vec::new();
        self.find_signs();
        if let Some(open) = self.eat(Punct::LBrace) {
            if self.is(Punct::RBrace) {
                self.expected("an arm");
            }
            while !self.block_ends(open) {
                let before = self.mark();
                if self.at_clause_behind(open) {
                    self.unclosed(open, Punct::RBrace);
                    break;
                }
                arms.push(self.arm());
                if self.failed_since(before) {
                    self.skip_until(|parser| parser.at > before.at && parser.at_arm());
                }
            }
        } else if self.at_outcome() {
            let place = self.peek().span.start;
            let (outcomes, because) = self.decided();
            let when = When::Otherwise(Span::new(place, place));
            arms.push(Arm { when, outcomes, because, span: self.since(place) });
        } else {
            self.expected("`{` or an outcome");
        }
        assemble::decide(self.context, arms, self.since(start.start))
    }

    /// Whether a clause of the policy starts here, less indented than the arms.
    fn at_clause_behind(&self, open: Span) -> bool {
        self.at_start() && self.missing_braces > 0 && self.peek().first_on_line && open.start != open.end
    }

    fn at_outcome(&self) -> bool {
        matches!(self.word(), "rank" | "alert" | "revoke" | "block")
    }

    /// Whether an arm starts here: at the start of a line, before an arrow that comes before the next reason.
    fn at_arm(&self) -> bool {
        let continues = matches!(self.word(), "because" | "within" | "by" | "with");
        self.peek().first_on_line && !continues && self.next_sign(self.at) == Some(Sign::Arrow)
    }

    /// The next token that tells where an arm is.
    fn next_sign(&self, at: usize) -> Option<Sign> {
        let index = self.signs.partition_point(|(place, _)| *place < at);
        self.signs.get(index).map(|(_, sign)| *sign)
    }

    /// Finds all tokens that tell where an arm is, once for a policy.
    fn find_signs(&mut self) {
        if !self.signs.is_empty() {
            return;
        }
        let signs = self.tokens.iter().enumerate().filter_map(|(at, token)| {
            let sign = match token.kind {
                TokenKind::Punct(Punct::FatArrow | Punct::ThinArrow) => Sign::Arrow,
                TokenKind::Punct(Punct::RBrace) => Sign::Brace,
                TokenKind::Word if self.word_of(*token) == "because" => Sign::Because,
                _ => return None,
            };
            Some((at, sign))
        });
        // One behind all tokens says that they have been looked for.
        self.signs = signs.chain([(usize::MAX, Sign::Brace)]).collect();
    }

    fn arm(&mut self) -> Arm {
        let start = self.peek().span;
        let when = self.when();
        let mut outcomes = Vec::new();
        let mut because = None;
        let why = "an arm is `condition => outcome`";
        if self.take_foreign_word(&["then"], "=>", why) || self.arrow("`=>`") {
            if self.eat_word("none").is_some() {
                if self.at_word("because") {
                    because = self.because();
                }
            } else {
                (outcomes, because) = self.decided();
            }
        }
        Arm { when, outcomes, because, span: Span::new(start.start, self.end_before().max(start.start)) }
    }

    fn when(&mut self) -> When {
        let why = "an arm is `condition => outcome`";
        if self.at_any_word(&["if", "when", "case"]) && !self.can_follow_operand(self.ahead(1)) {
            self.take_foreign_word(&["if", "when", "case"], "", why);
        }
        let word = self.peek().span;
        if self.ahead(1).is(Punct::FatArrow) || self.ahead(1).is(Punct::ThinArrow) {
            match self.word() {
                "unknown" => {
                    self.bump();
                    return When::Unknown(word);
                }
                "otherwise" => {
                    self.bump();
                    return When::Otherwise(word);
                }
                "else" => {
                    let why = "what is decided where no other arm decides is `otherwise => …`";
                    self.reject(near_miss(word, "`else` is no arm", "otherwise", why));
                    self.bump();
                    return When::Otherwise(word);
                }
                _ => {}
            }
        }
        When::Expr(self.arm_expr())
    }

    /// Outcomes and their reason.
    fn decided(&mut self) -> (Vec<Outcome>, Option<TextLit>) {
        let start = self.peek().span;
        let before = self.mark();
        let mut outcomes = Vec::new();
        while let Some(outcome) = self.outcome() {
            outcomes.push(outcome);
            if self.eat(Punct::Comma).is_none() {
                break;
            }
        }
        if self.at_word("because") {
            return (outcomes, self.because());
        }
        let why = "a reason is `because \"…\"`";
        if self.take_foreign_word(&["reason", "message", "msg", "since"], "because", why) {
            return (outcomes, self.text());
        }
        if !self.failed_since(before) {
            if !self.reason_follows() {
                self.no_reason(start);
                return (outcomes, None);
            }
            if !self.take_foreign_word(&["asc"], "", "keys sort upwards by themselves; downwards is `desc`") {
                self.operator_hint();
                self.expected("`,` or `because`");
            }
        }
        // Something could not be read; the reason comes behind it.
        self.skip_until(|parser| parser.at_word("because") || parser.at_arm());
        let because = if self.at_word("because") { self.because() } else { None };
        (outcomes, because)
    }

    /// Whether this arm still says why, further on.
    fn reason_follows(&self) -> bool {
        self.next_sign(self.at) == Some(Sign::Because)
    }

    /// What was decided, and the place behind it. The grammar takes a bracket on the next line for a part of the
    /// outcome, where it starts the next arm.
    fn first_line(&self, start: Span) -> (Span, Span) {
        let from = self.tokens.partition_point(|token| token.span.start <= start.start);
        let read = self.tokens.get(from..self.at).unwrap_or_default().iter();
        let next_line = read.clone().find(|token| token.first_on_line).filter(|_| self.is(Punct::FatArrow));
        let Some(next) = next_line else { return (self.since(start.start), self.here()) };
        let before = read.take_while(|token| token.span.start < next.span.start);
        (start.to(before.last().map_or(start, |token| token.span)), next.span)
    }

    /// Outcomes without `because`.
    fn no_reason(&mut self, start: Span) {
        let (decided, missing) = self.first_line(start);
        let diagnostic = Diagnostic::new(
            Code::MissingBecause,
            decided,
            format!("expected `because`, found {}", self.found()),
        )
        .label("says what is decided and not why")
        .also(missing, "`because \"…\"` is missing before this")
        .note("every arm ends with its reason; that is what separates it from the next one")
        .help("add `because \"…\"`");
        self.reject(diagnostic);
    }

    fn because(&mut self) -> Option<TextLit> {
        self.bump();
        self.take_colon("because");
        self.text()
    }

    fn outcome(&mut self) -> Option<Outcome> {
        let start = self.peek().span;
        let word = self.word();
        if !self.at_outcome() {
            self.no_outcome();
            return None;
        }
        self.bump();
        let kind = match word {
            "rank" => self.rank(),
            "alert" => OutcomeKind::Alert(self.severity()),
            "revoke" => {
                let each = self.eat_word("each").is_some();
                OutcomeKind::Revoke { target: self.arm_expr(), each, by: None }
            }
            _ => OutcomeKind::Block(self.arm_expr()),
        };
        let mut clauses = Vec::new();
        loop {
            let place = self.peek().span;
            let Some(clause) = self.outcome_clause() else { break };
            clauses.extend(clause.map(|clause| (clause, self.since(place.start))));
        }
        Some(assemble::outcome(self.context, kind, clauses, self.since(start.start)))
    }

    fn no_outcome(&mut self) {
        if self.at_word("none") {
            let diagnostic = Diagnostic::new(Code::Syntax, self.here(), "`none` stands alone")
                .label("decides nothing")
                .help("an arm that decides nothing is `condition => none`");
            self.reject(diagnostic);
            self.bump();
            return;
        }
        self.expected("`rank`, `alert`, `revoke`, `block` or `none`");
    }

    /// A clause behind an outcome: `None` where there is none, `Some(None)` where it could not be read.
    #[expect(clippy::option_option, reason = "no clause and a broken one are followed differently")]
    fn outcome_clause(&mut self) -> Option<Option<OutcomeClause>> {
        Some(match self.word() {
            "by" => {
                self.bump();
                self.one_word(&STAGES).map(OutcomeClause::By)
            }
            "within" => {
                self.bump();
                Some(OutcomeClause::Within(self.constant("a duration")))
            }
            "for" => {
                self.bump();
                Some(OutcomeClause::Lasting(self.constant("a duration")))
            }
            "with" => {
                self.bump();
                Some(OutcomeClause::With(self.obligations()))
            }
            _ => return None,
        })
    }

    fn obligations(&mut self) -> Vec<(Ident, Obligation)> {
        let mut entries = Vec::new();
        if let Some(open) = self.eat(Punct::LBrace) {
            self.separated(open, Punct::RBrace, |parser| {
                entries.push(parser.obligation());
            });
        } else {
            self.expected("`{`");
        }
        entries
    }

    /// `name: expr`, or `name: "text {expr}"`
    fn obligation(&mut self) -> (Ident, Obligation) {
        let name = match self.name_of("the name of an obligation") {
            Ok(name) => name,
            Err((name, missing)) => return (name, Obligation::Value(missing)),
        };
        let alone = self.ahead(1);
        if self.peek().kind == TokenKind::Str
            && (alone.is(Punct::Comma) || alone.is(Punct::RBrace))
            && let Some(text) = self.text()
        {
            return (name, Obligation::Text(text));
        }
        (name, Obligation::Value(self.expr()))
    }

    /// `name: expr`
    pub(super) fn named(&mut self, what: &str) -> (Ident, Expr) {
        match self.name_of(what) {
            Ok(name) => (name, self.expr()),
            Err(missing) => missing,
        }
    }

    /// `name:`, or the name and what stands for its value.
    fn name_of(&mut self, what: &str) -> Result<Ident, (Ident, Expr)> {
        let name = self.field(what);
        if self.is(Punct::Eq) {
            self.reject(near_miss(
                self.here(),
                "`=` gives no field its value",
                ":",
                "a field is given by `name: value`",
            ));
            self.bump();
        } else if !self.expect(Punct::Colon) {
            let end = self.end_before();
            return Err((name, self.trees.error(Span::new(end, end)).expr()));
        }
        Ok(name)
    }

    fn rank(&mut self) -> OutcomeKind {
        let tier = self.arm_expr();
        let mut keys = Vec::new();
        if self.eat_word("by").is_some() {
            loop {
                let key = self.arm_expr();
                let descending = self.eat_word("desc").is_some();
                keys.push((key, descending));
                let next = self.word_of(self.ahead(1));
                let another =
                    !matches!(next, "rank" | "alert" | "revoke" | "block" | "none" | "because" | "otherwise");
                if !(self.is(Punct::Comma) && another) {
                    break;
                }
                self.bump();
            }
        }
        OutcomeKind::Rank(tier, keys)
    }

    fn severity(&mut self) -> Expr {
        if self.is(Punct::LParen) {
            return self.group().expr();
        }
        if self.at_string() {
            let span = self.here();
            let written = span.text(self.context.text).trim_matches(['"', '\'']);
            self.reject(near_miss(
                span,
                "a severity is a name, not a text",
                written,
                "a severity has no quotes",
            ));
            self.bump();
            return self.trees.error(span).expr();
        }
        if self.at_word("because") {
            self.expected("a severity");
            let end = self.end_before();
            return self.trees.error(Span::new(end, end)).expr();
        }
        let name = self.name("a severity");
        if !self.is(Punct::Dot) {
            return Expr { kind: ExprKind::Name(name.text), span: name.span };
        }
        let path = self.path_from(name);
        let last = path.parts.last().cloned().unwrap_or_else(|| self.no_name());
        let why = "a severity stands alone; any other expression stands in parentheses: `alert (expr)`";
        self.reject(near_miss(path.span, "a severity is named without its type", &last.text, why));
        Expr { kind: ExprKind::Name(last.text), span: last.span }
    }
}
