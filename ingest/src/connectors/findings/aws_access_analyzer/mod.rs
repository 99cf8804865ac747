//! IAM Access Analyzer: who outside can reach what, and which access nobody uses.

mod access;
mod unused;

use assize::facts::{Instant, Report};
use serde_json::Value;

use crate::aws::listing::Shape;
use crate::aws::resource;
use crate::fields::{Bad, Fields};
use crate::findings::Scanned;
use crate::{Collector, Connector, Context, Head, IngestError, Output};

const NAME: &str = "aws-access-analyzer";

const SHAPE: Shape = Shape { tool: NAME, lists: &["findings"], marks: &["resourceOwnerAccount"] };

/// Reads what `aws accessanalyzer list-findings`, `list-findings-v2` and `get-finding-v2` print.
#[derive(Clone, Copy, Debug)]
pub struct AwsAccessAnalyzer;

impl Connector for AwsAccessAnalyzer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "IAM Access Analyzer: who outside can reach what, and which access nobody uses"
    }

    fn command(&self) -> &'static str {
        "aws accessanalyzer list-findings-v2 --analyzer-arn ARN --query 'findings[].id' --output text | xargs -n 1 aws accessanalyzer get-finding-v2 --analyzer-arn ARN --output json --id > findings.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        ["findings[].", "[].", ""].iter().any(|start| {
            let has = |name: &str| head.has(&format!("{start}{name}"));
            has("resourceOwnerAccount") && has("resourceType") && has("analyzedAt")
        })
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut facts = Collector::new(NAME, context);
        let listing = SHAPE.read(input, &mut facts)?;
        let newest = listing.records.iter().filter_map(|(_, one)| analyzed(one)).max();
        let at = match context.observed_at.or(newest) {
            Some(at) => at,
            None => context.time(None)?,
        };
        let mut reader = Reader { facts, at };
        for (place, one) in &listing.records {
            if let Err(bad) = Fields::of(one).and_then(|one| reader.finding(one, place)) {
                reader.facts.reject(place.as_str(), bad);
            }
        }
        Ok(reader.facts.finish())
    }
}

fn analyzed(one: &Value) -> Option<Instant> {
    Fields::of(one).ok()?.instant("analyzedAt").ok()?
}

/// One input on its way. There is no run: an analyser is of one region and of one kind of access, and says
/// itself what is over.
struct Reader {
    facts: Collector,
    at: Instant,
}

impl Reader {
    fn finding(&mut self, one: Fields<'_>, record: &str) -> Result<(), Bad> {
        let id = one.need_text("id")?;
        let account = one.need_text("resourceOwnerAccount")?;
        let status = match one.need_text("status")? {
            "ACTIVE" => "open",
            "ARCHIVED" => "suppressed",
            "RESOLVED" => "resolved",
            _ => return Err(Bad::field("status", "is no state that Access Analyzer is known to write")),
        };
        // The first version of the listing has external access alone, and does not say so.
        let kind = one.text("findingType")?.unwrap_or("ExternalAccess");
        let finding = Scanned::place(account)
            .finding(&self.facts, "iam", &[id], record, self.at)
            .with("status", status)
            .with("rule", kind)
            .with("vulnerability", Value::Null)
            .with_known("first_seen", one.instant("createdAt")?.map(|at| at.to_string()))
            .with_known("last_seen", one.instant("analyzedAt")?.map(|at| at.to_string()));
        let named: Vec<&str> = one.text("resource")?.into_iter().collect();
        let finding = resource::about(finding, &named);
        let details: Vec<Fields<'_>> =
            one.list("findingDetails")?.iter().map(Fields::of).collect::<Result<_, _>>()?;
        let finding = match kind {
            "ExternalAccess" | "InternalAccess" => {
                let part =
                    if kind == "ExternalAccess" { "externalAccessDetails" } else { "internalAccessDetails" };
                let mut parts = Vec::new();
                for detail in &details {
                    parts.extend(detail.object(part)?);
                }
                if details.is_empty() && one.has("action") {
                    parts.push(one);
                }
                self.reached(finding, &parts, one, record, (status, kind))?
            }
            "UnusedIAMRole" | "UnusedIAMUserAccessKey" | "UnusedIAMUserPassword" | "UnusedPermission" => {
                self.unused(finding, &details, one, record)?
            }
            _ => return Err(Bad::field("findingType", "is no kind that Access Analyzer is known to write")),
        };
        self.facts.push(finding);
        Ok(())
    }

    fn push(&mut self, report: Report) {
        self.facts.push(report);
    }
}

#[cfg(test)]
mod tests;
