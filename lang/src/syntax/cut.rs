//! A file to items, before any grammar: whatever is wrong in one item stays in it.

use super::lexer::{Punct, Token, TokenKind, lex};
use super::words::{HEADS, TAILS};
use crate::diagnostic::Span;

/// One item as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RawItem {
    /// Where its text starts in the file.
    pub start: u32,
    /// Its text: from the comments above it to its last token and a comment behind that.
    pub text: String,
}

/// Cuts a text into items. Total: every byte that is neither blank nor comment is in exactly one item.
///
/// An item starts where a head word stands in the first column of a line, outside strings and comments,
/// be the item before it closed or not. The comments on the lines above belong to it. Where an item is
/// complete and a line starts with something else, an item that [`parse_item`](super::parse_item) will not
/// know starts there.
#[must_use]
pub fn cut(text: &str) -> Vec<RawItem> {
    ranges(text)
        .into_iter()
        .map(|span| RawItem { start: span.start, text: span.text(text).to_owned() })
        .collect()
}

/// Where the items of a text are.
pub(crate) fn ranges(text: &str) -> Vec<Span> {
    // A byte order mark is blank at the start of a file and stray everywhere else.
    let mark = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    let shift = u32::try_from(mark).unwrap_or(0);
    let text = text.get(mark..).unwrap_or_default();
    let tokens = lex(text);
    let mut cutter = Cutter { text, shift, items: Vec::new(), open: None, depth: 0 };
    let mut comments_above: Option<u32> = None;
    let mut before: Option<Token> = None;
    for (index, token) in tokens.iter().enumerate() {
        if token.kind == TokenKind::End {
            break;
        }
        if token.is_comment() {
            if token.first_on_line {
                comments_above.get_or_insert(token.span.start);
            } else if comments_above.is_none() {
                cutter.extend(token.span.end);
            }
            continue;
        }
        let next = tokens.iter().skip(index.saturating_add(1)).find(|next| !next.is_comment());
        if cutter.starts_item(*token, before, next.copied()) {
            cutter.start(comments_above.unwrap_or(token.span.start));
        }
        cutter.take(*token);
        comments_above = None;
        before = Some(*token);
    }
    cutter.finish()
}

struct Cutter<'a> {
    text: &'a str,
    shift: u32,
    items: Vec<Span>,
    open: Option<Span>,
    depth: usize,
}

impl Cutter<'_> {
    fn word(&self, token: Token) -> &str {
        if token.kind == TokenKind::Word { token.span.text(self.text) } else { "" }
    }

    fn starts_item(&self, token: Token, before: Option<Token>, next: Option<Token>) -> bool {
        let Some(before) = before else { return true };
        if !token.first_column || token.kind != TokenKind::Word {
            return false;
        }
        let word = self.word(token);
        if HEADS.contains(&word) {
            return true;
        }
        // Two operands never touch, so a line that starts with two words, behind something that can end an
        // item, goes on with nothing. Behind a closed brace, or behind `closed`, one word is enough.
        if self.depth > 0 || TAILS.contains(&word) {
            return false;
        }
        if before.is(Punct::RBrace) || self.word(before) == "closed" {
            return true;
        }
        let ended = match before.kind {
            TokenKind::Word => {
                let word = self.word(before);
                !HEADS.contains(&word)
                    && (!TAILS.contains(&word) || matches!(word, "true" | "false" | "closed"))
            }
            TokenKind::Punct(punct) => {
                matches!(punct, Punct::RParen | Punct::RBracket | Punct::Star | Punct::Question | Punct::Gt)
            }
            _ => true,
        };
        let joined = next.is_some_and(|next| {
            !next.first_on_line
                && match next.kind {
                    TokenKind::Word => self.word(next) != "in",
                    TokenKind::Str => true,
                    _ => false,
                }
        });
        ended && joined
    }

    fn start(&mut self, at: u32) {
        self.items.extend(self.open.take());
        self.open = Some(Span::new(at, at));
        self.depth = 0;
    }

    fn extend(&mut self, end: u32) {
        if let Some(open) = &mut self.open {
            open.end = end;
        }
    }

    fn take(&mut self, token: Token) {
        self.extend(token.span.end);
        match token.kind {
            TokenKind::Punct(Punct::LBrace | Punct::LParen | Punct::LBracket) => {
                self.depth = self.depth.saturating_add(1);
            }
            TokenKind::Punct(Punct::RBrace | Punct::RParen | Punct::RBracket) => {
                self.depth = self.depth.saturating_sub(1);
            }
            _ => {}
        }
    }

    fn finish(mut self) -> Vec<Span> {
        self.items.extend(self.open.take());
        self.items.iter().map(|span| span.shifted(self.shift)).collect()
    }
}
