//! One result of a SARIF run.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::location::Place;
use super::rules::{Rules, tags};
use super::{Run, Source};
use crate::fields::{Bad, Fields};
use crate::findings::{severity, severity_of_score};
use crate::{Plaintext, keys, rules};

/// Names among `partialFingerprints` that do not tell one place from another: Gitleaks writes the commit's
/// author there.
const NO_FINGERPRINTS: [&str; 6] =
    ["commitSha", "email", "author", "date", "commitMessage", "primaryLocationStartColumnFingerprint"];

impl Source {
    /// Reads the results of a run; the classes of what it found.
    pub(super) fn results(
        &mut self,
        results: &[Value],
        record: &str,
        run: &Run<'_>,
    ) -> BTreeSet<&'static str> {
        let mut classes = BTreeSet::new();
        let mut quality = 0_usize;
        let mut same = HashMap::new();
        for (index, result) in results.iter().enumerate() {
            let record = format!("{record}.results[{index}]");
            match Fields::of(result).and_then(|result| self.result(result, &record, run, &mut same)) {
                Ok(Some(class)) => {
                    classes.insert(class);
                }
                Ok(None) => quality = quality.saturating_add(1),
                Err(bad) => self.facts.reject(record, bad),
            }
        }
        if quality > 0 {
            self.facts
                .note(format!("{record}: results of rules that are not about security, left out: {quality}"));
        }
        classes
    }

    /// Reads a result; its class. Nothing where it was left out because its rule is not about security.
    fn result<'a>(
        &mut self,
        result: Fields<'a>,
        record: &str,
        run: &Run<'a>,
        same: &mut HashMap<String, usize>,
    ) -> Result<Option<&'static str>, Bad> {
        let kind = result.text("kind")?.unwrap_or("fail");
        let (told, rule) = run.rules.of(result)?;
        let id = told.unwrap_or("");
        let class = class(run.tool, id, rule);
        if matches!(kind, "pass" | "notApplicable") {
            return Ok(Some(class));
        }
        if run.rules.is_quality(rule) {
            return Ok(None);
        }
        let place = run.roots.of(result)?;
        let vulnerability = rules::vulnerability(id);
        let named = vulnerability.as_deref().unwrap_or(id);
        let print = print(result, &place, class, run)?;
        let parts = [run.tool, named, place.path.as_deref().unwrap_or(""), &print];
        // The same line may stand twice in a file, and analysers print it alike.
        let times = same.entry(keys::natural(&parts)).or_insert(0_usize);
        *times = times.saturating_add(1);
        let time = if *times > 1 { times.to_string() } else { String::new() };
        let [tool, named_part, path_part, print_part] = parts;
        let parts = [tool, named_part, path_part, print_part, &time];
        let finding = run
            .what
            .finding(&self.facts, class, &parts, record, run.at)
            .with("status", status(result)?)
            .with_known("severity", severity_of(result, rule, kind)?)
            .with_known("rule", told)
            .with_known("title", title(rule)?)
            .with("vulnerability", vulnerability.map_or(Value::Null, Value::String))
            .with("path", place.path.map_or(Value::Null, Value::String));
        self.facts.push(finding);
        Ok(Some(class))
    }
}

/// The classes of findings that a run looked for, as its analyser and its rules tell. Analysers that look for
/// whatever they are told to and list only the rules that hit say nothing of the others.
pub(super) fn classes(tool: &str, rules: &Rules<'_>) -> BTreeSet<&'static str> {
    let mut all: BTreeSet<&'static str> = rules
        .all()
        .filter(|rule| !rules.is_quality(Some(*rule)))
        .map(|rule| class(tool, rule.text("id").ok().flatten().unwrap_or(""), Some(rule)))
        .collect();
    // Such an analyser looks for nothing else, be there any rule or not.
    let only = class(tool, "", None);
    if only != "weakness" {
        all.insert(only);
    }
    all
}

/// The class of a finding.
fn class(tool: &str, id: &str, rule: Option<Fields<'_>>) -> &'static str {
    rules::class(tool, id, &rule.map(tags).unwrap_or_default())
}

/// `baselineState: absent` is mended. A result is suppressed where somebody has suppressed it and nobody
/// has yet to agree.
fn status(result: Fields<'_>) -> Result<&'static str, Bad> {
    if result.text("baselineState")? == Some("absent") {
        return Ok("resolved");
    }
    let suppressions = result.list("suppressions")?;
    let mut accepted = !suppressions.is_empty();
    for one in suppressions {
        let one = Fields::of(one)?;
        // Before 2.1.0 was final it was called `state`.
        accepted &= matches!(one.text("status")?.or(one.text("state")?), None | Some("accepted"));
    }
    Ok(if accepted { "suppressed" } else { "open" })
}

/// The severity: the score that the rule or the result has, else the result's level, else the rule's.
fn severity_of(
    result: Fields<'_>,
    rule: Option<Fields<'_>>,
    kind: &str,
) -> Result<Option<&'static str>, Bad> {
    let scored = |of: Fields<'_>| match of.get("properties.security-severity") {
        Some(Value::String(score)) => score.trim().parse().ok().and_then(severity_of_score),
        Some(score) => score.as_f64().and_then(severity_of_score),
        None => None,
    };
    if let Some(severity) = scored(result).or_else(|| rule.and_then(scored)) {
        return Ok(Some(severity));
    }
    if kind != "fail" {
        return Ok(Some("none"));
    }
    let level = match (result.text("level")?, rule) {
        (Some(level), _) => Some(level),
        (None, Some(rule)) => rule.text("defaultConfiguration.level")?,
        (None, None) => None,
    };
    Ok(severity(level.unwrap_or("warning")))
}

/// The rule's own title. A result's message may quote what was found, a secret too, and is not read.
fn title<'a>(rule: Option<Fields<'a>>) -> Result<Option<&'a str>, Bad> {
    let Some(rule) = rule else { return Ok(None) };
    Ok(rule.text("shortDescription.text")?.or(rule.text("name")?))
}

/// What tells a result from others of its rule in its file and stays when lines move: the analyser's
/// fingerprint, else a keyed one of the line's text, else the line's number. The text of a secret's line is
/// not looked at.
fn print(result: Fields<'_>, place: &Place, class: &str, run: &Run<'_>) -> Result<String, Bad> {
    for field in ["fingerprints", "partialFingerprints"] {
        let Some(prints) = result.object(field)? else { continue };
        let told = prints.map().iter().filter(|(name, _)| !NO_FINGERPRINTS.contains(&name.as_str()));
        let told: Vec<&str> =
            told.filter_map(|(_, value)| value.as_str()).filter(|it| !it.is_empty()).collect();
        if !told.is_empty() {
            let told = told.join(" ");
            let is_hash = class != "secret" && told.len() <= 256 && !told.contains(['@', '\n']);
            let keyed =
                |told| Plaintext::new(told).map_or(String::new(), |it| run.context.site_key.fingerprint(&it));
            return Ok(if is_hash { told } else { keyed(&told) });
        }
    }
    let first = result.list("locations")?.first();
    let snippet =
        first.and_then(|first| Fields::of(first).ok()?.text("physicalLocation.region.snippet.text").ok()?);
    let snippet = snippet.filter(|_| class != "secret").and_then(Plaintext::new);
    Ok(match (snippet, place.line) {
        (Some(snippet), _) => run.context.site_key.fingerprint(&snippet),
        (None, Some(line)) => line.to_string(),
        (None, None) => String::new(),
    })
}
