//! What people write who come from another language, and what they mean.

use super::Parser;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::syntax::ast::BinaryOp;
use crate::syntax::lexer::{Punct, Token, TokenKind};

/// What is wrong with a token wherever it stands.
pub(super) fn bad_token(text: &str, token: Token) -> Option<Diagnostic> {
    let written = token.span.text(text);
    let at = |code, message: String| Diagnostic::new(code, token.span, message);
    Some(match token.kind {
        TokenKind::BadNumber => {
            let diagnostic = at(Code::BadLiteral, format!("`{written}` is no number"));
            if written.contains(|c: char| c.is_ascii_digit())
                && written.ends_with(|c: char| c.is_ascii_alphabetic())
            {
                diagnostic.help("the units of durations are d h m s ms us, the longest first: `1h30m`")
            } else {
                diagnostic.help("a text such as a version stands in quotes")
            }
        }
        TokenKind::OpenString => at(Code::Syntax, "a string that is not closed".to_owned())
            .label("ends with its line")
            .help("close it with the quote that it starts with; a text of several lines stands in `\"\"\"`"),
        TokenKind::CurlyString => {
            let inner = open_text(written);
            let diagnostic =
                at(Code::NearMiss, "typographic quotes".to_owned()).label("no string starts like this");
            if inner.contains(['"', '\\']) {
                diagnostic.help("write straight quotes `\"…\"`")
            } else {
                diagnostic.help("write straight quotes").fix(
                    "write straight quotes",
                    token.span,
                    format!("\"{inner}\""),
                )
            }
        }
        TokenKind::Stray => at(Code::Syntax, format!("`{}` has no meaning here", written.escape_debug())),
        TokenKind::Punct(Punct::Semi) => at(Code::NearMiss, "`;` ends nothing here".to_owned())
            .label("not needed")
            .help("clauses end where the next one starts")
            .fix("take `;` away", token.span, ""),
        TokenKind::Punct(Punct::Hash) => at(Code::NearMiss, "`#` starts no comment".to_owned())
            .help("a comment starts with `//`, documentation with `///`")
            .fix("write `//`", token.span, "//"),
        TokenKind::Punct(Punct::At) => at(Code::Syntax, "`@` has no meaning here".to_owned()),
        _ => return None,
    })
}

/// The text of a literal whose quotes are not right.
pub(super) fn open_text(written: &str) -> &str {
    let text = written.trim_start_matches(['r', 'R', 'b', 'B']);
    let text = text.trim_start_matches(['"', '\'', '\u{201C}', '\u{201D}', '\u{2018}', '\u{2019}']);
    text.trim_end_matches(['\u{201C}', '\u{201D}', '\u{2018}', '\u{2019}'])
}

/// An operator of another language: how it is written here, and the operator.
struct Foreign {
    tokens: usize,
    ours: &'static str,
    op: BinaryOp,
}

impl Parser<'_> {
    /// The operator of another language that stands here.
    pub(super) fn foreign_operator(&self) -> Option<BinaryOp> {
        self.foreign().map(|foreign| foreign.op)
    }

    fn foreign(&self) -> Option<Foreign> {
        let one = |ours, op| Some(Foreign { tokens: 1, ours, op });
        let next = self.ahead(1);
        let touching = self.peek().span.end == next.span.start;
        match self.peek().kind {
            TokenKind::Punct(Punct::Eq | Punct::EqEqEq | Punct::ColonEq) => one("==", BinaryOp::Eq),
            TokenKind::Punct(Punct::NotEqEq) => one("!=", BinaryOp::Ne),
            TokenKind::Punct(Punct::And) => one("&&", BinaryOp::And),
            TokenKind::Punct(Punct::Bar) => one("||", BinaryOp::Or),
            TokenKind::Punct(Punct::Lt) if touching && next.is(Punct::Gt) => {
                Some(Foreign { tokens: 2, ours: "!=", op: BinaryOp::Ne })
            }
            TokenKind::Word => match self.word() {
                "and" | "AND" | "And" => one("&&", BinaryOp::And),
                "or" | "OR" | "Or" => one("||", BinaryOp::Or),
                "is" | "eq" | "equals" => {
                    if self.word_of(next) == "not" {
                        Some(Foreign { tokens: 2, ours: "!=", op: BinaryOp::Ne })
                    } else {
                        one("==", BinaryOp::Eq)
                    }
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Takes an operator of another language behind an operand, with a hint.
    pub(super) fn take_foreign_operator(&mut self) {
        let Some(foreign) = self.foreign() else { return };
        let start = self.peek().span;
        let last = self.ahead(foreign.tokens.saturating_sub(1)).span;
        let span = start.to(last);
        let written = span.text(self.context.text);
        let ours = foreign.ours;
        let message = if written == "=" {
            "`=` does not compare".to_owned()
        } else {
            format!("`{written}` is no operator")
        };
        let diagnostic = Diagnostic::new(Code::NearMiss, span, message)
            .label(format!("write `{ours}`"))
            .help(format!("write `{ours}`"))
            .fix(format!("write `{ours}`"), span, ours);
        self.reject(diagnostic);
        for _ in 0..foreign.tokens {
            self.bump();
        }
    }

    /// `not x`, where it cannot be a name or a call.
    pub(super) fn take_not(&mut self) -> Option<Span> {
        if !matches!(self.word(), "not" | "NOT") || self.can_follow_operand(self.ahead(1)) {
            return None;
        }
        let span = self.peek().span;
        let gap = Span::new(span.start, self.ahead(1).span.start);
        let written = span.text(self.context.text);
        let diagnostic = Diagnostic::new(Code::NearMiss, span, format!("`{written}` is no operator"))
            .label("write `!`")
            .help("write `!`")
            .fix("write `!`", gap, "!");
        self.reject(diagnostic);
        self.bump();
        Some(span)
    }

    /// Says what an operator between two operands should have been, where one is recognised.
    pub(super) fn operator_hint(&mut self) {
        if self.at_words("not", "in") {
            let span = self.peek().span.to(self.ahead(1).span);
            let diagnostic = Diagnostic::new(Code::NearMiss, span, "`not in` is no operator")
                .label("no operator")
                .help("write `!(a in b)`");
            self.reject(diagnostic);
        } else if self.is(Punct::FatArrow) {
            let diagnostic = Diagnostic::new(Code::NearMiss, self.here(), "`=>` does not compare")
                .label("`=>` stands between an arm's condition and its outcome")
                .help("greater or equal is `>=`")
                .fix("write `>=`", self.here(), ">=");
            self.reject(diagnostic);
        } else if self.is(Punct::ThinArrow) {
            let diagnostic = Diagnostic::new(Code::NearMiss, self.here(), "`->` has no meaning here")
                .help("a macro names its variable first: `list.exists(x, x.open)`");
            self.reject(diagnostic);
        }
    }

    /// `?.`, which is never needed here.
    pub(super) fn take_optional_select(&mut self) -> bool {
        let next = self.ahead(1);
        if !(self.is(Punct::Question) && next.is(Punct::Dot) && self.peek().span.end == next.span.start) {
            return false;
        }
        let span = self.peek().span.to(next.span);
        let diagnostic = Diagnostic::new(Code::NearMiss, span, "`?.` is not needed")
            .label("write `.`")
            .note("through an absent reference a field is absent")
            .fix("write `.`", span, ".");
        self.reject(diagnostic);
        self.bump();
        true
    }

    /// A clause word with a colon, as YAML has it.
    pub(super) fn take_colon(&mut self, word: &str) {
        if !self.is(Punct::Colon) {
            return;
        }
        let diagnostic = Diagnostic::new(Code::NearMiss, self.here(), format!("no `:` behind `{word}`"))
            .label("not needed")
            .help(format!("write `{word} …`"))
            .fix("take `:` away", self.here(), "");
        self.reject(diagnostic);
        self.bump();
        // A list's dash comes with it.
        if self.is(Punct::Minus) {
            self.bump();
        }
    }

    /// Takes the `=` of a definition, in whatever spelling.
    pub(super) fn assign(&mut self) {
        if self.eat(Punct::Eq).is_some() {
            return;
        }
        if self.is(Punct::ColonEq) || self.is(Punct::EqEq) {
            let span = self.here();
            let written = span.text(self.context.text);
            let diagnostic = Diagnostic::new(Code::NearMiss, span, format!("`{written}` defines nothing"))
                .label("write `=`")
                .help("write `=`")
                .fix("write `=`", span, "=");
            self.reject(diagnostic);
            self.bump();
            return;
        }
        self.expected("`=`");
    }

    /// What may be meant by a token that nothing expects.
    pub(super) fn help_for_token(&self) -> Option<String> {
        let word = self.word();
        let help = match word {
            "if" => {
                "a choice is `condition ? a : b`; what narrows a policy is `where`, what decides is `condition => outcome`"
            }
            "else" | "default" => "what else is decided is `otherwise => …`",
            "import" => "names of other packages come by `use package.{name}`",
            "deny" | "reject" | "forbid" => {
                "a path is closed by `block x`, an identity or a secret by `revoke x`"
            }
            "allow" | "permit" | "pass" => "what is allowed needs no arm, or one that says `none`",
            "warn" | "notify" => "somebody is told by `alert high`",
            "when" => "a condition of a policy is `where …`, an arm is `condition => outcome`",
            "function" | "def" | "func" => "a function is an item: `fn name(a: Type): Type = …`",
            "var" | "const" => "a name is given by `let name = …`",
            "asc" => "keys sort upwards by themselves; downwards is `desc`",
            _ => match self.peek().kind {
                TokenKind::Punct(Punct::LBrace) if self.at > 0 => {
                    "a fact is written out only behind `given`, in a test"
                }
                _ => return None,
            },
        };
        Some(help.to_owned())
    }
}
