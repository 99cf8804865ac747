//! Trivy's JSON: images, file systems, repositories (schema 2), Kubernetes reports, the bare list of results
//! of before 0.20, and the reports that its operator keeps in a cluster.

mod operator;
mod result;

use std::collections::{BTreeMap, BTreeSet};

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields, missing};
use crate::findings::{Aliases, ImageNames, Scanned, ScannedKind};
use crate::output::RunSpan;
use crate::{Collector, Connector, Context, Head, IngestError, Output, json, keys};

/// Reads what `trivy … --format json` writes.
#[derive(Clone, Copy, Debug)]
pub struct Trivy;

impl Connector for Trivy {
    fn name(&self) -> &'static str {
        "trivy"
    }

    fn title(&self) -> &'static str {
        "Trivy: vulnerabilities, misconfigurations, secrets and licences of images, folders, repositories and clusters"
    }

    fn command(&self) -> &'static str {
        "trivy image --format json --output trivy.json IMAGE"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let report =
            head.has_all(&["SchemaVersion", "ArtifactName"]) && head.has_any(&["ArtifactType", "Results"]);
        let cluster =
            head.has("ClusterName") && head.has_any(&["Resources", "Vulnerabilities", "Misconfigurations"]);
        let list = head.has("[].Target") && head.has_any(&["[].Vulnerabilities", "[].Misconfigurations"]);
        report || cluster || list || operator::is_known(head)
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let document = json::document(input)?;
        let not_ours =
            |expected: &str| IngestError::NotThisFormat { tool: "trivy", expected: expected.to_owned() };
        let (facts, aliases) = (Collector::new("trivy", context), Aliases::default());
        let repo = context.repo_key()?;
        let reports = operator::Runs::default();
        let mut reader = Reader { facts, context, repo, aliases, runs: Vec::new(), reports };
        let at = match &document {
            Value::Array(results) => reader.list(results)?,
            Value::Object(map) => {
                let report = Fields::of_map(map);
                if operator::is_ours(report) {
                    reader.reports(report)?
                } else if report.has("ArtifactName") || report.has("ArtifactType") {
                    reader.report(report)?
                } else if report.has("ClusterName") || report.has("Resources") {
                    reader.cluster(report)?
                } else {
                    return Err(not_ours(
                        "it has neither `ArtifactName` nor `ClusterName`; was it written with `--format json`?",
                    ));
                }
            }
            _ => return Err(not_ours("it is neither an object nor a list")),
        };
        reader.report_runs(at);
        reader.aliases.report(&mut reader.facts, at);
        Ok(reader.facts.finish())
    }
}

/// One input on its way.
struct Reader<'a> {
    facts: Collector,
    context: &'a Context,
    /// The repository that the caller names.
    repo: Option<String>,
    aliases: Aliases,
    /// What each artifact's run has come to: in a cluster one artifact stands in several places.
    runs: Vec<ArtifactRun>,
    /// The runs that the operator's reports are: an image may stand in several.
    reports: operator::Runs,
}

/// A run on its way.
struct ArtifactRun {
    artifact: String,
    /// The classes of findings that were looked for, and whether what is not reported of one is not there.
    classes: BTreeMap<&'static str, bool>,
    rejected: usize,
}

/// What a part of the input was scanned as.
struct Scan<'a> {
    what: &'a Scanned,
    at: Instant,
    /// The path to the part, with its dot: `Resources[2].`.
    place: &'a str,
}

impl Reader<'_> {
    /// The common shape: one artifact with its results.
    fn report(&mut self, report: Fields<'_>) -> Result<Instant, IngestError> {
        let said = match report.instant("CreatedAt") {
            Ok(said) => said,
            Err(bad) => {
                self.facts.reject("CreatedAt", bad);
                None
            }
        };
        let at = self.context.time(said)?;
        let what = match self.artifact(report, at) {
            Ok(what) => what,
            Err(bad) => return Err(IngestError::NotThisFormat { tool: "trivy", expected: describe(&bad) }),
        };
        let scan = Scan { what: &what, at, place: "" };
        let supported = self.still_supported(report);
        self.results(report, &scan, supported);
        Ok(at)
    }

    /// A cluster's report: each workload with its results, and often without any digest.
    fn cluster(&mut self, report: Fields<'_>) -> Result<Instant, IngestError> {
        let at = self.context.time(None)?;
        let said = report.text("ClusterName").ok().flatten();
        let Some(cluster) = self.context.cluster.clone().or_else(|| said.map(str::to_owned)) else {
            return Err(IngestError::NeedsFlag { flag: "--cluster", what: "which cluster it is about" });
        };
        for part in ["Resources", "Vulnerabilities", "Misconfigurations"] {
            match report.list(part) {
                Ok(resources) => {
                    for (index, resource) in resources.iter().enumerate() {
                        let record = format!("{part}[{index}]");
                        if let Err(bad) = self.resource(resource, &cluster, &record, at) {
                            self.facts.reject(record, bad);
                        }
                    }
                }
                Err(bad) => self.facts.reject(part, bad),
            }
        }
        Ok(at)
    }

    /// One workload of a cluster's report.
    fn resource(&mut self, resource: &Value, cluster: &str, record: &str, at: Instant) -> Result<(), Bad> {
        let resource = Fields::of(resource)?;
        let (kind, name) = (resource.need_text("Kind")?, resource.need_text("Name")?);
        let namespace = resource.text("Namespace")?.unwrap_or("-");
        let image = self.only_image(resource, record, at)?;
        let what = match image {
            Some(key) => Scanned { artifact: key.clone(), kind: ScannedKind::Image(Some(key)) },
            None => Scanned {
                artifact: format!("k8s:{cluster}/{namespace}/{}/{name}", kind.to_lowercase()),
                kind: ScannedKind::Workload,
            },
        };
        let place = format!("{record}.");
        let failed = resource.text("Error")?.is_some();
        if failed {
            self.facts.note(format!("{record}: Trivy could not scan it; it proves no absence"));
        }
        self.results(resource, &Scan { what: &what, at, place: &place }, !failed);
        Ok(())
    }

    /// The image of a workload that has exactly one: then its results are that image's.
    fn only_image(&mut self, resource: Fields<'_>, record: &str, at: Instant) -> Result<Option<String>, Bad> {
        match resource.get("Metadata") {
            Some(Value::Array(all)) => match all.as_slice() {
                [one] => Ok(image_names(Fields::of(one)?, None)?.report(&mut self.facts, record, at)),
                _ => Ok(None),
            },
            Some(one @ Value::Object(_)) => {
                Ok(image_names(Fields::of(one)?, None)?.report(&mut self.facts, record, at))
            }
            _ => Ok(None),
        }
    }

    /// The list of results alone, as Trivy wrote it before 0.20. It names its artifact in its targets only.
    fn list(&mut self, results: &[Value]) -> Result<Instant, IngestError> {
        let at = self.context.time(None)?;
        let first = results.first().and_then(|first| Fields::of(first).ok());
        let target = first.and_then(|first| first.text("Target").ok().flatten());
        let Some(target) = target else {
            let expected = "its list has no first result with a `Target`".to_owned();
            return Err(IngestError::NotThisFormat { tool: "trivy", expected });
        };
        // `debian:10 (debian 10.8)` is an image and its system.
        let what = match target.split_once(" (") {
            Some((name, _)) => {
                self.note_no_digest();
                Scanned { artifact: name.to_owned(), kind: ScannedKind::Image(None) }
            }
            None => Scanned::source(self.repo(None), target),
        };
        let scan = Scan { what: &what, at, place: "" };
        self.each_result(results, "", &scan, true);
        Ok(at)
    }

    /// What a report is about.
    fn artifact(&mut self, report: Fields<'_>, at: Instant) -> Result<Scanned, Bad> {
        let name = report.text("ArtifactName")?;
        let kind = report.text("ArtifactType")?;
        let metadata = report.object("Metadata")?;
        // Before 0.20 there was no type; an image then has its metadata.
        let is_image = match kind {
            Some(kind) => kind == "container_image",
            None => metadata.is_some_and(|metadata| metadata.has("ImageID") || metadata.has("RepoTags")),
        };
        if !is_image {
            let name = name.ok_or_else(|| missing("ArtifactName"))?;
            let said = match metadata {
                Some(metadata) => metadata.text("RepoURL")?.or(Some(name)),
                None => Some(name),
            };
            let repo = self.repo(said.filter(|_| kind == Some("repository")));
            if repo.is_none() {
                self.facts
                    .note("no repository is named, so that the findings join nothing and the run proves nothing; give `--repo`");
            }
            return Ok(Scanned::source(repo, name));
        }
        let names = match metadata {
            Some(metadata) => image_names(metadata, name)?,
            None => ImageNames::default(),
        };
        if let Some(key) = names.report(&mut self.facts, "Metadata", at) {
            return Ok(Scanned { artifact: key.clone(), kind: ScannedKind::Image(Some(key)) });
        }
        self.note_no_digest();
        let artifact = name.ok_or_else(|| missing("ArtifactName"))?.to_owned();
        Ok(Scanned { artifact, kind: ScannedKind::Image(None) })
    }

    /// The repository: the caller's, else what the input says.
    fn repo(&self, said: Option<&str>) -> Option<String> {
        self.repo.clone().or_else(|| said.and_then(keys::repo))
    }

    fn note_no_digest(&mut self) {
        self.facts.note("the input has no digest, only a tag: its findings are not joined to any image");
    }

    /// Whether the vendor still publishes advisories; without them the absence of findings means nothing.
    fn still_supported(&mut self, report: Fields<'_>) -> bool {
        let ended = report.bool("Metadata.OS.EOSL").ok().flatten().unwrap_or(false);
        if ended {
            self.facts.note(
                "the image's system is past its end of life: no finding is no proof, the run is not complete",
            );
        }
        !ended
    }

    /// The results of one artifact, and the run that they are.
    fn results(&mut self, of: Fields<'_>, scan: &Scan<'_>, sound: bool) {
        match of.list("Results") {
            Ok(results) => self.each_result(results, "Results", scan, sound),
            Err(bad) => self.facts.reject(format!("{}Results", scan.place), bad),
        }
        match of.list("ExperimentalModifiedFindings") {
            Ok(modified) => {
                for (index, one) in modified.iter().enumerate() {
                    let record = format!("{}ExperimentalModifiedFindings[{index}]", scan.place);
                    if let Err(bad) = self.modified(one, "", scan, &record) {
                        self.facts.reject(record, bad);
                    }
                }
            }
            Err(bad) => self.facts.reject(format!("{}ExperimentalModifiedFindings", scan.place), bad),
        }
    }

    fn each_result(&mut self, results: &[Value], list: &str, scan: &Scan<'_>, sound: bool) {
        let before = self.facts.rejected();
        let mut classes = BTreeSet::new();
        for (index, result) in results.iter().enumerate() {
            let record = format!("{}{list}[{index}]", scan.place);
            match self.result(result, scan, &record) {
                Ok(class) => classes.extend(class),
                Err(bad) => self.facts.reject(record, bad),
            }
        }
        if !classes.contains("vuln") {
            self.facts.note("Trivy looked at no packages of an artifact: the absence of a vulnerability is not proven there");
        }
        let rejected = self.facts.rejected().saturating_sub(before);
        let artifact = &scan.what.artifact;
        let place = self.runs.iter().position(|run| run.artifact == *artifact).unwrap_or_else(|| {
            let classes = BTreeMap::from([("vuln", false)]);
            self.runs.push(ArtifactRun { artifact: artifact.clone(), classes, rejected: 0 });
            self.runs.len().saturating_sub(1)
        });
        let Some(run) = self.runs.get_mut(place) else { return };
        run.rejected = run.rejected.saturating_add(rejected);
        for class in classes {
            *run.classes.entry(class).or_insert(false) |= sound && scan.what.is_named();
        }
    }

    fn report_runs(&mut self, at: Instant) {
        for run in &self.runs {
            for (class, complete) in &run.classes {
                let scope = format!("{}/{class}", run.artifact);
                let span =
                    RunSpan { types: &["Finding"], scope: &scope, from: at, until: at, complete: *complete };
                self.facts.run_with_rejects(&span, run.rejected);
            }
        }
        self.report_runs_of_the_operator();
    }
}

/// The names of an image in a report's `Metadata`.
fn image_names<'a>(metadata: Fields<'a>, name: Option<&'a str>) -> Result<ImageNames<'a>, Bad> {
    let texts = |path: &str| -> Result<Vec<&'a str>, Bad> {
        Ok(metadata.list(path)?.iter().filter_map(Value::as_str).filter(|text| !text.is_empty()).collect())
    };
    let mut repo_digests = texts("RepoDigests")?;
    let mut tags = texts("RepoTags")?;
    if let Some(name) = name {
        // The reference that was asked for comes first: an image may lie in several repositories.
        let wanted = keys::image(name).map(|image| image.repository);
        repo_digests.sort_by_key(|it| keys::image(it).map(|image| image.repository) != wanted);
        if keys::digest(name).is_some() {
            repo_digests.push(name);
        }
        tags.push(name);
    }
    Ok(ImageNames {
        repo_digests,
        manifest: None,
        config: metadata.text("ImageID")?,
        tags,
        built_at: metadata.instant("ImageConfig.created")?,
    })
}

fn describe(bad: &Bad) -> String {
    match &bad.field {
        Some(field) => format!("`{field}` {}", bad.reason),
        None => bad.reason.clone(),
    }
}

#[cfg(test)]
mod tests;
