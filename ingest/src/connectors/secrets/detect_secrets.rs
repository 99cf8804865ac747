//! detect-secrets' baseline: hashes of secrets, and what people have said of them in an audit.
//!
//! The file holds no value but its SHA-1 without a key. That is met on its own ground: connectors that see
//! values give the same secret an alias by its keyed SHA-1 ([`crate::SiteKey::sha1_alias`]).

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::sightings::{Seen, Sightings};
use crate::{Collector, Connector, Context, Head, IngestError, Output, json};

/// Reads what `detect-secrets scan` writes.
#[derive(Clone, Copy, Debug)]
pub struct DetectSecrets;

const NAME: &str = "detect-secrets";

/// The filter that leaves whole files out.
const EXCLUDES: &str = "detect_secrets.filters.regex.should_exclude_file";

impl Connector for DetectSecrets {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "detect-secrets: hashes of secrets in a folder, with what an audit said of them"
    }

    fn command(&self) -> &'static str {
        "detect-secrets scan --all-files > detect-secrets.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        head.has_all(&["version", "plugins_used"])
            && head.has_any(&["results", "filters_used", "generated_at"])
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let document = json::document(input)?;
        let not_ours =
            |expected: &str| IngestError::NotThisFormat { tool: NAME, expected: expected.to_owned() };
        let baseline = Fields::of(&document).map_err(|_| not_ours("it is no object"))?;
        let Some(Value::Object(results)) = baseline.get("results").filter(|_| baseline.has("plugins_used"))
        else {
            return Err(not_ours("it has no `plugins_used` and no object `results`"));
        };
        let mut facts = Collector::new(NAME, context);
        let generated = match baseline.instant("generated_at") {
            Ok(generated) => generated,
            Err(bad) => {
                facts.reject("generated_at", bad);
                None
            }
        };
        let mut sightings = Sightings::new(context, context.time(generated)?)?;
        for (file, records) in results {
            let Value::Array(records) = records else {
                facts.reject(place(file, None), Bad::record("is no list"));
                continue;
            };
            for (index, record) in records.iter().enumerate() {
                let place = place(file, Some(index));
                if let Err(bad) = read(record, file, &place, context, &mut sightings, &mut facts) {
                    facts.reject(place, bad);
                }
            }
        }
        let excluded = excludes(baseline);
        if excluded {
            facts.note("files were left out of the scan by a pattern: it proves no absence");
        }
        sightings.report_runs(&mut facts, !excluded);
        Ok(facts.finish())
    }
}

fn place(file: &str, index: Option<usize>) -> String {
    // A file may be named after a secret; its own key in the output cannot be told from one.
    let file: String = file.chars().filter(|c| !c.is_control()).take(200).collect();
    index.map_or(format!("results.{file}"), |index| format!("results.{file}[{index}]"))
}

/// Whether the scan left files out: by a pattern of now, or of the versions before 1.0.
fn excludes(baseline: Fields<'_>) -> bool {
    let filters = baseline.list("filters_used").unwrap_or_default();
    let by_filter = filters
        .iter()
        .filter_map(|filter| Fields::of(filter).ok())
        .any(|filter| filter.text("path").is_ok_and(|path| path == Some(EXCLUDES)));
    by_filter || baseline.has("exclude.files")
}

/// Reads one secret of a file.
fn read(
    record: &Value,
    file: &str,
    place: &str,
    context: &Context,
    sightings: &mut Sightings<'_>,
    facts: &mut Collector,
) -> Result<(), Bad> {
    let record = Fields::of(record)?;
    let hash = record.need_text("hashed_secret")?;
    if hash.len() != 40 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Bad::field("hashed_secret", "is no SHA-1"));
    }
    let key = context.site_key.of_hash("sha1", hash);
    // The audit's answer; a secret that nobody has looked at has none, and one that is said to be real is
    // an open alert.
    let resolution = match record.bool("is_secret")? {
        Some(false) => Some(Some("false_positive")),
        Some(true) | None => Some(None),
    };
    let seen = Seen {
        key: Some(&key),
        detector: record.need_text("type")?,
        path: Some(record.text("filename")?.unwrap_or(file)),
        line: record.int("line_number")?,
        resolution,
        ..Seen::default()
    };
    let works = record.bool("is_verified")?.unwrap_or(false);
    let at = sightings.at();
    let Some(mut secret) = sightings.report(facts, place, &seen) else { return Ok(()) };
    if works {
        secret = secret.with("validity", "active").with("validity_checked_at", at.to_string());
    }
    facts.push(secret);
    Ok(())
}

#[cfg(test)]
mod tests;
