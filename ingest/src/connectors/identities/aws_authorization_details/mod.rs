//! AWS account authorization details: who there is, what they may do, and who may act as whom.
//!
//! | file | holds |
//! | --- | --- |
//! | `account.rs` | the pages of an account's details, put together |
//! | `policy.rs` | a policy's statements |
//! | `effective.rs` | what remains of a principal's statements: denials, boundary, impossible conditions |
//! | `grants.rs` | grants and levels, by the table of actions |
//! | `trust.rs` | who may act as a role |

mod account;
mod effective;
mod grants;
mod policy;
mod trust;

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::Bad;
use crate::level::Level;
use crate::output::RunSpan;
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, json, keys};
use account::{Account, Principal};
use effective::Effective;

/// The connector.
#[derive(Debug)]
pub struct AwsAuthorizationDetails;

const NAME: &str = "aws-authorization-details";

impl Connector for AwsAuthorizationDetails {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "AWS account authorization details: identities, grants, trust"
    }

    fn basis(&self) -> Basis {
        Basis::ControlPlane
    }

    fn command(&self) -> &'static str {
        "aws iam get-account-authorization-details --output json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        // Any of the lists may be long enough to hide those behind it.
        head.has_any(&["UserDetailList", "GroupDetailList", "RoleDetailList"])
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut facts = Collector::new(NAME, context);
        let account = Account::read(json::records(input)?.collect(), &mut facts);
        if !account.recognised {
            let expected = "there is no `UserDetailList`, `GroupDetailList` or `RoleDetailList` in it";
            return Err(IngestError::NotThisFormat { tool: NAME, expected: expected.to_owned() });
        }
        let at = context.time(None)?;
        let mut accounts: Vec<&str> = Vec::new();
        let mut missing = false;
        for principal in &account.principals {
            if !accounts.contains(&principal.account.as_str()) {
                accounts.push(&principal.account);
            }
            match identity(principal, &account, at, &mut facts) {
                Ok(all) => missing |= !all,
                Err(bad) => facts.reject(principal.place.clone(), bad),
            }
        }
        let roles = account.principals.iter().any(|principal| principal.kind == "role");
        if !roles {
            facts.note("there is no role in it, and every account has some: nothing is concluded from what is not in it");
        }
        if account.truncated {
            facts.note("the last page says that more follow: nothing is concluded from what is not in it");
        }
        let named = context.account.as_deref().filter(|_| accounts.is_empty());
        let whole = roles && !account.truncated;
        for scope in accounts.into_iter().chain(named) {
            for (types, complete) in [(&["Identity", "Trust"][..], whole), (&["Grant"], whole && !missing)] {
                facts.run(&RunSpan { types, scope, from: at, until: at, complete });
            }
        }
        Ok(facts.finish())
    }
}

/// How far one policy's document reaches by itself.
///
/// # Errors
/// [`Bad`] where it is no policy.
pub fn reach_of(document: &Value, at: Instant) -> Result<Level, Bad> {
    Ok(grants::all(&Effective::alone(document, at)?).1)
}

/// Whom the trust policy of a role lets act as it.
///
/// # Errors
/// [`Bad`] where it is no policy.
pub fn trusted_by(document: &Value, role: &str) -> Result<Vec<String>, Bad> {
    let allowed = policy::statements(document)?.into_iter().filter(|it| it.allow && !it.not_principal);
    let mut all = Vec::new();
    for statement in allowed {
        all.extend(trust::sources(statement.principal.as_ref(), role)?);
    }
    Ok(all)
}

/// Adds a principal, what it may do and who may act as it. Whether all its policies are in the input.
fn identity(
    principal: &Principal,
    account: &Account,
    at: Instant,
    facts: &mut Collector,
) -> Result<bool, Bad> {
    let effective = Effective::of(principal, account, at)?;
    let (found, level) = grants::of(principal, &effective);
    let report = facts
        .report("Identity", &principal.arn, &principal.place, at)
        .with("name", principal.name.as_str())
        .with("kind", principal.kind)
        .with("account", principal.account.as_str())
        .with("status", "enabled")
        .with("ended_at", Value::Null)
        .with_known("nonhuman", (principal.kind == "role").then_some(true))
        .with_known("created_at", principal.created.map(|at| at.to_string()))
        .with_known("owner", principal.owner.clone())
        .with_known("env", principal.env)
        .with_known("level", level);
    facts.push(report);
    if let Some(short) = keys::without_path(&principal.arn) {
        facts.same_as("Identity", &short, &principal.arn, &principal.place, at);
    }
    if let Some(unique) = &principal.unique {
        facts.same_as("Identity", unique, &principal.arn, &principal.place, at);
    }
    for policy in &effective.missing {
        facts.note(format!(
            "the policy {} is attached and not in the input: what it allows is not known",
            plain(policy)
        ));
    }
    for grant in found {
        let key = keys::natural(&[&principal.arn, &grant.via, &grant.action, &grant.resource]);
        let report = facts
            .report("Grant", &key, &principal.place, at)
            .with("subject", principal.arn.as_str())
            .with("action", grant.action)
            .with("resource", grant.resource)
            .with("effect", if grant.allow { "allow" } else { "deny" })
            .with("level", grant.level)
            .with("dangerous", grant.dangerous)
            .with("via", grant.via)
            .with("condition", grant.condition);
        facts.push(report);
    }
    trust::facts(principal, at, facts)?;
    Ok(effective.missing.is_empty())
}

/// A text from the data, fit for a message.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests;
