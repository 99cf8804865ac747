//! What lines amount to, before anything is made of it: what facts kept up to date are changed by.

use assize_lang::plan::Name;
use sha2::{Digest, Sha256};

use super::Reject;
use super::report::{Lost, Stored, Withdrawn};
use super::snapshot::{Alias, Hash};
use crate::facts::Run;
use crate::world::TypeId;

/// A report, with the hash of its line.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) ty: TypeId,
    pub(crate) report: Stored,
    pub(crate) hash: Hash,
}

/// Lines checked against a schema, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    pub(crate) reports: Vec<Told>,
    pub(crate) withdrawn: Vec<(TypeId, Withdrawn)>,
    pub(crate) runs: Vec<Run>,
    pub(crate) same: Vec<(Name, Alias)>,
    pub(crate) lost: Vec<Lost>,
    pub(crate) rejects: Vec<Reject>,
    /// Of each line that is no report that was taken.
    pub(crate) hashes: Vec<Hash>,
}

impl Changes {
    /// Adds a report that is checked.
    pub(crate) fn report(&mut self, ty: TypeId, report: Stored) {
        let hash = Sha256::digest(format!("{} {} {}", ty.0, report.mark, report.observed_at)).into();
        self.reports.push(Told { ty, report, hash });
    }

    /// Adds that a source takes back what it said of a fact.
    pub(crate) fn withdraw(&mut self, ty: TypeId, withdrawn: Withdrawn) {
        self.hashes.push(Sha256::digest(format!("{} {withdrawn:?}", ty.0)).into());
        self.withdrawn.push((ty, withdrawn));
    }

    /// Adds what came after.
    pub(crate) fn extend(&mut self, after: &Self) {
        self.reports.extend_from_slice(&after.reports);
        self.withdrawn.extend_from_slice(&after.withdrawn);
        self.runs.extend_from_slice(&after.runs);
        self.same.extend_from_slice(&after.same);
        self.lost.extend_from_slice(&after.lost);
        self.rejects.extend_from_slice(&after.rejects);
        self.hashes.extend_from_slice(&after.hashes);
    }

    /// Whether no line came.
    pub(crate) fn is_empty(&self) -> bool {
        self.reports.is_empty() && self.hashes.is_empty() && self.rejects.is_empty()
    }
}
