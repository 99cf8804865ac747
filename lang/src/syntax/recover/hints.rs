//! What people write who come from another language, and what they mean.

use super::Parser;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::syntax::ast::BinaryOp;
use crate::syntax::lexer::{Punct, Token, TokenKind};

/// Another language's spelling, with ours as a fix.
pub(super) fn near_miss(span: Span, message: impl Into<String>, ours: &str, why: &str) -> Diagnostic {
    let instruction = if ours.is_empty() { "take it away".to_owned() } else { format!("write `{ours}`") };
    Diagnostic::new(Code::NearMiss, span, message).label(instruction.clone()).help(why).fix(
        instruction,
        span,
        ours,
    )
}

/// The word that differs from `word` in a letter or two.
pub(super) fn closest<'w>(word: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let most: usize = if word.len() >= 6 { 2 } else { 1 };
    if word.len() < 3 || word.len() > 32 {
        return None;
    }
    words
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters are put in, left out, changed or swapped with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    let mut previous = None;
    for (row, a) in one.chars().enumerate() {
        let mut line = vec![row.saturating_add(1)];
        for (column, b) in other.iter().enumerate() {
            let cell = |line: &[usize], at: usize| line.get(at).copied().unwrap_or(usize::MAX);
            let changed = cell(&last, column).saturating_add(usize::from(a != *b));
            let removed = cell(&last, column.saturating_add(1)).saturating_add(1);
            let added = cell(&line, column).saturating_add(1);
            let mut best = changed.min(removed).min(added);
            if let Some(left) = column.checked_sub(1)
                && previous == Some(*b)
                && other.get(left) == Some(&a)
            {
                best = best.min(cell(&before_last, left).saturating_add(1));
            }
            line.push(best);
        }
        previous = Some(a);
        before_last = std::mem::replace(&mut last, line);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

/// What is wrong with a token wherever it stands.
pub(super) fn bad_token(text: &str, token: Token) -> Option<Diagnostic> {
    let written = token.span.text(text);
    let at = |code, message: String| Diagnostic::new(code, token.span, message);
    Some(match token.kind {
        TokenKind::BadNumber => {
            at(Code::BadLiteral, format!("`{written}` is no number")).help(if written.contains('.') {
                "a text such as a version stands in quotes"
            } else if written.starts_with("0x") {
                "a hexadecimal number is `0x` and digits from 0 to f"
            } else {
                "the units of durations are d h m s ms us, each at most once, the longest first: `1h30m`"
            })
        }
        TokenKind::OpenString => at(Code::Syntax, "a string that is not closed".to_owned())
            .label("ends with its line")
            .help("close it with the quote that it starts with; a text of several lines stands in `\"\"\"`"),
        TokenKind::CurlyString => curly(token.span, open_text(written)),
        TokenKind::Stray => at(Code::Syntax, format!("`{}` has no meaning here", written.escape_debug())),
        TokenKind::Punct(Punct::Semi) => {
            near_miss(token.span, "`;` ends nothing here", "", "a clause ends where the next one starts")
        }
        TokenKind::Punct(Punct::Hash) => near_miss(
            token.span,
            "`#` starts no comment",
            "//",
            "a comment starts with `//`, documentation with `///`",
        ),
        TokenKind::Punct(Punct::At) => at(Code::Syntax, "`@` has no meaning here".to_owned()),
        _ => return None,
    })
}

fn curly(span: Span, inner: &str) -> Diagnostic {
    let straight = format!("\"{inner}\"");
    let why = "a string stands in straight quotes, `\"…\"` or `'…'`";
    let diagnostic = near_miss(span, "typographic quotes", &straight, why);
    // What would not be the same text is left to the author.
    if inner.contains(['"', '\\']) { Diagnostic { fixes: Vec::new(), ..diagnostic } } else { diagnostic }
}

/// The text of a literal whose quotes are not right.
pub(super) fn open_text(written: &str) -> &str {
    let text = written.trim_start_matches(['r', 'R', 'b', 'B']);
    let text = text.trim_start_matches(['"', '\'', '\u{201C}', '\u{201D}', '\u{2018}', '\u{2019}']);
    text.trim_end_matches(['\u{201C}', '\u{201D}', '\u{2018}', '\u{2019}'])
}

/// An operator of another language: how many tokens it has, how it is written here, and the operator.
struct Foreign {
    tokens: usize,
    ours: &'static str,
    op: BinaryOp,
}

impl Parser<'_> {
    fn foreign(&self) -> Option<Foreign> {
        let one = |ours, op| Some(Foreign { tokens: 1, ours, op });
        let two = |ours, op| Some(Foreign { tokens: 2, ours, op });
        let next = self.ahead(1);
        let touching = self.peek().span.end == next.span.start;
        match self.peek().kind {
            TokenKind::Punct(Punct::Eq | Punct::EqEqEq | Punct::ColonEq) => one("==", BinaryOp::Eq),
            TokenKind::Punct(Punct::NotEqEq) => one("!=", BinaryOp::Ne),
            TokenKind::Punct(Punct::And) => one("&&", BinaryOp::And),
            TokenKind::Punct(Punct::Bar) => one("||", BinaryOp::Or),
            TokenKind::Punct(Punct::Lt) if touching && next.is(Punct::Gt) => two("!=", BinaryOp::Ne),
            TokenKind::Word => match self.word() {
                "and" | "AND" | "And" => one("&&", BinaryOp::And),
                "or" | "OR" | "Or" => one("||", BinaryOp::Or),
                "is" if self.word_of(next) == "not" => two("!=", BinaryOp::Ne),
                "is" | "eq" | "equals" => one("==", BinaryOp::Eq),
                _ => None,
            },
            _ => None,
        }
    }

    /// The operator that another language's at this place stands for.
    pub(super) fn foreign_operator(&self) -> Option<BinaryOp> {
        self.foreign().map(|foreign| foreign.op)
    }

    /// Takes an operator of another language behind an operand, with a hint.
    pub(super) fn take_foreign_operator(&mut self) {
        let Some(foreign) = self.foreign() else { return };
        let start = self.peek().span;
        let span = start.to(self.ahead(foreign.tokens.saturating_sub(1)).span);
        let written = span.text(self.context.text);
        let message = if written == "=" {
            "`=` does not compare".to_owned()
        } else {
            format!("`{written}` is no operator")
        };
        let why = match foreign.op {
            BinaryOp::And => "both of two conditions is `a && b`",
            BinaryOp::Or => "either of two conditions is `a || b`",
            BinaryOp::Ne => "different is `a != b`",
            _ => "equal is `a == b`",
        };
        self.reject(near_miss(span, message, foreign.ours, why));
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
        let with_gap = Span::new(span.start, self.ahead(1).span.start);
        let written = span.text(self.context.text);
        let mut diagnostic = near_miss(span, format!("`{written}` is no operator"), "!", "not is `!a`");
        diagnostic.fixes.iter_mut().for_each(|fix| fix.span = with_gap);
        self.reject(diagnostic);
        self.bump();
        Some(span)
    }

    /// Says what an operator between two operands should have been, where one is recognised.
    pub(super) fn operator_hint(&mut self) {
        let span = self.here();
        if self.at_words("not", "in") {
            let span = span.to(self.ahead(1).span);
            let diagnostic = Diagnostic::new(Code::NearMiss, span, "`not in` is no operator")
                .label("write `!` before the whole")
                .help("not among them is `!(a in b)`");
            self.reject(diagnostic);
        } else if self.is(Punct::FatArrow) {
            let why = "greater or equal is `>=`; `=>` stands between an arm's condition and its outcome";
            self.reject(near_miss(span, "`=>` does not compare", ">=", why));
        } else if self.is(Punct::ThinArrow) {
            let diagnostic = Diagnostic::new(Code::NearMiss, span, "`->` has no meaning here")
                .label("no arrow")
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
        let why = "through an absent reference a field is absent, so `.` is enough";
        self.reject(near_miss(span, "`?.` is no operator", ".", why));
        self.bump();
        true
    }

    /// A clause word with a colon, as YAML has it.
    pub(super) fn take_colon(&mut self, word: &str) {
        if !self.is(Punct::Colon) {
            return;
        }
        let why = format!("a clause is `{word} …`");
        self.reject(near_miss(self.here(), format!("no `:` stands behind `{word}`"), "", &why));
        self.bump();
        // A list's dash comes with it.
        self.eat(Punct::Minus);
    }

    /// Takes the `=` of a definition, in whatever spelling.
    pub(super) fn assign(&mut self) {
        if self.eat(Punct::Eq).is_some() {
            return;
        }
        if self.is(Punct::ColonEq) || self.is(Punct::EqEq) {
            let span = self.here();
            let written = span.text(self.context.text);
            self.reject(near_miss(
                span,
                format!("`{written}` defines nothing"),
                "=",
                "a definition is `name = value`",
            ));
            self.bump();
            return;
        }
        self.expected("`=`");
    }

    /// A word that another language has here: takes it if it is one of them.
    pub(super) fn take_foreign_word(&mut self, words: &[&str], ours: &str, why: &str) -> bool {
        if !words.contains(&self.word()) {
            return false;
        }
        let message = format!("`{}` is no word of the language", self.word());
        self.reject(near_miss(self.here(), message, ours, why));
        self.bump();
        true
    }

    fn word_before(&self) -> &str {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.map(|token| self.word_of(*token)).unwrap_or_default()
    }

    /// What may be meant by a token that nothing expects.
    pub(super) fn help_for_token(&self) -> Option<String> {
        let help = match self.word() {
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
            "function" | "def" | "func" => "a function is an item: `fn name(a: Type): Type = …`",
            "var" | "const" => "a name is given by `let name = …`",
            _ if matches!(self.word_before(), "some" | "every") => {
                "a member is asked for by `list.exists(x, …)`, all of them by `list.all(x, …)`"
            }
            _ if self.is(Punct::Colon) && self.ahead(1).first_on_line => {
                "what belongs together stands between `{` and `}`; indentation says nothing"
            }
            _ if self.peek().kind == TokenKind::Quoted => {
                "a name in back-quotes is a field, behind a dot; a string stands in `\"…\"` or `'…'`"
            }
            _ if self.is(Punct::LBrace) => "a fact is written out only behind `given`, in a test",
            _ => return None,
        };
        Some(help.to_owned())
    }
}
