//! The platform's listing of supply-chain findings.

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::findings::{Aliases, Scanned, ScannedKind, component, severity};
use crate::{Collector, keys};

/// Reads a page of the listing. It names repositories without their host, and what it leaves out cannot be
/// seen, so there is no run.
pub(super) fn read(listed: &[Value], more: bool, at: Instant, facts: &mut Collector) {
    let mut aliases = Aliases::default();
    for (index, one) in listed.iter().enumerate() {
        let record = format!("vulns[{index}]");
        if let Err(bad) = Fields::of(one).and_then(|one| finding(one, &record, at, &mut aliases, facts)) {
            facts.reject(record, bad);
        }
    }
    facts.note("the listing names repositories without their host, and proves no absence");
    if more {
        facts.note("the listing has further pages (`hasMore`); give them too");
    }
    aliases.report(facts, at);
}

fn finding(
    one: Fields<'_>,
    record: &str,
    at: Instant,
    aliases: &mut Aliases,
    facts: &mut Collector,
) -> Result<(), Bad> {
    let rule = one.need_text("advisory.ruleId")?;
    let named = one.list("advisory.references.cveIds")?.iter().filter_map(Value::as_str);
    let id = aliases.canonical(named);
    let name = one.need_text("matchedDependency.name")?;
    let version = one.text("matchedDependency.versionSpecifier")?.unwrap_or("");
    let path = one.text("dependencyFileLocation.path")?.map(|path| keys::path(path, None));
    let repository = one.need_text("repositoryName")?;
    let repo = keys::repo(repository);
    let what = Scanned {
        artifact: repo.clone().unwrap_or_else(|| repository.to_lowercase()),
        kind: repo.map_or(ScannedKind::Unknown, |repo| ScannedKind::Source(Some(repo))),
    };
    let shown = id.as_deref().unwrap_or(rule);
    let parts = [shown, &format!("{name}@{version}"), path.as_deref().unwrap_or("")];
    let finding = what
        .finding(facts, "vuln", &parts, record, at)
        .with("status", status(one)?)
        .with_known("severity", one.text("advisory.severity")?.and_then(severity))
        .with("rule", shown)
        .with_known("title", one.text("advisory.title")?)
        .with("vulnerability", id.as_deref().map_or(Value::Null, Value::from))
        .with("component", component(name))
        .with_known("version", Some(version).filter(|version| !version.is_empty()))
        .with_known("reachable", reachable(one)?)
        .with_known("path", path)
        .with_known("first_seen", one.instant("openedAt")?.map(|at| at.to_string()));
    facts.push(finding);
    Ok(())
}

fn status(one: Fields<'_>) -> Result<&'static str, Bad> {
    match one.text("triage.status")? {
        None | Some("NEW" | "OPEN" | "REVIEWING" | "FIXING" | "PROVISIONALLY_IGNORED") => Ok("open"),
        Some("CLOSED" | "FIXED") => Ok("resolved"),
        Some("IGNORED") => Ok("suppressed"),
        Some(_) => Err(Bad::field("triage.status", "is no state that Semgrep is known to write")),
    }
}

fn reachable(one: Fields<'_>) -> Result<Option<bool>, Bad> {
    match one.text("exposureType")? {
        Some("REACHABLE") => Ok(Some(true)),
        Some("UNREACHABLE") => Ok(Some(false)),
        None | Some("UNKNOWN" | "UNKNOWN_EXPOSURE" | "UNDETERMINED") => Ok(None),
        Some(_) => Err(Bad::field("exposureType", "is no exposure that Semgrep is known to write")),
    }
}
