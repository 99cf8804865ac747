//! All lines so far, for whoever wants them as a snapshot.

use std::sync::Arc;

use assize_lang::plan::Schema;

use crate::store::{Changes, Snapshot};

/// Every line that was accepted or refused so far.
#[derive(Clone, Debug)]
pub(crate) struct Reports {
    schema: Arc<Schema>,
    made: Snapshot,
    /// What came since.
    since: Changes,
}

impl Reports {
    /// The lines of a snapshot, under another schema of the same types.
    pub(crate) fn of(snapshot: &Snapshot, schema: Arc<Schema>) -> Self {
        Self { schema, made: snapshot.clone(), since: Changes::default() }
    }

    /// Adds what a loader gathered.
    pub(crate) fn add(&mut self, changes: &Changes) {
        self.since.extend(changes);
    }

    /// The snapshot of all lines: the same as if one loader had been given all of them.
    pub(crate) fn snapshot(&mut self) -> Snapshot {
        if !self.since.is_empty() {
            let mut all = Changes::of(&self.made);
            all.extend(&std::mem::take(&mut self.since));
            self.made = all.snapshot(Arc::clone(&self.schema));
        }
        self.made.clone()
    }
}
