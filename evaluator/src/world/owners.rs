//! On whom the members of lists hang.

use super::World;
use super::layout::{FieldId, Row, TypeId};
use super::links::Refers;

impl World {
    /// The facts that a member's reference field refers to, or may; nothing where that can be any.
    pub(crate) fn owners(&self, ty: TypeId, row: Row, field: FieldId) -> Option<Vec<Row>> {
        if !self.present(ty, row) {
            return None;
        }
        match self.refers(ty, row, field) {
            Refers::To(rows) | Refers::Maybe(rows) => Some(rows.as_slice().to_vec()),
            Refers::Loose => None,
        }
    }

    /// The most facts that refer, or may refer, to one target: never too few.
    pub(crate) fn widest(&self, ty: TypeId, field: FieldId) -> usize {
        let most = self.links(ty, field).map_or(0, |links| links.most());
        most.saturating_add(self.loose(ty, field).len())
    }
}
