//! kube-bench's JSON: the checks of CIS' benchmark for Kubernetes, of one node.

use std::collections::BTreeMap;

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::findings::{Scanned, class_run};
use crate::{Collector, Connector, Context, Head, IngestError, Output, json};

const NAME: &str = "kube-bench";

/// Reads what `kube-bench --json` prints.
#[derive(Clone, Copy, Debug)]
pub struct KubeBench;

impl Connector for KubeBench {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "kube-bench: the checks of CIS' benchmark for Kubernetes, of one node"
    }

    fn command(&self) -> &'static str {
        "kube-bench run --json --outputfile kube-bench.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        ["Controls[].", "[].", ""].iter().any(|start| {
            let has = |name: &str| head.has(&format!("{start}{name}"));
            has("node_type") && has("tests[].results[].test_number")
        })
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let document = json::document(input)?;
        let controls: Vec<&Value> = match &document {
            Value::Array(all) => all.iter().collect(),
            Value::Object(map) => match map.get("Controls") {
                Some(Value::Array(all)) => all.iter().collect(),
                _ if map.contains_key("tests") => vec![&document],
                _ => return Err(IngestError::not_of(NAME, "it has no list of `Controls`")),
            },
            _ => return Err(IngestError::not_of(NAME, "it is neither an object nor a list")),
        };
        let cluster = context.need_cluster()?;
        let at = context.time(None)?;
        let mut facts = Collector::new(NAME, context);
        // Neither the node nor the cluster is in the output.
        let artifact = match &context.instance {
            Some(node) => format!("k8s:{cluster}/-/node/{node}"),
            None => {
                facts.note(
                    "no node is named, so that the run proves nothing, and another node's output replaces this one; give `--instance`",
                );
                cluster.to_owned()
            }
        };
        let mut reader = Reader { facts, what: Scanned::place(&artifact), at, held: BTreeMap::new() };
        for (index, control) in controls.iter().enumerate() {
            let record = format!("Controls[{index}]");
            if let Err(bad) = Fields::of(control).and_then(|control| reader.control(control, &record)) {
                reader.facts.reject(record, bad);
            }
        }
        let checked = !reader.held.is_empty();
        for (word, count) in std::mem::take(&mut reader.held) {
            reader.facts.note(format!("checks with {word}: {count}"));
        }
        let complete = checked && context.instance.is_some();
        class_run(&mut reader.facts, &artifact, "misconfig", (at, at), complete);
        Ok(reader.facts.finish())
    }
}

/// One input on its way.
struct Reader {
    facts: Collector,
    what: Scanned,
    at: Instant,
    /// How many checks ended how.
    held: BTreeMap<&'static str, usize>,
}

impl Reader {
    fn control(&mut self, control: Fields<'_>, record: &str) -> Result<(), Bad> {
        let version = control.text("version")?.unwrap_or("");
        let part = control.text("node_type")?.unwrap_or("");
        for (at, section) in control.list("tests")?.iter().enumerate() {
            let section = Fields::of(section)?;
            for (index, result) in section.list("results")?.iter().enumerate() {
                let place = format!("{record}.tests[{at}].results[{index}]");
                let read = Fields::of(result).and_then(|result| self.result(result, version, part, &place));
                if let Err(bad) = read {
                    self.facts.reject(place, bad);
                }
            }
        }
        Ok(())
    }

    /// Reads a check. What it ran and saw on the node is not read.
    fn result(&mut self, result: Fields<'_>, version: &str, part: &str, place: &str) -> Result<(), Bad> {
        let number = result.need_text("test_number")?;
        let (word, status) = match result.need_text("status")? {
            "PASS" => ("PASS", None),
            "INFO" => ("INFO", None),
            "FAIL" => ("FAIL", Some(Some("open"))),
            // It was not tested, or a person has to look: it neither holds nor fails.
            "WARN" => ("WARN", Some(None)),
            _ => return Err(Bad::field("status", "is neither PASS, FAIL, WARN nor INFO")),
        };
        let count = self.held.entry(word).or_insert(0);
        *count = count.saturating_add(1);
        let Some(status) = status else { return Ok(()) };
        let finding = self
            .what
            .finding(&self.facts, "misconfig", &["cis", version, part, number], place, self.at)
            .with_known("status", status)
            .with("rule", number)
            .with_known("title", result.text("test_desc")?)
            .with("vulnerability", Value::Null)
            .with("identity", Value::Null)
            .with("secret", Value::Null)
            .with_known("resource", Some(part).filter(|part| !part.is_empty()));
        self.facts.push(finding);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
