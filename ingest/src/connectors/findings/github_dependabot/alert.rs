//! One alert: a package that a file lists, and an advisory that it falls under.

use serde_json::Value;

use super::{OLD, Reader};
use crate::cvss::Scores;
use crate::fields::{Bad, Fields, missing};
use crate::findings::{component, severity};
use crate::github_alerts::Alert;
use crate::keys;

impl Reader {
    /// Reads an alert.
    pub(super) fn alert(&mut self, alert: Alert<'_>, place: &str) -> Result<(), Bad> {
        let one = alert.fields;
        let number = one.int("number")?.ok_or_else(|| missing("number"))?;
        let is_old = one.has(OLD);
        let advisory = match one.object("security_advisory")? {
            Some(advisory) => advisory,
            None if is_old => one,
            None => return Err(missing("security_advisory")),
        };
        let id = self.id(advisory)?;
        let name = one.need_text(if is_old { OLD } else { "dependency.package.name" })?;
        let class = match advisory.text("classification")? {
            Some("malware") => "malware",
            None | Some("general") => "vuln",
            Some(_) => return Err(Bad::field("classification", "is neither general nor malware")),
        };
        let (fix, fixed_in) = fix(one, is_old)?;
        let what = alert.scanned(self.said.as_deref())?;
        self.repos.extend(["vuln", class].map(|class| (what.artifact.clone(), class)));
        let finding = what
            .finding(&self.facts, class, &[&format!("dependabot/{number}")], place, self.at)
            .with("status", status(one)?)
            .with_known("severity", graveness(one, advisory)?)
            .with("rule", id.as_str())
            .with_known("title", advisory.text("summary")?)
            .with("vulnerability", if class == "vuln" { Value::from(id.as_str()) } else { Value::Null })
            .with("component", component(name))
            .with_known("fix", fix)
            .with_known("fixed_in", fixed_in)
            .with_known("path", one.text("dependency.manifest_path")?.map(|path| keys::path(path, None)));
        self.facts.push(alert.seen(finding)?);
        if class == "vuln" {
            let known = self
                .facts
                .report("Vulnerability", &id, place, self.at)
                .with_known("title", advisory.text("summary")?)
                .with_known("epss", chance(advisory, "percentage")?)
                .with_known("epss_percentile", chance(advisory, "percentile")?);
            self.facts.push(scores(advisory)?.tell(known));
        }
        Ok(())
    }

    fn id(&mut self, advisory: Fields<'_>) -> Result<String, Bad> {
        let mut ids = Vec::new();
        for field in ["cve_id", "ghsa_id", "external_identifier"] {
            ids.extend(advisory.text(field)?);
        }
        for other in advisory.list("identifiers")? {
            ids.extend(Fields::of(other)?.text("value")?);
        }
        self.aliases.canonical(ids).ok_or_else(|| missing("ghsa_id"))
    }
}

/// What became of it. Whoever dismisses one says why; that it is inaccurate says that there is none.
fn status(one: Fields<'_>) -> Result<&'static str, Bad> {
    let reason = match one.text("dismissed_reason")? {
        None | Some("fix_started" | "no_bandwidth" | "not_used" | "tolerable_risk") => "suppressed",
        Some("inaccurate") => "false_positive",
        Some(_) => return Err(Bad::field("dismissed_reason", "is none of GitHub's words for it")),
    };
    match one.text("state")? {
        Some("open") => Ok("open"),
        Some("fixed") => Ok("resolved"),
        Some("dismissed" | "auto_dismissed") => Ok(reason),
        _ => Err(Bad::field("state", "is none of open, fixed, dismissed and auto_dismissed")),
    }
}

/// The severity for this package's versions, else the advisory's.
fn graveness(one: Fields<'_>, advisory: Fields<'_>) -> Result<Option<&'static str>, Bad> {
    let word = match one.text("security_vulnerability.severity")? {
        Some(word) => Some(word),
        None => advisory.text("severity")?,
    };
    let known =
        |word| severity(word).ok_or_else(|| Bad::field("severity", "is none of GitHub's words for it"));
    word.map(known).transpose()
}

/// Whether a version mends it: GitHub writes `null` where none does.
fn fix(one: Fields<'_>, is_old: bool) -> Result<(Option<&'static str>, Option<Value>), Bad> {
    let (of, field) = match (is_old, one.object("security_vulnerability")?) {
        (true, _) => (one, "fixed_in"),
        (false, Some(of)) => (of, "first_patched_version.identifier"),
        (false, None) => return Ok((None, None)),
    };
    let parent = field.split('.').next().unwrap_or(field);
    Ok(match of.text(field)? {
        Some(version) => (Some("available"), Some(version.into())),
        None if of.map().get(parent).is_some_and(Value::is_null) => (Some("none"), Some(Value::Null)),
        None => (None, None),
    })
}

/// The scores: a score of nought without a vector is what GitHub writes where there is none.
fn scores(advisory: Fields<'_>) -> Result<Scores, Bad> {
    let mut scores = Scores::default();
    let versions = [("cvss_severities.cvss_v3", "3"), ("cvss_severities.cvss_v4", "4"), ("cvss", "3")];
    for (field, version) in versions {
        let Some(one) = advisory.object(field)? else { continue };
        let Some(vector) = one.text("vector_string")? else { continue };
        let version = if vector.starts_with("CVSS:4") { "4" } else { version };
        scores.offer(version, false, one.double("score")?, Some(vector));
    }
    Ok(scores)
}

/// EPSS as GitHub repeats it: an object or a list of one, a number or a text of one.
fn chance(advisory: Fields<'_>, field: &'static str) -> Result<Option<f64>, Bad> {
    let of = match advisory.get("epss") {
        Some(Value::Array(list)) => list.first(),
        other => other,
    };
    let Some(of) = of else { return Ok(None) };
    let share = match Fields::of(of)?.get(field) {
        Some(Value::String(text)) => text.parse().ok(),
        Some(number) => number.as_f64(),
        None => return Ok(None),
    };
    let share = share.ok_or_else(|| Bad::field(format!("epss.{field}"), "is no number"))?;
    Ok(Some(share).filter(|share| (0.0..=1.0).contains(share)))
}
