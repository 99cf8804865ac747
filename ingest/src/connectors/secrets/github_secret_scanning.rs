//! GitHub's secret scanning alerts: lists of the API, and the webhook's payloads.
//!
//! What people have said of an alert (`resolution`) and what GitHub's trial has shown (`validity`) are two
//! facts of two things, the sighting and the secret, and may contradict each other.

use crate::fields::{Bad, Fields};
use crate::github_alerts::{self, Alert};
use crate::sightings::{Seen, Sightings};
use crate::{Collector, Connector, Context, Head, IngestError, Output, Plaintext};

/// Reads what `gh api …/secret-scanning/alerts` answers.
#[derive(Clone, Copy, Debug)]
pub struct GithubSecretScanning;

const NAME: &str = "github-secret-scanning";

/// GitHub's words for what somebody said of an alert.
const RESOLUTIONS: [&str; 6] =
    ["false_positive", "wont_fix", "revoked", "used_in_tests", "pattern_edited", "pattern_deleted"];

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
        ["resolution", "state"]
            .iter()
            .any(|said| github_alerts::looks(head, &["secret_type", "number", said]))
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let mut facts = Collector::new(NAME, context);
        let alerts = github_alerts::read(NAME, &["secret_type"], input, &mut facts)?;
        let mut sightings = Sightings::new(context, context.time(None)?)?;
        for (place, value) in &alerts.all {
            let read = github_alerts::alert(value)
                .and_then(|(alert, _)| read(alert, place, &mut sightings, &mut facts));
            if let Err(bad) = read {
                facts.reject(place, bad);
            }
        }
        sightings.report_runs(&mut facts, alerts.whole);
        Ok(facts.finish())
    }
}

/// Reads one alert.
fn read(of: Alert<'_>, place: &str, sightings: &mut Sightings<'_>, facts: &mut Collector) -> Result<(), Bad> {
    let (alert, repository) = (of.fields, of.repository);
    let resolution = resolution(alert)?;
    let validity = match alert.text("validity")? {
        Some(word @ ("active" | "inactive")) => Some(word),
        Some("unknown") | None => None,
        Some(_) => return Err(Bad::field("validity", "is none of active, inactive and unknown")),
    };
    let place_in = alert.object("first_location_detected")?;
    let text = |name: &str| place_in.map_or(Ok(None), |it| it.text(name));
    let seen = Seen {
        value: alert.text("secret")?.and_then(Plaintext::new),
        detector: alert.need_text("secret_type")?,
        remote: of.remote()?,
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
    Ok(())
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
