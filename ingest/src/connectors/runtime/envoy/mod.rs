//! Access logs of Envoy, and of agent gateways: who called which service, and which tools.
//!
//! | file | holds |
//! | --- | --- |
//! | `line.rs` | one line, whatever its fields are called |
//! | `text.rs` | lines of names and values |
//! | `peer.rs` | the caller's certificate, as a proxy passes it on |

mod line;
mod peer;
mod text;

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::logbook::Logbook;
use crate::outcome::Outcome;
use crate::records::{Around, Form};
use crate::stream::{self, Reading, Streaming};
use crate::windows::{Sum, Windows};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, json, keys};
use line::Line;

/// The connector.
#[derive(Debug)]
pub struct Envoy;

const NAME: &str = "envoy";

impl Connector for Envoy {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Envoy and agent gateways: calls of services, tools and agents"
    }

    fn basis(&self) -> Basis {
        Basis::Sensor
    }

    fn command(&self) -> &'static str {
        "kubectl logs -n gateway -l app.kubernetes.io/name=envoy -c envoy --tail=-1"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let line = |prefix: &str| {
            let has = |names: &[&str]| names.iter().any(|name| head.has(&format!("{prefix}{name}")));
            let proxied =
                ["upstream_cluster", "response_flags", "downstream_remote_address", "upstream_host"];
            has(&["start_time"]) && has(&["response_code"]) && has(&proxied)
                || has(&["gateway"]) && has(&["http.status"]) && has(&["route", "listener"])
        };
        line("") || line("[].") || text::is_line(head.first_line())
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        stream::whole(self, input, context)
    }

    fn streaming(&self) -> Option<&dyn Streaming> {
        Some(self)
    }
}

impl Streaming for Envoy {
    fn form(&self) -> Form {
        Form { texts: true, ..Form::default() }
    }

    fn begin(&self, context: &Context) -> Result<Box<dyn Reading>, IngestError> {
        Ok(Box::new(Log {
            facts: Collector::new(NAME, context),
            calls: Windows::default(),
            services: Logbook::default(),
            servers: Logbook::default(),
            known: false,
        }))
    }
}

/// What makes requests one fact.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Call {
    identity: Option<String>,
    service: String,
    action: String,
    outcome: Outcome,
    source_ip: Option<String>,
}

/// What has been gathered.
struct Log {
    facts: Collector,
    calls: Windows<Call>,
    services: Logbook,
    servers: Logbook,
    known: bool,
}

impl Reading for Log {
    fn record(&mut self, record: json::Record) {
        match record.value {
            // The program's other words lie between its lines of names and values.
            Ok(Value::String(line)) if !text::is_line(&line) => {}
            Ok(Value::String(line)) => self.value(&record.place, Ok(text::value(&line))),
            value => self.value(&record.place, value.map_err(Bad::record)),
        }
    }

    fn take(&mut self) -> Output {
        let settled = self.calls.settled();
        self.tell(settled);
        self.facts.take()
    }

    fn finish(mut self: Box<Self>, _: &Around) -> Result<Output, IngestError> {
        if !self.known {
            let expected = "no line has `start_time` and `response_code`, or `http.status`".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        let counted = std::mem::take(&mut self.calls).counted();
        self.tell(counted);
        self.services.finish("service_call", &mut self.facts);
        self.servers.finish("tool_use", &mut self.facts);
        Ok(self.facts.finish())
    }
}

impl Log {
    /// Adds calls that nothing is added to any more.
    fn tell(&mut self, calls: impl IntoIterator<Item = (Call, Sum)>) {
        for (call, sum) in calls {
            let report = service_call(&call, &sum, &self.facts);
            self.facts.push(report);
        }
    }

    fn value(&mut self, place: &str, value: Result<Value, Bad>) {
        let time = |value: &Value| Fields::of(value).ok().and_then(line::time);
        let read = match &value {
            Ok(value) => Fields::of(value).and_then(|fields| {
                self.known |= line::is_line(fields);
                Line::read(fields)
            }),
            Err(bad) => Err(bad.clone()),
        };
        match read {
            Ok(line) => self.line(place, &line),
            Err(bad) => {
                let at = value.as_ref().ok().and_then(time);
                self.services.lost(None, at);
                self.servers.lost(None, at);
                self.facts.reject(place, bad);
            }
        }
    }

    fn line(&mut self, place: &str, line: &Line<'_>) {
        let Some(server) = line.tool_call() else {
            self.servers.passed(line.at);
            self.services.seen(&line.service, line.at);
            let call = Call {
                identity: line.identity.clone(),
                service: line.service.clone(),
                action: line.action.clone(),
                outcome: line.outcome,
                source_ip: line.source_ip.clone(),
            };
            return self.calls.add(call, place, (line.at, line.at), None);
        };
        self.services.passed(line.at);
        if let Some(server) = server {
            self.servers.seen(server, line.at);
        }
        let tool = match (server, line.tool) {
            (Some(server), Some(tool)) => Some((format!("{server}/{tool}"), server, tool)),
            _ => None,
        };
        let source = line.source.unwrap_or_default();
        let key =
            keys::natural(&[&line.stamp, line.request_id.unwrap_or(source), line.rpc_id.unwrap_or_default()]);
        let report = self
            .facts
            .report("ToolUse", &key, place, line.at)
            .with("at", line.at.to_string())
            .with("outcome", line.outcome.member())
            .with_known("agent", line.identity.clone())
            .with_known("tool", tool.as_ref().map(|(id, ..)| id.clone()))
            .with_known("server", server)
            .with_known("session", line.session);
        self.facts.push(report);
        if let Some((id, server, name)) = tool {
            let report =
                self.facts.report("Tool", &id, place, line.at).with("name", name).with("server", server);
            self.facts.push(report);
        }
    }
}

fn service_call(call: &Call, sum: &Sum, facts: &Collector) -> assize::facts::Report {
    let first = sum.first.to_string();
    let outcome = call.outcome.member();
    let caller = call.identity.as_deref().unwrap_or_default();
    let source = call.source_ip.as_deref().unwrap_or_default();
    let key = keys::natural(&[caller, source, &call.service, &call.action, outcome, &first]);
    facts
        .report("ServiceCall", &key, &sum.place, sum.first)
        .with("at", first)
        .with("last_at", sum.last.to_string())
        .with("service", call.service.as_str())
        .with("action", call.action.as_str())
        .with("outcome", outcome)
        .with("records", sum.records)
        .with_known("identity", call.identity.clone())
        .with_known("source_ip", call.source_ip.clone())
}

#[cfg(test)]
mod tests;
