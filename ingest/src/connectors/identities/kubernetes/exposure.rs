//! Which pods the internet reaches: through a service of type `LoadBalancer` or `NodePort`, or through an
//! ingress.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::each;
use super::objects::{Object, Objects};
use crate::Collector;
use crate::fields::{Bad, Fields};

/// What leads to pods.
#[derive(Debug)]
pub struct Exposure {
    open: Vec<Selector>,
    /// Whether services and ingresses are both listed, so that a pod that nothing leads to is known.
    whole: bool,
}

/// The pods that an open service leads to.
#[derive(Debug)]
struct Selector {
    namespace: String,
    labels: BTreeMap<String, String>,
}

/// Annotations by which a load balancer is kept inside, with the value that does.
const INSIDE: &[(&str, &str)] = &[
    ("service.beta.kubernetes.io/aws-load-balancer-internal", "true"),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
    ("networking.gke.io/load-balancer-type", "Internal"),
    ("cloud.google.com/load-balancer-type", "Internal"),
    ("alb.ingress.kubernetes.io/scheme", "internal"),
    ("kubernetes.io/ingress.class", "gce-internal"),
];

impl Exposure {
    /// Reads services and ingresses.
    pub fn read(objects: &Objects, facts: &mut Collector) -> Self {
        let fronted: BTreeSet<(String, String)> =
            each(objects.of("Ingress"), facts, backends).into_iter().flatten().collect();
        let open = each(objects.of("Service"), facts, |service| {
            let fronted = fronted.contains(&(service.namespace.clone(), service.name.clone()));
            selector(service, fronted)
        });
        let whole = objects.listed("Service") && objects.listed("Ingress");
        Self { open: open.into_iter().flatten().collect(), whole }
    }

    /// Whether the internet reaches a pod; `None` where the input cannot tell.
    pub fn reaches(&self, pod: &Object) -> Option<bool> {
        let labels = pod.labels();
        let open = self.open.iter().any(|selector| {
            let chosen = |(name, value): (&String, &String)| {
                labels.get(name.as_str()).is_some_and(|have| have == value)
            };
            selector.namespace == pod.namespace && selector.labels.iter().all(chosen)
        });
        if open { Some(true) } else { self.whole.then_some(false) }
    }
}

/// Whether a load balancer of this object stays inside.
fn inside(object: &Object) -> bool {
    INSIDE.iter().any(|(name, value)| {
        object.mark("annotations", name).is_some_and(|it| it.eq_ignore_ascii_case(value))
    })
}

/// The selector of a service that is open to the internet.
fn selector(service: &Object, fronted: bool) -> Result<Option<Selector>, Bad> {
    let fields = service.fields()?;
    let scheme = service.mark("annotations", "service.beta.kubernetes.io/aws-load-balancer-scheme");
    // The AWS controller keeps a load balancer inside unless it is told otherwise.
    let aws =
        fields.text("spec.loadBalancerClass")?.is_some_and(|class| class.starts_with("service.k8s.aws/"));
    let open = match fields.text("spec.type")? {
        Some("LoadBalancer") => !inside(service) && (!aws || scheme == Some("internet-facing")),
        Some("NodePort") => true,
        _ => false,
    };
    let open = open || fronted || !fields.list("spec.externalIPs")?.is_empty();
    let Some(labels) = fields.object("spec.selector")? else { return Ok(None) };
    let labels: BTreeMap<String, String> = labels
        .map()
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    Ok((open && !labels.is_empty()).then(|| Selector { namespace: service.namespace.clone(), labels }))
}

/// The services that an ingress leads to from the internet.
fn backends(ingress: &Object) -> Result<Vec<(String, String)>, Bad> {
    let fields = ingress.fields()?;
    let class =
        fields.text("spec.ingressClassName")?.or(ingress.mark("annotations", "kubernetes.io/ingress.class"));
    let scheme = ingress.mark("annotations", "alb.ingress.kubernetes.io/scheme");
    // Like the services of the same controller.
    if inside(ingress) || (class == Some("alb") && scheme != Some("internet-facing")) {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for backend in ["spec.defaultBackend", "spec.backend"] {
        names.extend(fields.get(backend).and_then(service_name));
    }
    for rule in fields.list("spec.rules")? {
        for path in Fields::of(rule)?.list("http.paths")? {
            names.extend(path.get("backend").and_then(service_name));
        }
    }
    Ok(names.into_iter().map(|name| (ingress.namespace.clone(), name.to_owned())).collect())
}

/// The service of a backend, in today's form and in that of `v1beta1`.
fn service_name(backend: &Value) -> Option<&str> {
    let today = backend.get("service").and_then(|service| service.get("name"));
    today.or_else(|| backend.get("serviceName"))?.as_str()
}
