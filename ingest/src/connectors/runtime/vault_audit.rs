//! Vault's audit log: who read which secret, with which token. A line as a request comes in, and a line as
//! it is answered.

mod given;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::logbook::Logbook;
use crate::pending::Pending;
use crate::reads::{Holder, Holders};
use crate::records::Around;
use crate::stream::{self, Reading, Streaming};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, json, keys};
use given::Given;

/// Reads what a file audit device writes.
#[derive(Clone, Copy, Debug)]
pub struct VaultAudit;

const NAME: &str = "vault-audit";

impl Connector for VaultAudit {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Vault audit log: requests for secrets, by whom and with which token"
    }

    fn basis(&self) -> Basis {
        Basis::ControlPlane
    }

    fn command(&self) -> &'static str {
        "cat /var/log/vault/audit.log"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        matches!(head.scalar("type"), Some("request" | "response"))
            && head.has_all(&["request.id", "request.operation", "request.path"])
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        stream::whole(self, input, context)
    }

    fn streaming(&self) -> Option<&dyn Streaming> {
        Some(self)
    }
}

impl Streaming for VaultAudit {
    fn begin(&self, context: &Context) -> Result<Box<dyn Reading>, IngestError> {
        Ok(Box::new(Log {
            facts: Collector::new(NAME, context),
            account: context.need_account(None)?.to_owned(),
            context: context.clone(),
            book: Logbook::default(),
            calls: Pending::default(),
            callers: BTreeMap::new(),
            holders: Holders::default(),
            untold: false,
            known: false,
        }))
    }
}

/// How many callers are held at most.
const CALLERS: usize = 65_536;

/// What has been gathered.
struct Log {
    facts: Collector,
    account: String,
    context: Context,
    book: Logbook,
    /// Requests of which one line has been read.
    calls: Pending<Call>,
    /// Who asked, with which token, when last, and in which record. Who asks often is told once.
    callers: BTreeMap<(String, Option<String>), (Instant, String, Who)>,
    /// The Vault, once a value was read from it.
    holders: Holders,
    /// Whether something was read of which the log does not say whether it is a secret.
    untold: bool,
    /// Whether any line is a request's.
    known: bool,
}

impl Reading for Log {
    fn record(&mut self, record: json::Record) {
        let line = record.value.as_ref().map_err(|reason| Bad::record(reason.as_str())).and_then(Fields::of);
        let at = line.as_ref().ok().and_then(|line| line.instant("time").ok().flatten());
        match line.and_then(|line| Call::read(line, &record.place, &self.account, &self.context)) {
            Ok(call) => {
                self.known = true;
                self.book.seen(&self.account, call.at);
                self.line(call);
            }
            Err(bad) => {
                // The device was writing then, whatever it was.
                if let Some(at) = at {
                    self.book.seen(&self.account, at);
                }
                self.book.lost(Some(&self.account), at);
                self.facts.reject(record.place, bad);
            }
        }
    }

    fn take(&mut self) -> Output {
        let overdue = self.calls.overdue();
        overdue.into_iter().for_each(|call| self.tell(call));
        if self.callers.len() > CALLERS {
            self.tell_callers();
        }
        self.facts.take()
    }

    fn finish(mut self: Box<Self>, _: &Around) -> Result<Output, IngestError> {
        if !self.known {
            let expected = "no line has a `request` with an `id`".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        let rest = std::mem::take(&mut self.calls).rest();
        rest.into_iter().for_each(|call| self.tell(call));
        self.tell_callers();
        // Every request is in the log, of whatever kind: Vault answers none that it cannot write down.
        self.book.clone().finish("cloud_mgmt", &mut self.facts);
        self.book.clone().finish("cloud_data", &mut self.facts);
        if self.untold {
            self.facts.note("reads do not say of which kind of mount they are (`mount_type`), so which of them are of secrets is not told");
        } else {
            self.book
                .as_of(|account| Some(Holder::vault(account).key))
                .finish("secret_access", &mut self.facts);
        }
        self.holders.finish(&mut self.facts);
        Ok(self.facts.finish())
    }
}

impl Log {
    /// A line: of a request, or of its answer.
    fn line(&mut self, call: Call) {
        let id = call.id.clone();
        if self.calls.is_done(&id) {
            return;
        }
        match self.calls.get_mut(&id) {
            Some(earlier) => {
                let whole = earlier.answered != call.answered;
                earlier.join(call);
                if whole && let Some(call) = self.calls.done(&id) {
                    self.tell(call);
                }
            }
            None => self.calls.hold(&id, call),
        }
    }

    /// Adds a request, and keeps who asked.
    fn tell(&mut self, call: Call) {
        call.report(&self.account, &mut self.facts);
        match call.given {
            Given::Unknown => self.untold = true,
            Given::None => {}
            Given::Made => self.value(&call, None),
            Given::Kept => self.value(&call, Some(call.path.as_str())),
        }
        let Some(who) = call.who else { return };
        let last = self.callers.entry((who.key.clone(), who.token.clone()));
        let told = (call.at, call.place, who);
        match last {
            Entry::Vacant(free) => {
                free.insert(told);
            }
            Entry::Occupied(mut known) if known.get().0 < told.0 => {
                known.insert(told);
            }
            Entry::Occupied(_) => {}
        }
    }

    /// Adds that a value was read: of a secret, or of one that was made for whoever reads.
    fn value(&mut self, call: &Call, secret: Option<&str>) {
        let id = keys::natural(&[&self.account, &call.id]);
        let holder = Holder::vault(&self.account);
        let read = self
            .holders
            .read(holder, &id, &call.place, call.at, &self.facts)
            .with_known("secret", secret)
            .with_known("identity", call.who.as_ref().map(|who| who.key.as_str()))
            .with_known("outcome", call.outcome());
        self.facts.push(read);
    }

    fn tell_callers(&mut self) {
        for (at, place, who) in std::mem::take(&mut self.callers).into_values() {
            who.report(&self.account, at, &place, &self.context, &mut self.facts);
        }
    }
}

/// One request, from one or both of its lines.
#[derive(Debug)]
struct Call {
    place: String,
    id: String,
    at: Instant,
    answered: bool,
    error: Option<&'static str>,
    operation: String,
    path: String,
    /// Whether it is about what Vault holds, and not about Vault itself.
    data: bool,
    /// What it reads of a secret.
    given: Given,
    ip: Option<String>,
    who: Option<Who>,
}

/// Who asks.
#[derive(Debug)]
struct Who {
    key: String,
    name: String,
    /// The token's key.
    token: Option<String>,
    issued: Option<Instant>,
    expires: Option<Option<Instant>>,
    /// The Kubernetes service account, where that is how it signed in.
    account: Option<(String, String)>,
}

impl Call {
    fn read(line: Fields<'_>, place: &str, account: &str, context: &Context) -> Result<Self, Bad> {
        let answered = match line.need_text("type")? {
            "request" => false,
            "response" => true,
            _ => return Err(Bad::field("type", "is neither request nor response")),
        };
        let path = line.need_text("request.path")?;
        let namespace = line.text("request.namespace.path")?.unwrap_or("");
        let kind = line.text("request.mount_type")?;
        let about_vault = ["auth/", "sys/", "identity/"].iter().any(|start| path.starts_with(start));
        let data = !about_vault && !matches!(kind, Some("system" | "ns_system" | "identity" | "token"));
        let operation = line.need_text("request.operation")?;
        let mount = line.text("request.mount_point")?;
        let error = line.text("error")?.map(|text| {
            if text.contains("permission denied") || text.contains("invalid token") {
                "denied"
            } else {
                "error"
            }
        });
        Ok(Self {
            place: place.to_owned(),
            id: line.need_text("request.id")?.to_owned(),
            at: line.need_instant("time")?,
            answered,
            error,
            operation: operation.to_owned(),
            path: format!("vault:{account}/{namespace}{path}"),
            data,
            given: if data { Given::of(operation, kind, mount, path) } else { Given::None },
            ip: line.text("request.remote_address")?.map(ToOwned::to_owned),
            who: who(line, account, context)?,
        })
    }

    /// The answer says what became of the request, and may know more of who asked.
    fn join(&mut self, other: Self) {
        self.answered |= other.answered;
        self.error = self.error.or(other.error);
        self.at = self.at.min(other.at);
        self.who = self.who.take().or(other.who);
    }

    /// What became of it; nobody knows without an answer.
    fn outcome(&self) -> Option<&'static str> {
        self.error.or(self.answered.then_some("success"))
    }

    fn report(&self, account: &str, facts: &mut Collector) {
        let ty = if self.data { "DataCall" } else { "ApiCall" };
        let event = facts
            .report(ty, &keys::natural(&[account, &self.id]), &self.place, self.at)
            .with_known("identity", self.who.as_ref().map(|who| who.key.as_str()))
            .with_known("secret", self.who.as_ref().and_then(|who| who.token.as_deref()))
            .with("at", self.at.to_string())
            .with("action", format!("vault:{}", self.operation))
            .with("resource", self.path.as_str())
            .with_known("outcome", self.outcome())
            .with_known("source_ip", self.ip.as_deref())
            .with("account", account);
        facts.push(event);
    }
}

/// Who asks: an entity, else only a name. `None` where the log tells nobody, as of most denials.
fn who(line: Fields<'_>, account: &str, context: &Context) -> Result<Option<Who>, Bad> {
    let Some(auth) = line.object("auth")? else { return Ok(None) };
    let display = auth.text("display_name")?;
    let (key, name) = match (auth.text("entity_id")?, display) {
        (Some(entity), name) => (format!("vault:{account}/entity/{entity}"), name.unwrap_or(entity)),
        (None, Some(name)) => (format!("vault:{account}/name/{name}"), name),
        (None, None) => return Ok(None),
    };
    // Each audit device hashes with a salt of its own: one token has another hash on another device.
    let device = context.instance.as_deref().unwrap_or("");
    let token = auth
        .text("accessor")?
        .map(|accessor| context.site_key.of_hash("vault", &keys::natural(&[account, device, accessor])));
    let issued = auth.instant("token_issue_time")?;
    let expires = match (issued, auth.int("token_ttl")?) {
        (_, Some(0)) => Some(None),
        (Some(issued), Some(ttl)) => Some(Some(issued.plus(ttl.saturating_mul(1_000_000)))),
        _ => None,
    };
    let namespace = auth.text("metadata.service_account_namespace")?;
    let service_account = auth.text("metadata.service_account_name")?;
    let service_account = namespace.zip(service_account).map(|(ns, name)| (ns.to_owned(), name.to_owned()));
    Ok(Some(Who { key, name: name.to_owned(), token, issued, expires, account: service_account }))
}

impl Who {
    fn report(&self, account: &str, at: Instant, place: &str, context: &Context, facts: &mut Collector) {
        let report = facts
            .report("Identity", &self.key, place, at)
            .with("name", self.name.as_str())
            .with("account", account)
            .with_known("nonhuman", self.account.as_ref().map(|_| true));
        facts.push(report);
        if let Some(token) = &self.token {
            let report = facts
                .report("Secret", token, place, at)
                .with("kind", "token")
                .with("identity", self.key.as_str())
                .with("account", account)
                .with_known("static", self.expires.map(|end| end.is_none()))
                .with_known("created_at", self.issued.map(|at| at.to_string()))
                .with_known(
                    "expires_at",
                    self.expires.map(|end| end.map_or(Value::Null, |end| end.to_string().into())),
                );
            facts.push(report);
        }
        if let (Some((namespace, name)), Some(cluster)) = (&self.account, context.cluster.as_deref()) {
            let source = keys::service_account(cluster, namespace, name);
            let report = facts
                .report("Trust", &keys::natural(&[&source, &self.key]), place, at)
                .with("source", source)
                .with("target", self.key.as_str())
                .with("condition", Value::Null);
            facts.push(report);
        }
    }
}

#[cfg(test)]
mod tests;
