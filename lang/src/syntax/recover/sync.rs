//! Where to go on behind an error.

use super::{Mark, Parser};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::syntax::lexer::{Punct, Token, TokenKind};

/// Words that start a clause of a policy or a step of a test.
const STARTS: &[&str] =
    &["mode", "maps", "for", "where", "let", "decide", "now", "given", "without", "set", "expect"];

/// Words that may stand behind a complete expression.
const FOLLOWERS: &[&str] = &[
    "in",
    "where",
    "let",
    "decide",
    "desc",
    "by",
    "within",
    "for",
    "with",
    "because",
    "now",
    "given",
    "without",
    "set",
    "expect",
    "could_be",
    "valid_until",
    "until",
    "case",
    "per",
];

/// What closes a bracket.
const fn closing(open: Punct) -> Option<Punct> {
    Some(match open {
        Punct::LBrace => Punct::RBrace,
        Punct::LParen => Punct::RParen,
        Punct::LBracket => Punct::RBracket,
        _ => return None,
    })
}

const fn is_closing(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Punct(Punct::RBrace | Punct::RParen | Punct::RBracket))
}

fn is_assign(token: Token) -> bool {
    token.is(Punct::Eq) || token.is(Punct::ColonEq) || token.is(Punct::EqEq) || token.is(Punct::Colon)
}

impl Parser<'_> {
    /// Whether a token may stand behind an operand, in a text that the grammar accepts.
    pub(super) fn can_follow_operand(&self, token: Token) -> bool {
        match token.kind {
            TokenKind::End => true,
            TokenKind::Punct(punct) => !matches!(punct, Punct::LBrace | Punct::Bang),
            TokenKind::Word => {
                FOLLOWERS.contains(&self.word_of(token)) || matches!(self.word_of(token), "on" | "desc")
            }
            _ => false,
        }
    }

    /// Whether a clause or step starts here and no expression can.
    pub(super) fn at_start(&self) -> bool {
        let word = self.word();
        match word {
            "let" => self.ahead(1).kind == TokenKind::Word && is_assign(self.ahead(2)),
            "for" => {
                let behind = self.ahead(2);
                self.ahead(1).is(Punct::LParen)
                    || self.ahead(1).kind == TokenKind::Word
                        && (behind.is(Punct::Colon) || self.word_of(behind) == "in")
            }
            "because" => {
                matches!(self.ahead(1).kind, TokenKind::Str | TokenKind::OpenString | TokenKind::CurlyString)
            }
            _ => STARTS.contains(&word) && !self.can_follow_operand(self.ahead(1)),
        }
    }

    /// Whether nothing that is open inside brackets can go on here.
    pub(super) fn at_stop(&self) -> bool {
        self.at_end() || self.at_start() || self.is(Punct::FatArrow) || is_closing(self.peek().kind)
    }

    /// Steps over one token, or over brackets with all that is in them.
    pub(super) fn skip(&mut self) {
        let first = self.bump();
        let TokenKind::Punct(open) = first.kind else { return };
        if closing(open).is_none() {
            return;
        }
        let mut depth: usize = 1;
        let mut ahead: usize = 0;
        // Only if they are closed: an open one would take everything with it.
        loop {
            let token = self.ahead(ahead);
            match token.kind {
                TokenKind::End => return,
                TokenKind::Punct(punct) if closing(punct).is_some() => depth = depth.saturating_add(1),
                kind if is_closing(kind) => depth = depth.saturating_sub(1),
                _ => {}
            }
            ahead = ahead.saturating_add(1);
            if depth == 0 {
                self.at = self.at.saturating_add(ahead);
                return;
            }
        }
    }

    /// Skips until something holds, the end of the block or of the text comes.
    pub(super) fn skip_until(&mut self, stop: impl Fn(&Self) -> bool) {
        while !self.at_end() && !self.is(Punct::RBrace) && !stop(self) {
            self.skip();
        }
    }

    /// Skips the rest of what started at a place: to where the next such thing starts, or to a line that
    /// is indented no further.
    pub(super) fn skip_past(&mut self, before: Mark, start: Span, next: impl Fn(&Self) -> bool) {
        let column = self.column(start.start);
        self.skip_until(|parser| {
            let token = parser.peek();
            let aligned = token.first_on_line && parser.column(token.span.start) <= column;
            parser.at > before.at && (aligned || next(parser))
        });
    }

    /// Skips to the next line.
    pub(super) fn skip_line(&mut self) {
        self.skip_until(|parser| parser.peek().first_on_line);
    }

    /// A bracket that is not closed where it should be.
    pub(super) fn unclosed(&mut self, open: Span, close: Punct) {
        let opened = open.text(self.context.text);
        let what = close.text();
        let place = Span::new(self.end_before(), self.end_before());
        let message = if self.is(close) {
            // By its indentation it closes something else.
            format!("expected another `{what}` before this one")
        } else {
            format!("expected `{what}`, found {}", self.found())
        };
        let diagnostic = Diagnostic::new(Code::MissingBrace, self.here(), message)
            .label(format!("`{what}` is missing before this"))
            .also(open, format!("this `{opened}` is not closed"))
            .help(format!("close it with `{what}`"))
            .fix(format!("add `{what}`"), place, what);
        // Said even where the token has been reported: which bracket it is follows from nothing else.
        self.silent_at = None;
        self.reject(diagnostic);
    }

    /// Reads things between brackets, separated by commas, up to the closing one; the opening one is read.
    /// Gives the end of the whole.
    pub(super) fn separated(&mut self, open: Span, close: Punct, mut each: impl FnMut(&mut Self)) -> u32 {
        if !self.descend(open) {
            return self.end_before();
        }
        let what = format!("`,` or `{}`", close.text());
        loop {
            if let Some(end) = self.eat(close) {
                self.ascend();
                return end.end;
            }
            if self.at_stop() {
                self.unclosed(open, close);
                self.ascend();
                return self.end_before();
            }
            let before = self.at;
            each(self);
            if self.eat(Punct::Comma).is_some() || self.is(close) {
                continue;
            }
            if self.at_stop() {
                continue;
            }
            self.operator_hint();
            let mut diagnostic = self.unexpected(&what).also(open, "opened here");
            diagnostic.help = self.help_for_token();
            if !self.just_failed() {
                self.reject(diagnostic);
            }
            if self.at == before {
                self.skip();
            }
        }
    }

    /// Enters brackets, unless they nest too deep: then skips them.
    pub(super) fn descend(&mut self, open: Span) -> bool {
        if self.depth >= crate::syntax::limits::DEPTH.saturating_add(2) {
            self.errors = self.errors.saturating_add(1);
            self.context.too_deep(open);
            while !self.at_end() {
                self.bump();
            }
            return false;
        }
        self.depth = self.depth.saturating_add(1);
        true
    }

    /// Leaves brackets.
    pub(super) fn ascend(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Reads the opening brace of a block.
    pub(super) fn open_brace(&mut self) -> Span {
        if let Some(open) = self.eat(Punct::LBrace) {
            return open;
        }
        self.expected("`{`");
        let end = self.end_before();
        Span::new(end, end)
    }

    /// Whether a block that was opened at `open` ends here; says what is wrong with its end.
    pub(super) fn block_ends(&mut self, open: Span) -> bool {
        if !self.before_end(open) {
            return false;
        }
        if self.at_end() {
            if open.start != open.end {
                self.unclosed(open, Punct::RBrace);
            }
            return true;
        }
        let brace = self.peek();
        let column = self.column(brace.span.start);
        if self.missing_braces > 0 && brace.first_on_line && column < self.indent(open.start) {
            // By its indentation it belongs to a block further out.
            self.missing_braces = self.missing_braces.saturating_sub(1);
            self.unclosed(open, Punct::RBrace);
            self.silent_at = None;
            return true;
        }
        self.bump();
        true
    }

    /// Whether the end of a block comes next, braces that belong to nothing skipped.
    pub(super) fn before_end(&mut self, open: Span) -> bool {
        while self.is(Punct::RBrace) && self.superfluous(open) {}
        self.is(Punct::RBrace) || self.at_end()
    }

    /// Steps over a `}` that by its indentation belongs to nothing that is open.
    fn superfluous(&mut self, open: Span) -> bool {
        let brace = self.peek();
        let deeper = brace.first_on_line && self.column(brace.span.start) > self.indent(open.start);
        if self.extra_braces == 0 || !deeper || self.last_brace() {
            return false;
        }
        self.extra_braces = self.extra_braces.saturating_sub(1);
        let diagnostic = Diagnostic::new(Code::Syntax, brace.span, "a `}` that closes nothing")
            .label("one too many")
            .fix("take `}` away", brace.span, "");
        self.reject(diagnostic);
        self.bump();
        true
    }

    /// Whether no `}` stands behind the one here.
    fn last_brace(&self) -> bool {
        let behind = self.tokens.get(self.at.saturating_add(1)..).unwrap_or_default();
        !behind.iter().any(|token| token.is(Punct::RBrace))
    }

    /// How many bytes stand before a place on its line.
    fn column(&self, at: u32) -> u32 {
        at.saturating_sub(self.context.line_start(at))
    }

    /// How far the line of a place is indented.
    fn indent(&self, at: u32) -> u32 {
        let line = Span::new(self.context.line_start(at), at).text(self.context.text);
        let blank = line.find(|c: char| !c.is_ascii_whitespace()).unwrap_or(line.len());
        u32::try_from(blank).unwrap_or(u32::MAX)
    }
}
