//! One event.

use assize::facts::Instant;

use crate::fields::{Bad, Fields, missing};
use crate::outcome::Outcome;

/// How far a request has come, in the order in which the log tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It came in.
    Received,
    /// The answer has begun, of a request that lasts: a watch, a shell.
    Started,
    /// The answer is complete.
    Complete,
    /// The server has failed.
    Panic,
}

/// An event that has what every event has.
#[derive(Debug)]
pub struct Request<'a> {
    /// `auditID`, the same at every stage.
    pub id: &'a str,
    /// How far it has come.
    pub stage: Stage,
    /// When the request came in, which every stage says.
    pub at: Instant,
    /// When the event was written.
    pub written: Instant,
    /// `pods/exec:create`, `deployments.apps:patch`, `url:/healthz:get`: as grants are written.
    pub action: String,
    /// What became of it; `None` while it is under way.
    pub outcome: Option<Outcome>,
    /// `NAMESPACE/NAME`; `NAMESPACE/*` of all; nothing before the slash where there is no namespace.
    pub resource: Option<String>,
    /// Of a request that reads the values of Secrets, which one: namespace and name, or `None` of many.
    pub secret: Option<Option<(&'a str, &'a str)>>,
    /// The first address.
    pub source_ip: Option<&'a str>,
}

impl<'a> Request<'a> {
    /// Reads an event. Of the objects that it may carry nothing is read.
    pub fn read(fields: Fields<'a>) -> Result<Self, Bad> {
        let id = fields.need_text("auditID")?;
        let stage = match fields.need_text("stage")? {
            "RequestReceived" => Stage::Received,
            "ResponseStarted" => Stage::Started,
            "ResponseComplete" => Stage::Complete,
            "Panic" => Stage::Panic,
            _ => return Err(Bad::field("stage", "is none of the stages of an audit event")),
        };
        let received = fields.instant("requestReceivedTimestamp")?;
        let written = fields.instant("stageTimestamp")?;
        // The first version of the format has one time only.
        let at = received.or(fields.instant("timestamp")?).or(written);
        let at = at.ok_or_else(|| missing("requestReceivedTimestamp"))?;
        Ok(Self {
            id,
            stage,
            at,
            written: written.unwrap_or(at),
            action: action(fields)?,
            outcome: outcome(fields, stage)?,
            resource: resource(fields)?,
            secret: secret(fields)?,
            source_ip: fields.list("sourceIPs")?.first().and_then(serde_json::Value::as_str),
        })
    }
}

fn action(fields: Fields<'_>) -> Result<String, Bad> {
    let verb = fields.need_text("verb")?;
    let Some(resource) = fields.text("objectRef.resource")? else {
        // What a request asks of a shell or of a proxy stands behind the question mark.
        let path = fields.need_text("requestURI")?.split('?').next().unwrap_or_default();
        return Ok(format!("url:{path}:{verb}"));
    };
    let mut action = resource.to_owned();
    if let Some(part) = fields.text("objectRef.subresource")? {
        action.push('/');
        action.push_str(part);
    }
    if let Some(group) = fields.text("objectRef.apiGroup")? {
        action.push('.');
        action.push_str(group);
    }
    Ok(format!("{action}:{verb}"))
}

fn resource(fields: Fields<'_>) -> Result<Option<String>, Bad> {
    if fields.text("objectRef.resource")?.is_none() {
        return Ok(None);
    }
    let namespace = fields.text("objectRef.namespace")?;
    let name = fields.text("objectRef.name")?;
    Ok(match (namespace, name) {
        (None, None) => Some("*".to_owned()),
        (namespace, name) => Some(format!("{}/{}", namespace.unwrap_or_default(), name.unwrap_or("*"))),
    })
}

/// The Secret that a request reads. A list and a watch carry the values of all that they tell of.
fn secret(fields: Fields<'_>) -> Result<Option<Option<(&str, &str)>>, Bad> {
    let of_core =
        fields.text("objectRef.apiGroup")?.is_none() && fields.text("objectRef.subresource")?.is_none();
    if fields.text("objectRef.resource")? != Some("secrets") || !of_core {
        return Ok(None);
    }
    let one = fields.text("objectRef.namespace")?.zip(fields.text("objectRef.name")?);
    Ok(match fields.need_text("verb")? {
        "get" | "list" | "watch" => Some(one),
        _ => None,
    })
}

fn outcome(fields: Fields<'_>, stage: Stage) -> Result<Option<Outcome>, Bad> {
    if stage == Stage::Panic {
        return Ok(Some(Outcome::Error));
    }
    if let Some(outcome) = fields.int("responseStatus.code")?.and_then(Outcome::of_http) {
        return Ok(Some(outcome));
    }
    let decision = fields.text("annotations.authorization.k8s.io/decision")?;
    Ok(Some(Outcome::Denied).filter(|_| decision == Some("forbid")))
}
