//! One record, in the default format (version 2) or in one of your own, whose header names its fields.

use assize::facts::Instant;

use crate::fields::{Bad, missing};
use crate::time;

/// The fields of the default format, in order.
const DEFAULT: [&str; 14] = [
    "version",
    "account-id",
    "interface-id",
    "srcaddr",
    "dstaddr",
    "srcport",
    "dstport",
    "protocol",
    "packets",
    "bytes",
    "start",
    "end",
    "action",
    "log-status",
];

/// What a format of one's own must have.
const NEEDED: [&str; 4] = ["interface-id", "start", "end", "log-status"];

/// What became of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Packets went, and were accepted or not.
    Flow(bool),
    /// Nothing went.
    Nothing,
    /// Records were skipped: what went is not known.
    Skipped,
}

/// A record that has what every record has.
#[derive(Clone, Debug)]
pub struct Record {
    /// The network interface.
    pub interface: String,
    /// The instance's ARN, where the record names instance, account and region.
    pub instance: Option<String>,
    /// What became of it.
    pub status: Status,
    /// The first packet's time, in whole seconds.
    pub start: Instant,
    /// The last packet's.
    pub end: Instant,
    /// The sender's address.
    pub source: String,
    /// The receiver's.
    pub destination: String,
    /// The sender's port; 0 where the protocol has none.
    pub source_port: Option<i64>,
    /// The receiver's.
    pub destination_port: Option<i64>,
    /// The bytes of TCP's flags that were seen, joined.
    pub tcp_flags: Option<i64>,
    /// `ingress` or `egress`, of the packets and not of the connection.
    pub packets_go: Option<&'static str>,
    /// How many bytes went.
    pub bytes: Option<i64>,
    protocol: Option<i64>,
}

impl Record {
    /// The protocol's name, or its number.
    pub fn protocol(&self) -> String {
        match self.protocol {
            Some(1) => "icmp".to_owned(),
            Some(6) => "tcp".to_owned(),
            Some(17) => "udp".to_owned(),
            Some(58) => "icmpv6".to_owned(),
            Some(number) => number.to_string(),
            None => "unknown".to_owned(),
        }
    }
}

/// The order of the fields.
#[derive(Clone, Debug)]
pub struct Format(Vec<String>);

impl Default for Format {
    fn default() -> Self {
        Self(DEFAULT.iter().map(|name| (*name).to_owned()).collect())
    }
}

/// Whether a line is a record of the default format or a header.
pub fn is_record(line: &str) -> bool {
    Format::header(line).is_some() || Format::default().read(line).is_ok()
}

impl Format {
    /// The format that a header names; `None` where the line is none.
    pub fn header(line: &str) -> Option<Self> {
        let names: Vec<String> = line.split_ascii_whitespace().map(|name| name.replace('_', "-")).collect();
        let all = NEEDED.iter().all(|needed| names.iter().any(|name| name == needed));
        all.then_some(Self(names))
    }

    /// Reads a line.
    ///
    /// # Errors
    /// [`Bad`] where it is no record of this format.
    pub fn read(&self, line: &str) -> Result<Record, Bad> {
        let mut words: Vec<&str> = line.split_ascii_whitespace().collect();
        // An export of CloudWatch puts its own time before each line.
        if words.len() == self.0.len().saturating_add(1)
            && words.first().is_some_and(|word| word.contains('T'))
        {
            words.remove(0);
        }
        if words.len() != self.0.len() {
            return Err(Bad::record(format!("has {} fields, not {}", words.len(), self.0.len())));
        }
        // `-` is nothing.
        let text = |name: &str| {
            let at = self.0.iter().position(|it| it == name)?;
            words.get(at).copied().filter(|word| *word != "-")
        };
        let number = |name: &str| match text(name) {
            None => Ok(None),
            Some(digits) => {
                digits.parse::<i64>().map(Some).map_err(|_| Bad::field(name, "is not a whole number"))
            }
        };
        let instant = |name: &str| {
            let seconds = number(name)?.ok_or_else(|| missing(name))?;
            time::seconds(seconds).ok_or_else(|| Bad::field(name, "is not a time in seconds"))
        };
        let interface = text("interface-id").ok_or_else(|| missing("interface-id"))?;
        if !interface.starts_with("eni-") {
            return Err(Bad::field("interface-id", "is not the id of a network interface"));
        }
        let status = match (text("log-status"), text("action")) {
            (Some("OK"), Some("ACCEPT")) => Status::Flow(true),
            (Some("OK"), Some("REJECT")) => Status::Flow(false),
            (Some("OK"), _) => return Err(Bad::field("action", "is neither `ACCEPT` nor `REJECT`")),
            (Some("NODATA"), _) => Status::Nothing,
            (Some("SKIPDATA"), _) => Status::Skipped,
            _ => return Err(Bad::field("log-status", "is none of `OK`, `NODATA`, `SKIPDATA`")),
        };
        let packets_go = match text("flow-direction") {
            Some("ingress") => Some("ingress"),
            Some("egress") => Some("egress"),
            None => None,
            Some(_) => return Err(Bad::field("flow-direction", "is neither `ingress` nor `egress`")),
        };
        // The addresses of the packets, where a gateway between has put its own into the flow's.
        let source = text("pkt-srcaddr").or(text("srcaddr"));
        let destination = text("pkt-dstaddr").or(text("dstaddr"));
        if matches!(status, Status::Flow(_)) && (source.is_none() || destination.is_none()) {
            return Err(missing("srcaddr"));
        }
        Ok(Record {
            interface: interface.to_owned(),
            instance: arn(text("instance-id"), text("account-id"), text("region")),
            status,
            start: instant("start")?,
            end: instant("end")?,
            source: source.unwrap_or_default().to_owned(),
            destination: destination.unwrap_or_default().to_owned(),
            source_port: number("srcport")?,
            destination_port: number("dstport")?,
            tcp_flags: number("tcp-flags")?,
            packets_go,
            bytes: number("bytes")?,
            protocol: number("protocol")?,
        })
    }
}

fn arn(instance: Option<&str>, account: Option<&str>, region: Option<&str>) -> Option<String> {
    Some(format!("arn:aws:ec2:{}:{}:instance/{}", region?, account?, instance?))
}
