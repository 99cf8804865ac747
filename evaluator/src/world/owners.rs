//! On whom the members of lists hang.

use std::collections::HashMap;

use super::{FieldId, Row, TypeId, World};
use crate::value::Value;

impl World {
    /// The facts that a member's reference field refers to, or may; nothing where that can be any.
    pub(crate) fn owners(&self, ty: TypeId, row: Row, field: FieldId) -> Option<Vec<Row>> {
        let declared = self.layout.field(ty, field)?;
        let target = self.layout.target(ty, field)?;
        let fact = self.table(ty)?.facts.get(row.index())?.as_ref()?;
        let merged = fact.field(declared.name.as_str())?;
        let values: Vec<Value> = if merged.possible.is_known() {
            merged.possible.value().into_iter().cloned().collect()
        } else if merged.bad || merged.candidates.is_empty() {
            return None;
        } else {
            merged.candidates.clone()
        };
        Some(values.iter().flat_map(crate::store::targets).filter_map(|key| self.row(target, &key)).collect())
    }

    /// The most facts that refer, or may refer, to one target.
    pub(crate) fn widest(&self, ty: TypeId, field: FieldId) -> usize {
        let Some(links) = self.links(ty, field) else { return 0 };
        let most = |of: &HashMap<Row, Vec<Row>>| of.values().map(Vec::len).max().unwrap_or(0);
        most(&links.certain).saturating_add(most(&links.possible)).saturating_add(links.loose.len())
    }
}
