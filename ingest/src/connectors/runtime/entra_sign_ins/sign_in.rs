//! One sign-in, as Microsoft Graph gives it or as a diagnostic setting exports it.

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields, missing};
use crate::outcome::Outcome;

/// Codes by which the directory says that it could not answer, and not that it would not.
const FAILURES: [i64; 4] = [90_006, 90_012, 90_033, 90_055];

/// An id of nought, which the directory writes where there is none.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// What signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An app, with a secret, a certificate or a federated token.
    ServicePrincipal,
    /// An identity whose credentials the platform keeps.
    ManagedIdentity,
    /// A person.
    User,
}

impl Kind {
    /// The kinds of identity whose sign-ins are all in the same log as this one.
    pub const fn covers(self) -> &'static [&'static str] {
        match self {
            // What is known of an app without its service principal is the app.
            Self::ServicePrincipal => &["service_principal", "app"],
            Self::ManagedIdentity => &["managed_identity"],
            Self::User => &[],
        }
    }
}

/// A sign-in.
#[derive(Debug)]
pub struct SignIn<'a> {
    /// Its id.
    pub id: &'a str,
    /// When.
    pub at: Instant,
    /// What signs in.
    pub kind: Kind,
    /// The tenant that recorded it, where it says so.
    pub tenant: Option<&'a str>,
    /// The app's client id, of apps and managed identities.
    pub app: Option<&'a str>,
    /// The object id of the service principal or of the user.
    pub object: Option<&'a str>,
    /// The id of the secret or certificate.
    pub key: Option<&'a str>,
    /// What the token is for.
    pub resource: Option<&'a str>,
    /// Whether it was given.
    pub outcome: Outcome,
    /// The code of a refusal.
    pub reason: Option<String>,
    /// The caller's address.
    pub source_ip: Option<&'a str>,
    /// The number of the network that the address is of.
    pub network: Option<i64>,
    /// Whether a person sat before it, where it says so.
    pub interactive: Option<bool>,
}

impl<'a> SignIn<'a> {
    /// Reads a sign-in.
    pub fn read(record: Fields<'a>) -> Result<Self, Bad> {
        let body = record.object("properties")?.unwrap_or(record);
        let kind = kind(record, body)?;
        let code = code(record, body)?;
        let outcome = match code {
            0 => Outcome::Success,
            code if FAILURES.contains(&code) => Outcome::Error,
            _ => Outcome::Denied,
        };
        let object = if kind == Kind::User { "userId" } else { "servicePrincipalId" };
        let app = id(body, "appId")?.filter(|_| kind != Kind::User);
        Ok(Self {
            id: body.need_text("id")?,
            at: time(record).ok_or_else(|| missing("createdDateTime"))?,
            kind,
            tenant: id(record, "tenantId")?.or(id(body, "resourceTenantId")?),
            app,
            object: id(body, object)?,
            key: id(body, "servicePrincipalCredentialKeyId")?,
            resource: body.text("resourceDisplayName")?.or(id(body, "resourceId")?),
            outcome,
            reason: (code != 0).then(|| code.to_string()),
            source_ip: body.text("ipAddress")?,
            network: body.int("autonomousSystemNumber")?.filter(|number| *number > 0),
            interactive: interactive(record, body, kind)?,
        })
    }
}

/// When a record happened, whatever else is wrong with it.
pub fn time(record: Fields<'_>) -> Option<Instant> {
    let body = record.object("properties").ok().flatten().unwrap_or(record);
    body.instant("createdDateTime").ok().flatten().or_else(|| record.instant("time").ok().flatten())
}

/// An id that is not nought.
fn id<'a>(fields: Fields<'a>, name: &str) -> Result<Option<&'a str>, Bad> {
    Ok(fields.text(name)?.filter(|id| *id != NOBODY))
}

fn kind(record: Fields<'_>, body: Fields<'_>) -> Result<Kind, Bad> {
    if let Some(category) = record.text("category")? {
        return match category {
            "ServicePrincipalSignInLogs" | "AADServicePrincipalSignInLogs" => Ok(Kind::ServicePrincipal),
            "ManagedIdentitySignInLogs" | "AADManagedIdentitySignInLogs" => Ok(Kind::ManagedIdentity),
            "SignInLogs" | "NonInteractiveUserSignInLogs" | "AADNonInteractiveUserSignInLogs" => {
                Ok(Kind::User)
            }
            _ => Err(Bad::field("category", "is none of the logs of sign-ins")),
        };
    }
    let types = body.list("signInEventTypes")?;
    match types.first().and_then(Value::as_str) {
        Some("servicePrincipal") => Ok(Kind::ServicePrincipal),
        Some("managedIdentity") => Ok(Kind::ManagedIdentity),
        Some("interactiveUser" | "nonInteractiveUser") => Ok(Kind::User),
        Some(_) => Err(Bad::field("signInEventTypes", "is none of the kinds of sign-ins")),
        // The stable version of the interface has no such field, and sign-ins of people only.
        None if id(body, "servicePrincipalId")?.is_none() => Ok(Kind::User),
        None => Ok(Kind::ServicePrincipal),
    }
}

/// Apps and the platform sign in by themselves; people's sign-ins come in two logs.
fn interactive(record: Fields<'_>, body: Fields<'_>, kind: Kind) -> Result<Option<bool>, Bad> {
    if kind != Kind::User {
        return Ok(Some(false));
    }
    let event = body.list("signInEventTypes")?.first().and_then(Value::as_str);
    Ok(match (record.text("category")?, event) {
        (Some("SignInLogs"), _) | (None, Some("interactiveUser")) => Some(true),
        (Some(_), _) | (None, Some(_)) => Some(false),
        (None, None) => body.bool("isInteractive")?,
    })
}

/// The result's code: a number, or a text of digits.
fn code(record: Fields<'_>, body: Fields<'_>) -> Result<i64, Bad> {
    for (fields, path) in [(body, "status.errorCode"), (record, "resultType")] {
        match fields.get(path) {
            Some(Value::String(text)) => {
                return text.parse().map_err(|_| Bad::field(path, "is not a code of digits"));
            }
            Some(_) => return fields.int(path)?.ok_or_else(|| missing(path)),
            None => {}
        }
    }
    Err(missing("status.errorCode"))
}
