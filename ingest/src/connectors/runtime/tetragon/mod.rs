//! Tetragon: what starts in pods, and which libraries it opens.
//!
//! | file | holds |
//! | --- | --- |
//! | `event.rs` | one event |
//! | `span.rs` | the coverage that the exports of all nodes prove |

mod event;
mod span;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::events::Events;
use crate::fields::{Bad, Fields};
use crate::place::{self, Place};
use crate::records::Around;
use crate::stream::{self, Reading, Streaming};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, events, keys};
use event::Event;
use span::Spans;

/// The connector.
#[derive(Debug)]
pub struct Tetragon;

const NAME: &str = "tetragon";

impl Connector for Tetragon {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Tetragon: what starts in pods, and which libraries it opens"
    }

    fn basis(&self) -> Basis {
        Basis::Sensor
    }

    fn command(&self) -> &'static str {
        "kubectl logs -n kube-system -l app.kubernetes.io/name=tetragon -c export-stdout --tail=-1"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let process = |kind: &str| head.has(&format!("process_{kind}.process.exec_id"));
        let kinds = ["exec", "exit", "kprobe", "tracepoint", "uprobe", "lsm", "loader"];
        let own = ["rate_limit_info.number_of_dropped_process_events", "process_throttle.type"];
        // Connections are events of an older version and of the enterprise one.
        let older = ["connect", "close", "listen", "accept"];
        head.has_any(&own) || kinds.iter().chain(&older).any(|kind| process(kind))
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        stream::whole(self, input, context)
    }

    fn streaming(&self) -> Option<&dyn Streaming> {
        Some(self)
    }
}

impl Streaming for Tetragon {
    fn begin(&self, context: &Context) -> Result<Box<dyn Reading>, IngestError> {
        Ok(events::reading(Log {
            facts: Collector::new(NAME, context),
            cluster: context.need_cluster()?.to_owned(),
            spans: Spans::default(),
            hosts: 0,
            others: BTreeMap::new(),
        }))
    }
}

/// What has been gathered.
struct Log {
    facts: Collector,
    cluster: String,
    spans: Spans,
    hosts: usize,
    others: BTreeMap<String, usize>,
}

impl Events for Log {
    const NAME: &'static str = NAME;
    const EXPECTED: &'static str = "no line has `process_exec`, another `process_…` or `rate_limit_info`";

    fn is_own(value: &Value) -> bool {
        event::is_event(value)
    }

    fn read(&mut self, place: &str, value: &Value) -> Result<(), Bad> {
        self.event(place, value)
    }

    fn lost(&mut self, _: Option<&Value>) {
        self.spans.lost_somewhere();
    }

    fn facts(&mut self) -> &mut Collector {
        &mut self.facts
    }

    fn finish(mut self, _: &Around) -> Result<Output, IngestError> {
        place::note_hosts(&mut self.facts, self.hosts);
        for (kind, count) in &self.others {
            self.facts.note(format!("events of kind {kind} that start nothing were left out: {count}"));
        }
        self.spans.finish(&self.cluster, &mut self.facts);
        Ok(self.facts.finish())
    }
}

impl Log {
    fn event(&mut self, place: &str, value: &Value) -> Result<(), Bad> {
        let event = Event::read(Fields::of(value)?)?;
        self.spans.seen(&event);
        let Some(path) = event.path()? else {
            if event.is_activity() {
                let count = self.others.entry(event.kind.to_owned()).or_default();
                *count = count.saturating_add(1);
            }
            return Ok(());
        };
        if event.kind != "process_exec" {
            self.spans.library();
        }
        match event.place()? {
            Place::Host => self.hosts = self.hosts.saturating_add(1),
            Place::Container => {
                self.spans.lost(event.at);
                let reason = "is missing: the container is in no pod that the sensor knows";
                self.facts.reject(place, Bad::field("process.pod", reason));
            }
            Place::Pod { namespace, name } => {
                let workload = keys::pod(&self.cluster, namespace, name);
                self.execution(place, &event, &workload, path);
            }
        }
        Ok(())
    }

    fn execution(&mut self, record: &str, event: &Event<'_>, workload: &str, path: &str) {
        let key = match event.exec_id {
            Some(id) if event.kind == "process_exec" => id.to_owned(),
            id => keys::natural(&[event.node, id.unwrap_or_default(), event.stamp, path]),
        };
        let report = place::execution(&self.facts, &key, record, event.at, workload, path);
        self.facts.push(report.with_known("parent", event.parent()));
    }
}

#[cfg(test)]
mod tests;
