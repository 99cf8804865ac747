//! What the connectors of network flows share: records of one thing within five minutes become one fact.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use assize::facts::{Instant, Report};
use serde_json::Value;

use crate::outcome::Outcome;
use crate::{Collector, keys};

/// The width of what is counted together, in microseconds. Windows begin at whole multiples of it.
const WINDOW: i64 = 5 * 60 * 1_000_000;

/// What makes records one connection of a workload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flow {
    /// Whose connection it is.
    pub workload: String,
    /// `ingress` or `egress`, where it can be told.
    pub direction: Option<&'static str>,
    /// The other side: a workload's key, a name or an address.
    pub peer: String,
    /// The other side, where it is a workload.
    pub peer_workload: Option<String>,
    /// Whom the other side runs as.
    pub peer_identity: Option<String>,
    /// Whether the other side's address is one of the internet; `None` where it has none.
    pub internet: Option<bool>,
    /// The port that was asked for; `Some(None)` where the protocol has none, `None` where it cannot be told.
    pub port: Option<Option<i64>>,
    /// `tcp`, `udp`, …
    pub protocol: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What was counted of one flow in one window.
#[derive(Debug)]
struct Sum {
    place: String,
    first: Instant,
    last: Instant,
    records: i64,
    bytes: Option<i64>,
}

/// Flows by window, in order.
#[derive(Debug, Default)]
pub struct Flows {
    sums: BTreeMap<(i64, Flow), Sum>,
}

impl Flows {
    /// Counts a record: from its first packet to its last, with so many bytes where it says so.
    pub fn add(&mut self, flow: Flow, place: &str, span: (Instant, Instant), bytes: Option<i64>) {
        let (first, last) = span;
        let window = first.0.div_euclid(WINDOW);
        let sum = self.sums.entry((window, flow)).or_insert_with(|| Sum {
            place: place.to_owned(),
            first,
            last,
            records: 0,
            bytes: None,
        });
        if first < sum.first {
            place.clone_into(&mut sum.place);
            sum.first = first;
        }
        sum.last = last.max(sum.last);
        sum.records = sum.records.saturating_add(1);
        sum.bytes = match (sum.bytes, bytes) {
            (Some(sum), Some(bytes)) => Some(sum.saturating_add(bytes)),
            (sum, bytes) => sum.or(bytes),
        };
    }

    /// Adds a `Connection` for each.
    pub fn finish(self, facts: &mut Collector) {
        for ((_, flow), sum) in self.sums {
            let report = connection(&flow, &sum, facts);
            facts.push(report);
        }
    }
}

fn connection(flow: &Flow, sum: &Sum, facts: &Collector) -> Report {
    let (first, last) = (sum.first.to_string(), sum.last.to_string());
    let port = flow.port.map(|port| port.map_or(Value::Null, Value::from));
    let shown = port.as_ref().map_or_else(String::new, Value::to_string);
    let direction = flow.direction.unwrap_or_default();
    let outcome = flow.outcome.member();
    // The first record's time is in the key: a file that ends within a window leaves the rest to the next one.
    let key =
        keys::natural(&[&flow.workload, direction, &flow.peer, &shown, &flow.protocol, outcome, &first]);
    facts
        .report("Connection", &key, &sum.place, sum.first)
        .with("workload", flow.workload.as_str())
        .with("at", first)
        .with("last_at", last)
        .with("peer", flow.peer.as_str())
        .with("protocol", flow.protocol.as_str())
        .with("outcome", outcome)
        .with("records", sum.records)
        .with_known("direction", flow.direction)
        .with_known("peer_workload", flow.peer_workload.clone())
        .with_known("peer_identity", flow.peer_identity.clone())
        .with_known("internet", flow.internet)
        .with_known("port", port)
        .with_known("bytes", sum.bytes)
}

/// Whether an address is one of the internet, and not of a private network, of a machine itself, of a link, of a
/// group, or kept for examples and tests.
#[must_use]
pub fn is_of_internet(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_global(v4),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_global(v4),
            // 2000::/3 is all that has been given out.
            None => v6.segments().first().is_some_and(|first| first & 0xe000 == 0x2000),
        },
    }
}

fn is_global(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    // 100.64.0.0/10 is between carriers and their customers.
    let shared = a == 100 && (64..128).contains(&b);
    let inside = address.is_private() || address.is_loopback() || address.is_link_local() || shared;
    !(inside || a == 0 || a >= 224)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, facts as of};

    #[test]
    fn an_address_of_a_network_of_ones_own_is_not_the_internets() {
        for (address, internet) in [
            ("198.51.100.7", true),
            ("9.134.108.44", true),
            ("2a02:8106::1", true),
            ("::ffff:10.0.0.1", false),
            ("fd00::1", false),
            ("fe80::1", false),
            ("::1", false),
            ("10.0.0.1", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("100.64.0.1", false),
            ("169.254.169.254", false),
            ("127.0.0.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("0.0.0.0", false),
        ] {
            assert_eq!(is_of_internet(address.parse().unwrap()), internet, "{address}");
        }
    }

    #[test]
    fn records_of_five_minutes_are_one_fact() {
        let flow = Flow {
            workload: "w".to_owned(),
            direction: Some("egress"),
            peer: "p".to_owned(),
            peer_workload: None,
            peer_identity: None,
            internet: Some(false),
            port: Some(Some(443)),
            protocol: "tcp".to_owned(),
            outcome: Outcome::Success,
        };
        let mut flows = Flows::default();
        let minute = |n: i64| Instant(n.saturating_mul(60_000_000));
        for (from, until, bytes) in [(2, 3, Some(10)), (1, 1, Some(5)), (4, 6, None), (5, 5, None)] {
            flows.add(flow.clone(), &format!("line {from}"), (minute(from), minute(until)), bytes);
        }
        let mut facts = Collector::new("hubble", &context());
        flows.finish(&mut facts);
        let told: Vec<String> = of(&facts.finish(), "Connection")
            .iter()
            .map(|it| {
                format!(
                    "{} {} {} {}",
                    it["at"],
                    it["last_at"],
                    it["records"],
                    it.get("bytes").unwrap_or(&Value::Null)
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "\"1970-01-01T00:01:00Z\" \"1970-01-01T00:06:00Z\" 3 15",
                "\"1970-01-01T00:05:00Z\" \"1970-01-01T00:05:00Z\" 1 null"
            ]
        );
    }
}
