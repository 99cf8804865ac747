//! Falco: rule hits in pods, and what they show to be running.
//!
//! | file | holds |
//! | --- | --- |
//! | `alert.rs` | one line that is a rule's hit |
//! | `heartbeat.rs` | the sensor's own lines, and the coverage that they prove |

mod alert;
mod heartbeat;

use std::borrow::Cow;

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::place::Place;
use crate::{Collector, Connector, Context, Head, IngestError, Output, component, json, keys};
use alert::Alert;
use heartbeat::Heartbeats;

/// The connector.
#[derive(Debug)]
pub struct Falco;

const NAME: &str = "falco";

/// The rule that writes down every start and every library that is opened. It is no alert.
const EXECUTION_LOG: &str = "Execution log";

/// What the sensor says of itself begins so.
const INTERNAL: &str = "Falco internal: ";

impl Connector for Falco {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Falco: rule hits in pods, and what they show to be running"
    }

    fn command(&self) -> &'static str {
        "kubectl logs -n falco -l app.kubernetes.io/name=falco -c falco --tail=-1"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let line = |prefix: &str| {
            let paths = ["rule", "priority", "output_fields"].map(|name| format!("{prefix}{name}"));
            paths.iter().all(|path| head.has(path))
        };
        line("") || line("[].")
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut log = Log {
            facts: Collector::new(NAME, context),
            cluster: context.need_cluster()?,
            heartbeats: Heartbeats::default(),
            hosts: 0,
            other_sources: 0,
        };
        let mut known = false;
        for record in json::records(without_chatter(json::text(input)?).as_bytes())? {
            let read = match &record.value {
                Ok(value) => {
                    known |= value.get("rule").is_some() && value.get("output_fields").is_some();
                    log.line(&record.place, value)
                }
                Err(reason) => {
                    log.heartbeats.lost_somewhere();
                    Err(Bad::record(reason.as_str()))
                }
            };
            if let Err(bad) = read {
                log.facts.reject(record.place, bad);
            }
        }
        if !known {
            let expected = "no line has `rule` and `output_fields`; is `json_output` on?".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        Ok(log.finish())
    }
}

/// The input without the lines in plain words that the sensor prints between its JSON: blank lines stand in
/// their place, so that the others keep their numbers.
fn without_chatter(text: &str) -> Cow<'_, str> {
    let first = text.lines().find(|line| line.starts_with('{'));
    let whole = first.is_some_and(|line| serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok());
    if !whole || text.lines().all(|line| line.starts_with('{')) {
        return Cow::Borrowed(text);
    }
    let lines = text.lines().map(|line| if line.starts_with('{') { line } else { "" });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

/// What has been gathered.
struct Log<'a> {
    facts: Collector,
    cluster: &'a str,
    heartbeats: Heartbeats,
    hosts: usize,
    other_sources: usize,
}

impl Log<'_> {
    fn line(&mut self, place: &str, value: &Value) -> Result<(), Bad> {
        let read = Fields::of(value).and_then(Alert::read);
        let alert = match read {
            Ok(alert) => alert,
            Err(bad) => {
                self.heartbeats.lost_somewhere();
                return Err(bad);
            }
        };
        self.heartbeats.seen(&alert);
        if let Some(internal) = alert.rule.strip_prefix(INTERNAL) {
            return self.heartbeats.internal(internal, &alert);
        }
        if alert.source != "syscall" {
            self.other_sources = self.other_sources.saturating_add(1);
            return Ok(());
        }
        match alert.place {
            Place::Host => self.hosts = self.hosts.saturating_add(1),
            Place::Container => {
                self.heartbeats.lost(alert.at);
                let reason = "is missing: the container is in no pod that the sensor knows";
                return Err(Bad::field("output_fields.k8s.pod.name", reason));
            }
            Place::Pod { namespace, name } => {
                let workload = keys::pod(self.cluster, namespace, name);
                self.facts_of(place, &alert, &workload);
            }
        }
        Ok(())
    }

    fn facts_of(&mut self, place: &str, alert: &Alert<'_>, workload: &str) {
        if alert.rule != EXECUTION_LOG {
            let key = keys::natural(&[alert.host, workload, &alert.stamp, alert.rule]);
            let report = self
                .facts
                .report("RuntimeAlert", &key, place, alert.at)
                .with("workload", workload)
                .with("at", alert.at.to_string())
                .with("rule", alert.rule)
                .with_known("severity", alert.severity())
                .with("techniques", alert.techniques.clone());
            self.facts.push(report);
        }
        let Some(path) = alert.path() else { return };
        let key = keys::natural(&[alert.host, workload, &alert.stamp, path]);
        let report = self
            .facts
            .report("Execution", &key, place, alert.at)
            .with("workload", workload)
            .with("at", alert.at.to_string())
            .with("path", path)
            .with("component", component::of_path(path))
            .with_known("parent", alert.parent);
        self.facts.push(report);
    }

    fn finish(mut self) -> Output {
        if self.hosts > 0 {
            self.facts.note(format!("hits on hosts, which are no workloads, were left out: {}", self.hosts));
        }
        if self.other_sources > 0 {
            let count = self.other_sources;
            self.facts.note(format!("hits in other sources than system calls were left out: {count}"));
        }
        self.heartbeats.finish(self.cluster, &mut self.facts);
        self.facts.finish()
    }
}

#[cfg(test)]
mod tests;
