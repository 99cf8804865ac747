//! One column: what its values are, how they are put into Arrow's arrays, and back into JSON.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, DurationMicrosecondBuilder, Float64Builder, Int64Builder,
    TimestampMicrosecondBuilder, UInt64Builder,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DurationMicrosecondArray, Float64Array, Int64Array, ListArray, NullArray,
    StringArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, TimeUnit};
use assize::facts::{Instant, format_duration};
use assize_lang::plan::Type;

use super::row;

/// The mark of a column whose texts are JSON, in its metadata.
const MARK: &str = "assize";

/// What a column's values are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Texts: strings, members of enums, keys of facts, bytes in base 64.
    Text,
    /// Truth values.
    Bool,
    /// Whole numbers.
    Int,
    /// Whole numbers from 0.
    Uint,
    /// Numbers.
    Double,
    /// Instants, in microseconds, UTC.
    Time,
    /// Durations, in microseconds.
    Span,
    /// Lists.
    List(Box<Self>),
    /// Anything else, as JSON.
    Json,
}

impl Kind {
    /// What holds values of a type.
    pub fn of(ty: &Type) -> Self {
        match ty {
            Type::Bool => Self::Bool,
            Type::Int => Self::Int,
            Type::Uint => Self::Uint,
            Type::Double => Self::Double,
            Type::String | Type::Bytes | Type::Enum(_) | Type::Fact(_) => Self::Text,
            Type::Timestamp => Self::Time,
            Type::Duration => Self::Span,
            Type::List(of) => Self::List(Box::new(Self::of(of))),
            Type::Sensitive(of) => Self::of(of),
            _ => Self::Json,
        }
    }

    /// The column as Arrow calls it.
    pub fn field(&self, name: &str) -> Field {
        let field = Field::new(name, self.data_type(), true);
        match self {
            Self::Json => field.with_metadata(HashMap::from([(MARK.to_owned(), "json".to_owned())])),
            _ => field,
        }
    }

    fn data_type(&self) -> DataType {
        match self {
            Self::Text | Self::Json => DataType::Utf8,
            Self::Bool => DataType::Boolean,
            Self::Int => DataType::Int64,
            Self::Uint => DataType::UInt64,
            Self::Double => DataType::Float64,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Span => DataType::Duration(TimeUnit::Microsecond),
            Self::List(of) => DataType::List(Arc::new(of.field("item"))),
        }
    }

    /// What a column of a file is; none where no column of ours is like it.
    pub fn of_field(field: &Field) -> Option<Self> {
        Some(match field.data_type() {
            DataType::Utf8 if field.metadata().contains_key(MARK) => Self::Json,
            DataType::Utf8 => Self::Text,
            DataType::Boolean => Self::Bool,
            DataType::Int64 => Self::Int,
            DataType::UInt64 => Self::Uint,
            DataType::Float64 => Self::Double,
            DataType::Timestamp(TimeUnit::Microsecond, _) => Self::Time,
            DataType::Duration(TimeUnit::Microsecond) => Self::Span,
            DataType::List(of) => Self::List(Box::new(Self::of_field(of)?)),
            _ => return None,
        })
    }
}

/// The values of a column on their way to a file.
#[derive(Debug)]
pub enum Cells {
    /// Texts, JSON among them, which are looked at together once they are an array.
    Text(BinaryBuilder),
    /// Truth values.
    Bool(BooleanBuilder),
    /// Whole numbers.
    Int(Int64Builder),
    /// Whole numbers from 0.
    Uint(UInt64Builder),
    /// Numbers.
    Double(Float64Builder),
    /// Instants.
    Time(TimestampMicrosecondBuilder),
    /// Durations.
    Span(DurationMicrosecondBuilder),
    /// Lists: what is in them, what that is, where each ends, and which there are.
    List(Box<Self>, Kind, Vec<i32>, Vec<bool>),
}

impl Cells {
    /// An empty column.
    pub fn new(kind: &Kind) -> Self {
        match kind {
            Kind::Text | Kind::Json => Self::Text(BinaryBuilder::new()),
            Kind::Bool => Self::Bool(BooleanBuilder::new()),
            Kind::Int => Self::Int(Int64Builder::new()),
            Kind::Uint => Self::Uint(UInt64Builder::new()),
            Kind::Double => Self::Double(Float64Builder::new()),
            Kind::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Kind::Span => Self::Span(DurationMicrosecondBuilder::new()),
            Kind::List(of) => Self::List(Box::new(Self::new(of)), (**of).clone(), vec![0], Vec::new()),
        }
    }

    /// Adds a text.
    pub fn push_text(&mut self, text: &[u8]) {
        if let Self::Text(cells) = self {
            cells.append_value(text);
        }
    }

    /// Adds the next cell of a row; nothing comes of it where the row is cut off.
    pub fn push(&mut self, row: &mut row::Cells<'_>) -> Option<()> {
        let there = row.is_there()?;
        match self {
            Self::Text(cells) if there => cells.append_value(row.bytes()?),
            Self::Text(cells) => cells.append_null(),
            Self::Bool(cells) => cells.append_option(if there { Some(row.truth()?) } else { None }),
            Self::Int(cells) => cells.append_option(number(there, row)?.map(u64::cast_signed)),
            Self::Uint(cells) => cells.append_option(number(there, row)?),
            Self::Double(cells) => cells.append_option(number(there, row)?.map(f64::from_bits)),
            Self::Time(cells) => cells.append_option(number(there, row)?.map(u64::cast_signed)),
            Self::Span(cells) => cells.append_option(number(there, row)?.map(u64::cast_signed)),
            Self::List(cells, _, ends, exists) => {
                let length = if there { row.length()? } else { 0 };
                for _ in 0..length {
                    cells.push(row)?;
                }
                let last = ends.last().copied().unwrap_or(0);
                ends.push(last.saturating_add(i32::try_from(length).unwrap_or(i32::MAX)));
                exists.push(there);
            }
        }
        Some(())
    }

    /// What was added, as an array; the column is empty then. Nothing comes of what is no text.
    pub fn take(&mut self) -> Option<ArrayRef> {
        Some(match self {
            Self::Text(cells) => Arc::new(StringArray::try_from_binary(cells.finish()).ok()?),
            Self::Bool(cells) => Arc::new(cells.finish()),
            Self::Int(cells) => Arc::new(cells.finish()),
            Self::Uint(cells) => Arc::new(cells.finish()),
            Self::Double(cells) => Arc::new(cells.finish()),
            Self::Time(cells) => Arc::new(cells.finish()),
            Self::Span(cells) => Arc::new(cells.finish()),
            Self::List(cells, of, ends, there) => {
                let ends = OffsetBuffer::new(ScalarBuffer::from(std::mem::replace(ends, vec![0])));
                let there = NullBuffer::from(std::mem::take(there));
                let length = there.len();
                match ListArray::try_new(Arc::new(of.field("item")), ends, cells.take()?, Some(there)) {
                    Ok(list) => Arc::new(list),
                    // Not reached: ends and values are counted together.
                    Err(_) => Arc::new(NullArray::new(length)),
                }
            }
        })
    }
}

/// The next number of a row, where it has one there.
fn number(there: bool, row: &mut row::Cells<'_>) -> Option<Option<u64>> {
    if there { row.word().map(Some) } else { Some(None) }
}

/// Writes the value of a row as JSON; whether there is one.
pub fn write(array: &dyn Array, kind: &Kind, row: usize, out: &mut Vec<u8>) -> bool {
    if row >= array.len() || array.is_null(row) {
        return false;
    }
    let any = array.as_any();
    let done = match kind {
        Kind::Text => any.downcast_ref::<StringArray>().map(|array| quote(array.value(row), out)),
        Kind::Json => {
            any.downcast_ref::<StringArray>().map(|array| out.extend_from_slice(array.value(row).as_bytes()))
        }
        Kind::Bool => any.downcast_ref::<BooleanArray>().map(|array| {
            out.extend_from_slice(if array.value(row) { b"true" } else { b"false" });
        }),
        Kind::Int => any.downcast_ref::<Int64Array>().map(|array| digits(array.value(row).into(), out)),
        Kind::Uint => any.downcast_ref::<UInt64Array>().map(|array| digits(array.value(row).into(), out)),
        Kind::Double => any
            .downcast_ref::<Float64Array>()
            .and_then(|array| serde_json::Number::from_f64(array.value(row)).map(|it| digits(it, out))),
        Kind::Time => any
            .downcast_ref::<TimestampMicrosecondArray>()
            .map(|array| quote(&Instant(array.value(row)).to_string(), out)),
        Kind::Span => any
            .downcast_ref::<DurationMicrosecondArray>()
            .map(|array| quote(&format_duration(array.value(row)), out)),
        Kind::List(of) => any.downcast_ref::<ListArray>().map(|array| {
            let items = array.value(row);
            out.push(b'[');
            for item in 0..items.len() {
                if item > 0 {
                    out.push(b',');
                }
                if !write(items.as_ref(), of, item, out) {
                    out.extend_from_slice(b"null");
                }
            }
            out.push(b']');
        }),
    };
    done.is_some()
}

/// The text of a row.
pub fn text(array: &dyn Array, row: usize) -> Option<&str> {
    let array = array.as_any().downcast_ref::<StringArray>()?;
    (row < array.len() && array.is_valid(row)).then(|| array.value(row))
}

/// The instant of a row.
pub fn instant(array: &dyn Array, row: usize) -> Option<Instant> {
    let array = array.as_any().downcast_ref::<TimestampMicrosecondArray>()?;
    (row < array.len() && array.is_valid(row)).then(|| Instant(array.value(row)))
}

/// Writes a text with its quotes.
pub fn quote(text: &str, out: &mut Vec<u8>) {
    // Writing to memory does not fail.
    drop(serde_json::to_writer(out, text));
}

fn digits(number: serde_json::Number, out: &mut Vec<u8>) {
    out.extend_from_slice(number.to_string().as_bytes());
}
