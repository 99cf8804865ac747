//! What both parsers share while they read one item: its text, its tokens and what is wrong with it.

use std::cell::{Cell, OnceCell, RefCell};

use super::lexer::{Token, TokenKind};
use super::literal::Bad;
use crate::diagnostic::{Code, Diagnostic, Span};

/// One item being read.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) text: &'a str,
    pub(crate) tokens: &'a [Token],
    diagnostics: RefCell<Vec<Diagnostic>>,
    /// Literals of 2^63 that wait for the minus before them.
    minimums: RefCell<Vec<Span>>,
    too_deep: Cell<bool>,
    /// How deep a tree may grow.
    pub(crate) depth: u32,
    line_starts: OnceCell<Vec<u32>>,
}

/// The most that is said about one item.
const DIAGNOSTICS: usize = 200;

impl<'a> Context<'a> {
    pub(crate) fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        Self {
            text,
            tokens,
            diagnostics: RefCell::default(),
            minimums: RefCell::default(),
            too_deep: Cell::new(false),
            depth: super::limits::DEPTH,
            line_starts: OnceCell::new(),
        }
    }

    /// The context of a lone expression, whose tree may not grow as deep.
    pub(crate) fn shallow(text: &'a str, tokens: &'a [Token]) -> Self {
        Self { depth: super::limits::LONE_DEPTH, ..Self::new(text, tokens) }
    }

    /// The diagnostics in the order of their places.
    pub(crate) fn finish(self) -> Vec<Diagnostic> {
        for span in self.minimums.take() {
            self.bad(span, super::literal::too_great(span.text(self.text)));
        }
        let mut diagnostics = self.diagnostics.into_inner();
        diagnostics.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.code));
        diagnostics.dedup();
        diagnostics
    }

    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        let mut diagnostics = self.diagnostics.borrow_mut();
        if diagnostics.len() < DIAGNOSTICS {
            diagnostics.push(diagnostic);
        }
    }

    /// A literal at `span` has no value.
    pub(crate) fn bad(&self, span: Span, bad: Bad) {
        let mut diagnostic = Diagnostic::new(Code::BadLiteral, bad.span.shifted(span.start), bad.message);
        diagnostic.help = Some(bad.help.to_owned());
        self.report(diagnostic);
    }

    /// Says once that a nesting is over the limit.
    pub(crate) fn too_deep(&self, span: Span) {
        if !self.too_deep.replace(true) {
            self.report(super::limits::too_deep(span, self.depth));
        }
    }

    pub(crate) fn await_minus(&self, span: Span) {
        self.minimums.borrow_mut().push(span);
    }

    /// Whether the literal at `span` waited for a minus; it does not any more.
    pub(crate) fn take_minimum(&self, span: Span) -> bool {
        let mut minimums = self.minimums.borrow_mut();
        let found = minimums.iter().position(|waiting| *waiting == span);
        found.is_some_and(|at| {
            minimums.swap_remove(at);
            true
        })
    }

    /// Where the line of a place starts.
    pub(crate) fn line_start(&self, at: u32) -> u32 {
        let starts = self.line_starts.get_or_init(|| {
            let ends = self.text.match_indices('\n').map(|(end, _)| end.saturating_add(1));
            std::iter::once(0).chain(ends).map(|start| u32::try_from(start).unwrap_or(u32::MAX)).collect()
        });
        let before = starts.partition_point(|start| *start <= at);
        before.checked_sub(1).and_then(|line| starts.get(line)).copied().unwrap_or(0)
    }

    /// The span without the blanks and comments at its end.
    pub(crate) fn trimmed(&self, span: Span) -> Span {
        let after = self.tokens.partition_point(|token| token.span.start < span.end);
        let last =
            self.tokens.get(..after).and_then(|before| before.iter().rfind(|token| !token.is_comment()));
        match last {
            Some(token) if token.span.start >= span.start => {
                Span::new(span.start, token.span.end.min(span.end))
            }
            _ => Span::new(span.start, span.start),
        }
    }

    /// The item without the comments around it.
    pub(crate) fn item_span(&self) -> Span {
        let mut meaning =
            self.tokens.iter().filter(|token| !token.is_comment() && token.kind != TokenKind::End);
        let first = meaning.next().map_or(0, |token| token.span.start);
        let last = meaning.next_back().map_or(first, |token| token.span.end);
        match self.tokens.iter().find(|token| token.span.start == first) {
            Some(token) => Span::new(first, last.max(token.span.end)),
            None => Span::new(first, last),
        }
    }

    /// The documentation on the lines above `at`.
    pub(crate) fn docs_above(&self, at: u32) -> String {
        let before = self.tokens.partition_point(|token| token.span.start < at);
        let tokens = self.tokens.get(..before).unwrap_or_default();
        let start =
            tokens.iter().rposition(|token| !token.is_comment()).map_or(0, |last| last.saturating_add(1));
        let lines: Vec<&str> = tokens
            .get(start..)
            .unwrap_or_default()
            .iter()
            .filter(|token| token.kind == TokenKind::Doc && token.first_on_line)
            .map(|token| comment_text(token.span.text(self.text)))
            .collect();
        lines.join("\n")
    }

    /// What a `let` that starts and ends there is said to be.
    pub(crate) fn let_docs(&self, start: u32, end: u32) -> String {
        let above = self.docs_above(start);
        if above.is_empty() { self.comment_behind(end) } else { above }
    }

    /// The comment behind `end`, on its line.
    fn comment_behind(&self, end: u32) -> String {
        let after = self.tokens.partition_point(|token| token.span.start < end);
        match self.tokens.get(after) {
            Some(token) if token.is_comment() && !token.first_on_line => {
                comment_text(token.span.text(self.text)).to_owned()
            }
            _ => String::new(),
        }
    }
}

/// A comment without its slashes, the blank behind them and the blanks at its end.
fn comment_text(written: &str) -> &str {
    let text = written.strip_prefix("//").unwrap_or(written);
    let text = text.strip_prefix('/').unwrap_or(text);
    text.strip_prefix(' ').unwrap_or(text).trim_end()
}
