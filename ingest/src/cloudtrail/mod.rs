//! AWS CloudTrail: calls to the control plane, by whom and with which key, and the life of the keys.
//!
//! | file | holds |
//! | --- | --- |
//! | `event.rs` | one event: its fields, action, outcome and resource |
//! | `caller.rs` | who called, and with which key |
//! | `lifecycle.rs` | keys that the calls make, switch off and delete |
//! | `watched.rs` | the coverage that a file proves, and its holes |

mod caller;
mod event;
mod lifecycle;
mod watched;

use std::collections::HashMap;

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::{Collector, Connector, Context, Head, IngestError, Output, json};
use caller::Caller;
use event::Event;
use lifecycle::Lifecycle;
use watched::Watched;

/// The connector.
#[derive(Debug)]
pub struct CloudTrail;

const NAME: &str = "cloudtrail";

/// The longest that a session of any kind lasts, in microseconds.
const LONGEST_SESSION: i64 = 36 * 3_600 * 1_000_000;

/// The shapes in which events come: as delivered, as an array, alone, as `lookup-events` wraps them.
const SHAPES: [[&str; 2]; 4] = [
    ["Records[].eventSource", "Records[].eventName"],
    ["[].eventSource", "[].eventName"],
    ["eventSource", "eventName"],
    ["Events[].CloudTrailEvent", "Events[].EventId"],
];

impl Connector for CloudTrail {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "AWS CloudTrail: management events, key uses, key lifecycle"
    }

    fn command(&self) -> &'static str {
        "aws cloudtrail lookup-events --start-time 2026-05-01T00:00:00Z --end-time 2026-06-01T00:00:00Z --output json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        SHAPES.iter().any(|paths| head.has_all(paths))
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut log = Log::new(context);
        let mut known = false;
        let mut broken = Vec::new();
        let records = json::records(input)?;
        let mut events = Vec::new();
        for record in records {
            match record.value {
                Ok(value) => known |= unwrap(record.place, value, &mut events),
                Err(reason) => broken.push((record.place, reason)),
            }
        }
        if !known {
            let expected =
                "there is no `eventSource` and `eventName` in it, alone, in `Records` or in `Events`";
            return Err(IngestError::NotThisFormat { tool: NAME, expected: expected.to_owned() });
        }
        for (place, reason) in broken {
            log.facts.reject(place, Bad::record(reason));
            log.watched.lost(None, None);
        }
        for (_, event) in &events {
            if let Ok(event) = event {
                log.lifecycle.learn(event);
            }
        }
        for (place, event) in &events {
            match event {
                Ok(event) => log.event(place, event),
                Err(reason) => {
                    log.facts.reject(place, Bad::record(reason.as_str()));
                    log.watched.lost(None, None);
                }
            }
        }
        Ok(log.finish())
    }
}

/// Takes the events out of what they are wrapped in. Whether it was a wrapping or an event that we know.
fn unwrap(place: String, value: Value, events: &mut Vec<(String, Result<Value, String>)>) -> bool {
    let Value::Object(mut map) = value else {
        events.push((place, Err("is not an object".to_owned())));
        return false;
    };
    for list in ["Records", "Events"] {
        if let Some(Value::Array(values)) = map.get_mut(list).map(Value::take) {
            let values = values.into_iter().enumerate();
            events.extend(values.map(|(n, value)| (format!("{place}.{list}[{n}]"), bare(value))));
            return true;
        }
    }
    let known = map.contains_key("eventSource") && map.contains_key("eventName");
    events.push((place, bare(Value::Object(map))));
    known
}

/// An event without the wrapping of `lookup-events`, which carries it as a text.
fn bare(value: Value) -> Result<Value, String> {
    match value.get("CloudTrailEvent").and_then(Value::as_str) {
        Some(text) => serde_json::from_str(text).map_err(|_| "`CloudTrailEvent` is not JSON".to_owned()),
        None => Ok(value),
    }
}

/// What has been gathered of a file.
struct Log {
    facts: Collector,
    lifecycle: Lifecycle,
    watched: Watched,
    /// The newest sighting of each key that called, in the order of their first calls.
    callers: Vec<Used>,
    index: HashMap<String, usize>,
    account: Option<String>,
    insights: usize,
}

/// A key that called.
struct Used {
    key: String,
    caller: Caller,
    place: String,
    at: assize::facts::Instant,
}

impl Log {
    fn new(context: &Context) -> Self {
        Self {
            facts: Collector::new(NAME, context),
            lifecycle: Lifecycle::new(context),
            watched: Watched::default(),
            callers: Vec::new(),
            index: HashMap::new(),
            account: context.account.clone(),
            insights: 0,
        }
    }

    /// Reads one event. One that cannot be read was seen and lost: a hole where and when it was.
    fn event(&mut self, place: &str, value: &Value) {
        let fields = match Fields::of(value) {
            Ok(fields) => fields,
            Err(bad) => {
                self.facts.reject(place, bad);
                return self.watched.lost(None, None);
            }
        };
        if fields.get("eventCategory").and_then(Value::as_str) == Some("Insight") {
            self.insights = self.insights.saturating_add(1);
            return;
        }
        match Event::read(fields, self.account.as_deref()) {
            Ok(event) => self.facts_of(place, &event),
            Err(bad) => {
                self.facts.reject(place, bad);
                let account = event::account(fields, self.account.as_deref());
                let at = fields.instant("eventTime").ok().flatten();
                self.watched.lost(account.as_deref(), at);
            }
        }
    }

    fn facts_of(&mut self, place: &str, event: &Event<'_>) {
        let caller = &event.caller;
        let call = self
            .facts
            .report(if event.management { "ApiCall" } else { "DataCall" }, event.id, place, event.at)
            .with("at", event.at.to_string())
            .with("action", event.action.as_str())
            .with("outcome", event.outcome.member())
            .with_known("identity", caller.identity.clone())
            .with_known("secret", caller.key.clone())
            .with_known("resource", event.resource())
            .with_known("source_ip", event.source_ip)
            .with_known("account", event.account.clone());
        self.facts.push(call);
        if let Some(key) = &caller.key {
            let used = self
                .facts
                .report("SecretUse", event.id, place, event.at)
                .with("secret", key.as_str())
                .with("at", event.at.to_string())
                .with("action", event.action.as_str())
                .with("outcome", event.outcome.member())
                .with_known("source_ip", event.source_ip);
            self.facts.push(used);
            self.used(key, caller, place, event.at);
        }
        self.lifecycle.event(place, event, &mut self.facts);
        self.watched.event(event);
    }

    fn used(&mut self, key: &str, caller: &Caller, place: &str, at: assize::facts::Instant) {
        let used = Used { key: key.to_owned(), caller: caller.clone(), place: place.to_owned(), at };
        match self.index.get(key).and_then(|index| self.callers.get_mut(*index)) {
            Some(earlier) if earlier.at <= at => *earlier = used,
            Some(_) => {}
            None => {
                self.index.insert(key.to_owned(), self.callers.len());
                self.callers.push(used);
            }
        }
    }

    fn finish(mut self) -> Output {
        for used in std::mem::take(&mut self.callers) {
            // A session is in no inventory. That it is over is known by its kind alone, or each would stay a
            // secret of which nobody knows the state.
            let session = used.caller.is_static() == Some(false);
            let over = session.then(|| used.at.plus(LONGEST_SESSION).to_string());
            let secret = self
                .facts
                .report("Secret", &used.key, &used.place, used.at)
                .with_known("kind", used.caller.secret_kind())
                .with_known("static", used.caller.is_static())
                .with_known("ended_at", over)
                .with_known("identity", used.caller.identity)
                .with_known("account", used.caller.account);
            self.facts.push(secret);
        }
        if self.insights > 0 {
            self.facts.note(format!("{} insight events are no calls and were left out", self.insights));
        }
        self.watched.finish(&mut self.facts);
        let mut output = self.facts.finish();
        output.lines.extend(self.lifecycle.finish());
        output
    }
}

#[cfg(test)]
mod tests;
