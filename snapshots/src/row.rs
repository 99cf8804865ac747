//! Rows on their way to a file: the cells of a line one after the other, in the order of the file's columns.
//!
//! A line is read once. What is sorted, spilt and merged are these bytes; columns are filled from them without JSON. The
//! first column is the key, which a record is sorted by, and stands there and not here.

use arrow_array::{
    Array, BooleanArray, DurationMicrosecondArray, Float64Array, Int64Array, ListArray, StringArray,
    TimestampMicrosecondArray, UInt64Array,
};
use assize::facts::{Instant, Line, format_duration, parse_duration};
use assize::store::PlainValue;
use assize::value::{Value, to_json};
use assize_lang::plan::Schema;
use serde_json::{Map, Value as Json};

use super::column::Kind;

/// In place of a value that is not there.
const NOTHING: u8 = 0;
/// Before a value.
const SOMETHING: u8 = 1;

/// Adds a cell without a value.
pub fn nothing(out: &mut Vec<u8>) {
    out.push(NOTHING);
}

/// Adds a text.
pub fn text(text: &str, out: &mut Vec<u8>) {
    out.push(SOMETHING);
    length(text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

/// Adds an instant.
pub fn time(at: Instant, out: &mut Vec<u8>) {
    word(at.0.cast_unsigned(), out);
}

fn word(word: u64, out: &mut Vec<u8>) {
    out.push(SOMETHING);
    out.extend_from_slice(&word.to_le_bytes());
}

fn length(length: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
}

/// Adds a list of texts.
pub fn texts<'t>(all: impl ExactSizeIterator<Item = &'t str>, out: &mut Vec<u8>) {
    out.push(SOMETHING);
    length(all.len(), out);
    all.for_each(|one| text(one, out));
}

/// Adds a value of JSON. What is not of the kind is nothing: whoever adds it has looked before.
pub fn json(kind: &Kind, value: Option<&Json>, out: &mut Vec<u8>) {
    let Some(value) = value.filter(|value| !value.is_null()) else { return nothing(out) };
    let string = value.as_str();
    match kind {
        Kind::Text => string.map(|it| text(it, out)),
        Kind::Json => {
            text(&value.to_string(), out);
            Some(())
        }
        Kind::Bool => value.as_bool().map(|truth| out.extend_from_slice(&[SOMETHING, u8::from(truth)])),
        Kind::Int => value.as_i64().map(|number| word(number.cast_unsigned(), out)),
        Kind::Uint => value.as_u64().map(|number| word(number, out)),
        Kind::Double => value.as_f64().map(|number| word(number.to_bits(), out)),
        Kind::Time => string.and_then(|it| it.parse::<Instant>().ok()).map(|at| time(at, out)),
        Kind::Span => string.and_then(parse_duration).map(|span| word(span.cast_unsigned(), out)),
        Kind::List(of) => value.as_array().map(|items| {
            out.push(SOMETHING);
            length(items.len(), out);
            items.iter().for_each(|item| json(of, Some(item), out));
        }),
    }
    .unwrap_or_else(|| nothing(out));
}

/// Adds a value.
pub fn value(kind: &Kind, it: &Value, schema: &Schema, out: &mut Vec<u8>) {
    match (kind, it) {
        (Kind::Text, Value::String(it) | Value::Fact(_, it)) => text(it, out),
        (Kind::Bool, Value::Bool(truth)) => out.extend_from_slice(&[SOMETHING, u8::from(*truth)]),
        (Kind::Int, Value::Int(number)) => word(number.cast_unsigned(), out),
        (Kind::Uint, Value::Uint(number)) => word(*number, out),
        (Kind::Double, Value::Double(number)) => word(number.to_bits(), out),
        (Kind::Time, Value::Timestamp(at)) => word(at.cast_unsigned(), out),
        (Kind::Span, Value::Duration(span)) => word(span.cast_unsigned(), out),
        (Kind::List(of), Value::List(items)) => {
            out.push(SOMETHING);
            length(items.len(), out);
            items.iter().for_each(|item| value(of, item, schema, out));
        }
        _ => json(kind, Some(&to_json(it, schema)), out),
    }
}

/// Adds what a line of the usual shape says of a field.
pub fn plain(kind: &Kind, said: PlainValue<'_>, schema: &Schema, out: &mut Vec<u8>) {
    match said {
        PlainValue::Absent => nothing(out),
        PlainValue::Bool(truth) => out.extend_from_slice(&[SOMETHING, u8::from(truth)]),
        PlainValue::Int(number) | PlainValue::Time(number) | PlainValue::Span(number) => {
            word(number.cast_unsigned(), out);
        }
        PlainValue::Uint(number) => word(number, out),
        PlainValue::Double(number) => word(number.to_bits(), out),
        PlainValue::Text(it) => text(it, out),
        PlainValue::Other(it) => value(kind, it, schema, out),
    }
}

/// Adds a value of an array.
pub fn array(array: &dyn Array, kind: &Kind, row: usize, out: &mut Vec<u8>) {
    if row >= array.len() || array.is_null(row) {
        return nothing(out);
    }
    let any = array.as_any();
    match kind {
        Kind::Text | Kind::Json => any.downcast_ref::<StringArray>().map(|it| text(it.value(row), out)),
        Kind::Bool => any
            .downcast_ref::<BooleanArray>()
            .map(|it| out.extend_from_slice(&[SOMETHING, u8::from(it.value(row))])),
        Kind::Int => any.downcast_ref::<Int64Array>().map(|it| word(it.value(row).cast_unsigned(), out)),
        Kind::Uint => any.downcast_ref::<UInt64Array>().map(|it| word(it.value(row), out)),
        Kind::Double => any.downcast_ref::<Float64Array>().map(|it| word(it.value(row).to_bits(), out)),
        Kind::Time => {
            any.downcast_ref::<TimestampMicrosecondArray>().map(|it| word(it.value(row).cast_unsigned(), out))
        }
        Kind::Span => {
            any.downcast_ref::<DurationMicrosecondArray>().map(|it| word(it.value(row).cast_unsigned(), out))
        }
        Kind::List(of) => any.downcast_ref::<ListArray>().map(|it| {
            let items = it.value(row);
            out.push(SOMETHING);
            length(items.len(), out);
            (0..items.len()).for_each(|item| self::array(items.as_ref(), of, item, out));
        }),
    }
    .unwrap_or_else(|| nothing(out));
}

/// Cells that are read one after the other. Nothing comes of them where they are cut off.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'b>(&'b [u8]);

impl<'b> Cells<'b> {
    /// Of a row.
    pub const fn new(row: &'b [u8]) -> Self {
        Self(row)
    }

    /// Whether a value comes next.
    pub fn is_there(&mut self) -> Option<bool> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first == SOMETHING)
    }

    /// The next truth value, behind its mark.
    pub fn truth(&mut self) -> Option<bool> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first != 0)
    }

    /// The next number.
    pub fn word(&mut self) -> Option<u64> {
        let (bytes, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*bytes))
    }

    /// How long what comes next is.
    pub fn length(&mut self) -> Option<usize> {
        let (bytes, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        usize::try_from(u32::from_le_bytes(*bytes)).ok()
    }

    /// The next text.
    pub fn text(&mut self) -> Option<&'b str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// The bytes of the next text.
    pub fn bytes(&mut self) -> Option<&'b [u8]> {
        let length = self.length()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    /// The next cell, as JSON.
    fn json(&mut self, kind: &Kind) -> Option<Option<Json>> {
        if !self.is_there()? {
            return Some(None);
        }
        Some(Some(match kind {
            Kind::Text => Json::from(self.text()?),
            Kind::Json => serde_json::from_str(self.text()?).ok()?,
            Kind::Bool => Json::from(self.truth()?),
            Kind::Int => Json::from(self.word()?.cast_signed()),
            Kind::Uint => Json::from(self.word()?),
            Kind::Double => Json::from(f64::from_bits(self.word()?)),
            Kind::Time => Json::from(Instant(self.word()?.cast_signed()).to_string()),
            Kind::Span => Json::from(format_duration(self.word()?.cast_signed())),
            Kind::List(of) => {
                let length = self.length()?;
                let items = (0..length).map(|_| Some(self.json(of)?.unwrap_or(Json::Null)));
                Json::Array(items.collect::<Option<_>>()?)
            }
        }))
    }
}

/// The line that a row is, with its key; none where it is cut off or lacks what a line has.
pub fn line(table: &super::table::Table, key: &str, row: &[u8]) -> Option<Line> {
    use super::table::{ABSENT, INSTANCE, OBSERVED_AT, RECORD, SOURCE, Table};
    let mut cells = Cells::new(row);
    let mut map = Map::new();
    let mut columns = table.columns.iter();
    map.insert(columns.next()?.0.clone(), Json::from(key));
    for (name, kind) in columns {
        if let Some(value) = cells.json(kind)? {
            map.insert(name.clone(), value);
        }
    }
    if Table::own(&table.name).is_some() {
        return super::line::of_row(&table.name, map);
    }
    let mut take = |name: &str| match map.remove(name) {
        Some(Json::String(text)) => Some(text),
        _ => None,
    };
    let source =
        assize::facts::Source { tool: take(SOURCE)?, instance: take(INSTANCE), record: take(RECORD) };
    let observed_at: Instant = take(OBSERVED_AT)?.parse().ok()?;
    if let Some(Json::Array(absent)) = map.remove(ABSENT) {
        let names = absent.into_iter().filter_map(|name| name.as_str().map(ToOwned::to_owned));
        map.extend(names.map(|name| (name, Json::Null)));
    }
    Some(Line::Report(assize::facts::Report { ty: table.name.clone(), fields: map, source, observed_at }))
}
