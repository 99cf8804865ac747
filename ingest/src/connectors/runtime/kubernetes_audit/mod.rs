//! The Kubernetes audit log: requests to a cluster's API server, by whom, for whom and with which credential.
//!
//! | file | holds |
//! | --- | --- |
//! | `request.rs` | one event: its stage, action, outcome and resource |
//! | `caller.rs` | who asked, as whom, and with what |
//! | `rights.rs` | whom role bindings give a role |

mod caller;
mod request;
mod rights;

use std::collections::BTreeMap;

use assize::facts::{Instant, Report};
use serde_json::Value;

use crate::events::Events;
use crate::fields::{Bad, Fields};
use crate::gift::Gift;
use crate::logbook::Logbook;
use crate::outcome::Outcome;
use crate::pending::Pending;
use crate::reads::{Holder, Holders};
use crate::records::{Around, Form};
use crate::stream::{self, Reading, Streaming};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, events, keys};
use caller::Caller;
use request::{Request, Stage};

/// The connector.
#[derive(Debug)]
pub struct KubernetesAudit;

const NAME: &str = "kubernetes-audit";

impl Connector for KubernetesAudit {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Kubernetes audit log: requests to the API server, service accounts, impersonation"
    }

    fn basis(&self) -> Basis {
        Basis::ControlPlane
    }

    fn command(&self) -> &'static str {
        "aws logs filter-log-events --log-group-name /aws/eks/prod-eu/cluster --log-stream-name-prefix kube-apiserver-audit --output json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let event = |prefix: &str| {
            let paths = ["auditID", "stage", "verb"].map(|name| format!("{prefix}{name}"));
            paths.iter().all(|path| head.has(path))
        };
        let wrapped = head.scalar("events[].message").is_some_and(|text| text.contains("\\\"auditID\\\""));
        event("") || event("[].") || event("items[].") || wrapped
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        stream::whole(self, input, context)
    }

    fn streaming(&self) -> Option<&dyn Streaming> {
        Some(self)
    }
}

impl Streaming for KubernetesAudit {
    /// Events, lists of them, and what CloudWatch wraps around them.
    fn form(&self) -> Form {
        Form { lists: ["items", "events"].map(str::to_owned).into(), ..Form::default() }
    }

    fn begin(&self, context: &Context) -> Result<Box<dyn Reading>, IngestError> {
        Ok(events::reading(Log {
            facts: Collector::new(NAME, context),
            cluster: context.need_cluster()?.to_owned(),
            book: Logbook::default(),
            calls: Pending::default(),
            holders: Holders::default(),
            clouds: BTreeMap::new(),
        }))
    }
}

/// What has been gathered.
struct Log {
    facts: Collector,
    cluster: String,
    book: Logbook,
    /// What requests have come to so far that are under way.
    calls: Pending<(Stage, Vec<Report>)>,
    /// The cluster, once a Secret was read.
    holders: Holders,
    /// The newest request of each user of the cluster that is somebody in AWS.
    clouds: BTreeMap<(String, String), (Instant, String, Option<String>)>,
}

impl Events for Log {
    const NAME: &'static str = NAME;
    const EXPECTED: &'static str = "no record has `auditID` and `stage`, alone, in `items` or in `events`";

    fn bare(value: Value) -> Result<Value, Bad> {
        unwrapped(value)
    }

    fn is_own(value: &Value) -> bool {
        value.get("auditID").is_some() && value.get("stage").is_some()
    }

    fn read(&mut self, place: &str, value: &Value) -> Result<(), Bad> {
        let fields = Fields::of(value)?;
        let request = Request::read(fields)?;
        let caller = Caller::read(fields, &self.cluster)?;
        let gift = rights::gift(fields, &self.cluster, caller.identity.as_deref());
        self.book.seen(&self.cluster, request.written);
        self.facts_of(place, &request, &caller, gift);
        Ok(())
    }

    fn lost(&mut self, value: Option<&Value>) {
        let fields = value.and_then(|it| Fields::of(it).ok());
        let at = fields.and_then(|it| it.instant("stageTimestamp").ok().flatten());
        self.book.lost(Some(&self.cluster), at);
    }

    fn facts(&mut self) -> &mut Collector {
        &mut self.facts
    }

    fn take(&mut self) -> Output {
        let overdue = self.calls.overdue();
        self.tell(overdue);
        self.facts.take()
    }

    fn finish(mut self, _: &Around) -> Result<Output, IngestError> {
        let rest = std::mem::take(&mut self.calls).rest();
        self.tell(rest);
        for ((cloud, user), (at, place, unique)) in std::mem::take(&mut self.clouds) {
            let trust = self
                .facts
                .report("Trust", &keys::natural(&[&cloud, &user]), &place, at)
                .with("source", cloud.as_str())
                .with("target", user.as_str());
            self.facts.push(trust);
            if let Some(unique) = unique {
                self.facts.same_as("Identity", &unique, &cloud, &place, at);
            }
        }
        // Many audit policies leave reads of Secrets out; one that does not shows some at any time: components read them.
        let holder = Holder::cluster(&self.cluster);
        if self.holders.knows(&holder) {
            let book = self.book.as_of(|_| Some(holder.key.clone()));
            book.finish("secret_access", &mut self.facts);
        }
        self.holders.finish(&mut self.facts);
        self.book.finish("cloud_mgmt", &mut self.facts);
        Ok(self.facts.finish())
    }
}

impl Log {
    /// Adds what requests have come to.
    fn tell(&mut self, calls: Vec<(Stage, Vec<Report>)>) {
        calls.into_iter().flat_map(|(_, reports)| reports).for_each(|report| self.facts.push(report));
    }

    fn facts_of(&mut self, place: &str, request: &Request<'_>, caller: &Caller, gift: Gift) {
        let outcome = request.outcome.map(Outcome::member);
        let call = self
            .facts
            .report("ApiCall", request.id, place, request.at)
            .with("at", request.at.to_string())
            .with("action", request.action.as_str())
            .with("account", self.cluster.as_str())
            .with_known("outcome", outcome)
            .with_known("identity", caller.identity.clone())
            .with("impersonated_by", caller.impersonator.clone())
            .with_known("secret", caller.secret.clone())
            .with_known("workload", caller.workload.clone())
            .with_known("resource", request.resource.clone())
            .with_known("source_ip", request.source_ip);
        let mut reports = vec![gift.tell(call)];
        if let Some(secret) = request.secret {
            let secret = secret.map(|(ns, name)| keys::kubernetes_secret(&self.cluster, ns, name));
            let read = self
                .holders
                .read(Holder::cluster(&self.cluster), request.id, place, request.at, &self.facts)
                .with("secret", secret)
                .with_known("identity", caller.identity.clone())
                .with_known("outcome", outcome);
            reports.push(read);
        }
        if let Some(secret) = &caller.secret {
            let used = self
                .facts
                .report("SecretUse", request.id, place, request.at)
                .with("secret", secret.as_str())
                .with("at", request.at.to_string())
                .with("action", request.action.as_str())
                .with_known("outcome", outcome)
                .with_known("source_ip", request.source_ip);
            reports.push(used);
        }
        self.staged(request, reports);
        if let (Some(cloud), Some(user)) = (&caller.cloud, &caller.user) {
            let newest = (request.at, place.to_owned(), caller.unique.clone());
            let known = self.clouds.entry((cloud.clone(), user.clone())).or_insert_with(|| newest.clone());
            if known.0 < newest.0 {
                *known = newest;
            }
        }
    }

    /// A request is told of at every stage; the last one says what became of it.
    fn staged(&mut self, request: &Request<'_>, reports: Vec<Report>) {
        if self.calls.is_done(request.id) {
            return;
        }
        if request.stage >= Stage::Complete {
            self.calls.done(request.id);
            return self.tell(vec![(request.stage, reports)]);
        }
        match self.calls.get_mut(request.id) {
            Some(earlier) if earlier.0 < request.stage => *earlier = (request.stage, reports),
            Some(_) => {}
            None => self.calls.hold(request.id, (request.stage, reports)),
        }
    }
}

/// An event without what CloudWatch puts around it, where it is a text.
fn unwrapped(value: Value) -> Result<Value, Bad> {
    if !value.is_object() {
        return Err(Bad::record("is not an object"));
    }
    match value.get("message").and_then(Value::as_str) {
        Some(text) => serde_json::from_str(text).map_err(|_| Bad::field("message", "is not JSON")),
        None => Ok(value),
    }
}

#[cfg(test)]
mod tests;
