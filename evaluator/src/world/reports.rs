//! All lines so far, for whoever wants them as a snapshot.

use std::sync::Arc;

use super::layout::Layout;
use crate::store::{Changes, Inner, Snapshot};

/// Every line that was accepted or refused so far.
#[derive(Debug)]
pub(crate) struct Reports {
    inner: Inner,
    made: Option<Snapshot>,
    id: Option<Arc<str>>,
    /// What came since.
    since: Changes,
}

impl Reports {
    /// The lines of a snapshot, under the numbers of another schema of the same types.
    pub(crate) fn of(snapshot: &Snapshot, layout: &Arc<Layout>) -> Self {
        Self { inner: Inner::of(snapshot, layout), made: None, id: None, since: Changes::default() }
    }

    /// Adds what a loader gathered.
    pub(crate) fn add(&mut self, changes: &Changes) {
        self.since.extend(changes);
    }

    fn take(&mut self) {
        if !self.since.is_empty() {
            self.inner.add(std::mem::take(&mut self.since));
            (self.made, self.id) = (None, None);
        }
    }

    /// The id of the snapshot of all lines.
    pub(crate) fn id(&mut self) -> Arc<str> {
        self.take();
        Arc::clone(self.id.get_or_insert_with(|| Arc::from(self.inner.name())))
    }

    /// The snapshot of all lines: the same as if one loader had been given all of them.
    pub(crate) fn snapshot(&mut self) -> Snapshot {
        self.take();
        self.made.get_or_insert_with(|| Snapshot::new(self.inner.clone())).clone()
    }
}
