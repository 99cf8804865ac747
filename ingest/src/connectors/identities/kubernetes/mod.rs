//! Kubernetes objects as `kubectl get … -o json` prints them: pods, service accounts, what leads to pods
//! from the internet, and who may do what.
//!
//! | file | holds |
//! | --- | --- |
//! | `objects.rs` | the objects of an input, by kind |
//! | `pods.rs` | pods, their containers and images |
//! | `exposure.rs` | which pods the internet reaches |
//! | `accounts.rs` | service accounts and what they may become outside |
//! | `secrets.rs` | credentials that are kept as objects |
//! | `rbac.rs` | bindings and roles: grants and levels |
//! | `verbs.rs` | which verbs on which resources reach far, as data |

mod accounts;
mod exposure;
mod objects;
mod pods;
mod rbac;
mod secrets;
mod verbs;

use assize::facts::Instant;

use crate::fields::Bad;
use crate::output::RunSpan;
use crate::reads::Holder;
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, json, yaml};
use objects::{KINDS, Objects};

/// The connector.
#[derive(Debug)]
pub struct Kubernetes;

const NAME: &str = "kubernetes";

impl Connector for Kubernetes {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Kubernetes objects: pods, service accounts, RBAC, services, ingresses"
    }

    fn basis(&self) -> Basis {
        Basis::ControlPlane
    }

    fn command(&self) -> &'static str {
        "kubectl get pods,serviceaccounts,namespaces,services,ingresses,roles,clusterroles,rolebindings,clusterrolebindings -A -o json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let ours = |kind: &str| KINDS.contains(&kind);
        if head.has_line("apiVersion:") && head.has_line("kind:") {
            return true;
        }
        // `kubectl` sorts names, so a list's own `kind` comes after all its items. A list may begin with an
        // object that we leave out; those of scanners carry a report and are others'.
        if head.has_all(&["apiVersion", "items[].kind", "items[].apiVersion"]) {
            return !head.has("items[].report");
        }
        match head.scalar("kind") {
            Some(kind) => head.has("apiVersion") && ours(kind.strip_suffix("List").unwrap_or(kind)),
            None => head.scalar("[].kind").is_some_and(ours) && head.has("[].apiVersion"),
        }
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let text = json::text(input)?;
        let records: Vec<_> = if text.trim_start().starts_with(['{', '[']) {
            json::records(input)?.collect()
        } else {
            let documents = yaml::documents(text)?.into_iter().enumerate();
            documents
                .map(|(place, document)| json::Record {
                    place: format!("document {}", place.saturating_add(1)),
                    value: Ok(document),
                })
                .collect()
        };
        let lines = text.trim_start().starts_with(['{', '[']) && records.len() > 1;
        let mut facts = Collector::new(NAME, context);
        // One object a line is a list taken apart; documents of YAML, or one object, are what somebody chose.
        let objects = Objects::read(records, lines, &mut facts);
        if !objects.recognised() {
            return Err(not_this());
        }
        let cluster = Cluster { name: context.need_cluster()?, at: context.time(None)? };
        let exposure = exposure::Exposure::read(&objects, &mut facts);
        pods::facts(&objects, &exposure, &cluster, &mut facts);
        let access = rbac::Access::read(&objects, &cluster, &mut facts);
        accounts::facts(&objects, &access, &cluster, &mut facts);
        access.facts(&cluster, &mut facts);
        let held = secrets::facts(&objects, &cluster, &mut facts);
        finish(&objects, &cluster, held, &mut facts);
        Ok(facts.finish())
    }
}

/// The cluster that an input is of, and when it was listed.
#[derive(Clone, Copy, Debug)]
struct Cluster<'a> {
    name: &'a str,
    at: Instant,
}

fn not_this() -> IngestError {
    let expected = "there is no object with `kind` in it, alone or in the `items` of a list".to_owned();
    IngestError::NotThisFormat { tool: NAME, expected }
}

/// The run: which types the lists report in full.
fn finish(objects: &Objects, cluster: &Cluster<'_>, all_held: bool, facts: &mut Collector) {
    let mut types = Vec::new();
    if objects.listed("Pod") {
        types.extend(["Workload", "Container"]);
    }
    if objects.listed("ServiceAccount") {
        types.push("Identity");
        let access = ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"];
        if access.iter().all(|kind| objects.listed(kind)) {
            types.push("Grant");
        }
    }
    let only = objects.only_namespace();
    if let Some(namespace) = only {
        let namespace: String = namespace.chars().filter(|c| !c.is_control()).take(64).collect();
        facts.note(format!(
            "every object is of namespace `{namespace}`: this is no list of the whole cluster, so nothing is \
             concluded from what is not in it; list with `-A`"
        ));
    }
    for (kind, count) in objects.left_out() {
        facts.note(format!("objects of kind {kind} were left out: {count}"));
    }
    let holder = Holder::cluster(cluster.name);
    let held: &[&str] = if objects.listed("Secret") { &["Holding"] } else { &[] };
    let runs = [(types.as_slice(), cluster.name, true), (held, holder.key.as_str(), all_held)];
    for (types, scope, all) in runs.into_iter().filter(|(types, ..)| !types.is_empty()) {
        let (from, until) = (cluster.at, cluster.at);
        facts.run(&RunSpan { types, scope, from, until, complete: all && only.is_none() });
    }
}

/// Reads a part of each object, and lists those that cannot be read.
fn each<'a, T>(
    objects: &'a [objects::Object],
    facts: &mut Collector,
    read: impl Fn(&'a objects::Object) -> Result<T, Bad>,
) -> Vec<T> {
    let mut found = Vec::new();
    for object in objects {
        match read(object) {
            Ok(one) => found.push(one),
            Err(bad) => facts.reject(object.place.clone(), bad),
        }
    }
    found
}

#[cfg(test)]
mod tests;
