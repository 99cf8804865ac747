//! What an event makes of identities and secrets.
//!
//! What was said when a credential was made must not be replaced by what a later event says of its state, so each is a
//! source of its own: `…/issued` and `…/state`.

use assize::facts::Line;
use serde_json::Value;

use super::NAME;
use super::event::{Change, Event};
use super::subject::Subject;
use crate::{Collector, Context};

/// The key of a secret and the model's kind of it.
pub type Secret = (String, Option<&'static str>);

/// What the events of an input make of things.
pub struct State {
    issued: Collector,
    state: Collector,
}

/// The session, token or credential that an event is about. Of a credential only a password, of which an identity has
/// one, and a certificate with issuer and serial number can be told from others.
pub fn secret(event: &Event, subject: &Subject) -> Option<Secret> {
    if event.kind.name() != "credential-change" {
        return subject.session.as_ref().map(|(key, kind)| (key.clone(), Some(*kind)));
    }
    if let Some((issuer, serial)) = &event.certificate {
        return Some((format!("x509:{issuer}#{serial}"), Some("certificate")));
    }
    let password = event.credential.as_deref() == Some("password");
    let identity = subject.identity.as_ref().filter(|_| password)?;
    Some((format!("{identity}/password"), Some("password")))
}

/// Whether a secret of this kind lives until somebody ends it.
fn lives_on(kind: Option<&str>) -> Option<bool> {
    match kind? {
        "session" | "token" => Some(false),
        "password" => Some(true),
        // Certificates end by themselves, but some only after decades.
        _ => None,
    }
}

impl State {
    /// For a context.
    pub fn new(context: &Context) -> Self {
        let part = |name: &str| {
            let instance = match &context.instance {
                Some(instance) => format!("{instance}/{name}"),
                None => name.to_owned(),
            };
            Collector::new(NAME, &Context { instance: Some(instance), ..context.clone() })
        };
        Self { issued: part("issued"), state: part("state") }
    }

    /// Adds what an event says.
    pub fn event(&mut self, place: &str, event: &Event, subject: &Subject, secret: Option<&Secret>) {
        let at = event.at.to_string();
        let (into, fields): (_, Vec<(&str, Value)>) = match (event.kind.name(), event.change) {
            ("session-revoked", _) => {
                (&mut self.state, vec![("status", "revoked".into()), ("ended_at", at.into())])
            }
            ("session-established", _) => (&mut self.issued, vec![("created_at", at.into())]),
            ("credential-change", Some(Change::Create)) => {
                (&mut self.issued, vec![("created_at", at.into())])
            }
            ("credential-change", Some(Change::Update)) => {
                (&mut self.state, vec![("status", "active".into()), ("rotated_at", at.into())])
            }
            ("credential-change", Some(Change::Revoke | Change::Delete)) => {
                (&mut self.state, vec![("status", "revoked".into()), ("ended_at", at.into())])
            }
            _ => return self.account(place, event, subject),
        };
        let Some((key, kind)) = secret else { return };
        let mut report = into
            .report("Secret", key, place, event.at)
            .with_known("kind", *kind)
            .with_known("identity", subject.identity.clone());
        for (name, value) in fields {
            report = report.with(name, value);
        }
        report = report.with_known("static", lives_on(*kind));
        into.push(report);
    }

    fn account(&mut self, place: &str, event: &Event, subject: &Subject) {
        let Some(identity) = &subject.identity else { return };
        let report = self.state.report("Identity", identity, place, event.at);
        let report = match event.kind.name() {
            "account-disabled" => report.with("status", "disabled"),
            "account-enabled" => report.with("status", "enabled"),
            "account-purged" => report.with("status", "deleted").with("ended_at", event.at.to_string()),
            _ => return,
        };
        self.state.push(report);
    }

    /// What was gathered.
    pub fn finish(self) -> impl Iterator<Item = Line> {
        self.issued.finish().lines.into_iter().chain(self.state.finish().lines)
    }
}
