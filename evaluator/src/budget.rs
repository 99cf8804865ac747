//! How much a decision may range over.

/// The budget of one case: the number of list elements that its conditions range over, as written. It is
/// a property of policy, case and snapshot, not of the engine; nothing is saved by stopping early. A list
/// pinned by an equality counts the members that may satisfy it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    pub(crate) reach: u64,
}

impl Budget {
    /// At most so many list elements.
    #[must_use]
    pub const fn reach(elements: u64) -> Self {
        Self { reach: elements }
    }
}

impl Default for Budget {
    /// No limit.
    fn default() -> Self {
        Self { reach: u64::MAX }
    }
}
