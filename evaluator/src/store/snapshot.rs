//! Everything that was reported: immutable, cheap to clone.

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::plan::{Name, Schema};

use super::Reject;
use super::loader::count;
use super::report::{Lost, Stored, Withdrawn};
use crate::facts::Run;

/// An alias, the key that it stands for, and when that was seen.
pub(crate) type Alias = (Arc<str>, Arc<str>, i64);

/// What the lines said, by type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inner {
    /// Sorted by key, source, instant.
    pub(crate) reports: BTreeMap<Name, Vec<Stored>>,
    pub(crate) withdrawn: BTreeMap<Name, Vec<Withdrawn>>,
    pub(crate) runs: Vec<Run>,
    pub(crate) same: BTreeMap<Name, Vec<Alias>>,
    pub(crate) lost: Vec<Lost>,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) id: String,
    /// One a distinct line, refused ones included, sorted: what `id` is made of.
    pub(crate) hashes: Vec<[u8; 32]>,
}

/// A set of reports, checked against a schema. Facts are made from it for an instant, by [`super::View`].
#[derive(Clone, Debug)]
pub struct Snapshot {
    schema: Arc<Schema>,
    inner: Arc<Inner>,
}

impl Snapshot {
    pub(super) fn new(schema: Arc<Schema>, inner: Inner) -> Self {
        Self { schema, inner: Arc::new(inner) }
    }

    /// What was not loaded, in a fixed order.
    #[must_use]
    pub fn rejects(&self) -> &[Reject] {
        &self.inner.rejects
    }

    /// The number of distinct keys reported, by qualified type.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, usize> {
        count(&self.inner.reports)
    }

    /// A hash of the content: `snap_` and 16 hexadecimal digits. The same set of lines has the same id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.inner.id
    }

    /// The latest instant at which anything in it was observed.
    #[must_use]
    pub fn newest(&self) -> Option<crate::facts::Instant> {
        let reports = self.inner.reports.values().flatten().map(|report| report.observed_at);
        let runs = self.inner.runs.iter().map(|run| run.until.0);
        reports.chain(runs).max().map(crate::facts::Instant)
    }

    /// The schema that it was checked against.
    #[must_use]
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}
