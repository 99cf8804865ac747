//! Pods, their containers and images.

use std::collections::BTreeMap;

use assize::facts::Instant;
use serde_json::Value;

use super::Cluster;
use super::exposure::Exposure;
use super::objects::{Object, Objects};
use crate::fields::{Bad, Fields};
use crate::{Collector, keys, words};

/// Where a pod's containers stand in its spec and its status.
const CONTAINERS: [(&str, &str); 3] = [
    ("spec.containers", "status.containerStatuses"),
    ("spec.initContainers", "status.initContainerStatuses"),
    ("spec.ephemeralContainers", "status.ephemeralContainerStatuses"),
];

/// Labels that name an environment, the most telling first.
const ENV_LABELS: [&str; 3] = ["app.kubernetes.io/environment", "environment", "env"];

/// Labels that name the application that a pod is a part of, the most telling first.
const APP_LABELS: [&str; 3] = ["app.kubernetes.io/part-of", "app.kubernetes.io/name", "app"];

/// Labels that name the team or the person that answers for a pod.
const OWNER_LABELS: [&str; 2] = ["owner", "team"];

/// Capabilities that are as good as the host.
const CAPABILITIES: [&str; 3] = ["ALL", "SYS_ADMIN", "SYS_MODULE"];

/// Adds the workloads.
pub fn facts(objects: &Objects, exposure: &Exposure, cluster: &Cluster<'_>, facts: &mut Collector) {
    let namespaces: BTreeMap<&str, &Object> =
        objects.of("Namespace").iter().map(|it| (it.name.as_str(), it)).collect();
    for pod in objects.of("Pod") {
        let namespace = namespaces.get(pod.namespace.as_str()).copied();
        if let Err(bad) = workload(pod, namespace, exposure, cluster, facts) {
            facts.reject(pod.place.clone(), bad);
        }
    }
}

fn workload(
    pod: &Object,
    namespace: Option<&Object>,
    exposure: &Exposure,
    cluster: &Cluster<'_>,
    facts: &mut Collector,
) -> Result<(), Bad> {
    let fields = pod.fields()?;
    let spec = fields.object("spec")?.ok_or_else(|| Bad::field("spec", "is missing"))?;
    let account = spec.text("serviceAccountName")?.or(spec.text("serviceAccount")?).unwrap_or("default");
    let key = keys::pod(cluster.name, &pod.namespace, &pod.name);
    let criticality = pod.mark("labels", "criticality").map(str::to_ascii_lowercase);
    let criticality = criticality.filter(|it| matches!(it.as_str(), "low" | "medium" | "high"));
    let mut report = facts
        .report("Workload", &key, &pod.place, cluster.at)
        .with("name", pod.name.as_str())
        .with("namespace", pod.namespace.as_str())
        .with("cluster", cluster.name)
        .with("identity", keys::service_account(cluster.name, &pod.namespace, account))
        .with("privileged", privileged(spec)?)
        .with_known("internet_exposed", exposure.reaches(pod))
        .with_known("env", environment(pod).or_else(|| environment(namespace?)))
        .with_known("app", app(pod)?)
        .with_known("owner", OWNER_LABELS.iter().find_map(|name| pod.mark("labels", name)))
        .with_known("criticality", criticality)
        .with_known("started_at", fields.instant("status.startTime")?.map(|at| at.to_string()));
    match fields.text("status.phase")? {
        Some("Succeeded" | "Failed") => {
            report = report.with_known("ended_at", ended(fields)?.map(|at| at.to_string()));
        }
        Some(_) => report = report.with("ended_at", Value::Null),
        None => {}
    }
    facts.push(report);
    for (wanted, seen) in CONTAINERS {
        containers(pod, &key, fields.list(wanted)?, fields.list(seen)?, cluster, facts);
    }
    Ok(())
}

/// The environment that an object's labels name.
pub fn environment(object: &Object) -> Option<&'static str> {
    ENV_LABELS.iter().find_map(|name| words::environment(object.mark("labels", name)?))
}

/// The application that a pod is a part of: by its labels, else by the set that made it and all its
/// replicas. The template's hash behind a replica set's name is another with each version.
fn app(pod: &Object) -> Result<Option<String>, Bad> {
    let label = APP_LABELS.iter().find_map(|name| pod.mark("labels", name));
    let fields = pod.fields()?;
    let owner = fields.list("metadata.ownerReferences")?.first().map(Fields::of).transpose()?;
    let of_owner = || {
        let owner = owner?;
        let name = owner.text("name").ok()??;
        let hash = pod.mark("labels", "pod-template-hash").and_then(|hash| name.strip_suffix(hash));
        Some(hash.and_then(|name| name.strip_suffix('-')).unwrap_or(name))
    };
    Ok(label.or_else(of_owner).map(str::to_owned))
}

/// When the last container of a finished pod ended.
fn ended(pod: Fields<'_>) -> Result<Option<Instant>, Bad> {
    let mut last = None;
    for (_, statuses) in CONTAINERS {
        for status in pod.list(statuses)? {
            last = last.max(Fields::of(status)?.instant("state.terminated.finishedAt")?);
        }
    }
    Ok(last)
}

/// Whether a pod shares the host's kernel namespaces or files, or runs with what is as good.
fn privileged(spec: Fields<'_>) -> Result<bool, Bad> {
    for name in ["hostPID", "hostNetwork", "hostIPC"] {
        if spec.bool(name)? == Some(true) {
            return Ok(true);
        }
    }
    for volume in spec.list("volumes")? {
        if Fields::of(volume)?.has("hostPath") {
            return Ok(true);
        }
    }
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for container in spec.list(list)? {
            let container = Fields::of(container)?;
            let host = container.bool("securityContext.windowsOptions.hostProcess")?;
            if container.bool("securityContext.privileged")? == Some(true) || host == Some(true) {
                return Ok(true);
            }
            let strong = |name: &Value| {
                let name = name.as_str().unwrap_or_default().to_ascii_uppercase();
                CAPABILITIES.contains(&name.strip_prefix("CAP_").unwrap_or(&name))
            };
            if container.list("securityContext.capabilities.add")?.iter().any(strong) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Adds containers, and the images whose manifest digest is known.
fn containers(
    pod: &Object,
    workload: &str,
    wanted: &[Value],
    seen: &[Value],
    cluster: &Cluster<'_>,
    facts: &mut Collector,
) {
    for container in wanted {
        let Some(name) = container.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
            facts.reject(pod.place.clone(), Bad::field("spec.containers.name", "is missing"));
            continue;
        };
        let status = seen.iter().find(|status| status.get("name").and_then(Value::as_str) == Some(name));
        let text = |value: Option<&Value>, field: &str| {
            value.and_then(|it| it.get(field)).and_then(Value::as_str).and_then(keys::image)
        };
        let (ran, asked) = (text(status, "imageID"), text(Some(container), "image"));
        let digest = ran.iter().chain(&asked).find_map(|it| it.digest.clone());
        let key = format!("{workload}/{name}");
        let report = facts
            .report("Container", &key, &pod.place, cluster.at)
            .with("name", name)
            .with("workload", workload)
            .with_known("image", digest.clone());
        facts.push(report);
        let (Some(digest), Some(image)) = (digest, asked.as_ref().or(ran.as_ref())) else { continue };
        let tag = image.tag.clone().or_else(|| text(status, "image").and_then(|it| it.tag));
        let report = facts
            .report("Image", &digest, &pod.place, cluster.at)
            .with("repository", image.repository.as_str())
            .with_known("tag", tag);
        facts.push(report);
    }
}
