//! `policy`: its clauses, in whatever order they were written.

use super::Parser;
use super::hints::near_miss;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::syntax::assemble::{self, PolicyClause};
use crate::syntax::ast::{Binding, BindingSource, Clause, Decide, Expr, Ident, Path, PolicyItem, Sequence};
use crate::syntax::lexer::{Punct, Token};

/// How far a policy has been read; its clauses stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Head,
    For,
    Clauses,
    Decided,
}

/// What was read of a policy.
#[derive(Debug, Default)]
struct Parts {
    head: Vec<(PolicyClause, Span)>,
    bindings: Vec<Binding>,
    sequence: Option<Sequence>,
    clauses: Vec<Clause>,
    decide: Option<Decide>,
}

impl Parser<'_> {
    pub(super) fn policy_item(&mut self) -> PolicyItem {
        let name = self.name("the name of the policy");
        let open = self.open_brace();
        let is_for =
            |token: &Token| token.first_on_line && matches!(self.word_of(*token), "for" | "sequence");
        self.last_for = self.tokens.iter().rposition(is_for).unwrap_or(0);
        let mut parts = Parts::default();
        let mut stage = Stage::Head;
        loop {
            if self.before_end(open) {
                self.unfinished(stage, &name);
                self.block_ends(open);
                break;
            }
            let before = self.mark();
            let start = self.peek().span;
            self.clause(&mut stage, &mut parts);
            if self.at == before.at {
                self.skip_past(before, start, Self::at_clause);
            }
        }
        let policy =
            assemble::policy(self.context, name, parts.head, parts.bindings, parts.clauses, parts.decide);
        PolicyItem { sequence: parts.sequence, ..policy }
    }

    /// Says what a policy that ends here lacks.
    fn unfinished(&mut self, stage: Stage, name: &Ident) {
        if stage == Stage::Decided {
            return;
        }
        let (what, help) = match stage {
            Stage::Head => ("`for`", "say what the policy is about: `for x: Type`"),
            _ => ("`decide`", "say what the policy decides: `decide { condition => outcome because \"…\" }`"),
        };
        let message = format!("the policy `{}` has no {what}", name.text);
        let span = if name.text.is_empty() { self.here() } else { name.span };
        let diagnostic = Diagnostic::new(Code::Syntax, span, message).help(help);
        self.reject(diagnostic);
    }

    /// Whether a clause of a policy starts here.
    fn at_clause(&self) -> bool {
        let named = matches!(self.word(), "mode" | "maps" | "for" | "sequence" | "where" | "let" | "decide");
        named && (self.peek().first_on_line || self.at_start())
    }

    fn clause(&mut self, stage: &mut Stage, parts: &mut Parts) {
        let start = self.peek().span;
        let word = self.word();
        let place = match word {
            "mode" | "maps" => Stage::Head,
            "for" | "sequence" => Stage::For,
            "where" | "let" => Stage::Clauses,
            "decide" => Stage::Decided,
            _ => {
                let condition = self.no_clause(*stage);
                return parts.clauses.extend(condition.map(Clause::Where));
            }
        };
        self.in_order(*stage, place, word);
        *stage = place.max(*stage);
        self.bump();
        self.take_colon(word);
        match word {
            "mode" => {
                if let Some(mode) = self.one_word(&["monitor", "enforce"]) {
                    parts.head.push((PolicyClause::Mode(mode), self.since(start.start)));
                } else if !self.at_clause() && !self.is(Punct::RBrace) {
                    self.skip();
                }
            }
            "maps" => {
                let mut paths = vec![self.path("a control such as `owasp_nhi.NHI7`")];
                while self.eat(Punct::Comma).is_some() {
                    paths.push(self.path("a control such as `owasp_nhi.NHI7`"));
                }
                parts.head.push((PolicyClause::Maps(paths), self.since(start.start)));
            }
            "for" => parts.bindings = self.bindings(),
            "sequence" => parts.sequence = Some(self.sequence(start)),
            "where" => parts.clauses.push(Clause::Where(self.expr())),
            "let" => parts.clauses.push(self.let_clause(start)),
            _ => parts.decide = Some(self.decide(start)),
        }
    }

    /// Something stands where a clause should.
    fn no_clause(&mut self, stage: Stage) -> Option<Expr> {
        if self.take_foreign_word(
            &["when", "if", "filter"],
            "where",
            "what narrows a policy is `where condition`",
        ) {
            return Some(self.expr());
        }
        self.operator_hint();
        // Behind an expression on the same line an operator is as likely missing as a clause.
        let what = match stage {
            Stage::Head => "`maps`, `mode` or `for`",
            Stage::For | Stage::Clauses if self.peek().first_on_line => "`where`, `let` or `decide`",
            Stage::For => "`,`, `where`, `let` or `decide`",
            Stage::Clauses => "an operator, `where`, `let` or `decide`",
            Stage::Decided => "`}`",
        };
        if !self.just_failed() {
            self.expected(what);
        }
        None
    }

    fn in_order(&mut self, stage: Stage, place: Stage, word: &str) {
        let missing_for = stage == Stage::Head && place > Stage::For && self.last_for < self.at;
        if missing_for {
            let diagnostic =
                self.unexpected("`for`").help("say first what the policy is about: `for x: Type`");
            return self.reject(diagnostic);
        }
        let again = stage == place && matches!(place, Stage::For | Stage::Decided);
        if again {
            let diagnostic =
                Diagnostic::new(Code::DuplicateClause, self.here(), format!("`{word}` stands twice"))
                    .label("again here")
                    .help(if word == "for" {
                        "further bindings stand behind a comma"
                    } else {
                        "a policy has one table"
                    });
            return self.reject(diagnostic);
        }
        if place < stage {
            let before = match place {
                Stage::Head => "`for`",
                Stage::For => "`where` and `let`",
                _ => "`decide`",
            };
            let diagnostic = Diagnostic::new(Code::Syntax, self.here(), format!("`{word}` stands too late"))
                .label(format!("`{word}` stands before {before}"));
            self.reject(diagnostic);
        }
    }

    pub(super) fn binding(&mut self) -> Binding {
        if let Some(open) = self.eat(Punct::LParen) {
            return self.tuple(open);
        }
        let name = self.name("the name of a binding");
        let source = if self.eat_word("in").is_some() {
            BindingSource::List(self.expr())
        } else if self.eat(Punct::Colon).is_some() {
            BindingSource::Type(self.path("a type"))
        } else {
            self.expected("`:` and a type, or `in` and a list");
            let missing = self.no_name();
            let span = missing.span;
            BindingSource::Type(Path { parts: vec![missing], span })
        };
        let end = match &source {
            BindingSource::Type(path) => path.span,
            BindingSource::List(list) => list.span,
            BindingSource::Relation(_, path) => path.span,
        };
        let span = name.span.to(end);
        Binding { name, source, span }
    }

    fn let_clause(&mut self, start: Span) -> Clause {
        let name = self.name("a name");
        if self.is(Punct::Colon) {
            let colon = self.here();
            let at = self.at;
            self.bump();
            self.type_expr();
            let span = self.since(colon.start);
            let fault = near_miss(span, "a `let` has no type", "", "its value says the type: `let name = …`");
            self.reject_at(at, fault);
        }
        self.assign();
        let value = self.expr();
        let docs = self.context.let_docs(start.start, value.span.end);
        Clause::Let(name, value, docs)
    }
}
