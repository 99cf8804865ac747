//! Tracee: what starts in pods, which libraries they load, and which of its signatures hit.
//!
//! | file | holds |
//! | --- | --- |
//! | `event.rs` | one event |

mod event;

use serde_json::Value;

use crate::events::Events;
use crate::fields::{Bad, Fields};
use crate::logbook::Logbook;
use crate::place::{self, Place};
use crate::records::Around;
use crate::stream::{self, Reading, Streaming};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, events, keys};
use event::Event;

/// The connector.
#[derive(Debug)]
pub struct Tracee;

const NAME: &str = "tracee";

impl Connector for Tracee {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Tracee: what starts in pods, and signatures that hit"
    }

    fn basis(&self) -> Basis {
        Basis::Sensor
    }

    fn command(&self) -> &'static str {
        "kubectl logs -n tracee -l app.kubernetes.io/name=tracee --tail=-1"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let event = |prefix: &str| {
            let paths = ["eventName", "hostProcessId", "args"].map(|name| format!("{prefix}{name}"));
            paths.iter().all(|path| head.has(path))
        };
        event("") || event("[].")
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        stream::whole(self, input, context)
    }

    fn streaming(&self) -> Option<&dyn Streaming> {
        Some(self)
    }
}

impl Streaming for Tracee {
    fn begin(&self, context: &Context) -> Result<Box<dyn Reading>, IngestError> {
        Ok(events::reading(Log {
            facts: Collector::new(NAME, context),
            cluster: context.need_cluster()?.to_owned(),
            book: Logbook::default(),
            libraries: false,
            starts: false,
            hosts: 0,
            others: 0,
        }))
    }
}

/// What has been gathered.
struct Log {
    facts: Collector,
    cluster: String,
    book: Logbook,
    libraries: bool,
    starts: bool,
    hosts: usize,
    others: usize,
}

impl Events for Log {
    const NAME: &'static str = NAME;
    const EXPECTED: &'static str = "no line has an `eventName`";

    fn is_own(value: &Value) -> bool {
        value.get("eventName").is_some()
    }

    fn read(&mut self, place: &str, value: &Value) -> Result<(), Bad> {
        self.event(place, value)
    }

    fn lost(&mut self, value: Option<&Value>) {
        let fields = value.and_then(|it| Fields::of(it).ok());
        self.book.lost(None, fields.and_then(event::time));
    }

    fn facts(&mut self) -> &mut Collector {
        &mut self.facts
    }

    fn finish(mut self, _: &Around) -> Result<Output, IngestError> {
        place::note_hosts(&mut self.facts, self.hosts);
        if self.others > 0 {
            self.facts.note(format!(
                "events that start nothing and are no signature's were left out: {}",
                self.others
            ));
        }
        if !(self.starts && self.libraries) {
            self.facts.note(
                "the input does not show both starts and loaded libraries, so nothing is concluded from silence; see the \
                 connector's page for a policy that traces both",
            );
            return Ok(self.facts.finish());
        }
        let nodes = self.book.scopes().count();
        if !self.book.finish_as_one("process_exec", &self.cluster, &mut self.facts) && nodes > 1 {
            self.facts
                .note("the events of the nodes have no time in common, so nothing is concluded from silence");
        }
        Ok(self.facts.finish())
    }
}

impl Log {
    fn event(&mut self, place: &str, value: &Value) -> Result<(), Bad> {
        let event = Event::read(Fields::of(value)?)?;
        self.book.seen(event.host, event.at);
        let (started, library) = (event.started()?, event.library()?);
        self.starts |= started.is_some();
        self.libraries |= library.is_some();
        let path = started.or(library);
        if path.is_none() && event.signature.is_none() {
            self.others = self.others.saturating_add(1);
            return Ok(());
        }
        match event.place {
            Place::Host => self.hosts = self.hosts.saturating_add(1),
            Place::Container => {
                self.book.lost(None, Some(event.at));
                let reason = "is missing: the container is in no pod that the sensor knows";
                self.facts.reject(place, Bad::field("kubernetes.podName", reason));
            }
            Place::Pod { namespace, name } => {
                let workload = keys::pod(&self.cluster, namespace, name);
                if let Some(path) = path {
                    self.execution(place, &event, &workload, path);
                }
                self.alert(place, &event, &workload);
            }
        }
        Ok(())
    }

    fn execution(&mut self, record: &str, event: &Event<'_>, workload: &str, path: &str) {
        let key = keys::natural(&[event.host, workload, &event.stamp, path]);
        let report = place::execution(&self.facts, &key, record, event.at, workload, path);
        self.facts.push(report);
    }

    fn alert(&mut self, place: &str, event: &Event<'_>, workload: &str) {
        let Some(signature) = &event.signature else { return };
        let key = keys::natural(&[event.host, workload, &event.stamp, signature.rule]);
        let report = self
            .facts
            .report("RuntimeAlert", &key, place, event.at)
            .with("workload", workload)
            .with("at", event.at.to_string())
            .with("rule", signature.rule)
            .with("techniques", signature.techniques.clone())
            .with_known("severity", signature.severity);
        self.facts.push(report);
    }
}

#[cfg(test)]
mod tests;
