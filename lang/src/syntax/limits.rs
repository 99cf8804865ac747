//! Bounds that hold before any parser recurses.

use super::lexer::{Punct, Token, TokenKind};
use crate::diagnostic::{Code, Diagnostic, Span};

/// The longest item, in bytes.
pub(crate) const ITEM_BYTES: usize = 1 << 20;
/// The longest literal or word, in bytes.
pub(crate) const LITERAL_BYTES: u32 = 64 << 10;
/// How deep brackets may nest, signs may run and trees may grow.
pub(crate) const DEPTH: u32 = 256;
/// How deep the tree of a lone expression may grow. One level of it may be four of a plan, and all of them are
/// evaluated on whatever stack the caller has; CEL asks for 32.
pub(crate) const LONE_DEPTH: u32 = 64;

/// An item over its size.
pub(crate) fn check_size(text: &str) -> Option<Diagnostic> {
    (text.len() > ITEM_BYTES).then(|| {
        Diagnostic::new(Code::TooLarge, Span::new(0, 0), format!("an item of {} bytes", text.len()))
            .label("starts here")
            .note(format!("an item has at most {ITEM_BYTES} bytes"))
            .help("divide it into several items")
    })
}

/// The first token that is over a limit.
pub(crate) fn check_tokens(text: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let mut open = 0_u32;
    let mut signs = 0_u32;
    let mut angles = 0_u32;
    let mut before: Option<TokenKind> = None;
    let mut meaning = tokens.iter().filter(|token| !token.is_comment()).peekable();
    // The members of an ordered enum stand side by side, however many.
    let is_enum = meaning.peek().is_some_and(|first| first.span.text(text) == "enum");
    for token in meaning {
        let length = token.span.end.saturating_sub(token.span.start);
        if length > LITERAL_BYTES {
            return Some(
                Diagnostic::new(Code::TooLarge, token.span, format!("a literal of {length} bytes"))
                    .label("too long")
                    .note(format!("a literal has at most {LITERAL_BYTES} bytes"))
                    .help("divide it into several"),
            );
        }
        let punct = match token.kind {
            TokenKind::Punct(punct) => Some(punct),
            _ => None,
        };
        match punct {
            Some(Punct::LParen | Punct::LBracket | Punct::LBrace) => open = open.saturating_add(1),
            Some(Punct::RParen | Punct::RBracket | Punct::RBrace) => open = open.saturating_sub(1),
            _ => {}
        }
        signs = if matches!(punct, Some(Punct::Bang | Punct::Minus)) { signs.saturating_add(1) } else { 0 };
        // `list<list<…` nests without brackets; so does nothing that is written with blanks between.
        angles = match (punct, before) {
            (Some(Punct::Lt), Some(TokenKind::Word)) if !is_enum => angles.saturating_add(1),
            (None, Some(TokenKind::Punct(Punct::Lt))) if token.kind == TokenKind::Word => angles,
            _ => 0,
        };
        before = Some(token.kind);
        // The item's own braces are no nesting of an expression.
        if open > DEPTH.saturating_add(2) || signs > DEPTH || angles > DEPTH {
            return Some(too_deep(token.span, DEPTH));
        }
    }
    None
}

/// A nesting over the limit.
pub(crate) fn too_deep(span: Span, depth: u32) -> Diagnostic {
    Diagnostic::new(Code::TooLarge, span, "a nesting that is too deep")
        .label("too deep from here")
        .note(format!("an expression nests at most {depth} deep"))
        .help("name parts of it with `let`")
}
