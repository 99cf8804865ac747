//! The objects that controls were held against.

use std::collections::BTreeMap;

use crate::fields::{Bad, Fields};
use crate::{Collector, keys};

/// One object.
#[derive(Clone, Debug, Default)]
pub(super) struct Object {
    kind: String,
    namespace: Option<String>,
    plain: String,
    /// The file that it stands in, where files were scanned.
    pub(super) file: Option<String>,
}

impl Object {
    /// From an id alone: `GROUP/VERSION/NAMESPACE/KIND/NAME`, of a file after `path=…/api=`.
    pub(super) fn of_id(id: &str) -> Self {
        let mut parts = id.rsplitn(4, '/');
        let plain = parts.next().unwrap_or_default().to_owned();
        let kind = parts.next().unwrap_or_default().to_owned();
        let namespace = parts.next().filter(|it| !it.is_empty()).map(str::to_owned);
        let file = id.starts_with("path=").then(String::new);
        Self { kind, namespace, plain, file }
    }

    fn of(resource: Fields<'_>) -> Result<(String, Self), Bad> {
        let id = resource.need_text("resourceID")?;
        let mut object = Self::of_id(id);
        if let Some(kind) = resource.text("object.kind")? {
            kind.clone_into(&mut object.kind);
        }
        if let Some(name) = resource.text("object.metadata.name")? {
            name.clone_into(&mut object.plain);
            object.namespace = resource.text("object.metadata.namespace")?.map(str::to_owned);
        }
        if object.file.is_some() {
            object.file = super::file(resource)?.or(object.file);
        }
        Ok((id.to_owned(), object))
    }

    /// `NAMESPACE/kind/NAME`, as other scanners of clusters write it; `-` for what has no namespace.
    pub(super) fn name(&self) -> String {
        let namespace = self.namespace.as_deref().unwrap_or("-");
        format!("{namespace}/{}/{}", self.kind.to_lowercase(), self.plain)
    }

    /// The pod's key.
    pub(super) fn workload(&self, cluster: &str) -> Option<String> {
        let namespace = self.namespace.as_deref()?;
        (self.kind == "Pod").then(|| keys::pod(cluster, namespace, &self.plain))
    }

    /// The service account's key.
    pub(super) fn identity(&self, cluster: &str) -> Option<String> {
        let namespace = self.namespace.as_deref()?;
        (self.kind == "ServiceAccount").then(|| keys::service_account(cluster, namespace, &self.plain))
    }
}

/// The objects of a report, by their ids.
pub(super) fn read(report: Fields<'_>, facts: &mut Collector) -> BTreeMap<String, Object> {
    let mut objects = BTreeMap::new();
    let listed = report.list("resources").unwrap_or_else(|bad| {
        facts.reject("resources", bad);
        &[]
    });
    for (index, resource) in listed.iter().enumerate() {
        match Fields::of(resource).and_then(Object::of) {
            Ok((id, object)) => {
                objects.insert(id, object);
            }
            Err(bad) => facts.reject(format!("resources[{index}]"), bad),
        }
    }
    objects
}
