//! Amazon Inspector's own listings: findings, and what it watches.

mod coverage;
mod finding;

use std::collections::BTreeSet;

use assize::facts::Instant;
use serde_json::Value;

use crate::aws::listing::Shape;
use crate::fields::Fields;
use crate::findings::{Aliases, class_run};
use crate::{Collector, Connector, Context, Head, IngestError, Output};

const NAME: &str = "aws-inspector";

const SHAPE: Shape =
    Shape { tool: NAME, lists: &["findings", "coveredResources"], marks: &["findingArn", "scanType"] };

/// Reads what `aws inspector2 list-findings` and `aws inspector2 list-coverage` print.
#[derive(Clone, Copy, Debug)]
pub struct AwsInspector;

impl Connector for AwsInspector {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Amazon Inspector: vulnerabilities of images, hosts and functions, and what it watches"
    }

    fn command(&self) -> &'static str {
        "aws inspector2 list-findings --output json > findings.json
aws inspector2 list-coverage --output json > coverage.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        head.has_any(&["findings[].findingArn", "[].findingArn", "findingArn"])
            || head.has_all(&["coveredResources[].resourceId", "coveredResources[].scanType"])
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut facts = Collector::new(NAME, context);
        let listing = SHAPE.read(input, &mut facts)?;
        let newest = listing.records.iter().filter_map(|(_, one)| newest(one)).max();
        let at = match context.observed_at.or(newest) {
            Some(at) => at,
            None => context.time(None)?,
        };
        let mut reader = Reader { facts, at, aliases: Aliases::default(), images: BTreeSet::new() };
        for (place, one) in &listing.records {
            let read = |one: Fields<'_>, reader: &mut Reader| {
                if one.has("scanType") { reader.covered(one, place) } else { reader.finding(one, place) }
            };
            if let Err(bad) = Fields::of(one).and_then(|one| read(one, &mut reader)) {
                reader.facts.reject(place.as_str(), bad);
            }
        }
        let Reader { mut facts, aliases, images, .. } = reader;
        for image in images {
            class_run(&mut facts, &image, "vuln", (at, at), !listing.more);
        }
        aliases.report(&mut facts, at);
        Ok(facts.finish())
    }
}

/// The latest instant that a record names: a listing is no older.
fn newest(one: &Value) -> Option<Instant> {
    let one = Fields::of(one).ok()?;
    one.instant("updatedAt").ok().flatten().max(one.instant("lastScannedAt").ok().flatten())
}

/// One input on its way.
struct Reader {
    facts: Collector,
    at: Instant,
    aliases: Aliases,
    /// The images that have findings: all of them are in the listing of the image's region.
    images: BTreeSet<String>,
}

#[cfg(test)]
mod tests;
