//! Whom or what an event is about.

use serde_json::Value;

use super::event::Kind;
use crate::fields::{Bad, Fields};

/// How many identifiers of one subject are read.
const MOST: usize = 32;

/// A subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The identity.
    pub identity: Option<String>,
    /// Its other keys.
    pub aliases: Vec<String>,
    /// The session or the token, and the model's kind of it.
    pub session: Option<(String, &'static str)>,
}

impl Subject {
    /// The subject of a token, or, as older drafts have it, of the event itself. An event without one is about a
    /// subject that nobody named.
    pub fn of(token: Fields<'_>, event: Fields<'_>, issuer: &str, kind: Kind) -> Result<Self, Bad> {
        let about = match token.object("sub_id")? {
            Some(about) => Some(about),
            None => event.object("subject")?,
        };
        let mut subject = Self::default();
        if let Some(about) = about {
            // A session that is over is named alone.
            let session = kind.name().starts_with("session-");
            subject.read(about, issuer, session)?;
        }
        Ok(subject)
    }

    fn read(&mut self, about: Fields<'_>, issuer: &str, session: bool) -> Result<(), Bad> {
        // The older drafts call the format `subject_type` and write it with hyphens.
        let format = about.text("format")?.or(about.text("subject_type")?);
        let format = format.map(|format| format.replace('-', "_"));
        let issuer_of = |name: &str| Ok(about.text(name)?.unwrap_or(issuer));
        match format.as_deref() {
            Some("iss_sub") => {
                let (of, subject) = (issuer_of("iss")?, about.need_text("sub")?);
                self.identity(oidc(of, subject));
            }
            Some("email") => self.identity(about.need_text("email")?.to_owned()),
            Some("phone_number") => {
                let number = about.text("phone_number")?.or(about.text("phone")?);
                self.identity(number.ok_or_else(|| Bad::field("phone_number", "is missing"))?.to_owned());
            }
            Some("account") => {
                let uri = about.need_text("uri")?;
                self.identity(uri.strip_prefix("acct:").unwrap_or(uri).to_owned());
            }
            // Among them `spiffe://…`.
            Some("uri") => self.identity(about.need_text("uri")?.to_owned()),
            Some("did") => self.identity(about.need_text("url")?.to_owned()),
            Some("opaque") if session => self.session("session", issuer, about.need_text("id")?, "session"),
            Some("opaque") => self.identity(oidc(issuer, about.need_text("id")?)),
            Some("jwt_id") => self.session("jwt", issuer_of("iss")?, about.need_text("jti")?, "token"),
            Some("saml_assertion_id") => {
                self.session("saml", issuer_of("issuer")?, about.need_text("assertion_id")?, "token");
            }
            Some("aliases") => {
                for about in about.list("identifiers")?.iter().take(MOST) {
                    let about = Fields::of(about)?;
                    if about.text("format")? == Some("aliases") {
                        return Err(Bad::field("identifiers", "holds aliases of aliases"));
                    }
                    self.read(about, issuer, false)?;
                }
            }
            Some("ip_addresses") => {}
            Some("complex") | None => self.parts(about, issuer)?,
            Some(_) => return Err(Bad::field("sub_id.format", "is none of the formats of subjects")),
        }
        Ok(())
    }

    /// The parts of a subject that is a session of a user on a device.
    fn parts(&mut self, about: Fields<'_>, issuer: &str) -> Result<(), Bad> {
        for (name, session) in [("session", true), ("user", false), ("application", false)] {
            let Some(part) = about.map().get(name).filter(|part| !part.is_null()) else { continue };
            let part = Fields::of(part)?;
            if part.text("format")? == Some("complex") {
                return Err(Bad::field(name, "is a subject of several parts within another"));
            }
            // Of a user's event in an application the user is whom it is about.
            if name != "application" || self.identity.is_none() {
                self.read(part, issuer, session)?;
            }
        }
        let known = ["format", "session", "user", "application", "device", "tenant", "org_unit", "group"];
        let others = about.map().iter().filter(|(_, value)| matches!(value, Value::Object(_)));
        match others.map(|(name, _)| name.as_str()).find(|name| !known.contains(name)) {
            Some(_) => Err(Bad::field("sub_id", "has a part that nobody knows")),
            None => Ok(()),
        }
    }

    fn identity(&mut self, key: String) {
        match &self.identity {
            None => self.identity = Some(key),
            Some(known) if *known != key => self.aliases.push(key),
            Some(_) => {}
        }
    }

    fn session(&mut self, scheme: &str, issuer: &str, id: &str, kind: &'static str) {
        self.session = Some((format!("{scheme}:{}#{id}", bare(issuer)), kind));
    }
}

/// A subject of an issuer, as the connectors of clouds and clusters name it too.
fn oidc(issuer: &str, subject: &str) -> String {
    format!("oidc:{}#{subject}", bare(issuer))
}

/// An issuer without scheme and last slash.
fn bare(issuer: &str) -> &str {
    issuer.strip_prefix("https://").unwrap_or(issuer).trim_end_matches('/')
}
