//! Amazon GuardDuty's own findings: as its API answers, and as it exports them.

mod finding;

use assize::facts::Instant;
use serde_json::Value;

use crate::aws::listing::Shape;
use crate::fields::Fields;
use crate::{Collector, Connector, Context, Head, IngestError, Output};

const NAME: &str = "aws-guardduty";

const SHAPE: Shape = Shape { tool: NAME, lists: &["Findings"], marks: &["Service", "service"] };

/// Reads what `aws guardduty get-findings` prints, and the lines that GuardDuty exports to a bucket.
#[derive(Clone, Copy, Debug)]
pub struct AwsGuardDuty;

impl Connector for AwsGuardDuty {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Amazon GuardDuty: what looks like an attack, with the access key, identity or pod behind it"
    }

    fn command(&self) -> &'static str {
        "aws guardduty list-findings --detector-id ID --query FindingIds --output text | xargs -n 50 aws guardduty get-findings --detector-id ID --output json --finding-ids > findings.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let api = ["Findings[].", "[].", ""].iter().any(|start| {
            let has = |name: &str| head.has(&format!("{start}{name}"));
            has("Service") && has("Resource") && has("Arn")
        });
        let exported = head.has_all(&["schemaVersion", "accountId", "resource.resourceType", "service"]);
        api || exported
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut facts = Collector::new(NAME, context);
        let listing = SHAPE.read(input, &mut facts)?;
        let records: Vec<(String, Value)> =
            listing.records.into_iter().map(|(place, one)| (place, capitalised(one))).collect();
        let newest = records.iter().filter_map(|(_, one)| updated(one)).max();
        let at = match context.observed_at.or(newest) {
            Some(at) => at,
            None => context.time(None)?,
        };
        let mut reader = Reader { facts, at, samples: 0 };
        for (place, one) in &records {
            if let Err(bad) = Fields::of(one).and_then(|one| reader.finding(one, place)) {
                reader.facts.reject(place.as_str(), bad);
            }
        }
        if reader.samples > 0 {
            let left_out = format!("findings that were generated as samples, left out: {}", reader.samples);
            reader.facts.note(left_out);
        }
        Ok(reader.facts.finish())
    }
}

/// One input on its way. There is no run: a listing is of one region, and of what GuardDuty has kept.
struct Reader {
    facts: Collector,
    at: Instant,
    samples: usize,
}

fn updated(one: &Value) -> Option<Instant> {
    Fields::of(one).ok()?.instant("UpdatedAt").ok()?
}

/// The API's names from the export's, which begin with a small letter.
fn capitalised(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let renamed = map.into_iter().map(|(name, value)| {
                let mut letters = name.chars();
                let first = letters.next().map(|first| first.to_ascii_uppercase());
                (first.into_iter().chain(letters).collect::<String>(), capitalised(value))
            });
            Value::Object(renamed.collect())
        }
        Value::Array(all) => Value::Array(all.into_iter().map(capitalised).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
