//! Pieces to text: where a line breaks, how far it is indented, how much blank stands between two pieces.

use std::collections::HashSet;

use super::WIDTH;
use super::marks::{Block, Marks};
use super::pieces::{Piece, Pieces};
use crate::syntax::lexer::Punct;

const STEP: usize = 2;

/// A bracket that is open.
#[derive(Clone, Copy, Debug)]
struct Frame {
    /// The bracket that closes it.
    close: usize,
    /// How far the line is indented on which it was opened.
    indent: usize,
    /// How far the entry is indented in which it was opened.
    base: usize,
    /// A block: its entries have lines of their own (`true`), or all of it has one.
    block: Option<bool>,
}

/// A text being written.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pieces: &'a Pieces<'a>,
    marks: &'a Marks,
    out: String,
    frames: Vec<Frame>,
    /// How far the line being written is indented.
    indent: usize,
    /// How far the entry being written is indented.
    base: usize,
}

impl<'a> Layout<'a> {
    pub(super) fn new(pieces: &'a Pieces<'a>, marks: &'a Marks) -> Self {
        Self { pieces, marks, out: String::new(), frames: Vec::new(), indent: 0, base: 0 }
    }

    /// The whole text, without a line break at its end.
    pub(super) fn text(mut self) -> String {
        for index in 0..self.pieces.len() {
            self.piece(index);
        }
        self.out
    }

    fn piece(&mut self, index: usize) {
        let Some(piece) = self.pieces.get(index) else { return };
        if let Some(before) = index.checked_sub(1).and_then(|before| self.pieces.get(before)) {
            if self.breaks(index, piece, before) {
                self.new_line(index, piece, before);
            } else {
                let blanks = self.blanks(index, piece, before);
                self.out.extend(std::iter::repeat_n(' ', blanks));
            }
        }
        if self.frames.last().is_some_and(|frame| frame.close == index)
            && let Some(frame) = self.frames.pop()
        {
            self.base = frame.base;
        }
        self.out.push_str(piece.text);
        if let Some(close) = self.pieces.closing(index) {
            let block = self.marks.blocks.get(&index).copied();
            let block = block.map(|block| block == Block::Open || self.must_open(index, close));
            let empty = close == index.saturating_add(1);
            let block = block.map(|open| open && !empty);
            self.frames.push(Frame { close, indent: self.indent, base: self.base, block });
        }
    }

    /// Whether a block cannot stand on the line on which it starts.
    fn must_open(&self, open: usize, close: usize) -> bool {
        let line = self.out.rsplit('\n').next().unwrap_or_default().chars().count();
        let inside = flat_width(self.pieces, self.marks, open.saturating_add(1), close.saturating_add(1));
        is_written_open(self.pieces, open, close) || line.saturating_add(inside) > WIDTH
    }

    fn breaks(&self, index: usize, piece: &Piece<'_>, before: &Piece<'_>) -> bool {
        if before.is_comment() {
            return true;
        }
        if piece.is_comment() {
            return piece.is_own_line();
        }
        if self.marks.broken.contains(&index) {
            return true;
        }
        let top = self.frames.last();
        if let Some(open) = top.and_then(|frame| frame.block) {
            let ends = top.is_some_and(|frame| frame.close == index);
            if ends || self.marks.entries.contains(&index) {
                return open;
            }
        }
        if self.marks.joined.contains(&index) || self.stays(index, piece, before) {
            return false;
        }
        piece.breaks > 0
    }

    /// Whether a line never starts with this piece, or never ends with the one before.
    fn stays(&self, index: usize, piece: &Piece<'_>, before: &Piece<'_>) -> bool {
        let colon = piece.is(Punct::Colon) && !self.marks.choices.contains(&index);
        let tight = self.marks.tight_before.contains(&index) && !piece.closes();
        let behind =
            index.checked_sub(1).is_some_and(|at| self.marks.tight_after.contains(&at)) && !before.opens();
        piece.is(Punct::Comma)
            || before.is(Punct::Dot)
            || colon
            || tight
            || behind
            || self.marks.blocks.contains_key(&index)
    }

    fn new_line(&mut self, index: usize, piece: &Piece<'_>, before: &Piece<'_>) {
        let next = self.pieces.token(index);
        let top = self.frames.last().copied();
        let closes = top.is_some_and(|frame| next == Some(frame.close));
        let in_block = top.is_some_and(|frame| frame.block.is_some());
        let starts = self.frames.is_empty() && self.out_is_comments(index)
            || in_block && (closes || next.is_some_and(|next| self.marks.entries.contains(&next)));
        // A blank line between entries is the author's, and one is enough.
        let blank = piece.breaks > 1 && starts && !piece.closes() && !before.opens();
        self.out.push_str(if blank { "\n\n" } else { "\n" });
        self.indent = match top {
            Some(frame) if frame.close == index => frame.indent,
            Some(frame) if starts || frame.block.is_none() => frame.indent.saturating_add(STEP),
            None if starts => 0,
            _ => self.base.saturating_add(STEP),
        };
        let inside = top.is_some_and(|frame| frame.block.is_none());
        let marked = |marks: &HashSet<usize>| next.is_some_and(|next| marks.contains(&next));
        if inside && marked(&self.marks.continues) || marked(&self.marks.keys) {
            self.indent = self.indent.saturating_add(STEP);
        }
        if starts && !piece.is_comment() && top.is_none_or(|frame| frame.close != index) {
            self.base = self.indent;
        }
        self.out.extend(std::iter::repeat_n(' ', self.indent));
    }

    /// Whether nothing but comments stands before a piece.
    fn out_is_comments(&self, index: usize) -> bool {
        self.pieces.token(0).is_none_or(|first| first >= index)
    }

    fn blanks(&self, index: usize, piece: &Piece<'_>, before: &Piece<'_>) -> usize {
        if let Some(blanks) = self.marks.blanks.get(&index) {
            return *blanks;
        }
        usize::from(has_blank(self.marks, index, piece, before)).saturating_mul(if piece.is_comment() {
            2
        } else {
            1
        })
    }
}

/// Whether an author gave a block more than one line.
pub(super) fn is_written_open(pieces: &Pieces<'_>, open: usize, close: usize) -> bool {
    let inside = pieces.range(open.saturating_add(1), close.saturating_add(1));
    inside.iter().any(|piece| piece.breaks > 0 || piece.is_comment())
}

/// Whether a blank stands between two pieces on one line.
fn has_blank(marks: &Marks, index: usize, piece: &Piece<'_>, before: &Piece<'_>) -> bool {
    if piece.is_comment() {
        return true;
    }
    let behind = index.checked_sub(1).is_some_and(|at| marks.tight_after.contains(&at));
    if marks.tight_before.contains(&index) || behind {
        return false;
    }
    if before.is(Punct::LParen) || before.is(Punct::LBracket) || before.is(Punct::Dot) {
        return false;
    }
    if before.is(Punct::LBrace) && piece.is(Punct::RBrace) {
        return false;
    }
    if piece.is(Punct::Colon) {
        return marks.choices.contains(&index);
    }
    !(piece.is(Punct::RParen) || piece.is(Punct::RBracket) || piece.is(Punct::Comma) || piece.is(Punct::Dot))
}

/// How wide a range of pieces is on one line, the blank before the first included.
pub(super) fn flat_width(pieces: &Pieces<'_>, marks: &Marks, from: usize, to: usize) -> usize {
    let mut width: usize = 0;
    for index in from..to {
        let Some(piece) = pieces.get(index) else { break };
        if let Some(before) = index.checked_sub(1).and_then(|before| pieces.get(before)) {
            width = width.saturating_add(usize::from(has_blank(marks, index, piece, before)));
        }
        width = width.saturating_add(piece.text.chars().count());
    }
    width
}
