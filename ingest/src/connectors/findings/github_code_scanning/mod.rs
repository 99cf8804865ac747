//! GitHub's code scanning alerts: lists of its API, and payloads of its webhooks.

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields, missing};
use crate::findings::severity;
use crate::github_alerts::{self, Alert};
use crate::{Collector, Connector, Context, Head, IngestError, Output, keys, rules};

/// Reads what `gh api …/code-scanning/alerts` answers.
#[derive(Clone, Copy, Debug)]
pub struct GithubCodeScanning;

const NAME: &str = "github-code-scanning";

impl Connector for GithubCodeScanning {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "GitHub code scanning: what CodeQL and other analysers found, and what people said of it"
    }

    fn command(&self) -> &'static str {
        "gh api --paginate --slurp '/orgs/ORG/code-scanning/alerts?per_page=100' > github-code-scanning.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        github_alerts::looks(head, &["number", "rule.id", "tool.name", "state"])
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut facts = Collector::new(NAME, context);
        let alerts = github_alerts::read(NAME, &["rule"], input, &mut facts)?;
        let at = context.time(None)?;
        let mut reader = Reader { facts, at, said: context.repo_key()?, quality: 0 };
        for (place, record) in &alerts.all {
            let read = github_alerts::alert(record).and_then(|(alert, _)| reader.alert(alert, place));
            if let Err(bad) = read {
                reader.facts.reject(place, bad);
            }
        }
        let Reader { mut facts, quality, .. } = reader;
        if quality > 0 {
            facts.note(format!("alerts about something else than security are left out: {quality}"));
        }
        facts.note("alerts do not say when their analyser ran last, so the list proves no absence");
        Ok(facts.finish())
    }
}

/// One input on its way.
struct Reader {
    facts: Collector,
    at: Instant,
    /// The repository that the caller names.
    said: Option<String>,
    /// How many alerts were left out because their rules are not about security.
    quality: usize,
}

impl Reader {
    /// Reads an alert. Its message may quote the code, and is not read.
    fn alert(&mut self, alert: Alert<'_>, place: &str) -> Result<(), Bad> {
        let one = alert.fields;
        let number = one.int("number")?.ok_or_else(|| missing("number"))?;
        let rule = one.object("rule")?.ok_or_else(|| missing("rule"))?;
        let id = rule.need_text("id")?;
        let tags: Vec<String> =
            rule.list("tags")?.iter().filter_map(Value::as_str).map(str::to_ascii_lowercase).collect();
        let level = rule.text("security_severity_level")?;
        if level.is_none() && rules::is_quality(&tags) {
            self.quality = self.quality.saturating_add(1);
            return Ok(());
        }
        let class = rules::class(one.need_text("tool.name")?, id, &tags);
        let vulnerability = rules::vulnerability(id);
        let instance = match one.object("most_recent_instance")? {
            Some(instance) => Some(instance),
            None => one.list("instances")?.first().map(Fields::of).transpose()?,
        };
        let text = |name: &str| instance.map_or(Ok(None), |it| it.text(name));
        let line = instance.map_or(Ok(None), |it| it.int("location.start_line"))?;
        let what = alert.scanned(self.said.as_deref())?;
        let finding = what
            .finding(&self.facts, class, &[&format!("code-scanning/{number}")], place, self.at)
            .with("status", status(one)?)
            .with_known("severity", graveness(level, rule.text("severity")?)?)
            .with("rule", id)
            .with_known("title", rule.text("description")?.or(rule.text("name")?))
            .with("vulnerability", vulnerability.map_or(Value::Null, Value::String))
            .with_known("path", text("location.path")?.map(|path| keys::path(path, None)))
            .with_known("line", line.filter(|line| *line > 0));
        self.facts.push(alert.seen(finding)?);
        Ok(())
    }
}

/// What became of it. `open` with a fix on another branch is open: the state is the default branch's.
fn status(one: Fields<'_>) -> Result<&'static str, Bad> {
    let reason = match one.text("dismissed_reason")? {
        None | Some("won't fix" | "used in tests") => "suppressed",
        Some("false positive") => "false_positive",
        Some(_) => return Err(Bad::field("dismissed_reason", "is none of GitHub's words for it")),
    };
    match one.text("state")? {
        Some("open") => Ok("open"),
        // Deleted with its analysis, and so no longer found.
        Some("fixed" | "closed") => Ok("resolved"),
        Some("dismissed") => Ok(reason),
        _ => Err(Bad::field("state", "is none of open, fixed and dismissed")),
    }
}

/// The rule's severity as a security rule, else its level.
fn graveness(level: Option<&str>, word: Option<&str>) -> Result<Option<&'static str>, Bad> {
    let Some(word) = level.or(word) else { return Ok(None) };
    severity(word).map(Some).ok_or_else(|| Bad::field("rule.severity", "is none of GitHub's words for it"))
}

#[cfg(test)]
mod tests;
