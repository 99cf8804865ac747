//! AWS VPC flow logs: what went to and from network interfaces, and what was rejected.
//!
//! | file | holds |
//! | --- | --- |
//! | `record.rs` | one record, in the default format or in one of your own |
//! | `sides.rs` | which address is the interface's, and who asked whom |
//! | `watched.rs` | the coverage of each interface |

mod record;
mod sides;
mod watched;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::flows::{Flow, connection};
use crate::outcome::Outcome;
use crate::windows::Windows;
use crate::{Collector, Connector, Context, Head, IngestError, Output, json};
use record::{Format, Record, Status};
use sides::Sides;
use watched::Watched;

/// The connector.
#[derive(Debug)]
pub struct VpcFlowLogs;

const NAME: &str = "vpc-flow-logs";

impl Connector for VpcFlowLogs {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "AWS VPC flow logs: connections of network interfaces"
    }

    fn command(&self) -> &'static str {
        "aws logs filter-log-events --log-group-name /vpc/flow-logs --output json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let message = head.scalar("events[].message");
        record::is_record(head.first_line()) || message.is_some_and(record::is_record)
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let text = json::text(input)?;
        let mut log = Log::new(context);
        if text.trim_start().starts_with(['{', '[']) {
            log.wrapped(input)?;
        } else {
            let mut format = Format::default();
            for (number, line) in text.lines().enumerate() {
                let place = format!("line {}", number.saturating_add(1));
                // Files one after the other may each have a header.
                match Format::header(line) {
                    Some(header) => format = header,
                    None => log.line(&place, line, &format),
                }
            }
        }
        if log.read == 0 {
            let expected = "no line is a flow log's record".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        Ok(log.finish())
    }
}

/// What has been gathered. Which address is an interface's own is known when all records are read.
struct Log {
    facts: Collector,
    records: Vec<(String, Record)>,
    sides: Sides,
    watched: Watched,
    /// The instances of each interface, where records name them.
    instances: BTreeMap<String, BTreeSet<String>>,
    read: usize,
}

impl Log {
    fn new(context: &Context) -> Self {
        Self {
            facts: Collector::new(NAME, context),
            records: Vec::new(),
            sides: Sides::default(),
            watched: Watched::default(),
            instances: BTreeMap::new(),
            read: 0,
        }
    }

    /// Reads what CloudWatch wraps around lines. A format of one's own has no header there, so it cannot be read.
    fn wrapped(&mut self, input: &[u8]) -> Result<(), IngestError> {
        let format = Format::default();
        for record in json::records(input)? {
            let events = record.value.map_err(Bad::record).and_then(|value| match value.get("events") {
                Some(Value::Array(events)) => Ok(events.clone()),
                _ => Err(Bad::field("events", "is missing")),
            });
            match events {
                Ok(events) => {
                    for (n, event) in events.iter().enumerate() {
                        let place = format!("{}.events[{n}]", record.place);
                        match Fields::of(event).and_then(|event| event.need_text("message")) {
                            Ok(line) => self.line(&place, line, &format),
                            Err(bad) => self.reject(&place, bad),
                        }
                    }
                }
                Err(bad) => self.reject(&record.place, bad),
            }
        }
        Ok(())
    }

    fn reject(&mut self, place: &str, bad: Bad) {
        self.watched.lost();
        self.facts.reject(place, bad);
    }

    fn line(&mut self, place: &str, line: &str, format: &Format) {
        if line.trim().is_empty() {
            return;
        }
        let record = match format.read(line) {
            Ok(record) => record,
            Err(bad) => return self.reject(place, bad),
        };
        self.read = self.read.saturating_add(1);
        if let Some(instance) = &record.instance {
            self.instances.entry(record.interface.clone()).or_default().insert(instance.clone());
        }
        self.watched.seen(&record);
        if matches!(record.status, Status::Flow(_)) {
            self.sides.learn(&record);
            self.records.push((place.to_owned(), record));
        }
    }

    fn finish(mut self) -> Output {
        let mut windows = Windows::default();
        for (place, record) in std::mem::take(&mut self.records) {
            if let Some(flow) = self.flow(&record) {
                windows.add(flow, &place, (record.start, record.end), record.bytes);
            } else {
                self.reject(&place, Bad::record("has neither a source nor a destination"));
            }
        }
        for (flow, sum) in windows.counted() {
            let report = connection(&flow, &sum, &self.facts);
            self.facts.push(report);
        }
        for (interface, instances) in std::mem::take(&mut self.instances) {
            match (instances.first(), instances.len(), self.watched.end(&interface)) {
                (Some(instance), 1, Some(at)) => {
                    self.facts.same_as("Workload", &interface, instance, "", at);
                }
                _ => self.facts.note(
                    "an interface was moved from one instance to another, so it is read as a workload of its own",
                ),
            }
        }
        self.watched.finish(&mut self.facts);
        self.facts.finish()
    }

    fn flow(&self, record: &Record) -> Option<Flow> {
        let Status::Flow(accepted) = record.status else { return None };
        let (local, peer, direction, port) = self.sides.of(record)?;
        let internet = peer.parse().ok().map(crate::flows::is_of_internet);
        Some(Flow {
            workload: record.interface.clone(),
            direction,
            // Where nobody can tell which side is which, both are named.
            peer: if local.is_some() {
                peer.to_owned()
            } else {
                format!("{}>{}", record.source, record.destination)
            },
            peer_workload: None,
            peer_identity: None,
            internet: internet.filter(|_| local.is_some()),
            port,
            protocol: record.protocol(),
            outcome: if accepted { Outcome::Success } else { Outcome::Denied },
        })
    }
}

#[cfg(test)]
mod tests;
