//! Access from outside: a trust where a role can be taken, else a grant.

use assize::facts::Report;
use serde_json::Value;

use super::Reader;
use crate::aws::resource;
use crate::fields::{Bad, Fields};
use crate::keys;

impl Reader {
    /// Reports who reaches the resource, unless that is over, and whether everybody does.
    pub(super) fn reached(
        &mut self,
        finding: Report,
        parts: &[Fields<'_>],
        one: Fields<'_>,
        record: &str,
        (status, kind): (&str, &str),
    ) -> Result<Report, Bad> {
        let Some(resource) = one.text("resource")? else { return Ok(finding) };
        let mut public = None;
        for part in parts {
            public = public.max(part.bool("isPublic")?);
            // Archived access is access that somebody wants: it is there.
            if status == "resolved" {
                continue;
            }
            let condition = condition(*part)?;
            let actions = part.list("action")?.iter().filter_map(Value::as_str);
            for principal in principals(*part, resource)? {
                let takes = actions.clone().any(|action| action.starts_with("sts:AssumeRole"));
                if takes && resource::identity(resource).is_some() {
                    let key = keys::natural(&[resource, "external", &principal]);
                    let trust = self
                        .facts
                        .report("Trust", &key, record, self.at)
                        .with("source", principal.as_str())
                        .with("target", resource)
                        .with("condition", condition.clone())
                        .with_known("external", is_external(kind, &principal, one)?);
                    self.push(trust);
                    continue;
                }
                for action in actions.clone() {
                    let key = keys::natural(&[resource, "external", &principal, action]);
                    let grant = self
                        .facts
                        .report("Grant", &key, record, self.at)
                        .with("subject", principal.as_str())
                        .with("action", action)
                        .with("resource", resource)
                        .with("effect", "allow")
                        .with("condition", condition.clone());
                    self.push(grant);
                }
            }
        }
        Ok(finding.with_known("public", public))
    }
}

/// Who it is: ARNs, providers, `*`. An account stands for its root, as in trust policies.
fn principals(part: Fields<'_>, resource: &str) -> Result<Vec<String>, Bad> {
    let partition = resource.split(':').nth(1).unwrap_or("aws");
    let Some(all) = part.object("principal")? else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    for (kind, name) in all.map() {
        let Value::String(name) = name else {
            return Err(Bad::field(format!("principal.{kind}"), "is no text"));
        };
        let is_account = name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit());
        out.push(if is_account { format!("arn:{partition}:iam::{name}:root") } else { name.clone() });
    }
    Ok(out)
}

/// Whether a principal is somebody else's: access is external where it comes from outside the analyser's zone of trust.
/// Of a provider nobody says whose it is.
fn is_external(kind: &str, principal: &str, one: Fields<'_>) -> Result<Option<bool>, Bad> {
    let own = one.text("resourceOwnerAccount")?;
    Ok(match resource::principals_account(principal) {
        _ if kind == "InternalAccess" => Some(false),
        Some(account) => Some(own != Some(account)),
        None => (principal == "*").then_some(true),
    })
}

/// The keys of the conditions, which are all that is told of them; known absent where there is none.
fn condition(part: Fields<'_>) -> Result<Value, Bad> {
    let Some(all) = part.object("condition")? else { return Ok(Value::Null) };
    let mut names: Vec<&str> = all.map().keys().map(String::as_str).collect();
    names.sort_unstable();
    Ok(if names.is_empty() { Value::Null } else { names.join(", ").into() })
}
