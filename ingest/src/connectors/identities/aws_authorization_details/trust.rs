//! Who may act as a role.

use std::collections::BTreeSet;

use assize::facts::Instant;
use serde_json::Value;

use super::account::Principal;
use super::policy::{Condition, Statement, statements, texts};
use crate::aws::resource;
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
            let (subjects, condition) = subjects(&source, statement);
            for subject in subjects {
                let account = resource::principals_account(&subject);
                let ours = account.is_some() && account == keys::arn_account(&role.arn);
                let key = keys::natural(&[&role.arn, &format!("trust[{n}]"), &subject]);
                let report = facts
                    .report("Trust", &key, &role.place, at)
                    .with("source", subject)
                    .with("target", role.arn.as_str())
                    .with("condition", condition.clone())
                    // Whose another account is, this listing does not say.
                    .with_known("external", ours.then_some(false));
                facts.push(report);
            }
        }
    }
    Ok(())
}

/// Who of a provider may act, and under which other conditions: the subjects that the statement names one by
/// one, under the name that other clouds and logs have for them (`oidc:ISSUER#SUBJECT`), else the provider.
fn subjects(source: &str, statement: &Statement) -> (Vec<String>, Option<String>) {
    let whole = (vec![source.to_owned()], statement.condition());
    let Some((_, issuer)) = source.split_once(":oidc-provider/") else { return whole };
    let is_subject = |it: &&Condition| {
        it.operator.eq_ignore_ascii_case("StringEquals") && it.key.strip_suffix(":sub") == Some(issuer)
    };
    let Some(named) = statement.conditions.iter().find(is_subject) else { return whole };
    let others: BTreeSet<&str> =
        statement.conditions.iter().filter(|it| !is_subject(it)).map(|it| it.key.as_str()).collect();
    let others = others.into_iter().collect::<Vec<_>>().join(", ");
    let subjects = named.values.iter().map(|subject| keys::oidc(issuer, subject)).collect();
    (subjects, Some(others).filter(|others| !others.is_empty()))
}

/// The principals that a statement names: ARNs, services, providers, `*`. An account stands for its root.
pub fn sources(principal: Option<&Value>, role: &str) -> Result<Vec<String>, Bad> {
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
