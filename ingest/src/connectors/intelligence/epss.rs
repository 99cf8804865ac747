//! FIRST's EPSS: each day's chance of exploitation of each vulnerability.

use std::collections::BTreeSet;

use assize::facts::Instant;

use crate::fields::{Bad, missing};
use crate::{Basis, Collector, Connector, Context, Head, IngestError, Output, json, keys, time};

/// Reads the day's CSV.
#[derive(Clone, Copy, Debug)]
pub struct Epss;

const NAME: &str = "epss";

impl Connector for Epss {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "EPSS: the chance that a vulnerability is exploited within 30 days"
    }

    fn basis(&self) -> Basis {
        Basis::ControlPlane
    }

    fn command(&self) -> &'static str {
        "curl --fail --location --output epss.csv.gz https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        head.first_line().starts_with("#model_version:")
            || head.first_line().trim_end().starts_with("cve,epss")
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let text = json::text(input)?;
        let mut lines = (1_usize..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).peekable();
        let mut facts = Collector::new(NAME, context);
        // The first line is a comment, in files of since the model's second version.
        let comment = lines.next_if(|(_, line)| line.starts_with('#'));
        let scored = match comment.map(|(_, line)| score_date(line)) {
            Some(None) => {
                facts.reject("line 1", Bad::field("score_date", "is not a timestamp"));
                None
            }
            other => other.flatten(),
        };
        let columns = lines.next().and_then(|(_, line)| Columns::read(line)).ok_or_else(|| {
            let expected = "it has no line `cve,epss,percentile`".to_owned();
            IngestError::NotThisFormat { tool: NAME, expected }
        })?;
        // The scores are of that day, whenever they were fetched.
        let at = context.time(scored)?;
        let mut left_out = 0_usize;
        for (number, line) in lines {
            match columns.row(line, context.asked.as_deref()) {
                Ok(Some(row)) => row.report(at, &format!("line {number}"), &mut facts),
                Ok(None) => left_out = left_out.saturating_add(1),
                Err(bad) => facts.reject(format!("line {number}"), bad),
            }
        }
        if left_out > 0 {
            facts.note(format!("scores of vulnerabilities that no fact names are left out: {left_out}"));
        }
        Ok(facts.finish())
    }
}

/// The day in `#model_version:v2025.03.14,score_date:2026-03-28T12:55:00Z`.
fn score_date(comment: &str) -> Option<Instant> {
    comment.split(',').find_map(|part| time::instant(part.trim().strip_prefix("score_date:")?))
}

/// Where the columns stand: percentiles came later than scores.
struct Columns {
    cve: usize,
    epss: usize,
    percentile: Option<usize>,
}

/// One vulnerability's score.
struct Row {
    cve: String,
    epss: f64,
    percentile: Option<f64>,
}

impl Columns {
    fn read(header: &str) -> Option<Self> {
        let names: Vec<&str> = header.split(',').map(str::trim).collect();
        let place = |name: &str| names.iter().position(|it| *it == name);
        Some(Self { cve: place("cve")?, epss: place("epss")?, percentile: place("percentile") })
    }

    /// Reads a row; `None` for a vulnerability that nobody asked for.
    fn row(&self, line: &str, asked: Option<&BTreeSet<String>>) -> Result<Option<Row>, Bad> {
        let cell = |at: usize| line.split(',').nth(at).map(str::trim).filter(|cell| !cell.is_empty());
        let cve = keys::vulnerability(cell(self.cve).ok_or_else(|| missing("cve"))?);
        if !keys::is_cve(&cve) {
            return Err(Bad::field("cve", "is no CVE id"));
        }
        if asked.is_some_and(|asked| !asked.contains(&cve)) {
            return Ok(None);
        }
        let epss = share(cell(self.epss), "epss")?.ok_or_else(|| missing("epss"))?;
        let percentile = self.percentile.map_or(Ok(None), |at| share(cell(at), "percentile"))?;
        Ok(Some(Row { cve, epss, percentile }))
    }
}

impl Row {
    fn report(&self, at: Instant, place: &str, facts: &mut Collector) {
        let report = facts
            .report("Vulnerability", &self.cve, place, at)
            .with("epss", self.epss)
            .with_known("epss_percentile", self.percentile);
        facts.push(report);
    }
}

/// A number from 0 to 1.
fn share(cell: Option<&str>, column: &str) -> Result<Option<f64>, Bad> {
    let Some(cell) = cell else { return Ok(None) };
    let share = cell.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.map(Some).ok_or_else(|| Bad::field(column, "is no number from 0 to 1"))
}

#[cfg(test)]
mod tests;
