//! Values into columns and back.

use std::sync::Arc;

use super::change::FieldSet;
use super::column::{Column, Packed, code};
use super::layout::{FieldId, Kind, Row, Sym, TypeId};
use super::recent::Recent;
use super::stock::Stock;
use super::table::flag;
use crate::store::{Raw, Read, State, Stored, enum_name};
use crate::value::Value;

impl Stock {
    /// A value in the form of a column, with the code of the cell. A value of another type than the
    /// column's, which no checked line has, is not known.
    pub(super) fn pack(&mut self, kind: Kind, value: &Value) -> (u8, Packed) {
        let packed = match (kind, value) {
            (Kind::Bool, Value::Bool(truth)) => {
                return (code::VALUE.saturating_add(u8::from(*truth)), Packed::None);
            }
            (Kind::Enum, Value::Enum(_, member)) => {
                return (code::VALUE.saturating_add(*member), Packed::None);
            }
            (Kind::Int, Value::Int(number)) => Packed::Word(number.cast_unsigned()),
            (Kind::Uint, Value::Uint(number)) => Packed::Word(*number),
            (Kind::Double, Value::Double(number)) => Packed::Word(number.to_bits()),
            (Kind::Time, Value::Timestamp(at)) => Packed::Word(at.cast_unsigned()),
            (Kind::Span, Value::Duration(span)) => Packed::Word(span.cast_unsigned()),
            (Kind::Text, Value::String(text)) => Packed::Half(self.texts.sym(text).0),
            (Kind::Fact(to), Value::Fact(_, key)) => Packed::Half(self.row_for(to, key).0),
            (Kind::Facts(to), Value::List(items)) => {
                let row = |item: &Value| match item {
                    Value::Fact(_, key) => Some(self.row_for(to, key)),
                    _ => None,
                };
                match items.iter().map(row).collect::<Option<Vec<Row>>>() {
                    Some(rows) => Packed::Rows(rows.into()),
                    None => return (code::LOOSE, Packed::None),
                }
            }
            (Kind::Other, value) => Packed::Other(Arc::new(value.clone())),
            _ => return (code::LOOSE, Packed::None),
        };
        (code::VALUE, packed)
    }

    /// The value of a cell that has one. References are to the keys that were reported, or with `resolve`
    /// to those that their facts are known by.
    pub(super) fn unpack(
        &self,
        ty: TypeId,
        field: FieldId,
        column: &Column,
        slot: usize,
        resolve: bool,
    ) -> Option<Value> {
        let held = column.code(slot);
        let reference = |to: TypeId, row: Row| {
            let row = if resolve { self.table(to).keys.head(row) } else { row };
            Value::Fact(self.layout.ty(to).name.clone(), Arc::from(self.key_text(to, row)))
        };
        let word = || column.word(slot);
        Some(match self.layout.kind(ty, field) {
            _ if held < code::VALUE => return None,
            Kind::Key => return None,
            Kind::Bool => Value::Bool(held > code::VALUE),
            Kind::Enum => {
                let name = enum_name(&self.layout.field(ty, field)?.ty)?;
                Value::Enum(name.clone(), held.saturating_sub(code::VALUE))
            }
            Kind::Int => Value::Int(word().cast_signed()),
            Kind::Uint => Value::Uint(word()),
            Kind::Double => Value::Double(f64::from_bits(word())),
            Kind::Time => Value::Timestamp(word().cast_signed()),
            Kind::Span => Value::Duration(word().cast_signed()),
            Kind::Text => Value::text(self.texts.text(Sym(column.half(slot)))),
            Kind::Fact(to) => reference(to, Row(column.half(slot))),
            Kind::Facts(to) => Value::List(column.rows(slot).iter().map(|row| reference(to, *row)).collect()),
            Kind::Other => column.other(slot)?.clone(),
        })
    }

    /// Writes a row's one report into the columns; says which fields changed.
    pub(super) fn write(&mut self, ty: TypeId, row: Row, report: &Stored) -> FieldSet {
        let layout = Arc::clone(&self.layout);
        let origin = self.origins.id(&report.origin);
        let mut cells = std::mem::take(&mut self.cells);
        let mut said = report.fields.iter().peekable();
        for (place, kind) in layout.kinds(ty) {
            let state = said.next_if(|(at, _)| *at == place.index()).map(|(_, state)| state);
            cells.push(match state {
                None => (code::MISSING, Packed::None),
                Some(State::Absent) => (code::ABSENT, Packed::None),
                Some(State::Bad(_)) => (code::BAD, Packed::None),
                Some(State::Value(value)) => self.pack(kind, value),
            });
        }
        let source = (report.observed_at, origin, report.mark, report.record.as_deref());
        let reason = |place| match report.state(place) {
            Some(State::Bad(reason)) => Some(reason.as_str()),
            _ => None,
        };
        let changed = self.table_mut(ty).write(row, &mut cells, source, reason);
        self.cells = cells;
        changed
    }

    /// A row's one report, as it came but for most of its hash.
    pub(super) fn stored(&self, ty: TypeId, row: Row) -> Option<Stored> {
        let table = self.table(ty);
        if !table.has(row, flag::SINGLE) {
            return None;
        }
        let source = table.source(row);
        let mut fields = Vec::new();
        for (field, _) in self.layout.kinds(ty).filter(|(_, kind)| *kind != Kind::Key) {
            let (column, slot) = table.column(row, field);
            let state = match column.code(slot) {
                code::MISSING => continue,
                code::ABSENT => State::Absent,
                code::BAD => {
                    State::Bad(table.reason(row, field).map_or_else(String::new, ToString::to_string))
                }
                _ => State::Value(self.unpack(ty, field, column, slot, false)?),
            };
            fields.push((field.index(), state));
        }
        Some(Stored {
            key: Arc::from(self.key_text(ty, row)),
            origin: Arc::clone(self.origins.get(source.origin)?),
            record: source.record,
            observed_at: source.observed_at,
            fields: fields.into(),
            mark: source.mark,
        })
    }

    /// Writes what a line of the usual shape says of a key that nothing was said of, which has a row if that is known.
    pub(super) fn write_read(
        &mut self,
        row: Option<Row>,
        key: Sym,
        read: &mut Read<'_>,
        recent: &mut Recent,
    ) {
        let mut others = std::mem::take(&mut self.cells);
        let rows = self.table(read.ty).keys.count();
        for (field, said) in (0..u16::MAX).map(FieldId).zip(&mut read.fields) {
            match &said.said {
                // The key was looked up before.
                Raw::Text(text, hash) if field.index() != read.key_at => {
                    let find = || match self.layout.kind(read.ty, field) {
                        Kind::Fact(to) => self.row_of(to, text, *hash).0,
                        _ => self.texts.sym_of(text, *hash).0,
                    };
                    said.number = recent.number(read.ty, field.index(), (text, *hash), find);
                }
                Raw::Value(at) => {
                    let whole = read.wholes.get(*at as usize);
                    let kind = self.layout.kind(read.ty, field);
                    others.push(whole.map_or((code::LOOSE, Packed::None), |it| self.pack(kind, &it.value)));
                }
                _ => {}
            }
        }
        let source = (read.observed_at, self.origins.of(read.tool, read.instance), read.mark(), read.record);
        let table = self.table_to_fill(read.ty);
        // A fact may have been the first to speak of itself.
        let row = if table.keys.count() == rows { row } else { row.or_else(|| table.keys.find(key)) };
        match row {
            Some(row) => table.write_read(row, &read.fields, &mut others.drain(..), source),
            None => table.push_read(key, &read.fields, &mut others.drain(..), source),
        }
        self.cells = others;
    }

    /// Whether the row's one report is this very one.
    pub(super) fn is_report(&self, ty: TypeId, row: Row, observed_at: i64, mark: u64) -> bool {
        self.table(ty).source_is(row, observed_at, mark)
    }
}
