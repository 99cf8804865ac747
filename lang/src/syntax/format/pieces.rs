//! The tokens of an item, with what an author's line breaks say.

use std::collections::HashMap;

use crate::syntax::lexer::{Punct, Token, TokenKind, lex};

/// A token or a comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) token: Token,
    /// How many lines end between it and the piece before.
    pub(super) breaks: usize,
}

impl Piece<'_> {
    pub(super) const fn start(&self) -> u32 {
        self.token.span.start
    }

    pub(super) fn is(&self, punct: Punct) -> bool {
        self.token.is(punct)
    }

    pub(super) const fn is_comment(&self) -> bool {
        self.token.is_comment()
    }

    /// A comment with a line of its own.
    pub(super) const fn is_own_line(&self) -> bool {
        self.token.is_comment() && self.token.first_on_line
    }

    pub(super) fn opens(&self) -> bool {
        self.is(Punct::LBrace) || self.is(Punct::LParen) || self.is(Punct::LBracket)
    }

    pub(super) fn closes(&self) -> bool {
        self.is(Punct::RBrace) || self.is(Punct::RParen) || self.is(Punct::RBracket)
    }
}

/// All of them, in order.
#[derive(Debug)]
pub(super) struct Pieces<'a> {
    all: Vec<Piece<'a>>,
    /// From every piece to the first token that is no comment, itself or one behind it.
    tokens: Vec<usize>,
    /// From every opening bracket to its closing one, by index.
    closing: HashMap<usize, usize>,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut end = 0_u32;
        let mut all = Vec::new();
        let mut closing = HashMap::new();
        let mut open = Vec::new();
        for token in lex(text).into_iter().filter(|token| token.kind != TokenKind::End) {
            let gap = crate::diagnostic::Span::new(end, token.span.start).text(text);
            end = token.span.end;
            let piece =
                Piece { text: token.span.text(text).trim_end(), token, breaks: gap.matches('\n').count() };
            if piece.opens() {
                open.push(all.len());
            } else if piece.closes()
                && let Some(opened) = open.pop()
            {
                closing.insert(opened, all.len());
            }
            all.push(piece);
        }
        let mut tokens = Vec::with_capacity(all.len());
        let mut next = all.len();
        for (index, piece) in all.iter().enumerate().rev() {
            if !piece.is_comment() {
                next = index;
            }
            tokens.push(next);
        }
        tokens.reverse();
        Self { all, tokens, closing }
    }

    /// The first token that is no comment, at an index or behind it.
    pub(super) fn token(&self, index: usize) -> Option<usize> {
        self.tokens.get(index).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<&Piece<'a>> {
        self.all.get(index)
    }

    /// The pieces of a range of indices.
    pub(super) fn range(&self, from: usize, to: usize) -> &[Piece<'a>] {
        self.all.get(from..to).unwrap_or_default()
    }

    /// The bracket that closes the one at `open`.
    pub(super) fn closing(&self, open: usize) -> Option<usize> {
        self.closing.get(&open).copied()
    }

    /// The first piece that starts at or behind a place.
    pub(super) fn at(&self, place: u32) -> usize {
        self.all.partition_point(|piece| piece.start() < place)
    }

    /// The token before a place, comments skipped.
    pub(super) fn before(&self, place: u32) -> Option<(usize, &Piece<'a>)> {
        let end = self.at(place);
        let index = self.range(0, end).iter().rposition(|piece| !piece.is_comment())?;
        Some((index, self.get(index)?))
    }

    /// The first such token at or behind a place.
    pub(super) fn find(&self, place: u32, punct: Punct) -> Option<usize> {
        let start = self.at(place);
        let found = self.range(start, self.len()).iter().position(|piece| piece.is(punct))?;
        start.checked_add(found)
    }
}
