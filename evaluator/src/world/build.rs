//! A world from scratch, and the same world made anew where too much changed at once.

use std::collections::HashMap;
use std::sync::Arc;

use assize_lang::plan::FactKind;

use super::World;
use super::cell::Cell;
use super::change::{Change, FieldSet, Touched};
use super::global::Global;
use super::intern::Interner;
use super::layout::{FieldId, Kind, Layout, Row, TypeId};
use super::links::{Links, Refers};
use super::order::Ordered;
use super::plan::{Plan, Said};
use super::table::flag;
use super::timers::Timers;
use crate::store::{Canon, CoverageIndex, CoverageSaid, Snapshot, of_fact};
use crate::value::Value;

impl World {
    /// The facts of `snapshot` at `now`.
    pub(crate) fn build(layout: &Arc<Layout>, snapshot: &Snapshot, now: i64) -> Self {
        let inner = snapshot.inner();
        let mut stock = inner.stock.under(layout);
        let defaults = layout.types().map(|ty| defaults(layout, ty, &mut stock.texts)).collect();
        let begun = layout.types().map(|_| Vec::new()).collect();
        if stock.newest().is_some_and(|newest| newest > now) {
            for ty in layout.types() {
                stock.table(ty).newer(now).into_iter().for_each(|row| stock.set_aside(ty, row));
            }
        }
        let mut world = Self {
            layout: Arc::clone(layout),
            now,
            stock,
            defaults: Arc::new(defaults),
            timers: Timers::new(now),
            global: Arc::new(Global { begun, ..Global::default() }),
            canon: Arc::default(),
            coverage: Arc::default(),
            planned: None,
        };
        for (name, withdrawn) in &inner.withdrawn {
            let Some(ty) = layout.type_id(name) else { continue };
            for gone in withdrawn {
                let row = world.stock.row_for(ty, &gone.key);
                world.absorb(ty, row, Said::Withdrawn(gone.origin.clone(), gone.observed_at));
            }
        }
        let global = Arc::make_mut(&mut world.global);
        global.same.clone_from(&inner.same);
        global.lost.clone_from(&inner.lost);
        global.waiting.clone_from(&inner.runs);
        world.rebuild();
        world
    }

    /// Takes a plan in whole, and makes everything anew; rows keep their numbers.
    pub(super) fn commit_everything(&mut self, plan: Plan) -> Touched {
        let rows = plan.rows.iter();
        let seen: Vec<(TypeId, Row, bool)> =
            rows.map(|(ty, row, _)| (ty, row, self.present(ty, row))).collect();
        self.now = plan.now;
        for ((ty, ..), words) in seen.iter().zip(plan.rows.into_words()) {
            for (row, said) in words.said {
                self.absorb(*ty, row, said);
            }
        }
        let global = Arc::make_mut(&mut self.global);
        for (ty, same) in plan.same {
            global.same.entry(ty).or_default().push(same);
        }
        global.lost.extend(plan.lost);
        global.waiting.extend(plan.runs);
        self.rebuild();
        let changed = |(ty, row, was): (TypeId, Row, bool)| Change {
            ty,
            row,
            fields: FieldSet::ALL,
            renewed: true,
            was_present: was,
            is_present: self.present(ty, row),
        };
        Touched { rows: seen.into_iter().map(changed).collect(), everything: true, ..Touched::default() }
    }

    fn rebuild(&mut self) {
        let now = self.now;
        self.canon = Arc::new(Canon::new(&self.global.same, now));
        self.coverage = Arc::new(CoverageIndex::default());
        self.timers = Timers::new(now);
        self.join_keys();
        self.take_runs();
        let layout = Arc::clone(&self.layout);
        for ty in layout.types() {
            for row in 0..self.rows(ty) {
                if let Some(due) = self.settle(ty, Row(row)) {
                    self.timers.push(due, ty, Row(row));
                }
            }
        }
        for ty in layout.types() {
            self.relist(ty);
        }
        self.retell_all();
        self.lose(&mut Touched::default());
    }

    /// Which keys are of one fact.
    fn join_keys(&mut self) {
        let (layout, canon) = (Arc::clone(&self.layout), Arc::clone(&self.canon));
        for ty in layout.types() {
            let mut pairs: Vec<(Row, Row)> = Vec::new();
            for (alias, head) in canon.aliases(&layout.ty(ty).name) {
                pairs.push((self.stock.row_for(ty, alias), self.stock.row_for(ty, head)));
            }
            if pairs.is_empty() && self.table(ty).keys.is_plain() {
                continue;
            }
            self.table_mut(ty).keys.join(&pairs);
            let grouped: Vec<Row> = self.table(ty).keys.grouped().collect();
            grouped.into_iter().for_each(|row| self.stock.set_aside(ty, row));
        }
    }

    fn take_runs(&mut self) {
        let now = self.now;
        let global = Arc::make_mut(&mut self.global);
        let known = std::mem::take(&mut global.proven);
        global.begun.iter_mut().for_each(Vec::clear);
        global.holes.clear();
        global.later.clear();
        let same = global.same.values().flatten().map(|same| same.2);
        let lost = global.lost.iter().map(|lost| lost.observed_at);
        let later: Vec<i64> = same.chain(lost).filter(|at| *at > now).collect();
        global.later.extend(later);
        for run in global.mature(known, now) {
            self.prove(&run, &mut Touched::default());
        }
    }

    /// Makes the lists of a type's facts.
    fn relist(&mut self, ty: TypeId) {
        let table = self.table(ty);
        let present = (0..self.rows(ty)).map(Row).filter(|row| table.has(*row, flag::PRESENT));
        let rows = self.sorted(ty, present.collect());
        let layout = Arc::clone(&self.layout);
        let fields = layout.kinds(ty).filter(|(_, kind)| kind.target().is_some());
        for (field, links) in
            fields.map(|(field, _)| (field, self.relink(ty, field, &rows))).collect::<Vec<_>>()
        {
            if let Some(place) = self.table_mut(ty).links.get_mut(field.index()) {
                *place = Some(links);
            }
        }
        self.table_mut(ty).order = Ordered::of(rows.into());
    }

    /// Who refers to whom by a field, of rows in the order of lists.
    fn relink(&self, ty: TypeId, field: FieldId, rows: &[Row]) -> Links {
        let (mut certain, mut loose) = (Vec::with_capacity(rows.len()), Vec::new());
        let mut maybe: HashMap<Row, Vec<Row>> = HashMap::new();
        for row in rows {
            match self.refers(ty, *row, field) {
                Refers::To(targets) => {
                    certain.extend(targets.as_slice().iter().map(|target| (*target, *row)));
                }
                Refers::Maybe(targets) => {
                    for target in targets.as_slice() {
                        maybe.entry(*target).or_default().push(*row);
                    }
                }
                Refers::Loose => loose.push(*row),
            }
        }
        Links::of(&mut certain, maybe, loose)
    }

    /// Rows in the order of lists. Most texts differ in the first bytes after those that all have in common.
    fn sorted(&self, ty: TypeId, rows: Vec<Row>) -> Vec<Row> {
        let text = |row: Row| self.key_text(ty, row).as_bytes();
        let Some(first) = rows.first().map(|row| text(*row)) else { return rows };
        let common = rows.iter().fold(first.len(), |common, row| {
            let same = text(*row).iter().zip(first).take(common).take_while(|(a, b)| a == b);
            same.count()
        });
        let event = self.layout.ty(ty).kind == FactKind::Event;
        let mut keyed: Vec<(Option<i64>, u64, Row)> = Vec::with_capacity(rows.len());
        for row in rows {
            let mut start = [0; 8];
            start.iter_mut().zip(text(row).iter().skip(common)).for_each(|(to, from)| *to = *from);
            let at = if event { self.at(ty, row) } else { None };
            keyed.push((at, u64::from_be_bytes(start), row));
        }
        keyed.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| text(a.2).cmp(text(b.2))));
        keyed.into_iter().map(|(_, _, row)| row).collect()
    }

    /// Reads all `Coverage` facts.
    fn retell_all(&mut self) {
        let Some(ty) = self.layout.coverage() else { return };
        let ground = self.ground();
        let coverage: Vec<CoverageSaid> = self
            .in_order(ty)
            .iter()
            .filter_map(|row| {
                of_fact(&*self.fact(&ground, ty, *row)?, self.layout.schema(), &self.canon, self.now)
            })
            .collect();
        let index = Arc::make_mut(&mut self.coverage);
        coverage.into_iter().for_each(|said| index.add(said));
    }
}

/// The cells of the fields that a fresh report leaves out.
fn defaults(layout: &Layout, ty: TypeId, texts: &mut Interner) -> Vec<Cell> {
    let cell = |(field, kind)| match (kind, layout.default(ty, field)) {
        (_, None) => Cell::Unknown,
        (_, Some(Value::Null)) => Cell::Absent,
        (Kind::Text, Some(Value::String(text))) => Cell::Text(texts.sym(text)),
        (Kind::Other | Kind::Facts(_), Some(_)) => Cell::Other,
        (_, Some(value)) => Layout::plain(value),
    };
    layout.kinds(ty).map(cell).collect()
}
