//! IAM policies: who has which role on what, and who may act as a service account.

use serde_json::Value;

use super::{Reader, roles};
use crate::fields::{Bad, Fields};
use crate::keys;

/// Reads a policy: bare, with its resource (`search-all-iam-policies`), or several of one resource
/// (`get-effective-iam-policy`).
pub(super) fn read(answer: Fields<'_>, place: &str, reader: &mut Reader<'_>) -> Result<(), Bad> {
    if answer.has("policies") {
        for (index, one) in answer.list("policies")?.iter().enumerate() {
            let place = format!("{place}.policies[{index}]");
            let one = Fields::of(one)?;
            let resource = one.text("attachedResource")?.or(one.text("attached_resource")?);
            bindings(one.object("policy")?.unwrap_or(one), resource, &place, reader);
        }
        return Ok(());
    }
    match answer.object("policy")? {
        Some(policy) => bindings(policy, answer.text("resource")?, place, reader),
        None => bindings(answer, None, place, reader),
    }
    Ok(())
}

/// Reads the bindings of one policy. A bare one does not say of what: of the project that the caller names.
fn bindings(policy: Fields<'_>, resource: Option<&str>, place: &str, reader: &mut Reader<'_>) {
    let project = reader.context.account.as_ref().map(|project| format!("projects/{project}"));
    let Some(resource) = resource.map(short).or(project) else {
        return reader
            .facts
            .reject(place, Bad::record("does not say of what it is the policy; give `--account`"));
    };
    let list = match policy.list("bindings") {
        Ok(list) => list,
        Err(bad) => return reader.facts.reject(place, bad),
    };
    for (index, binding) in list.iter().enumerate() {
        let place = format!("{place}.bindings[{index}]");
        if let Err(bad) = one(binding, &resource, &place, reader) {
            reader.facts.reject(place, bad);
        }
    }
}

/// A resource without its service's address: `projects/P`, `buckets/B`.
fn short(resource: &str) -> String {
    let rest = resource.strip_prefix("//").and_then(|rest| rest.split_once('/')).map(|(_, rest)| rest);
    rest.unwrap_or(resource).to_owned()
}

fn one(value: &Value, resource: &str, place: &str, reader: &mut Reader<'_>) -> Result<(), Bad> {
    let binding = Fields::of(value)?;
    let role = binding.need_text("role")?;
    let condition = match binding.object("condition")? {
        Some(condition) => Some(
            condition.text("title")?.or(condition.text("expression")?).unwrap_or("a condition").to_owned(),
        ),
        None => None,
    };
    let account = resource.split_once("/serviceAccounts/").map(|(_, account)| account);
    for member in binding.list("members")? {
        let member = member.as_str().ok_or_else(|| Bad::field("members", "is no list of texts"))?;
        let subject = subject(member, place, reader);
        let reach = roles::reach(role);
        let parts = [resource, role, &subject, condition.as_deref().unwrap_or("")];
        let shown = condition.clone().map_or(Value::Null, Value::String);
        let report = reader
            .facts
            .report("Grant", &keys::natural(&parts), place, reader.at)
            .with("subject", subject.as_str())
            .with("action", role)
            .with("resource", resource)
            .with("effect", "allow")
            .with_known("level", reach.map(|(level, _)| level))
            .with_known("dangerous", reach.map(|(_, dangerous)| dangerous))
            .with("via", format!("{role} on {resource}"))
            .with("condition", shown.clone());
        reader.facts.push(report);
        if let Some(account) = account.filter(|_| roles::acts_as(role)) {
            let report = reader
                .facts
                .report("Trust", &keys::natural(&[account, role, &subject]), place, reader.at)
                .with("source", subject.as_str())
                .with("target", account)
                .with("condition", shown)
                .with_known("external", is_external(&subject, account));
            reader.facts.push(report);
        }
    }
    Ok(())
}

/// Whether a member belongs to somebody else: everybody does in part, another account of the same project does not.
/// Whose another project is, a policy does not say.
fn is_external(member: &str, account: &str) -> Option<bool> {
    if matches!(member, "allUsers" | "allAuthenticatedUsers") {
        return Some(true);
    }
    let (_, project) = account.strip_suffix(".iam.gserviceaccount.com")?.split_once('@')?;
    let own = member.ends_with(&format!("@{project}.iam.gserviceaccount.com"))
        || member.starts_with(&format!("{project}.svc.id.goog["));
    own.then_some(false)
}

/// A member's key; what kind of identity it is, is reported with it where its name says so.
fn subject(member: &str, place: &str, reader: &mut Reader<'_>) -> String {
    let at = reader.at;
    if let Some(gone) = member.strip_prefix("deleted:") {
        let (gone, unique) = gone.split_once("?uid=").unwrap_or((gone, gone));
        let name = gone.split_once(':').map_or(gone, |(_, name)| name);
        // The name may belong to another by now; the number belongs to nobody else.
        let report =
            reader.facts.report("Identity", unique, place, at).with("name", name).with("status", "deleted");
        reader.facts.push(report);
        return unique.to_owned();
    }
    match member.split_once(':') {
        Some(("serviceAccount", name)) if name.contains(".svc.id.goog[") => {
            workload(name, place, reader);
            name.to_owned()
        }
        Some(("serviceAccount", email)) => email.to_owned(),
        Some((kind @ ("user" | "group"), email)) => {
            let report = reader
                .facts
                .report("Identity", member, place, at)
                .with("name", email)
                .with("kind", kind)
                .with_known("nonhuman", (kind == "user").then_some(false));
            reader.facts.push(report);
            member.to_owned()
        }
        _ => member.to_owned(),
    }
}

/// A Kubernetes service account of the project's pool: `PROJECT.svc.id.goog[NAMESPACE/NAME]`. The pool is the
/// project's and not one cluster's: which cluster it is, the caller says.
fn workload(name: &str, place: &str, reader: &mut Reader<'_>) {
    let inside = name.split_once('[').and_then(|(_, rest)| rest.strip_suffix(']'));
    let Some((namespace, account)) = inside.and_then(|inside| inside.split_once('/')) else { return };
    match reader.context.cluster.as_deref() {
        Some(cluster) => {
            let key = keys::service_account(cluster, namespace, account);
            reader.facts.same_as("Identity", name, &key, place, reader.at);
        }
        None => reader.facts.note(
            "service accounts of Kubernetes may act as some of Google's, and nobody says of which cluster: give `--cluster`",
        ),
    }
}
