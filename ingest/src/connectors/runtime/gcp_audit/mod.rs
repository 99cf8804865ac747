//! Google Cloud's audit logs: calls to its services, by whom, for whom and with which key.
//!
//! | file | holds |
//! | --- | --- |
//! | `entry.rs` | one log entry: its log, action, outcome and resource |
//! | `caller.rs` | who called, by what chain of delegation, and with which key |
//! | `cluster.rs` | what a cluster records with Google |
//! | `rights.rs` | whom changes of policies give a role |

mod caller;
mod cluster;
mod entry;
mod rights;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::events::Events;
use crate::fields::{Bad, Fields};
use crate::logbook::Logbook;
use crate::reads::{Holder, Holders};
use crate::records::Around;
use crate::stream::{self, Reading, Streaming};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, events};
use caller::Caller;
use entry::{Class, Entry};

/// The connector.
#[derive(Debug)]
pub struct GcpAudit;

const NAME: &str = "gcp-audit";

/// The type of an audit log's payload.
const AUDIT_LOG: &str = "type.googleapis.com/google.cloud.audit.AuditLog";

impl Connector for GcpAudit {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Google Cloud audit logs: calls, delegation, service account keys"
    }

    fn basis(&self) -> Basis {
        Basis::ControlPlane
    }

    fn command(&self) -> &'static str {
        "gcloud logging read 'logName:\"cloudaudit.googleapis.com\"' --project=arm-prod --freshness=30d --format=json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let entry = |prefix: &str| {
            let kind = head.scalar(&format!("{prefix}protoPayload.@type"));
            let name = head.scalar(&format!("{prefix}logName"));
            kind == Some(AUDIT_LOG)
                || head.has(&format!("{prefix}protoPayload.methodName"))
                    && name.is_some_and(|name| name.contains("cloudaudit.googleapis.com"))
        };
        entry("") || entry("[].")
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        stream::whole(self, input, context)
    }

    fn streaming(&self) -> Option<&dyn Streaming> {
        Some(self)
    }
}

impl Streaming for GcpAudit {
    fn begin(&self, context: &Context) -> Result<Box<dyn Reading>, IngestError> {
        Ok(events::reading(Log {
            facts: Collector::new(NAME, context),
            cluster: context.cluster.clone(),
            book: Logbook::default(),
            reads: BTreeSet::new(),
            holders: Holders::default(),
            others: 0,
        }))
    }
}

/// What has been gathered.
struct Log {
    facts: Collector,
    cluster: Option<String>,
    book: Logbook,
    /// The projects of which the log shows that they record reads of their control plane.
    reads: BTreeSet<String>,
    /// Whose secrets the log shows to be read.
    holders: Holders,
    others: usize,
}

impl Events for Log {
    const NAME: &'static str = NAME;
    const EXPECTED: &'static str = "no entry has a `protoPayload`";

    fn is_own(value: &Value) -> bool {
        value.get("protoPayload").is_some()
    }

    fn read(&mut self, place: &str, value: &Value) -> Result<(), Bad> {
        self.entry(place, value)
    }

    fn lost(&mut self, value: Option<&Value>) {
        let fields = value.and_then(|it| Fields::of(it).ok());
        self.book.lost(None, fields.and_then(|it| it.instant("timestamp").ok().flatten()));
    }

    fn facts(&mut self) -> &mut Collector {
        &mut self.facts
    }

    fn finish(mut self, _: &Around) -> Result<Output, IngestError> {
        if self.others > 0 {
            let count = self.others;
            self.facts.note(format!("entries of other logs were left out: {count}"));
        }
        // That a project records the use of its secrets is known by one that it has recorded.
        let book = self.book.as_of(|project| {
            let holder = Holder::google(project);
            self.holders.knows(&holder).then_some(holder.key)
        });
        book.finish("secret_access", &mut self.facts);
        std::mem::take(&mut self.holders).finish(&mut self.facts);
        let projects: Vec<String> = self.book.scopes().map(str::to_owned).collect();
        let silent = projects.iter().filter(|project| !self.reads.contains(*project)).count();
        if silent > 0 {
            self.facts.note(format!(
                "{silent} of {} projects show no reads of their control plane (`ADMIN_READ` of the data access log), so \
                 nothing is concluded from silence; see the connector's page",
                projects.len()
            ));
        } else if !self.book.finish_for_each("cloud_mgmt", &mut self.facts) && projects.len() > 1 {
            self.facts
                .note("the projects' logs have no time in common, so nothing is concluded from silence");
        }
        Ok(self.facts.finish())
    }
}

impl Log {
    fn entry(&mut self, place: &str, value: &Value) -> Result<(), Bad> {
        let fields = Fields::of(value)?;
        // Other logs of the cloud may lie between these.
        if !fields.has("protoPayload") {
            self.others = self.others.saturating_add(1);
            return Ok(());
        }
        let entry = Entry::read(fields)?;
        let caller = Caller::read(&entry, self.cluster.as_deref())?;
        self.book.passed(entry.at);
        if let Some(account) = entry.account {
            self.book.seen(account, entry.at);
            if entry.class == Class::AdminRead {
                self.reads.insert(account.to_owned());
            }
        }
        self.facts_of(place, &entry, &caller);
        Ok(())
    }

    /// Adds the secret whose value an entry is about, and who read it.
    fn secret_read(&mut self, place: &str, entry: &Entry<'_>, caller: &Caller) {
        let reads =
            entry.action.starts_with("secretmanager:") && entry.action.ends_with(".AccessSecretVersion");
        let Some(project) = entry.account.filter(|_| reads) else { return };
        let secret = entry.resource.as_deref().and_then(|it| it.split_once("/versions/"));
        let report = self
            .holders
            .read(Holder::google(project), &entry.key, place, entry.at, &self.facts)
            .with_known("secret", secret.map(|(secret, _)| secret))
            .with_known("identity", caller.identity.clone())
            .with("outcome", entry.outcome.member());
        self.facts.push(report);
    }

    fn facts_of(&mut self, place: &str, entry: &Entry<'_>, caller: &Caller) {
        let at = entry.at.to_string();
        let management = entry.class != Class::Data;
        let mut call = self
            .facts
            .report(if management { "ApiCall" } else { "DataCall" }, &entry.key, place, entry.at)
            .with("at", at.as_str())
            .with("action", entry.action.as_str())
            .with("outcome", entry.outcome.member())
            .with_known("identity", caller.identity.clone())
            .with_known("secret", caller.key.clone())
            .with_known("resource", entry.resource.clone())
            .with_known("source_ip", entry.source_ip)
            .with_known("account", entry.account);
        if management && caller.identity.is_some() {
            call = call.with("impersonated_by", caller.delegate.clone());
        }
        self.facts.push(rights::gift(entry, caller.identity.as_deref()).tell(call));
        self.secret_read(place, entry, caller);
        let Some(key) = &caller.key else { return };
        let used = self
            .facts
            .report("SecretUse", &entry.key, place, entry.at)
            .with("secret", key.as_str())
            .with("at", at)
            .with("action", entry.action.as_str())
            .with("outcome", entry.outcome.member())
            .with_known("source_ip", entry.source_ip);
        self.facts.push(used);
        // Whose key it is stands in its name, and the account of a service account in its address.
        let secret = self
            .facts
            .report("Secret", key, place, entry.at)
            .with("kind", "sa_key")
            .with("static", true)
            .with_known("identity", caller.owner.clone())
            .with_known("account", caller.owner.as_deref().and_then(caller::project));
        self.facts.push(secret);
    }
}

#[cfg(test)]
mod tests;
