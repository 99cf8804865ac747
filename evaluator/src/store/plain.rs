//! Lines of the usual shape for whoever puts them into columns of his own: read in one pass, without a tree.

use std::sync::Arc;

use assize_lang::plan::Schema;

use super::raw::{Raw, Read};
use super::read::Reader;
use crate::facts::Instant;
use crate::value::Value;
use crate::world::{FieldId, Kind, Layout};

/// Reads fact lines of the usual shape: reports of which every field fits its type, spelled plainly. Of any other line it
/// says nothing, not even what is wrong: [`crate::facts::Line`] and a [`super::Loader`] do.
#[derive(Debug)]
pub struct PlainLines {
    reader: Reader,
    layout: Arc<Layout>,
}

/// What a report of the usual shape says.
#[derive(Debug)]
pub struct PlainReport<'l> {
    read: Read<'l>,
    layout: &'l Layout,
}

/// What it says of one field.
#[derive(Clone, Copy, Debug)]
pub enum PlainValue<'l> {
    /// Known to be absent.
    Absent,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number from 0.
    Uint(u64),
    /// A number.
    Double(f64),
    /// An instant, in microseconds.
    Time(i64),
    /// A duration, in microseconds.
    Span(i64),
    /// A text, the member of an enum, or the key of a fact.
    Text(&'l str),
    /// A list, a map, or anything else.
    Other(&'l Value),
}

impl PlainLines {
    /// Of facts of these types.
    #[must_use]
    pub fn new(schema: &Arc<Schema>) -> Self {
        let layout = Arc::new(Layout::new(Arc::clone(schema), Arc::default()));
        Self { reader: Reader::unhashed(&layout), layout }
    }

    /// Gives `each` what a line says, where it is of the usual shape; what comes of that.
    pub fn read<T>(&mut self, line: &str, each: impl FnOnce(&PlainReport<'_>) -> T) -> Option<T> {
        let read = self.reader.read(line)?;
        let report = PlainReport { read, layout: &self.layout };
        let out = each(&report);
        self.reader.done(report.read);
        Some(out)
    }
}

impl PlainReport<'_> {
    /// The fact's type, as the line names it.
    #[must_use]
    pub const fn ty(&self) -> &str {
        self.read.name
    }

    /// Its key.
    #[must_use]
    pub const fn key(&self) -> &str {
        self.read.key
    }

    /// The tool.
    #[must_use]
    pub const fn tool(&self) -> &str {
        self.read.tool
    }

    /// Which installation of it.
    #[must_use]
    pub const fn instance(&self) -> Option<&str> {
        self.read.instance
    }

    /// The tool's own record.
    #[must_use]
    pub const fn record(&self) -> Option<&str> {
        self.read.record
    }

    /// When the source saw it.
    #[must_use]
    pub const fn observed_at(&self) -> Instant {
        Instant(self.read.observed_at)
    }

    /// What it says of the field at this place of its type, where it says anything.
    #[must_use]
    pub fn field(&self, place: usize) -> Option<PlainValue<'_>> {
        let said = &self.read.fields.get(place)?.said;
        Some(match said {
            Raw::Missing => return None,
            Raw::Absent => PlainValue::Absent,
            Raw::Bool(truth) => PlainValue::Bool(*truth),
            Raw::Enum(_, text) | Raw::Text(text, _) => PlainValue::Text(text),
            Raw::Value(at) => PlainValue::Other(self.read.whole(*at)?),
            Raw::Word(word) => match self.layout.kind(self.read.ty, FieldId(u16::try_from(place).ok()?)) {
                Kind::Int => PlainValue::Int(word.cast_signed()),
                Kind::Uint => PlainValue::Uint(*word),
                Kind::Double => PlainValue::Double(f64::from_bits(*word)),
                Kind::Span => PlainValue::Span(word.cast_signed()),
                _ => PlainValue::Time(word.cast_signed()),
            },
        })
    }
}
