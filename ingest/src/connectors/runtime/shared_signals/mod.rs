//! Security event tokens of Shared Signals: what an issuer of identities tells those who rely on it, after the profiles
//! CAEP (sessions, credentials, risk) and RISC (accounts).
//!
//! | file | holds |
//! | --- | --- |
//! | `event.rs` | one event of a token |
//! | `subject.rs` | whom or what it is about |
//! | `state.rs` | what it makes of identities and secrets |

mod event;
mod state;
mod subject;

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields, missing};
use crate::logbook::Logbook;
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, base64, json, keys, time};
use event::{Event, Kind};
use state::State;
use subject::Subject;

/// The connector.
#[derive(Debug)]
pub struct SharedSignals;

const NAME: &str = "shared-signals";

/// How the names of all types of events go on after their profile's.
const TYPE: &str = "/event-type/";

impl Connector for SharedSignals {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Shared Signals (CAEP, RISC): sessions, credentials, accounts"
    }

    fn basis(&self) -> Basis {
        Basis::ControlPlane
    }

    fn command(&self) -> &'static str {
        "curl -s -X POST -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' -d '{\"returnImmediately\": true}' $POLL_ENDPOINT"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let token =
            |prefix: &str| ["iss", "jti", "events"].iter().all(|name| head.has(&format!("{prefix}{name}")));
        let types = head.text().contains("/secevent/");
        types && (token("") || token("[].")) || head.has("sets") && head.has("moreAvailable")
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut log = Log {
            facts: Collector::new(NAME, context),
            state: State::new(context),
            book: Logbook::default(),
            paused: Vec::new(),
            known: false,
        };
        for record in json::records(input)? {
            match record.value {
                Ok(value) => log.record(&record.place, &value),
                Err(reason) => log.reject(&record.place, Bad::record(reason), None),
            }
        }
        if !log.known {
            let expected =
                "there is no token with `iss`, `jti` and `events`, and no answer with `sets`".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        Ok(log.finish())
    }
}

/// What has been gathered.
struct Log {
    facts: Collector,
    state: State,
    book: Logbook,
    /// When streams were paused (`true`) and resumed, by issuer.
    paused: Vec<(String, Instant, bool)>,
    known: bool,
}

impl Log {
    /// A token's claims, or an answer to a poll with the tokens as they were signed.
    fn record(&mut self, place: &str, value: &Value) {
        let Some(Value::Object(sets)) = value.get("sets") else {
            self.known |= value.get("events").is_some();
            return self.token(place, value);
        };
        self.known = true;
        for (number, signed) in sets.values().enumerate() {
            let place = format!("{place}.sets[{number}]");
            match signed.as_str().and_then(claims) {
                Some(claims) => self.token(&place, &claims),
                None => self.reject(&place, Bad::record("is not a signed token"), None),
            }
        }
    }

    fn reject(&mut self, place: &str, bad: Bad, at: Option<Instant>) {
        self.facts.reject(place, bad);
        self.book.lost(None, at);
    }

    fn token(&mut self, place: &str, value: &Value) {
        let issued = |fields: Fields<'_>| fields.int("iat").ok().flatten().and_then(time::seconds);
        let read = Fields::of(value).and_then(|token| {
            let issuer = token.need_text("iss")?;
            let id = token.need_text("jti")?;
            let events = token.object("events")?.ok_or_else(|| missing("events"))?;
            for (kind, body) in events.map() {
                let body = Fields::of(body)?;
                let at = event::at(token, body)?;
                self.event(place, (issuer, id), token, kind, body, at)?;
            }
            Ok(())
        });
        if let Err(bad) = read {
            let at = Fields::of(value).ok().and_then(issued);
            self.reject(place, bad, at);
        }
    }

    fn event(
        &mut self,
        place: &str,
        (issuer, id): (&str, &str),
        token: Fields<'_>,
        kind: &str,
        body: Fields<'_>,
        at: Instant,
    ) -> Result<(), Bad> {
        let unknown = || Bad::field("events", "holds an event of a type that nobody knows");
        let (_, kind) = kind.split_once(TYPE).ok_or_else(unknown)?;
        match kind {
            // A stream shows by these that it works.
            "verification" => self.book.seen(issuer, at),
            "stream-updated" => {
                self.book.passed(at);
                let paused = match body.need_text("status")? {
                    "paused" | "disabled" => true,
                    "enabled" => false,
                    _ => return Err(Bad::field("status", "is none of a stream's")),
                };
                self.paused.push((issuer.to_owned(), at, paused));
            }
            kind => {
                let kind = Kind::named(kind).ok_or_else(unknown)?;
                let event = Event::read(kind, body, at)?;
                let subject = Subject::of(token, body, issuer, kind)?;
                self.book.passed(at);
                self.facts_of(place, issuer, id, &event, &subject);
            }
        }
        Ok(())
    }

    fn facts_of(&mut self, place: &str, issuer: &str, id: &str, event: &Event, subject: &Subject) {
        let secret = state::secret(event, subject);
        let report = self
            .facts
            .report("SecurityEvent", &keys::natural(&[issuer, id, event.kind.name()]), place, event.at)
            .with("kind", event.kind.word())
            .with("at", event.at.to_string())
            .with("issuer", issuer)
            .with("change", event.change.map(event::Change::word))
            .with("risk", event.risk)
            .with_known("initiator", event.initiator)
            .with_known("identity", subject.identity.clone())
            .with_known("secret", secret.as_ref().map(|(key, _)| key.clone()));
        self.facts.push(report);
        for alias in &subject.aliases {
            if let Some(identity) = &subject.identity {
                self.facts.same_as("Identity", alias, identity, place, event.at);
            }
        }
        self.state.event(place, event, subject, secret.as_ref());
    }

    fn finish(mut self) -> Output {
        self.paused.sort();
        let mut since: Option<(String, Instant)> = None;
        for (issuer, at, paused) in std::mem::take(&mut self.paused) {
            let open = since.take().filter(|(of, _)| *of == issuer);
            match (open, paused) {
                (None, true) => since = Some((issuer, at)),
                (Some(open), true) => since = Some(open),
                (Some((issuer, from)), false) => self.book.gap(Some(&issuer), from, at),
                // It was paused before the input begins.
                (None, false) => {
                    self.book.gap(Some(&issuer), self.book.start().map_or(at, |start| start.min(at)), at)
                }
            }
        }
        if let Some((issuer, from)) = since {
            let end = self.book.end().map_or(from, |end| end.max(from));
            self.book.gap(Some(&issuer), from, end);
        }
        if self.book.scopes().next().is_none() {
            self.facts.note(
                "no stream was verified in this input, so nothing is concluded from silence; see the connector's page",
            );
        }
        self.book.finish("security_events", &mut self.facts);
        let mut output = self.facts.finish();
        output.lines.extend(self.state.finish());
        output
    }
}

/// The claims of a signed token. Whether the signature is good was for the receiver to see.
fn claims(token: &str) -> Option<Value> {
    let body = token.split('.').nth(1)?;
    let bytes = base64::decode(&body.replace('-', "+").replace('_', "/"))?;
    json::document(&bytes).ok()
}

#[cfg(test)]
mod tests;
