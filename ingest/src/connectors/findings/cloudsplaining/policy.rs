//! One policy, and who has it.

use serde_json::Value;

use super::Reader;
use crate::fields::{Bad, Fields};
use crate::findings::{Scanned, severity};
use crate::keys;

/// What Cloudsplaining looks for in a policy.
const CATEGORIES: [&str; 6] = [
    "PrivilegeEscalation",
    "ResourceExposure",
    "DataExfiltration",
    "CredentialsExposure",
    "ServiceWildcard",
    "InfrastructureModification",
];

/// How many actions a title names.
const SHOWN: usize = 5;

impl Reader {
    /// Reads a policy: a finding for each category, and each way to escalate, of each principal that has it.
    pub(super) fn policy(&mut self, one: Fields<'_>, id: &str, place: &str) -> Result<(), Bad> {
        let name = one.need_text("PolicyName")?;
        let found = found(one)?;
        if found.is_empty() {
            return Ok(());
        }
        let aside = one.bool("is_excluded")?.unwrap_or(false);
        let mut anybody = false;
        for part in ["users", "roles", "groups"] {
            for who in one.list(&format!("AttachedTo.{part}"))?.iter().filter_map(Value::as_str) {
                anybody = true;
                let known = self.principals.get(&(part, who.to_owned())).cloned();
                let Some((arn, set_aside)) = known else {
                    return Err(Bad::field(
                        format!("AttachedTo.{part}"),
                        "names a principal that is not listed",
                    ));
                };
                let account = keys::arn_account(&arn).map(str::to_owned).or_else(|| self.account.clone());
                let account =
                    account.ok_or_else(|| Bad::field("arn", "names no account; give `--account`"))?;
                let status = if aside || set_aside { "suppressed" } else { "open" };
                for Found { rule, severity, actions } in &found {
                    let finding = Scanned::place(&account)
                        .finding(&self.facts, "iam", &[rule, id, &arn], place, self.at)
                        .with("status", status)
                        .with_known("severity", *severity)
                        .with("rule", rule.as_str())
                        .with("title", format!("{name}: {actions}"))
                        .with("vulnerability", Value::Null)
                        .with("identity", arn.as_str())
                        .with("secret", Value::Null)
                        .with_known("resource", one.text("Arn")?);
                    self.facts.push(finding);
                }
            }
        }
        if !anybody {
            self.unattached = self.unattached.saturating_add(1);
        }
        Ok(())
    }
}

/// What was found in a policy.
struct Found {
    rule: String,
    severity: Option<&'static str>,
    actions: String,
}

fn found(one: Fields<'_>) -> Result<Vec<Found>, Bad> {
    let mut all = Vec::new();
    for category in CATEGORIES {
        let Some(of) = one.object(category)? else { continue };
        let severity = of.text("severity")?.and_then(severity);
        let mut actions = Vec::new();
        for finding in of.list("findings")? {
            match finding {
                Value::String(action) => actions.push(action.as_str()),
                other => {
                    let way = Fields::of(other)?;
                    let named = way.list("actions")?.iter().filter_map(Value::as_str).collect();
                    let rule = format!("{category}:{}", way.need_text("type")?);
                    all.push(Found { rule, severity, actions: shown(named) });
                }
            }
        }
        if !actions.is_empty() {
            all.push(Found { rule: category.to_owned(), severity, actions: shown(actions) });
        }
    }
    Ok(all)
}

/// Some of the actions, and how many more.
fn shown(mut actions: Vec<&str>) -> String {
    actions.sort_unstable();
    let more = actions.len().saturating_sub(SHOWN);
    let first = actions.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}
