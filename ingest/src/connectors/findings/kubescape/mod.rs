//! Kubescape's JSON, of a cluster or of files.

mod resource;

use std::collections::{BTreeMap, BTreeSet};

use assize::facts::Instant;
use serde_json::Value;

use self::resource::Object;
use crate::fields::{Bad, Fields};
use crate::findings::{Repeats, Scanned, class_run, source_tree};
use crate::{Collector, Connector, Context, Head, IngestError, Output, json, keys};

const NAME: &str = "kubescape";

/// Reads what `kubescape scan --format json` writes.
#[derive(Clone, Copy, Debug)]
pub struct Kubescape;

impl Connector for Kubescape {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Kubescape: controls that a cluster's objects or manifests do not meet"
    }

    fn command(&self) -> &'static str {
        "kubescape scan --format json --output kubescape.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        head.has("summaryDetails") && head.has_any(&["generationTime", "results", "summaryDetails.controls"])
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let document = json::document(input)?;
        let report = Fields::of(&document).map_err(|_| IngestError::not_of(NAME, "it is no object"))?;
        let (Some(summary), Some(Value::Array(results))) =
            (report.object("summaryDetails").ok().flatten(), report.get("results"))
        else {
            return Err(IngestError::not_of(
                NAME,
                "it has no `summaryDetails` with `results`; was it written with `--format json`?",
            ));
        };
        let mut facts = Collector::new(NAME, context);
        let said = report.instant("generationTime").unwrap_or_else(|bad| {
            facts.reject("generationTime", bad);
            None
        });
        let at = context.time(said)?;
        let objects = resource::read(report, &mut facts);
        // Of files each object says from which; a cluster's objects do not.
        let of_files = objects.values().any(|object| object.file.is_some());
        let what = if of_files { source_tree(context, &mut facts)? } else { cluster(report, context)? };
        let mut reader = Reader {
            facts,
            what: &what,
            at,
            objects,
            summary,
            seen: BTreeSet::new(),
            repeats: Repeats::default(),
        };
        for (index, result) in results.iter().enumerate() {
            let record = format!("results[{index}]");
            if let Err(bad) = Fields::of(result).and_then(|result| reader.result(result, &record)) {
                reader.facts.reject(record, bad);
            }
        }
        reader.skipped();
        let complete = !results.is_empty() && what.is_named();
        if results.is_empty() {
            reader.facts.note("no object was looked at: the run proves nothing");
        }
        class_run(&mut reader.facts, &what.artifact, "misconfig", (at, at), complete);
        Ok(reader.facts.finish())
    }
}

/// The cluster: the caller's name for it, else that of the configuration that Kubescape used.
fn cluster(report: Fields<'_>, context: &Context) -> Result<Scanned, IngestError> {
    let said = report.text("clusterName").ok().flatten();
    match context.cluster.as_deref().or(said) {
        Some(cluster) => Ok(Scanned::place(cluster)),
        None => Err(IngestError::NeedsFlag { flag: "--cluster", what: "which cluster it is about" }),
    }
}

/// One input on its way.
struct Reader<'a> {
    facts: Collector,
    what: &'a Scanned,
    at: Instant,
    objects: BTreeMap<String, Object>,
    summary: Fields<'a>,
    /// The controls that some object was held against.
    seen: BTreeSet<String>,
    repeats: Repeats,
}

/// What became of a control.
fn outcome(status: &str, sub: &str) -> Result<Option<Option<&'static str>>, Bad> {
    Ok(match status {
        "passed" if sub.contains("exception") => Some(Some("suppressed")),
        "passed" | "irrelevant" => None,
        "excluded" => Some(Some("suppressed")),
        "failed" => Some(Some("open")),
        // It needs settings, another scanner or a person: it neither holds nor fails.
        "skipped" | "unknown" | "error" => Some(None),
        _ => return Err(Bad::field("status.status", "is no outcome that Kubescape is known to write")),
    })
}

impl Reader<'_> {
    /// The controls that one object was held against.
    fn result(&mut self, result: Fields<'_>, record: &str) -> Result<(), Bad> {
        let id = result.need_text("resourceID")?;
        let list = if result.has("associatedControls") { "associatedControls" } else { "controls" };
        for (index, control) in result.list(list)?.iter().enumerate() {
            let place = format!("{record}.{list}[{index}]");
            if let Err(bad) = Fields::of(control).and_then(|control| self.control(control, id, &place)) {
                self.facts.reject(place, bad);
            }
        }
        Ok(())
    }

    fn control(&mut self, control: Fields<'_>, id: &str, place: &str) -> Result<(), Bad> {
        let rule = control.need_text("controlID")?;
        self.seen.insert(rule.to_owned());
        let status = match control.text("status.status")? {
            Some(status) => status,
            None => control.need_text("status")?,
        };
        let Some(status) = outcome(status, control.text("status.subStatus")?.unwrap_or(""))? else {
            return Ok(());
        };
        let object = self.objects.get(id).cloned().unwrap_or_else(|| Object::of_id(id));
        let path = object.file.clone().unwrap_or_default();
        let name = object.name();
        let again = self.repeats.mark(&[rule, &path, &name]);
        let cluster = object.file.is_none().then_some(self.what.artifact.as_str());
        let value = |text: Option<String>| text.map_or(Value::Null, Value::from);
        let finding = self
            .what
            .finding(&self.facts, "misconfig", &[rule, &path, &name, &again], place, self.at)
            .with_known("status", status)
            .with_known("severity", self.severity(rule)?)
            .with("rule", rule)
            .with_known("title", control.text("name")?)
            .with("vulnerability", Value::Null)
            .with("path", value(object.file.clone()))
            .with("resource", cluster.map_or(name.clone(), |cluster| format!("k8s:{cluster}/{name}")))
            .with("workload", value(cluster.and_then(|cluster| object.workload(cluster))))
            .with("identity", value(cluster.and_then(|cluster| object.identity(cluster))));
        self.facts.push(finding);
        Ok(())
    }

    /// Controls that were skipped for every object, which then stand in no result.
    fn skipped(&mut self) {
        let Ok(Some(controls)) = self.summary.object("controls") else { return };
        for (rule, control) in controls.map() {
            if self.seen.contains(rule) {
                continue;
            }
            let place = format!("summaryDetails.controls.{rule}");
            let read = Fields::of(control).and_then(|control| {
                let status = control.text("statusInfo.status")?.or(control.text("status")?).unwrap_or("");
                Ok((
                    outcome(status, control.text("statusInfo.subStatus")?.unwrap_or(""))?,
                    control.text("name")?,
                ))
            });
            match read {
                Ok((Some(None), title)) => {
                    let finding = self
                        .what
                        .finding(&self.facts, "misconfig", &[rule, "", "", ""], &place, self.at)
                        .with("rule", rule.as_str())
                        .with_known("title", title)
                        .with("vulnerability", Value::Null);
                    self.facts.push(finding);
                }
                Ok(_) => {}
                Err(bad) => self.facts.reject(place, bad),
            }
        }
    }

    /// Kubescape's bands of a control's factor.
    fn severity(&self, rule: &str) -> Result<Option<&'static str>, Bad> {
        let Some(factor) = self.summary.double(&format!("controls.{rule}.scoreFactor"))? else {
            return Ok(None);
        };
        Ok(match factor {
            f if f >= 9.0 => Some("critical"),
            f if f >= 7.0 => Some("high"),
            f if f >= 4.0 => Some("medium"),
            f if f >= 1.0 => Some("low"),
            _ => None,
        })
    }
}

/// The path of a file in its tree.
fn file(of: Fields<'_>) -> Result<Option<String>, Bad> {
    let Some(source) = of.object("source")? else { return Ok(None) };
    let relative = source.text("relativePath")?.or(source.text("path")?);
    Ok(relative.map(|path| keys::path(path, None)))
}

#[cfg(test)]
mod tests;
