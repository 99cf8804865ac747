//! GitHub's secret scanning alerts: lists of the API, and the webhook's payloads.
//!
//! What people have said of an alert (`resolution`) and what GitHub's trial has shown (`validity`) are two
//! facts of two things, the sighting and the secret, and may contradict each other.

use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::sightings::{Seen, Sightings};
use crate::{Collector, Connector, Context, Head, IngestError, Output, Plaintext, json};

/// Reads what `gh api …/secret-scanning/alerts` answers.
#[derive(Clone, Copy, Debug)]
pub struct GithubSecretScanning;

const NAME: &str = "github-secret-scanning";

/// GitHub's words for what somebody said of an alert.
const RESOLUTIONS: [&str; 6] =
    ["false_positive", "wont_fix", "revoked", "used_in_tests", "pattern_edited", "pattern_deleted"];

/// Lengths of a page: a list that is exactly as long may have been cut.
const PAGES: [usize; 2] = [30, 100];

impl Connector for GithubSecretScanning {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "GitHub secret scanning: alerts, what people said of them, and whether the secrets work"
    }

    fn command(&self) -> &'static str {
        "gh api --paginate --slurp '/orgs/ORG/secret-scanning/alerts?per_page=100' > github-secret-scanning.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let is_one = |at: &str| {
            head.has(&format!("{at}secret_type"))
                && head.has(&format!("{at}number"))
                && head.has_any(&[&format!("{at}resolution"), &format!("{at}state")])
        };
        ["", "[].", "[][].", "alert.", "[].alert."].iter().any(|at| is_one(at))
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut facts = Collector::new(NAME, context);
        let mut alerts = Vec::new();
        for record in json::records(input)? {
            match record.value {
                // `--slurp` wraps each page in a list.
                Ok(Value::Array(page)) => {
                    let place = |index| format!("{}[{index}]", record.place);
                    alerts.extend(page.into_iter().enumerate().map(|(index, it)| (place(index), it)));
                }
                Ok(value) => alerts.push((record.place, value)),
                Err(reason) => facts.reject(record.place, Bad::record(reason)),
            }
        }
        let ours = |value: &Value| Fields::of(value).is_ok_and(|it| alert(it).0.has("secret_type"));
        if !alerts.is_empty() && !alerts.iter().any(|(_, value)| ours(value)) {
            let expected = "no record has a `secret_type`".to_owned();
            return Err(IngestError::NotThisFormat { tool: NAME, expected });
        }
        let mut sightings = Sightings::new(context, context.time(None)?)?;
        let mut webhooks = false;
        for (place, value) in &alerts {
            match read(value, place, &mut sightings, &mut facts) {
                Ok(webhook) => webhooks |= webhook,
                Err(bad) => facts.reject(place, bad),
            }
        }
        let cut = PAGES.contains(&alerts.len());
        if cut {
            facts.note(format!("there are exactly {} alerts, a page's length: others may be missing, so it proves no absence; use `--paginate`", alerts.len()));
        }
        if webhooks {
            facts.note("webhooks tell of one alert each: they prove no absence");
        }
        sightings.report_runs(&mut facts, !cut && !webhooks);
        Ok(facts.finish())
    }
}

/// The alert in a record, and whether the record is a webhook's.
fn alert(record: Fields<'_>) -> (Fields<'_>, bool) {
    match record.object("alert") {
        Ok(Some(alert)) => (alert, true),
        _ => (record, false),
    }
}

/// Reads one alert; whether it came by a webhook.
fn read(
    value: &Value,
    place: &str,
    sightings: &mut Sightings<'_>,
    facts: &mut Collector,
) -> Result<bool, Bad> {
    let record = Fields::of(value)?;
    let (alert, webhook) = alert(record);
    let repository = record.object("repository")?;
    let resolution = resolution(alert)?;
    let validity = match alert.text("validity")? {
        Some(word @ ("active" | "inactive")) => Some(word),
        Some("unknown") | None => None,
        Some(_) => return Err(Bad::field("validity", "is none of active, inactive and unknown")),
    };
    let place_in = alert.object("first_location_detected")?;
    let text = |name: &str| place_in.map_or(Ok(None), |it| it.text(name));
    let remote = match repository {
        Some(repository) => repository.text("html_url")?.map(ToOwned::to_owned),
        // Lists of one repository do not name it but in the alert's own address.
        None => alert.text("html_url")?.and_then(|url| Some(url.split_once("/security/")?.0.to_owned())),
    };
    let seen = Seen {
        value: alert.text("secret")?.and_then(Plaintext::new),
        detector: alert.need_text("secret_type")?,
        remote: remote.as_deref(),
        path: text("path")?,
        line: place_in.map_or(Ok(None), |it| it.int("start_line"))?,
        commit: text("commit_sha")?,
        visibility: visibility(alert, repository)?,
        resolution: Some(resolution),
        ..Seen::default()
    };
    if let Some(secret) = sightings.report(facts, place, &seen) {
        facts.push(secret.with_known("validity", validity));
    }
    Ok(webhook)
}

/// What somebody said of an alert; `None` for one that is open.
fn resolution(alert: Fields<'_>) -> Result<Option<&str>, Bad> {
    let word = alert.text("resolution")?;
    match alert.text("state")? {
        Some("open" | "resolved") | None => {}
        Some(_) => return Err(Bad::field("state", "is neither open nor resolved")),
    }
    match word {
        // Reopened alerts say it in a word of their own.
        None | Some("reopened") => Ok(None),
        Some(word) if RESOLUTIONS.contains(&word) => Ok(Some(word)),
        Some(_) => Err(Bad::field("resolution", "is none of GitHub's words for it")),
    }
}

/// Who can read it: everybody, where GitHub has seen it in public or the repository is. Of a private one
/// it does not say how many can.
fn visibility<'a>(alert: Fields<'a>, repository: Option<Fields<'a>>) -> Result<Option<&'a str>, Bad> {
    let leaked = alert.bool("publicly_leaked")? == Some(true);
    let private = repository.map_or(Ok(None), |it| it.bool("private"))?;
    Ok((leaked || private == Some(false)).then_some("public"))
}

#[cfg(test)]
mod tests;
