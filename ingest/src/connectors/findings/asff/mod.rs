//! The AWS Security Finding Format: what Security Hub, Inspector, GuardDuty and others write in it.

mod finding;

use std::collections::BTreeMap;

use assize::facts::Instant;
use serde_json::Value;

use crate::aws::listing::Shape;
use crate::fields::Fields;
use crate::findings::{Aliases, class_run};
use crate::{Collector, Connector, Context, Head, IngestError, Output};

const NAME: &str = "asff";

const SHAPE: Shape = Shape { tool: NAME, lists: &["Findings", "findings"], marks: &["ProductArn"] };

/// Reads what `aws securityhub get-findings` prints.
#[derive(Clone, Copy, Debug)]
pub struct Asff;

impl Connector for Asff {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "AWS Security Finding Format: Security Hub's controls, and what Inspector, GuardDuty, Prowler and others write in it"
    }

    fn command(&self) -> &'static str {
        "aws securityhub get-findings --output json > findings.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let has = |start: &str, name: &str| head.has(&format!("{start}{name}"));
        let starts = ["Findings[].", "findings[].", "[].", ""];
        starts.iter().any(|start| has(start, "ProductArn") && has(start, "AwsAccountId"))
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut facts = Collector::new(NAME, context);
        let listing = SHAPE.read(input, &mut facts)?;
        // A listing is as new as its newest update, if nobody says better.
        let newest = listing.records.iter().filter_map(|(_, one)| updated(one)).max();
        let at = match context.observed_at.or(newest) {
            Some(at) => at,
            None => context.time(None)?,
        };
        let mut reader =
            Reader { facts, at, aliases: Aliases::default(), runs: BTreeMap::new(), passed: 0, samples: 0 };
        for (place, one) in &listing.records {
            if let Err(bad) = Fields::of(one).and_then(|one| reader.finding(one, place)) {
                reader.facts.reject(place.as_str(), bad);
            }
        }
        reader.tell();
        let Reader { mut facts, aliases, runs, .. } = reader;
        for ((artifact, class), whole) in runs {
            class_run(&mut facts, &artifact, class, (at, at), whole && !listing.more);
        }
        aliases.report(&mut facts, at);
        Ok(facts.finish())
    }
}

fn updated(one: &Value) -> Option<Instant> {
    Fields::of(one).ok()?.instant("UpdatedAt").ok()?
}

/// One input on its way.
struct Reader {
    facts: Collector,
    at: Instant,
    aliases: Aliases,
    /// What was listed: the artifact, the class, and whether all of it is in a listing of one region.
    runs: BTreeMap<(String, &'static str), bool>,
    passed: usize,
    samples: usize,
}

impl Reader {
    fn tell(&mut self) {
        if self.passed > 0 {
            self.facts.note(format!("controls that hold are no findings: {}", self.passed));
        }
        if self.samples > 0 {
            self.facts.note(format!("findings that were generated as samples, left out: {}", self.samples));
        }
    }
}

#[cfg(test)]
mod tests;
