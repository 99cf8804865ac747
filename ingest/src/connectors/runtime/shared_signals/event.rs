//! One event of a token.

use assize::facts::Instant;

use crate::fields::{Bad, Fields, missing};
use crate::time;

/// The types of events that the model has a word for, as the profiles write them.
const KINDS: [&str; 22] = [
    "session-revoked",
    "session-established",
    "session-presented",
    "token-claims-change",
    "credential-change",
    "assurance-level-change",
    "device-compliance-change",
    "risk-level-change",
    "account-disabled",
    "account-enabled",
    "account-purged",
    "account-credential-change-required",
    "credential-compromise",
    "identifier-changed",
    "identifier-recycled",
    "recovery-activated",
    "recovery-information-changed",
    "sessions-revoked",
    "opt-in",
    "opt-out-initiated",
    "opt-out-cancelled",
    "opt-out-effective",
];

/// What an event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind(&'static str);

impl Kind {
    /// By the last part of its type's name.
    pub fn named(name: &str) -> Option<Self> {
        KINDS.iter().find(|kind| **kind == name).map(|kind| Self(kind))
    }

    /// As the profiles write it.
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// The enum's member in the model.
    pub fn word(self) -> String {
        self.0.replace('-', "_")
    }
}

/// What was done to a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was made.
    Create,
    /// It was changed.
    Update,
    /// It holds no more.
    Revoke,
    /// It is no more.
    Delete,
}

impl Change {
    /// The enum's member in the model.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Revoke => "revoke",
            Self::Delete => "delete",
        }
    }
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What it says.
    pub kind: Kind,
    /// When it happened.
    pub at: Instant,
    /// What was done to a credential.
    pub change: Option<Change>,
    /// The credential's type: `password`, `x509`, `fido2-roaming`.
    pub credential: Option<String>,
    /// The certificate's issuer and serial number.
    pub certificate: Option<(String, String)>,
    /// Who set it off.
    pub initiator: Option<&'static str>,
    /// The new level of risk, as the model's severity.
    pub risk: Option<&'static str>,
}

/// When an event happened: by itself, else by the token, else when the token was made.
pub fn at(token: Fields<'_>, body: Fields<'_>) -> Result<Instant, Bad> {
    let seconds = body.int("event_timestamp")?.or(token.int("toe")?).or(token.int("iat")?);
    let seconds = seconds.ok_or_else(|| missing("iat"))?;
    // Drafts of before 2022 count milliseconds.
    let at = if seconds > 100_000_000_000 { time::millis(seconds) } else { time::seconds(seconds) };
    at.ok_or_else(|| Bad::field("event_timestamp", "is no time"))
}

impl Event {
    /// Reads an event's claims. Of the reasons and the values of claims, which name people, none is kept.
    pub fn read(kind: Kind, body: Fields<'_>, at: Instant) -> Result<Self, Bad> {
        let change = match body.text("change_type")? {
            None => None,
            Some("create") => Some(Change::Create),
            Some("update") => Some(Change::Update),
            Some("revoke") => Some(Change::Revoke),
            Some("delete") => Some(Change::Delete),
            Some(_) => return Err(Bad::field("change_type", "is none of a credential's changes")),
        };
        let initiator = match body.text("initiating_entity")? {
            None => None,
            Some("admin") => Some("admin"),
            Some("user") => Some("user"),
            Some("policy") => Some("policy"),
            Some("system") => Some("system"),
            Some(_) => return Err(Bad::field("initiating_entity", "is none of those that initiate")),
        };
        let risk = match body.text("current_level")?.filter(|_| kind.name() == "risk-level-change") {
            None => None,
            Some("LOW") => Some("low"),
            Some("MEDIUM") => Some("medium"),
            Some("HIGH") => Some("high"),
            Some(_) => return Err(Bad::field("current_level", "is none of the levels of risk")),
        };
        let certificate = match (body.text("x509_issuer")?, body.text("x509_serial")?) {
            (Some(issuer), Some(serial)) => Some((issuer.to_owned(), serial.to_ascii_lowercase())),
            _ => None,
        };
        let credential = body.text("credential_type")?.map(str::to_owned);
        Ok(Self { kind, at, change, credential, certificate, initiator, risk })
    }
}
