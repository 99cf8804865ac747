//! CISA's catalog of known exploited vulnerabilities.

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::output::RunSpan;
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, json, keys};

/// Reads the catalog's JSON.
#[derive(Clone, Copy, Debug)]
pub struct Kev;

impl Connector for Kev {
    fn name(&self) -> &'static str {
        "kev"
    }

    fn title(&self) -> &'static str {
        "KEV: CISA's catalog of known exploited vulnerabilities"
    }

    fn basis(&self) -> Basis {
        Basis::ControlPlane
    }

    fn command(&self) -> &'static str {
        "curl --fail --output kev.json https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        head.has("catalogVersion") && head.has_any(&["vulnerabilities[].cveID", "dateReleased"])
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let document = json::document(input)?;
        let not_ours =
            |expected: &str| IngestError::NotThisFormat { tool: "kev", expected: expected.to_owned() };
        let catalog = Fields::of(&document).map_err(|_| not_ours("it is no object"))?;
        let entries = match catalog.get("vulnerabilities") {
            Some(Value::Array(entries)) if catalog.has("catalogVersion") => entries,
            _ => return Err(not_ours("it has no `catalogVersion` and list of `vulnerabilities`")),
        };
        let mut facts = Collector::new("kev", context);
        let released = match catalog.instant("dateReleased") {
            Ok(released) => released,
            Err(bad) => {
                facts.reject("dateReleased", bad);
                None
            }
        };
        // A catalog that is fetched today is today's, though it was released on Friday.
        let from = context.time(released)?;
        let at = context.observed_at.map_or(from, |fetched| fetched.max(from));
        for (index, entry) in entries.iter().enumerate() {
            let record = format!("vulnerabilities[{index}]");
            if let Err(bad) = read(entry, &record, at, &mut facts) {
                facts.reject(record, bad);
            }
        }
        let whole = is_whole(catalog, entries.len(), &mut facts);
        facts.run(&RunSpan { types: &["KevEntry"], scope: "*", from, until: at, complete: whole });
        Ok(facts.finish())
    }
}

/// Whether the catalog has as many entries as it says; where it does not say, it is taken at its word.
fn is_whole(catalog: Fields<'_>, entries: usize, facts: &mut Collector) -> bool {
    let said = catalog.int("count").ok().flatten().and_then(|count| usize::try_from(count).ok());
    let whole = said.is_none_or(|said| said == entries);
    if !whole {
        facts.note("the catalog has not as many entries as its `count` says: it proves no absence");
    }
    whole
}

/// Reads one entry.
fn read(entry: &Value, record: &str, at: Instant, facts: &mut Collector) -> Result<(), Bad> {
    let entry = Fields::of(entry)?;
    let id = keys::vulnerability(entry.need_text("cveID")?);
    if !keys::is_cve(&id) {
        return Err(Bad::field("cveID", "is no CVE id"));
    }
    // The column says what is known; `Unknown` is all that is ever said of the rest.
    let ransomware = match entry.text("knownRansomwareCampaignUse")? {
        Some("Known") => Some(true),
        Some("Unknown") => Some(false),
        Some(_) => return Err(Bad::field("knownRansomwareCampaignUse", "is neither `Known` nor `Unknown`")),
        None => None,
    };
    let due = entry.instant("dueDate")?.map(|due| due.to_string());
    let report = facts
        .report("KevEntry", &id, record, at)
        .with("vulnerability", id.as_str())
        .with("added_at", entry.need_instant("dateAdded")?.to_string())
        .with("due_at", due.map_or(Value::Null, Value::String))
        .with_known("ransomware", ransomware);
    facts.push(report);
    Ok(())
}

#[cfg(test)]
mod tests;
