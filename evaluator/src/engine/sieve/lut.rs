//! One column of a block of clauses, made ready for many cells at once: from what the world's columns hold
//! straight to clauses, with nothing in between.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a table is as long as there are classes, codes or places between the least constant and the greatest"
)]

use super::Column;
use super::block::Table;
use super::column::{ABSENT, Class, Classes, FIRST, Syms, UNKNOWN};
use crate::world::{Cell, Codes, Kind, Strip, Sym, Values, World};

/// As many places a table may have for what lies between its constants.
const SPAN: u64 = 4096;
const SIGN: u64 = 1 << 63;

/// What the cells of one column leave open, or in doubt.
#[derive(Debug)]
pub(super) struct Lut {
    by_code: Box<[u64; 256]>,
    /// Where the value beside the code has to be looked at.
    looks: Box<[bool; 256]>,
    values: ByValue,
    /// By code, whether there are clauses for any such cell.
    loud: Box<[bool; 256]>,
    /// Codes that follow one another of which there are none: the first, and how many come behind it.
    quiet: Option<(u8, u8)>,
}

/// From the value beside a code to clauses.
#[derive(Debug)]
enum ByValue {
    None,
    /// By number: what is turned to order, less the first, as far as the table goes.
    Span {
        turn: u64,
        first: u64,
        by: Box<[u64]>,
    },
    /// By class.
    Words(Kind, Box<[u64]>),
    Texts(Box<[u64]>),
}

/// The classes of texts by number, found when first met.
#[derive(Debug, Default)]
pub(super) struct Memo(Vec<u16>);

/// Who knows the texts.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) world: &'a World,
    pub(super) column: &'a Column,
    pub(super) syms: &'a Syms,
}

impl Ground<'_> {
    fn class(&self, cell: Cell) -> Class {
        match (&self.column.classes, cell) {
            (Classes::Texts(_), Cell::Text(sym)) => self.of_text(sym),
            _ => self.column.classes.of_cell(cell),
        }
    }

    pub(super) fn of_text(&self, sym: Sym) -> Class {
        let Classes::Texts(texts) = &self.column.classes else { return UNKNOWN };
        match self.syms.get(&sym) {
            Some(class) => *class,
            None if texts.is_split() => texts.other(self.world.text(sym)),
            None => texts.other(""),
        }
    }

    /// The class of a text, from the memo where it has been met.
    fn met(&self, memo: &mut Memo, sym: Sym) -> usize {
        match memo.0.get_mut(sym.index()) {
            Some(0) => {
                let class = self.of_text(sym);
                memo.0[sym.index()] = u16::try_from(class).unwrap_or(0);
                class as usize
            }
            Some(class) => usize::from(*class),
            // The memo has room for all texts there are.
            None => self.of_text(sym) as usize,
        }
    }
}

impl Memo {
    /// For a column of texts.
    pub(super) fn of(world: &World, column: &Column) -> Self {
        match column.classes {
            Classes::Texts(_) => Self(vec![0; usize::try_from(world.texts()).unwrap_or(0)]),
            _ => Self::default(),
        }
    }
}

impl Lut {
    /// What of a table, by class, is asked for.
    pub(super) fn new(ground: Ground<'_>, word: impl Fn(Class) -> u64) -> Self {
        let Column { ty, field, classes, .. } = ground.column;
        let (mut by_code, mut looks) = (Box::new([0; 256]), Box::new([false; 256]));
        for code in 0..=u8::MAX {
            let at = usize::from(code);
            match (ground.world.coded(*ty, *field, code), classes) {
                (Some(cell), _) => by_code[at] = word(ground.class(cell)),
                (None, Classes::There) => by_code[at] = word(FIRST),
                (None, _) => (by_code[at], looks[at]) = (word(UNKNOWN), true),
            }
        }
        let by_class = || (0..classes.count()).map(&word).collect();
        let values = match (classes, ground.world.layout().kind(*ty, *field)) {
            (Classes::Ordered(keys), kind @ (Kind::Int | Kind::Time | Kind::Span | Kind::Uint)) => {
                let ends = keys.first().zip(keys.last()).filter(|(first, last)| *last - *first < SPAN);
                match ends {
                    Some((first, last)) => {
                        let first = first.saturating_sub(1);
                        let of = |key: u64| word(super::column::of_order(keys, key));
                        let by = (first..=last.saturating_add(1)).map(of).collect();
                        ByValue::Span { turn: if kind == Kind::Uint { 0 } else { SIGN }, first, by }
                    }
                    None => ByValue::Words(kind, by_class()),
                }
            }
            (Classes::Ordered(_), kind) => ByValue::Words(kind, by_class()),
            (Classes::Texts(_), _) => ByValue::Texts(by_class()),
            (Classes::Codes(_) | Classes::There, _) => ByValue::None,
        };
        let valued = (FIRST..classes.count()).any(|class| word(class) != 0);
        let mut loud = Box::new([false; 256]);
        for (code, loud) in loud.iter_mut().enumerate() {
            *loud = if looks[code] { valued } else { by_code[code] != 0 };
        }
        Self { by_code, looks, values, quiet: quiet(&loud), loud }
    }

    /// For a table: what is open, and what is in doubt.
    pub(super) fn both(ground: Ground<'_>, table: &Table) -> (Self, Self) {
        (Self::new(ground, |class| table.open(class)), Self::new(ground, |class| table.doubt(class)))
    }

    /// Whether there are clauses for any of these cells.
    pub(super) fn says(&self, strip: &Strip<'_>) -> bool {
        match strip.codes {
            Codes::Same(code) => self.loud[usize::from(code)],
            Codes::Each(codes) => {
                // Without a way out, so that many are looked at together.
                let all = self.quiet.is_some_and(|(first, more)| {
                    codes.iter().fold(true, |all, code| all & (code.wrapping_sub(first) <= more))
                });
                !all && codes.iter().any(|code| self.loud[usize::from(*code)])
            }
        }
    }

    /// Takes what every cell comes to.
    pub(super) fn take(
        &self,
        ground: Ground<'_>,
        memo: &mut Memo,
        strip: &Strip<'_>,
        out: &mut [u64],
        op: impl Fn(&mut u64, u64) + Copy,
    ) {
        match (&self.values, strip.values) {
            (ByValue::Span { turn, first, by }, Values::Word(words)) => {
                let last = by.len() as u64 - 1;
                let of = |word: u64| by[(word ^ turn).saturating_sub(*first).min(last) as usize];
                self.each(strip.codes, words, out, of, op);
            }
            (ByValue::Words(kind, by), Values::Word(words)) => {
                let cell = |word: u64| match kind {
                    Kind::Double => Cell::Double(f64::from_bits(word)),
                    Kind::Uint => Cell::Uint(word),
                    _ => Cell::Int(word.cast_signed()),
                };
                let of = |word: u64| by[ground.column.classes.of_cell(cell(word)) as usize];
                self.each(strip.codes, words, out, of, op);
            }
            (ByValue::Texts(by), Values::Half(syms)) => {
                self.each(strip.codes, syms, out, |sym| by[ground.met(memo, Sym(sym))], op);
            }
            (ByValue::Texts(by), Values::Keys(syms)) => {
                self.each(strip.codes, syms, out, |sym| by[ground.met(memo, sym)], op);
            }
            // Every value is of the same class, or the code tells which.
            _ => match strip.codes {
                Codes::Same(code) => {
                    let word = self.by_code[usize::from(code)];
                    out.iter_mut().for_each(|out| op(out, word));
                }
                Codes::Each(codes) => {
                    out.iter_mut()
                        .zip(codes)
                        .for_each(|(out, code)| op(out, self.by_code[usize::from(*code)]));
                }
            },
        }
    }

    fn each<V: Copy>(
        &self,
        codes: Codes<'_>,
        values: &[V],
        out: &mut [u64],
        mut of: impl FnMut(V) -> u64,
        op: impl Fn(&mut u64, u64),
    ) {
        match codes {
            Codes::Same(code) if self.looks[usize::from(code)] => {
                out.iter_mut().zip(values).for_each(|(out, value)| op(out, of(*value)));
            }
            Codes::Same(code) => {
                let word = self.by_code[usize::from(code)];
                out.iter_mut().for_each(|out| op(out, word));
            }
            Codes::Each(codes) => {
                for ((out, value), code) in out.iter_mut().zip(values).zip(codes) {
                    let code = usize::from(*code);
                    op(out, if self.looks[code] { of(*value) } else { self.by_code[code] });
                }
            }
        }
    }
}

/// The longest run of codes that are not loud: the first of it, and how many come behind.
fn quiet(loud: &[bool; 256]) -> Option<(u8, u8)> {
    let mut longest: Option<(u8, u8)> = None;
    let mut run: Option<(u8, u8)> = None;
    for (code, loud) in (0..=u8::MAX).zip(loud) {
        run = match run {
            _ if *loud => None,
            Some((first, more)) => Some((first, more.saturating_add(1))),
            None => Some((code, 0)),
        };
        if run.map(|(_, more)| more) > longest.map(|(_, more)| more) {
            longest = run;
        }
    }
    longest
}

/// What is so of a reference that leads nowhere, by class: absent, or not known.
pub(super) const NOWHERE: [Class; 2] = [ABSENT, UNKNOWN];

/// Whether memos have numbers enough for the classes of a column.
pub(super) fn fits(column: &Column) -> bool {
    column.classes.count() < u32::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::column::order_of;
    use super::*;

    #[test]
    fn the_longest_quiet_run_is_found() {
        let mut loud = [true; 256];
        assert_eq!(quiet(&loud), None);
        loud[3] = false;
        assert_eq!(quiet(&loud), Some((3, 0)));
        loud[5..].fill(false);
        assert_eq!(quiet(&loud), Some((5, 250)));
        assert_eq!(quiet(&[false; 256]), Some((0, 255)));
    }

    #[test]
    fn numbers_keep_their_order() {
        let turned = |number: i64| number.cast_unsigned() ^ SIGN;
        for number in [i64::MIN, -1, 0, 1, i64::MAX] {
            assert_eq!(order_of(Cell::Int(number)), Some(turned(number)));
        }
    }
}
