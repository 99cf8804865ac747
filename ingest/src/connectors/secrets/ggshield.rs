//! ggshield's JSON: scans within scans, files within them, and incidents in files.

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::sightings::{Seen, Sightings};
use crate::{Collector, Connector, Context, Head, IngestError, Output, Plaintext, json, time};

/// Reads what `ggshield secret scan … --json` writes.
#[derive(Clone, Copy, Debug)]
pub struct Ggshield;

const NAME: &str = "ggshield";

impl Connector for Ggshield {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "ggshield: secrets in a repository's commits, a folder or an image, and whether they work"
    }

    fn command(&self) -> &'static str {
        "ggshield secret scan repo . --json --exit-zero --output ggshield.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let counts = head.has_any(&["total_incidents", "scans[].total_incidents"]);
        let found = "entities_with_incidents[].incidents";
        head.has_all(&["id", "type"])
            && (counts || head.has_any(&[found, &format!("scans[].{found}"), "scans[].extra_info"]))
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let document = json::document(input)?;
        let not_ours =
            |expected: &str| IngestError::NotThisFormat { tool: NAME, expected: expected.to_owned() };
        let report = Fields::of(&document).map_err(|_| not_ours("it is no object"))?;
        if !report.has("type") || !report.has_one(&["scans", "total_incidents", "entities_with_incidents"]) {
            return Err(not_ours("it has no `type` and no `scans`, incidents or count of them"));
        }
        let mut facts = Collector::new(NAME, context);
        let mut reader =
            Reader { sightings: Sightings::new(context, context.time(None)?)?, context, found: 0 };
        let mut open = vec![("".to_owned(), report)];
        while let Some((place, scan)) = open.pop() {
            match reader.scan(scan, &place, &mut facts) {
                Ok(inner) => open.extend(inner.into_iter().rev()),
                Err(bad) => facts.reject(named(&place), bad),
            }
        }
        let said = report.int("total_incidents").ok().flatten();
        let whole = said.is_none_or(|said| said == reader.found) && facts.rejected() == 0;
        if !whole {
            facts.note("not all incidents that the report counts are in it: it proves no absence");
        }
        reader.sightings.report_runs(&mut facts, whole);
        Ok(facts.finish())
    }
}

fn named(place: &str) -> String {
    if place.is_empty() { "the report".to_owned() } else { place.to_owned() }
}

/// What has been read.
struct Reader<'a> {
    sightings: Sightings<'a>,
    context: &'a Context,
    /// How many incidents.
    found: i64,
}

impl Reader<'_> {
    /// Reads the files of one scan and gives back the scans within it, with their places.
    fn scan<'v>(
        &mut self,
        scan: Fields<'v>,
        place: &str,
        facts: &mut Collector,
    ) -> Result<Vec<(String, Fields<'v>)>, Bad> {
        let dot = if place.is_empty() { "" } else { "." };
        let commit = scan
            .text("id")?
            .filter(|id| scan.text("type").is_ok_and(|it| it == Some("commit")) && is_commit(id));
        let date = scan.text("extra_info.date")?.and_then(time::git);
        let entities = scan.list("entities_with_incidents")?.iter().chain(scan.list("results")?);
        for (index, entity) in entities.enumerate() {
            let place = format!("{place}{dot}entities_with_incidents[{index}]");
            let read = Fields::of(entity).and_then(|it| Ok((it.text("filename")?, it.list("incidents")?)));
            let (file, incidents) = match read {
                Ok(read) => read,
                Err(bad) => {
                    facts.reject(place, bad);
                    continue;
                }
            };
            for (index, incident) in incidents.iter().enumerate() {
                let place = format!("{place}.incidents[{index}]");
                self.found = self.found.saturating_add(1);
                let seen = Seen { path: file, commit, introduced_at: date, ..Seen::default() };
                if let Err(bad) = self.incident(incident, &place, seen, facts) {
                    facts.reject(place, bad);
                }
            }
        }
        let mut inner = Vec::new();
        for (index, scan) in scan.list("scans")?.iter().enumerate() {
            inner.push((format!("{place}{dot}scans[{index}]"), Fields::of(scan)?));
        }
        Ok(inner)
    }

    /// Reads one secret in one file. `ignore_sha` stands for it wherever it is seen.
    fn incident(
        &mut self,
        incident: &Value,
        place: &str,
        seen: Seen<'_>,
        facts: &mut Collector,
    ) -> Result<(), Bad> {
        let incident = Fields::of(incident)?;
        // Some versions call the detector by its name, some by its type.
        let detector = incident.text("detector").ok().flatten().or(incident.text("type")?);
        let detector = detector.ok_or_else(|| Bad::field("type", "is missing"))?;
        let works = validity(incident)?;
        let key = incident.text("ignore_sha")?.map(|sha| self.context.site_key.of_hash("ggshield", sha));
        let occurrences: Vec<Fields<'_>> =
            incident.list("occurrences")?.iter().map(Fields::of).collect::<Result<_, _>>()?;
        let value = only_value(&occurrences)?;
        let introduced_at = seen.introduced_at.filter(|at| *at <= self.sightings.at());
        let ignored = incident.has("ignore_reason").then_some(Some("wont_fix"));
        let mut lines: Vec<Option<i64>> =
            occurrences.iter().map(|it| it.int("line_start")).collect::<Result<_, _>>()?;
        lines.sort_unstable();
        lines.dedup();
        if lines.is_empty() {
            lines.push(None);
        }
        for line in lines {
            let seen = Seen {
                value,
                key: key.as_deref(),
                detector,
                line,
                introduced_at,
                resolution: ignored,
                ..seen
            };
            let at = self.sightings.at();
            let Some(secret) = self.sightings.report(facts, place, &seen) else { continue };
            let secret = secret.with_known("validity", works);
            facts.push(secret.with_known("validity_checked_at", works.map(|_| at.to_string())));
        }
        Ok(())
    }
}

fn is_commit(id: &str) -> bool {
    id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The value, where it is one and shown: a detector of several parts has no one value.
fn only_value<'a>(occurrences: &[Fields<'a>]) -> Result<Option<Plaintext<'a>>, Bad> {
    let mut found: Option<&str> = None;
    for occurrence in occurrences {
        let Some(text) = occurrence.text("match")? else { return Ok(None) };
        if found.is_some_and(|earlier| earlier != text) {
            return Ok(None);
        }
        found = Some(text);
    }
    Ok(found.filter(|text| !text.contains('*')).and_then(Plaintext::new))
}

/// What trying it has shown.
fn validity(incident: Fields<'_>) -> Result<Option<&'static str>, Bad> {
    let word = incident.text("validity")?.map(|word| word.to_ascii_lowercase().replace(' ', "_"));
    match word.as_deref() {
        Some("valid") => Ok(Some("active")),
        Some("invalid") => Ok(Some("inactive")),
        Some("unknown" | "cannot_check" | "no_checker" | "failed_to_check" | "not_checked") | None => {
            Ok(None)
        }
        Some(_) => Err(Bad::field("validity", "is none of ggshield's words for it")),
    }
}

#[cfg(test)]
mod tests;
