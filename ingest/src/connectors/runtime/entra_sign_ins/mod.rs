//! Microsoft Entra sign-ins: who asked for a token, with which credential, and whether it was given.
//!
//! | file | holds |
//! | --- | --- |
//! | `sign_in.rs` | one sign-in, in either of its two spellings |

mod sign_in;

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::logbook::Logbook;
use crate::{Collector, Connector, Context, Head, IngestError, Output, json, keys};
use sign_in::{Kind, SignIn};

/// The connector.
#[derive(Debug)]
pub struct EntraSignIns;

const NAME: &str = "entra-sign-ins";

impl Connector for EntraSignIns {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Microsoft Entra sign-ins: service principals, their credentials, refusals"
    }

    fn command(&self) -> &'static str {
        "az rest --method get --url \"https://graph.microsoft.com/beta/auditLogs/signIns?\\$filter=signInEventTypes/any(t: t eq 'servicePrincipal')\""
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let page = |prefix: &str| {
            let paths =
                ["createdDateTime", "appId", "status.errorCode"].map(|name| format!("{prefix}{name}"));
            paths.iter().all(|path| head.has(path))
        };
        let exported = |prefix: &str| {
            let category = head.scalar(&format!("{prefix}category"));
            category.is_some_and(|category| category.to_ascii_lowercase().ends_with("signinlogs"))
        };
        page("") || page("value[].") || page("[].") || ["", "records[].", "[]."].iter().any(|it| exported(it))
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut log = Log {
            facts: Collector::new(NAME, context),
            account: context.account.as_deref(),
            book: Logbook::default(),
            people: 0,
        };
        let mut known = false;
        for record in json::records(input)? {
            match record.value {
                Ok(value) => known |= log.record(&record.place, value)?,
                Err(reason) => log.broken(&record.place, Bad::record(reason)),
            }
        }
        if !known {
            let expected = "there is no sign-in in it, alone, in `value` or in `records`".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        Ok(log.finish())
    }
}

/// What has been gathered.
struct Log<'a> {
    facts: Collector,
    account: Option<&'a str>,
    book: Logbook,
    people: usize,
}

impl Log<'_> {
    /// Reads a record: a sign-in, or a page of them. Whether it is one.
    fn record(&mut self, place: &str, value: Value) -> Result<bool, IngestError> {
        let Value::Object(mut map) = value else {
            self.broken(place, Bad::record("is not an object"));
            return Ok(false);
        };
        for list in ["value", "records"] {
            let Some(Value::Array(values)) = map.get_mut(list).map(Value::take) else { continue };
            for (n, value) in values.iter().enumerate() {
                self.sign_in(&format!("{place}.{list}[{n}]"), value)?;
            }
            if map.contains_key("@odata.nextLink") {
                self.facts
                    .note("there are more pages (`@odata.nextLink`): what is on them is not in this input");
            }
            return Ok(true);
        }
        let known = map.contains_key("createdDateTime") || map.contains_key("category");
        self.sign_in(place, &Value::Object(map))?;
        Ok(known)
    }

    fn broken(&mut self, place: &str, bad: Bad) {
        self.facts.reject(place, bad);
        self.book.lost(None, None);
    }

    fn sign_in(&mut self, place: &str, value: &Value) -> Result<(), IngestError> {
        match Fields::of(value).and_then(SignIn::read) {
            Ok(sign_in) => {
                let tenant = sign_in.tenant.or(self.account);
                let needs = IngestError::NeedsFlag { flag: "--account", what: "which tenant recorded it" };
                let tenant = tenant.ok_or(needs)?.to_ascii_lowercase();
                self.facts_of(place, &sign_in, &tenant);
            }
            Err(bad) => {
                self.facts.reject(place, bad);
                let at = Fields::of(value).ok().and_then(sign_in::time);
                self.book.lost(None, at);
            }
        }
        Ok(())
    }

    fn facts_of(&mut self, place: &str, sign_in: &SignIn<'_>, tenant: &str) {
        if sign_in.kind == Kind::User {
            self.people = self.people.saturating_add(1);
        }
        self.book.passed(sign_in.at);
        for kind in sign_in.kind.covers() {
            self.book.seen(&format!("{tenant}/{kind}"), sign_in.at);
        }
        let app = sign_in.app.map(|app| keys::entra_app(tenant, app));
        let object = sign_in.object.map(keys::entra);
        if let (Some(app), Some(object)) = (&app, &object) {
            self.facts.same_as("Identity", app, object, place, sign_in.at);
        }
        let identity = object.or(app);
        let secret = sign_in.key.map(keys::entra_key);
        let at = sign_in.at.to_string();
        let report = self
            .facts
            .report("SignIn", sign_in.id, place, sign_in.at)
            .with("at", at.as_str())
            .with("outcome", sign_in.outcome.member())
            .with("reason", sign_in.reason.clone())
            .with("account", tenant)
            .with_known("identity", identity)
            .with_known("secret", secret.clone())
            .with_known("resource", sign_in.resource)
            .with_known("source_ip", sign_in.source_ip);
        self.facts.push(report);
        let Some(secret) = secret else { return };
        let used = self
            .facts
            .report("SecretUse", sign_in.id, place, sign_in.at)
            .with("secret", secret.as_str())
            .with("at", at)
            .with("action", "entra:SignIn")
            .with("outcome", sign_in.outcome.member())
            .with_known("source_ip", sign_in.source_ip);
        self.facts.push(used);
    }

    fn finish(mut self) -> Output {
        if self.people > 0 {
            let count = self.people;
            self.facts.note(format!(
                "{count} sign-ins are of people: nothing is concluded from silence about theirs, which come in two logs"
            ));
        }
        self.book.finish("sign_in", &mut self.facts);
        self.facts.finish()
    }
}

#[cfg(test)]
mod tests;
