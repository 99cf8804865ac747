//! Gitleaks' JSON report: version 8, and version 7, whose fields have other names.

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::sightings::{Seen, Sightings};
use crate::{Collector, Connector, Context, Head, IngestError, Output, Plaintext, json, keys};

/// Reads what `gitleaks … --report-format json` writes.
#[derive(Clone, Copy, Debug)]
pub struct Gitleaks;

/// What a version calls its fields.
struct Names {
    rule: &'static str,
    value: &'static str,
    file: &'static str,
    line: &'static str,
    commit: &'static str,
    date: &'static str,
    /// Where the repository's address may stand: an address, or a link into it.
    remote: &'static str,
}

const V8: Names = Names {
    rule: "RuleID",
    value: "Secret",
    file: "File",
    line: "StartLine",
    commit: "Commit",
    date: "Date",
    remote: "Link",
};

const V7: Names = Names {
    rule: "rule",
    value: "offender",
    file: "file",
    line: "lineNumber",
    commit: "commit",
    date: "date",
    remote: "repoURL",
};

impl Connector for Gitleaks {
    fn name(&self) -> &'static str {
        "gitleaks"
    }

    fn title(&self) -> &'static str {
        "Gitleaks: secrets in a repository and its history"
    }

    fn command(&self) -> &'static str {
        "gitleaks git --report-format json --report-path gitleaks.json --exit-code 0 ."
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        // Of a report without findings only the file's name says whose it is.
        head.has_all(&["[].RuleID", "[].Secret", "[].File"])
            || head.has_all(&["[].rule", "[].offender", "[].lineNumber"])
            || head.is_blank() && head.is_named("gitleaks")
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let document = json::document(input)?;
        // A report without findings is `[]`, or `null` in some versions.
        let records: &[Value] = match &document {
            Value::Array(records) => records,
            Value::Null => &[],
            _ => {
                let expected = "it is no list; was it written with `--report-format json`?".to_owned();
                return Err(IngestError::NotThisFormat { tool: "gitleaks", expected });
            }
        };
        let of_gitleaks =
            |value: &Value| Fields::of(value).is_ok_and(|record| record.has(V8.rule) || record.has(V7.rule));
        if !records.is_empty() && !records.iter().any(of_gitleaks) {
            let expected = "no record has a `RuleID` (version 8) or a `rule` (version 7)".to_owned();
            return Err(IngestError::NotThisFormat { tool: "gitleaks", expected });
        }
        let at = context.time(None)?;
        let mut facts = Collector::new("gitleaks", context);
        let mut sightings = Sightings::new(context, at)?;
        let remote = only_repository(records);
        for (index, record) in records.iter().enumerate() {
            let place = format!("[{index}]");
            if let Err(bad) = read(record, remote.as_deref(), &place, &mut sightings, &mut facts) {
                facts.reject(place, bad);
            }
        }
        sightings.report_runs(&mut facts, true);
        Ok(facts.finish())
    }
}

/// The one repository that the records name: a report is about one, and not every record has a link.
fn only_repository(records: &[Value]) -> Option<String> {
    let named = |record| {
        let (record, names) = known(record).ok()?;
        keys::repo(repository_of(record.text(names.remote).ok()??))
    };
    let mut all = records.iter().filter_map(named);
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

/// A record and what its version calls its fields.
fn known(record: &Value) -> Result<(Fields<'_>, &'static Names), Bad> {
    let record = Fields::of(record)?;
    Ok((record, if record.has(V8.rule) { &V8 } else { &V7 }))
}

/// Reads one record.
fn read(
    record: &Value,
    remote: Option<&str>,
    place: &str,
    sightings: &mut Sightings<'_>,
    facts: &mut Collector,
) -> Result<(), Bad> {
    let (record, names) = known(record)?;
    let commit = record.text(names.commit)?;
    let seen = Seen {
        value: record.text(names.value)?.and_then(Plaintext::new),
        detector: record.need_text(names.rule)?,
        remote: remote.or(record.text(names.remote)?.map(repository_of)),
        path: Some(record.need_text(names.file)?),
        line: record.int(names.line)?,
        commit,
        // A folder has no commits, and the date of a commit that is to come is nobody's.
        introduced_at: record.instant(names.date)?.filter(|date| commit.is_some() && *date <= sightings.at()),
        ..Seen::default()
    };
    if let Some(secret) = sightings.report(facts, place, &seen) {
        facts.push(secret);
    }
    Ok(())
}

/// The repository's address in a link to one of its files: `https://host/org/name/blob/COMMIT/FILE`.
fn repository_of(link: &str) -> &str {
    let ends = ["/blob/", "/-/blob/", "/src/", "/raw/"].iter().filter_map(|part| link.find(part));
    ends.min().and_then(|end| link.get(..end)).unwrap_or(link)
}

#[cfg(test)]
mod tests;
