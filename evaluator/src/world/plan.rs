//! What a step will touch, before anything is touched.

use std::collections::BTreeSet;
use std::sync::Arc;

use assize_lang::plan::{FactKind, Name};

use super::World;
use super::global::Global;
use super::layout::{Row, TypeId};
use crate::facts::Run;
use crate::store::{Alias, Changes, Lost, Origin, Stored, harms};

/// What is said of one row.
#[derive(Clone, Debug)]
pub(super) enum Said {
    Report(Stored),
    /// This source's reports up to this instant are taken back.
    Withdrawn(Origin, i64),
}

/// Why a row is touched.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    pub(super) said: Vec<(Row, Said)>,
    /// Whether its timer went off.
    pub(super) woken: bool,
}

/// A step that was planned and not yet carried out.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) now: i64,
    pub(super) rows: Rows,
    pub(super) same: Vec<(Name, Alias)>,
    pub(super) lost: Vec<Lost>,
    pub(super) runs: Vec<Run>,
    /// Runs that prove something from now on.
    pub(super) ripe: Vec<Run>,
    /// Whether runs must be looked at again.
    pub(super) ripen: bool,
    pub(super) everything: bool,
}

/// Rows that a step touches, by the row that the fact is known by: what is said of it, by the row of the key
/// that was named.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows(Vec<((TypeId, Row), Words)>);

impl Rows {
    /// Adds a row, perhaps once more.
    fn touch(&mut self, ty: TypeId, row: Row) {
        self.0.push(((ty, row), Words::default()));
    }

    /// Puts them in order, each once with everything that is said of it, in the order in which it was said.
    fn sort(&mut self) {
        self.0.sort_by_key(|(row, _)| *row);
        self.0.dedup_by(|(row, more), (kept, words)| {
            let same = row == kept;
            if same {
                words.said.append(&mut more.said);
                words.woken |= more.woken;
            }
            same
        });
    }

    /// The rows in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (TypeId, Row, &Words)> {
        self.0.iter().map(|((ty, row), words)| (*ty, *row, words))
    }

    /// What is said of them, in the same order.
    pub(super) fn into_words(self) -> impl Iterator<Item = Words> {
        self.0.into_iter().map(|(_, words)| words)
    }

    /// Whether any row of a type is among them.
    pub(super) fn any_of(&self, ty: TypeId) -> bool {
        let from = self.0.partition_point(|((of, _), _)| *of < ty);
        self.0.get(from).is_some_and(|((of, _), _)| *of == ty)
    }
}

impl World {
    /// Which rows the changes and the passing of time to `now` will touch; rows may be new. The clock does
    /// not go back: an earlier `now` is the present one. A plan that was not carried out is added to.
    pub(crate) fn plan(&mut self, changes: Changes, now: i64) -> Vec<(TypeId, Row)> {
        let mut plan = self.planned.take().unwrap_or_default();
        plan.now = now.max(self.now).max(plan.now);
        for told in changes.reports {
            let row = self.stock.row_for(told.ty, &told.report.key);
            self.say(&mut plan, told.ty, row, Said::Report(told.report));
        }
        for (ty, gone) in changes.withdrawn {
            let row = self.stock.row_for(ty, &gone.key);
            self.say(&mut plan, ty, row, Said::Withdrawn(gone.origin, gone.observed_at));
        }
        plan.same.extend(changes.same);
        plan.everything |= plan.same.iter().any(|(_, (_, _, seen))| *seen <= plan.now)
            || self.ripened(plan.now, |global| global.same.values().flatten().map(|same| same.2).collect());
        plan.everything |=
            changes.lost.iter().any(|lost| self.global.proven.iter().any(|run| harms(lost, run)));
        plan.lost.extend(changes.lost);
        self.plan_runs(&mut plan, changes.runs);
        let woken = || Words { woken: true, ..Words::default() };
        self.timers.advance(plan.now, |ty, row| plan.rows.0.push(((ty, row), woken())));
        self.plan_scopes(&mut plan);
        plan.rows.sort();
        let rows = plan.rows.iter().map(|(ty, row, _)| (ty, row)).collect();
        self.planned = Some(plan);
        rows
    }

    fn say(&self, plan: &mut Plan, ty: TypeId, row: Row, said: Said) {
        let head = self.table(ty).keys.head(row);
        plan.rows.0.push(((ty, head), Words { said: vec![(row, said)], woken: false }));
    }

    /// Whether one of these instants lies between the present one and `now`.
    fn ripened(&self, now: i64, of: impl Fn(&Global) -> Vec<i64>) -> bool {
        self.global.later.first().is_some_and(|first| *first <= now)
            && of(&self.global).iter().any(|at| self.now < *at && *at <= now)
    }

    fn plan_runs(&mut self, plan: &mut Plan, runs: Vec<Run>) {
        plan.runs.extend(runs);
        plan.ripen |=
            !plan.runs.is_empty() || self.ripened(plan.now, |global| global.later.iter().copied().collect());
        if !plan.ripen {
            return;
        }
        let mut lines = Global {
            lost: self.global.lost.iter().chain(&plan.lost).cloned().collect(),
            waiting: self.global.waiting.clone(),
            ..Global::default()
        };
        let ripe = lines.mature(plan.runs.clone(), plan.now);
        for run in &ripe {
            let origin = self.stock.origins.id(&Arc::new(Origin::from(&run.source)));
            for ty in run.types.iter().filter_map(|ty| self.layout.type_id(&Name::from(ty))) {
                if self.layout.ty(ty).kind == FactKind::Entity {
                    for row in self.closable(ty, origin, run.from.0) {
                        plan.rows.touch(ty, row);
                    }
                }
            }
        }
        plan.ripe = ripe;
    }

    /// Where the scope of facts that runs may close is read through other facts that are touched.
    fn plan_scopes(&self, plan: &mut Plan) {
        if self.global.proven.is_empty() {
            return;
        }
        let touched: BTreeSet<TypeId> = plan.rows.iter().map(|(ty, ..)| ty).collect();
        for (ty, through) in self.layout.scoped() {
            let (ty, begun) = (*ty, self.global.begun(*ty));
            if begun.is_empty() || !through.iter().any(|other| touched.contains(other)) {
                continue;
            }
            let rows: Vec<Row> =
                begun.iter().flat_map(|begun| self.closable(ty, begun.origin, begun.from)).collect();
            rows.into_iter().for_each(|row| plan.rows.touch(ty, row));
        }
    }
}
