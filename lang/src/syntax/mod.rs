//! Text to trees: items are cut, each is parsed on its own.

pub mod ast;

mod assemble;
mod context;
mod cut;
mod format;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
pub(crate) mod lexer;
mod limits;
pub(crate) mod literal;
mod parse;
mod recover;
mod text;
mod tokens;
mod tree;
mod words;

pub use cut::{RawItem, cut};
pub use format::{Formatted, expressions, format, format_range, types};
pub use tokens::{Lexeme, tokens};

use self::context::Context;
use self::lexer::{Token, TokenKind};
use self::words::HEADS;
use crate::diagnostic::{Diagnostic, Span};

/// What one item's text says, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedItem {
    /// The tree; `None` where not even the kind of the item could be told.
    pub item: Option<ast::Item>,
    /// What is wrong, in the order of the text; places are relative to the item's text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses one item, as [`cut`] gives it.
///
/// Any text is taken: what is wrong becomes diagnostics, and what could be read is in the tree all the same.
#[must_use]
pub fn parse_item(text: &str) -> ParsedItem {
    let failed = |diagnostic| ParsedItem { item: None, diagnostics: vec![diagnostic] };
    if let Some(diagnostic) = limits::check_size(text) {
        return failed(diagnostic);
    }
    let tokens = lexer::lex(text);
    let head = tokens.iter().find(|token| !token.is_comment());
    let (word, place) = match head {
        Some(token) if token.kind == TokenKind::Word => (token.span.text(text), token.span),
        Some(token) => ("", token.span),
        None => ("", Span::default()),
    };
    if !HEADS.contains(&word) {
        return failed(recover::unknown_item(word, place));
    }
    if let Some(diagnostic) = limits::check_tokens(text, &tokens) {
        return failed(diagnostic);
    }
    let context = Context::new(text, &tokens);
    // The grammar and the parser by hand are one language, to which property tests hold them; that by hand is the faster
    // one, so the grammar is asked only where something is wrong. What it accepts all the same is right.
    let (item, faultless) = recover::item(&context);
    let by_grammar = if faultless { None } else { by_grammar(text, &tokens) };
    let parsed = by_grammar.unwrap_or_else(|| ParsedItem { item, diagnostics: context.finish() });
    match parsed.item.as_ref().and_then(limits::check_parts) {
        Some(diagnostic) => failed(diagnostic),
        None => parsed,
    }
}

/// What the grammar reads, where it accepts the text.
fn by_grammar(text: &str, tokens: &[Token]) -> Option<ParsedItem> {
    let context = Context::new(text, tokens);
    let item = parse::item(&context).ok()?;
    Some(ParsedItem { item, diagnostics: context.finish() })
}

/// What is wrong with a file that is too big to be read.
pub(crate) fn check_file(text: &str) -> Option<Diagnostic> {
    limits::check_file(text, 0).or_else(|| limits::check_file(text, cut::ranges(text).len()))
}

/// The items of a file; none of one that is over a limit.
pub(crate) fn cut_file(text: &str) -> Vec<RawItem> {
    if limits::check_file(text, 0).is_some() {
        return Vec::new();
    }
    let items = cut(text);
    if limits::check_file(text, items.len()).is_some() { Vec::new() } else { items }
}

/// Calls `visit` with every word of a text that may be a name, those in texts among them, for they may stand in
/// `{…}`. Comments say nothing.
pub(crate) fn words<'t>(text: &'t str, visit: &mut dyn FnMut(&'t str)) {
    use lexer::TokenKind::{CurlyString, OpenString, Quoted, Str, Word};
    for token in lexer::lex(text) {
        let written = token.span.text(text);
        match token.kind {
            Word => visit(written),
            Str | OpenString | CurlyString | Quoted => {
                let words = written.split(|c: char| !(c.is_alphanumeric() || c == '_'));
                words.filter(|word| !word.is_empty()).for_each(&mut *visit);
            }
            _ => {}
        }
    }
}

/// Whether a text can be a name: of a field, behind a dot, more can than of anything else.
#[must_use]
pub fn is_name(text: &str, behind_dot: bool) -> bool {
    let mut letters = text.chars();
    let shape = letters.next().is_some_and(lexer::starts_word) && letters.all(lexer::in_word);
    let small = u32::try_from(text.len()).is_ok_and(|length| length <= limits::NAME_BYTES);
    let kept = words::CONSTANTS.contains(&text)
        || (!behind_dot
            && (words::RESERVED.contains(&text) || words::ARM_WORDS.contains(&text) || text == "now"));
    shape && small && !kept
}

/// What a lone expression's text says, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedExpr {
    /// The tree; what could not be read is [`ast::ExprKind::Error`] in it.
    pub expr: ast::Expr,
    /// What is wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a text that is one expression and nothing else: under the limits of an item, but less deep, because
/// anybody may have written it.
#[must_use]
pub fn parse_expression(text: &str) -> ParsedExpr {
    let whole = Span::new(0, u32::try_from(text.len()).unwrap_or(u32::MAX));
    let failed = |diagnostic| ParsedExpr {
        expr: ast::Expr { kind: ast::ExprKind::Error, span: whole },
        diagnostics: vec![diagnostic],
    };
    if let Some(diagnostic) = limits::check_size(text) {
        return failed(diagnostic);
    }
    let tokens = lexer::lex(text);
    if let Some(diagnostic) = limits::check_tokens(text, &tokens) {
        return failed(diagnostic);
    }
    let context = Context::shallow(text, &tokens);
    let expr = parse::expression(&context, whole);
    ParsedExpr { expr, diagnostics: context.finish() }
}

#[cfg(test)]
mod tests;
