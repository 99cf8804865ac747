//! One finding.

use serde_json::Value;

use super::Reader;
use crate::aws::packages::{self, Names, Place};
use crate::aws::resource;
use crate::fields::{Bad, Fields, missing};
use crate::findings::{ScannedKind, severity};
use crate::keys;

/// The names in Inspector's own telling.
const VULNERABILITY: Names = Names {
    id: "vulnerabilityId",
    related: "relatedVulnerabilities",
    packages: "vulnerablePackages",
    package: ["name", "version", "epoch", "release", "filePath", "fixedInVersion"],
    scores: "cvss",
    score: ["version", "baseScore", "source", "scoringVector"],
};

impl Reader {
    /// Reads a finding.
    pub(super) fn finding(&mut self, one: Fields<'_>, record: &str) -> Result<(), Bad> {
        let arn = one.need_text("findingArn")?;
        let account = one.need_text("awsAccountId")?;
        let status = match one.text("status")? {
            None | Some("ACTIVE") => "open",
            Some("SUPPRESSED") => "suppressed",
            Some("CLOSED") => "resolved",
            Some(_) => return Err(Bad::field("status", "is no state that Inspector is known to write")),
        };
        let severity =
            match one.text("severity")? {
                None | Some("UNTRIAGED") => None,
                Some(word) => Some(severity(word).ok_or_else(|| {
                    Bad::field("severity", "is no severity that Inspector is known to write")
                })?),
            };
        let all: Vec<Fields<'_>> = one.list("resources")?.iter().map(Fields::of).collect::<Result<_, _>>()?;
        let first = *all.first().ok_or_else(|| missing("resources"))?;
        let id = arn_of(first, account)?;
        let tags = first.list("details.awsEcrContainerImage.imageTags")?;
        let what = resource::scanned(&id, tags, account, &mut self.facts, record, self.at);
        let is_image = matches!(what.kind, ScannedKind::Image(_));
        if is_image {
            self.images.insert(what.artifact.clone());
        }
        let seen = (one.instant("firstObservedAt")?, one.instant("lastObservedAt")?);
        let ids = [id.as_str()];
        match one.need_text("type")? {
            "PACKAGE_VULNERABILITY" => {
                let Some(of) = one.object("packageVulnerabilityDetails")? else {
                    return Err(missing("packageVulnerabilityDetails"));
                };
                let place = Place {
                    what: &what,
                    resources: &ids,
                    part: if is_image { "" } else { &id },
                    record,
                    at: self.at,
                    status,
                    severity,
                    fixable: one.text("fixAvailable")?,
                    epss: one.double("epss.score")?,
                    seen,
                };
                packages::report(of, &VULNERABILITY, &place, &mut self.aliases, &mut self.facts)
            }
            kind @ ("NETWORK_REACHABILITY" | "CODE_VULNERABILITY") => {
                let code = kind == "CODE_VULNERABILITY";
                let path = one.text("codeVulnerabilityDetails.filePath.filePath")?;
                let class = if code { "weakness" } else { "misconfig" };
                let rule = one.text("codeVulnerabilityDetails.detectorId")?.unwrap_or("NETWORK_REACHABILITY");
                let finding = what
                    .finding(&self.facts, class, &[arn], record, self.at)
                    .with("status", status)
                    .with_known("severity", severity)
                    .with("rule", rule)
                    .with_known("title", one.text("codeVulnerabilityDetails.detectorName")?)
                    .with("vulnerability", Value::Null)
                    .with("path", path.map_or(Value::Null, |path| keys::path(path, None).into()))
                    .with_known("line", one.int("codeVulnerabilityDetails.filePath.startLine")?);
                self.facts.push(resource::about(resource::seen(finding, seen), &ids));
                Ok(())
            }
            _ => Err(Bad::field("type", "is no kind of finding that Inspector is known to write")),
        }
    }
}

/// The resource's ARN. Of a host only the id is told, and the ARN follows from it.
fn arn_of(resource: Fields<'_>, account: &str) -> Result<String, Bad> {
    let id = resource.need_text("id")?;
    let region = resource.text("region")?;
    Ok(match (resource.text("type")?, region) {
        (Some("AWS_EC2_INSTANCE"), Some(region)) if id.starts_with("i-") => {
            let partition = resource.text("partition")?.unwrap_or("aws");
            format!("arn:{partition}:ec2:{region}:{account}:instance/{id}")
        }
        _ => id.to_owned(),
    })
}
