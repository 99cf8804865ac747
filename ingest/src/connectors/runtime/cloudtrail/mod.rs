//! AWS CloudTrail: calls to the control plane, by whom and with which key, and the life of the keys.
//!
//! | file | holds |
//! | --- | --- |
//! | `event.rs` | one event: its fields, action, outcome and resource |
//! | `caller.rs` | who called, and with which key |
//! | `given.rs` | whom a call gives rights or keys, and what it does to data |
//! | `read.rs` | values of secrets that a call reads |
//! | `lifecycle.rs` | keys that the calls make, switch off and delete |
//! | `watched.rs` | the coverage that a file proves, and its holes |

mod caller;
mod event;
mod given;
mod lifecycle;
mod read;
mod watched;

use std::collections::HashMap;

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::reads::{Holder, Holders};
use crate::records::{Around, Form};
use crate::stream::{self, Reading, Streaming};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, json, keys};
use caller::Caller;
use event::Event;
use lifecycle::Lifecycle;
use watched::Watched;

/// The connector.
#[derive(Debug)]
pub struct CloudTrail;

const NAME: &str = "cloudtrail";

/// After how many keys that called what is known of them is said, so that it need not be held.
const CALLERS: usize = 65_536;

/// What is said of a record that is none.
const NO_OBJECT: &str = "is not an object";

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

    fn basis(&self) -> Basis {
        Basis::ControlPlane
    }

    fn command(&self) -> &'static str {
        "aws cloudtrail lookup-events --start-time 2026-05-01T00:00:00Z --end-time 2026-06-01T00:00:00Z --output json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        SHAPES.iter().any(|paths| head.has_all(paths))
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        stream::whole(self, input, context)
    }

    fn streaming(&self) -> Option<&dyn Streaming> {
        Some(self)
    }
}

impl Streaming for CloudTrail {
    fn form(&self) -> Form {
        Form { lists: ["Records", "Events"].map(str::to_owned).into(), ..Form::default() }
    }

    fn begin(&self, context: &Context) -> Result<Box<dyn Reading>, IngestError> {
        Ok(Box::new(Log::new(context)))
    }
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
    holders: Holders,
    /// The newest sighting of each key that called, in the order of their first calls.
    callers: Vec<Used>,
    index: HashMap<String, usize>,
    account: Option<String>,
    insights: usize,
    /// Whether any record is an event.
    known: bool,
}

impl Reading for Log {
    fn record(&mut self, record: json::Record) {
        match record.value.and_then(|value| if value.is_object() { Ok(value) } else { Err(NO_OBJECT.into()) })
        {
            Ok(value) => {
                self.known |= value.get("eventSource").is_some() && value.get("eventName").is_some();
                match bare(value) {
                    Ok(event) => self.event(&record.place, &event),
                    Err(reason) => self.lost(record.place, reason),
                }
            }
            Err(reason) => self.lost(record.place, reason),
        }
    }

    fn take(&mut self) -> Output {
        if self.callers.len() > CALLERS {
            self.report_callers();
        }
        let mut output = self.facts.take();
        output.lines.extend(self.lifecycle.take());
        output
    }

    fn finish(mut self: Box<Self>, around: &Around) -> Result<Output, IngestError> {
        if !self.known && !around.wrapped {
            let expected =
                "there is no `eventSource` and `eventName` in it, alone, in `Records` or in `Events`";
            return Err(IngestError::NotThisFormat { tool: NAME, expected: expected.to_owned() });
        }
        self.report_callers();
        if self.insights > 0 {
            self.facts.note(format!("{} insight events are no calls and were left out", self.insights));
        }
        self.lifecycle.created_keys(&mut self.facts);
        self.watched.finish(&mut self.facts);
        self.holders.finish(&mut self.facts);
        let mut output = self.facts.finish();
        output.lines.extend(self.lifecycle.finish());
        Ok(output)
    }
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
            holders: Holders::default(),
            callers: Vec::new(),
            index: HashMap::new(),
            account: context.account.clone(),
            insights: 0,
            known: false,
        }
    }

    /// A record that is no event was seen and lost.
    fn lost(&mut self, place: String, reason: String) {
        self.facts.reject(place, Bad::record(reason));
        self.watched.lost(None, None);
    }

    /// Reads one event. One that cannot be read was seen and lost: a hole where and when it was.
    fn event(&mut self, place: &str, value: &Value) {
        self.lifecycle.learn(value);
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
        let mut call = self
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
        call = if event.management {
            let call = given::gift(event, &self.lifecycle).tell(call);
            call.with("deletes_after", given::deletes_after(event))
        } else {
            call.with_known("encrypted_with", given::encrypted_with(event))
        };
        self.facts.push(call);
        self.read(place, event);
        if event.action == "signin:ConsoleLogin" {
            self.sign_in(place, event);
        }
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
        self.lifecycle.event(place, event);
        self.watched.event(event);
    }

    /// Adds a sign-in at the console, where people sit. Nothing is concluded from silence about them: keys need none.
    fn sign_in(&mut self, place: &str, event: &Event<'_>) {
        let report = self
            .facts
            .report("SignIn", event.id, place, event.at)
            .with("at", event.at.to_string())
            .with("outcome", event.outcome.member())
            .with("interactive", true)
            .with("secret", Value::Null)
            .with_known("identity", event.caller.identity.clone())
            .with_known("source_ip", event.source_ip)
            .with_known("account", event.account.clone());
        self.facts.push(report);
    }

    /// Adds the secrets that a call reads, each by itself.
    fn read(&mut self, place: &str, event: &Event<'_>) {
        let (Some(read), Some(account)) = (read::read(event), event.account.as_deref()) else { return };
        let ids = (1..).map(|n: usize| keys::natural(&[event.id, &n.to_string()]));
        let ids = std::iter::once(event.id.to_owned()).chain(ids);
        let mut secrets: Vec<Option<Value>> = read.secrets.into_iter().map(|it| Some(it.into())).collect();
        if secrets.is_empty() {
            secrets.push(read.all.then_some(Value::Null));
        }
        for (secret, id) in secrets.into_iter().zip(ids) {
            let holder = Holder::aws(read.service, account);
            let report = self
                .holders
                .read(holder, &id, place, event.at, &self.facts)
                .with_known("secret", secret)
                .with("outcome", event.outcome.member())
                .with_known("identity", event.caller.identity.clone());
            self.facts.push(report);
        }
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

    /// Says of each key that called what its calls show.
    fn report_callers(&mut self) {
        self.index.clear();
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
    }
}

#[cfg(test)]
mod tests;
