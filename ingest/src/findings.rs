//! What the scanners' connectors share: severities, the thing that was scanned, runs that look for one
//! class of findings, aliases of vulnerabilities.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use assize::facts::{Instant, Report};
use serde_json::Value;

use crate::output::RunSpan;
use crate::{Collector, Context, IngestError, keys};

/// A tool's severity as ours. `None` where the tool does not know it, or has a word that we do not.
#[must_use]
pub fn severity(word: &str) -> Option<&'static str> {
    match word.trim().to_ascii_lowercase().as_str() {
        "none" | "info" | "informational" => Some("none"),
        // Debian's word for what Trivy calls low.
        "negligible" | "low" | "minor" | "note" => Some("low"),
        "medium" | "moderate" | "warning" => Some("medium"),
        "high" | "important" | "error" | "major" => Some("high"),
        "critical" | "blocker" => Some("critical"),
        _ => None,
    }
}

/// A CVSS base score as a severity, by the bands of CVSS 3.
#[must_use]
pub fn severity_of_score(score: f64) -> Option<&'static str> {
    match score {
        0.0 => Some("none"),
        s if s > 0.0 && s < 4.0 => Some("low"),
        s if (4.0..7.0).contains(&s) => Some("medium"),
        s if (7.0..9.0).contains(&s) => Some("high"),
        s if (9.0..=10.0).contains(&s) => Some("critical"),
        _ => None,
    }
}

/// A package as a running file's name can name it (see [`crate::component`]): `log4j-core` for
/// `org.apache.logging.log4j:log4j-core`. Other ecosystems' names stay as they are.
#[must_use]
pub fn component(package: &str) -> &str {
    match package.rsplit_once(':') {
        Some((_, artifact)) if !artifact.is_empty() => artifact,
        _ => package,
    }
}

/// A package that has a vulnerability, where the tool says no more than whether there is a newer one.
#[derive(Clone, Copy, Debug)]
pub struct Vulnerable<'a> {
    /// The vulnerability's canonical id.
    pub id: &'a str,
    /// The package's name.
    pub name: &'a str,
    /// Its version; empty where nobody says it.
    pub version: &'a str,
    /// The version that mends it.
    pub fixed: Option<&'a str>,
}

impl Vulnerable<'_> {
    /// Adds it to a finding.
    #[must_use]
    pub fn tell(&self, finding: Report) -> Report {
        finding
            .with("rule", self.id)
            .with("vulnerability", self.id)
            .with("component", component(self.name))
            .with_known("version", Some(self.version).filter(|version| !version.is_empty()))
            .with_known("fix", self.fixed.map(|_| "available"))
            .with_known("fixed_in", self.fixed)
    }
}

/// What was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// The run's scope and the findings' `artifact`: a digest, a repository, else the tool's own name.
    pub artifact: String,
    /// What kind of thing it is.
    pub kind: ScannedKind,
}

/// The source tree that the caller names. Without a name its findings join nothing, and a note says so.
///
/// # Errors
/// [`IngestError::BadFlag`] where what the caller names is no remote.
pub fn source_tree(context: &Context, facts: &mut Collector) -> Result<Scanned, IngestError> {
    let repo = context.repo_key()?;
    if repo.is_none() {
        facts.note(
            "no repository is named, so that the findings join nothing and the run proves nothing; give `--repo`",
        );
    }
    Ok(Scanned::source(repo, "."))
}

/// Adds a run that looked for one class of findings in one artifact: what it does not report of that class
/// is not there, and of other classes it says nothing.
pub fn class_run(
    facts: &mut Collector,
    artifact: &str,
    class: &str,
    span: (Instant, Instant),
    complete: bool,
) {
    let (from, until) = span;
    let scope = format!("{artifact}/{class}");
    facts.run(&RunSpan { types: &["Finding"], scope: &scope, from, until, complete });
}

/// Tells findings apart that would have one key: the same line may stand twice in a file.
#[derive(Clone, Debug, Default)]
pub struct Repeats(HashMap<String, usize>);

impl Repeats {
    /// What to add to the parts of a key: nothing the first time, then `2`, `3`, ….
    pub fn mark(&mut self, parts: &[&str]) -> String {
        let times = self.0.entry(keys::natural(parts)).or_insert(0);
        *times = times.saturating_add(1);
        if *times > 1 { times.to_string() } else { String::new() }
    }
}

/// What kind of thing was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScannedKind {
    /// An image, with its key where a digest is known.
    Image(Option<String>),
    /// Source code or a folder, with its repository where that is known.
    Source(Option<String>),
    /// A running workload, whose images the record does not tell apart.
    Workload,
    /// An account or a cluster.
    Place,
    /// Nobody says what: the artifact has no name.
    Unknown,
}

impl Scanned {
    /// A source tree: the repository, else the name that the tool has for it.
    #[must_use]
    pub fn source(repo: Option<String>, name: &str) -> Self {
        let artifact = repo.clone().unwrap_or_else(|| keys::without_user(name));
        Self { artifact, kind: ScannedKind::Source(repo) }
    }

    /// An account or a cluster.
    #[must_use]
    pub fn place(name: &str) -> Self {
        Self { artifact: name.to_owned(), kind: ScannedKind::Place }
    }

    /// Whether others know it by this name too. `.` and other folders are nobody's: a run there proves
    /// nothing for anyone.
    #[must_use]
    pub const fn is_named(&self) -> bool {
        !matches!(self.kind, ScannedKind::Source(None) | ScannedKind::Unknown)
    }

    /// A finding in it. `parts` tell it from the other findings in the same artifact. What the kind of
    /// scan rules out is known absent; what it leaves open is not collected.
    #[must_use]
    pub fn finding(
        &self,
        facts: &Collector,
        class: &str,
        parts: &[&str],
        record: &str,
        at: Instant,
    ) -> Report {
        let mut all = vec![self.artifact.as_str()];
        all.extend_from_slice(parts);
        let finding = facts
            .report("Finding", &keys::natural(&all), record, at)
            .with("class", class)
            .with_known("artifact", Some(self.artifact.as_str()).filter(|name| !name.is_empty()));
        match &self.kind {
            ScannedKind::Image(image) => {
                finding.with_known("image", image.as_deref()).with("repo", Value::Null)
            }
            ScannedKind::Source(repo) => {
                finding.with_known("repo", repo.as_deref()).with("image", Value::Null)
            }
            ScannedKind::Workload => finding.with("repo", Value::Null),
            ScannedKind::Place => finding.with("repo", Value::Null).with("image", Value::Null),
            ScannedKind::Unknown => finding,
        }
    }
}

/// The names that one record has for one image.
#[derive(Clone, Debug, Default)]
pub struct ImageNames<'a> {
    /// References with registry digests, the best first.
    pub repo_digests: Vec<&'a str>,
    /// A manifest digest that the scanner has worked out itself; it may differ from the registry's.
    pub manifest: Option<&'a str>,
    /// The digest of the image's configuration: Docker's image id.
    pub config: Option<&'a str>,
    /// References with tags, the best first.
    pub tags: Vec<&'a str>,
    /// When it was built.
    pub built_at: Option<Instant>,
}

impl ImageNames<'_> {
    /// The digests, the canonical one first: the registry's manifest digest, else the scanner's, else the
    /// configuration's. Tags are no identity: they move.
    #[must_use]
    pub fn digests(&self) -> Vec<String> {
        let all = self.repo_digests.iter().copied().chain(self.manifest).chain(self.config);
        let mut out: Vec<String> = Vec::new();
        for digest in all.filter_map(keys::digest) {
            if !out.contains(&digest) {
                out.push(digest);
            }
        }
        out
    }

    /// Reports the image, with its other digests as aliases, and gives back its key. `None`, and nothing
    /// is reported, where no digest is known.
    pub fn report(&self, facts: &mut Collector, record: &str, at: Instant) -> Option<String> {
        let digests = self.digests();
        let (key, others) = digests.split_first()?;
        let named = self.repo_digests.iter().chain(&self.tags).find_map(|name| keys::image(name));
        let tagged = self.tags.iter().find_map(|name| keys::image(name)?.tag);
        let image = facts
            .report("Image", key, record, at)
            .with_known("repository", named.map(|name| name.repository))
            .with_known("tag", tagged)
            .with_known("built_at", self.built_at.filter(|at| at.0 > 0).map(|at| at.to_string()));
        facts.push(image);
        for alias in others {
            facts.same_as("Image", alias, key, record, at);
        }
        Some(key.clone())
    }
}

/// Gathers which GitHub advisory is which CVE, over all records of an input. An advisory that covers
/// several CVEs is an alias of none of them, so this is told only at the end.
#[derive(Clone, Debug, Default)]
pub struct Aliases {
    advisories: BTreeMap<String, BTreeSet<String>>,
}

impl Aliases {
    /// Takes the ids that one record has for one vulnerability and gives back the canonical one: the CVE
    /// where there is exactly one, else the first.
    pub fn canonical<'a>(&mut self, ids: impl IntoIterator<Item = &'a str>) -> Option<String> {
        let ids = ids.into_iter().map(keys::vulnerability).filter(|id| !id.is_empty());
        let ids: Vec<String> = ids.collect();
        let cves: BTreeSet<&String> = ids.iter().filter(|id| keys::is_cve(id)).collect();
        for advisory in ids.iter().filter(|id| id.starts_with("GHSA-")) {
            let known = self.advisories.entry(advisory.clone()).or_default();
            known.extend(cves.iter().map(|cve| (*cve).clone()));
        }
        match (cves.len(), cves.first()) {
            (1, Some(cve)) => Some((*cve).clone()),
            _ => ids.into_iter().next(),
        }
    }

    /// Reports the aliases.
    pub fn report(&self, facts: &mut Collector, at: Instant) {
        for (advisory, cves) in &self.advisories {
            if let (1, Some(cve)) = (cves.len(), cves.first()) {
                facts.same_as("Vulnerability", advisory, cve, "", at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, SiteKey};

    fn digest(digit: char) -> String {
        format!("sha256:{}", digit.to_string().repeat(64))
    }

    #[test]
    fn severities_are_ours_or_not_collected() {
        for (word, ours) in
            [("CRITICAL", Some("critical")), ("Negligible", Some("low")), ("UNKNOWN", None), ("", None)]
        {
            assert_eq!(severity(word), ours);
        }
        for (score, ours) in
            [(0.0, "none"), (3.9, "low"), (6.95, "medium"), (8.9, "high"), (10.0, "critical")]
        {
            assert_eq!(severity_of_score(score), Some(ours));
        }
        assert_eq!(severity_of_score(f64::NAN), None);
        assert_eq!(severity_of_score(11.0), None);
    }

    #[test]
    fn the_registrys_digest_is_canonical_and_tags_never_join() {
        let (registry, own, config) = (digest('a'), digest('b'), digest('c'));
        let reference = format!("ghcr.io/northwind/arm@{registry}");
        let mut names = ImageNames {
            repo_digests: vec![&reference],
            manifest: Some(&own),
            config: Some(&config),
            tags: vec!["ghcr.io/northwind/arm:7"],
            built_at: Some(Instant(0)),
        };
        assert_eq!(names.digests(), [registry.clone(), own.clone(), config.clone()]);
        names.repo_digests.clear();
        assert_eq!(names.digests(), [own.clone(), config.clone()]);
        names.manifest = None;
        assert_eq!(names.digests(), [config.as_str()]);
        names.config = Some("sha256:short");
        let mut facts = Collector::new("t", &Context::new(SiteKey::from_bytes(&[0; 16]).unwrap()));
        assert_eq!(names.report(&mut facts, "", Instant(1)), None);
        assert!(facts.finish().lines.is_empty());
    }

    #[test]
    fn an_advisory_of_two_cves_is_an_alias_of_neither() {
        let mut aliases = Aliases::default();
        assert_eq!(
            aliases.canonical(["ghsa-AAAA-bbbb-cccc", "cve-2026-0001"]).as_deref(),
            Some("CVE-2026-0001")
        );
        assert_eq!(
            aliases.canonical(["CVE-2026-0002", "GHSA-dddd-eeee-ffff"]).as_deref(),
            Some("CVE-2026-0002")
        );
        assert_eq!(
            aliases.canonical(["CVE-2026-0003", "GHSA-dddd-eeee-ffff"]).as_deref(),
            Some("CVE-2026-0003")
        );
        assert_eq!(aliases.canonical(["MAL-2026-1"]).as_deref(), Some("MAL-2026-1"));
        let mut facts = Collector::new("t", &Context::new(SiteKey::from_bytes(&[0; 16]).unwrap()));
        aliases.report(&mut facts, Instant(0));
        let lines: Vec<_> =
            facts.finish().lines.iter().map(|line| line.to_json()["same_as"].to_string()).collect();
        assert_eq!(lines, [r#"{"Vulnerability":"GHSA-aaaa-bbbb-cccc","is":"CVE-2026-0001"}"#]);
    }
}
