//! One match of a Grype report: a package, and a vulnerability that it has.

use serde_json::Value;

use super::Reader;
use crate::cvss::Scores;
use crate::fields::{Bad, Fields};
use crate::findings::{component, severity};
use crate::keys;

/// Packages of a system's package manager: their location is its database, not theirs.
const SYSTEM_PACKAGES: [&str; 5] = ["deb", "rpm", "apk", "alpm", "portage"];

impl Reader<'_> {
    /// Reads a match.
    pub(super) fn matched(&mut self, one: Fields<'_>, record: &str, status: &str) -> Result<(), Bad> {
        let said = one.need_text("vulnerability.id")?;
        let related: Vec<Fields<'_>> =
            one.list("relatedVulnerabilities")?.iter().map(Fields::of).collect::<Result<_, _>>()?;
        let others: Vec<&str> = related.iter().filter_map(|it| it.text("id").ok().flatten()).collect();
        let ids = std::iter::once(said).chain(others);
        let id = self.aliases.canonical(ids).unwrap_or_else(|| said.to_owned());
        let name = package(one)?;
        let version = one.text("artifact.version")?.unwrap_or("");
        let path = path(one)?;
        let (fix, fixed_in) = fix(one)?;
        let parts = [id.as_str(), &format!("{name}@{version}"), path.as_deref().unwrap_or("")];
        let finding = self
            .what
            .finding(&self.facts, "vuln", &parts, record, self.at)
            .with("status", status)
            .with_known("severity", one.text("vulnerability.severity")?.and_then(severity))
            .with("rule", id.as_str())
            .with("vulnerability", id.as_str())
            .with("component", component(&name))
            .with_known("version", Some(version).filter(|version| !version.is_empty()))
            .with_known("purl", one.text("artifact.purl")?.and_then(keys::purl))
            .with_known("fix", fix)
            .with_known("fixed_in", fixed_in)
            .with("path", path.map_or(Value::Null, Value::String));
        // What is open in one database and set aside in another is open.
        let set_aside = if status == "open" { 0 } else { 10 };
        self.findings.add(doubt(one)?.saturating_add(set_aside), finding);
        self.vulnerability(&id, one, &related, record)
    }

    /// What the databases say of the vulnerability itself.
    fn vulnerability(
        &mut self,
        id: &str,
        one: Fields<'_>,
        related: &[Fields<'_>],
        record: &str,
    ) -> Result<(), Bad> {
        let Some(own) = one.object("vulnerability")? else { return Ok(()) };
        let all = || std::iter::once(own).chain(related.iter().copied());
        let mut scores = Scores::default();
        let mut epss = None;
        let mut listed = None;
        for of in all() {
            for score in of.list("cvss")? {
                let score = Fields::of(score)?;
                let nvd = score.text("source")? == Some("nvd@nist.gov");
                let version = score.text("version")?.unwrap_or("");
                scores.offer(version, nvd, score.double("metrics.baseScore")?, score.text("vector")?);
            }
            for it in of.list("epss")? {
                let it = Fields::of(it)?;
                let of_this = it.text("cve")?.is_none_or(|cve| keys::vulnerability(cve) == id);
                let likely = it.double("epss")?.filter(|share| (0.0..=1.0).contains(share));
                epss = epss.or(likely.filter(|_| of_this));
            }
            for it in of.list("knownExploited")? {
                let it = Fields::of(it)?;
                let of_this = it.text("cve")?.is_some_and(|cve| keys::vulnerability(cve) == id);
                listed = listed.or(Some(it).filter(|_| of_this));
            }
        }
        let known = self.facts.report("Vulnerability", id, record, self.at).with_known("epss", epss);
        self.facts.push(scores.tell(known));
        match listed {
            Some(entry) => self.known_exploited(id, entry, record),
            None => Ok(()),
        }
    }

    /// An entry of CISA's catalog, as Grype's database has it.
    fn known_exploited(&mut self, id: &str, entry: Fields<'_>, record: &str) -> Result<(), Bad> {
        let ransomware = match entry.text("knownRansomwareCampaignUse")? {
            Some(word) if word.eq_ignore_ascii_case("known") => Some(true),
            Some(word) if word.eq_ignore_ascii_case("unknown") => Some(false),
            _ => None,
        };
        let entry = self
            .facts
            .report("KevEntry", id, record, self.at)
            .with("vulnerability", id)
            .with_known("added_at", entry.instant("dateAdded")?.map(|at| at.to_string()))
            .with_known("due_at", entry.instant("dueDate")?.map(|at| at.to_string()))
            .with_known("ransomware", ransomware);
        self.facts.push(entry);
        Ok(())
    }
}

/// The package's name as Trivy has it too: `group:artifact` for Java, whose group is in the purl alone.
fn package(one: Fields<'_>) -> Result<String, Bad> {
    let name = one.need_text("artifact.name")?;
    let purl = one.text("artifact.purl")?.and_then(|purl| purl.strip_prefix("pkg:maven/"));
    let group = purl.and_then(|rest| rest.split_once('/')).map(|(group, _)| group);
    Ok(match group {
        Some(group) if !name.contains(':') => format!("{group}:{name}"),
        _ => name.to_owned(),
    })
}

/// Where the package lies: the location that is evidence of it, else the first.
fn path(one: Fields<'_>) -> Result<Option<String>, Bad> {
    if one.text("artifact.type")?.is_some_and(|ty| SYSTEM_PACKAGES.contains(&ty)) {
        return Ok(None);
    }
    let locations: Vec<Fields<'_>> =
        one.list("artifact.locations")?.iter().map(Fields::of).collect::<Result<_, _>>()?;
    let primary = |it: &&Fields<'_>| it.text("annotations.evidence").is_ok_and(|it| it == Some("primary"));
    let chosen = locations.iter().find(primary).or(locations.first());
    Ok(chosen.map(|it| it.need_text("path")).transpose()?.map(|path| keys::path(path, None)))
}

/// Whether there is a fix, and the versions that have it, where that is known.
fn fix(one: Fields<'_>) -> Result<(Option<&'static str>, Option<Value>), Bad> {
    let versions = one.list("vulnerability.fix.versions")?.iter().filter_map(Value::as_str);
    let versions = versions.collect::<Vec<_>>().join(", ");
    let fixed_in = Some(versions).filter(|versions| !versions.is_empty()).map(Value::String);
    Ok(match one.text("vulnerability.fix.state")? {
        Some("fixed") => (Some("available"), fixed_in),
        Some("wont-fix") => (Some("wont_fix"), Some(Value::Null)),
        Some("not-fixed") => (Some("none"), Some(Value::Null)),
        Some("unknown") | None => (None, fixed_in),
        Some(_) => {
            return Err(Bad::field("vulnerability.fix.state", "is no state that Grype is known to write"));
        }
    })
}

/// How unsure the match is: the package itself, its source package, a guess by a product's name.
fn doubt(one: Fields<'_>) -> Result<u8, Bad> {
    let mut least = 3;
    for detail in one.list("matchDetails")? {
        let doubt = match Fields::of(detail)?.text("type")? {
            Some("exact-direct-match") => 0,
            Some("exact-indirect-match") => 1,
            Some("cpe-match") => 2,
            _ => 3,
        };
        least = least.min(doubt);
    }
    Ok(least)
}
