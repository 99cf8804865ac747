//! What a cluster records with Google: requests to its API server, under names of Google's making.

/// Groups of the API as Google's names have them, and as the API has them.
const GROUPS: &[(&str, &str)] = &[
    ("core", ""),
    ("apps", "apps"),
    ("batch", "batch"),
    ("autoscaling", "autoscaling"),
    ("policy", "policy"),
    ("extensions", "extensions"),
    ("authorization.rbac", "rbac.authorization.k8s.io"),
    ("networking", "networking.k8s.io"),
    ("storage", "storage.k8s.io"),
    ("certificates", "certificates.k8s.io"),
    ("admissionregistration", "admissionregistration.k8s.io"),
    ("authentication", "authentication.k8s.io"),
    ("coordination", "coordination.k8s.io"),
];

/// The action as grants have it: `io.k8s.core.v1.pods.exec.create` is `pods/exec:create`. `None` for a name of another
/// make.
pub fn action(method: &str) -> Option<String> {
    let parts: Vec<&str> = method.strip_prefix("io.k8s.")?.split('.').collect();
    let version = parts.iter().position(|part| is_version(part))?;
    let (group, rest) = parts.split_at_checked(version)?;
    let group = group.join(".");
    let (_, group) = GROUPS.iter().find(|(theirs, _)| *theirs == group)?;
    let dot = if group.is_empty() { "" } else { "." };
    match rest {
        [_, resource, verb] => Some(format!("{resource}{dot}{group}:{verb}")),
        [_, resource, part, verb] => Some(format!("{resource}/{part}{dot}{group}:{verb}")),
        _ => None,
    }
}

/// The resource as grants have it: `core/v1/namespaces/arm/secrets/db` is `arm/db`, `core/v1/nodes/n1` is `/n1`.
pub fn resource(name: &str) -> Option<String> {
    let parts: Vec<&str> = name.split('/').collect();
    match parts.as_slice() {
        [_, version, "namespaces", namespace, _, name, ..] if is_version(version) => {
            Some(format!("{namespace}/{name}"))
        }
        [_, version, "namespaces", namespace, _] if is_version(version) => Some(format!("{namespace}/*")),
        [_, version, _, name, ..] if is_version(version) => Some(format!("/{name}")),
        [_, version, _] if is_version(version) => Some("*".to_owned()),
        _ => None,
    }
}

/// `v1`, `v1beta1`, `v2alpha1`.
fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_googles_making_are_those_of_grants() {
        for (method, expected) in [
            ("io.k8s.core.v1.secrets.get", Some("secrets:get")),
            ("io.k8s.core.v1.pods.exec.create", Some("pods/exec:create")),
            ("io.k8s.apps.v1.deployments.patch", Some("deployments.apps:patch")),
            (
                "io.k8s.authorization.rbac.v1.clusterroles.create",
                Some("clusterroles.rbac.authorization.k8s.io:create"),
            ),
            ("io.k8s.networking.v1beta1.ingresses.list", Some("ingresses.networking.k8s.io:list")),
            ("io.example.v1.robots.create", None),
            ("io.k8s.core.v1.secrets", None),
            ("io.k8s.secrets.get", None),
        ] {
            assert_eq!(action(method).as_deref(), expected, "{method}");
        }
        for (name, expected) in [
            ("core/v1/namespaces/arm/secrets/db", Some("arm/db")),
            ("core/v1/namespaces/arm/pods/api-0/exec", Some("arm/api-0")),
            ("core/v1/namespaces/arm/secrets", Some("arm/*")),
            ("core/v1/nodes/n1", Some("/n1")),
            ("core/v1/namespaces/arm", Some("/arm")),
            ("core/v1/nodes", Some("*")),
            ("version", None),
        ] {
            assert_eq!(resource(name).as_deref(), expected, "{name}");
        }
    }
}
