//! One flow.

use std::net::IpAddr;

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields, missing};
use crate::flows;
use crate::outcome::Outcome;

/// The label by which Cilium says whom a pod runs as.
const ACCOUNT: &str = "k8s:io.cilium.k8s.policy.serviceaccount=";

/// Reasons of drops that are a policy's: nothing allows, it denies, the peer has not proved who it is.
const POLICY: [i64; 3] = [133, 181, 189];

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It says what became of a connection.
    Is(Outcome),
    /// It says nothing of that: an address was translated, a policy was looked up.
    Nothing,
}

/// One side of a flow.
#[derive(Debug)]
pub struct Side<'a> {
    /// Namespace and name.
    pub pod: Option<(&'a str, &'a str)>,
    /// The service account's name.
    pub account: Option<&'a str>,
    /// What Cilium calls the cluster.
    pub cluster: Option<&'a str>,
    /// A name that it was looked up by, else a reserved label, else the address.
    pub name: &'a str,
    /// Whether its address is one of the internet. Only of what is outside of the cluster.
    pub internet: Option<bool>,
}

/// A flow that has what every flow has.
#[derive(Debug)]
pub struct Seen<'a> {
    /// When it was seen.
    pub at: Instant,
    /// The node that saw it.
    pub node: &'a str,
    /// What became of it.
    pub verdict: Verdict,
    /// Whether it answers another.
    pub reply: bool,
    /// Whether it was seen on its way out of the source.
    pub egress: bool,
    /// Whether it was seen on its way into the destination.
    pub ingress: bool,
    /// Who sent it.
    pub source: Side<'a>,
    /// Whom it was sent to.
    pub destination: Side<'a>,
    /// The port that it was sent to.
    pub port: Option<i64>,
    /// `tcp`, `udp`, `icmp`, …
    pub protocol: String,
}

impl<'a> Seen<'a> {
    /// Reads a line: a flow, or an event that holds one.
    pub fn read(line: Fields<'a>) -> Result<Self, Bad> {
        let flow = line.object("flow")?.unwrap_or(line);
        let at = flow.instant("time")?.or(line.instant("time")?).ok_or_else(|| missing("time"))?;
        let node = flow.text("node_name")?.or(line.text("node_name")?).unwrap_or_default();
        let (egress, ingress) = match flow.text("traffic_direction")? {
            Some("EGRESS") => (true, false),
            Some("INGRESS") => (false, true),
            None | Some("TRAFFIC_DIRECTION_UNKNOWN") => (true, true),
            Some(_) => return Err(Bad::field("traffic_direction", "is no direction")),
        };
        let (protocol, port) = layer_4(flow)?;
        Ok(Self {
            at,
            node,
            verdict: verdict(flow)?,
            reply: flow.bool("is_reply")?.or(flow.bool("reply")?).unwrap_or(false),
            egress,
            ingress,
            source: side(flow, "source")?,
            destination: side(flow, "destination")?,
            port,
            protocol,
        })
    }
}

fn verdict(flow: Fields<'_>) -> Result<Verdict, Bad> {
    Ok(match flow.need_text("verdict")? {
        // In audit mode a policy would have dropped it, and did not.
        "FORWARDED" | "REDIRECTED" | "AUDIT" => Verdict::Is(Outcome::Success),
        "DROPPED" => {
            let policy = flow
                .text("drop_reason_desc")?
                .is_some_and(|it| it.contains("POLICY_DEN") || it == "AUTH_REQUIRED");
            let code = flow.int("drop_reason")?.is_some_and(|code| POLICY.contains(&code));
            Verdict::Is(if policy || code { Outcome::Denied } else { Outcome::Error })
        }
        "ERROR" => Verdict::Is(Outcome::Error),
        "TRACED" | "TRANSLATED" | "VERDICT_UNKNOWN" => Verdict::Nothing,
        _ => return Err(Bad::field("verdict", "is none of the verdicts")),
    })
}

/// The protocol in lower case, and the port that was sent to.
fn layer_4(flow: Fields<'_>) -> Result<(String, Option<i64>), Bad> {
    let Some(layer) = flow.object("l4")? else { return Ok(("none".to_owned(), None)) };
    let Some((name, value)) = layer.map().iter().next() else { return Ok(("none".to_owned(), None)) };
    Ok((name.to_ascii_lowercase(), Fields::of(value)?.int("destination_port")?))
}

fn side<'a>(flow: Fields<'a>, which: &'static str) -> Result<Side<'a>, Bad> {
    let address = flow.object("IP")?.map(|ip| ip.text(which)).transpose()?.flatten();
    let names = flow.list(if which == "source" { "source_names" } else { "destination_names" })?;
    let looked_up = names.first().and_then(Value::as_str);
    let Some(side) = flow.object(which)? else {
        let name = looked_up.or(address).unwrap_or("unknown");
        return Ok(Side { pod: None, account: None, cluster: None, name, internet: None });
    };
    let labels = || side.list("labels").unwrap_or_default().iter().filter_map(Value::as_str);
    let pod = match (side.text("namespace")?, side.text("pod_name")?) {
        (Some(namespace), Some(name)) => Some((namespace, name)),
        _ => None,
    };
    let reserved = labels().find_map(|label| label.strip_prefix("reserved:"));
    let world = labels().any(|label| label.starts_with("reserved:world"));
    let public = address.and_then(|address| address.parse::<IpAddr>().ok()).map(flows::is_of_internet);
    Ok(Side {
        pod,
        account: labels().find_map(|label| label.strip_prefix(ACCOUNT)),
        cluster: side.text("cluster_name")?,
        name: looked_up.or(address).or(reserved).unwrap_or("unknown"),
        internet: if world { public } else { Some(false) },
    })
}
