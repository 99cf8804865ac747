//! Objects of kind `Secret` whose type says that they hold a credential: that the cluster holds it, and the tokens of
//! service accounts that never end. Their data is never read.

use serde_json::Value;

use super::Cluster;
use super::objects::{Object, Objects};
use crate::fields::Bad;
use crate::reads::{Holder, Holders};
use crate::{Collector, keys};

/// The type of a service account's token that is kept as an object.
const TOKEN: &str = "kubernetes.io/service-account-token";

/// Types of objects, and what they hold.
const TYPES: [(&str, &str); 6] = [
    (TOKEN, "token"),
    ("kubernetes.io/tls", "certificate"),
    ("kubernetes.io/ssh-auth", "ssh_key"),
    ("kubernetes.io/basic-auth", "password"),
    ("kubernetes.io/dockerconfigjson", "password"),
    ("kubernetes.io/dockercfg", "password"),
];

/// Adds what the cluster holds. Whether that is all, of what is in the input.
pub fn facts(objects: &Objects, cluster: &Cluster<'_>, facts: &mut Collector) -> bool {
    let holder = Holder::cluster(cluster.name);
    let (mut others, mut held) = (0_usize, Holders::default());
    for object in objects.of("Secret") {
        match secret(object, &holder, cluster, facts) {
            Ok(true) => held.seen(holder.clone(), &object.place, cluster.at),
            Ok(false) => others = others.saturating_add(1),
            Err(bad) => facts.reject(object.place.clone(), bad),
        }
    }
    held.finish(facts);
    if others > 0 {
        facts.note(format!(
            "objects of kind Secret that do not say what they hold (`Opaque` and types of your own) were left out: {others}"
        ));
    }
    others == 0
}

/// Adds what an object holds; whether its type says that.
fn secret(
    object: &Object,
    holder: &Holder,
    cluster: &Cluster<'_>,
    facts: &mut Collector,
) -> Result<bool, Bad> {
    let fields = object.fields()?;
    let ty = fields.text("type")?.unwrap_or("Opaque");
    let Some((_, kind)) = TYPES.iter().find(|(known, _)| *known == ty) else { return Ok(false) };
    let key = keys::kubernetes_secret(cluster.name, &object.namespace, &object.name);
    let created = fields.instant("metadata.creationTimestamp")?.map(|at| at.to_string());
    let account = object.mark("annotations", "kubernetes.io/service-account.name").filter(|_| ty == TOKEN);
    let account = account.map(|name| keys::service_account(cluster.name, &object.namespace, name));
    let report = facts
        .report("Secret", &key, &object.place, cluster.at)
        .with("kind", *kind)
        .with("account", cluster.name)
        .with("ended_at", Value::Null)
        .with_known("created_at", created.clone())
        .with_known("identity", account.clone());
    // When a certificate ends stands in its data.
    let report = if ty == TOKEN {
        report.with("static", true).with("status", "active").with("expires_at", Value::Null)
    } else {
        report
    };
    facts.push(report);
    let report = facts
        .report("Holding", &keys::natural(&[&holder.key, &key]), &object.place, cluster.at)
        .with("secret", key.as_str())
        .with("holder", holder.key.as_str())
        .with("until", Value::Null)
        .with_known("since", created);
    facts.push(report);
    if let Some(account) = account {
        let report = facts
            .report("WayIn", &keys::natural(&[&account, "legacy_token"]), &object.place, cluster.at)
            .with("identity", account)
            .with("method", "legacy_token")
            .with("enabled", true);
        facts.push(report);
    }
    Ok(true)
}
