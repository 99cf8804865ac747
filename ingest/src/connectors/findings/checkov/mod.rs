//! Checkov's JSON: one report, a list of them (one for each framework), or a summary alone where there was
//! nothing to check.

mod check;

use std::collections::BTreeMap;

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::findings::{Repeats, Scanned, class_run, source_tree};
use crate::{Collector, Connector, Context, Head, IngestError, Output, json};

const NAME: &str = "checkov";

/// Reads what `checkov --output json` writes.
#[derive(Clone, Copy, Debug)]
pub struct Checkov;

impl Connector for Checkov {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Checkov: misconfigurations of infrastructure as code, secrets and vulnerable packages beside it"
    }

    fn command(&self) -> &'static str {
        "checkov --directory . --output json > checkov.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let checks = ["results.failed_checks", "results.passed_checks", "results.skipped_checks"];
        let report = head.has("check_type") && head.has_any(&checks);
        let list = head.has_all(&["[].check_type", "[].results"]);
        report || list || head.has_all(&["passed", "failed", "checkov_version"])
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let document = json::document(input)?;
        let at = context.time(None)?;
        let mut facts = Collector::new(NAME, context);
        let what = source_tree(context, &mut facts)?;
        let mut reader =
            Reader { facts, what: &what, at, repeats: Repeats::default(), runs: BTreeMap::new() };
        match &document {
            Value::Array(reports) => {
                for (index, report) in reports.iter().enumerate() {
                    let record = format!("[{index}]");
                    if let Err(bad) = Fields::of(report).and_then(|report| reader.report(report, &record)) {
                        reader.facts.reject(record, bad);
                    }
                }
            }
            Value::Object(map) => {
                let report = Fields::of_map(map);
                if report.has("check_type") {
                    if let Err(bad) = reader.report(report, "") {
                        reader.facts.reject("report", bad);
                    }
                } else if report.has("checkov_version") {
                    reader
                        .facts
                        .note("Checkov found nothing that it knows how to check: the run proves nothing");
                } else {
                    return Err(IngestError::not_of(
                        NAME,
                        "it has neither `check_type` nor `checkov_version`",
                    ));
                }
            }
            _ => return Err(IngestError::not_of(NAME, "it is neither an object nor a list")),
        }
        let runs = std::mem::take(&mut reader.runs);
        for (class, complete) in runs {
            class_run(&mut reader.facts, &what.artifact, class, (at, at), complete && what.is_named());
        }
        Ok(reader.facts.finish())
    }
}

/// One input on its way.
struct Reader<'a> {
    facts: Collector,
    what: &'a Scanned,
    at: Instant,
    repeats: Repeats,
    /// The classes looked for, and whether everywhere.
    runs: BTreeMap<&'static str, bool>,
}

impl Reader<'_> {
    /// A framework's report. Checks that passed are no findings: the run shows that they did.
    fn report(&mut self, report: Fields<'_>, record: &str) -> Result<(), Bad> {
        let framework = report.need_text("check_type")?;
        let class = class(framework);
        for (list, status) in [("failed_checks", "open"), ("skipped_checks", "suppressed")] {
            let path = format!("results.{list}");
            for (index, one) in report.list(&path)?.iter().enumerate() {
                let place = format!("{record}{}{path}[{index}]", if record.is_empty() { "" } else { "." });
                if let Err(bad) = Fields::of(one).and_then(|one| self.check(one, class, status, &place)) {
                    self.facts.reject(place, bad);
                }
            }
        }
        let unread = report.list("results.parsing_errors")?.len();
        let counted = report.int("summary.parsing_errors")?.and_then(|count| usize::try_from(count).ok());
        let unread = unread.max(counted.unwrap_or(0));
        if unread > 0 {
            self.facts
                .note(format!("files that Checkov could not read: {unread}; the run proves no absence"));
        }
        let count = |path| report.int(path).map(|count| count.unwrap_or(0));
        let checked = count("summary.passed")?.saturating_add(count("summary.failed")?);
        let looked = checked > 0 || count("summary.skipped")? > 0 || count("summary.resource_count")? > 0;
        let complete = self.runs.entry(class).or_insert(true);
        *complete &= unread == 0 && looked;
        Ok(())
    }
}

/// What a framework looks for.
fn class(framework: &str) -> &'static str {
    match framework {
        "secrets" => "secret",
        "sca_package" | "sca_image" | "sca_package_2" => "vuln",
        sast if sast.starts_with("sast") => "weakness",
        _ => "misconfig",
    }
}

#[cfg(test)]
mod tests;
