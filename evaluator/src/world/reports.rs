//! All lines so far, for whoever wants them as a snapshot.

use std::sync::Arc;

use assize_lang::plan::Schema;

use crate::store::{Changes, Snapshot};

/// Every line that was accepted or refused so far, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Reports {
    schema: Arc<Schema>,
    lines: Changes,
    made: Option<Snapshot>,
}

impl Reports {
    /// No lines yet.
    pub(crate) fn new(schema: Arc<Schema>) -> Self {
        Self { schema, lines: Changes::default(), made: None }
    }

    /// Adds what a loader gathered.
    pub(crate) fn add(&mut self, changes: &Changes) {
        self.lines.extend(changes);
        self.made = None;
    }

    /// The snapshot of all lines: the same as if one loader had been given all of them.
    pub(crate) fn snapshot(&mut self) -> Snapshot {
        let Self { schema, lines, made } = self;
        made.get_or_insert_with(|| lines.clone().snapshot(Arc::clone(schema))).clone()
    }
}
