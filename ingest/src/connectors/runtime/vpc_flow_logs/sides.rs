//! Which address is the interface's, and who asked whom.
//!
//! A record tells of packets that went one way. Whose address is the interface's it says only in version 5
//! (`flow-direction`); else it is the one that all records of the interface have in common. Who asked whom it never says.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::record::Record;
use crate::flows;

/// Ports from here on are given out for a while to whoever asks; what answers has a lower one.
const PASSING: i64 = 32_768;

/// TCP's flags: the one that asks, and the two that answer.
const SYN: i64 = 2;
const SYN_ACK: i64 = 18;

/// The interface's address, the other side's, the connection's direction, and the port that was asked for.
pub type Told<'a> = (Option<&'a str>, &'a str, Option<&'static str>, Option<Option<i64>>);

/// The addresses that may be each interface's own.
#[derive(Debug, Default)]
pub struct Sides {
    common: BTreeMap<String, BTreeSet<String>>,
}

impl Sides {
    /// A record: the interface's address is one of its two.
    pub fn learn(&mut self, record: &Record) {
        let pair = BTreeSet::from([record.source.clone(), record.destination.clone()]);
        match self.common.get_mut(&record.interface) {
            Some(known) => known.retain(|address| pair.contains(address)),
            None => {
                self.common.insert(record.interface.clone(), pair);
            }
        }
    }

    /// What can be told of a record. `None` where it has no addresses.
    pub fn of<'a>(&self, record: &'a Record) -> Option<Told<'a>> {
        if record.source.is_empty() || record.destination.is_empty() {
            return None;
        }
        let sent = self.sent(record);
        let asked = asked(record);
        let port = match asked {
            Asked::Destination => Some(record.destination_port),
            Asked::Source => Some(record.source_port),
            Asked::Nobody => Some(None),
            Asked::Unknown => None,
        };
        let direction = match (sent, asked) {
            (Some(true), Asked::Destination) | (Some(false), Asked::Source) => Some("egress"),
            (Some(false), Asked::Destination) | (Some(true), Asked::Source) => Some("ingress"),
            (Some(true), Asked::Nobody) => Some("egress"),
            (Some(false), Asked::Nobody) => Some("ingress"),
            _ => None,
        };
        Some(match sent {
            Some(true) => (Some(&record.source), record.destination.as_str(), direction, port),
            Some(false) => (Some(&record.destination), record.source.as_str(), direction, port),
            None => (None, record.destination.as_str(), None, port),
        })
    }

    /// Whether the interface has sent the packets.
    fn sent(&self, record: &Record) -> Option<bool> {
        if let Some(way) = record.packets_go {
            return Some(way == "egress");
        }
        let own = self
            .common
            .get(&record.interface)
            .map(|common| (common.contains(&record.source), common.contains(&record.destination)));
        match own {
            Some((true, false)) => Some(true),
            Some((false, true)) => Some(false),
            // Of a network's own address and one of the internet the first is the interface's.
            _ => match (internet(&record.source), internet(&record.destination)) {
                (Some(false), Some(true)) => Some(true),
                (Some(true), Some(false)) => Some(false),
                _ => None,
            },
        }
    }
}

fn internet(address: &str) -> Option<bool> {
    address.parse::<IpAddr>().ok().map(flows::is_of_internet)
}

/// Which side of the packets was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// The receiver: the packets ask.
    Destination,
    /// The sender: they answer.
    Source,
    /// The protocol has no ports.
    Nobody,
    /// It cannot be told.
    Unknown,
}

/// By TCP's flags, else by the ports.
fn asked(record: &Record) -> Asked {
    match record.tcp_flags.map(|flags| flags & SYN_ACK) {
        Some(SYN) => return Asked::Destination,
        Some(SYN_ACK) => return Asked::Source,
        _ => {}
    }
    match (record.source_port, record.destination_port) {
        (None | Some(0), None | Some(0)) => Asked::Nobody,
        (Some(source), Some(destination)) => match (source < 1_024, destination < 1_024) {
            (true, false) => Asked::Source,
            (false, true) => Asked::Destination,
            _ => match (source < PASSING, destination < PASSING) {
                (true, false) => Asked::Source,
                (false, true) => Asked::Destination,
                _ => Asked::Unknown,
            },
        },
        _ => Asked::Unknown,
    }
}
