//! What can be asked of a world.

use std::collections::BTreeSet;
use std::sync::Arc;

use assize_lang::plan::{CoveredBy, Schema};

use super::World;
use super::cell::Cell;
use super::column::code;
use super::layout::{FieldId, Kind, Layout, Row, Sym, TypeId};
use super::links::{Links, Refers};
use super::table::{Table, flag};
use crate::store::{Track, Trust};
#[cfg(test)]
use crate::value::Value;

impl World {
    /// Whether the facts were read by these types, signals and trust: then they mean the same to both.
    pub(crate) fn is_laid_out_by(&self, schema: &Schema, trust: &Trust) -> bool {
        self.layout.is_of(schema, trust)
    }

    pub(super) fn table(&self, ty: TypeId) -> &Table {
        self.stock.table(ty)
    }

    pub(super) fn table_mut(&mut self, ty: TypeId) -> &mut Table {
        self.stock.table_mut(ty)
    }

    /// The text of a row's key.
    pub(super) fn key_text(&self, ty: TypeId, row: Row) -> &str {
        self.stock.key_text(ty, row)
    }

    /// Numbers for names.
    pub(crate) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// How many distinct texts there are, keys among them.
    pub(crate) fn texts(&self) -> u64 {
        self.stock.texts()
    }

    /// The instant.
    pub(crate) fn now(&self) -> i64 {
        self.now
    }

    /// How many rows the type has. A row is never reused; a key that is only referred to has one too.
    pub(crate) fn rows(&self, ty: TypeId) -> u32 {
        self.table(ty).keys.count()
    }

    /// Whether there is such a fact.
    pub(crate) fn present(&self, ty: TypeId, row: Row) -> bool {
        self.table(ty).has(row, flag::PRESENT)
    }

    /// Whether a fact has one report, which does not go stale.
    pub(crate) fn is_steady(&self, ty: TypeId, row: Row) -> bool {
        self.table(ty).has(row, flag::SINGLE | flag::PRESENT) && self.layout.ty(ty).fresh_for.is_none()
    }

    /// The row of the fact with this key, be it the one that it is known by or another.
    pub(crate) fn row(&self, ty: TypeId, key: &str) -> Option<Row> {
        let keys = &self.table(ty).keys;
        keys.find(self.stock.texts.find(key)?).map(|row| keys.head(row))
    }

    /// The row of the fact that is known by a key, be it that others only refer to it.
    pub(crate) fn named(&self, ty: TypeId, key: Sym) -> Option<Row> {
        let keys = &self.table(ty).keys;
        keys.find(key).filter(|row| keys.head(*row) == *row)
    }

    /// The fact that is known by a key, where there is one.
    pub(crate) fn with_key(&self, ty: TypeId, key: Sym) -> Option<Row> {
        self.named(ty, key).filter(|row| self.present(ty, *row))
    }

    /// The number of the row's key.
    pub(crate) fn key_sym(&self, ty: TypeId, row: Row) -> Option<Sym> {
        self.table(ty).keys.sym(row)
    }

    /// Whether there is such a row, with this very key.
    pub(crate) fn is_key(&self, ty: TypeId, row: Row, key: &str) -> bool {
        self.table(ty).keys.sym(row).is_some_and(|sym| self.stock.texts.text(sym) == key)
    }

    /// The row's key.
    pub(crate) fn key(&self, ty: TypeId, row: Row) -> &str {
        self.key_text(ty, row)
    }

    /// What is known about one signal in one scope, for facts of a type.
    pub(crate) fn track(&self, ty: TypeId, part: &CoveredBy, scope: &str) -> Track {
        self.coverage.track(self.layout.ty(ty), part, scope, self.layout.schema())
    }

    /// The row's key, to keep.
    pub(crate) fn key_arc(&self, ty: TypeId, row: Row) -> Arc<str> {
        Arc::from(self.key_text(ty, row))
    }

    /// What is exactly known of a field. Of what is not present only the key is.
    pub(crate) fn cell(&self, ty: TypeId, row: Row, field: FieldId) -> Cell {
        let table = self.table(ty);
        let kind = self.layout.kind(ty, field);
        if kind == Kind::Key {
            return table.keys.sym(row).map_or(Cell::Unknown, Cell::Text);
        }
        let Some((flags, column, slot)) = table.cell(row, field) else { return Cell::Unknown };
        if flags & (flag::PRESENT | flag::STALE) != flag::PRESENT {
            return Cell::Unknown;
        }
        let held = column.code(slot);
        match held {
            code::MISSING => return self.default_cell(ty, field),
            code::ABSENT => return Cell::Absent,
            code::BAD | code::LOOSE | code::MAYBE => return Cell::Unknown,
            _ => {}
        }
        match kind {
            Kind::Bool => Cell::Bool(held > code::VALUE),
            Kind::Enum => Cell::Enum(held.saturating_sub(code::VALUE)),
            Kind::Int => Cell::Int(column.word(slot).cast_signed()),
            Kind::Uint => Cell::Uint(column.word(slot)),
            Kind::Double => Cell::Double(f64::from_bits(column.word(slot))),
            Kind::Time => Cell::Time(column.word(slot).cast_signed()),
            Kind::Span => Cell::Span(column.word(slot).cast_signed()),
            Kind::Text => Cell::Text(Sym(column.half(slot))),
            Kind::Fact(to) => Cell::Fact(self.table(to).keys.head(Row(column.half(slot)))),
            Kind::Facts(_) | Kind::Other | Kind::Key => Cell::Other,
        }
    }

    /// The known value of a field, where it is known and there.
    #[cfg(test)]
    pub(crate) fn value(&self, ty: TypeId, row: Row, field: FieldId) -> Option<Value> {
        let table = self.table(ty);
        if self.layout.kind(ty, field) == Kind::Key {
            return table.keys.sym(row).map(|sym| Value::text(self.stock.texts.text(sym)));
        }
        let (flags, column, slot) = table.cell(row, field)?;
        if flags & (flag::PRESENT | flag::STALE) != flag::PRESENT {
            return None;
        }
        if column.code(slot) == code::MISSING {
            return self.layout.default(ty, field).filter(|value| !matches!(value, Value::Null)).cloned();
        }
        self.stock.unpack(ty, field, column, slot, true)
    }

    /// An interned text.
    pub(crate) fn text(&self, sym: Sym) -> &str {
        self.stock.texts.text(sym)
    }

    /// The number of a text that some fact has, or had.
    pub(crate) fn sym(&self, text: &str) -> Option<Sym> {
        self.stock.texts.find(text)
    }

    /// When an event happened, where that is known.
    pub(crate) fn at(&self, ty: TypeId, row: Row) -> Option<i64> {
        let field = self.layout.shape(ty).at?;
        match self.cell(ty, row, field) {
            Cell::Time(at) => Some(at),
            _ => None,
        }
    }

    pub(super) fn links(&self, ty: TypeId, field: FieldId) -> Option<&Links> {
        self.table(ty).links.get(field.index())?.as_ref()
    }

    /// The facts of which it is known that their field refers to the target, in list order.
    pub(crate) fn referring(&self, ty: TypeId, field: FieldId, target: Row) -> &[Row] {
        self.links(ty, field).map_or(&[], |links| links.certain(target))
    }

    /// The facts of which a stale or disputed report says that their field refers to the target, in list
    /// order.
    pub(crate) fn maybe_referring(&self, ty: TypeId, field: FieldId, target: Row) -> &[Row] {
        self.links(ty, field).map_or(&[], |links| links.maybe(target))
    }

    /// The facts of which it is not known to whom their field refers, in list order.
    pub(crate) fn loose(&self, ty: TypeId, field: FieldId) -> &[Row] {
        let keep = |row: Row| self.present(ty, row) && self.refers(ty, row, field) == Refers::Loose;
        self.links(ty, field).map_or(&[], |links| links.loose.get(keep, |a, b| self.compare(ty, a, b)))
    }

    /// Whether it is known of every fact to whom its field refers, if to anybody.
    pub(crate) fn all_refer(&self, ty: TypeId, field: FieldId) -> bool {
        self.links(ty, field).is_none_or(Links::is_certain) && self.loose(ty, field).is_empty()
    }

    /// The facts of which it is not known to whom their field refers, be it that sources name some.
    pub(crate) fn doubtful(&self, ty: TypeId, field: FieldId) -> BTreeSet<Row> {
        let named = self.links(ty, field).into_iter().flat_map(Links::all_maybe);
        self.loose(ty, field).iter().copied().chain(named).collect()
    }

    /// All facts of a type in the order of lists: entities by key, events by (`at`, key), those of unknown
    /// `at` first.
    pub(crate) fn in_order(&self, ty: TypeId) -> Arc<[Row]> {
        let keep = |row: Row| self.present(ty, row);
        Arc::clone(self.table(ty).order.get(keep, |a, b| self.compare(ty, a, b)))
    }

    /// The next instant at which anything changes by itself. It may be early, never late.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.timers.next().into_iter().chain(self.global.later.first().copied()).min()
    }
}
