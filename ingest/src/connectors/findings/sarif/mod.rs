//! SARIF 2.1.0, as many analysers write it.
//!
//! Each analyser is a source of its own, by the instance: else one's complete run would close another's
//! findings in the same repository.

mod location;
mod result;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use assize::facts::Instant;
use serde_json::Value;

use self::location::Roots;
use self::rules::Rules;
use crate::fields::{Bad, Fields};
use crate::findings::{ImageNames, Scanned, ScannedKind};
use crate::output::RunSpan;
use crate::{Collector, Connector, Context, Head, IngestError, Output, json, keys};

const NAME: &str = "sarif";

/// Reads SARIF 2.1.0.
#[derive(Clone, Copy, Debug)]
pub struct Sarif;

impl Connector for Sarif {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "SARIF: findings of any analyser that writes it (CodeQL, Semgrep, Checkov, …)"
    }

    fn command(&self) -> &'static str {
        "semgrep scan --config RULES --sarif --output results.sarif ."
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let schema =
            head.scalar("$schema").is_some_and(|schema| schema.to_ascii_lowercase().contains("sarif"));
        head.has("runs") && (schema || head.has("runs[].tool.driver"))
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let document = json::document(input)?;
        let not_ours =
            |expected: &str| IngestError::NotThisFormat { tool: NAME, expected: expected.to_owned() };
        let log = Fields::of(&document).map_err(|_| not_ours("it is no object"))?;
        let Some(Value::Array(runs)) = log.get("runs") else {
            return Err(not_ours("it has no list of `runs`"));
        };
        if log.text("version").ok().flatten().is_some_and(|version| !version.starts_with("2.")) {
            return Err(not_ours("only version 2 is read"));
        }
        let mut sources: BTreeMap<String, Source> = BTreeMap::new();
        let mut rejects = Collector::new(NAME, context);
        for (index, run) in runs.iter().enumerate() {
            let record = format!("runs[{index}]");
            match Fields::of(run).and_then(|run| Ok((instance(run, context)?, run))) {
                Ok((instance, run)) => {
                    let own = || Source::new(&instance, context);
                    let source = sources.entry(instance.clone()).or_insert_with(own);
                    source.run(run, &record, context)?;
                }
                Err(bad) => rejects.reject(record, bad),
            }
        }
        let mut output = rejects.finish();
        for source in sources.into_values() {
            let one = source.finish();
            output.lines.extend(one.lines);
            output.rejects.extend(one.rejects);
            let new = one.notes.into_iter().filter(|note| !output.notes.contains(note)).collect::<Vec<_>>();
            output.notes.extend(new);
        }
        Ok(output)
    }
}

/// The analyser, with the category that tells its runs over one repository apart (`CodeQL/language:go`).
fn instance(run: Fields<'_>, context: &Context) -> Result<String, Bad> {
    let tool = run.need_text("tool.driver.name")?;
    // What follows the last slash is the run's own.
    let category =
        run.text("automationDetails.id")?.and_then(|id| id.rsplit_once('/')).map(|(category, _)| category);
    let parts = [context.instance.as_deref(), Some(tool), category];
    let parts: Vec<&str> =
        parts.into_iter().flatten().map(|it| it.trim_matches('/')).filter(|it| !it.is_empty()).collect();
    Ok(parts.join("/"))
}

/// One analyser's findings.
struct Source {
    facts: Collector,
    /// Its runs, by artifact and class of findings.
    runs: BTreeMap<(String, &'static str), Span>,
}

/// A run on its way.
struct Span {
    from: Instant,
    until: Instant,
    complete: bool,
    rejected: usize,
}

/// What one run's results have in common.
struct Run<'a> {
    tool: &'a str,
    rules: Rules<'a>,
    roots: Roots<'a>,
    what: Scanned,
    at: Instant,
    context: &'a Context,
}

impl Source {
    fn new(instance: &str, context: &Context) -> Self {
        let context = Context { instance: Some(instance.to_owned()), ..context.clone() };
        Self { facts: Collector::new(NAME, &context), runs: BTreeMap::new() }
    }

    fn run(&mut self, run: Fields<'_>, record: &str, context: &Context) -> Result<(), IngestError> {
        let before = self.facts.rejected();
        let (from, until) = match times(run) {
            Ok(times) => times,
            Err(bad) => {
                self.facts.reject(format!("{record}.invocations"), bad);
                (None, None)
            }
        };
        let until = context.time(until.or(from))?;
        let from = from.map_or(until, |from| from.min(until));
        let what = self.scanned(run, record, context, until)?;
        let artifact = what.artifact.clone();
        let mut classes = BTreeSet::new();
        let mut complete = ended_well(run).unwrap_or(false) && what.is_named();
        if !complete && what.is_named() {
            self.facts
                .note("a run does not say that it ended well (`executionSuccessful`): it proves no absence");
        }
        match (Rules::read(run), Roots::read(run), run.get("results")) {
            (Ok(rules), Ok(roots), Some(Value::Array(results))) => {
                let tool = run.text("tool.driver.name").ok().flatten().unwrap_or("");
                classes = result::classes(tool, &rules);
                let run = Run { tool, rules, roots, what, at: until, context };
                classes.extend(self.results(results, record, &run));
                if classes.is_empty() && complete {
                    self.facts.note(format!(
                        "{record} names no rule, so that it does not say what it looked for: it proves no absence"
                    ));
                }
            }
            (Err(bad), ..) | (_, Err(bad), _) => self.facts.reject(record, bad),
            (.., other) => {
                if other.is_some() {
                    self.facts.reject(record, Bad::field("results", "is no list"));
                }
                // A run without results is one that did not look, or that keeps them in another file.
                self.facts.note(format!("{record} has no results in this file: it proves no absence"));
                complete = false;
            }
        }
        let rejected = self.facts.rejected().saturating_sub(before);
        for class in classes {
            let fresh = Span { from, until, complete, rejected: 0 };
            let span = self.runs.entry((artifact.clone(), class)).or_insert(fresh);
            span.from = span.from.min(from);
            span.until = span.until.max(until);
            span.complete &= complete;
            span.rejected = span.rejected.saturating_add(rejected);
        }
        Ok(())
    }

    /// What was analysed: an image where the run has its digest, else the repository.
    fn scanned(
        &mut self,
        run: Fields<'_>,
        record: &str,
        context: &Context,
        at: Instant,
    ) -> Result<Scanned, IngestError> {
        let texts = |path: &str| -> Vec<&str> {
            run.list(path).unwrap_or_default().iter().filter_map(Value::as_str).collect()
        };
        let mut names = ImageNames {
            repo_digests: texts("properties.repoDigests"),
            config: run.text("properties.imageID").ok().flatten(),
            tags: texts("properties.repoTags"),
            ..ImageNames::default()
        };
        names.tags.extend(run.text("properties.imageName").ok().flatten());
        if let Some(key) = names.report(&mut self.facts, record, at) {
            return Ok(Scanned { artifact: key.clone(), kind: ScannedKind::Image(Some(key)) });
        }
        let said = run.list("versionControlProvenance").unwrap_or_default().iter().find_map(|one| {
            let one = Fields::of(one).ok()?;
            keys::repo(one.text("repositoryUri").ok()??)
        });
        let repo = context.repo_key()?.or(said);
        if let Some(repo) = repo {
            return Ok(Scanned::source(Some(repo), ""));
        }
        self.facts
            .note("neither a repository nor an image is named: the findings join nothing; give `--repo`");
        Ok(Scanned { artifact: String::new(), kind: ScannedKind::Unknown })
    }

    fn finish(mut self) -> Output {
        // A run over nobody knows what has no scope.
        for ((artifact, class), span) in self.runs.iter().filter(|((artifact, _), _)| !artifact.is_empty()) {
            let Span { from, until, complete, rejected } = *span;
            let scope = format!("{artifact}/{class}");
            let run = RunSpan { types: &["Finding"], scope: &scope, from, until, complete };
            self.facts.run_with_rejects(&run, rejected);
        }
        self.facts.finish()
    }
}

/// When the invocations began and ended.
fn times(run: Fields<'_>) -> Result<(Option<Instant>, Option<Instant>), Bad> {
    let (mut from, mut until): (Option<Instant>, Option<Instant>) = (None, None);
    for one in run.list("invocations")? {
        let one = Fields::of(one)?;
        let (began, ended) = (one.instant("startTimeUtc")?, one.instant("endTimeUtc")?);
        from = from.into_iter().chain(began).min();
        until = until.max(ended).max(began);
    }
    Ok((from, until))
}

/// Whether every invocation says that it ended well, and none tells of an error on the way. `None` where
/// there is no invocation: then nobody says it.
fn ended_well(run: Fields<'_>) -> Option<bool> {
    let invocations = run.list("invocations").ok()?;
    if invocations.is_empty() || run.has("externalPropertyFileReferences.results") {
        return None;
    }
    let well = |one: &Value| -> Option<bool> {
        let one = Fields::of(one).ok()?;
        let is_error = |it: &Value| it.get("level").and_then(Value::as_str) == Some("error");
        let errors = one.list("toolExecutionNotifications").ok()?.iter().any(is_error);
        Some(one.bool("executionSuccessful").ok()?? && !errors)
    };
    Some(invocations.iter().all(|one| well(one) == Some(true)))
}

#[cfg(test)]
mod tests;
