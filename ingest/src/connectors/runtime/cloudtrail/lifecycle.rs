//! Keys that the calls make, switch off and delete.
//!
//! What was said when a key was made must not be replaced by what a later call says of its state, nor the
//! other way round: a source's newer report replaces its older one whole. So each is a source of its own,
//! `…/issued` and `…/state`, beside the calls themselves.

use std::collections::HashMap;

use assize::facts::{Instant, Line};
use serde_json::Value;

use super::event::Event;
use crate::fields::Fields;
use crate::outcome::Outcome;
use crate::{Collector, Context, keys};

/// What the calls of a file do to keys.
pub struct Lifecycle {
    issued: Collector,
    state: Collector,
    /// ARNs by account and `user/NAME` or `role/NAME`: calls name users and roles without their paths.
    names: HashMap<(String, String), String>,
    /// Keys that were made. Whose they are may be known by a later event.
    created: Vec<Created>,
}

/// A key that was made.
struct Created {
    key: String,
    at: Instant,
    created: Instant,
    place: String,
    account: Option<String>,
    /// The name of its user, or else the caller.
    name: Option<String>,
    caller: Option<String>,
    /// Whether the account itself made it for itself.
    own: bool,
    partition: String,
}

impl Lifecycle {
    /// For a context.
    pub fn new(context: &Context) -> Self {
        let part = |name: &str| {
            let instance = match &context.instance {
                Some(instance) => format!("{instance}/{name}"),
                None => name.to_owned(),
            };
            Collector::new(super::NAME, &Context { instance: Some(instance), ..context.clone() })
        };
        Self { issued: part("issued"), state: part("state"), names: HashMap::new(), created: Vec::new() }
    }

    /// Remembers which user or role a name is.
    pub fn learn(&mut self, event: &Value) {
        let text = |value: &Value, path: &str| {
            Fields::of(value).ok().and_then(|it| it.text(path).ok().flatten()).map(str::to_owned)
        };
        for (arn, name) in [
            ("userIdentity.arn", "userIdentity.userName"),
            (
                "userIdentity.sessionContext.sessionIssuer.arn",
                "userIdentity.sessionContext.sessionIssuer.userName",
            ),
            ("responseElements.user.arn", "responseElements.user.userName"),
            ("responseElements.role.arn", "responseElements.role.roleName"),
        ] {
            let (Some(arn), Some(name)) = (text(event, arn), text(event, name)) else { continue };
            let kind = ["user", "role"].into_iter().find(|kind| arn.contains(&format!(":{kind}/")));
            if let (Some(kind), Some(account)) = (kind, keys::arn_account(&arn)) {
                self.names.insert((account.to_owned(), format!("{kind}/{name}")), arn);
            }
        }
    }

    /// The ARN of the user, role or group that a call names: the one with its path that an event so far has named, else
    /// one without.
    pub fn arn(&self, event: &Event<'_>, kind: &str, name: &str) -> Option<String> {
        let account = event.account.as_deref()?;
        let known = self.names.get(&(account.to_owned(), format!("{kind}/{name}")));
        let own = event.caller.arn.as_deref().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
        Some(known.cloned().unwrap_or_else(|| format!("arn:{own}:iam::{account}:{kind}/{name}")))
    }

    /// Reads what a call did. Calls that failed did nothing.
    pub fn event(&mut self, place: &str, event: &Event<'_>) {
        if event.outcome != Outcome::Success {
            return;
        }
        match event.action.as_str() {
            "iam:CreateAccessKey" => self.created(place, event),
            "iam:UpdateAccessKey" => {
                let status = match event.parameter("status") {
                    Some("Active") => "active",
                    Some("Inactive") => "inactive",
                    _ => return,
                };
                self.state(place, event, status);
            }
            "iam:DeleteAccessKey" => self.state(place, event, "revoked"),
            "sts:AssumeRole"
            | "sts:AssumeRoleWithSAML"
            | "sts:AssumeRoleWithWebIdentity"
            | "sts:GetSessionToken"
            | "sts:GetFederationToken" => self.session(place, event),
            _ => {}
        }
    }

    fn created(&mut self, place: &str, event: &Event<'_>) {
        let Some(made) = response(event, "accessKey") else { return };
        let Ok(Some(key)) = made.text("accessKeyId") else { return };
        let caller = &event.caller;
        let name = made.text("userName").ok().flatten().or_else(|| event.parameter("userName"));
        let partition = caller.arn.as_deref().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
        self.created.push(Created {
            key: key.to_owned(),
            at: event.at,
            created: made.text("createDate").ok().flatten().and_then(date).unwrap_or(event.at),
            place: place.to_owned(),
            account: event.account.clone(),
            name: name.map(str::to_owned),
            caller: caller.identity.clone(),
            own: caller.kind.as_deref() == Some("Root") && event.parameter("userName").is_none(),
            partition: partition.to_owned(),
        });
        let status = self.state.report("Secret", key, place, event.at).with("status", "active");
        self.state.push(status);
    }

    /// Says of the keys that were made whose they are, now that every event was read.
    pub fn created_keys(&mut self, facts: &mut Collector) {
        for made in std::mem::take(&mut self.created) {
            let owner = self.owner(&made);
            let account = owner.as_deref().and_then(keys::arn_account).or(made.account.as_deref());
            let report = self
                .issued
                .report("Secret", &made.key, &made.place, made.at)
                .with("kind", "access_key")
                .with("static", true)
                .with("created_at", made.created.to_string())
                .with("expires_at", Value::Null)
                .with("rotated_at", Value::Null)
                .with_known("identity", owner.clone())
                .with_known("account", account);
            self.issued.push(report);
            if let Some(owner) = owner {
                let slot = keys::access_key_slot(&owner, made.created);
                facts.same_as("Secret", &slot, &made.key, &made.place, made.at);
            }
        }
    }

    /// The ARN of the user with a name in the account of the call; the caller itself without a name.
    fn owner(&self, made: &Created) -> Option<String> {
        let Some(name) = &made.name else { return made.caller.clone() };
        let account = made.account.as_deref()?;
        if let Some(arn) = self.names.get(&(account.to_owned(), format!("user/{name}"))) {
            return Some(arn.clone());
        }
        if made.own {
            return made.caller.clone();
        }
        Some(format!("arn:{}:iam::{account}:user/{name}", made.partition))
    }

    fn state(&mut self, place: &str, event: &Event<'_>, status: &str) {
        let Some(key) = event.parameter("accessKeyId") else { return };
        let ended = (status == "revoked").then(|| event.at.to_string());
        let report = self
            .state
            .report("Secret", key, place, event.at)
            .with("status", status)
            .with_known("ended_at", ended);
        self.state.push(report);
    }

    /// A session's key. Its token stands beside it and is never read.
    fn session(&mut self, place: &str, event: &Event<'_>) {
        let Some(made) = response(event, "credentials") else { return };
        let Ok(Some(key)) = made.text("accessKeyId") else { return };
        let role = event.parameter("roleArn").map(str::to_owned);
        let identity = role.or_else(|| event.caller.identity.clone());
        let account = identity.as_deref().and_then(keys::arn_account).or(event.account.as_deref());
        let expires = made.text("expiration").ok().flatten().and_then(date);
        let report = self
            .issued
            .report("Secret", key, place, event.at)
            .with("kind", "session")
            .with("static", false)
            .with("created_at", event.at.to_string())
            .with_known("expires_at", expires.map(|at| at.to_string()))
            .with_known("account", account)
            .with_known("identity", identity.clone());
        self.issued.push(report);
    }

    /// What was gathered so far, let go of.
    pub fn take(&mut self) -> Vec<Line> {
        let mut lines = self.issued.take().lines;
        lines.extend(self.state.take().lines);
        lines
    }

    /// What was gathered.
    pub fn finish(self) -> Vec<Line> {
        let mut lines = self.issued.finish().lines;
        lines.extend(self.state.finish().lines);
        lines
    }
}

/// An object of the call's answer.
fn response<'a>(event: &Event<'a>, name: &str) -> Option<Fields<'a>> {
    event.fields.object("responseElements").ok()??.object(name).ok()?
}

/// A date as CloudTrail writes it inside answers, in UTC: `Jul 30, 2024 9:53:13 PM`, with a comma behind
/// the year or not; or as it writes it elsewhere.
fn date(text: &str) -> Option<Instant> {
    let plain = text.replace(',', "").replace('\u{202f}', " ");
    match jiff::civil::DateTime::strptime("%b %d %Y %I:%M:%S %p", &plain) {
        Ok(civil) => {
            let stamp = jiff::tz::Offset::UTC.to_timestamp(civil).ok()?;
            Some(Instant(stamp.as_microsecond()))
        }
        Err(_) => crate::time::instant(text),
    }
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_inside_answers_are_read() {
        for text in [
            "Jul 30, 2024 9:53:13 PM",
            "Jul 30, 2024, 9:53:13 PM",
            "2024-07-30T21:53:13Z",
            "Jul 30, 2024, 9:53:13\u{202f}PM",
        ] {
            assert_eq!(date(text).unwrap().to_string(), "2024-07-30T21:53:13Z", "{text}");
        }
        assert_eq!(date("Jan 1, 2026 12:00:00 AM").unwrap().to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(date("yesterday"), None);
    }
}
