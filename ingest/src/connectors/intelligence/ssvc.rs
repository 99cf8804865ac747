//! CISA's Vulnrichment: SSVC judgements of vulnerabilities, inside CVE records or a line each.

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields, missing};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, json, keys};

/// Reads CVE records (JSON 5) with CISA's container in them, and lines of `cve` and `ssvc`.
#[derive(Clone, Copy, Debug)]
pub struct Ssvc;

impl Connector for Ssvc {
    fn name(&self) -> &'static str {
        "ssvc"
    }

    fn title(&self) -> &'static str {
        "Vulnrichment: CISA's SSVC judgements of vulnerabilities"
    }

    fn basis(&self) -> Basis {
        Basis::ControlPlane
    }

    fn command(&self) -> &'static str {
        "git clone --depth 1 https://github.com/cisagov/vulnrichment && find vulnrichment -name 'CVE-*.json' -exec cat {} + > ssvc.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let record = head.scalar("dataType") == Some("CVE_RECORD")
            || head.has_all(&["cveMetadata.cveId", "containers"]);
        record || head.has_all(&["cve", "ssvc"])
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let records = json::records(input)?;
        let mut facts = Collector::new("ssvc", context);
        let mut judged = Vec::new();
        let mut unjudged = 0_usize;
        for record in records {
            match record.value.as_ref().map_err(|reason| Bad::record(reason.as_str())).and_then(read) {
                Ok(Some(judgement)) => judged.push((record.place, judgement)),
                Ok(None) => unjudged = unjudged.saturating_add(1),
                Err(bad) => facts.reject(record.place, bad),
            }
        }
        if judged.is_empty() && unjudged == 0 {
            let expected = "no record is a CVE record or has a `cve` and an `ssvc`".to_owned();
            return Err(IngestError::NotThisFormat { tool: "ssvc", expected });
        }
        if unjudged > 0 {
            facts.note(format!("records without an SSVC judgement: {unjudged}"));
        }
        // A judgement stands until it is changed: the feed says it again whenever it is fetched.
        let newest = judged.iter().filter_map(|(_, judgement)| judgement.at).max();
        let at = match context.observed_at {
            Some(fetched) => newest.map_or(fetched, |newest| newest.max(fetched)),
            None => context.time(newest)?,
        };
        for (place, judgement) in judged {
            let report = facts
                .report("Vulnerability", &judgement.cve, &place, at)
                .with_known("exploitation", judgement.exploitation)
                .with_known("automatable", judgement.automatable)
                .with_known("impact", judgement.impact);
            facts.push(report);
        }
        Ok(facts.finish())
    }
}

/// What CISA says of one vulnerability.
struct Judgement {
    cve: String,
    exploitation: Option<&'static str>,
    automatable: Option<bool>,
    impact: Option<&'static str>,
    at: Option<Instant>,
}

/// Reads a record; `None` where it has no judgement.
fn read(value: &Value) -> Result<Option<Judgement>, Bad> {
    let record = Fields::of(value)?;
    if record.has("cveMetadata") {
        return cve_record(record);
    }
    let cve = cve(record, "cve")?;
    let Some(points) = record.object("ssvc")? else { return Ok(None) };
    judgement(cve, &[points], record.instant("ssvc_ts")?).map(Some)
}

/// A CVE record: `containers.adp[].metrics[].other` of type `ssvc`.
fn cve_record(record: Fields<'_>) -> Result<Option<Judgement>, Bad> {
    let cve = cve(record, "cveMetadata.cveId")?;
    for container in record.list("containers.adp")? {
        for metric in Fields::of(container)?.list("metrics")? {
            let metric = Fields::of(metric)?;
            if metric.text("other.type")? != Some("ssvc") {
                continue;
            }
            let options = metric.list("other.content.options")?;
            let points: Vec<Fields<'_>> = options.iter().map(Fields::of).collect::<Result<_, _>>()?;
            return judgement(cve, &points, metric.instant("other.content.timestamp")?).map(Some);
        }
    }
    Ok(None)
}

fn cve(record: Fields<'_>, path: &str) -> Result<String, Bad> {
    let id = keys::vulnerability(record.text(path)?.ok_or_else(|| missing(path))?);
    if keys::is_cve(&id) { Ok(id) } else { Err(Bad::field(path, "is no CVE id")) }
}

/// Reads the decision points. A word that SSVC does not have is a reject; a point that is not there is not
/// collected.
fn judgement(cve: String, points: &[Fields<'_>], at: Option<Instant>) -> Result<Judgement, Bad> {
    let point = |name: &'static str| -> Result<Option<String>, Bad> {
        for point in points {
            if let Some(word) = point.text(name)? {
                return Ok(Some(word.to_ascii_lowercase()));
            }
        }
        Ok(None)
    };
    let exploitation = match point("Exploitation")?.as_deref() {
        Some("none") => Some("none"),
        Some("poc" | "public poc") => Some("poc"),
        Some("active") => Some("active"),
        Some(_) => return Err(Bad::field("Exploitation", "is neither none, poc nor active")),
        None => None,
    };
    let automatable = match point("Automatable")?.as_deref() {
        Some("yes") => Some(true),
        Some("no") => Some(false),
        Some(_) => return Err(Bad::field("Automatable", "is neither yes nor no")),
        None => None,
    };
    let impact = match point("Technical Impact")?.as_deref() {
        Some("partial") => Some("partial"),
        Some("total") => Some("total"),
        Some(_) => return Err(Bad::field("Technical Impact", "is neither partial nor total")),
        None => None,
    };
    Ok(Judgement { cve, exploitation, automatable, impact, at })
}

#[cfg(test)]
mod tests;
