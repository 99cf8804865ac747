//! One package, with the groups of advisories that are one vulnerability each.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Reader;
use crate::cvss;
use crate::fields::{Bad, Fields};
use crate::findings::{component, severity, severity_of_score};

/// A package's name, version and where it is listed.
struct Package<'a> {
    name: &'a str,
    version: &'a str,
    path: &'a str,
    place: &'a str,
}

impl Reader<'_> {
    /// Reads a package.
    pub(super) fn package(&mut self, one: Fields<'_>, path: &str, place: &str) -> Result<(), Bad> {
        // Code that was copied in has no name: its commit is all that is known.
        let commit = one.text("package.commit")?;
        let name = match commit {
            Some(_) => one.text("package.name")?.unwrap_or(""),
            None => one.need_text("package.name")?,
        };
        let version = one.text("package.version")?.or(commit).unwrap_or("");
        let package = Package { name, version, path, place };
        let advisories: Vec<Fields<'_>> =
            one.list("vulnerabilities")?.iter().map(Fields::of).collect::<Result<_, _>>()?;
        let groups = one.list("groups")?;
        if groups.is_empty() {
            for advisory in &advisories {
                self.vulnerability(&package, None, &[*advisory])?;
            }
        }
        for group in groups {
            let group = Fields::of(group)?;
            let ids = texts(group, "ids")?;
            let own = advisories
                .iter()
                .filter(|it| it.text("id").is_ok_and(|id| id.is_some_and(|id| ids.contains(&id))));
            self.vulnerability(&package, Some(group), &own.copied().collect::<Vec<_>>())?;
        }
        for licence in texts(one, "license_violations")? {
            let named = format!("{name}@{version}");
            let finding = self
                .what
                .finding(&self.facts, "license", &[licence, &named, path], place, self.at)
                .with("status", "open")
                .with("rule", licence)
                .with("vulnerability", Value::Null)
                .with("component", component(name))
                .with_known("version", Some(version).filter(|version| !version.is_empty()))
                .with("path", path);
            self.facts.push(finding);
        }
        Ok(())
    }

    /// One vulnerability of a package: what a group's advisories say of it.
    fn vulnerability(
        &mut self,
        package: &Package<'_>,
        group: Option<Fields<'_>>,
        advisories: &[Fields<'_>],
    ) -> Result<(), Bad> {
        let mut ids = Vec::new();
        if let Some(group) = group {
            ids.extend(texts(group, "ids")?);
            ids.extend(texts(group, "aliases")?);
        }
        for advisory in advisories {
            ids.push(advisory.need_text("id")?);
            ids.extend(texts(*advisory, "aliases")?);
        }
        // What is malicious has no vulnerability, whatever else lists it.
        let malware = ids.iter().find(|id| id.starts_with("MAL-")).copied();
        let id = match malware {
            Some(id) => id.to_owned(),
            None => self
                .aliases
                .canonical(ids.iter().copied())
                .ok_or_else(|| Bad::field("groups.ids", "is empty"))?,
        };
        let score = group.map(score).transpose()?.flatten();
        let named = format!("{}@{}", package.name, package.version);
        let (fix, fixed_in) = fix(package, advisories)?;
        let title = advisories.iter().find_map(|it| it.text("summary").ok().flatten());
        let class = if malware.is_some() { "malware" } else { "vuln" };
        let worst = match score.and_then(severity_of_score) {
            Some(word) => Some(word),
            None => worded(advisories)?,
        };
        let finding = self
            .what
            .finding(&self.facts, class, &[&id, &named, package.path], package.place, self.at)
            .with("status", "open")
            .with_known("severity", worst)
            .with("rule", id.as_str())
            .with_known("title", title)
            .with("vulnerability", id.as_str())
            .with_known("component", Some(component(package.name)).filter(|name| !name.is_empty()))
            .with_known("version", Some(package.version).filter(|version| !version.is_empty()))
            .with_known("purl", purl(package, advisories)?)
            .with_known("fix", fix)
            .with_known("fixed_in", fixed_in)
            .with_known("reachable", group.map(called).transpose()?.flatten())
            .with("path", package.path);
        self.facts.push(finding);
        let known = self
            .facts
            .report("Vulnerability", &id, package.place, self.at)
            .with_known("cvss", score)
            .with_known("cvss_vector", vector(advisories)?)
            .with_known("title", title);
        self.facts.push(known);
        Ok(())
    }
}

fn texts<'a>(of: Fields<'a>, path: &str) -> Result<Vec<&'a str>, Bad> {
    Ok(of.list(path)?.iter().filter_map(Value::as_str).filter(|text| !text.is_empty()).collect())
}

/// The group's highest CVSS score, which is written as a text.
fn score(group: Fields<'_>) -> Result<Option<f64>, Bad> {
    let Some(text) = group.text("max_severity")? else { return Ok(None) };
    let score: f64 = text.parse().map_err(|_| Bad::field("groups.max_severity", "is not a number"))?;
    Ok(Some(score).filter(|score| (0.0..=10.0).contains(score)))
}

/// How the score was reached, where all advisories of the group that say it agree: the group's score is the highest
/// of theirs, and it is not told whose.
fn vector(advisories: &[Fields<'_>]) -> Result<Option<String>, Bad> {
    for (kind, version) in [("CVSS_V3", "3"), ("CVSS_V4", "4")] {
        let mut told = BTreeSet::new();
        for advisory in advisories {
            for one in advisory.list("severity")? {
                let one = Fields::of(one)?;
                if one.text("type")? == Some(kind) {
                    told.extend(one.text("score")?.and_then(|vector| cvss::written_out(version, vector)));
                }
            }
        }
        if !told.is_empty() {
            return Ok(told.pop_first().filter(|_| told.is_empty()));
        }
    }
    Ok(None)
}

/// The worst of the words that the databases have.
fn worded(advisories: &[Fields<'_>]) -> Result<Option<&'static str>, Bad> {
    const ORDER: [&str; 5] = ["none", "low", "medium", "high", "critical"];
    let mut worst = None;
    for advisory in advisories {
        let word = advisory.text("database_specific.severity")?.and_then(severity);
        let rank = word.and_then(|word| ORDER.iter().position(|it| *it == word));
        worst = worst.max(rank);
    }
    Ok(worst.and_then(|rank| ORDER.get(rank).copied()))
}

/// Whether the call analysis says that the vulnerable part is called: it is where one advisory says so.
fn called(group: Fields<'_>) -> Result<Option<bool>, Bad> {
    let mut said = None;
    for name in ["experimentalAnalysis", "experimental_analysis"] {
        let Some(all) = group.object(name)? else { continue };
        for one in all.map().values() {
            let one = Fields::of(one)?.bool("called")?;
            said = said.max(one);
        }
    }
    Ok(said)
}

/// The package as a purl, where an advisory has it: advisories name no version.
fn purl(package: &Package<'_>, advisories: &[Fields<'_>]) -> Result<Option<String>, Bad> {
    for advisory in advisories {
        for affected in advisory.list("affected")? {
            let affected = Fields::of(affected)?;
            let same = affected.text("package.name")? == Some(package.name);
            let bare = affected.text("package.purl")?.and_then(|purl| purl.split(['?', '#']).next());
            if let (true, Some(purl), false) = (same, bare, package.version.is_empty()) {
                return Ok(Some(format!("{purl}@{}", package.version)));
            }
        }
    }
    Ok(None)
}

/// Whether something mends it, and all versions that do: which of them is the installed one's branch is not
/// said.
fn fix(
    package: &Package<'_>,
    advisories: &[Fields<'_>],
) -> Result<(Option<&'static str>, Option<Value>), Bad> {
    let mut versions = BTreeSet::new();
    let mut said = false;
    for advisory in advisories {
        for affected in advisory.list("affected")? {
            let affected = Fields::of(affected)?;
            if affected.text("package.name")? != Some(package.name) {
                continue;
            }
            for range in affected.list("ranges")? {
                let range = Fields::of(range)?;
                // A range of commits names no version.
                if range.text("type")? == Some("GIT") {
                    continue;
                }
                said = true;
                for event in range.list("events")? {
                    versions.extend(Fields::of(event)?.text("fixed")?);
                }
            }
        }
    }
    Ok(match (versions.is_empty(), said) {
        (false, _) => {
            let all: Vec<&str> = versions.into_iter().collect();
            (Some("available"), Some(Value::from(all.join(", "))))
        }
        (true, true) => (Some("none"), Some(Value::Null)),
        (true, false) => (None, None),
    })
}
