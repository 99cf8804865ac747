//! Semgrep's JSON: a scan's, and the listing of supply-chain findings that its platform gives.

mod result;
mod supply_chain;

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::Fields;
use crate::findings::{Repeats, Scanned, class_run, source_tree};
use crate::{Collector, Connector, Context, Head, IngestError, Output, json};

const NAME: &str = "semgrep";

/// Why Semgrep skips a file that it was to scan: then it does not know what is in it.
const NOT_READ: [&str; 4] = [
    "analysis_failed_parser_or_internal_error",
    "exceeded_size_limit",
    "too_big",
    "insufficient_permissions",
];

/// Reads what `semgrep scan --json` writes.
#[derive(Clone, Copy, Debug)]
pub struct Semgrep;

impl Connector for Semgrep {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Semgrep: weaknesses in code, secrets, and vulnerable dependencies that the code reaches"
    }

    fn command(&self) -> &'static str {
        "semgrep scan --config RULES --json --output semgrep.json ."
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let scan = head.has_all(&["results[].check_id", "results[].extra"]);
        let clean = head.has_all(&["results", "errors", "paths.scanned"]);
        scan || clean || head.has_all(&["vulns[].advisory.ruleId", "vulns[].exposureType"])
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let document = json::document(input)?;
        let report = Fields::of(&document).map_err(|_| IngestError::not_of(NAME, "it is no object"))?;
        let at = context.time(None)?;
        let mut facts = Collector::new(NAME, context);
        if let Some(Value::Array(listed)) = report.get("vulns") {
            let more = report.bool("hasMore").ok().flatten().unwrap_or(false);
            supply_chain::read(listed, more, at, &mut facts);
            return Ok(facts.finish());
        }
        let Some(Value::Array(results)) = report.get("results") else {
            return Err(IngestError::not_of(
                NAME,
                "it has no list of `results`; was it written with `--json`?",
            ));
        };
        let what = source_tree(context, &mut facts)?;
        let repeats = Repeats::default();
        let mut reader = Reader { facts, what: &what, at, repeats, quality: 0 };
        for (index, result) in results.iter().enumerate() {
            let record = format!("results[{index}]");
            if let Err(bad) = Fields::of(result).and_then(|result| reader.result(result, &record)) {
                reader.facts.reject(record, bad);
            }
        }
        if reader.quality > 0 {
            let left_out =
                format!("results of rules that are not about security, left out: {}", reader.quality);
            reader.facts.note(left_out);
        }
        let complete = reader.looked_everywhere(report) && what.is_named();
        class_run(&mut reader.facts, &what.artifact, "weakness", (at, at), complete);
        Ok(reader.facts.finish())
    }
}

/// One input on its way.
struct Reader<'a> {
    facts: Collector,
    what: &'a Scanned,
    at: Instant,
    repeats: Repeats,
    /// How many results were left out because their rule is not about security.
    quality: usize,
}

impl Reader<'_> {
    /// Whether every file was read to its end.
    fn looked_everywhere(&mut self, report: Fields<'_>) -> bool {
        let Ok(Some(paths)) = report.object("paths") else {
            self.facts.note("the input does not say which files were scanned: the run proves no absence");
            return false;
        };
        let scanned = paths.list("scanned").is_ok_and(|scanned| !scanned.is_empty());
        if !scanned {
            self.facts.note("no file was scanned: the run proves no absence");
        }
        let errors = report.list("errors").map_or(1, <[Value]>::len);
        let reason = |one: &Value| one.get("reason").and_then(Value::as_str).map(str::to_owned);
        let skipped = paths.list("skipped").unwrap_or_default();
        let unread = skipped.iter().filter_map(reason).filter(|it| NOT_READ.contains(&it.as_str())).count();
        let lost = errors.saturating_add(unread);
        if lost > 0 {
            self.facts.note(format!(
                "files that could not be read to their end, or rules that failed: {lost}; the run proves no absence"
            ));
        }
        scanned && lost == 0
    }
}

#[cfg(test)]
mod tests;
