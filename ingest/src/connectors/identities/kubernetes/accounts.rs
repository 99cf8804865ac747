//! Service accounts, and what they may become outside the cluster.

use serde_json::Value;

use super::Cluster;
use super::objects::{Object, Objects};
use super::pods::environment;
use super::rbac::Access;
use crate::fields::Bad;
use crate::{Collector, keys};

/// Annotations that tie a service account to an identity of a cloud.
const CLOUDS: [&str; 2] = ["eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account"];

/// Adds the service accounts.
pub fn facts(objects: &Objects, access: &Access, cluster: &Cluster<'_>, facts: &mut Collector) {
    for account in objects.of("ServiceAccount") {
        if let Err(bad) = identity(account, access, objects, cluster, facts) {
            facts.reject(account.place.clone(), bad);
        }
    }
}

fn identity(
    account: &Object,
    access: &Access,
    objects: &Objects,
    cluster: &Cluster<'_>,
    facts: &mut Collector,
) -> Result<(), Bad> {
    let key = keys::service_account(cluster.name, &account.namespace, &account.name);
    let namespace = objects.of("Namespace").iter().find(|it| it.name == account.namespace);
    let created = account.fields()?.instant("metadata.creationTimestamp")?;
    let report = facts
        .report("Identity", &key, &account.place, cluster.at)
        .with("name", format!("{}/{}", account.namespace, account.name))
        .with("kind", "service_account")
        .with("account", cluster.name)
        .with("nonhuman", true)
        .with("status", "enabled")
        .with("ended_at", Value::Null)
        .with_known("created_at", created.map(|at| at.to_string()))
        .with_known("env", environment(account).or_else(|| environment(namespace?)))
        .with_known("level", access.level(&key));
    facts.push(report);
    // Its tokens name it to clouds by its issuer and a subject.
    if let Some(issuer) = objects.issuer() {
        let subject = format!("system:serviceaccount:{}:{}", account.namespace, account.name);
        facts.same_as("Identity", &keys::oidc(issuer, &subject), &key, &account.place, cluster.at);
    }
    for target in CLOUDS.iter().filter_map(|name| account.mark("annotations", name)) {
        let report = facts
            .report("Trust", &keys::natural(&[&key, target]), &account.place, cluster.at)
            .with("source", key.as_str())
            .with("target", target);
        facts.push(report);
    }
    Ok(())
}
