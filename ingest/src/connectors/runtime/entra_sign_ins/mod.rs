//! Microsoft Entra sign-ins: who asked for a token, with which credential, and whether it was given.
//!
//! | file | holds |
//! | --- | --- |
//! | `sign_in.rs` | one sign-in, in either of its two spellings |

mod sign_in;

use serde_json::Value;

use crate::events::Events;
use crate::fields::{Bad, Fields};
use crate::logbook::Logbook;
use crate::records::{Around, Form};
use crate::stream::{self, Reading, Streaming};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, events, keys};
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

    fn basis(&self) -> Basis {
        Basis::ControlPlane
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
        stream::whole(self, input, context)
    }

    fn streaming(&self) -> Option<&dyn Streaming> {
        Some(self)
    }
}

/// Where a page of the API says that there are more.
const NEXT_PAGE: &str = "@odata.nextLink";

impl Streaming for EntraSignIns {
    /// Sign-ins, pages of them, and what an export wraps around them.
    fn form(&self) -> Form {
        let lists = ["value", "records"].map(str::to_owned).into();
        Form { lists, beside: vec![NEXT_PAGE.to_owned()], ..Form::default() }
    }

    fn begin(&self, context: &Context) -> Result<Box<dyn Reading>, IngestError> {
        Ok(events::reading(Log {
            facts: Collector::new(NAME, context),
            account: context.account.clone(),
            book: Logbook::default(),
            people: 0,
            of_nobody: false,
        }))
    }
}

/// What has been gathered.
struct Log {
    facts: Collector,
    account: Option<String>,
    book: Logbook,
    people: usize,
    /// Whether a sign-in does not say whose it is, nor does the caller.
    of_nobody: bool,
}

impl Events for Log {
    const NAME: &'static str = NAME;
    const EXPECTED: &'static str = "there is no sign-in in it, alone, in `value` or in `records`";

    fn is_own(value: &Value) -> bool {
        value.get("createdDateTime").is_some() || value.get("category").is_some()
    }

    fn read(&mut self, place: &str, value: &Value) -> Result<(), Bad> {
        self.sign_in(place, value)
    }

    fn lost(&mut self, value: Option<&Value>) {
        let fields = value.and_then(|it| Fields::of(it).ok());
        self.book.lost(None, fields.and_then(sign_in::time));
    }

    fn facts(&mut self) -> &mut Collector {
        &mut self.facts
    }

    fn finish(mut self, around: &Around) -> Result<Output, IngestError> {
        if self.of_nobody {
            return Err(IngestError::NeedsFlag { flag: "--account", what: "which tenant recorded it" });
        }
        if !around.beside.is_empty() {
            self.facts.note("there are more pages (`@odata.nextLink`): what is on them is not in this input");
        }
        if self.people > 0 {
            let count = self.people;
            self.facts.note(format!(
                "{count} sign-ins are of people: nothing is concluded from silence about theirs, which come in two logs"
            ));
        }
        self.book.finish("sign_in", &mut self.facts);
        Ok(self.facts.finish())
    }
}

impl Log {
    fn sign_in(&mut self, place: &str, value: &Value) -> Result<(), Bad> {
        let sign_in = Fields::of(value).and_then(SignIn::read)?;
        match sign_in.tenant.or(self.account.as_deref()) {
            Some(tenant) => {
                let tenant = tenant.to_ascii_lowercase();
                self.facts_of(place, &sign_in, &tenant);
            }
            None => self.of_nobody = true,
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
        let network = sign_in.network.map(|number| format!("AS{number}"));
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
            .with_known("source_ip", sign_in.source_ip)
            .with_known("network", network.clone())
            .with_known("interactive", sign_in.interactive);
        self.facts.push(report);
        let Some(secret) = secret else { return };
        let used = self
            .facts
            .report("SecretUse", sign_in.id, place, sign_in.at)
            .with("secret", secret.as_str())
            .with("at", at)
            .with("action", "entra:SignIn")
            .with("outcome", sign_in.outcome.member())
            .with_known("source_ip", sign_in.source_ip)
            .with_known("network", network);
        self.facts.push(used);
    }
}

#[cfg(test)]
mod tests;
