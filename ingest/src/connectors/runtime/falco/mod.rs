//! Falco: rule hits in pods, and what they show to be running.
//!
//! | file | holds |
//! | --- | --- |
//! | `alert.rs` | one line that is a rule's hit |
//! | `heartbeat.rs` | the sensor's own lines, and the coverage that they prove |

mod alert;
mod heartbeat;

use serde_json::Value;

use crate::events::Events;
use crate::fields::{Bad, Fields};
use crate::place::Place;
use crate::records::{Around, Form};
use crate::stream::{self, Reading, Streaming};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, component, events, keys};
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

    fn basis(&self) -> Basis {
        Basis::Sensor
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
        stream::whole(self, input, context)
    }

    fn streaming(&self) -> Option<&dyn Streaming> {
        Some(self)
    }
}

impl Streaming for Falco {
    fn form(&self) -> Form {
        // The sensor prints lines in plain words between its JSON.
        Form { chatter: true, ..Form::default() }
    }

    fn begin(&self, context: &Context) -> Result<Box<dyn Reading>, IngestError> {
        Ok(events::reading(Log {
            facts: Collector::new(NAME, context),
            cluster: context.need_cluster()?.to_owned(),
            heartbeats: Heartbeats::default(),
            hosts: 0,
            other_sources: 0,
        }))
    }
}

/// What has been gathered.
struct Log {
    facts: Collector,
    cluster: String,
    heartbeats: Heartbeats,
    hosts: usize,
    other_sources: usize,
}

impl Events for Log {
    const NAME: &'static str = NAME;
    const EXPECTED: &'static str = "no line has `rule` and `output_fields`; is `json_output` on?";

    fn is_own(value: &Value) -> bool {
        value.get("rule").is_some() && value.get("output_fields").is_some()
    }

    fn read(&mut self, place: &str, value: &Value) -> Result<(), Bad> {
        self.line(place, value)
    }

    fn lost(&mut self, value: Option<&Value>) {
        // What is JSON has told by then what is lost with it.
        if value.is_none() {
            self.heartbeats.lost_somewhere();
        }
    }

    fn facts(&mut self) -> &mut Collector {
        &mut self.facts
    }

    fn finish(mut self, _: &Around) -> Result<Output, IngestError> {
        if self.hosts > 0 {
            self.facts.note(format!("hits on hosts, which are no workloads, were left out: {}", self.hosts));
        }
        if self.other_sources > 0 {
            let count = self.other_sources;
            self.facts.note(format!("hits in other sources than system calls were left out: {count}"));
        }
        self.heartbeats.finish(&self.cluster, &mut self.facts);
        Ok(self.facts.finish())
    }
}

impl Log {
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
                let workload = keys::pod(&self.cluster, namespace, name);
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
}

#[cfg(test)]
mod tests;
