//! Role bindings that a request makes or changes: whom they give a role, and how far the bundled roles reach.

use serde_json::Value;

use crate::fields::Fields;
use crate::gift::Gift;
use crate::keys;
use crate::level::Level;

/// What a request to the bindings gives. Of its body nothing is read but the subjects and the role's name, and where the
/// audit policy leaves bodies out (level `Metadata`) nothing is known of them.
pub fn gift(event: Fields<'_>, cluster: &str, caller: Option<&str>) -> Gift {
    let text = |path: &str| event.text(path).ok().flatten();
    let makes = matches!(text("verb"), Some("create" | "update" | "patch"));
    let cluster_wide = match text("objectRef.resource") {
        Some("clusterrolebindings") => true,
        Some("rolebindings") => false,
        _ => return Gift::default(),
    };
    let body = event
        .object("requestObject")
        .ok()
        .flatten()
        .filter(|_| makes && text("objectRef.subresource").is_none());
    let Some(body) = body else { return Gift::default() };
    let namespace = text("objectRef.namespace");
    let subjects = body.list("subjects").unwrap_or_default().iter();
    let grantees = subjects.filter_map(|it| subject(it, cluster, namespace)).collect();
    let role = body.text("roleRef.name").ok().flatten();
    let bundled = body.text("roleRef.kind").ok().flatten() == Some("ClusterRole");
    Gift {
        grantee: Gift::to_one_of(grantees, caller),
        level: role.filter(|_| bundled).and_then(|role| reach(role, cluster_wide)),
    }
}

/// How far a role reaches that every cluster has. What is in others an inventory says.
fn reach(role: &str, cluster_wide: bool) -> Option<Level> {
    match (role, cluster_wide) {
        ("cluster-admin" | "admin" | "edit", true) => Some(Level::Total),
        ("cluster-admin" | "admin" | "edit", false) => Some(Level::Elevated),
        ("view", _) => Some(Level::Limited),
        _ => None,
    }
}

fn subject(value: &Value, cluster: &str, namespace: Option<&str>) -> Option<String> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let name = text("name")?;
    match text("kind")? {
        "ServiceAccount" => Some(keys::service_account(cluster, text("namespace").or(namespace)?, name)),
        "User" => Some(match name.strip_prefix("system:serviceaccount:").and_then(|it| it.split_once(':')) {
            Some((namespace, name)) => keys::service_account(cluster, namespace, name),
            None => format!("k8s:{cluster}/user:{name}"),
        }),
        "Group" => Some(format!("k8s:{cluster}/group:{name}")),
        _ => None,
    }
}
