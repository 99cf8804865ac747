//! The Kubernetes audit log: requests to a cluster's API server, by whom, for whom and with which credential.
//!
//! | file | holds |
//! | --- | --- |
//! | `request.rs` | one event: its stage, action, outcome and resource |
//! | `caller.rs` | who asked, as whom, and with what |

mod caller;
mod request;

use std::collections::{BTreeMap, HashMap};

use assize::facts::{Instant, Report};
use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::logbook::Logbook;
use crate::outcome::Outcome;
use crate::{Collector, Connector, Context, Head, IngestError, Output, json, keys};
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
        let mut log = Log::new(context)?;
        let mut known = false;
        for record in json::records(input)? {
            match record.value {
                Ok(value) => known |= log.record(&record.place, value),
                Err(reason) => log.broken(&record.place, Bad::record(reason)),
            }
        }
        if !known {
            let expected = "no record has `auditID` and `stage`, alone, in `items` or in `events`".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        Ok(log.finish())
    }
}

/// What has been gathered.
struct Log<'a> {
    facts: Collector,
    cluster: &'a str,
    book: Logbook,
    /// What each request came to, in the order of their first events.
    calls: Vec<(Stage, Vec<Report>)>,
    index: HashMap<String, usize>,
    /// The newest request of each user of the cluster that is somebody in AWS.
    clouds: BTreeMap<(String, String), (Instant, String, Option<String>)>,
}

impl<'a> Log<'a> {
    fn new(context: &'a Context) -> Result<Self, IngestError> {
        Ok(Self {
            facts: Collector::new(NAME, context),
            cluster: context.need_cluster()?,
            book: Logbook::default(),
            calls: Vec::new(),
            index: HashMap::new(),
            clouds: BTreeMap::new(),
        })
    }

    /// Reads a record: an event, a list of them, or what CloudWatch wraps around them. Whether it is one.
    fn record(&mut self, place: &str, value: Value) -> bool {
        let Value::Object(mut map) = value else {
            self.broken(place, Bad::record("is not an object"));
            return false;
        };
        for list in ["items", "events"] {
            let Some(Value::Array(values)) = map.get_mut(list).map(Value::take) else { continue };
            for (n, value) in values.into_iter().enumerate() {
                let place = format!("{place}.{list}[{n}]");
                match unwrapped(value) {
                    Ok(value) => self.event(&place, &value),
                    Err(bad) => self.broken(&place, bad),
                }
            }
            return true;
        }
        let known = map.contains_key("auditID") && map.contains_key("stage");
        self.event(place, &Value::Object(map));
        known
    }

    fn broken(&mut self, place: &str, bad: Bad) {
        self.facts.reject(place, bad);
        self.book.lost(Some(self.cluster), None);
    }

    fn event(&mut self, place: &str, value: &Value) {
        let read = Fields::of(value).and_then(|fields| {
            let request = Request::read(fields)?;
            let caller = Caller::read(fields, self.cluster)?;
            Ok((request, caller))
        });
        match read {
            Ok((request, caller)) => {
                self.book.seen(self.cluster, request.written);
                self.facts_of(place, &request, &caller);
            }
            Err(bad) => {
                self.facts.reject(place, bad);
                let at = Fields::of(value).ok().and_then(|it| it.instant("stageTimestamp").ok().flatten());
                self.book.lost(Some(self.cluster), at);
            }
        }
    }

    fn facts_of(&mut self, place: &str, request: &Request<'_>, caller: &Caller) {
        let outcome = request.outcome.map(Outcome::member);
        let call = self
            .facts
            .report("ApiCall", request.id, place, request.at)
            .with("at", request.at.to_string())
            .with("action", request.action.as_str())
            .with("account", self.cluster)
            .with_known("outcome", outcome)
            .with_known("identity", caller.identity.clone())
            .with("impersonated_by", caller.impersonator.clone())
            .with_known("secret", caller.secret.clone())
            .with_known("workload", caller.workload.clone())
            .with_known("resource", request.resource.clone())
            .with_known("source_ip", request.source_ip);
        let mut reports = vec![call];
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
        match self.index.get(request.id).and_then(|index| self.calls.get_mut(*index)) {
            // A request is told of at every stage; the last one says what became of it.
            Some(earlier) if earlier.0 < request.stage => *earlier = (request.stage, reports),
            Some(_) => {}
            None => {
                self.index.insert(request.id.to_owned(), self.calls.len());
                self.calls.push((request.stage, reports));
            }
        }
        if let (Some(cloud), Some(user)) = (&caller.cloud, &caller.user) {
            let newest = (request.at, place.to_owned(), caller.unique.clone());
            let known = self.clouds.entry((cloud.clone(), user.clone())).or_insert_with(|| newest.clone());
            if known.0 < newest.0 {
                *known = newest;
            }
        }
    }

    fn finish(mut self) -> Output {
        for (_, reports) in std::mem::take(&mut self.calls) {
            for report in reports {
                self.facts.push(report);
            }
        }
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
        self.book.finish("cloud_mgmt", &mut self.facts);
        self.facts.finish()
    }
}

/// An event without what CloudWatch puts around it, where it is a text.
fn unwrapped(value: Value) -> Result<Value, Bad> {
    match value.get("message").and_then(Value::as_str) {
        Some(text) => serde_json::from_str(text).map_err(|_| Bad::field("message", "is not JSON")),
        None => Ok(value),
    }
}

#[cfg(test)]
mod tests;
