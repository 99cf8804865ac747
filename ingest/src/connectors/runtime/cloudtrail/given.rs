//! What a call gives: rights and keys to somebody, an end to data, a key to what is stored.

use serde_json::Value;

use super::event::Event;
use super::lifecycle::Lifecycle;
use crate::connectors::identities::aws_authorization_details::{reach_of, trusted_by};
use crate::gift::Gift;
use crate::keys;
use crate::level::Level;

/// Policies of AWS's own whose reach is known by their names.
const MANAGED: [(&str, Level); 6] = [
    ("AdministratorAccess", Level::Total),
    ("IAMFullAccess", Level::Total),
    ("PowerUserAccess", Level::Elevated),
    ("SecurityAudit", Level::Limited),
    ("ReadOnlyAccess", Level::Limited),
    ("job-function/ViewOnlyAccess", Level::Limited),
];

/// Whom a call gives a right or a key. Of documents nothing else is read than how far they reach and whom they name.
pub fn gift(event: &Event<'_>, names: &Lifecycle) -> Gift {
    let Some(name) = event.action.strip_prefix("iam:") else { return Gift::default() };
    let kind = match name {
        "AttachUserPolicy" | "PutUserPolicy" | "AddUserToGroup" | "CreateAccessKey"
        | "CreateLoginProfile" | "UpdateLoginProfile" => "user",
        "AttachRolePolicy" | "PutRolePolicy" => "role",
        "AttachGroupPolicy" | "PutGroupPolicy" => "group",
        "UpdateAssumeRolePolicy" => return Gift { grantee: trusted(event), level: None },
        _ => return Gift::default(),
    };
    let grantee = match event.parameter(&format!("{kind}Name")) {
        Some(name) => names.arn(event, kind, name),
        // Without a name it is the caller's own key.
        None => (name == "CreateAccessKey").then(|| event.caller.identity.clone()).flatten(),
    };
    Gift { grantee, level: level(event) }
}

fn level(event: &Event<'_>) -> Option<Level> {
    if let Some(arn) = event.parameter("policyArn") {
        let (_, name) = arn.split_once(":iam::aws:policy/")?;
        return MANAGED.iter().find(|(known, _)| *known == name).map(|(_, level)| *level);
    }
    let document = event.parameter("policyDocument")?;
    reach_of(&Value::String(document.to_owned()), event.at).ok()
}

/// Whom a role's new trust policy lets act as it. A session of a role is named without the role's path.
fn trusted(event: &Event<'_>) -> Option<String> {
    let document = event.parameter("policyDocument")?;
    let caller = event.caller.identity.as_deref();
    let own = event.caller.arn.as_deref();
    let all = trusted_by(&Value::String(document.to_owned()), "").ok()?;
    let named = all.into_iter().map(|it| match caller {
        Some(caller) if Some(it.as_str()) == own => caller.to_owned(),
        _ => it,
    });
    Gift::to_one_of(named.collect(), caller)
}

/// After how long a bucket's new rules delete what is in it: the least that any rule in force says. `None` for other
/// calls and rules that delete nothing.
pub fn deletes_after(event: &Event<'_>) -> Option<String> {
    if !matches!(event.action.as_str(), "s3:PutBucketLifecycle" | "s3:PutBucketLifecycleConfiguration") {
        return None;
    }
    let rules = event.fields.get("requestParameters.LifecycleConfiguration.Rule")?;
    let rules = rules.as_array().map_or(std::slice::from_ref(rules), Vec::as_slice);
    let days = rules.iter().filter_map(|rule| {
        let on = rule.get("Status").and_then(Value::as_str) == Some("Enabled");
        let days = rule.get("Expiration")?.get("Days")?;
        days.as_i64().or_else(|| days.as_str()?.parse().ok()).filter(|days| on && *days > 0)
    });
    days.min().map(|days| format!("{days}d"))
}

/// Whose key the object of a data event was encrypted with, in the model's words: `null` for what stores nothing, and
/// nothing where the event does not say.
pub fn encrypted_with(event: &Event<'_>) -> Option<Value> {
    let stores =
        ["s3:PutObject", "s3:CopyObject", "s3:CreateMultipartUpload"].contains(&event.action.as_str());
    if !stores {
        return Some(Value::Null);
    }
    let parameter = |name: &str| event.parameter(&format!("x-amz-server-side-encryption{name}"));
    if parameter("-customer-algorithm").is_some() {
        return Some("caller".into());
    }
    if let Some(key) = parameter("-aws-kms-key-id") {
        // An id alone is of the caller's account; whose that is, is not said of a call from another one.
        let account = keys::arn_account(key).or(event.caller.account.as_deref())?;
        let own = Some(account) == event.account.as_deref();
        return Some(if own { "ours" } else { "stranger" }.into());
    }
    let applied = event.fields.text("additionalEventData.SSEApplied").ok().flatten();
    match (applied, parameter("")) {
        (Some("SSE_C"), _) => Some("caller".into()),
        (Some("SSE_S3" | "Default_SSE_S3"), _) | (None, Some("AES256")) => Some("provider".into()),
        // By the account's default: which key that is stands in the bucket's settings.
        _ => None,
    }
}
