//! One finding.

use serde_json::Value;

use super::Reader;
use crate::aws::packages::{self, Names, Place};
use crate::aws::resource;
use crate::fields::{Bad, Fields, missing};
use crate::findings::{ScannedKind, severity};

/// Inspector's vulnerabilities in this format.
const VULNERABILITY: Names = Names {
    id: "Id",
    related: "RelatedVulnerabilities",
    packages: "VulnerablePackages",
    package: ["Name", "Version", "Epoch", "Release", "FilePath", "FixedInVersion"],
    scores: "Cvss",
    score: ["Version", "BaseScore", "Source", "BaseVector"],
};

impl Reader {
    /// Reads a finding.
    pub(super) fn finding(&mut self, one: Fields<'_>, record: &str) -> Result<(), Bad> {
        let id = one.need_text("Id")?;
        let account = one.need_text("AwsAccountId")?;
        let product = one.need_text("ProductArn")?;
        if is_sample(one)? {
            self.samples = self.samples.saturating_add(1);
            return Ok(());
        }
        let control = one.text("Compliance.Status")?;
        let status = match (state(one)?, control) {
            (_, Some("PASSED")) => {
                self.passed = self.passed.saturating_add(1);
                return Ok(());
            }
            // What could not be evaluated is neither open nor mended.
            ("open", Some("WARNING" | "NOT_AVAILABLE" | "INFOED")) => None,
            (state, None | Some("FAILED" | "WARNING" | "NOT_AVAILABLE" | "INFOED")) => Some(state),
            _ => return Err(Bad::field("Compliance.Status", "is no state that this format knows")),
        };
        let all: Vec<Fields<'_>> = one.list("Resources")?.iter().map(Fields::of).collect::<Result<_, _>>()?;
        let resources: Vec<&str> = all.iter().map(|it| it.need_text("Id")).collect::<Result<_, _>>()?;
        let first = *resources.first().ok_or_else(|| missing("Resources"))?;
        let tags = match all.first() {
            Some(first) => first.list("Details.AwsEcrContainerImage.ImageTags")?,
            None => &[],
        };
        let what = resource::scanned(first, tags, account, &mut self.facts, record, self.at);
        let seen = (one.instant("FirstObservedAt")?, one.instant("LastObservedAt")?);
        let vulnerabilities = one.list("Vulnerabilities")?;
        if !vulnerabilities.is_empty() {
            // All findings of an image are in one region's listing; an account has many regions.
            let is_image = matches!(what.kind, ScannedKind::Image(_));
            self.runs.insert((what.artifact.clone(), "vuln"), is_image);
            for it in vulnerabilities {
                let it = Fields::of(it)?;
                let place = Place {
                    what: &what,
                    resources: &resources,
                    part: if is_image { "" } else { first },
                    record,
                    at: self.at,
                    status: status.unwrap_or("open"),
                    severity: worst(one)?,
                    fixable: it.text("FixAvailable")?,
                    epss: it.double("EpssScore")?,
                    seen,
                };
                packages::report(it, &VULNERABILITY, &place, &mut self.aliases, &mut self.facts)?;
            }
            return Ok(());
        }
        let class = class(one, product, control.is_some())?;
        self.runs.insert((what.artifact.clone(), class), false);
        let finding = what
            .finding(&self.facts, class, &[id], record, self.at)
            .with_known("status", status)
            .with_known("severity", worst(one)?)
            .with_known("rule", rule(one, product)?)
            .with_known("title", one.text("Title")?.filter(|_| control.is_some()))
            .with("vulnerability", Value::Null);
        let finding = resource::about(resource::seen(finding, seen), &resources);
        // A key's owner is told by its unique id, which the listings of identities know.
        let mut owner = None;
        for it in &all {
            owner = owner.or(it.text("Details.AwsIamAccessKey.PrincipalId")?.and_then(resource::principal));
        }
        self.facts.push(match owner {
            Some(owner) => finding.with("identity", owner),
            None => finding,
        });
        Ok(())
    }
}

/// GuardDuty writes findings on request, to be looked at. Nothing happened.
fn is_sample(one: Fields<'_>) -> Result<bool, Bad> {
    let generated = one.text("ProductFields.aws/guardduty/service/additionalInfo/sample")? == Some("true");
    Ok(generated || one.bool("Sample")?.unwrap_or(false))
}

fn state(one: Fields<'_>) -> Result<&'static str, Bad> {
    if one.text("RecordState")? == Some("ARCHIVED") {
        return Ok("resolved");
    }
    match one.text("Workflow.Status")? {
        None | Some("NEW" | "NOTIFIED" | "ASSIGNED" | "IN_PROGRESS") => Ok("open"),
        Some("RESOLVED") => Ok("resolved"),
        Some("SUPPRESSED") => Ok("suppressed"),
        Some(_) => Err(Bad::field("Workflow.Status", "is no state that this format knows")),
    }
}

/// The severity, by its label, else by its number.
fn worst(one: Fields<'_>) -> Result<Option<&'static str>, Bad> {
    if let Some(label) = one.text("Severity.Label")? {
        let known = severity(label)
            .ok_or_else(|| Bad::field("Severity.Label", "is no severity that this format knows"));
        return known.map(Some);
    }
    Ok(match one.double("Severity.Normalized")? {
        Some(0.0) => Some("none"),
        Some(n) if (1.0..40.0).contains(&n) => Some("low"),
        Some(n) if (40.0..70.0).contains(&n) => Some("medium"),
        Some(n) if (70.0..90.0).contains(&n) => Some("high"),
        Some(n) if (90.0..=100.0).contains(&n) => Some("critical"),
        _ => None,
    })
}

/// The class: by the product, by whether a control was evaluated, by the first of the types' namespaces.
fn class(one: Fields<'_>, product: &str, control: bool) -> Result<&'static str, Bad> {
    if product.ends_with("/access-analyzer") {
        return Ok("iam");
    }
    if control {
        return Ok("misconfig");
    }
    let types = one.list("Types")?;
    let is = |start: &str| types.iter().filter_map(Value::as_str).any(|ty| ty.starts_with(start));
    let happened = ["TTPs", "Effects", "Unusual Behaviors"].iter().any(|start| is(start));
    Ok(if happened || product.ends_with("/guardduty") { "threat" } else { "misconfig" })
}

/// The rule: a control's id, GuardDuty's own type, else what generated it.
fn rule(one: Fields<'_>, product: &str) -> Result<Option<String>, Bad> {
    if product.ends_with("/guardduty") {
        let mut types = one.list("Types")?.iter().filter_map(Value::as_str);
        return Ok(types.next().map(own_type));
    }
    for field in ["Compliance.SecurityControlId", "ProductFields.ControlId", "GeneratorId"] {
        if let Some(rule) = one.text(field)? {
            return Ok(Some(rule.to_owned()));
        }
    }
    Ok(None)
}

/// GuardDuty's type as GuardDuty writes it: `Recon:EC2/Portscan` for `TTPs/Discovery/Recon:EC2-Portscan`.
fn own_type(ty: &str) -> String {
    let mut parts = ty.splitn(3, '/').skip(1);
    let (category, own) = (parts.next().unwrap_or(""), parts.next().unwrap_or(ty));
    let own = own.replacen('-', "/", 1);
    if own.contains(':') { own } else { format!("{}:{own}", category.replace(' ', "")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_told_as_guardduty_tells_it() {
        for (ty, own) in [
            ("TTPs/Discovery/Recon:EC2-Portscan", "Recon:EC2/Portscan"),
            ("TTPs/Discovery/IAMUser-AnomalousBehavior", "Discovery:IAMUser/AnomalousBehavior"),
            (
                "TTPs/Defense Evasion/DefenseEvasion:EC2-UnusualDNSResolver",
                "DefenseEvasion:EC2/UnusualDNSResolver",
            ),
        ] {
            assert_eq!(own_type(ty), own);
        }
    }
}
