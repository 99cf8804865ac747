//! Grype's JSON.

mod matched;

use std::collections::HashMap;

use assize::facts::{Instant, Report};
use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::findings::{Aliases, ImageNames, Scanned, ScannedKind, class_run};
use crate::{Collector, Connector, Context, Head, IngestError, Output, json, keys};

/// Reads what `grype … --output json` writes.
#[derive(Clone, Copy, Debug)]
pub struct Grype;

impl Connector for Grype {
    fn name(&self) -> &'static str {
        "grype"
    }

    fn title(&self) -> &'static str {
        "Grype: vulnerabilities of images, folders and bills of materials"
    }

    fn command(&self) -> &'static str {
        "grype IMAGE --output json --file grype.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        head.has("matches[].matchDetails")
            || head.has("matches")
                && (head.scalar("descriptor.name") == Some("grype")
                    || head.has_all(&["source.type", "source.target"]))
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let document = json::document(input)?;
        let not_ours =
            |expected: &str| IngestError::NotThisFormat { tool: "grype", expected: expected.to_owned() };
        let report = Fields::of(&document).map_err(|_| not_ours("it is no object"))?;
        let Some(Value::Array(matches)) = report.get("matches") else {
            return Err(not_ours("it has no list of `matches`; was it written with `--output json`?"));
        };
        let mut facts = Collector::new("grype", context);
        let said = match report.instant("descriptor.timestamp") {
            Ok(said) => said,
            Err(bad) => {
                facts.reject("descriptor.timestamp", bad);
                None
            }
        };
        let at = context.time(said)?;
        let what = scanned(report, context, &mut facts, at)?;
        let mut reader =
            Reader { facts, what: &what, at, aliases: Aliases::default(), findings: Findings::default() };
        reader.each(matches, "matches", "open");
        match report.list("ignoredMatches") {
            Ok(ignored) => reader.each(ignored, "ignoredMatches", "suppressed"),
            Err(bad) => reader.facts.reject("ignoredMatches", bad),
        }
        let Reader { mut facts, aliases, findings, .. } = reader;
        findings.push_all(&mut facts);
        // It looks for known vulnerabilities, and for nothing else.
        class_run(&mut facts, &what.artifact, "vuln", (at, at), what.is_named());
        aliases.report(&mut facts, at);
        Ok(facts.finish())
    }
}

/// One input on its way.
struct Reader<'a> {
    facts: Collector,
    what: &'a Scanned,
    at: Instant,
    aliases: Aliases,
    findings: Findings,
}

impl Reader<'_> {
    fn each(&mut self, matches: &[Value], list: &str, status: &str) {
        for (index, one) in matches.iter().enumerate() {
            let record = format!("{list}[{index}]");
            if let Err(bad) = Fields::of(one).and_then(|one| self.matched(one, &record, status)) {
                self.facts.reject(record, bad);
            }
        }
    }
}

/// Findings by their keys. Grype lists a package and a vulnerability once for each database that has it,
/// and they differ in severity and fix: the surest kind of match is believed, the others fill its gaps.
#[derive(Default)]
struct Findings {
    order: Vec<(u8, Report)>,
    index: HashMap<String, usize>,
}

impl Findings {
    /// Adds a finding; a smaller `doubt` is surer.
    fn add(&mut self, doubt: u8, mut finding: Report) {
        let key = finding.fields.get("id").map(Value::to_string).unwrap_or_default();
        let known = self.index.get(&key).and_then(|index| self.order.get_mut(*index));
        let Some((least, earlier)) = known else {
            self.index.insert(key, self.order.len());
            return self.order.push((doubt, finding));
        };
        if doubt < *least {
            *least = doubt;
            std::mem::swap(earlier, &mut finding);
        }
        for (name, value) in finding.fields {
            earlier.fields.entry(name).or_insert(value);
        }
    }

    fn push_all(self, facts: &mut Collector) {
        for (_, finding) in self.order {
            facts.push(finding);
        }
    }
}

/// What was scanned. `source.target` is an object for images and a text for folders and files; the source
/// of a bill of materials may be missing.
fn scanned(
    report: Fields<'_>,
    context: &Context,
    facts: &mut Collector,
    at: Instant,
) -> Result<Scanned, IngestError> {
    let wrong = |bad: Bad| IngestError::NotThisFormat {
        tool: "grype",
        expected: format!("`{}` {}", bad.field.unwrap_or_default(), bad.reason),
    };
    match report.get("source.target") {
        Some(Value::Object(target)) => {
            let target = Fields::of_map(target);
            image(target, facts, at).map_err(wrong)
        }
        Some(Value::String(folder)) => {
            let repo = context.repo_key()?;
            if repo.is_none() {
                facts.note("no repository is named, so that the findings join nothing and the run proves nothing; give `--repo`");
            }
            Ok(Scanned::source(repo, folder))
        }
        _ => match context.repo_key()? {
            Some(repo) => Ok(Scanned::source(Some(repo), "")),
            None => Err(IngestError::NeedsFlag { flag: "--repo", what: "what was scanned" }),
        },
    }
}

fn image(target: Fields<'_>, facts: &mut Collector, at: Instant) -> Result<Scanned, Bad> {
    let texts = |path: &str| -> Result<Vec<_>, Bad> {
        Ok(target.list(path)?.iter().filter_map(Value::as_str).filter(|text| !text.is_empty()).collect())
    };
    let input = target.text("userInput")?;
    let mut repo_digests = texts("repoDigests")?;
    let mut tags = texts("tags")?;
    if let Some(input) = input {
        let wanted = keys::image(input).map(|image| image.repository);
        repo_digests.sort_by_key(|it| keys::image(it).map(|image| image.repository) != wanted);
        if keys::digest(input).is_some() {
            repo_digests.push(input);
        }
        tags.push(input);
    }
    let names = ImageNames {
        repo_digests,
        manifest: target.text("manifestDigest")?,
        config: target.text("imageID")?,
        tags,
        built_at: None,
    };
    if let Some(key) = names.report(facts, "source.target", at) {
        return Ok(Scanned { artifact: key.clone(), kind: ScannedKind::Image(Some(key)) });
    }
    facts.note("the input has no digest, only a tag: its findings are not joined to any image");
    let artifact = input.ok_or_else(|| Bad::field("source.target.userInput", "is missing"))?.to_owned();
    Ok(Scanned { artifact, kind: ScannedKind::Image(None) })
}

#[cfg(test)]
mod tests;
