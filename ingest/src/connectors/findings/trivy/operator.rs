//! The reports that Trivy's operator keeps in a cluster, as `kubectl get` prints them.

use std::collections::BTreeMap;

use assize::facts::Instant;
use serde_json::Value;

use super::Reader;
use super::result::scores;
use crate::fields::{Bad, Fields, missing};
use crate::findings::{ImageNames, Scanned, ScannedKind, component, severity};
use crate::keys;
use crate::output::RunSpan;
use crate::{Head, IngestError};

/// The group of the operator's kinds.
const GROUP: &str = "aquasecurity.github.io";

/// Runs by scope and instant: whether they are complete, and how many records they could not read.
pub(super) type Runs = BTreeMap<(String, Instant), (bool, usize)>;

/// What a report is about, and when it was made.
struct Report {
    what: Scanned,
    at: Instant,
}

/// Whether an input's beginning is that of the operator's reports.
pub(super) fn is_known(head: &Head<'_>) -> bool {
    let of_group = |path: &str| head.scalar(path).is_some_and(|it| it.starts_with(GROUP));
    let by_kind =
        ["vulnerabilityreports", "configauditreports", "exposedsecretreports", "rbacassessmentreports"]
            .iter()
            .any(|kind| head.has(&format!("{kind}.{GROUP}")));
    (of_group("apiVersion") && head.has("report")) || of_group("items[].apiVersion") || by_kind
}

/// Whether a document is reports of the operator: one, a list of them, or an object of lists by kind.
pub(super) fn is_ours(document: Fields<'_>) -> bool {
    let of_group =
        |one: &Value| one.get("apiVersion").and_then(Value::as_str).is_some_and(|it| it.starts_with(GROUP));
    match document.get("items") {
        Some(Value::Array(items)) => items.iter().any(of_group),
        _ => {
            document.text("apiVersion").is_ok_and(|it| it.is_some_and(|it| it.starts_with(GROUP)))
                || document.map().keys().any(|name| name.ends_with(GROUP))
        }
    }
}

impl Reader<'_> {
    /// Reads the reports. Gives back the newest instant of them.
    pub(super) fn reports(&mut self, document: Fields<'_>) -> Result<Instant, IngestError> {
        let cluster = self.context.need_cluster()?.to_owned();
        let mut newest = None;
        let mut read = |reader: &mut Self, one: Result<Fields<'_>, Bad>, place: String| match one
            .and_then(|one| reader.operator_report(one, &place, &cluster))
        {
            Ok(at) => newest = newest.max(at),
            Err(bad) => reader.facts.reject(place, bad),
        };
        if document.has("kind") && !document.has("items") {
            read(self, Ok(document), "report".to_owned());
        } else {
            let lists = document.map().iter().filter(|(name, _)| *name == "items" || name.ends_with(GROUP));
            for (name, values) in lists {
                for (index, one) in values.as_array().into_iter().flatten().enumerate() {
                    read(self, Fields::of(one), format!("{name}[{index}]"));
                }
            }
        }
        newest.map_or_else(|| self.context.time(None), Ok)
    }

    /// Reads one report by its kind.
    fn operator_report(
        &mut self,
        one: Fields<'_>,
        place: &str,
        cluster: &str,
    ) -> Result<Option<Instant>, Bad> {
        let kind = one.need_text("kind")?;
        let (list, class) = match kind {
            "VulnerabilityReport" | "ClusterVulnerabilityReport" => ("vulnerabilities", "vuln"),
            "ExposedSecretReport" => ("secrets", "secret"),
            "ConfigAuditReport"
            | "ClusterConfigAuditReport"
            | "RbacAssessmentReport"
            | "ClusterRbacAssessmentReport"
            | "InfraAssessmentReport"
            | "ClusterInfraAssessmentReport" => ("checks", "misconfig"),
            "SbomReport" | "ClusterSbomReport" | "ClusterComplianceReport" => {
                self.facts.note(format!("reports of kind {kind} are left out"));
                return Ok(None);
            }
            _ => return Err(Bad::field("kind", "is no report that Trivy's operator is known to write")),
        };
        let Some(report) = one.object("report")? else { return Err(missing("report")) };
        let at = report.instant("updateTimestamp")?.or(one.instant("metadata.creationTimestamp")?);
        let at = at.or(self.context.observed_at).ok_or_else(|| missing("report.updateTimestamp"))?;
        let what = self.operator_scanned(one, report, class, cluster, place, at)?;
        // What the vendor publishes no advisories for any more is not shown to be clean.
        let ended = report.bool("os.eosl")?.unwrap_or(false);
        let before = self.facts.rejected();
        let of = Report { what, at };
        for (index, found) in report.list(list)?.iter().enumerate() {
            let place = format!("{place}.report.{list}[{index}]");
            let read = Fields::of(found).and_then(|found| match class {
                "vuln" => self.operator_vulnerability(found, &of, &place),
                "secret" => self.operator_secret(found, &of, &place),
                _ => self.operator_check(found, &of, &place),
            });
            if let Err(bad) = read {
                self.facts.reject(place, bad);
            }
        }
        let rejected = self.facts.rejected().saturating_sub(before);
        let scope = format!("{}/{class}", of.what.artifact);
        let run = self.reports.entry((scope, of.at)).or_insert((true, 0));
        *run = (run.0 && !ended, run.1.saturating_add(rejected));
        Ok(Some(of.at))
    }

    /// Adds the runs. An image that runs in several places has as many reports.
    pub(super) fn report_runs_of_the_operator(&mut self) {
        for ((scope, at), (complete, rejected)) in std::mem::take(&mut self.reports) {
            let span = RunSpan { types: &["Finding"], scope: &scope, from: at, until: at, complete };
            self.facts.run_with_rejects(&span, rejected);
        }
    }

    /// What was scanned: the image where its digest is told, else the workload with its container.
    fn operator_scanned(
        &mut self,
        one: Fields<'_>,
        report: Fields<'_>,
        class: &str,
        cluster: &str,
        place: &str,
        at: Instant,
    ) -> Result<Scanned, Bad> {
        let label = |name: &str| one.text(&format!("metadata.labels.trivy-operator.resource.{name}"));
        let owner = one.list("metadata.ownerReferences")?.first().map(Fields::of).transpose()?;
        // Names that are no labels stand in the owner alone.
        let of_owner = |name: &str| owner.map_or(Ok(None), |owner| owner.text(name));
        let kind = label("kind")?.or(of_owner("kind")?).ok_or_else(|| missing("metadata.labels"))?;
        let name = label("name")?.or(of_owner("name")?).ok_or_else(|| missing("metadata.labels"))?;
        let namespace = label("namespace")?.or(one.text("metadata.namespace")?).unwrap_or("-");
        let workload = format!("k8s:{cluster}/{namespace}/{}/{name}", kind.to_lowercase());
        if class == "misconfig" {
            return Ok(Scanned { artifact: workload, kind: ScannedKind::Workload });
        }
        if let (Some(repository), Some(digest)) =
            (report.text("artifact.repository")?, report.text("artifact.digest")?)
        {
            let server = report.text("registry.server")?.map_or(String::new(), |server| format!("{server}/"));
            let reference = format!("{server}{repository}@{digest}");
            let tag = report.text("artifact.tag")?.map(|tag| format!("{server}{repository}:{tag}"));
            let names = ImageNames {
                repo_digests: vec![&reference],
                tags: tag.iter().map(String::as_str).collect(),
                ..ImageNames::default()
            };
            if let Some(key) = names.report(&mut self.facts, place, at) {
                return Ok(Scanned { artifact: key.clone(), kind: ScannedKind::Image(Some(key)) });
            }
        }
        self.facts.note("a report has no digest, only a tag: its findings stay with the workload");
        let container = one.text("metadata.labels.trivy-operator.container.name")?.unwrap_or("-");
        Ok(Scanned { artifact: format!("{workload}/{container}"), kind: ScannedKind::Workload })
    }

    fn operator_vulnerability(&mut self, one: Fields<'_>, of: &Report, place: &str) -> Result<(), Bad> {
        let said = one.need_text("vulnerabilityID")?;
        let id = self.aliases.canonical([said]).unwrap_or_else(|| said.to_owned());
        let package = one.need_text("resource")?;
        let version = one.text("installedVersion")?.unwrap_or("");
        let is_system = one.text("class")?.is_none_or(|class| class == "os-pkgs");
        let file = one.text("target")?.filter(|target| !is_system && !target.contains(" ("));
        let path =
            one.text("packagePath")?.or(one.text("pkgPath")?).or(file).map(|path| keys::path(path, None));
        let named = format!("{package}@{version}");
        let class = if id.starts_with("MAL-") { "malware" } else { "vuln" };
        let fixed = one.text("fixedVersion")?;
        let finding = of
            .what
            .finding(&self.facts, class, &[&id, &named, path.as_deref().unwrap_or("")], place, of.at)
            .with("status", "open")
            .with_known("severity", one.text("severity")?.and_then(severity))
            .with("rule", id.as_str())
            .with_known("title", one.text("title")?)
            .with("vulnerability", id.as_str())
            .with("component", component(package))
            .with_known("version", Some(version).filter(|version| !version.is_empty()))
            .with_known("fix", fixed.map(|_| "available"))
            .with_known("fixed_in", fixed)
            .with("path", path.map_or(Value::Null, Value::String));
        self.facts.push(finding);
        let mut told = scores(one, "cvss")?;
        if told.is_empty() {
            told.offer("3", false, one.double("score")?, None);
        }
        let known =
            self.facts.report("Vulnerability", &id, place, of.at).with_known("title", one.text("title")?);
        self.facts.push(told.tell(known));
        Ok(())
    }

    /// A secret in an image: masked, so that it has no fingerprint. `match` is not read.
    fn operator_secret(&mut self, one: Fields<'_>, of: &Report, place: &str) -> Result<(), Bad> {
        let rule = one.need_text("ruleID")?;
        let path = keys::path(one.text("target")?.unwrap_or(""), None);
        let finding = of
            .what
            .finding(&self.facts, "secret", &[rule, &path, ""], place, of.at)
            .with("status", "open")
            .with_known("severity", one.text("severity")?.and_then(severity))
            .with("rule", rule)
            .with_known("title", one.text("title")?)
            .with("vulnerability", Value::Null)
            .with("path", path);
        self.facts.push(finding);
        Ok(())
    }

    fn operator_check(&mut self, one: Fields<'_>, of: &Report, place: &str) -> Result<(), Bad> {
        let rule = one.need_text("checkID")?;
        if one.bool("success")?.ok_or_else(|| missing("success"))? {
            return Ok(());
        }
        let finding = of
            .what
            .finding(&self.facts, "misconfig", &[rule, "", "", ""], place, of.at)
            .with("status", "open")
            .with_known("severity", one.text("severity")?.and_then(severity))
            .with("rule", rule)
            .with_known("title", one.text("title")?)
            .with("vulnerability", Value::Null)
            .with("path", Value::Null)
            .with("resource", of.what.artifact.as_str());
        self.facts.push(finding);
        Ok(())
    }
}
