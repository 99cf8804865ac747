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

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::flows::{Flow, connection};
use crate::outcome::Outcome;
use crate::records::{Around, Form};
use crate::stream::{self, Reading, Streaming};
use crate::windows::{Sum, Windows};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, json};
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

    fn basis(&self) -> Basis {
        Basis::Sensor
    }

    fn command(&self) -> &'static str {
        "aws logs filter-log-events --log-group-name /vpc/flow-logs --output json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let message = head.scalar("events[].message");
        record::is_record(head.first_line()) || message.is_some_and(record::is_record)
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        stream::whole(self, input, context)
    }

    fn streaming(&self) -> Option<&dyn Streaming> {
        Some(self)
    }
}

impl Streaming for VpcFlowLogs {
    /// Lines, and what CloudWatch wraps around lines.
    fn form(&self) -> Form {
        Form { texts: true, lists: vec!["events".to_owned()], ..Form::default() }
    }

    fn begin(&self, context: &Context) -> Result<Box<dyn Reading>, IngestError> {
        Ok(Box::new(Log {
            facts: Collector::new(NAME, context),
            format: Format::default(),
            records: VecDeque::new(),
            flows: Windows::default(),
            sides: Sides::default(),
            watched: Watched::default(),
            instances: BTreeMap::new(),
            read: 0,
        }))
    }
}

/// How many records wait at most until it is known which address is an interface's own.
const WAITING: usize = 65_536;

/// What has been gathered. Which address is an interface's own becomes known as records come: it is the one that they
/// have in common.
struct Log {
    facts: Collector,
    /// The order of the fields. In what CloudWatch wraps there is no header, so it is the default one.
    format: Format,
    records: VecDeque<(String, Record)>,
    flows: Windows<Flow>,
    sides: Sides,
    watched: Watched,
    /// The instances of each interface, where records name them.
    instances: BTreeMap<String, BTreeSet<String>>,
    read: usize,
}

impl Reading for Log {
    fn record(&mut self, record: json::Record) {
        let place = &record.place;
        match record.value.map_err(Bad::record) {
            // Files one after the other may each have a header.
            Ok(Value::String(line)) => match Format::header(&line) {
                Some(header) => self.format = header,
                None => self.line(place, &line),
            },
            Ok(event) => match Fields::of(&event).and_then(|event| event.need_text("message")) {
                Ok(line) => self.line(place, line),
                Err(bad) => self.reject(place, bad),
            },
            Err(bad) => self.reject(place, bad),
        }
    }

    fn take(&mut self) -> Output {
        if self.records.len() > WAITING {
            self.count(WAITING / 2);
            let settled = self.flows.settled();
            self.tell(settled);
        }
        self.facts.take()
    }

    fn finish(mut self: Box<Self>, _: &Around) -> Result<Output, IngestError> {
        if self.read == 0 {
            let expected = "no line is a flow log's record".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        self.count(0);
        let counted = std::mem::take(&mut self.flows).counted();
        self.tell(counted);
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
        Ok(self.facts.finish())
    }
}

impl Log {
    /// Counts the records that have waited the longest, but for so many.
    fn count(&mut self, left: usize) {
        while self.records.len() > left
            && let Some((place, record)) = self.records.pop_front()
        {
            match self.flow(&record) {
                Some(flow) => self.flows.add(flow, &place, (record.start, record.end), record.bytes),
                None => self.reject(&place, Bad::record("has neither a source nor a destination")),
            }
        }
    }

    /// Adds connections that nothing is added to any more.
    fn tell(&mut self, flows: impl IntoIterator<Item = (Flow, Sum)>) {
        for (flow, sum) in flows {
            let report = connection(&flow, &sum, &self.facts);
            self.facts.push(report);
        }
    }

    fn reject(&mut self, place: &str, bad: Bad) {
        self.watched.lost();
        self.facts.reject(place, bad);
    }

    fn line(&mut self, place: &str, line: &str) {
        let record = match self.format.read(line) {
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
            self.records.push_back((place.to_owned(), record));
        }
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
