//! A line of the usual shape: a report of which every field fits, its texts still lying in the line.

use std::sync::Arc;

use assize_lang::plan::{Name, Type};

use super::report::{Origin, State, Stored};
use super::snapshot::Hash;
use crate::value::Value;
use crate::world::{FieldId, Kind, Layout, TypeId};

/// What a line says of one field, which fits the field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Raw<'l> {
    Missing,
    Absent,
    Bool(bool),
    /// The member of an enum, by its place and as it is written.
    Enum(u8, &'l str),
    /// A number, an instant or a duration, as its column holds it.
    Word(u64),
    /// A text, the key, or the key of another; and the hash that it is found by.
    Text(&'l str, u32),
    /// A list, a map, or anything: its place among what the line has of those.
    Value(u32),
}

/// A value, and its JSON in its one canonical spelling.
#[derive(Clone, Debug)]
pub(crate) struct Whole {
    pub(crate) value: Value,
    pub(super) json: String,
}

/// From which byte of a line to which.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    pub(super) from: u32,
    pub(super) to: u32,
}

impl Span {
    /// Of a line that is short enough for such numbers.
    pub(super) const fn new(from: usize, to: usize) -> Self {
        Self { from: from as u32, to: to as u32 }
    }

    /// Its bytes of that line.
    pub(super) fn of(self, line: &str) -> &[u8] {
        line.as_bytes().get(self.from as usize..self.to as usize).unwrap_or_default()
    }
}

/// What a line says of one field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said<'l> {
    pub(crate) said: Raw<'l>,
    /// From where to where the line says so; of anything but a [`Raw::Value`] in its one canonical spelling.
    pub(super) json: Span,
    /// Whether the field's name and its colon are the beginning of that.
    pub(super) named: bool,
    /// Of a text its number, of a key that of its row, once that is known.
    pub(crate) number: u32,
}

impl Said<'_> {
    pub(super) const fn nothing() -> Self {
        Self { said: Raw::Missing, json: Span::new(0, 0), named: false, number: 0 }
    }
}

/// A report, as a line says it.
#[derive(Clone, Debug)]
pub(crate) struct Read<'l> {
    pub(super) line: &'l str,
    pub(crate) ty: TypeId,
    /// The type as the line names it.
    pub(crate) name: &'l str,
    pub(crate) key: &'l str,
    /// The hash that the key's text is found by.
    pub(crate) key_hash: u32,
    /// The key's place among the fields.
    pub(crate) key_at: usize,
    pub(crate) tool: &'l str,
    pub(crate) instance: Option<&'l str>,
    pub(crate) record: Option<&'l str>,
    pub(crate) observed_at: i64,
    /// Where the line says so, where that is how it is printed.
    pub(super) printed: Option<Span>,
    /// Of the reader's forms the one that it is read by.
    pub(super) form: usize,
    /// By the field's place in its type, the key among them.
    pub(crate) fields: Vec<Said<'l>>,
    /// Lists, maps, and whatever else is no [`Raw`].
    pub(crate) wholes: Vec<Whole>,
    /// The hash of the line, once it is wanted.
    pub(crate) hash: Hash,
}

/// The beginning of a hash.
pub(super) fn mark(hash: &Hash) -> u64 {
    hash.first_chunk::<8>().map_or(0, |first| u64::from_be_bytes(*first))
}

impl Read<'_> {
    /// A list, a map, or anything.
    pub(crate) fn whole(&self, at: u32) -> Option<&Value> {
        self.wholes.get(at as usize).map(|whole| &whole.value)
    }

    pub(crate) fn mark(&self) -> u64 {
        mark(&self.hash)
    }

    /// The report, to keep.
    pub(crate) fn stored(
        &self,
        layout: &Layout,
        origin: impl FnOnce(&str, Option<&str>) -> Arc<Origin>,
    ) -> Stored {
        let mut fields = Vec::with_capacity(self.fields.len());
        for ((field, kind), said) in layout.kinds(self.ty).zip(&self.fields) {
            let state = match &said.said {
                Raw::Missing => continue,
                _ if kind == Kind::Key => continue,
                Raw::Absent => State::Absent,
                said => match self.value(layout, field, kind, said) {
                    Some(value) => State::Value(value),
                    None => continue,
                },
            };
            fields.push((usize::from(field.0), state));
        }
        Stored {
            key: Arc::from(self.key),
            origin: origin(self.tool, self.instance),
            record: self.record.map(Arc::from),
            observed_at: self.observed_at,
            fields: fields.into(),
            mark: self.mark(),
        }
    }

    fn value(&self, layout: &Layout, field: FieldId, kind: Kind, said: &Raw<'_>) -> Option<Value> {
        Some(match (said, kind) {
            (Raw::Bool(truth), _) => Value::Bool(*truth),
            (Raw::Enum(member, _), _) => {
                Value::Enum(enum_name(&layout.field(self.ty, field)?.ty)?.clone(), *member)
            }
            (Raw::Word(word), Kind::Int) => Value::Int(word.cast_signed()),
            (Raw::Word(word), Kind::Uint) => Value::Uint(*word),
            (Raw::Word(word), Kind::Double) => Value::Double(f64::from_bits(*word)),
            (Raw::Word(word), Kind::Time) => Value::Timestamp(word.cast_signed()),
            (Raw::Word(word), Kind::Span) => Value::Duration(word.cast_signed()),
            (Raw::Text(text, _), Kind::Fact(to)) => Value::Fact(layout.ty(to).name.clone(), Arc::from(*text)),
            (Raw::Text(text, _), _) => Value::text(text),
            (Raw::Value(at), _) => self.whole(*at)?.clone(),
            (Raw::Missing | Raw::Absent | Raw::Word(_), _) => return None,
        })
    }
}

/// The enum that a field's type is, secret or not.
pub(crate) fn enum_name(ty: &Type) -> Option<&Name> {
    match ty {
        Type::Enum(name) => Some(name),
        Type::Sensitive(inner) => enum_name(inner),
        _ => None,
    }
}
