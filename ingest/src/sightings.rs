//! What the secret scanners' connectors share: a place where a secret was seen becomes a `Secret` and a
//! `Sighting`.
//!
//! A masked value has no fingerprint, so nothing can be joined to it. It becomes a `Finding` of class
//! `secret` instead, and the run then does not prove that some other secret was not seen.

use std::collections::BTreeMap;

use assize::facts::{Instant, Report};
use serde_json::Value;

use crate::output::RunSpan;
use crate::secret::access_key_account;
use crate::{Collector, Context, IngestError, Plaintext, detectors, keys};

/// One place where a scanner saw a secret.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen<'a> {
    /// The value; `None` where the tool has masked it.
    pub value: Option<Plaintext<'a>>,
    /// The secret's key, where the tool tells no value but something that stands for it.
    pub key: Option<&'a str>,
    /// The scanner's rule.
    pub detector: &'a str,
    /// The remote that the record names, in any spelling.
    pub remote: Option<&'a str>,
    /// Where in it.
    pub path: Option<&'a str>,
    /// The line, from 1.
    pub line: Option<i64>,
    /// The commit that brought it.
    pub commit: Option<&'a str>,
    /// When it got there.
    pub introduced_at: Option<Instant>,
    /// Who can read it there, where the record knows.
    pub visibility: Option<&'a str>,
    /// What somebody has said of it: `Some(None)` where nobody has, `None` where the tool does not say.
    pub resolution: Option<Option<&'a str>>,
}

impl Seen<'_> {
    /// What became of it as a finding, by what was said of it.
    fn status(&self) -> &'static str {
        match self.resolution.flatten() {
            None => "open",
            Some("false_positive") => "false_positive",
            Some("wont_fix" | "used_in_tests") => "suppressed",
            Some(_) => "resolved",
        }
    }
}

/// The sightings of one input.
#[derive(Debug)]
pub struct Sightings<'a> {
    context: &'a Context,
    /// The repository that the caller names: stronger than what records say, which is often `.`.
    repo: Option<String>,
    visibility: Option<&'a str>,
    at: Instant,
    /// The repositories seen, and how many values in each were masked.
    repos: BTreeMap<String, usize>,
    homeless: usize,
}

impl<'a> Sightings<'a> {
    /// For an input that was made at an instant.
    ///
    /// # Errors
    /// [`IngestError::BadFlag`] where the caller's repository or visibility is none.
    pub fn new(context: &'a Context, at: Instant) -> Result<Self, IngestError> {
        let repo = context.repo_key()?;
        let visibility = context.visibility_word()?;
        let repos = repo.iter().map(|repo| (repo.clone(), 0)).collect();
        Ok(Self { context, repo, visibility, at, repos, homeless: 0 })
    }

    /// When the tool ran.
    #[must_use]
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// Reports a place. Gives back the secret's report, for the connector to add what else it knows and to
    /// push; `None` for a masked value, which is reported as a finding here.
    pub fn report(&mut self, facts: &mut Collector, record: &str, seen: &Seen<'_>) -> Option<Report> {
        let repo = self.repo.clone().or_else(|| seen.remote.and_then(keys::repo));
        let masked = match &repo {
            Some(repo) => self.repos.entry(repo.clone()).or_default(),
            None => &mut self.homeless,
        };
        // A file may be named after the secret that is in it.
        let told = seen.path.map(|path| keys::path(path, None)).filter(|path| !leaks(seen.value, path));
        if told.is_none() && seen.path.is_some() {
            facts.note(format!("{record}: the file's path holds the secret itself, so it is left out"));
        }
        let path = told.as_deref();
        let commit = seen.commit.or(self.context.commit.as_deref());
        let line = seen.line.map_or(String::new(), |line| line.to_string());
        let (place, in_commit) = (repo.as_deref().unwrap_or(""), commit.unwrap_or(""));
        let public = seen.value.map(|value| self.context.site_key.secret_key(&value));
        let Some(key) = public.or_else(|| seen.key.map(ToOwned::to_owned)) else {
            *masked = masked.saturating_add(1);
            let parts = [place, seen.detector, path.unwrap_or(""), in_commit, &line];
            let finding = facts
                .report("Finding", &keys::natural(&parts), record, self.at)
                .with("class", "secret")
                .with("status", seen.status())
                .with("rule", seen.detector)
                .with("vulnerability", Value::Null)
                .with("image", Value::Null)
                .with_known("repo", repo.as_deref())
                .with_known("artifact", repo.as_deref())
                .with_known("path", path);
            facts.push(finding);
            return None;
        };
        let parts = [place, in_commit, path.unwrap_or(""), &line, seen.detector, &key];
        let sighting = facts
            .report("Sighting", &keys::natural(&parts), record, self.at)
            .with("secret", key.as_str())
            .with_known("repo", repo.as_deref())
            .with_known("path", path)
            .with_known("line", seen.line)
            .with_known("commit", commit)
            .with_known("visibility", self.visibility.or(seen.visibility))
            .with("detector", seen.detector)
            .with_known("precise", detectors::precise(seen.detector, seen.value.as_ref()))
            .with_known("introduced_at", seen.introduced_at.map(|at| at.to_string()));
        let sighting = match seen.resolution {
            None => sighting,
            Some(said) => sighting.with("resolution", said.map_or(Value::Null, Value::from)),
        };
        facts.push(sighting);
        for alias in seen
            .value
            .iter()
            .map(|value| self.context.site_key.sha1_alias(value))
            .chain(seen.key.map(ToOwned::to_owned))
        {
            facts.same_as("Secret", &alias, &key, record, self.at);
        }
        // Only long-lived keys and sessions say by their names which they are.
        let provider = seen.value.and_then(|value| value.provider_id());
        let secret = facts
            .report("Secret", &key, record, self.at)
            .with_known("kind", detectors::kind(seen.detector, seen.value.as_ref()))
            .with_known("static", provider.map(|id| id.starts_with("AKIA")))
            .with_known("account", provider.and_then(access_key_account));
        Some(secret)
    }

    /// Reports the runs: one for each repository that the caller or a record names. A run is complete
    /// where the input is whole and no value was masked.
    pub fn report_runs(&self, facts: &mut Collector, whole: bool) {
        if self.repos.is_empty() {
            facts.note("no repository is named, so that nothing is proven to be clean; give `--repo`");
        }
        if self.homeless > 0 || self.repos.values().any(|masked| *masked > 0) {
            facts.note(
                "masked values cannot be joined to a secret: they are findings, and the run is not complete",
            );
        }
        for (repo, masked) in &self.repos {
            let complete = whole && *masked == 0;
            let (from, until) = (self.at, self.at);
            facts.run(&RunSpan { types: &["Sighting"], scope: repo, from, until, complete });
        }
    }
}

/// Whether a text that is about to be told holds the value. A provider's id is no secret.
fn leaks(value: Option<Plaintext<'_>>, text: &str) -> bool {
    value.is_some_and(|value| value.provider_id().is_none() && value.occurs_in(text))
}
