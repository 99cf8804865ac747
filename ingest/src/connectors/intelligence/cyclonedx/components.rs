//! The parts of what a document is about.

use serde_json::Value;

use super::{Bill, Part};
use crate::fields::{Bad, Fields};
use crate::findings::ScannedKind;
use crate::keys;

/// CycloneDX' words for what a component is, and the model's.
const KINDS: [(&str, &str); 13] = [
    ("application", "application"),
    ("framework", "framework"),
    ("library", "library"),
    ("container", "container"),
    ("platform", "platform"),
    ("operating-system", "operating_system"),
    ("device", "device"),
    ("device-driver", "device_driver"),
    ("firmware", "firmware"),
    ("file", "file"),
    ("machine-learning-model", "machine_learning_model"),
    ("data", "data"),
    ("cryptographic-asset", "cryptographic_asset"),
];

impl<'a> Bill<'a> {
    /// Reads all components, those inside of others too.
    pub fn components(&mut self) {
        if !self.bom.has("components") {
            return;
        }
        let mut open = vec![("components".to_owned(), self.bom)];
        while let Some((place, holder)) = open.pop() {
            let list = match holder.list("components") {
                Ok(list) => list,
                Err(bad) => {
                    self.facts.reject(place, bad);
                    continue;
                }
            };
            for (index, value) in list.iter().enumerate() {
                let place = format!("{place}[{index}]");
                match self.component(value, &place) {
                    Ok(Some(inner)) => open.push((format!("{place}.components"), inner)),
                    Ok(None) => {}
                    Err(bad) => self.facts.reject(place, bad),
                }
            }
        }
        self.component_run();
    }

    /// Reads one; gives it back where it has components inside.
    fn component(&mut self, value: &'a Value, place: &str) -> Result<Option<Fields<'a>>, Bad> {
        let component = Fields::of(value)?;
        let said = component.need_text("type")?;
        let kind = KINDS.iter().find(|(word, _)| *word == said).map(|(_, kind)| *kind);
        let kind = kind.ok_or_else(|| Bad::field("type", "is none of CycloneDX' kinds of components"))?;
        let purl = component.text("purl")?.and_then(keys::purl);
        let version = component.text("version")?;
        let own = component.need_text("name")?;
        let name = component.text("group")?.map_or(own.to_owned(), |group| format!("{group}:{own}"));
        let part = Part { name: name.clone(), version: version.map(ToOwned::to_owned), purl };
        let artifact = &self.subject.what.artifact;
        let id = match &part.purl {
            Some(purl) => keys::natural(&[artifact, purl]),
            None => keys::natural(&[artifact, &format!("{name}@{}", version.unwrap_or(""))]),
        };
        let report = self
            .facts
            .report("Component", &id, place, self.at)
            .with("kind", kind)
            .with("name", name)
            .with("version", version.map_or(Value::Null, Value::from))
            .with("purl", part.purl.clone().map_or(Value::Null, Value::String))
            .with_known("artifact", Some(artifact.as_str()).filter(|it| !it.is_empty()));
        let report = match &self.subject.what.kind {
            ScannedKind::Image(image) => report.with_known("image", image.as_deref()),
            _ => report.with("image", Value::Null),
        };
        self.facts.push(report);
        if let Some(reference) = component.text("bom-ref")? {
            self.refs.insert(reference, part);
        }
        Ok(Some(component).filter(|it| it.has("components")))
    }
}
