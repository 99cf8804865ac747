//! One event.

use assize::facts::Instant;
use serde_json::Value;

use crate::component;
use crate::fields::{Bad, Fields, missing};
use crate::place::Place;

/// What the sensor says of itself.
const RATE_LIMIT: &str = "rate_limit_info";
const THROTTLE: &str = "process_throttle";

/// An event that has what every event has.
#[derive(Debug)]
pub struct Event<'a> {
    /// `process_exec`, `rate_limit_info`, …
    pub kind: &'a str,
    /// When it happened.
    pub at: Instant,
    /// Its time as written, to the nanosecond; part of the key.
    pub stamp: &'a str,
    /// The node.
    pub node: &'a str,
    /// The process's own id, one for ever.
    pub exec_id: Option<&'a str>,
    /// Whether the process ran before the sensor did, and was found in `/proc`.
    pub found: bool,
    body: Fields<'a>,
}

/// Whether a value is an event of any kind.
pub fn is_event(value: &Value) -> bool {
    value.as_object().is_some_and(|map| map.keys().any(|name| is_kind(name)))
}

fn is_kind(name: &str) -> bool {
    name == RATE_LIMIT || name.starts_with("process_")
}

impl<'a> Event<'a> {
    /// Reads an event.
    pub fn read(fields: Fields<'a>) -> Result<Self, Bad> {
        let kind = fields.map().keys().find(|name| is_kind(name));
        let kind = kind.ok_or_else(|| Bad::record("holds no event that we know"))?;
        let body = fields.object(kind)?.ok_or_else(|| missing(kind))?;
        // A line that was taken out of its stream may lack its time; a start has it twice.
        let (stamp, at) = match (fields.instant("time")?, body.instant("process.start_time")?) {
            (Some(at), _) => (fields.need_text("time")?, at),
            (None, Some(at)) if kind == "process_exec" => (body.need_text("process.start_time")?, at),
            _ => return Err(missing("time")),
        };
        let flags = body.text("process.flags")?.unwrap_or_default();
        Ok(Self {
            kind,
            at,
            stamp,
            node: fields.text("node_name")?.unwrap_or_default(),
            exec_id: body.text("process.exec_id")?,
            found: flags.split(' ').any(|flag| flag == "procFS"),
            body,
        })
    }

    /// Whether it is about a process, and not about the sensor.
    pub fn is_activity(&self) -> bool {
        !matches!(self.kind, RATE_LIMIT | THROTTLE)
    }

    /// The executable that was started, or the library that a probe saw being opened.
    pub fn path(&self) -> Result<Option<&'a str>, Bad> {
        match self.kind {
            "process_exec" => self.body.need_text("process.binary").map(Some),
            "process_kprobe" | "process_lsm" | "process_tracepoint" => {
                for argument in self.body.list("args")? {
                    let argument = Fields::of(argument)?;
                    for name in ["file_arg.path", "path_arg.path", "string_arg"] {
                        if let Some(path) = argument.text(name)?
                            && component::is_library(path)
                        {
                            return Ok(Some(path));
                        }
                    }
                }
                Ok(None)
            }
            "process_loader" => Ok(self.body.text("path")?.filter(|path| component::is_library(path))),
            _ => Ok(None),
        }
    }

    /// Where it happened.
    pub fn place(&self) -> Result<Place<'a>, Bad> {
        match self.body.object("process.pod")? {
            Some(pod) => {
                Ok(Place::Pod { namespace: pod.need_text("namespace")?, name: pod.need_text("name")? })
            }
            None if self.body.text("process.docker")?.is_some() => Ok(Place::Container),
            None => Ok(Place::Host),
        }
    }

    /// The path of the parent's executable. Of what opens a library it is the opener's.
    pub fn parent(&self) -> Option<&'a str> {
        let who = if self.kind == "process_exec" { "parent.binary" } else { "process.binary" };
        self.body.text(who).ok().flatten()
    }

    /// Whether it says that events were dropped on export.
    pub fn dropped(&self) -> bool {
        self.kind == RATE_LIMIT
    }

    /// The group of processes whose events are held back from now on (`true`) or no longer (`false`).
    pub fn throttle(&self) -> Option<(&'a str, bool)> {
        if self.kind != THROTTLE {
            return None;
        }
        let start = self.body.text("type").ok().flatten()? == "THROTTLE_START";
        Some((self.body.text("cgroup").ok().flatten().unwrap_or_default(), start))
    }
}
