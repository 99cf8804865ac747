//! What a step touched.

use super::layout::{FieldId, Row, TypeId};

/// A set of fields. All fields beyond the 63rd are in it together or not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldSet(u64);

impl FieldSet {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self(u64::MAX);

    fn bit(field: FieldId) -> u64 {
        1_u64.checked_shl(u32::from(field.0).min(63)).unwrap_or(0)
    }

    pub(crate) fn insert(&mut self, field: FieldId) {
        self.0 |= Self::bit(field);
    }

    pub(crate) fn contains(self, field: FieldId) -> bool {
        self.0 & Self::bit(field) != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What became of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) ty: TypeId,
    pub(crate) row: Row,
    /// The fields of which the set of possible values, or what sources say, changed.
    pub(crate) fields: FieldSet,
    /// Whether horizons or evidence of any field, or the fact's witness, may have changed although the
    /// values did not: it was reported anew.
    pub(crate) renewed: bool,
    pub(crate) was_present: bool,
    pub(crate) is_present: bool,
}

/// What one step touched.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Touched {
    /// At most one a row, in the order of types and rows.
    pub(crate) rows: Vec<Change>,
    /// Signals and scopes of which the coverage may have changed. A scope of `None` is any scope.
    pub(crate) coverage: Vec<(String, Option<String>)>,
    /// Whether aliases, or what runs prove, changed in a way that is not told row by row: all must be
    /// decided again, and `rows` is only what was planned.
    pub(crate) everything: bool,
}
