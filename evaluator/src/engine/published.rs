//! Facts as a writer last published them, for whoever reads beside it.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::entry::Indexed;

/// Where a writer publishes its facts: see [`super::Writer::publish`]. Cheap to clone, and shared between
/// threads: readers never wait, neither for the writer nor for each other, and the writer waits for nobody.
#[derive(Clone, Debug)]
pub struct Published(Arc<ArcSwap<Indexed>>);

impl Published {
    pub(super) fn new(facts: Indexed) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(facts)))
    }

    pub(super) fn set(&self, facts: Indexed) {
        self.0.store(Arc::new(facts));
    }

    /// Reads the facts as they were last published; they do not change meanwhile.
    pub fn read<R>(&self, read: impl FnOnce(&Indexed) -> R) -> R {
        read(&self.0.load())
    }

    /// The facts as they were last published, to keep: what is published later does not change them.
    #[must_use]
    pub fn facts(&self) -> Indexed {
        Indexed::clone(&self.0.load())
    }
}
