//! What the reports of one row amount to now.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assize_lang::plan::FactKind;

use super::World;
use super::cell::Cell;
use super::column::{Packed, code};
use super::layout::{FieldId, Kind, Row, TypeId};
use super::links::{Few, Refers};
use super::table::flag;
use crate::store::{Fact, Ground, Merged, Origin, State, Stored, targets};
use crate::value::{NEVER, Value};

impl World {
    /// Makes of a row's reports what they amount to now; says when that may change by itself. The row is in
    /// no list meanwhile, or will be listed anew.
    pub(super) fn settle(&mut self, ty: TypeId, row: Row) -> Option<i64> {
        let keys = &self.table(ty).keys;
        if keys.head(row) != row {
            let flags = self.table(ty).flags(row);
            self.table_mut(ty).set_flags(row, flags & !flag::PRESENT);
            return None;
        }
        let alone = keys.group(row).is_none();
        if alone && self.table(ty).has(row, flag::SIDE) {
            self.prune(ty, row);
        }
        if alone && self.table(ty).has(row, flag::SINGLE) {
            self.settle_single(ty, row)
        } else if !alone || self.table(ty).has(row, flag::SIDE) {
            self.settle_merged(ty, row)
        } else {
            None
        }
    }

    fn settle_single(&mut self, ty: TypeId, row: Row) -> Option<i64> {
        let now = self.now;
        let (stale_at, ended) = self.lifespan(ty, row);
        let stale = now >= stale_at && now < ended;
        let at = self.happened(ty, row);
        let future = !stale && at.is_some_and(|at| at > now);
        let closed = self.single_is_closed(ty, row);
        let mut flags = flag::SINGLE;
        if stale {
            flags |= flag::STALE;
        }
        if !future && !closed {
            flags |= flag::PRESENT;
        }
        self.table_mut(ty).set_flags(row, flags);
        self.single_due(ty, row)
    }

    /// The first instant at which a settled row may change by itself.
    pub(super) fn due(&self, ty: TypeId, row: Row) -> Option<i64> {
        let flags = self.table(ty).flags(row);
        if flags & flag::SINGLE != 0 {
            self.single_due(ty, row)
        } else if flags & flag::SIDE != 0 {
            self.merged_due(ty, row, &self.standing(ty, row, true))
        } else {
            None
        }
    }

    /// When an event with one report happened, if that is said, fresh or not.
    fn happened(&self, ty: TypeId, row: Row) -> Option<i64> {
        let at = self.layout.shape(ty).at?;
        let (column, slot) = self.table(ty).column(row, at);
        match (column.code(slot), self.default_cell(ty, at)) {
            (code::MISSING, Cell::Time(at)) => Some(at),
            _ => self.said_time(ty, row, Some(at)),
        }
    }

    /// The first instant at which a row with one report may change by itself.
    fn single_due(&self, ty: TypeId, row: Row) -> Option<i64> {
        let (stale_at, ended) = self.lifespan(ty, row);
        let own = [Some(stale_at), Some(ended), self.happened(ty, row), self.coverage_begins(ty, row)];
        own.into_iter().flatten().filter(|at| *at > self.now && *at != NEVER).min()
    }

    /// The instant that a row's one report says in a field.
    fn said_time(&self, ty: TypeId, row: Row, field: Option<FieldId>) -> Option<i64> {
        let (column, slot) = self.table(ty).column(row, field?);
        (column.code(slot) == code::VALUE).then(|| column.word(slot).cast_signed())
    }

    /// When a row's one report goes stale, and from when on what it says holds for ever.
    fn lifespan(&self, ty: TypeId, row: Row) -> (i64, i64) {
        let shape = self.layout.shape(ty);
        let observed = || self.table(ty).observed(row);
        let stale_at = shape.ty.fresh_for.map_or(NEVER, |fresh| observed().saturating_add(fresh));
        (stale_at, self.said_time(ty, row, shape.end).unwrap_or(NEVER))
    }

    /// When what a row's one report says next goes stale, or holds again.
    pub(super) fn next_flip(&self, ty: TypeId, row: Row) -> i64 {
        let (stale_at, ended) = self.lifespan(ty, row);
        match (self.now < stale_at, self.now < ended) {
            (true, _) if stale_at < ended => stale_at,
            (false, true) => ended,
            _ => NEVER,
        }
    }

    /// When the interval that a `Coverage` fact tells of begins.
    fn coverage_begins(&self, ty: TypeId, row: Row) -> Option<i64> {
        if self.layout.coverage() != Some(ty) {
            return None;
        }
        self.said_time(ty, row, self.layout.field_id(ty, "from"))
    }

    fn settle_merged(&mut self, ty: TypeId, row: Row) -> Option<i64> {
        let standing = self.standing(ty, row, true);
        let fact = (!standing.is_empty()).then(|| self.merge(&self.ground(), ty, row, standing.clone()));
        let fact = fact.filter(|fact| fact.at.is_none_or(|at| at <= self.now));
        let present = fact.is_some();
        let layout = Arc::clone(&self.layout);
        let mut maybe = Vec::new();
        for (field, kind) in layout.kinds(ty).filter(|(_, kind)| *kind != Kind::Key) {
            let named = fact.as_ref().zip(layout.field(ty, field));
            let merged = named.and_then(|(fact, field)| fact.field(field.name.as_str()));
            let (code, packed) = match merged {
                None => (code::MISSING, Packed::None),
                Some(merged) if merged.possible.is_absent() => (code::ABSENT, Packed::None),
                Some(merged) => match merged.possible.value() {
                    Some(value) => self.stock.pack(kind, value),
                    None if merged.bad || merged.candidates.is_empty() => (code::LOOSE, Packed::None),
                    None => {
                        if let Some(to) = kind.target() {
                            maybe.push((field, self.candidates(to, merged)));
                        }
                        (code::MAYBE, Packed::None)
                    }
                },
            };
            self.table_mut(ty).set(row, field, code, packed);
        }
        let due = self.merged_due(ty, row, &standing);
        let table = self.table_mut(ty);
        table.set_flags(row, if present { flag::SIDE | flag::PRESENT } else { flag::SIDE });
        if !maybe.is_empty() || table.side(row).is_some_and(|side| !side.maybe.is_empty()) {
            table.side_mut(row).maybe = maybe;
        }
        due
    }

    fn candidates(&mut self, to: TypeId, merged: &Merged) -> Vec<Row> {
        let keys: BTreeSet<Arc<str>> = merged.candidates.iter().flat_map(targets).collect();
        keys.iter().map(|key| self.stock.row_for(to, key)).collect()
    }

    /// The first instant at which the fact may change by itself.
    fn merged_due(&self, ty: TypeId, head: Row, standing: &[Stored]) -> Option<i64> {
        let shape = self.layout.shape(ty);
        let mut due = NEVER;
        let mut wake = |at: i64| {
            if at > self.now {
                due = due.min(at);
            }
        };
        for row in self.rows_of(ty, &head) {
            let Some(side) = self.table(ty).side(*row) else { continue };
            side.reports.iter().for_each(|report| wake(report.observed_at));
            side.withdrawn.iter().for_each(|(_, at)| wake(*at));
        }
        let is_coverage = self.layout.coverage() == Some(ty);
        for report in standing {
            if let Some(fresh) = shape.ty.fresh_for {
                wake(report.observed_at.saturating_add(fresh));
            }
            for (place, state) in report.fields.iter() {
                let timed = |field: Option<FieldId>| field.is_some_and(|field| field.index() == *place);
                if let State::Value(Value::Timestamp(at)) = state
                    && (is_coverage || timed(shape.at) || timed(shape.end))
                {
                    wake(*at);
                }
            }
        }
        if let Some(Cell::Time(at)) = shape.at.map(|at| self.default_cell(ty, at)) {
            wake(at);
        }
        (due != NEVER).then_some(due)
    }

    /// Forgets reports that can never count again, and goes back to columns where one is left.
    fn prune(&mut self, ty: TypeId, row: Row) {
        let event = self.layout.ty(ty).kind == FactKind::Event;
        let now = self.now;
        let Some(side) = self.table(ty).side(row).filter(|side| !side.reports.is_empty()) else { return };
        let mut newest: BTreeMap<&Origin, i64> = BTreeMap::new();
        for report in side.reports.iter().filter(|report| !event && report.observed_at <= now) {
            // They are in the order of instants.
            newest.insert(&report.origin, report.observed_at);
        }
        let dead = |report: &Stored| {
            newest.get(&*report.origin).is_some_and(|newest| *newest > report.observed_at)
                || side
                    .withdrawn
                    .iter()
                    .any(|(origin, at)| *origin == *report.origin && *at <= now && report.observed_at <= *at)
        };
        let kept: Vec<Stored> = side.reports.iter().filter(|report| !dead(report)).cloned().collect();
        let plain = side.withdrawn.is_empty();
        match kept.as_slice() {
            [only] if plain && only.observed_at <= now => {
                let only = only.clone();
                let table = self.table_mut(ty);
                table.drop_side(row);
                table.set_flags(row, flag::SINGLE);
                self.stock.write(ty, row, &only);
            }
            _ if kept.len() < side.reports.len() => self.table_mut(ty).side_mut(row).reports = kept,
            _ => {}
        }
    }

    /// What facts are merged on.
    pub(super) fn ground(&self) -> Arc<Ground> {
        Arc::new(Ground {
            schema: Arc::clone(self.layout.schema()),
            trust: Arc::clone(self.layout.trust()),
            canon: Arc::clone(&self.canon),
            now: self.now,
        })
    }

    /// The fact known by a row, of the reports that stand.
    fn merge(&self, ground: &Arc<Ground>, ty: TypeId, row: Row, standing: Vec<Stored>) -> Fact {
        let key = self.key_arc(ty, row);
        Fact::new(ground, self.layout.ty(ty), self.layout.label(ty).to_string(), &key, standing)
    }

    /// The fact known by a row as the judge reads it.
    pub(super) fn fact(&self, ground: &Arc<Ground>, ty: TypeId, row: Row) -> Option<Arc<Fact>> {
        if !self.table(ty).has(row, flag::PRESENT) {
            return None;
        }
        Some(Arc::new(self.merge(ground, ty, row, self.standing(ty, row, true))))
    }

    /// The order of lists: entities by key, events by (`at`, key), those of unknown `at` first.
    pub(super) fn compare(&self, ty: TypeId, a: Row, b: Row) -> Ordering {
        if a == b {
            return Ordering::Equal;
        }
        let at = |row: Row| self.at(ty, row);
        at(a).cmp(&at(b)).then_with(|| self.key_text(ty, a).cmp(self.key_text(ty, b)))
    }

    /// To whom a present fact refers by a field.
    pub(super) fn refers(&self, ty: TypeId, row: Row, field: FieldId) -> Refers {
        let table = self.table(ty);
        let (column, slot) = table.column(row, field);
        let held = column.code(slot);
        let Some(to) = self.layout.target(ty, field) else { return Refers::Loose };
        let head = |row: Row| self.table(to).keys.head(row);
        let named = || match self.layout.kind(ty, field) {
            Kind::Facts(_) => {
                let rows: BTreeSet<Row> = column.rows(slot).iter().map(|row| head(*row)).collect();
                Few::Many(rows.into_iter().collect())
            }
            _ => Few::One(head(Row(column.half(slot)))),
        };
        let stale = table.has(row, flag::STALE);
        match held {
            code::ABSENT if !stale => Refers::To(Few::Many(Vec::new())),
            code::MISSING if !stale && self.default_cell(ty, field) != Cell::Unknown => {
                Refers::To(Few::Many(Vec::new()))
            }
            code::MAYBE => {
                let side = table.side(row);
                let found = side.and_then(|side| side.maybe.iter().find(|(of, _)| *of == field));
                Refers::Maybe(Few::Many(found.map(|(_, rows)| rows.clone()).unwrap_or_default()))
            }
            code::MISSING | code::ABSENT | code::BAD | code::LOOSE => Refers::Loose,
            _ if stale => Refers::Maybe(named()),
            _ => Refers::To(named()),
        }
    }

    /// Adds a row to the lists of those that it refers to (`comes`), or takes it from them.
    pub(super) fn list(&mut self, ty: TypeId, row: Row, comes: bool) {
        if !self.table(ty).has(row, flag::PRESENT) {
            return;
        }
        let layout = Arc::clone(&self.layout);
        for (field, kind) in layout.kinds(ty) {
            if kind.target().is_some() {
                let refers = self.refers(ty, row, field);
                self.list_field(ty, row, field, &refers, comes);
            }
        }
    }

    /// Adds a row to the lists of one field, or takes it from them.
    pub(super) fn list_field(&mut self, ty: TypeId, row: Row, field: FieldId, refers: &Refers, comes: bool) {
        let Some(mut links) = self.table_mut(ty).links.get_mut(field.index()).and_then(Option::take) else {
            return;
        };
        let compare = |a: Row, b: Row| self.compare(ty, a, b);
        if comes {
            links.add(row, refers, compare);
        } else {
            links.take(row, refers, compare, self.layout.ty(ty).kind == FactKind::Event);
        }
        if let Some(place) = self.table_mut(ty).links.get_mut(field.index()) {
            *place = Some(links);
        }
    }

    /// The cell of a field that a fresh report leaves out.
    pub(crate) fn default_cell(&self, ty: TypeId, field: FieldId) -> Cell {
        self.defaults.get(ty.index()).and_then(|of| of.get(field.index())).copied().unwrap_or(Cell::Unknown)
    }
}
