//! What the tree says about tokens: which of them start a line, and which stand close to their neighbours.

use std::collections::{HashMap, HashSet};

use super::pieces::Pieces;
use super::visit;
use crate::syntax::ast::{
    Decide, Expr, ExprKind, FactItem, Ident, Item, ItemKind, Literal, OutcomeKind, PolicyItem, Sequence,
    SignalItem, TypeKind,
};
use crate::syntax::lexer::Punct;

/// How a block in braces is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// One entry a line.
    Open,
    /// On one line, if its author wrote it on one and it fits.
    Flat,
}

/// Marks by the index of a piece.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// The opening braces of blocks.
    pub(super) blocks: HashMap<usize, Block>,
    /// The first tokens of the entries of blocks.
    pub(super) entries: HashSet<usize>,
    /// No blank before.
    pub(super) tight_before: HashSet<usize>,
    /// No blank behind.
    pub(super) tight_after: HashSet<usize>,
    /// The colons of choices.
    pub(super) choices: HashSet<usize>,
    /// Goes on with what stands before: inside of parentheses a line that starts with it is further indented.
    pub(super) continues: HashSet<usize>,
    /// Starts a key of a rank: a line that starts with it is further indented than its reason.
    pub(super) keys: HashSet<usize>,
    /// Stands on a new line.
    pub(super) broken: HashSet<usize>,
    /// Stands on the line of the token before.
    pub(super) joined: HashSet<usize>,
    /// So many blanks before, where it stands on the line of the token before.
    pub(super) blanks: HashMap<usize, usize>,
}

impl Marks {
    pub(super) fn new(pieces: &Pieces<'_>, item: &Item) -> Self {
        let mut marker = Marker { pieces, marks: Self::default() };
        marker.item(item);
        visit::types(item, |ty| marker.ty(ty));
        visit::expressions(item, |expr| marker.expr(expr));
        marker.marks
    }
}

struct Marker<'a> {
    pieces: &'a Pieces<'a>,
    marks: Marks,
}

impl Marker<'_> {
    /// The first brace at or behind a place opens a block.
    fn block(&mut self, place: u32, block: Block) {
        if let Some(open) = self.pieces.find(place, Punct::LBrace) {
            self.marks.blocks.insert(open, block);
        }
    }

    /// An entry starts at a place.
    fn entry(&mut self, place: u32) {
        self.marks.entries.insert(self.pieces.at(place));
    }

    /// An entry starts with the word before a place, if it is that word.
    fn entry_before(&mut self, place: u32, word: &str) {
        if let Some((index, piece)) = self.pieces.before(place)
            && (word.is_empty() || piece.text == word)
        {
            self.marks.entries.insert(index);
        }
    }

    fn item(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Package(_) | ItemKind::Waive(_) => {}
            ItemKind::Use(item) => self.use_braces(item.package.span.end),
            ItemKind::Enum(item) => {
                self.block(item.name.span.end, Block::Flat);
                item.members.iter().for_each(|(member, _)| self.entry(member.span.start));
            }
            ItemKind::Fact(item) => self.fact(item),
            ItemKind::Signal(item) => self.signal(item),
            ItemKind::Catalog(item) => {
                self.block(item.title.span.end, Block::Open);
                item.entries.iter().for_each(|entry| self.entry(entry.name.span.start));
            }
            ItemKind::Param(item) => {
                if let Some((low, _)) = &item.bounds {
                    self.close_range(low.span.end);
                }
            }
            ItemKind::Fn(item) => self.tight_paren(&item.name),
            ItemKind::Table(item) => {
                self.tight_paren(&item.name);
                self.block(item.result.span.end, Block::Open);
                item.rows.iter().for_each(|row| self.entry(row.span.start));
            }
            ItemKind::Relation(item) => {
                self.tight_paren(&item.name);
                self.block(item.args.last().map_or(item.name.span.end, |last| last.ty.span.end), Block::Open);
                item.cases.iter().for_each(|case| self.entry(case.span.start));
            }
            ItemKind::Policy(item) => self.policy(item),
            ItemKind::Envelope(item) => {
                if let Some((_, share)) = item.share {
                    self.percent(share.start);
                }
            }
            ItemKind::Test(item) => {
                self.block(item.name.span.end, Block::Open);
                item.steps.iter().for_each(|step| self.entry(step.span.start));
            }
        }
    }

    fn use_braces(&mut self, place: u32) {
        if let Some(open) = self.pieces.find(place, Punct::LBrace) {
            self.tight_braces(open);
        }
    }

    /// `{a}` and not `{ a }`.
    fn tight_braces(&mut self, open: usize) {
        self.marks.tight_after.insert(open);
        if let Some(close) = self.pieces.closing(open) {
            self.marks.tight_before.insert(close);
        }
    }

    /// `7d..400d`
    fn close_range(&mut self, place: u32) {
        if let Some(range) = self.pieces.find(place, Punct::DotDot) {
            self.marks.tight_before.insert(range);
            self.marks.tight_after.insert(range);
        }
    }

    fn percent(&mut self, place: u32) {
        if let Some(sign) = self.pieces.find(place, Punct::Percent) {
            self.marks.tight_before.insert(sign);
        }
    }

    /// `f(` and not `f (`.
    fn tight_paren(&mut self, name: &Ident) {
        if let Some(open) = self.pieces.find(name.span.end, Punct::LParen) {
            self.marks.tight_before.insert(open);
        }
    }

    fn fact(&mut self, item: &FactItem) {
        self.block(item.name.span.end, Block::Flat);
        for field in &item.fields {
            if field.key {
                self.entry_before(field.name.span.start, "key");
            } else {
                self.entry(field.name.span.start);
            }
        }
    }

    fn signal(&mut self, item: &SignalItem) {
        self.block(item.name.span.end, Block::Flat);
        let spans = item.lag.iter().chain(&item.gap).map(|(_, span)| *span);
        let spans = spans.chain(item.loss.iter().map(|(_, span)| *span));
        for span in spans.chain(item.basis.iter().map(|basis| basis.span)) {
            self.entry_before(span.start, "");
        }
        if let Some((_, span)) = item.loss {
            self.percent(span.start);
        }
    }

    fn policy(&mut self, item: &PolicyItem) {
        self.block(item.name.span.end, Block::Open);
        if let Some(mode) = &item.mode {
            self.entry_before(mode.span.start, "mode");
        }
        item.maps.iter().for_each(|path| self.entry_before(path.span.start, "maps"));
        if let Some(first) = item.bindings.first() {
            self.entry_before(first.span.start, "for");
        }
        if let Some(sequence) = &item.sequence {
            self.sequence(sequence);
        }
        for clause in &item.clauses {
            match clause {
                crate::syntax::ast::Clause::Where(expr) => self.entry_before(expr.span.start, "where"),
                crate::syntax::ast::Clause::Let(name, _, _) => self.entry_before(name.span.start, "let"),
            }
        }
        if let Some(decide) = &item.decide {
            self.decide(decide);
        }
    }

    fn sequence(&mut self, sequence: &Sequence) {
        self.entry(sequence.span.start);
        let head = sequence.within.as_ref().map_or(sequence.span.start, |within| within.span.end);
        self.block(head, Block::Open);
        sequence.steps.iter().for_each(|step| self.entry(step.name.span.start));
    }

    fn decide(&mut self, decide: &Decide) {
        let word = self.pieces.at(decide.span.start);
        self.marks.entries.insert(word);
        let arms = decide.arms.iter().map(|arm| arm.span.start);
        // Without braces the outcome stands behind the word.
        if let Some(first) = decide.arms.first()
            && let Some((open, piece)) = self.pieces.before(first.span.start)
            && piece.is(Punct::LBrace)
        {
            let block = if decide.arms.len() == 1 { Block::Flat } else { Block::Open };
            self.marks.blocks.insert(open, block);
            arms.for_each(|start| self.entry(start));
        }
        for arm in &decide.arms {
            if let Some(arrow) = self.pieces.find(arm.span.start, Punct::FatArrow)
                && self.pieces.get(arrow).is_some_and(|arrow| arrow.start() < arm.span.end)
            {
                self.marks.joined.insert(arrow);
            }
            for outcome in &arm.outcomes {
                if let OutcomeKind::Rank(_, keys) = &outcome.kind {
                    keys.iter().for_each(|(key, _)| {
                        self.marks.keys.insert(self.pieces.at(key.span.start));
                    });
                }
            }
        }
    }

    fn ty(&mut self, ty: &crate::syntax::ast::TypeExpr) {
        if ty.optional
            && let Some((mark, _)) = self.pieces.before(ty.span.end)
        {
            self.marks.tight_before.insert(mark);
        }
        if let TypeKind::Generic(name, _) = &ty.kind {
            if let Some(open) = self.pieces.find(name.span.end, Punct::Lt) {
                self.marks.tight_before.insert(open);
                self.marks.tight_after.insert(open);
            }
            let end = if ty.optional { ty.span.end.saturating_sub(1) } else { ty.span.end };
            if let Some((close, piece)) = self.pieces.before(end)
                && piece.is(Punct::Gt)
            {
                self.marks.tight_before.insert(close);
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        let first = self.pieces.at(expr.span.start);
        match &expr.kind {
            ExprKind::Unary(..) => self.sign(first),
            ExprKind::Literal(Literal::Int(_) | Literal::Double(_)) => self.sign(first),
            ExprKind::Call(name, _) | ExprKind::Method(_, name, _) => self.tight_paren(name),
            ExprKind::Optional(_) => {
                self.marks.tight_after.insert(first);
            }
            ExprKind::OptionalSelect(_, field) => {
                if let Some((mark, _)) = self.pieces.before(field.span.start) {
                    self.marks.tight_before.insert(mark);
                    self.marks.tight_after.insert(mark);
                }
            }
            ExprKind::Index(base, _) => {
                let open = self.pieces.at(base.span.end);
                self.marks.tight_before.insert(open);
            }
            ExprKind::Map(_) => self.tight_braces(self.inner_brace(first)),
            ExprKind::Binary(_, _, other) => self.continues(other),
            ExprKind::Conditional(_, then, otherwise) => {
                self.continues(then);
                self.continues(otherwise);
                if let Some(colon) = self.pieces.find(then.span.end, Punct::Colon) {
                    self.marks.choices.insert(colon);
                }
            }
            _ => {}
        }
    }

    /// The sign before an operand goes on with what stands before it.
    fn continues(&mut self, operand: &Expr) {
        if let Some((sign, _)) = self.pieces.before(operand.span.start) {
            self.marks.continues.insert(sign);
        }
    }

    /// A map in parentheses starts with those.
    fn inner_brace(&self, first: usize) -> usize {
        let is_brace = |index: &usize| self.pieces.get(*index).is_none_or(|piece| piece.is(Punct::LBrace));
        (first..self.pieces.len()).find(is_brace).unwrap_or(first)
    }

    /// A sign before an operand; a parenthesised one starts with its parentheses.
    fn sign(&mut self, first: usize) {
        let is_sign = |index: &usize| {
            self.pieces.get(*index).is_some_and(|piece| piece.is(Punct::Minus) || piece.is(Punct::Bang))
        };
        let opens = |index: &usize| {
            self.pieces.get(*index).is_some_and(|piece| piece.is(Punct::LParen) || piece.is_comment())
        };
        let at = (first..self.pieces.len()).find(|index| !opens(index));
        if let Some(at) = at.filter(is_sign) {
            self.marks.tight_after.insert(at);
        }
    }
}
