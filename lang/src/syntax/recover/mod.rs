//! The parser that items are read by: by hand, over tokens, going on behind every error.
//!
//! The language is the grammar's: on an item that `grammar.pest` accepts this parser finds no fault and
//! builds an equal tree, and it finds one in every item that the grammar rejects (property tests and a fuzzer hold
//! both to that). What it adds is where and why, the parts that can be read all the same, and speed.

mod arms;
mod expr;
mod facts;
mod governance;
mod heads;
mod hints;
mod items;
mod policy;
mod steps;
mod sync;

pub(crate) use heads::unknown_item;

use self::hints::closest;
use super::ast::{Expr, Ident, Item, ItemKind, Path, StringLit};
use super::context::Context;
use super::lexer::{Punct, Token, TokenKind, lex};
use super::tree::Trees;
use super::words::{CONSTANTS, RESERVED};
use super::{limits, literal};
use crate::diagnostic::{Code, Diagnostic, Span};

/// Reads an item and says whether it was faultless.
pub(crate) fn item(context: &Context<'_>) -> (Option<Item>, bool) {
    let mut parser = Parser::new(context, context.tokens.to_vec());
    let item = parser.item();
    (item, parser.errors == 0)
}

/// Reads the expression that should be all of the text at `span`, inside a literal.
pub(crate) fn lone_expr(context: &Context<'_>, span: Span) -> Expr {
    let written = span.text(context.text);
    let mut tokens = lex(written);
    if let Some(diagnostic) = limits::check_tokens(written, &tokens) {
        context.report(diagnostic.shifted(span.start));
        return Trees { context }.error(span).expr();
    }
    for token in &mut tokens {
        token.span = token.span.shifted(span.start);
    }
    let mut parser = Parser::new(context, tokens);
    parser.end = "the end of the expression";
    let expr = parser.expr();
    if !parser.at_end() {
        parser.operator_hint();
        let whole = usize::try_from(span.end).is_ok_and(|end| span.start == 0 && end == context.text.len());
        parser.expected(if whole { "an operator or the end" } else { "an operator or `}`" });
    }
    expr
}

/// A place in the walk.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: usize,
    errors: usize,
}

/// A walk over the tokens of one item.
#[derive(Debug)]
struct Parser<'a> {
    context: &'a Context<'a>,
    trees: Trees<'a>,
    /// Without comments, ending in [`TokenKind::End`].
    tokens: Vec<Token>,
    at: usize,
    /// What the end of the tokens is called.
    end: &'static str,
    /// How many errors were found, silent ones too.
    errors: usize,
    /// The tokens before which one was left out: an error there only follows from that.
    gaps: Vec<usize>,
    /// The token of the last error: a second one there would only follow from it.
    silent_at: Option<usize>,
    /// How deep the brackets being read nest.
    depth: u32,
    /// The tokens that tell where the arms of a policy are.
    signs: Vec<(usize, arms::Sign)>,
    /// The last `for` at the start of a line.
    last_for: usize,
    /// How many `{` have no `}`.
    missing_braces: usize,
    /// How many `}` have no `{`.
    extra_braces: usize,
}

impl<'a> Parser<'a> {
    fn new(context: &'a Context<'a>, tokens: Vec<Token>) -> Self {
        let count = |punct| tokens.iter().filter(|token| token.is(punct)).count();
        let (opened, closed) = (count(Punct::LBrace), count(Punct::RBrace));
        let mut parser = Self {
            context,
            trees: Trees { context },
            tokens: Vec::new(),
            at: 0,
            end: "the end of the item",
            errors: 0,
            gaps: Vec::new(),
            silent_at: None,
            depth: 0,
            signs: Vec::new(),
            last_for: 0,
            missing_braces: opened.saturating_sub(closed),
            extra_braces: closed.saturating_sub(opened),
        };
        let mut in_hash = false;
        for token in tokens {
            // What stands behind `#` was meant as a comment.
            in_hash = (in_hash || token.is(Punct::Hash)) && (!token.first_on_line || token.is(Punct::Hash));
            if !in_hash || token.is(Punct::Hash) || token.kind == TokenKind::End {
                parser.admit(token);
            }
        }
        parser
    }

    /// Takes a token in, or says what is wrong with it alone.
    fn admit(&mut self, token: Token) {
        if token.is_comment() {
            return;
        }
        if let Some(diagnostic) = hints::bad_token(self.context.text, token) {
            self.errors = self.errors.saturating_add(1);
            self.context.report(diagnostic);
        }
        let meaningless =
            matches!(token.kind, TokenKind::Stray | TokenKind::Punct(Punct::Semi | Punct::Hash | Punct::At));
        if meaningless {
            self.gaps.push(self.tokens.len());
        } else {
            self.tokens.push(token);
        }
    }

    // -------------------------------------------------------------------------------------------- tokens

    fn peek(&self) -> Token {
        self.ahead(0)
    }

    fn ahead(&self, count: usize) -> Token {
        let at = self.at.saturating_add(count);
        let end = self.tokens.last().copied().unwrap_or(Token {
            kind: TokenKind::End,
            span: Span::default(),
            first_column: false,
            first_on_line: false,
        });
        self.tokens.get(at).copied().unwrap_or(end)
    }

    fn bump(&mut self) -> Token {
        let token = self.peek();
        if token.kind != TokenKind::End {
            self.at = self.at.saturating_add(1);
        }
        token
    }

    fn text_of(&self, token: Token) -> &'a str {
        token.span.text(self.context.text)
    }

    /// The text of a token that is a word, else nothing.
    fn word_of(&self, token: Token) -> &'a str {
        if token.kind == TokenKind::Word { self.text_of(token) } else { "" }
    }

    fn word(&self) -> &'a str {
        self.word_of(self.peek())
    }

    fn at_word(&self, word: &str) -> bool {
        self.word() == word
    }

    fn at_words(&self, first: &str, second: &str) -> bool {
        self.at_word(first) && self.word_of(self.ahead(1)) == second
    }

    fn at_any_word(&self, words: &[&str]) -> bool {
        words.contains(&self.word())
    }

    fn eat_word(&mut self, word: &str) -> Option<Span> {
        self.at_word(word).then(|| self.bump().span)
    }

    fn is(&self, punct: Punct) -> bool {
        self.peek().is(punct)
    }

    fn eat(&mut self, punct: Punct) -> Option<Span> {
        self.is(punct).then(|| self.bump().span)
    }

    fn at_end(&self) -> bool {
        self.peek().kind == TokenKind::End
    }

    fn at_string(&self) -> bool {
        matches!(self.peek().kind, TokenKind::Str | TokenKind::OpenString | TokenKind::CurlyString)
    }

    /// The end of the token before.
    fn end_before(&self) -> u32 {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.map_or(0, |token| token.span.end)
    }

    /// The place of the token, or the one behind the last.
    fn here(&self) -> Span {
        if self.at_end() { Span::new(self.end_before(), self.end_before()) } else { self.peek().span }
    }

    /// From a place to the end of the token before.
    fn since(&self, start: u32) -> Span {
        Span::new(start, self.end_before())
    }

    const fn mark(&self) -> Mark {
        Mark { at: self.at, errors: self.errors }
    }

    /// Whether an error was found behind a place.
    const fn failed_since(&self, mark: Mark) -> bool {
        self.errors > mark.errors
    }

    /// Whether the token before was an error that has been stepped over: what comes next follows from it.
    fn just_failed(&self) -> bool {
        self.errors > 0 && self.silent_at.is_some_and(|at| at.saturating_add(1) == self.at)
    }

    // -------------------------------------------------------------------------------------------- errors

    fn found(&self) -> String {
        let token = self.peek();
        match token.kind {
            TokenKind::End => self.end.to_owned(),
            TokenKind::Str | TokenKind::OpenString | TokenKind::CurlyString => "a string".to_owned(),
            TokenKind::Bytes => "bytes".to_owned(),
            _ => format!("`{}`", self.text_of(token)),
        }
    }

    /// Reports, unless the same token was reported before.
    fn reject(&mut self, diagnostic: Diagnostic) {
        self.errors = self.errors.saturating_add(1);
        if self.silent_at != Some(self.at) && self.gaps.binary_search(&self.at).is_err() {
            self.context.report(diagnostic);
        }
        self.silent_at = Some(self.at);
    }

    /// Reports what was found at a token that has been read.
    fn reject_at(&mut self, at: usize, diagnostic: Diagnostic) {
        self.errors = self.errors.saturating_add(1);
        if self.silent_at.is_none_or(|silent| silent < at) {
            self.context.report(diagnostic);
        }
    }

    /// `expected …, found …` at the token.
    fn unexpected(&self, what: &str) -> Diagnostic {
        let message = format!("expected {what}, found {}", self.found());
        Diagnostic::new(Code::Syntax, self.here(), message).label(format!("expected {what}"))
    }

    fn expected(&mut self, what: &str) {
        let bad =
            matches!(self.peek().kind, TokenKind::OpenString | TokenKind::CurlyString | TokenKind::BadNumber);
        if bad {
            // What is wrong with the token itself has been said.
            self.errors = self.errors.saturating_add(1);
            self.silent_at = Some(self.at);
            return;
        }
        let mut diagnostic = self.unexpected(what);
        diagnostic.help = self.help_for_token();
        // The words that would do are those in backticks.
        let phrases = what.split('`').skip(1).step_by(2);
        let words = phrases.filter_map(|phrase| phrase.split(' ').next());
        if let Some(word) = closest(self.word(), words) {
            diagnostic = diagnostic.help(format!("did you mean `{word}`?")).fix(
                format!("write `{word}`"),
                self.here(),
                word,
            );
        }
        self.reject(diagnostic);
    }

    fn expect(&mut self, punct: Punct) -> bool {
        if self.eat(punct).is_some() {
            return true;
        }
        self.expected(&format!("`{}`", punct.text()));
        false
    }

    fn expect_word(&mut self, word: &str) -> bool {
        if self.eat_word(word).is_some() {
            return true;
        }
        self.expected(&format!("`{word}`"));
        false
    }

    // -------------------------------------------------------------------------------------------- names

    /// Stands where a name is missing, so that an editor knows where one would go.
    fn no_name(&self) -> Ident {
        let end = self.end_before();
        Ident { text: String::new(), span: Span::new(end, end) }
    }

    /// A name that is declared or looked up.
    fn name(&mut self, what: &str) -> Ident {
        let word = self.word();
        if RESERVED.contains(&word) || CONSTANTS.contains(&word) {
            let diagnostic = self
                .unexpected(what)
                .help(format!("`{word}` is a word of the expression language; choose another name"));
            self.reject(diagnostic);
            // It stands where a name should, so go on as if it were one; not if a clause starts with it.
            if matches!(word, "for" | "let" | "in") {
                return self.no_name();
            }
        } else if word.is_empty() {
            self.expected(what);
            return self.no_name();
        }
        self.ident()
    }

    /// A name of a field or member: reserved words are free.
    fn field(&mut self, what: &str) -> Ident {
        let word = self.word();
        if CONSTANTS.contains(&word) {
            let diagnostic = self.unexpected(what).help(format!("nothing may be called `{word}`"));
            self.reject(diagnostic);
        } else if word.is_empty() {
            self.expected(what);
            return self.no_name();
        }
        self.ident()
    }

    fn ident(&mut self) -> Ident {
        let token = self.bump();
        Ident { text: self.text_of(token).to_owned(), span: token.span }
    }

    fn at_field(&self) -> bool {
        self.peek().kind == TokenKind::Word && !CONSTANTS.contains(&self.word())
    }

    fn at_name(&self) -> bool {
        self.at_field() && !RESERVED.contains(&self.word())
    }

    /// `a.b.c`
    fn path(&mut self, what: &str) -> Path {
        let first = self.name(what);
        self.path_from(first)
    }

    /// `a.b.c` whose parts may all be reserved words.
    fn field_path(&mut self, what: &str) -> Path {
        let first = self.field(what);
        self.path_from(first)
    }

    fn path_from(&mut self, first: Ident) -> Path {
        let mut parts = vec![first];
        while self.is(Punct::Dot) && !self.starts_use_tail() {
            self.bump();
            parts.push(self.field("a name"));
        }
        let start = parts.first().map_or(0, |part| part.span.start);
        let end = parts.last().map_or(start, |part| part.span.end);
        Path { parts, span: Span::new(start, end) }
    }

    /// `.*` and `.{` end the path of a `use`.
    fn starts_use_tail(&self) -> bool {
        let next = self.ahead(1);
        next.is(Punct::Star) || next.is(Punct::LBrace)
    }

    /// A string; an empty one where there is none.
    fn string(&mut self, what: &str) -> StringLit {
        if !self.at_string() {
            self.expected(what);
            let end = self.end_before();
            return StringLit { value: String::new(), span: Span::new(end, end) };
        }
        let token = self.bump();
        let span = token.span;
        let value = match token.kind {
            TokenKind::Str => literal::string(self.text_of(token)).unwrap_or_else(|all| {
                all.into_iter().for_each(|bad| self.context.bad(span, bad));
                String::new()
            }),
            _ => hints::open_text(self.text_of(token)).to_owned(),
        };
        StringLit { value, span }
    }

    // -------------------------------------------------------------------------------------------- items

    fn item(&mut self) -> Option<Item> {
        let span = self.context.item_span();
        let docs = self.context.docs_above(span.start);
        let head = self.bump();
        let kind = match self.word_of(head) {
            "package" => ItemKind::Package(self.package_item()),
            "use" => ItemKind::Use(self.use_item()),
            "enum" => ItemKind::Enum(self.enum_item()),
            "entity" | "event" | "request" => ItemKind::Fact(self.fact_item(head)),
            "signal" => ItemKind::Signal(self.signal_item()),
            "catalog" => ItemKind::Catalog(self.catalog_item()),
            "param" => ItemKind::Param(self.param_item()),
            "fn" => ItemKind::Fn(self.fn_item()),
            "table" => ItemKind::Table(self.table_item()),
            "relation" => ItemKind::Relation(self.relation_item()),
            "policy" => ItemKind::Policy(self.policy_item()),
            "waive" => ItemKind::Waive(self.waive_item()),
            "envelope" => ItemKind::Envelope(self.envelope_item()),
            "test" => ItemKind::Test(self.test_item()),
            _ => return None,
        };
        if !self.at_end() {
            self.after_item();
        }
        Some(Item { kind, docs, span })
    }

    /// Something stands behind a complete item.
    fn after_item(&mut self) {
        if self.is(Punct::RBrace) {
            let diagnostic = Diagnostic::new(Code::Syntax, self.here(), "a `}` that closes nothing")
                .label("one too many")
                .help("take it away, or look for a `}` above that stands too early")
                .fix("take `}` away", self.here(), "");
            return self.reject(diagnostic);
        }
        self.operator_hint();
        if !self.just_failed() {
            self.expected("the end of the item");
        }
    }
}
