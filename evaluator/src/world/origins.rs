//! Numbers for sources.

use std::collections::HashMap;
use std::sync::Arc;

use crate::store::Origin;

/// Sources, by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins {
    all: Arc<Vec<Arc<Origin>>>,
    ids: Arc<HashMap<Arc<Origin>, u32>>,
    /// The one last asked for: most come in rows.
    last: Option<(Arc<Origin>, u32)>,
}

impl Origins {
    /// The number of a source; it gets one if it has none.
    pub(super) fn id(&mut self, origin: &Arc<Origin>) -> u32 {
        if let Some((last, id)) = &self.last
            && Arc::ptr_eq(last, origin)
        {
            return *id;
        }
        let id = self.make(origin);
        self.last = Some((Arc::clone(origin), id));
        id
    }

    /// The number of the source of these names; it gets one if it has none.
    pub(super) fn of(&mut self, tool: &str, instance: Option<&str>) -> u32 {
        if let Some((last, id)) = &self.last
            && last.tool == tool
            && last.instance.as_deref() == instance
        {
            return *id;
        }
        let origin = self.named(tool, instance);
        self.id(&origin)
    }

    /// The source of these names.
    pub(super) fn named(&self, tool: &str, instance: Option<&str>) -> Arc<Origin> {
        let origin = Origin { tool: tool.to_owned(), instance: instance.map(ToOwned::to_owned) };
        self.ids.get_key_value(&origin).map_or_else(|| Arc::new(origin), |(known, _)| Arc::clone(known))
    }

    fn make(&mut self, origin: &Arc<Origin>) -> u32 {
        if let Some(id) = self.ids.get(origin) {
            return *id;
        }
        let id = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        Arc::make_mut(&mut self.all).push(Arc::clone(origin));
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
        self.all.get(usize::try_from(id).ok()?)
    }
}
