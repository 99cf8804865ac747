//! What reports say, as it came: what a snapshot holds, and what a world starts from.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::column::Packed;
use super::intern::{Interner, text_hash};
use super::kept::Kept;
use super::layout::{Layout, Row, Sym, TypeId};
use super::origins::Origins;
use super::recent::Recent;
use super::table::{Table, flag};
use crate::store::Stored;

/// Reports in typed columns, by the key that they name: one of a key in the columns, several of a key beside
/// them. A copy shares everything with its original until either is changed.
#[derive(Clone, Debug)]
pub(crate) struct Stock {
    pub(super) layout: Arc<Layout>,
    pub(super) texts: Interner,
    pub(super) origins: Origins,
    pub(super) tables: Vec<Kept<Table>>,
    /// The latest instant at which anything was observed.
    newest: Option<i64>,
    /// Whether much is expected before this is copied.
    pub(super) much: bool,
    /// Room for the cells of one row.
    pub(super) cells: Vec<(u8, Packed)>,
}

impl Stock {
    /// Nothing, of these types.
    pub(crate) fn new(layout: &Arc<Layout>) -> Self {
        Self {
            layout: Arc::clone(layout),
            texts: Interner::default(),
            origins: Origins::default(),
            tables: layout.tables().iter().map(Arc::clone).map(Kept::new).collect(),
            newest: None,
            much: false,
            cells: Vec::new(),
        }
    }

    /// Makes ready for much that comes before this is copied.
    pub(crate) fn expect_much(&mut self) {
        self.much = true;
        self.texts.expect_much();
    }

    /// The same under numbers that are made of another schema: shared where the types are the same.
    pub(crate) fn under(&self, layout: &Arc<Layout>) -> Self {
        if self.layout.same_facts(layout) {
            return Self { layout: Arc::clone(layout), ..self.clone() };
        }
        let mut out = Self::new(layout);
        for ty in self.layout.types() {
            let Some(to) = layout.type_id(&self.layout.ty(ty).name) else { continue };
            for report in self.reports(ty) {
                out.take(to, report);
            }
        }
        out
    }

    /// Numbers for names.
    pub(crate) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    #[expect(clippy::indexing_slicing, reason = "there is a table for each type of the layout")]
    pub(super) fn table(&self, ty: TypeId) -> &Table {
        &self.tables[ty.index()]
    }

    #[expect(clippy::indexing_slicing, reason = "there is a table for each type of the layout")]
    pub(super) fn table_mut(&mut self, ty: TypeId) -> &mut Table {
        self.tables[ty.index()].to_mut()
    }

    /// The same of a table that is to be added to.
    #[expect(clippy::indexing_slicing, reason = "there is a table for each type of the layout")]
    pub(super) fn table_to_fill(&mut self, ty: TypeId) -> &mut Table {
        let kept = &mut self.tables[ty.index()];
        if !self.much {
            return kept.to_mut();
        }
        if !kept.is_held() {
            kept.hold().expect_much();
        }
        kept.to_mut()
    }

    /// The row with this very key; it gets one if it has none.
    pub(super) fn row_for(&mut self, ty: TypeId, key: &str) -> Row {
        self.row_of(ty, key, text_hash(key))
    }

    /// The same of a key with its text's hash.
    pub(super) fn row_of(&mut self, ty: TypeId, key: &str, hash: u32) -> Row {
        match self.key_of(ty, key, hash) {
            (_, Some(row)) => row,
            (sym, None) => self.table_to_fill(ty).push(sym),
        }
    }

    /// The number of a key's text, which gets one if it has none, and the key's row, where it has one.
    fn key_of(&mut self, ty: TypeId, key: &str, hash: u32) -> (Sym, Option<Row>) {
        let known = self.texts.count();
        let sym = self.texts.sym_of(key, hash);
        // What was never heard of is no key.
        (sym, if sym.0 < known { self.table(ty).keys.find(sym) } else { None })
    }

    /// The text of a row's key.
    pub(super) fn key_text(&self, ty: TypeId, row: Row) -> &str {
        self.table(ty).keys.sym(row).map_or("", |sym| self.texts.text(sym))
    }

    /// The latest instant at which anything was observed.
    pub(crate) const fn newest(&self) -> Option<i64> {
        self.newest
    }

    /// How many distinct texts there are, keys among them.
    pub(crate) fn texts(&self) -> u64 {
        u64::from(self.texts.count())
    }

    /// How many keys of a type were reported.
    pub(crate) fn count(&self, ty: TypeId) -> usize {
        let table = self.table(ty);
        let said = |row: &u32| table.flags(Row(*row)) & (flag::SINGLE | flag::SIDE) != 0;
        (0..table.keys.count()).filter(said).count()
    }

    /// All reports of a type, by key, source and instant.
    pub(crate) fn reports(&self, ty: TypeId) -> Vec<Stored> {
        let table = self.table(ty);
        let mut out: Vec<Stored> = Vec::new();
        for row in (0..table.keys.count()).map(Row) {
            out.extend(self.stored(ty, row));
            if let Some(side) = table.side(row) {
                out.extend(side.reports.iter().cloned());
            }
        }
        out.sort_by(Stored::compare);
        out
    }

    /// All reports, by type.
    pub(crate) fn all(&self) -> BTreeMap<assize_lang::plan::Name, Vec<Stored>> {
        let some = self.layout.types().filter(|ty| self.table(*ty).keys.count() > 0);
        let all = some.map(|ty| (self.layout.ty(ty).name.clone(), self.reports(ty)));
        all.filter(|(_, reports)| !reports.is_empty()).collect()
    }

    /// Takes no more room than it must, while nobody shares it.
    pub(crate) fn trim(&mut self) {
        self.much = false;
        self.texts.trim();
        self.tables.iter_mut().filter(|table| table.keys.count() > 0).for_each(|table| {
            table.to_mut().trim();
            table.share();
        });
    }

    /// Takes a report in; whether it is new.
    pub(crate) fn take(&mut self, ty: TypeId, report: Stored) -> bool {
        let row = self.row_for(ty, &report.key);
        self.newest = self.newest.max(Some(report.observed_at));
        let flags = self.table(ty).flags(row);
        if flags & (flag::SINGLE | flag::SIDE) == 0 {
            self.table_mut(ty).set_flags(row, flag::SINGLE);
            self.write(ty, row, &report);
            return true;
        }
        if flags & flag::SINGLE != 0 && self.is_report(ty, row, report.observed_at, report.mark) {
            return false;
        }
        self.set_aside(ty, row);
        self.table_mut(ty).side_mut(row).insert(report)
    }

    /// Takes in what a line of the usual shape says; whether it is new.
    pub(crate) fn take_read(&mut self, read: &mut crate::store::Read<'_>, recent: &mut Recent) -> bool {
        let (sym, row) = self.key_of(read.ty, read.key, read.key_hash);
        if let Some(row) =
            row.filter(|row| self.table(read.ty).flags(*row) & (flag::SINGLE | flag::SIDE) != 0)
        {
            if self.is_report(read.ty, row, read.observed_at, read.mark()) {
                return false;
            }
            let report = read.stored(&self.layout, |tool, instance| self.origins.named(tool, instance));
            return self.take(read.ty, report);
        }
        self.newest = self.newest.max(Some(read.observed_at));
        self.write_read(row, sym, read, recent);
        true
    }

    /// Keeps a row's reports beside the columns from now on.
    pub(super) fn set_aside(&mut self, ty: TypeId, row: Row) {
        if self.table(ty).has(row, flag::SIDE) {
            return;
        }
        let single = self.stored(ty, row);
        let table = self.table_mut(ty);
        table.clear(row);
        table.set_flags(row, flag::SIDE);
        table.side_mut(row).reports.extend(single);
    }

    /// Forgets a row's one report, which can never count again.
    pub(super) fn drop_single(&mut self, ty: TypeId, row: Row) {
        let table = self.table_mut(ty);
        table.clear(row);
        table.set_flags(row, flag::SIDE);
    }
}
