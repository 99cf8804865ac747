//! What is known of a fact that has one report, read from the columns: what merging would come to, without
//! any.

use std::sync::Arc;

use super::World;
use super::column::code;
use super::layout::{FieldId, Kind, Row, Sym, TypeId};
use super::table::flag;
use crate::store::Reported;
use crate::value::{Cause, Causes, FactRef, Horizon, Missing, Possible, Value};

impl World {
    /// Whether a fact has one report, and that is fresh.
    fn is_single(&self, ty: TypeId, row: Row) -> bool {
        let table = self.table(ty);
        let flags = table.flags(row) & (flag::SINGLE | flag::PRESENT | flag::STALE);
        flags == flag::SINGLE | flag::PRESENT && table.keys.group(row).is_none()
    }

    /// Until when a fact says what its one report does; nothing where that is stale, or it has another number of
    /// them.
    pub(super) fn single_until(&self, ty: TypeId, row: Row) -> Option<Horizon> {
        self.is_single(ty, row).then(|| Horizon::evidence(self.next_flip(ty, row)))
    }

    /// What a field is by the one report of the fact, and until when; nothing where that takes merging. `key`
    /// says by which key facts are referred to.
    pub(super) fn single(
        &self,
        ty: TypeId,
        row: Row,
        field: FieldId,
        key: impl FnOnce(TypeId, Row) -> Arc<str>,
    ) -> Option<(Possible, Horizon)> {
        let kind = self.layout.kind(ty, field);
        if kind == Kind::Key || !self.is_single(ty, row) {
            return None;
        }
        let (column, slot) = self.table(ty).column(row, field);
        let held = column.code(slot);
        if held == code::MISSING && self.layout.default(ty, field).is_none() {
            // Nobody says it, and that does not change by itself.
            return Some((self.not_collected(ty, row, field)?, Horizon::NEVER));
        }
        if matches!(kind, Kind::Facts(_) | Kind::Other) {
            return None;
        }
        let possible = match (held, kind) {
            (code::MISSING, _) => Possible::known(self.layout.default(ty, field)?.clone()),
            (code::ABSENT, _) => Possible::absent(),
            (held, _) if held < code::VALUE => return None,
            (_, Kind::Fact(to)) => {
                let head = self.table(to).keys.head(Row(column.half(slot)));
                Possible::known(Value::Fact(self.layout.ty(to).name.clone(), key(to, head)))
            }
            (_, Kind::Text) => Possible::known(Value::text(self.text(Sym(column.half(slot))))),
            _ => Possible::known(self.stock.unpack(ty, field, column, slot, true)?),
        };
        Some((possible, Horizon::evidence(self.next_flip(ty, row))))
    }

    /// What a field can be that nobody says anything about.
    fn not_collected(&self, ty: TypeId, row: Row, field: FieldId) -> Option<Possible> {
        let declared = self.layout.ty(ty).fields.get(field.index())?;
        let fact = FactRef { ty: self.layout.label(ty).to_string(), key: self.key(ty, row).to_owned() };
        let missing = Missing::new(Cause::NotCollected).of(fact, declared.name.as_str());
        let schema = self.layout.schema();
        Some(Possible::unknown(&declared.ty, declared.optional, schema, Causes::one(missing)))
    }

    /// What a field says where that is a fact by another key than the one that the fact is known by; of a fact
    /// with one report, else nothing.
    pub(super) fn said_as(&self, ty: TypeId, row: Row, field: FieldId) -> Option<Value> {
        let Kind::Fact(to) = self.layout.kind(ty, field) else { return None };
        let (column, slot) = self.table(ty).column(row, field);
        if column.code(slot) < code::VALUE || !self.is_single(ty, row) {
            return None;
        }
        let said = Row(column.half(slot));
        let other = self.table(to).keys.head(said) != said;
        other.then(|| Value::Fact(self.layout.ty(to).name.clone(), self.key_arc(to, said)))
    }

    /// The one report of a fact, known by `key`; nothing where the fact has another number of them.
    pub(super) fn single_report(&self, ty: TypeId, row: Row, key: &Arc<str>) -> Option<Reported> {
        if !self.is_single(ty, row) {
            return None;
        }
        let table = self.table(ty);
        Some(Reported {
            label: Arc::clone(self.layout.label(ty)),
            key: Arc::clone(key),
            origin: Arc::clone(self.stock.origins.get(table.origin(row))?),
            record: table.record(row).map(Arc::from),
        })
    }
}
