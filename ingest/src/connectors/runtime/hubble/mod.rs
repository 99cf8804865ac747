//! Cilium's Hubble: connections of pods, dropped ones among them.
//!
//! | file | holds |
//! | --- | --- |
//! | `flow.rs` | one flow: its two sides, verdict and direction |

mod flow;

use std::collections::{BTreeMap, BTreeSet};

use assize::facts::Instant;
use serde_json::Value;

use crate::events::Events;
use crate::fields::{Bad, Fields};
use crate::flows::{Flow, connection};
use crate::logbook::Logbook;
use crate::outcome::Outcome;
use crate::records::Around;
use crate::stream::{self, Reading, Streaming};
use crate::windows::{Sum, Windows};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, events, keys};
use flow::{Seen, Side, Verdict};

/// The connector.
#[derive(Debug)]
pub struct Hubble;

const NAME: &str = "hubble";

impl Connector for Hubble {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Hubble: connections of pods, and those that policies drop"
    }

    fn basis(&self) -> Basis {
        Basis::Sensor
    }

    fn command(&self) -> &'static str {
        "hubble observe --since 1h --output jsonpb"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let flow = |prefix: &str| {
            head.has(&format!("{prefix}flow.verdict"))
                || head.has_all(&[&format!("{prefix}verdict"), &format!("{prefix}IP.source")])
        };
        let own = head.has_any(&["lost_events.num_events_lost", "node_status.state_change"]);
        flow("") || flow("[].") || own
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        stream::whole(self, input, context)
    }

    fn streaming(&self) -> Option<&dyn Streaming> {
        Some(self)
    }
}

impl Streaming for Hubble {
    fn begin(&self, context: &Context) -> Result<Box<dyn Reading>, IngestError> {
        Ok(events::reading(Log {
            facts: Collector::new(NAME, context),
            cluster: context.need_cluster()?.to_owned(),
            book: Logbook::default(),
            flows: Windows::default(),
            accounts: BTreeMap::new(),
            clusters: BTreeSet::new(),
            left_out: BTreeMap::new(),
        }))
    }
}

/// What has been gathered.
struct Log {
    facts: Collector,
    cluster: String,
    book: Logbook,
    flows: Windows<Flow>,
    /// The newest that is said of whom each pod runs as.
    accounts: BTreeMap<String, RunsAs>,
    /// What the flows call the cluster.
    clusters: BTreeSet<String>,
    left_out: BTreeMap<&'static str, usize>,
}

/// Whom a pod runs as.
struct RunsAs {
    namespace: String,
    pod: String,
    identity: String,
    at: Instant,
    place: String,
}

impl Events for Log {
    const NAME: &'static str = NAME;
    const EXPECTED: &'static str = "no line has a `flow` with a `verdict`";

    fn is_own(value: &Value) -> bool {
        ["flow", "lost_events", "node_status", "verdict"].iter().any(|it| value.get(it).is_some())
    }

    fn read(&mut self, place: &str, value: &Value) -> Result<(), Bad> {
        self.line(place, value)
    }

    fn lost(&mut self, value: Option<&Value>) {
        let fields = value.and_then(|it| Fields::of(it).ok());
        self.book.lost(None, fields.and_then(|it| it.instant("time").ok().flatten()));
    }

    fn facts(&mut self) -> &mut Collector {
        &mut self.facts
    }

    fn take(&mut self) -> Output {
        let settled = self.flows.settled();
        self.tell(settled);
        self.facts.take()
    }

    fn finish(mut self, _: &Around) -> Result<Output, IngestError> {
        let counted = std::mem::take(&mut self.flows).counted();
        self.tell(counted);
        for (workload, it) in std::mem::take(&mut self.accounts) {
            let report = self
                .facts
                .report("Workload", &workload, &it.place, it.at)
                .with("name", it.pod)
                .with("namespace", it.namespace)
                .with("cluster", self.cluster.as_str())
                .with("identity", it.identity);
            self.facts.push(report);
        }
        for (what, count) in &self.left_out {
            self.facts.note(format!("flows {what} were left out: {count}"));
        }
        if self.clusters.len() > 1 {
            self.facts.note(
                "the flows are of several clusters, and all were read as of one; give each cluster's as an input of its own",
            );
        }
        let nodes = self.book.scopes().count();
        if !self.book.finish_as_one("network_flow", &self.cluster, &mut self.facts) && nodes > 1 {
            self.facts
                .note("the flows of the nodes have no time in common, so nothing is concluded from silence");
        }
        Ok(self.facts.finish())
    }
}

impl Log {
    /// Adds connections that nothing is added to any more.
    fn tell(&mut self, flows: impl IntoIterator<Item = (Flow, Sum)>) {
        for (flow, sum) in flows {
            let report = connection(&flow, &sum, &self.facts);
            self.facts.push(report);
        }
    }

    fn line(&mut self, place: &str, value: &Value) -> Result<(), Bad> {
        let line = Fields::of(value)?;
        if line.has("lost_events") {
            // What a buffer has lost was between the lines around this one.
            self.book.lost(None, None);
            return Ok(());
        }
        if line.has("node_status") || line.has("agent_event") || line.has("debug_event") {
            return Ok(());
        }
        let seen = Seen::read(line)?;
        self.book.seen(seen.node, seen.at);
        for side in [&seen.source, &seen.destination] {
            self.side(side, place, &seen);
        }
        let outcome = match seen.verdict {
            Verdict::Is(outcome) => outcome,
            Verdict::Nothing => {
                self.leave_out("that are no packets on their way");
                return Ok(());
            }
        };
        if seen.reply {
            self.leave_out("of replies");
            return Ok(());
        }
        let workloads = (self.workload(&seen.source), self.workload(&seen.destination));
        let mut told = false;
        if let (true, Some(workload)) = (seen.egress, &workloads.0) {
            told = true;
            self.add(workload, "egress", &seen.destination, place, &seen, outcome);
        }
        if let (true, Some(workload)) = (seen.ingress, &workloads.1) {
            told = true;
            self.add(workload, "ingress", &seen.source, place, &seen, outcome);
        }
        if !told {
            self.leave_out("of hosts and of what is no pod");
        }
        Ok(())
    }

    fn leave_out(&mut self, what: &'static str) {
        let count = self.left_out.entry(what).or_default();
        *count = count.saturating_add(1);
    }

    fn workload(&self, side: &Side<'_>) -> Option<String> {
        let (namespace, pod) = side.pod?;
        Some(keys::pod(&self.cluster, namespace, pod))
    }

    fn identity(&self, side: &Side<'_>) -> Option<String> {
        let (namespace, _) = side.pod?;
        Some(keys::service_account(&self.cluster, namespace, side.account?))
    }

    /// Notes whom a side runs as.
    fn side(&mut self, side: &Side<'_>, place: &str, seen: &Seen<'_>) {
        if let Some(name) = side.cluster.filter(|_| side.pod.is_some()) {
            self.clusters.insert(name.to_owned());
        }
        let (Some((namespace, pod)), Some(identity)) = (side.pod, self.identity(side)) else { return };
        let workload = keys::pod(&self.cluster, namespace, pod);
        if self.accounts.get(&workload).is_none_or(|known| known.at <= seen.at) {
            let (namespace, pod) = (namespace.to_owned(), pod.to_owned());
            self.accounts
                .insert(workload, RunsAs { namespace, pod, identity, at: seen.at, place: place.to_owned() });
        }
    }

    fn add(
        &mut self,
        workload: &str,
        direction: &'static str,
        peer: &Side<'_>,
        place: &str,
        seen: &Seen<'_>,
        outcome: Outcome,
    ) {
        let peer_workload = self.workload(peer);
        let flow = Flow {
            workload: workload.to_owned(),
            direction: Some(direction),
            peer: peer_workload.clone().unwrap_or_else(|| peer.name.to_owned()),
            peer_identity: self.identity(peer),
            peer_workload,
            internet: peer.internet,
            port: Some(seen.port),
            protocol: seen.protocol.clone(),
            outcome,
        };
        self.flows.add(flow, place, (seen.at, seen.at), None);
    }
}

#[cfg(test)]
mod tests;
