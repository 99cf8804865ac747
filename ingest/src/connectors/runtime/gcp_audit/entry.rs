//! One log entry.

use assize::facts::Instant;
use serde_json::Value;

use super::cluster;
use crate::fields::{Bad, Fields, missing};
use crate::keys;
use crate::outcome::Outcome;

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A change of the control plane, which every project records.
    Admin,
    /// A read of the control plane, which few do.
    AdminRead,
    /// Data read or written.
    Data,
}

/// An entry that has all that a call needs.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The log, the instant and the id in it: what makes an entry one.
    pub key: String,
    /// `timestamp`.
    pub at: Instant,
    /// `service:method`, without the domain: `iam:google.iam.admin.v1.CreateServiceAccountKey`; of a cluster's API server
    /// as grants have it: `pods/exec:create`.
    pub action: String,
    /// What it is about.
    pub class: Class,
    /// What became of it.
    pub outcome: Outcome,
    /// The project, folder, organisation or billing account whose log it is in.
    pub account: Option<&'a str>,
    /// `resourceName`; of a cluster's `NAMESPACE/NAME`.
    pub resource: Option<String>,
    /// An address; `None` for what Google calls from within.
    pub source_ip: Option<&'a str>,
    /// The payload.
    pub payload: Fields<'a>,
    /// The labels of the resource that it is of.
    pub labels: Option<Fields<'a>>,
}

impl<'a> Entry<'a> {
    /// Reads an entry. Of requests and answers nothing is read.
    pub fn read(fields: Fields<'a>) -> Result<Self, Bad> {
        let payload = fields.object("protoPayload")?.ok_or_else(|| missing("protoPayload"))?;
        let id = fields.need_text("insertId")?;
        let at = fields.need_instant("timestamp")?;
        let log = fields.need_text("logName")?;
        let service = payload.need_text("serviceName")?;
        let method = payload.need_text("methodName")?;
        let service = service.strip_suffix(".googleapis.com").unwrap_or(service);
        let resource = payload.text("resourceName")?;
        let (of_cluster, place) = match service {
            "k8s.io" => (cluster::action(method), resource.and_then(cluster::resource)),
            _ => (None, None),
        };
        let source_ip = payload.text("requestMetadata.callerIp")?;
        Ok(Self {
            key: keys::natural(&[log, fields.need_text("timestamp")?, id]),
            at,
            action: of_cluster.unwrap_or_else(|| format!("{service}:{method}")),
            class: class(log, payload)?,
            outcome: outcome(payload)?,
            account: account(log),
            resource: place.or_else(|| resource.map(str::to_owned)),
            source_ip: source_ip.filter(|ip| !matches!(*ip, "private" | "gce-internal-ip")),
            payload,
            labels: fields.object("resource.labels")?,
        })
    }
}

/// `projects/NAME/logs/…` is of project `NAME`.
fn account(log: &str) -> Option<&str> {
    let mut parts = log.split('/');
    parts.next()?;
    parts.next().filter(|name| !name.is_empty())
}

fn class(log: &str, payload: Fields<'_>) -> Result<Class, Bad> {
    let name = log.rsplit_once("cloudaudit.googleapis.com").map(|(_, name)| name);
    let name =
        name.map(|name| name.trim_start_matches("%2F").trim_start_matches("%2f").trim_start_matches('/'));
    match name {
        Some("activity" | "system_event" | "policy") => Ok(Class::Admin),
        Some("data_access") => Ok(of_permissions(payload)),
        _ => Err(Bad::field("logName", "is none of the audit logs")),
    }
}

/// What the data access log has of the control plane says so at its permissions; what does not is data.
fn of_permissions(payload: Fields<'_>) -> Class {
    let checked = payload.list("authorizationInfo").unwrap_or_default();
    let mut kinds = checked.iter().filter_map(|it| it.get("permissionType").and_then(Value::as_str));
    match kinds.next() {
        Some("ADMIN_READ") => Class::AdminRead,
        Some("ADMIN_WRITE") => Class::Admin,
        _ => Class::Data,
    }
}

/// By the status's code of gRPC; 7 is permission denied and 16 unauthenticated. Where there is none, by what
/// was granted.
fn outcome(payload: Fields<'_>) -> Result<Outcome, Bad> {
    match payload.int("status.code")? {
        Some(7 | 16) => Ok(Outcome::Denied),
        Some(0) | None => {
            let checked = payload.list("authorizationInfo")?;
            let refused = checked.iter().any(|it| it.get("granted") == Some(&Value::Bool(false)));
            let message = payload.has("status.message");
            Ok(if refused && message { Outcome::Denied } else { Outcome::Success })
        }
        Some(1..=15) => Ok(Outcome::Error),
        Some(_) => Err(Bad::field("status.code", "is none of the codes of gRPC")),
    }
}
