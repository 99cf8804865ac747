//! One finding.

use assize::facts::Instant;
use serde_json::Value;

use super::Source;
use crate::aws::resource;
use crate::cvss::Scores;
use crate::fields::{Bad, Fields, missing};
use crate::findings::{Scanned, ScannedKind, Vulnerable};
use crate::{keys, time};

/// Below this a number of time counts seconds: Prowler writes seconds where the schema has milliseconds.
const SECONDS_BELOW: i64 = 100_000_000_000;

impl Source<'_> {
    /// Reads a finding: a detection, a compliance check, a vulnerability.
    pub(super) fn finding(&mut self, one: Fields<'_>, record: &str) -> Result<(), Bad> {
        let kind = one.int("class_uid")?.ok_or_else(|| missing("class_uid"))?;
        if !matches!(kind, 2001..=2004) {
            self.others = self.others.saturating_add(1);
            return Ok(());
        }
        let at = self.time(one)?;
        let artifact = self.artifact(one)?;
        let resources: Vec<Fields<'_>> =
            one.list("resources")?.iter().map(Fields::of).collect::<Result<_, _>>()?;
        let first = resources.first().copied();
        let named = match first {
            Some(first) => told(first, "uid")?.or(told(first, "name")?),
            None => None,
        };
        if kind == 2002 {
            return self.vulnerabilities(one, &artifact, named, at, record);
        }
        let checked = one.text("status_code")?.or(one.text("compliance.status")?);
        let class = if kind == 2003 || checked.is_some() || self.whole { "misconfig" } else { "threat" };
        self.looked(&artifact, class, at);
        let status = match (state(one)?, checked) {
            (_, Some("PASS" | "Pass")) => {
                self.passed = self.passed.saturating_add(1);
                return Ok(());
            }
            // A person has to look: it neither holds nor fails.
            ("open", Some("MANUAL" | "Warning")) => None,
            (state, None | Some("FAIL" | "Fail" | "MANUAL" | "Warning")) => Some(state),
            _ => return Err(Bad::field("status_code", "is no outcome of a check that is known")),
        };
        let rule = rule(one)?;
        let own = told(one, "finding_info.uid")?.or(told(one, "finding.uid")?);
        let again = match own {
            Some(_) => String::new(),
            None => self.repeats.mark(&[&artifact, rule.unwrap_or(""), named.unwrap_or("")]),
        };
        let parts = match own {
            Some(own) => vec![own],
            None => vec![rule.unwrap_or(""), named.unwrap_or(""), &again],
        };
        let finding = Scanned::place(&artifact)
            .finding(&self.facts, class, &parts, record, at)
            .with_known("status", status)
            .with_known("severity", severity(one)?)
            .with_known("rule", rule)
            .with_known("title", one.text("finding_info.title")?.or(one.text("finding.title")?))
            .with("vulnerability", Value::Null)
            .with_known("workload", self.pod(one, first)?);
        let named: Vec<&str> = named.into_iter().collect();
        self.facts.push(resource::about(finding, &named));
        Ok(())
    }

    /// Each vulnerability of a finding, for each package that has it.
    fn vulnerabilities(
        &mut self,
        one: Fields<'_>,
        account: &str,
        named: Option<&str>,
        at: Instant,
        record: &str,
    ) -> Result<(), Bad> {
        let image = named.and_then(|named| resource::report_image(named, &[], &mut self.facts, record, at));
        let what = match &image {
            Some(key) => Scanned { artifact: key.clone(), kind: ScannedKind::Image(Some(key.clone())) },
            None => Scanned::place(account),
        };
        let artifact = what.artifact.clone();
        self.looked(&artifact, "vuln", at);
        for it in one.list("vulnerabilities")? {
            let it = Fields::of(it)?;
            let said = it.text("cve.uid")?.or(it.text("advisory.uid")?);
            let id = self.aliases.canonical(said).ok_or_else(|| missing("vulnerabilities.cve.uid"))?;
            for package in it.list("affected_packages")? {
                let package = Fields::of(package)?;
                let (name, version) = (package.need_text("name")?, package.text("version")?.unwrap_or(""));
                let path = package.text("path")?.map(|path| keys::path(path, None));
                let package_part = format!("{name}@{version}");
                let part = if image.is_some() { "" } else { named.unwrap_or("") };
                let own = [part, &id, &package_part, path.as_deref().unwrap_or("")];
                let parts = if image.is_some() { own.get(1..).unwrap_or_default() } else { &own };
                let fixed = package.text("fixed_in_version")?;
                let finding = what
                    .finding(&self.facts, "vuln", parts, record, at)
                    .with("status", state(one)?)
                    .with_known("severity", severity(one)?)
                    .with("path", path.map_or(Value::Null, Value::String))
                    .with_known("resource", named);
                self.facts.push(Vulnerable { id: &id, name, version, fixed }.tell(finding));
            }
            let known = self
                .facts
                .report("Vulnerability", &id, record, at)
                .with_known("epss", it.double("cve.epss.score")?.filter(|it| (0.0..=1.0).contains(it)));
            self.facts.push(scores(it)?.tell(known));
        }
        Ok(())
    }

    /// When it was found.
    fn time(&self, one: Fields<'_>) -> Result<Instant, Bad> {
        if let Some(at) = one.instant("time_dt")? {
            return Ok(at);
        }
        let count = one.int("time")?;
        let said = count.and_then(|n| if n < SECONDS_BELOW { time::seconds(n) } else { time::millis(n) });
        said.or(self.context.observed_at).ok_or_else(|| missing("time"))
    }

    /// The account, else the cluster.
    fn artifact(&self, one: Fields<'_>) -> Result<String, Bad> {
        let said = told(one, "cloud.account.uid")?;
        let container = one.list("metadata.profiles")?.iter().any(|profile| profile == "container");
        let in_cluster = container || one.text("cloud.provider")? == Some("kubernetes");
        let (named, field, reason) = if in_cluster {
            (self.context.cluster.as_deref(), "cluster", "is not told; give `--cluster`")
        } else {
            (said.or(self.context.account.as_deref()), "cloud.account.uid", "is missing; give `--account`")
        };
        named.map(str::to_owned).ok_or_else(|| Bad::field(field, reason))
    }

    /// The pod that a finding in a cluster is about.
    fn pod(&self, one: Fields<'_>, resource: Option<Fields<'_>>) -> Result<Option<String>, Bad> {
        let Some(resource) = resource.filter(|it| it.has("data.metadata.containers")) else {
            return Ok(None);
        };
        let names = (told(resource, "namespace")?, told(resource, "name")?);
        let cluster = self.artifact(one)?;
        Ok(match names {
            (Some(namespace), Some(name)) => Some(keys::pod(&cluster, namespace, name)),
            _ => None,
        })
    }
}

/// The scores of a vulnerability.
fn scores(of: Fields<'_>) -> Result<Scores, Bad> {
    let mut scores = Scores::default();
    for one in of.list("cve.cvss")? {
        let one = Fields::of(one)?;
        let nvd = one.text("vendor_name")?.or(one.text("src_url")?).is_some_and(|it| {
            let it = it.to_ascii_lowercase();
            it == "nvd" || it.contains("nvd.nist.gov")
        });
        let version = one.text("version")?.unwrap_or("");
        scores.offer(version, nvd, one.double("base_score")?, one.text("vector_string")?);
    }
    Ok(scores)
}

/// A text that is really there: examples in Prowler's own documentation have `<account_uid>`.
fn told<'a>(of: Fields<'a>, path: &str) -> Result<Option<&'a str>, Bad> {
    Ok(of.text(path)?.filter(|text| !(text.starts_with('<') && text.ends_with('>'))))
}

fn rule<'a>(one: Fields<'a>) -> Result<Option<&'a str>, Bad> {
    for path in ["metadata.event_code", "compliance.control", "finding_info.analytic.uid"] {
        if let Some(rule) = told(one, path)? {
            return Ok(Some(rule));
        }
    }
    Ok(one.list("finding_info.types")?.first().and_then(Value::as_str))
}

fn state(one: Fields<'_>) -> Result<&'static str, Bad> {
    match one.int("status_id")? {
        None | Some(0..=2 | 99) => Ok("open"),
        Some(3) => Ok("suppressed"),
        Some(4..=6) => Ok("resolved"),
        Some(_) => Err(Bad::field("status_id", "is no state that OCSF knows")),
    }
}

fn severity(one: Fields<'_>) -> Result<Option<&'static str>, Bad> {
    match one.int("severity_id")? {
        None | Some(0 | 99) => Ok(None),
        Some(1) => Ok(Some("none")),
        Some(2) => Ok(Some("low")),
        Some(3) => Ok(Some("medium")),
        Some(4) => Ok(Some("high")),
        Some(5 | 6) => Ok(Some("critical")),
        Some(_) => Err(Bad::field("severity_id", "is no severity that OCSF knows")),
    }
}
