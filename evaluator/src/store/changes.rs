//! What lines amount to, before anything is made of it: what a loader gathers, and what facts kept up to
//! date are changed by.

use std::sync::Arc;

use assize_lang::plan::Schema;
use sha2::{Digest, Sha256};

use super::Snapshot;
use super::snapshot::Inner;

/// Lines checked against a schema, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    pub(super) inner: Inner,
}

impl Changes {
    /// What the lines of a snapshot said.
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        Self { inner: snapshot.inner().clone() }
    }

    /// Whether no line came.
    pub(crate) fn is_empty(&self) -> bool {
        self.inner.hashes.is_empty() && self.inner.rejects.is_empty()
    }

    /// What was said, to keep.
    pub(crate) fn into_inner(self) -> Inner {
        self.inner
    }

    /// Adds what `other` has.
    pub(crate) fn extend(&mut self, other: &Self) {
        let (inner, more) = (&mut self.inner, &other.inner);
        for (ty, reports) in &more.reports {
            inner.reports.entry(ty.clone()).or_default().extend(reports.iter().cloned());
        }
        for (ty, withdrawn) in &more.withdrawn {
            inner.withdrawn.entry(ty.clone()).or_default().extend(withdrawn.iter().cloned());
        }
        for (ty, same) in &more.same {
            inner.same.entry(ty.clone()).or_default().extend(same.iter().cloned());
        }
        inner.runs.extend(more.runs.iter().cloned());
        inner.lost.extend(more.lost.iter().cloned());
        inner.rejects.extend(more.rejects.iter().cloned());
        inner.hashes.extend(&more.hashes);
    }

    /// The snapshot of the lines. Their order does not matter.
    pub(crate) fn snapshot(self, schema: Arc<Schema>) -> Snapshot {
        let Self { mut inner } = self;
        for reports in inner.reports.values_mut() {
            reports.sort_by(|a, b| {
                (&a.key, &a.origin, a.observed_at, a.hash).cmp(&(&b.key, &b.origin, b.observed_at, b.hash))
            });
            reports.dedup_by(|a, b| a.hash == b.hash);
        }
        inner.rejects.sort();
        inner
            .runs
            .sort_by(|a, b| (a.until, a.from, &a.id, &a.scope).cmp(&(b.until, b.from, &b.id, &b.scope)));
        // Most of them are in order already.
        inner.hashes.sort();
        inner.hashes.dedup();
        let mut all = Sha256::new();
        for hash in &inner.hashes {
            all.update(hash);
        }
        for reject in &inner.rejects {
            all.update(reject.reason.as_bytes());
        }
        let hex: String = all.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        inner.id = format!("snap_{hex}");
        Snapshot::new(schema, inner)
    }
}
