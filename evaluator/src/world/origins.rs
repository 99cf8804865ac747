//! Numbers for sources.

use std::collections::HashMap;
use std::sync::Arc;

use crate::store::{Origin, Trust};

/// Sources, by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins {
    all: Arc<Vec<(Arc<Origin>, u8)>>,
    ids: Arc<HashMap<Arc<Origin>, u32>>,
    /// The one last asked for: most come in rows.
    last: Option<(Arc<Origin>, u32)>,
}

impl Origins {
    /// The number of a source; it gets one if it has none.
    pub(super) fn id(&mut self, origin: &Arc<Origin>, trust: &Trust) -> u32 {
        if let Some((last, id)) = &self.last
            && Arc::ptr_eq(last, origin)
        {
            return *id;
        }
        let id = self.make(origin, trust);
        self.last = Some((Arc::clone(origin), id));
        id
    }

    fn make(&mut self, origin: &Arc<Origin>, trust: &Trust) -> u32 {
        if let Some(id) = self.ids.get(origin) {
            return *id;
        }
        let id = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        Arc::make_mut(&mut self.all).push((Arc::clone(origin), trust.of(&origin.tool)));
        Arc::make_mut(&mut self.ids).insert(Arc::clone(origin), id);
        id
    }

    /// The number of a source that has one.
    pub(super) fn find(&self, origin: &Origin) -> Option<u32> {
        match &self.last {
            Some((last, id)) if std::ptr::eq(&**last, origin) => Some(*id),
            _ => self.ids.get(origin).copied(),
        }
    }

    /// The source of this number.
    pub(super) fn get(&self, id: u32) -> Option<&Arc<Origin>> {
        self.all.get(usize::try_from(id).ok()?).map(|(origin, _)| origin)
    }
}
