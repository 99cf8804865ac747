//! What is not said of one fact: aliases, runs, refused lines.

use std::collections::{BTreeMap, BTreeSet};

use assize_lang::plan::Name;

use super::layout::TypeId;
use crate::facts::Run;
use crate::store::{Alias, Hole, Lost, proves};

/// When a run of a source began, whose scope is taken to be told in full since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Begun {
    pub(super) origin: u32,
    pub(super) scope: String,
    pub(super) from: i64,
}

/// What lines say that are no reports.
#[derive(Clone, Debug, Default)]
pub(super) struct Global {
    pub(super) same: BTreeMap<Name, Vec<Alias>>,
    pub(super) lost: Vec<Lost>,
    /// The types of the facts that the scopes of refused lines are read through.
    pub(super) lost_through: Vec<TypeId>,
    /// The holes that refused lines leave.
    pub(super) holes: Vec<Hole>,
    /// Runs that prove something.
    pub(super) proven: Vec<Run>,
    /// Runs that may do so later.
    pub(super) waiting: Vec<Run>,
    /// By type: the latest run of each source and scope.
    pub(super) begun: Vec<Vec<Begun>>,
    /// Instants at which a line that is no report begins to count.
    pub(super) later: BTreeSet<i64>,
}

impl Global {
    /// Sorts runs, those that came and those that waited, into those that prove something at `now` and
    /// those that may later; the former are returned. Others never will.
    pub(super) fn mature(&mut self, came: Vec<Run>, now: i64) -> Vec<Run> {
        let mut ripe = Vec::new();
        for run in std::mem::take(&mut self.waiting).into_iter().chain(came) {
            if proves(&run, &self.lost, now) {
                ripe.push(run);
            } else if run.until.0 > now {
                self.later.insert(run.until.0);
                self.waiting.push(run);
            }
        }
        ripe
    }

    /// Notes that a run began.
    pub(super) fn begin(&mut self, ty: TypeId, origin: u32, run: &Run) {
        let Some(of) = self.begun.get_mut(ty.index()) else { return };
        match of.iter_mut().find(|begun| begun.origin == origin && begun.scope == run.scope) {
            Some(begun) => begun.from = begun.from.max(run.from.0),
            None => of.push(Begun { origin, scope: run.scope.clone(), from: run.from.0 }),
        }
    }

    /// The runs of a type that prove absences.
    pub(super) fn begun(&self, ty: TypeId) -> &[Begun] {
        self.begun.get(ty.index()).map_or(&[], Vec::as_slice)
    }
}
