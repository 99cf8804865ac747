//! The facts at the clock, kept up to date.

mod cell;
mod change;
mod layout;
mod lens;
mod owners;
mod reports;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use assize_lang::plan::CoveredBy;

pub(crate) use cell::Cell;
pub(crate) use change::{Change, FieldSet, Touched};
pub(crate) use layout::{FieldId, Layout, Row, Sym, TypeId};
pub(crate) use lens::Lens;
pub(crate) use reports::Reports;

use crate::store::{Changes, Fact, Facts, Merged, Snapshot, Track, View};
use crate::value::{NEVER, Value};

/// The facts at an instant, and what they will be next.
#[derive(Clone, Debug)]
pub(crate) struct World {
    layout: Arc<Layout>,
    state: Arc<State>,
    next: Option<(Arc<State>, Touched)>,
}

#[derive(Clone, Debug)]
struct State {
    lines: Changes,
    snapshot: Snapshot,
    view: Arc<View>,
    texts: Vec<Arc<str>>,
    syms: HashMap<Arc<str>, Sym>,
    tables: Vec<Table>,
}

#[derive(Clone, Debug, Default)]
struct Table {
    rows: HashMap<Arc<str>, Row>,
    keys: Vec<Arc<str>>,
    heads: Vec<Row>,
    key_syms: Vec<Sym>,
    facts: Vec<Option<Arc<Fact>>>,
    cells: Vec<Vec<Cell>>,
    order: Arc<[Row]>,
    links: HashMap<FieldId, Links>,
}

#[derive(Clone, Debug, Default)]
struct Links {
    certain: HashMap<Row, Vec<Row>>,
    possible: HashMap<Row, Vec<Row>>,
    loose: Vec<Row>,
}

impl State {
    fn make(layout: &Layout, mut lines: Changes, now: i64, old: Option<&Self>) -> Self {
        let snapshot = lines.clone().snapshot(Arc::clone(layout.schema()));
        if old.is_none() {
            lines = Changes::of(&snapshot);
        }
        let view = Arc::new(View::new(layout.schema(), &snapshot, layout.trust(), now, None));
        let mut out = Self {
            lines,
            snapshot,
            view,
            texts: old.map(|old| old.texts.clone()).unwrap_or_default(),
            syms: old.map(|old| old.syms.clone()).unwrap_or_default(),
            tables: match old {
                Some(old) => old.tables.clone(),
                None => layout.types().map(|_| Table::default()).collect(),
            },
        };
        out.fill(layout);
        out
    }

    fn sym(&mut self, text: &Arc<str>) -> Sym {
        if let Some(sym) = self.syms.get(text) {
            return *sym;
        }
        let sym = Sym(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(Arc::clone(text));
        self.syms.insert(Arc::clone(text), sym);
        sym
    }

    fn row(&mut self, ty: TypeId, key: &Arc<str>) -> Row {
        let Some(table) = self.tables.get(ty.index()) else { return Row(u32::MAX) };
        if let Some(row) = table.rows.get(key) {
            return *row;
        }
        let sym = self.sym(key);
        let Some(table) = self.tables.get_mut(ty.index()) else { return Row(u32::MAX) };
        let row = Row(u32::try_from(table.keys.len()).unwrap_or(u32::MAX));
        table.rows.insert(Arc::clone(key), row);
        table.keys.push(Arc::clone(key));
        table.heads.push(row);
        table.key_syms.push(sym);
        table.facts.push(None);
        table.cells.push(Vec::new());
        row
    }

    fn cell(&mut self, layout: &Layout, value: Option<&Value>) -> Cell {
        match value {
            None => Cell::Unknown,
            Some(Value::String(text)) => Cell::Text(self.sym(text)),
            Some(Value::Fact(name, key)) => match layout.type_id(name) {
                Some(to) => Cell::Fact(self.row(to, key)),
                None => Cell::Other,
            },
            Some(value) => Layout::plain(value),
        }
    }

    fn fill(&mut self, layout: &Layout) {
        let view = Arc::clone(&self.view);
        for table in &mut self.tables {
            table.facts.iter_mut().for_each(|fact| *fact = None);
            table.links.clear();
        }
        let keys: Vec<(TypeId, Arc<str>)> = layout
            .types()
            .flat_map(|ty| {
                let of = self.snapshot.inner().reports.get(&layout.ty(ty).name);
                of.into_iter().flatten().map(move |report| (ty, Arc::clone(&report.key)))
            })
            .collect();
        for (ty, key) in keys {
            self.row(ty, &key);
        }
        for ty in layout.types() {
            let shape = layout.ty(ty);
            let mut order = Vec::new();
            for fact in view.all(&shape.name) {
                let row = self.row(ty, &fact.key);
                order.push(row);
                let mut cells = Vec::new();
                for (place, field) in shape.fields.iter().enumerate() {
                    let field_id = FieldId(u16::try_from(place).unwrap_or(u16::MAX));
                    let cell = match fact.field(field.name.as_str()) {
                        None => Cell::Text(self.sym(&fact.key)),
                        Some(merged) if merged.possible.is_absent() => Cell::Absent,
                        Some(merged) if dynamic(layout, ty, field_id) && merged.possible.is_known() => {
                            Cell::Other
                        }
                        Some(merged) => self.cell(layout, merged.possible.value()),
                    };
                    cells.push(cell);
                    if let (Some(to), Some(merged)) =
                        (layout.target(ty, field_id), fact.field(field.name.as_str()))
                    {
                        self.link(ty, field_id, to, row, merged);
                    }
                }
                if let Some(table) = self.tables.get_mut(ty.index()) {
                    if let Some(place) = table.cells.get_mut(row.index()) {
                        *place = cells;
                    }
                    if let Some(place) = table.facts.get_mut(row.index()) {
                        *place = Some(Arc::clone(&fact));
                    }
                }
            }
            if let Some(table) = self.tables.get_mut(ty.index()) {
                table.order = order.into();
            }
        }
        for ty in layout.types() {
            let Some(table) = self.tables.get_mut(ty.index()) else { continue };
            let canon = crate::store::Canon::new(self.snapshot.inner(), view.now());
            for (row, key) in table.keys.iter().enumerate() {
                let head = canon.key(&layout.ty(ty).name, key);
                let head = table.rows.get(&head).copied();
                if let (Some(head), Some(place)) = (head, table.heads.get_mut(row)) {
                    *place = head;
                }
            }
        }
    }

    fn link(&mut self, ty: TypeId, field: FieldId, to: TypeId, row: Row, merged: &Merged) {
        let values: Vec<Value> = if merged.possible.is_known() {
            merged.possible.value().into_iter().cloned().collect()
        } else {
            merged.candidates.clone()
        };
        let keys: BTreeSet<Arc<str>> = values.iter().flat_map(crate::store::targets).collect();
        let rows: Vec<Row> = keys.iter().map(|key| self.row(to, key)).collect();
        let Some(table) = self.tables.get_mut(ty.index()) else { return };
        let links = table.links.entry(field).or_default();
        if merged.possible.is_known() {
            rows.into_iter().for_each(|to| links.certain.entry(to).or_default().push(row));
        } else if merged.bad || merged.candidates.is_empty() {
            links.loose.push(row);
        } else {
            rows.into_iter().for_each(|to| links.possible.entry(to).or_default().push(row));
        }
    }
}

fn dynamic(layout: &Layout, ty: TypeId, field: FieldId) -> bool {
    layout.shape(ty).kinds.get(field.index()) == Some(&layout::Kind::Other)
}

impl World {
    /// The facts of `snapshot` at `now`.
    pub(crate) fn build(layout: &Arc<Layout>, snapshot: &Snapshot, now: i64) -> Self {
        let state = State::make(layout, Changes::of(snapshot), now, None);
        Self { layout: Arc::clone(layout), state: Arc::new(state), next: None }
    }

    fn table(&self, ty: TypeId) -> Option<&Table> {
        self.state.tables.get(ty.index())
    }

    pub(crate) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The instant.
    pub(crate) fn now(&self) -> i64 {
        self.state.view.now()
    }

    /// How many rows the type has; a row is never reused.
    pub(crate) fn rows(&self, ty: TypeId) -> u32 {
        self.table(ty).and_then(|table| u32::try_from(table.keys.len()).ok()).unwrap_or(0)
    }

    /// Whether there is such a fact.
    pub(crate) fn present(&self, ty: TypeId, row: Row) -> bool {
        self.table(ty).and_then(|table| table.facts.get(row.index())).is_some_and(Option::is_some)
    }

    /// The row of the fact with this key, be it the one that it is known by or another.
    pub(crate) fn row(&self, ty: TypeId, key: &str) -> Option<Row> {
        let table = self.table(ty)?;
        table.heads.get(table.rows.get(key)?.index()).copied()
    }

    /// The row's key.
    pub(crate) fn key(&self, ty: TypeId, row: Row) -> &str {
        self.table(ty).and_then(|table| table.keys.get(row.index())).map_or("", AsRef::as_ref)
    }

    /// The row's key, to keep.
    pub(crate) fn key_arc(&self, ty: TypeId, row: Row) -> Arc<str> {
        self.table(ty).and_then(|table| table.keys.get(row.index())).cloned().unwrap_or_default()
    }

    /// What is exactly known of a field.
    pub(crate) fn cell(&self, ty: TypeId, row: Row, field: FieldId) -> Cell {
        let Some(table) = self.table(ty) else { return Cell::Unknown };
        if *self.layout.shape(ty).kinds.get(field.index()).unwrap_or(&layout::Kind::Other)
            == layout::Kind::Key
        {
            return table.key_syms.get(row.index()).map_or(Cell::Unknown, |sym| Cell::Text(*sym));
        }
        if !self.present(ty, row) {
            return Cell::Unknown;
        }
        table
            .cells
            .get(row.index())
            .and_then(|cells| cells.get(field.index()))
            .copied()
            .unwrap_or(Cell::Unknown)
    }

    /// The known value of a field, where it is known and there.
    pub(crate) fn value(&self, ty: TypeId, row: Row, field: FieldId) -> Option<Value> {
        let field = self.layout.field(ty, field)?;
        if field.name == self.layout.ty(ty).key {
            return Some(Value::String(self.key_arc(ty, row)));
        }
        let fact = self.table(ty)?.facts.get(row.index())?.as_ref()?;
        fact.field(field.name.as_str())?.possible.value().cloned()
    }

    /// An interned text.
    pub(crate) fn text(&self, sym: Sym) -> &str {
        self.state.texts.get(sym.index()).map_or("", AsRef::as_ref)
    }

    /// The number of a text that some fact has, or had.
    pub(crate) fn sym(&self, text: &str) -> Option<Sym> {
        self.state.syms.get(text).copied()
    }

    /// When an event happened, where that is known.
    pub(crate) fn at(&self, ty: TypeId, row: Row) -> Option<i64> {
        self.table(ty)?.facts.get(row.index())?.as_ref()?.at
    }

    fn links(&self, ty: TypeId, field: FieldId) -> Option<&Links> {
        self.table(ty)?.links.get(&field)
    }

    /// The facts of which it is known that their field refers to the target, in list order.
    pub(crate) fn referring(&self, ty: TypeId, field: FieldId, target: Row) -> &[Row] {
        self.links(ty, field).and_then(|links| links.certain.get(&target)).map_or(&[], Vec::as_slice)
    }

    /// The facts of which a stale or disputed report says that their field refers to the target.
    pub(crate) fn maybe_referring(&self, ty: TypeId, field: FieldId, target: Row) -> &[Row] {
        self.links(ty, field).and_then(|links| links.possible.get(&target)).map_or(&[], Vec::as_slice)
    }

    /// The facts of which it is not known to whom their field refers.
    pub(crate) fn loose(&self, ty: TypeId, field: FieldId) -> &[Row] {
        self.links(ty, field).map_or(&[], |links| links.loose.as_slice())
    }

    /// All facts of a type in the order of lists: entities by key, events by (`at`, key), those of unknown
    /// `at` first.
    pub(crate) fn in_order(&self, ty: TypeId) -> Arc<[Row]> {
        self.table(ty).map(|table| Arc::clone(&table.order)).unwrap_or_default()
    }

    /// What is known about one signal in one scope, for facts of a type.
    pub(crate) fn track(&self, ty: TypeId, part: &CoveredBy, scope: &str) -> Track {
        self.state.view.track(self.layout.ty(ty), part, scope)
    }

    /// Which rows the changes and the passing of time to `now` will touch.
    pub(crate) fn plan(&mut self, changes: Changes, now: i64) -> Vec<(TypeId, Row)> {
        let mut lines = self.state.lines.clone();
        lines.extend(&changes);
        let next = State::make(&self.layout, lines, now, Some(&self.state));
        let touched = self.compare(&next);
        let rows = touched.rows.iter().map(|change| (change.ty, change.row)).collect();
        self.next = Some((Arc::new(next), touched));
        rows
    }

    /// Carries out what was planned.
    pub(crate) fn commit(&mut self) -> Touched {
        let Some((state, touched)) = self.next.take() else { return Touched::default() };
        self.state = state;
        touched
    }

    fn compare(&self, next: &State) -> Touched {
        let mut touched = Touched::default();
        let counts = |state: &State| {
            let inner = state.lines.inner();
            let now = state.view.now();
            (
                inner.runs.iter().filter(|run| run.until.0 <= now).count(),
                inner.same.values().flatten().filter(|same| same.2 <= now).count(),
                inner.lost.iter().filter(|lost| lost.observed_at <= now).count(),
            )
        };
        touched.everything = counts(&self.state) != counts(next);
        for ty in self.layout.types() {
            let (Some(old), Some(new)) = (self.table(ty), next.tables.get(ty.index())) else { continue };
            for (row, is) in new.facts.iter().enumerate() {
                let was = old.facts.get(row).and_then(Option::as_ref);
                let mut fields = FieldSet::NONE;
                for (place, field) in self.layout.ty(ty).fields.iter().enumerate() {
                    let gist = |fact: &Arc<Fact>| {
                        fact.field(field.name.as_str()).map(|merged| {
                            (
                                merged.possible.values.clone(),
                                merged.possible.absent,
                                merged.candidates.clone(),
                                merged.bad,
                            )
                        })
                    };
                    if was.map(gist) != is.as_ref().map(gist) {
                        fields.insert(FieldId(u16::try_from(place).unwrap_or(0)));
                    }
                }
                if fields.is_empty() && was.is_some() == is.is_some() {
                    continue;
                }
                if self.layout.ty(ty).name.as_str() == "assize.core.Coverage" {
                    for signal in self.layout.schema().signals.keys() {
                        touched.coverage.push((signal.to_string(), None));
                    }
                }
                touched.rows.push(Change {
                    ty,
                    row: Row(u32::try_from(row).unwrap_or(u32::MAX)),
                    fields,
                    renewed: true,
                    was_present: was.is_some(),
                    is_present: is.is_some(),
                });
            }
        }
        touched
    }

    /// The next instant at which anything changes by itself. It may be early.
    pub(crate) fn next_due(&self) -> Option<i64> {
        let inner = self.state.lines.inner();
        let reports = inner.reports.iter().flat_map(|(name, reports)| {
            let ty = self.layout.schema().facts.get(name);
            reports.iter().flat_map(move |report| {
                let stale =
                    ty.and_then(|ty| ty.fresh_for).map(|fresh| report.observed_at.saturating_add(fresh));
                let said = report.fields.iter().filter_map(|(_, state)| match state {
                    crate::store::State::Value(Value::Timestamp(at)) => Some(*at),
                    _ => None,
                });
                said.chain(stale).chain([report.observed_at]).collect::<Vec<_>>()
            })
        });
        let others = (inner.runs.iter().map(|run| run.until.0))
            .chain(inner.withdrawn.values().flatten().map(|gone| gone.observed_at))
            .chain(inner.same.values().flatten().map(|same| same.2))
            .chain(inner.lost.iter().map(|lost| lost.observed_at));
        reports.chain(others).filter(|at| *at > self.now() && *at != NEVER).min()
    }
}
