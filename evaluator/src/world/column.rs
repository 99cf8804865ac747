//! One field of many rows.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a slot is given out by the chunk, of which every column has the same length"
)]

use std::sync::Arc;

use super::even::Even;
use super::layout::{Kind, Row, Sym};
use crate::value::Value;

/// What a cell holds, in one byte. From [`VALUE`] on a value: for booleans and enums the byte tells which.
pub(super) mod code {
    /// The report does not say.
    pub(crate) const MISSING: u8 = 0;
    /// Known to be absent.
    pub(crate) const ABSENT: u8 = 1;
    /// What the report says does not fit.
    pub(crate) const BAD: u8 = 2;
    /// Of several reports: not known, and nothing that is said tells all that it may be.
    pub(crate) const LOOSE: u8 = 3;
    /// Of several reports: not known, but one of what they say.
    pub(crate) const MAYBE: u8 = 4;
    pub(crate) const VALUE: u8 = 5;
}

/// A value in the form of its column.
#[derive(Clone, Debug)]
pub(super) enum Packed {
    /// The code says all.
    None,
    /// A text or a row.
    Half(u32),
    /// A number, an instant, a duration.
    Word(u64),
    /// References.
    Rows(Arc<[Row]>),
    Other(Arc<Value>),
}

impl Packed {
    /// Whether it is the same value, of the same type throughout.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Half(a), Self::Half(b)) => a == b,
            (Self::Word(a), Self::Word(b)) => a == b,
            (Self::Rows(a), Self::Rows(b)) => a == b,
            (Self::Other(a), Self::Other(b)) => Arc::ptr_eq(a, b) || identical(a, b),
            _ => false,
        }
    }
}

/// Equal and of one type throughout: `1` and `1.0` are equal numbers and not identical.
pub(super) fn identical(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| identical(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            let pair =
                |((x, a), (y, b)): ((&Value, &Value), (&Value, &Value))| identical(x, y) && identical(a, b);
            a.len() == b.len() && a.iter().zip(b.iter()).all(pair)
        }
        (Value::Double(a), Value::Double(b)) => a.to_bits() == b.to_bits(),
        _ => std::mem::discriminant(a) == std::mem::discriminant(b) && a == b,
    }
}

/// The cells of one field in one chunk of rows.
#[derive(Clone, Debug)]
pub(super) struct Column {
    codes: Even<u8>,
    data: Data,
}

#[derive(Clone, Debug)]
enum Data {
    None,
    Half(Vec<u32>),
    Word(Vec<u64>),
    Rows(Vec<Option<Arc<[Row]>>>),
    Other(Vec<Option<Arc<Value>>>),
}

/// The codes of a chunk's rows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Codes<'w> {
    Same(u8),
    Each(&'w [u8]),
}

/// The values of a chunk's rows; of one whose code says all, whatever it was before.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Values<'w> {
    /// The codes say all.
    None,
    /// Texts or rows.
    Half(&'w [u32]),
    /// Numbers, instants, durations.
    Word(&'w [u64]),
    /// Keys.
    Keys(&'w [Sym]),
}

impl Column {
    pub(super) fn codes(&self) -> Codes<'_> {
        match &self.codes {
            Even::Same(code, _) => Codes::Same(*code),
            Even::Each(all) => Codes::Each(all),
        }
    }

    pub(super) fn values(&self) -> Values<'_> {
        match &self.data {
            Data::Half(all) => Values::Half(all),
            Data::Word(all) => Values::Word(all),
            Data::None | Data::Rows(_) | Data::Other(_) => Values::None,
        }
    }

    pub(super) fn new(kind: Kind, room: usize) -> Self {
        let data = match kind {
            Kind::Key | Kind::Bool | Kind::Enum => Data::None,
            Kind::Text | Kind::Fact(_) => Data::Half(Vec::with_capacity(room)),
            Kind::Int | Kind::Uint | Kind::Double | Kind::Time | Kind::Span => {
                Data::Word(Vec::with_capacity(room))
            }
            Kind::Facts(_) => Data::Rows(Vec::with_capacity(room)),
            Kind::Other => Data::Other(Vec::with_capacity(room)),
        };
        Self { codes: Even::new(), data }
    }

    /// Adds a cell that nobody reads before it is set.
    pub(super) fn push(&mut self) {
        self.codes.push();
        self.add_nothing();
    }

    /// Adds a cell of which the code says all.
    pub(super) fn add_code(&mut self, code: u8) {
        self.codes.add(code);
        self.add_nothing();
    }

    /// Adds room beside a code.
    fn add_nothing(&mut self) {
        match &mut self.data {
            Data::None => {}
            Data::Half(all) => all.push(0),
            Data::Word(all) => all.push(0),
            Data::Rows(all) => all.push(None),
            Data::Other(all) => all.push(None),
        }
    }

    /// Adds a text or a row; the key has none.
    pub(super) fn add_half(&mut self, value: u32) {
        let Data::Half(all) = &mut self.data else { return self.add_code(code::MISSING) };
        all.push(value);
        self.codes.add(code::VALUE);
    }

    /// Adds a number, an instant, a duration.
    pub(super) fn add_word(&mut self, value: u64) {
        let Data::Word(all) = &mut self.data else { return self.add_code(code::MISSING) };
        all.push(value);
        self.codes.add(code::VALUE);
    }

    /// Takes no more room than it must, given which slots are read.
    pub(super) fn trim(&mut self, read: impl Fn(usize) -> bool) {
        self.codes.trim(read);
        match &mut self.data {
            Data::None => {}
            Data::Half(all) => all.shrink_to_fit(),
            Data::Word(all) => all.shrink_to_fit(),
            Data::Rows(all) => all.shrink_to_fit(),
            Data::Other(all) => all.shrink_to_fit(),
        }
    }

    /// About how many bytes the codes take, and the values.
    pub(super) fn bytes(&self) -> (usize, usize) {
        // A list or a map, with what hangs on it, is taken for 64 bytes.
        let values = match &self.data {
            Data::None => 0,
            Data::Half(all) => all.capacity() * 4,
            Data::Word(all) => all.capacity() * 8,
            Data::Rows(all) => {
                all.capacity() * 16 + all.iter().flatten().map(|rows| rows.len() * 4 + 32).sum::<usize>()
            }
            Data::Other(all) => all.capacity() * 8 + all.iter().flatten().count() * 64,
        };
        (self.codes.bytes(), values)
    }

    pub(super) fn code(&self, slot: usize) -> u8 {
        self.codes.get(slot)
    }

    pub(super) fn half(&self, slot: usize) -> u32 {
        match &self.data {
            Data::Half(all) => all[slot],
            _ => 0,
        }
    }

    pub(super) fn word(&self, slot: usize) -> u64 {
        match &self.data {
            Data::Word(all) => all[slot],
            _ => 0,
        }
    }

    pub(super) fn rows(&self, slot: usize) -> &[Row] {
        match &self.data {
            Data::Rows(all) => all[slot].as_deref().unwrap_or(&[]),
            _ => &[],
        }
    }

    pub(super) fn other(&self, slot: usize) -> Option<&Value> {
        match &self.data {
            Data::Other(all) => all[slot].as_deref(),
            _ => None,
        }
    }

    /// Whether the cell holds this.
    pub(super) fn is(&self, slot: usize, code: u8, packed: &Packed) -> bool {
        self.codes.get(slot) == code
            && match (packed, &self.data) {
                (Packed::None, _) => true,
                (Packed::Half(value), Data::Half(all)) => all[slot] == *value,
                (Packed::Word(value), Data::Word(all)) => all[slot] == *value,
                (Packed::Rows(value), Data::Rows(all)) => all[slot].as_ref() == Some(value),
                (Packed::Other(value), Data::Other(all)) => all[slot]
                    .clone()
                    .is_some_and(|held| Packed::Other(held).same(&Packed::Other(Arc::clone(value)))),
                _ => false,
            }
    }

    /// Sets a cell of which the code says all.
    pub(super) fn set_code(&mut self, slot: usize, code: u8) {
        self.codes.set(slot, code);
    }

    /// Sets a cell to a text or a row; the key has none.
    pub(super) fn set_half(&mut self, slot: usize, value: u32) {
        let Data::Half(all) = &mut self.data else { return self.set_code(slot, code::MISSING) };
        all[slot] = value;
        self.set_code(slot, code::VALUE);
    }

    /// Sets a cell to a number, an instant, a duration.
    pub(super) fn set_word(&mut self, slot: usize, value: u64) {
        let Data::Word(all) = &mut self.data else { return self.set_code(slot, code::MISSING) };
        all[slot] = value;
        self.set_code(slot, code::VALUE);
    }

    /// Sets a cell; says whether that changed it.
    pub(super) fn set(&mut self, slot: usize, code: u8, packed: Packed) -> bool {
        let changed = self.codes.set(slot, code);
        let otherwise = match (packed, &mut self.data) {
            (Packed::Half(value), Data::Half(all)) => std::mem::replace(&mut all[slot], value) != value,
            (Packed::Word(value), Data::Word(all)) => std::mem::replace(&mut all[slot], value) != value,
            (Packed::Rows(value), Data::Rows(all)) => {
                let same = all[slot].as_ref() == Some(&value);
                all[slot] = Some(value);
                !same
            }
            (Packed::Other(value), Data::Other(all)) => {
                let held = all[slot].replace(Arc::clone(&value));
                !held.is_some_and(|held| Packed::Other(held).same(&Packed::Other(value)))
            }
            (_, Data::Rows(all)) => {
                all[slot] = None;
                false
            }
            (_, Data::Other(all)) => {
                all[slot] = None;
                false
            }
            _ => false,
        };
        changed || otherwise
    }
}
