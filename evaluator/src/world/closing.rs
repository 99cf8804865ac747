//! Which reports of a fact stand: not taken back, not replaced, not closed by a complete run.

use std::sync::Arc;

use assize_lang::plan::{FactKind, Name};

use super::World;
use super::layout::{Row, TypeId};
use super::table::flag;
use crate::store::{Origin, Said, Scopes, Stored, keep_newest, values};
use crate::value::Value;

/// What stands before runs close anything: what a report's scope is read through.
#[derive(Debug)]
pub(super) struct Before<'w>(pub(super) &'w World);

/// What stands.
#[derive(Debug)]
pub(super) struct After<'w>(pub(super) &'w World);

impl Said for Before<'_> {
    fn said(&self, ty: &Name, key: &Arc<str>, place: usize) -> Option<Vec<Value>> {
        self.0.said(ty, key, place, false)
    }
}

impl Said for After<'_> {
    fn said(&self, ty: &Name, key: &Arc<str>, place: usize) -> Option<Vec<Value>> {
        self.0.said(ty, key, place, true)
    }
}

impl World {
    fn said(&self, ty: &Name, key: &str, place: usize, close: bool) -> Option<Vec<Value>> {
        let ty = self.layout.type_id(ty)?;
        let row = self.table(ty).keys.find(self.stock.texts.find(key)?)?;
        let standing = self.standing(ty, row, close);
        (!standing.is_empty()).then(|| values(standing.iter(), place))
    }

    /// All rows whose reports are of the fact known by this one.
    pub(super) fn rows_of<'a>(&'a self, ty: TypeId, head: &'a Row) -> &'a [Row] {
        self.table(ty).keys.group(*head).unwrap_or(std::slice::from_ref(head))
    }

    /// The reports that stand of the fact known by a row, in the order of snapshots; with `close`, less
    /// what runs close.
    pub(super) fn standing(&self, ty: TypeId, head: Row, close: bool) -> Vec<Stored> {
        let table = self.table(ty);
        if table.keys.group(head).is_none() && table.has(head, flag::SINGLE) {
            // Nothing else was ever said of it.
            let closed = close && self.single_is_closed(ty, head);
            let stands = |report: &Stored| report.observed_at <= self.now && !closed;
            return self.stock.stored(ty, head).filter(stands).into_iter().collect();
        }
        let kind = self.layout.ty(ty).kind;
        let mut all: Vec<Stored> = Vec::new();
        let mut withdrawn: Vec<(&Origin, i64)> = Vec::new();
        for row in self.rows_of(ty, &head) {
            all.extend(self.stock.stored(ty, *row));
            if let Some(side) = table.side(*row) {
                all.extend(side.reports.iter().cloned());
                let gone = side.withdrawn.iter().filter(|(_, at)| *at <= self.now);
                withdrawn.extend(gone.map(|(origin, at)| (origin, *at)));
            }
        }
        all.sort_by(Stored::compare);
        let gone = |report: &Stored| {
            withdrawn.iter().any(|(origin, at)| **origin == *report.origin && report.observed_at <= *at)
        };
        let mut stand: Vec<&Stored> =
            all.iter().filter(|report| report.observed_at <= self.now && !gone(report)).collect();
        if kind != FactKind::Event {
            keep_newest(&mut stand);
        }
        if close && kind == FactKind::Entity && !self.global.begun(ty).is_empty() {
            stand.retain(|report| !self.is_closed(ty, report));
        }
        stand.into_iter().cloned().collect()
    }

    /// Whether a complete run of its source would have told the report again.
    pub(super) fn is_closed(&self, ty: TypeId, report: &Stored) -> bool {
        let Some(origin) = self.stock.origins.find(&report.origin) else { return false };
        let mut later = self
            .global
            .begun(ty)
            .iter()
            .filter(|begun| begun.origin == origin && report.observed_at < begun.from)
            .peekable();
        if later.peek().is_none() {
            return false;
        }
        let later: Vec<&str> = later.map(|begun| begun.scope.as_str()).collect();
        let before = Before(self);
        let scopes = Scopes { schema: self.layout.schema(), canon: &self.canon, said: &before };
        later.contains(&"*")
            || scopes.of(self.layout.ty(ty), report).iter().any(|scope| later.contains(&scope.as_str()))
    }

    /// Whether the row's one report is closed.
    pub(super) fn single_is_closed(&self, ty: TypeId, row: Row) -> bool {
        let begun = self.global.begun(ty);
        if begun.is_empty() || self.layout.ty(ty).kind != FactKind::Entity {
            return false;
        }
        let table = self.table(ty);
        let (origin, observed) = (table.origin(row), table.observed(row));
        begun.iter().any(|begun| begun.origin == origin && observed < begun.from)
            && self.stock.stored(ty, row).is_some_and(|report| self.is_closed(ty, &report))
    }

    /// The rows that a run of this source may close.
    pub(super) fn closable(&self, ty: TypeId, origin: u32, from: i64) -> Vec<Row> {
        let table = self.table(ty);
        let mut rows = table.older(origin, from);
        rows.extend(table.with_sides().into_iter().filter(|row| !table.has(*row, flag::SINGLE)));
        for row in &mut rows {
            *row = table.keys.head(*row);
        }
        rows
    }
}
