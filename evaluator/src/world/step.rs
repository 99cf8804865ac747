//! Carrying out what was planned.

use std::collections::BTreeSet;
use std::sync::Arc;

use assize_lang::plan::{FactKind, Name};

use super::World;
use super::change::{Change, FieldSet, Touched};
use super::closing::After;
use super::layout::{FieldId, Row, TypeId};
use super::links::Refers;
use super::plan::{Plan, Said, Words};
use super::table::flag;
use crate::store::{CoverageSaid, Fact, Hole, Origin, Scopes, Stored, holes, of_fact, of_run, parts};
use crate::value::NEVER;

/// A row before a step.
struct Seen {
    ty: TypeId,
    row: Row,
    flags: u8,
    at: Option<i64>,
    /// To whom it referred; of events, which leave all lists meanwhile, nothing.
    refers: Vec<(FieldId, Refers)>,
    /// The fact, where its columns do not tell all of it.
    fact: Option<Arc<Fact>>,
    coverage: Option<CoverageSaid>,
    /// The fields that a new report changed.
    written: FieldSet,
    /// Whether anything is said of it.
    said: bool,
    /// When its one report goes stale, or holds again.
    flip: i64,
    /// Its timer goes off by then.
    timer: Option<i64>,
}

impl World {
    /// Carries out what was planned.
    pub(crate) fn commit(&mut self) -> Touched {
        let Some(plan) = self.planned.take() else { return Touched::default() };
        if plan.everything {
            return self.commit_everything(plan);
        }
        let mut touched = Touched::default();
        let lose = self.may_lose(&plan);
        let mut seen: Vec<Seen> =
            plan.rows.iter().map(|(ty, row, words)| self.see(ty, row, words, plan.now)).collect();
        self.now = plan.now;
        self.advance(&plan, &mut touched);
        for (one, words) in seen.iter_mut().zip(plan.rows.into_words()) {
            for (row, said) in words.said {
                one.written = self.absorb(one.ty, row, said);
            }
        }
        for one in &seen {
            let due = self.settle(one.ty, one.row);
            if let Some(due) = due.filter(|due| one.timer.is_none_or(|timer| *due < timer)) {
                self.timers.push(due, one.ty, one.row);
            }
        }
        for one in seen {
            self.finish(one, &mut touched);
        }
        if lose {
            self.lose(&mut touched);
        }
        touched
    }

    /// Whether a step may change what refused lines leave open: there are new ones, or facts are touched
    /// that their scopes are read through.
    fn may_lose(&self, plan: &Plan) -> bool {
        let ripe = self.global.later.first().is_some_and(|first| *first <= plan.now);
        let through = || self.global.lost_through.iter().any(|ty| plan.rows.any_of(*ty));
        !plan.lost.is_empty() || ripe || plan.ripen || through()
    }

    /// Looks at a row before it is touched; events leave their lists, in which their place may change.
    fn see(&mut self, ty: TypeId, row: Row, words: &Words, now: i64) -> Seen {
        let table = self.table(ty);
        let flags = table.flags(row);
        let is_coverage = self.layout.coverage() == Some(ty);
        let plain = flags & flag::SINGLE != 0
            && !is_coverage
            && match words.said.as_slice() {
                [] => true,
                [(of, Said::Report(report))] => *of == row && self.replaces(ty, row, report, now),
                [(of, Said::Withdrawn(origin, at))] => {
                    *of == row && self.takes_back(ty, row, origin, *at, now)
                }
                _ => false,
            };
        let fact =
            if plain || flags & flag::PRESENT == 0 { None } else { self.fact(&self.ground(), ty, row) };
        let coverage = if is_coverage { self.tells(fact.as_deref()) } else { None };
        let at = self.at(ty, row);
        let mut refers = Vec::new();
        if self.layout.ty(ty).kind == FactKind::Event {
            self.list(ty, row, false);
        } else if flags & flag::PRESENT != 0 {
            refers = self.all_refers(ty, row);
        }
        let flip = if flags & flag::SINGLE == 0 { NEVER } else { self.next_flip(ty, row) };
        // Whoever has an instant to come has a timer no later than that, unless it just went off.
        let due = self.due(ty, row);
        let timer = due.filter(|due| !words.woken && *due > now);
        let said = !words.said.is_empty();
        Seen { ty, row, flags, at, refers, fact, coverage, written: FieldSet::NONE, said, flip, timer }
    }

    fn all_refers(&self, ty: TypeId, row: Row) -> Vec<(FieldId, Refers)> {
        let fields = self.layout.kinds(ty).filter(|(_, kind)| kind.target().is_some());
        fields.map(|(field, _)| (field, self.refers(ty, row, field))).collect()
    }

    /// Whether a report takes the place of the row's one report in the columns.
    fn replaces(&self, ty: TypeId, row: Row, report: &Stored, now: i64) -> bool {
        let table = self.table(ty);
        self.layout.ty(ty).kind != FactKind::Event
            && table.keys.group(row).is_none()
            && report.observed_at <= now
            && report.observed_at > table.observed(row)
            && self.stock.origins.find(&report.origin) == Some(table.origin(row))
    }

    /// Whether the row's one report, which is all there is of the fact, is taken back for good.
    fn takes_back(&self, ty: TypeId, row: Row, origin: &Origin, at: i64, now: i64) -> bool {
        let table = self.table(ty);
        table.keys.group(row).is_none()
            && at <= now
            && table.observed(row) <= at
            && self.stock.origins.get(table.origin(row)).is_some_and(|known| **known == *origin)
    }

    /// Takes in what is said of a row; says which fields of a single report changed.
    pub(super) fn absorb(&mut self, ty: TypeId, row: Row, said: Said) -> FieldSet {
        let table = self.table(ty);
        let flags = table.flags(row);
        match said {
            Said::Withdrawn(origin, at) => {
                if flags & flag::SINGLE != 0 && self.takes_back(ty, row, &origin, at, self.now) {
                    self.stock.drop_single(ty, row);
                } else {
                    self.stock.set_aside(ty, row);
                }
                self.table_mut(ty).side_mut(row).withdrawn.push((origin, at));
            }
            Said::Report(report) if flags & flag::SINGLE != 0 => {
                if self.replaces(ty, row, &report, self.now) {
                    return self.stock.write(ty, row, &report);
                }
                let same = self.stock.origins.find(&report.origin) == Some(table.origin(row));
                let older =
                    report.observed_at < table.observed(row) && self.layout.ty(ty).kind != FactKind::Event;
                if !(same && (older || self.stock.is_report(ty, row, report.observed_at, report.mark))) {
                    self.stock.set_aside(ty, row);
                    self.table_mut(ty).side_mut(row).insert(report);
                }
            }
            Said::Report(report) => {
                let alone = table.keys.group(row).is_none();
                if flags & flag::SIDE == 0 && alone && report.observed_at <= self.now {
                    self.table_mut(ty).set_flags(row, flag::SINGLE);
                    return self.stock.write(ty, row, &report);
                }
                self.stock.set_aside(ty, row);
                self.table_mut(ty).side_mut(row).insert(report);
            }
        }
        FieldSet::NONE
    }

    /// Compares a row with what it was, and brings the lists up to date.
    fn finish(&mut self, seen: Seen, touched: &mut Touched) {
        let Seen { ty, row, flags: before, .. } = seen;
        let flags = self.table(ty).flags(row);
        let (was, is) = (before & flag::PRESENT != 0, flags & flag::PRESENT != 0);
        let moved = seen.at != self.at(ty, row);
        if self.layout.ty(ty).kind == FactKind::Event {
            self.list(ty, row, true);
        } else {
            let now = if is { self.all_refers(ty, row) } else { Vec::new() };
            for (field, refers) in seen.refers.iter().filter(|known| !now.contains(known)) {
                self.list_field(ty, row, *field, refers, false);
            }
            for (field, refers) in now.iter().filter(|known| !seen.refers.contains(known)) {
                self.list_field(ty, row, *field, refers, true);
            }
        }
        if was != is || moved {
            self.table_mut(ty).order.touch(row, is, was && moved);
        }
        if !was && !is {
            return;
        }
        if self.layout.coverage() == Some(ty) {
            let now = self.fact(&self.ground(), ty, row);
            self.retell(seen.coverage, self.tells(now.as_deref()), touched);
        }
        let single = before & flags & flag::SINGLE != 0 && seen.fact.is_none();
        let (fields, renewed) = if was != is {
            (FieldSet::ALL, true)
        } else if single {
            let same = before == flags;
            let renewed = seen.said || !same || seen.flip != self.next_flip(ty, row);
            // Of what is stale it is also said since when.
            let all = !same || flags & flag::STALE != 0 && seen.said;
            (if all { FieldSet::ALL } else { seen.written }, renewed)
        } else {
            let fact = self.fact(&self.ground(), ty, row);
            self.differ(ty, seen.fact.as_deref(), fact.as_deref())
        };
        if !fields.is_empty() || renewed {
            touched.rows.push(Change { ty, row, fields, renewed, was_present: was, is_present: is });
        }
    }

    /// The fields in which two states of a fact differ, and whether anything else of it does.
    fn differ(&self, ty: TypeId, was: Option<&Fact>, is: Option<&Fact>) -> (FieldSet, bool) {
        let (Some(was), Some(is)) = (was, is) else { return (FieldSet::ALL, true) };
        let mut fields = FieldSet::NONE;
        let mut renewed = was.witness != is.witness;
        for (place, _) in self.layout.kinds(ty) {
            let Some(field) = self.layout.field(ty, place) else { continue };
            let (Some(old), Some(new)) = (was.field(field.name.as_str()), is.field(field.name.as_str()))
            else {
                continue;
            };
            let said = |one: &crate::store::Merged| format!("{:?} {:?}", one.possible, one.candidates);
            if old.bad != new.bad || said(old) != said(new) {
                fields.insert(place);
            }
            renewed |= old.horizon != new.horizon || old.evidence != new.evidence || old.remark != new.remark;
        }
        (fields, renewed)
    }

    /// What a `Coverage` fact says.
    fn tells(&self, fact: Option<&Fact>) -> Option<CoverageSaid> {
        of_fact(fact?, self.layout.schema(), &self.canon, self.now)
    }

    fn retell(&mut self, was: Option<CoverageSaid>, is: Option<CoverageSaid>, touched: &mut Touched) {
        if was == is {
            return;
        }
        let coverage = Arc::make_mut(&mut self.coverage);
        for said in was.iter().chain(&is) {
            match said {
                CoverageSaid::Watched(signal, scope, _) => {
                    touched.coverage.push((signal.clone(), Some(scope.clone())));
                }
                CoverageSaid::Hole(hole) => touched.coverage.push((hole.signal.clone(), hole.scope.clone())),
                CoverageSaid::Listed(..) => {}
            }
        }
        was.into_iter().for_each(|said| coverage.remove(said));
        is.into_iter().for_each(|said| coverage.add(said));
    }

    /// Takes in runs and refused lines.
    fn advance(&mut self, plan: &Plan, touched: &mut Touched) {
        let now = self.now;
        let due = self.global.later.first().is_some_and(|first| *first <= now);
        if !due && !plan.ripen && plan.lost.is_empty() && plan.same.is_empty() {
            return;
        }
        let global = Arc::make_mut(&mut self.global);
        global.later.retain(|at| *at > now);
        for (ty, same) in &plan.same {
            global.later.insert(same.2);
            global.same.entry(ty.clone()).or_default().push(same.clone());
        }
        for lost in &plan.lost {
            if lost.observed_at > now {
                global.later.insert(lost.observed_at);
            }
            global.lost.push(lost.clone());
        }
        if plan.ripen {
            global.mature(plan.runs.clone(), now);
        }
        for run in &plan.ripe {
            self.prove(run, touched);
        }
    }

    /// A run proves what it does not tell of.
    pub(super) fn prove(&mut self, run: &crate::facts::Run, touched: &mut Touched) {
        let origin = self.stock.origins.id(&Arc::new(Origin::from(&run.source)));
        let (layout, global) = (Arc::clone(&self.layout), Arc::make_mut(&mut self.global));
        for name in &run.types {
            let Some(ty) = layout.type_id(&Name::from(name)) else { continue };
            let declared = layout.ty(ty);
            if declared.kind == FactKind::Entity {
                global.begin(ty, origin, run);
            }
            let signals: BTreeSet<&str> = parts(declared).map(|part| part.signal.as_str()).collect();
            let scope = (run.scope != "*").then(|| run.scope.clone());
            touched.coverage.extend(signals.into_iter().map(|signal| (signal.to_owned(), scope.clone())));
        }
        global.proven.push(run.clone());
        let coverage = Arc::make_mut(&mut self.coverage);
        of_run(run).for_each(|said| coverage.add(said));
    }

    /// Marks what was seen and lost.
    pub(super) fn lose(&mut self, touched: &mut Touched) {
        if self.global.lost.is_empty() {
            return;
        }
        let types: BTreeSet<TypeId> =
            self.global.lost.iter().filter_map(|lost| self.layout.type_id(&lost.ty)).collect();
        let scoped = self.layout.scoped().iter().filter(|(ty, _)| types.contains(ty));
        let through: Vec<TypeId> = scoped.flat_map(|(_, through)| through.iter().copied()).collect();
        if through != self.global.lost_through {
            Arc::make_mut(&mut self.global).lost_through = through;
        }
        let said = After(self);
        let scopes = Scopes { schema: self.layout.schema(), canon: &self.canon, said: &said };
        let now: Vec<Hole> =
            self.global.lost.iter().flat_map(|lost| holes(lost, &scopes, self.now)).collect();
        if now == self.global.holes {
            return;
        }
        let was = std::mem::replace(&mut Arc::make_mut(&mut self.global).holes, now.clone());
        let coverage = Arc::make_mut(&mut self.coverage);
        for hole in
            was.iter().filter(|hole| !now.contains(hole)).chain(now.iter().filter(|hole| !was.contains(hole)))
        {
            touched.coverage.push((hole.signal.clone(), hole.scope.clone()));
        }
        was.into_iter().for_each(|hole| coverage.remove(CoverageSaid::Hole(hole)));
        now.into_iter().for_each(|hole| coverage.add(CoverageSaid::Hole(hole)));
    }
}
