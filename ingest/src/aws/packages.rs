//! A vulnerability in packages, as Inspector tells it itself and through Security Hub.

use assize::facts::Instant;
use serde_json::Value;

use super::resource;
use crate::cvss::Scores;
use crate::fields::{Bad, Fields};
use crate::findings::{Aliases, Scanned, Vulnerable};
use crate::{Collector, keys};

/// What the two tellings call the same thing.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// The vulnerability's id.
    pub id: &'static str,
    /// Other ids of it.
    pub related: &'static str,
    /// The packages that have it.
    pub packages: &'static str,
    /// Their fields: name, version, epoch, release, path, and the version that mends it.
    pub package: [&'static str; 6],
    /// The scores.
    pub scores: &'static str,
    /// Their fields: version, base score, source, vector.
    pub score: [&'static str; 4],
}

/// Where a vulnerability was found, and what is known beside it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// What was scanned.
    pub what: &'a Scanned,
    /// The resources, by their ARNs; the first is the finding's.
    pub resources: &'a [&'a str],
    /// What of the resource tells it from others of the same artifact: nothing where it is the artifact.
    pub part: &'a str,
    /// The record's place.
    pub record: &'a str,
    /// When it was listed.
    pub at: Instant,
    /// Open, resolved, suppressed.
    pub status: &'a str,
    /// The severity.
    pub severity: Option<&'a str>,
    /// `YES`, `NO` or `PARTIAL`.
    pub fixable: Option<&'a str>,
    /// The chance of exploitation.
    pub epss: Option<f64>,
    /// When it was seen first and last.
    pub seen: (Option<Instant>, Option<Instant>),
}

/// Reports a finding for each package, and the vulnerability.
///
/// # Errors
/// [`Bad`] where the id or a package's name is missing, or a field is of another kind.
pub fn report(
    of: Fields<'_>,
    names: &Names,
    place: &Place<'_>,
    aliases: &mut Aliases,
    facts: &mut Collector,
) -> Result<(), Bad> {
    let said = of.need_text(names.id)?;
    let related = of.list(names.related)?.iter().filter_map(Value::as_str);
    let id = aliases.canonical(std::iter::once(said).chain(related)).unwrap_or_else(|| said.to_owned());
    for package in of.list(names.packages)? {
        let package = Fields::of(package)?;
        let [name, _, _, _, path, fixed] = names.package;
        let name = package.need_text(name)?;
        let version = version(package, names)?;
        let path = package.text(path)?.map(|path| keys::path(path, None));
        let fixed = package.text(fixed)?.map(without_epoch).filter(|it| *it != "NotAvailable");
        let named = format!("{name}@{version}");
        let own = [place.part, &id, &named, path.as_deref().unwrap_or("")];
        // Of an image the artifact is all there is: other scanners give the same key.
        let parts = if place.part.is_empty() { own.get(1..).unwrap_or_default() } else { &own };
        let finding = place
            .what
            .finding(facts, "vuln", parts, place.record, place.at)
            .with("status", place.status)
            .with_known("severity", place.severity)
            .with("path", path.map_or(Value::Null, Value::String));
        let finding = Vulnerable { id: &id, name, version: &version, fixed }.tell(finding);
        let finding = match (fixed, place.fixable) {
            (None, Some("NO")) => finding.with("fix", "none").with("fixed_in", Value::Null),
            _ => finding,
        };
        facts.push(resource::about(resource::seen(finding, place.seen), place.resources));
    }
    let known = facts
        .report("Vulnerability", &id, place.record, place.at)
        .with_known("epss", place.epss.filter(|share| (0.0..=1.0).contains(share)));
    facts.push(scores(of, names)?.tell(known));
    Ok(())
}

/// The version as package managers write it: `EPOCH:VERSION-RELEASE`, without an epoch of nought.
fn version(package: Fields<'_>, names: &Names) -> Result<String, Bad> {
    let [_, version, epoch, release, ..] = names.package;
    let epoch = match package.get(epoch) {
        Some(Value::String(text)) => text.clone(),
        Some(number) => number.to_string(),
        None => String::new(),
    };
    let mut text = package.text(version)?.unwrap_or("").to_owned();
    if let Some(release) = package.text(release)? {
        text = format!("{text}-{release}");
    }
    Ok(if epoch.is_empty() || epoch == "0" { text } else { format!("{epoch}:{text}") })
}

fn without_epoch(version: &str) -> &str {
    version.strip_prefix("0:").unwrap_or(version)
}

fn scores(of: Fields<'_>, names: &Names) -> Result<Scores, Bad> {
    let [version, base, source, vector] = names.score;
    let mut scores = Scores::default();
    for one in of.list(names.scores)? {
        let one = Fields::of(one)?;
        let nvd = one.text(source)? == Some("NVD");
        scores.offer(one.text(version)?.unwrap_or(""), nvd, one.double(base)?, one.text(vector)?);
    }
    Ok(scores)
}
