//! One line.

use std::borrow::Cow;

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields, missing};
use crate::place::Place;
use crate::{component, time};

/// A line that has what every line has.
#[derive(Debug)]
pub struct Alert<'a> {
    /// The rule.
    pub rule: &'a str,
    /// Its time.
    pub at: Instant,
    /// Its time as written, to the nanosecond; part of the key.
    pub stamp: Cow<'a, str>,
    /// The node.
    pub host: &'a str,
    /// `syscall`, or the name of a plugin's source.
    pub source: &'a str,
    /// Where it happened.
    pub place: Place<'a>,
    /// MITRE ATT&CK techniques.
    pub techniques: Vec<&'a str>,
    /// The path of the parent's executable.
    pub parent: Option<&'a str>,
    /// The rule's fields.
    pub fields: Fields<'a>,
    priority: Option<&'a str>,
}

impl<'a> Alert<'a> {
    /// Reads a line.
    pub fn read(line: Fields<'a>) -> Result<Self, Bad> {
        let rule = line.need_text("rule")?;
        let fields = line.object("output_fields")?.ok_or_else(|| missing("output_fields"))?;
        let at = match line.instant("time")? {
            Some(at) => at,
            None => event_time(fields)?.ok_or_else(|| missing("time"))?,
        };
        let host = line.text("hostname")?.or(known(fields, "evt.hostname"));
        let techniques = line.list("tags")?.iter().filter_map(Value::as_str);
        Ok(Self {
            rule,
            at,
            stamp: line.text("time")?.map_or_else(|| Cow::Owned(at.to_string()), Cow::Borrowed),
            host: host.unwrap_or_default(),
            source: line.text("source")?.unwrap_or("syscall"),
            place: place(fields),
            techniques: techniques.filter(|tag| is_technique(tag)).collect(),
            parent: known(fields, "proc.pexepath"),
            fields,
            priority: line.text("priority")?,
        })
    }

    /// The model's severity of the rule's priority; `None` for a word that we do not know.
    pub fn severity(&self) -> Option<&'static str> {
        match self.priority?.to_ascii_lowercase().as_str() {
            "emergency" | "alert" | "critical" => Some("critical"),
            "error" => Some("high"),
            "warning" => Some("medium"),
            "notice" => Some("low"),
            "informational" | "debug" => Some("none"),
            _ => None,
        }
    }

    /// What the line shows to be running: the library that is opened, else the process's executable.
    pub fn path(&self) -> Option<&'a str> {
        let opened = known(self.fields, "evt.type").is_some_and(|it| it.starts_with("open"));
        let library = known(self.fields, "fd.name").filter(|name| opened && component::is_library(name));
        library.or_else(|| known(self.fields, "proc.exepath"))
    }
}

/// The event's time, where the line has none: nanoseconds, under both names whole numbers.
fn event_time(fields: Fields<'_>) -> Result<Option<Instant>, Bad> {
    let nanos = fields.int("evt.time")?.or(fields.int("evt.time.iso8601")?);
    Ok(nanos.map(time::nanos))
}

/// A field's text, without the sensor's word for nothing.
fn known<'a>(fields: Fields<'a>, name: &str) -> Option<&'a str> {
    fields.text(name).ok().flatten().filter(|text| *text != "<NA>")
}

fn place(fields: Fields<'_>) -> Place<'_> {
    match (known(fields, "k8s.ns.name"), known(fields, "k8s.pod.name"), known(fields, "container.id")) {
        (Some(namespace), Some(name), _) => Place::Pod { namespace, name },
        (_, _, None | Some("host")) => Place::Host,
        _ => Place::Container,
    }
}

/// `T1059` or `T1552.001`; a tactic (`TA0003`) is none.
fn is_technique(tag: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    tag.strip_prefix('T').is_some_and(|rest| match rest.split_once('.') {
        Some((technique, sub)) => digits(technique, 4) && digits(sub, 3),
        None => digits(rest, 4),
    })
}
