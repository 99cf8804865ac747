//! Bandit's JSON.

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::findings::{Repeats, Scanned, class_run, severity, source_tree};
use crate::{Collector, Connector, Context, Head, IngestError, Output, Plaintext, json, keys};

const NAME: &str = "bandit";

/// Tests that find passwords: their text and their code hold the value.
const PASSWORDS: [&str; 3] = ["B105", "B106", "B107"];

/// Reads what `bandit --format json` writes.
#[derive(Clone, Copy, Debug)]
pub struct Bandit;

impl Connector for Bandit {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Bandit: weaknesses in Python code, and passwords that are written down in it"
    }

    fn command(&self) -> &'static str {
        "bandit --recursive . --format json --output bandit.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        head.has_all(&["errors", "generated_at", "metrics"])
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let document = json::document(input)?;
        let report = Fields::of(&document).map_err(|_| IngestError::not_of(NAME, "it is no object"))?;
        let Some(Value::Array(results)) = report.get("results") else {
            return Err(IngestError::not_of(
                NAME,
                "it has no list of `results`; was it written with `--format json`?",
            ));
        };
        let mut facts = Collector::new(NAME, context);
        let said = report.instant("generated_at").unwrap_or_else(|bad| {
            facts.reject("generated_at", bad);
            None
        });
        let at = context.time(said)?;
        let what = source_tree(context, &mut facts)?;
        let complete = looked_everywhere(report, &mut facts) && what.is_named();
        let mut reader = Reader { facts, what: &what, at, context, repeats: Repeats::default() };
        for (index, result) in results.iter().enumerate() {
            let record = format!("results[{index}]");
            if let Err(bad) = Fields::of(result).and_then(|result| reader.result(result, &record)) {
                reader.facts.reject(record, bad);
            }
        }
        // Passwords are looked for too, but by their names alone: a clean run does not show that there is none.
        class_run(&mut reader.facts, &what.artifact, "weakness", (at, at), complete);
        Ok(reader.facts.finish())
    }
}

/// Whether Bandit could read every file that it was given, and was given any.
fn looked_everywhere(report: Fields<'_>, facts: &mut Collector) -> bool {
    let failed = report.list("errors").map_or(1, <[Value]>::len);
    if failed > 0 {
        facts.note(format!("files that Bandit could not read: {failed}; the run proves no absence"));
    }
    // `_totals` is always there.
    let files = report.object("metrics").ok().flatten().map_or(0, |all| all.map().len().saturating_sub(1));
    if files == 0 {
        facts.note("no file was scanned: the run proves no absence");
    }
    failed == 0 && files > 0
}

/// One input on its way.
struct Reader<'a> {
    facts: Collector,
    what: &'a Scanned,
    at: Instant,
    context: &'a Context,
    repeats: Repeats,
}

impl Reader<'_> {
    fn result(&mut self, result: Fields<'_>, record: &str) -> Result<(), Bad> {
        let rule = result.need_text("test_id")?;
        let path = keys::path(result.need_text("filename")?, None);
        let line = result.int("line_number")?;
        let class = if PASSWORDS.contains(&rule) { "secret" } else { "weakness" };
        let print = self.print(result, class)?;
        let again = self.repeats.mark(&[rule, &path, &print]);
        let finding = self
            .what
            .finding(&self.facts, class, &[rule, &path, &print, &again], record, self.at)
            .with("status", "open")
            .with_known("severity", worst(result)?)
            .with("rule", rule)
            .with_known("title", result.text("test_name")?)
            .with("vulnerability", Value::Null)
            .with("path", path)
            .with_known("line", line);
        self.facts.push(finding);
        Ok(())
    }

    /// What stays when lines move: a keyed fingerprint of the lines that were found. Of a password's line
    /// only the number is taken.
    fn print(&self, result: Fields<'_>, class: &str) -> Result<String, Bad> {
        let number = result.int("line_number")?.map_or(String::new(), |line| line.to_string());
        if class == "secret" {
            return Ok(number);
        }
        let range: Vec<i64> = result.list("line_range")?.iter().filter_map(Value::as_i64).collect();
        // Each line of `code` begins with its number; some of them are there only for people to read on.
        let numbered = result.text("code")?.unwrap_or("").lines().filter_map(|line| line.split_once(' '));
        let found = numbered.filter(|(at, _)| at.parse().is_ok_and(|at: i64| range.contains(&at)));
        let code: Vec<&str> = found.map(|(_, code)| code.trim()).collect();
        let code = code.join("\n");
        Ok(Plaintext::new(&code).map_or(number, |code| self.context.site_key.fingerprint(&code)))
    }
}

fn worst(result: Fields<'_>) -> Result<Option<&'static str>, Bad> {
    match result.text("issue_severity")? {
        None | Some("UNDEFINED") => Ok(None),
        Some(word) => match severity(word) {
            Some(known) => Ok(Some(known)),
            None => Err(Bad::field("issue_severity", "is no severity that Bandit is known to write")),
        },
    }
}

#[cfg(test)]
mod tests;
