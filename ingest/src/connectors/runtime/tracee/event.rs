//! One event.

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields, missing};
use crate::place::Place;
use crate::{component, time};

/// A signature that hit.
#[derive(Debug)]
pub struct Signature<'a> {
    /// Its name.
    pub rule: &'a str,
    /// The model's severity.
    pub severity: Option<&'static str>,
    /// MITRE ATT&CK techniques.
    pub techniques: Vec<&'a str>,
}

/// An event that has what every event has.
#[derive(Debug)]
pub struct Event<'a> {
    /// When it happened.
    pub at: Instant,
    /// The same in nanoseconds; part of the key.
    pub stamp: String,
    /// The node.
    pub host: &'a str,
    /// Where it happened.
    pub place: Place<'a>,
    /// The signature, where it is one's.
    pub signature: Option<Signature<'a>>,
    name: &'a str,
    fields: Fields<'a>,
}

/// When a line says that it happened, whatever else is wrong with it.
pub fn time(fields: Fields<'_>) -> Option<Instant> {
    fields.int("timestamp").ok().flatten().map(time::nanos)
}

impl<'a> Event<'a> {
    /// Reads an event.
    pub fn read(fields: Fields<'a>) -> Result<Self, Bad> {
        let name = fields.need_text("eventName")?;
        let nanos = fields.int("timestamp")?.ok_or_else(|| missing("timestamp"))?;
        Ok(Self {
            at: time::nanos(nanos),
            stamp: nanos.to_string(),
            host: fields.text("hostName")?.unwrap_or_default(),
            place: place(fields)?,
            signature: signature(fields, name)?,
            name,
            fields,
        })
    }

    /// The executable that was started.
    pub fn started(&self) -> Result<Option<&'a str>, Bad> {
        match self.name {
            "sched_process_exec" => self.argument("pathname"),
            // The call may have failed, and then nothing was started.
            "execve" | "execveat" if self.fields.int("returnValue")? == Some(0) => self.argument("pathname"),
            _ => Ok(None),
        }
    }

    /// The library that was loaded or opened.
    pub fn library(&self) -> Result<Option<&'a str>, Bad> {
        match self.name {
            "shared_object_loaded" | "security_file_open" => {
                Ok(self.argument("pathname")?.filter(|path| component::is_library(path)))
            }
            _ => Ok(None),
        }
    }

    /// An argument that is a text.
    fn argument(&self, name: &str) -> Result<Option<&'a str>, Bad> {
        let named = |it: &&Value| it.get("name").and_then(Value::as_str) == Some(name);
        let argument = self.fields.list("args")?.iter().find(named);
        Ok(argument.and_then(|it| it.get("value")?.as_str()).filter(|text| !text.is_empty()))
    }
}

/// The fields lay flat before 0.13, and lie in `container` and `kubernetes` since.
fn place(fields: Fields<'_>) -> Result<Place<'_>, Bad> {
    let either = |new: &str, old: &str| Ok(fields.text(new)?.or(fields.text(old)?));
    let namespace = either("kubernetes.podNamespace", "podNamespace")?;
    let pod = either("kubernetes.podName", "podName")?;
    let container = either("container.id", "containerId")?;
    Ok(match (namespace, pod, container) {
        (Some(namespace), Some(name), _) => Place::Pod { namespace, name },
        (_, _, Some(_)) => Place::Container,
        _ => Place::Host,
    })
}

fn signature<'a>(fields: Fields<'a>, event: &'a str) -> Result<Option<Signature<'a>>, Bad> {
    let Some(about) = fields.object("metadata.Properties")? else { return Ok(None) };
    if !about.has("signatureID") {
        return Ok(None);
    }
    let severity = match about.int("Severity")? {
        None => None,
        Some(0) => Some("none"),
        Some(1) => Some("low"),
        Some(2) => Some("medium"),
        Some(3) => Some("high"),
        Some(4) => Some("critical"),
        Some(_) => return Err(Bad::field("metadata.Properties.Severity", "is no severity from 0 to 4")),
    };
    let technique = about.text("external_id")?.filter(|id| id.starts_with('T'));
    Ok(Some(Signature {
        rule: about.text("signatureName")?.unwrap_or(event),
        severity,
        techniques: technique.into_iter().collect(),
    }))
}
