//! What the connectors of network flows share: a `Connection` of what was counted, and which addresses are of the
//! internet.

use std::net::{IpAddr, Ipv4Addr};

use assize::facts::Report;
use serde_json::Value;

use crate::outcome::Outcome;
use crate::windows::Sum;
use crate::{Collector, keys};

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

/// The fact of a flow that was counted.
#[must_use]
pub fn connection(flow: &Flow, sum: &Sum, facts: &Collector) -> Report {
    let (first, last) = (sum.first.to_string(), sum.last.to_string());
    let port = flow.port.map(|port| port.map_or(Value::Null, Value::from));
    let shown = port.as_ref().map_or_else(String::new, Value::to_string);
    let direction = flow.direction.unwrap_or_default();
    let outcome = flow.outcome.member();
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
}
