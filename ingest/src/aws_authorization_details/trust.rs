//! Who may act as a role.

use assize::facts::Instant;
use serde_json::Value;

use super::account::Principal;
use super::policy::{statements, texts};
use crate::fields::Bad;
use crate::{Collector, keys};

/// The ways to take a role.
const TAKES: [&str; 3] = ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];

/// Adds who may act as a principal, if it is a role.
pub fn facts(role: &Principal, at: Instant, facts: &mut Collector) -> Result<(), Bad> {
    let Some(document) = &role.trust else { return Ok(()) };
    for (n, statement) in statements(document)?.iter().enumerate() {
        if !TAKES.iter().any(|action| statement.actions.take_in(action)) {
            continue;
        }
        if !statement.allow || statement.not_principal {
            let what = if statement.allow { "NotPrincipal" } else { "Deny" };
            facts.note(format!(
                "{what} in the trust policy of {} is not taken into account",
                super::plain(&role.arn)
            ));
            continue;
        }
        for source in sources(statement.principal.as_ref(), &role.arn)? {
            let key = keys::natural(&[&role.arn, &format!("trust[{n}]"), &source]);
            let report = facts
                .report("Trust", &key, &role.place, at)
                .with("source", source)
                .with("target", role.arn.as_str())
                .with("condition", statement.condition());
            facts.push(report);
        }
    }
    Ok(())
}

/// The principals that a statement names: ARNs, services, providers, `*`. An account stands for its root.
fn sources(principal: Option<&Value>, role: &str) -> Result<Vec<String>, Bad> {
    let partition = role.split(':').nth(1).unwrap_or("aws");
    let mut all = match principal {
        None => return Err(Bad::field("Principal", "is missing")),
        Some(Value::Object(kinds)) => {
            let mut all = Vec::new();
            for names in kinds.values() {
                all.extend(texts(names, "Principal")?);
            }
            all
        }
        Some(names) => texts(names, "Principal")?,
    };
    for source in &mut all {
        if source.len() == 12 && source.bytes().all(|byte| byte.is_ascii_digit()) {
            *source = format!("arn:{partition}:iam::{source}:root");
        }
    }
    Ok(all)
}
