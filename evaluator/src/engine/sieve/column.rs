//! The values of one field, as far as conditions tell them apart.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use assize_lang::plan::{CompareOp, Field, Type};
use rustc_hash::FxHashMap;

use super::atoms::Test;
use crate::engine::short;
use crate::value::Value;
use crate::world::{Cell, Sym};

/// A class of values: no condition on the field tells two values of a class apart.
pub(in crate::engine) type Class = u32;

/// The class of what is not plainly known: missing, stale, disputed, bad.
pub(super) const UNKNOWN: Class = 0;
/// The class of what is known to be absent.
pub(super) const ABSENT: Class = 1;
/// The first class of values.
pub(super) const FIRST: Class = 2;

/// How the values of a field are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Enum,
    /// By order: numbers of one type, instants, durations.
    Int,
    Uint,
    Double,
    Time,
    Span,
    Text,
    /// Only whether there is one.
    There,
}

impl Kind {
    pub(super) fn of(field: &Field) -> Self {
        Self::of_type(&field.ty)
    }

    fn of_type(ty: &Type) -> Self {
        match ty {
            Type::Bool => Self::Bool,
            Type::Enum(_) => Self::Enum,
            Type::Int => Self::Int,
            Type::Uint => Self::Uint,
            Type::Double => Self::Double,
            Type::Timestamp => Self::Time,
            Type::Duration => Self::Span,
            Type::String => Self::Text,
            Type::Sensitive(inner) => Self::of_type(inner),
            _ => Self::There,
        }
    }

    /// Whether a test of a field of this kind can be told from the classes.
    pub(super) fn fits(self, test: &Test) -> bool {
        match test {
            Test::True => self == Self::Bool,
            Test::Has => true,
            Test::Starts(_) => self == Self::Text,
            Test::Compare(op, value) => {
                let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
                match value {
                    Value::Null => equality,
                    value => self.holds(value) && (equality || self != Self::Text),
                }
            }
            Test::In(values) => values.iter().all(|value| self.holds(value)),
            Test::Not(of) => self.fits(of),
            Test::All(parts) | Test::Any(parts) => parts.iter().all(|part| self.fits(part)),
            Test::Or(value, of) => self.holds(value) && self.fits(of),
        }
    }

    const fn holds(self, value: &Value) -> bool {
        match value {
            Value::Bool(_) => matches!(self, Self::Bool),
            Value::Enum(..) => matches!(self, Self::Enum),
            Value::Int(_) => matches!(self, Self::Int),
            Value::Uint(_) => matches!(self, Self::Uint),
            Value::Double(number) => matches!(self, Self::Double) && !number.is_nan(),
            Value::Timestamp(_) => matches!(self, Self::Time),
            Value::Duration(_) => matches!(self, Self::Span),
            Value::String(_) => matches!(self, Self::Text),
            _ => false,
        }
    }
}

/// The classes of one field's values.
#[derive(Debug)]
pub(super) enum Classes {
    /// One for each member, of which there are so many.
    Codes(u32),
    /// One for each constant, and one for what is between two of them.
    Ordered(Vec<u64>),
    Texts(Texts),
    There,
}

/// One class for each text that is compared with, and one for each beginning that is asked for.
#[derive(Debug, Default)]
pub(super) struct Texts {
    equal: Vec<Arc<str>>,
    /// The places of those, by hash; as many as a power of two, and never all taken.
    by_hash: Box<[Equal]>,
    /// In order.
    begin: Vec<Beginning>,
}

/// A text that is compared with.
#[derive(Clone, Copy, Debug, Default)]
struct Equal {
    first: u128,
    length: usize,
    /// From 1; 0 where none is.
    place: u32,
}

#[derive(Debug)]
struct Beginning {
    text: Arc<str>,
    first: u128,
    /// The longest other that it begins with.
    inside: Option<usize>,
}

impl Beginning {
    fn begins(&self, text: &str, first: u128) -> bool {
        let length = self.text.len();
        (first ^ self.first) & short::mask(length) == 0
            && length <= text.len()
            && (length <= short::WIDTH || text.starts_with(&*self.text))
    }
}

/// What is so of every value of a class.
#[derive(Clone, Copy)]
enum At<'c> {
    Absent,
    Code(u32),
    /// Below the constant at half this place, or where odd that constant.
    Order(u32),
    Equal(&'c str),
    /// No text that is compared with; begins with this, and with nothing longer that is asked for.
    Begins(Option<&'c str>),
    There,
}

impl Classes {
    /// For all tests of a field.
    pub(super) fn of(kind: Kind, members: u32, tests: &[&Test]) -> Self {
        let mut constants = Vec::new();
        tests.iter().for_each(|test| test.constants(&mut constants));
        match kind {
            Kind::Bool | Kind::Enum => Self::Codes(members),
            Kind::Int | Kind::Uint | Kind::Double | Kind::Time | Kind::Span => {
                let keys: BTreeSet<u64> = constants.into_iter().filter_map(order_of_value).collect();
                Self::Ordered(keys.into_iter().collect())
            }
            Kind::Text => {
                let equal: BTreeSet<Arc<str>> = constants.into_iter().filter_map(text).cloned().collect();
                let mut begin = Vec::new();
                tests.iter().for_each(|test| test.beginnings(&mut begin));
                let begin: BTreeSet<Arc<str>> = begin.into_iter().cloned().collect();
                Self::Texts(Texts::new(equal.into_iter().collect(), begin.into_iter().collect()))
            }
            Kind::There => Self::There,
        }
    }

    /// How many classes there are.
    pub(super) fn count(&self) -> u32 {
        let count = |places: usize| u32::try_from(places).unwrap_or(u32::MAX);
        FIRST.saturating_add(match self {
            Self::Codes(members) => *members,
            Self::Ordered(keys) => count(keys.len()).saturating_mul(2).saturating_add(1),
            Self::Texts(texts) => {
                count(texts.equal.len()).saturating_add(count(texts.begin.len())).saturating_add(1)
            }
            Self::There => 1,
        })
    }

    /// Whether the test may be true of a value of the class.
    pub(super) fn may(&self, test: &Test, class: Class) -> bool {
        class == UNKNOWN || self.truth(test, self.at(class)) != Some(false)
    }

    /// Whether the test is true of every value of the class.
    pub(super) fn must(&self, test: &Test, class: Class) -> bool {
        class != UNKNOWN && self.truth(test, self.at(class)) == Some(true)
    }

    fn at(&self, class: Class) -> At<'_> {
        let Some(place) = class.checked_sub(FIRST) else { return At::Absent };
        match self {
            Self::Codes(_) => At::Code(place),
            Self::Ordered(_) => At::Order(place),
            Self::Texts(texts) => {
                let place = usize::try_from(place).unwrap_or(usize::MAX);
                match texts.equal.get(place) {
                    Some(text) => At::Equal(text),
                    None => {
                        let begin = place.checked_sub(texts.equal.len().saturating_add(1));
                        At::Begins(begin.and_then(|at| texts.begin.get(at)).map(|begin| &*begin.text))
                    }
                }
            }
            Self::There => At::There,
        }
    }

    fn truth(&self, test: &Test, at: At<'_>) -> Option<bool> {
        match test {
            Test::True => match at {
                At::Code(code) => Some(code == 1),
                _ => None,
            },
            Test::Has => Some(!matches!(at, At::Absent)),
            Test::Compare(op, value) => self.compare(*op, value, at),
            Test::In(values) => any(values.iter().map(|value| self.compare(CompareOp::Eq, value, at))),
            Test::Starts(beginning) => match at {
                At::Equal(text) => Some(text.starts_with(&**beginning)),
                At::Begins(text) => Some(text.is_some_and(|text| text.starts_with(&**beginning))),
                _ => None,
            },
            Test::Not(of) => self.truth(of, at).map(|truth| !truth),
            Test::All(parts) => {
                any(parts.iter().map(|part| self.truth(part, at).map(|truth| !truth))).map(|truth| !truth)
            }
            Test::Any(parts) => any(parts.iter().map(|part| self.truth(part, at))),
            Test::Or(value, of) => match at {
                At::Absent => self.truth(of, self.at(self.of_constant(value))),
                known => self.truth(of, known),
            },
        }
    }

    fn compare(&self, op: CompareOp, value: &Value, at: At<'_>) -> Option<bool> {
        let equality = |same: bool| match op {
            CompareOp::Eq => Some(same),
            CompareOp::Ne => Some(!same),
            _ => None,
        };
        let order = |order: Ordering| {
            Some(match op {
                CompareOp::Eq => order.is_eq(),
                CompareOp::Ne => order.is_ne(),
                CompareOp::Lt => order.is_lt(),
                CompareOp::Le => order.is_le(),
                CompareOp::Gt => order.is_gt(),
                CompareOp::Ge => order.is_ge(),
            })
        };
        match (at, value) {
            (At::Absent, value) => equality(matches!(value, Value::Null)),
            (_, Value::Null) => equality(false),
            (At::Code(code), value) => order(code.cmp(&code_of(value)?)),
            (At::Order(place), value) => {
                let of = self.of_constant(value).checked_sub(FIRST)?;
                order(place.cmp(&of))
            }
            (At::Equal(text), Value::String(of)) => equality(text == &**of),
            (At::Begins(_), Value::String(_)) => equality(false),
            _ => None,
        }
    }

    /// The class of a constant that was there when the classes were made.
    pub(super) fn of_constant(&self, value: &Value) -> Class {
        match self {
            Self::Codes(_) => code_of(value).map_or(UNKNOWN, |code| FIRST.saturating_add(code)),
            Self::Ordered(keys) => order_of_value(value).map_or(UNKNOWN, |key| of_order(keys, key)),
            Self::Texts(texts) => match value {
                Value::String(text) => texts.class(text),
                _ => UNKNOWN,
            },
            Self::There => FIRST,
        }
    }

    /// Adds the classes at which the test may come to something else than just before.
    pub(super) fn steps(&self, test: &Test, out: &mut BTreeSet<Class>) {
        let mut constants = Vec::new();
        test.constants(&mut constants);
        for class in constants.into_iter().map(|value| self.of_constant(value)) {
            out.extend([class, class.saturating_add(1)]);
        }
        out.insert(FIRST);
        if let Self::Texts(texts) = self {
            let mut begin = Vec::new();
            test.beginnings(&mut begin);
            texts.steps(&begin, out);
        }
    }

    /// The class of a cell that is no text.
    pub(super) fn of_cell(&self, cell: Cell) -> Class {
        match cell {
            Cell::Unknown => return UNKNOWN,
            Cell::Absent => return ABSENT,
            _ => {}
        }
        match self {
            Self::Codes(_) => match cell {
                Cell::Bool(truth) => FIRST.saturating_add(u32::from(truth)),
                Cell::Enum(at) => FIRST.saturating_add(u32::from(at)),
                _ => UNKNOWN,
            },
            Self::Ordered(keys) => order_of(cell).map_or(UNKNOWN, |key| of_order(keys, key)),
            Self::Texts(_) => UNKNOWN,
            Self::There => FIRST,
        }
    }
}

impl Texts {
    fn new(equal: Vec<Arc<str>>, begin: Vec<Arc<str>>) -> Self {
        let half = equal.len().div_ceil(2);
        let room = if equal.is_empty() { 0 } else { equal.len().saturating_add(half).next_power_of_two() };
        let mut by_hash = vec![Equal::default(); room].into_boxed_slice();
        for (text, place) in equal.iter().zip(1..) {
            let first = short::first(text.as_bytes());
            let free = probe(&by_hash, first, text, |known| known.place == 0);
            if let Some(slot) = free.and_then(|at| by_hash.get_mut(at)) {
                *slot = Equal { first, length: text.len(), place };
            }
        }
        let mut out = Self { equal, by_hash, begin: Vec::new() };
        for text in begin {
            let first = short::first(text.as_bytes());
            // In order, so that what it begins with has been there.
            let inside = out.begins(&text, first);
            out.begin.push(Beginning { text, first, inside });
        }
        out
    }

    fn steps(&self, begin: &[&Arc<str>], out: &mut BTreeSet<Class>) {
        let first = FIRST.saturating_add(u32::try_from(self.equal.len()).unwrap_or(0));
        let place = |from: Class, at: usize| from.saturating_add(u32::try_from(at).unwrap_or(0));
        out.extend([first, first.saturating_add(1)]);
        for begin in begin {
            // In order, those that begin with it stand together.
            let ends = |text: &Arc<str>| {
                let before = **text < ***begin;
                (before, before || text.starts_with(&***begin))
            };
            out.insert(place(FIRST, self.equal.partition_point(|text| ends(text).0)));
            out.insert(place(FIRST, self.equal.partition_point(|text| ends(text).1)));
            let after = first.saturating_add(1);
            out.insert(place(after, self.begin.partition_point(|begin| ends(&begin.text).0)));
            out.insert(place(after, self.begin.partition_point(|begin| ends(&begin.text).1)));
        }
    }

    /// The texts that are compared with, each with its class.
    pub(super) fn equal(&self) -> impl Iterator<Item = (&Arc<str>, Class)> {
        self.equal.iter().zip(FIRST..)
    }

    /// The class of a text.
    pub(super) fn class(&self, text: &str) -> Class {
        self.class_of(text, short::first(text.as_bytes()))
    }

    /// The same where its [first bytes](short::first) are known.
    pub(super) fn class_of(&self, text: &str, first: u128) -> Class {
        let is = |known: &Equal| {
            known.place == 0
                || known.first == first
                    && known.length == text.len()
                    && (text.len() <= short::WIDTH || self.is_equal(known.place, text))
        };
        let found = probe(&self.by_hash, first, text, is).and_then(|at| self.by_hash.get(at));
        match found.and_then(|known| known.place.checked_sub(1)) {
            Some(place) => FIRST.saturating_add(place),
            None => self.other_of(text, first),
        }
    }

    fn is_equal(&self, place: u32, text: &str) -> bool {
        let place = usize::try_from(place).ok().and_then(|place| place.checked_sub(1));
        place.and_then(|place| self.equal.get(place)).is_some_and(|known| **known == *text)
    }

    /// Whether texts that are not compared with are told apart.
    pub(super) fn is_split(&self) -> bool {
        !self.begin.is_empty()
    }

    /// The class of a text that is not compared with.
    pub(super) fn other(&self, text: &str) -> Class {
        self.other_of(text, short::first(text.as_bytes()))
    }

    fn other_of(&self, text: &str, first: u128) -> Class {
        let begins = self.begins(text, first).map_or(0, |at| at.saturating_add(1));
        let place = self.equal.len().saturating_add(begins);
        FIRST.saturating_add(u32::try_from(place).unwrap_or(0))
    }

    /// The longest beginning of the text that is asked for.
    fn begins(&self, text: &str, first: u128) -> Option<usize> {
        // Whatever is between a beginning and the text, in their order, begins with it too.
        let is_before =
            |begin: &Beginning| begin.first < first || begin.first == first && *begin.text <= *text;
        let mut at = self.begin.partition_point(is_before).checked_sub(1);
        while let Some(begin) = at.and_then(|at| self.begin.get(at)) {
            if begin.begins(text, first) {
                return at;
            }
            at = begin.inside;
        }
        None
    }
}

/// The first place from that of the text's hash on that `is` is true of.
fn probe(table: &[Equal], first: u128, text: &str, is: impl Fn(&Equal) -> bool) -> Option<usize> {
    let last = table.len().checked_sub(1)?;
    let mut at = short::hash(first, text.as_bytes()) & last;
    // Some place is free.
    loop {
        if is(table.get(at)?) {
            return Some(at);
        }
        at = at.wrapping_add(1) & last;
    }
}

fn any(truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut out = Some(false);
    for truth in truths {
        match truth {
            Some(true) => return Some(true),
            Some(false) => {}
            None => out = None,
        }
    }
    out
}

fn text(value: &Value) -> Option<&Arc<str>> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn code_of(value: &Value) -> Option<u32> {
    match value {
        Value::Bool(truth) => Some(u32::from(*truth)),
        Value::Enum(_, at) => Some(u32::from(*at)),
        _ => None,
    }
}

pub(super) fn of_order(keys: &[u64], key: u64) -> Class {
    let place = keys.partition_point(|known| *known < key);
    let double = u32::try_from(place).unwrap_or(0).saturating_mul(2);
    let same = keys.get(place) == Some(&key);
    FIRST.saturating_add(double).saturating_add(u32::from(same))
}

fn order_of_value(value: &Value) -> Option<u64> {
    order_of(match value {
        Value::Int(number) => Cell::Int(*number),
        Value::Uint(number) => Cell::Uint(*number),
        Value::Double(number) => Cell::Double(*number),
        Value::Timestamp(at) => Cell::Time(*at),
        Value::Duration(span) => Cell::Span(*span),
        _ => return None,
    })
}

/// A number in the same order.
pub(super) fn order_of(cell: Cell) -> Option<u64> {
    const SIGN: u64 = 1 << 63;
    match cell {
        Cell::Int(number) | Cell::Time(number) | Cell::Span(number) => Some(number.cast_unsigned() ^ SIGN),
        Cell::Uint(number) => Some(number),
        Cell::Double(number) if number.is_nan() => None,
        Cell::Double(number) => {
            // Both zeros are one number.
            let bits = if number == 0.0 { 0 } else { number.to_bits() };
            Some(if bits & SIGN == 0 { bits ^ SIGN } else { !bits })
        }
        _ => None,
    }
}

/// The classes of the texts that are compared with, by their numbers in a world.
pub(in crate::engine) type Syms = FxHashMap<Sym, Class>;
