//! A world from scratch, and the same world made anew where too much changed at once.

use std::sync::Arc;

use assize_lang::plan::FactKind;

use super::World;
use super::cell::Cell;
use super::change::{Change, FieldSet, Touched};
use super::global::Global;
use super::intern::Interner;
use super::layout::{Kind, Layout, Row, TypeId};
use super::order::Ordered;
use super::origins::Origins;
use super::plan::{Plan, Said};
use super::table::{Table, flag};
use super::timers::Timers;
use crate::store::{Canon, CoverageIndex, CoverageSaid, Snapshot, of_fact};
use crate::value::Value;

impl World {
    /// The facts of `snapshot` at `now`.
    pub(crate) fn build(layout: &Arc<Layout>, snapshot: &Snapshot, now: i64) -> Self {
        let mut texts = Interner::default();
        let defaults = layout.types().map(|ty| defaults(layout, ty, &mut texts)).collect();
        let tables = layout.types().map(|ty| Arc::new(Table::new(&layout.shape(ty).kinds))).collect();
        let begun = layout.types().map(|_| Vec::new()).collect();
        let mut world = Self {
            layout: Arc::clone(layout),
            now,
            texts,
            origins: Origins::default(),
            tables,
            defaults: Arc::new(defaults),
            timers: Timers::new(now),
            global: Arc::new(Global { begun, ..Global::default() }),
            canon: Arc::default(),
            coverage: Arc::default(),
            planned: None,
            cells: Vec::new(),
        };
        let inner = snapshot.inner();
        for (name, reports) in &inner.reports {
            let Some(ty) = layout.type_id(name) else { continue };
            for report in reports {
                let row = world.row_for(ty, &report.key);
                if world.table(ty).flags(row) == 0 && report.observed_at <= now {
                    world.table_mut(ty).set_flags(row, flag::SINGLE);
                    world.write(ty, row, report);
                } else {
                    world.absorb(ty, row, Said::Report(report.clone()));
                }
            }
        }
        for (name, withdrawn) in &inner.withdrawn {
            let Some(ty) = layout.type_id(name) else { continue };
            for gone in withdrawn {
                let row = world.row_for(ty, &gone.key);
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
        let rows = plan.rows.keys().copied();
        let seen: Vec<(TypeId, Row, bool)> = rows.map(|(ty, row)| (ty, row, self.present(ty, row))).collect();
        self.now = plan.now;
        for ((ty, _), words) in plan.rows {
            for (row, said) in words.said {
                self.absorb(ty, row, said);
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
                pairs.push((self.row_for(ty, alias), self.row_for(ty, head)));
            }
            if pairs.is_empty() && self.table(ty).keys.is_plain() {
                continue;
            }
            self.table_mut(ty).keys.join(&pairs);
            let grouped: Vec<Row> = self.table(ty).keys.grouped().collect();
            grouped.into_iter().for_each(|row| self.set_aside(ty, row));
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
        let table = self.table_mut(ty);
        for links in table.links.iter_mut().flatten() {
            *links = super::links::Links::default();
        }
        table.order = Ordered::default();
        let table = self.table(ty);
        let mut rows: Vec<Row> =
            (0..self.rows(ty)).map(Row).filter(|row| table.has(*row, flag::PRESENT)).collect();
        if self.layout.ty(ty).kind == FactKind::Event {
            let mut timed: Vec<(Option<i64>, Row)> =
                rows.iter().map(|row| (self.at(ty, *row), *row)).collect();
            timed.sort_by(|a, b| {
                a.0.cmp(&b.0).then_with(|| self.key_text(ty, a.1).cmp(self.key_text(ty, b.1)))
            });
            rows = timed.into_iter().map(|(_, row)| row).collect();
        } else {
            rows.sort_by(|a, b| self.key_text(ty, *a).cmp(self.key_text(ty, *b)));
        }
        rows.iter().for_each(|row| self.list(ty, *row, true));
        self.table_mut(ty).order = Ordered::of(rows.into());
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
