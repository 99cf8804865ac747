//! The tokens of a text, for those who colour it or look around in it.

use super::lexer::{TokenKind, lex};
use crate::diagnostic::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lexeme {
    /// A name, or a word of the language.
    Word,
    /// A number, a duration or an instant.
    Number,
    /// A text or bytes; an open one ends with its line.
    Text,
    /// `// …`
    Comment,
    /// `/// …`
    Docs,
    /// An operator, a bracket, a comma.
    Mark,
    /// What belongs to nothing.
    Stray,
}

/// The tokens of a text, in order. Any text is taken.
#[must_use]
pub fn tokens(text: &str) -> Vec<(Lexeme, Span)> {
    let tokens = lex(text).into_iter().filter(|token| token.kind != TokenKind::End);
    let shown = tokens.map(|token| {
        let lexeme = match token.kind {
            TokenKind::Word | TokenKind::Quoted => Lexeme::Word,
            TokenKind::Int
            | TokenKind::Uint
            | TokenKind::Double
            | TokenKind::Duration
            | TokenKind::Timestamp
            | TokenKind::BadNumber => Lexeme::Number,
            TokenKind::Str | TokenKind::Bytes | TokenKind::OpenString | TokenKind::CurlyString => {
                Lexeme::Text
            }
            TokenKind::Punct(_) => Lexeme::Mark,
            TokenKind::Comment => Lexeme::Comment,
            TokenKind::Doc => Lexeme::Docs,
            TokenKind::Stray | TokenKind::End => Lexeme::Stray,
        };
        (lexeme, token.span)
    });
    shown.collect()
}
