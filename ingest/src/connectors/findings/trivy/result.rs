//! One result of a Trivy report: a target, with what was found in it.

use assize::facts::Report;
use serde_json::Value;

use super::{Reader, Scan};
use crate::cvss::Scores;
use crate::fields::{Bad, Fields, missing};
use crate::findings::{component, severity};
use crate::keys;

/// The vendors whose CVSS score is taken, the first that has one. NVD's is what other scanners show too.
const CVSS_VENDORS: [&str; 3] = ["nvd", "ghsa", "redhat"];

impl Reader<'_> {
    /// Reads a result. Gives back the class of findings that it is about: that was looked for.
    pub(super) fn result(
        &mut self,
        result: &Value,
        scan: &Scan<'_>,
        record: &str,
    ) -> Result<Option<&'static str>, Bad> {
        let result = Fields::of(result)?;
        let target = result.text("Target")?.unwrap_or("");
        let class = result.text("Class")?;
        self.each(result, "Vulnerabilities", record, |reader, one, place| {
            reader.vulnerability(one, lock_file(target, class), scan, place, "open")
        });
        self.each(result, "Misconfigurations", record, |reader, one, place| {
            reader.misconfiguration(one, target, scan, place, None)
        });
        self.each(result, "Secrets", record, |reader, one, place| {
            reader.secret(one, target, scan, place, "open")
        });
        self.each(result, "Licenses", record, |reader, one, place| {
            reader.licence(one, target, scan, place, "open")
        });
        self.each(result, "ExperimentalModifiedFindings", record, |reader, one, place| {
            let value = Value::Object(one.map().clone());
            reader.modified(&value, target, scan, place)
        });
        Ok(match class {
            // Before classes there were results about packages only.
            None | Some("os-pkgs" | "lang-pkgs") => Some("vuln"),
            Some("config") => Some("misconfig"),
            Some("secret") => Some("secret"),
            Some("license" | "license-file") => Some("license"),
            Some(_) => None,
        })
    }

    /// Reads each record of a list; one that cannot be read is rejected.
    fn each(
        &mut self,
        result: Fields<'_>,
        list: &str,
        record: &str,
        mut read: impl FnMut(&mut Self, Fields<'_>, &str) -> Result<(), Bad>,
    ) {
        match result.list(list) {
            Ok(values) => {
                for (index, value) in values.iter().enumerate() {
                    let place = format!("{record}.{list}[{index}]");
                    if let Err(bad) = Fields::of(value).and_then(|one| read(self, one, &place)) {
                        self.facts.reject(place, bad);
                    }
                }
            }
            Err(bad) => self.facts.reject(format!("{record}.{list}"), bad),
        }
    }

    /// What an ignore file or a VEX document has set aside (`--show-suppressed`).
    pub(super) fn modified(
        &mut self,
        one: &Value,
        target: &str,
        scan: &Scan<'_>,
        place: &str,
    ) -> Result<(), Bad> {
        let one = Fields::of(one)?;
        let Some(finding) = one.object("Finding")? else { return Err(missing("Finding")) };
        let target = one.text("Target")?.unwrap_or(target);
        match one.need_text("Type")? {
            "vulnerability" => {
                self.vulnerability(finding, lock_file(target, None), scan, place, "suppressed")
            }
            "misconfiguration" => self.misconfiguration(finding, target, scan, place, Some("suppressed")),
            "secret" => self.secret(finding, target, scan, place, "suppressed"),
            "license" => self.licence(finding, target, scan, place, "suppressed"),
            _ => Err(Bad::field("Type", "is no kind of finding that Trivy is known to write")),
        }
    }

    /// A vulnerable package. `lock_file` is where the package stands when it has no path of its own.
    fn vulnerability(
        &mut self,
        one: Fields<'_>,
        lock_file: Option<&str>,
        scan: &Scan<'_>,
        place: &str,
        status: &str,
    ) -> Result<(), Bad> {
        let said = one.need_text("VulnerabilityID")?;
        let vendors = one.list("VendorIDs")?.iter().filter_map(Value::as_str);
        let id =
            self.aliases.canonical(std::iter::once(said).chain(vendors)).unwrap_or_else(|| said.to_owned());
        let package = one.need_text("PkgName")?;
        let version = one.text("InstalledVersion")?.unwrap_or("");
        let path = one.text("PkgPath")?.or(lock_file).map(|path| keys::path(path, None));
        let named = format!("{package}@{version}");
        let fixed_in = one.text("FixedVersion")?;
        let fix = fix(one.text("Status")?, fixed_in)?;
        let parts = [id.as_str(), &named, path.as_deref().unwrap_or("")];
        let class = if id.starts_with("MAL-") { "malware" } else { "vuln" };
        let finding = scan
            .what
            .finding(&self.facts, class, &parts, place, scan.at)
            .with("status", status)
            .with_known("severity", one.text("Severity")?.and_then(severity))
            .with("rule", id.as_str())
            .with_known("title", one.text("Title")?)
            .with("vulnerability", id.as_str())
            .with("component", component(package))
            .with_known("version", Some(version).filter(|version| !version.is_empty()))
            .with_known("purl", one.text("PkgIdentifier.PURL")?.and_then(keys::purl))
            .with_known("fix", fix)
            .with("path", path.map_or(Value::Null, Value::String));
        let finding = match (fixed_in, fix) {
            (Some(version), _) => finding.with("fixed_in", version),
            (None, Some("none" | "wont_fix")) => finding.with("fixed_in", Value::Null),
            (None, _) => finding,
        };
        self.facts.push(finding);
        let known =
            self.facts.report("Vulnerability", &id, place, scan.at).with_known("title", one.text("Title")?);
        self.facts.push(scores(one, "CVSS")?.tell(known));
        Ok(())
    }

    /// A check. `Status` is `PASS`, `FAIL` or `EXCEPTION` here, not the state of a fix as it is for
    /// vulnerabilities; a check that passed is no finding.
    fn misconfiguration(
        &mut self,
        one: Fields<'_>,
        target: &str,
        scan: &Scan<'_>,
        place: &str,
        status: Option<&str>,
    ) -> Result<(), Bad> {
        let status = match (status, one.text("Status")?) {
            (Some(status), _) => status,
            (None, Some("FAIL") | None) => "open",
            (None, Some("EXCEPTION")) => "suppressed",
            (None, Some("PASS")) => return Ok(()),
            (None, Some(_)) => return Err(Bad::field("Status", "is neither PASS, FAIL nor EXCEPTION")),
        };
        let rule = one.need_text("ID")?;
        let path = keys::path(target, None);
        let resource = one.text("CauseMetadata.Resource")?.unwrap_or("");
        let line = one.int("CauseMetadata.StartLine")?.map_or(String::new(), |line| line.to_string());
        let finding =
            scan.what.finding(&self.facts, "misconfig", &[rule, &path, resource, &line], place, scan.at);
        self.push_plain(finding, one, rule, status, &path)
    }

    /// A secret in an artifact. Trivy masks the value, so that it has no fingerprint: it stays a finding.
    fn secret(
        &mut self,
        one: Fields<'_>,
        target: &str,
        scan: &Scan<'_>,
        place: &str,
        status: &str,
    ) -> Result<(), Bad> {
        let rule = one.need_text("RuleID")?;
        let path = keys::path(target, None);
        let line = one.int("StartLine")?.map_or(String::new(), |line| line.to_string());
        let finding = scan.what.finding(&self.facts, "secret", &[rule, &path, &line], place, scan.at);
        self.push_plain(finding, one, rule, status, &path)
    }

    /// A licence of a package or of a file.
    fn licence(
        &mut self,
        one: Fields<'_>,
        target: &str,
        scan: &Scan<'_>,
        place: &str,
        status: &str,
    ) -> Result<(), Bad> {
        let rule = one.need_text("Name")?;
        let package = one.text("PkgName")?;
        let path = keys::path(one.text("FilePath")?.or(lock_file(target, None)).unwrap_or(""), None);
        let parts = [rule, package.unwrap_or(""), &path];
        let finding = scan
            .what
            .finding(&self.facts, "license", &parts, place, scan.at)
            .with("component", package.map_or(Value::Null, |package| component(package).into()));
        self.push_plain(finding, one, rule, status, &path)
    }

    /// What findings without a vulnerability have in common.
    fn push_plain(
        &mut self,
        finding: Report,
        one: Fields<'_>,
        rule: &str,
        status: &str,
        path: &str,
    ) -> Result<(), Bad> {
        let path = Some(path).filter(|path| !path.is_empty());
        let finding = finding
            .with("status", status)
            .with_known("severity", one.text("Severity")?.and_then(severity))
            .with("rule", rule)
            .with_known("title", one.text("Title")?)
            .with("vulnerability", Value::Null)
            .with("path", path.map_or(Value::Null, Value::from));
        self.facts.push(finding);
        Ok(())
    }
}

/// The target, where it is a file: `app/package-lock.json` and `usr/bin/arm` are, `Java` and
/// `arm:7 (debian 12)` are not.
fn lock_file<'a>(target: &'a str, class: Option<&str>) -> Option<&'a str> {
    let file = class != Some("os-pkgs") && target.contains(['/', '.']) && !target.contains(" (");
    file.then_some(target)
}

/// What `Status` and `FixedVersion` say of a fix; `None` where they say nothing.
fn fix(status: Option<&str>, fixed_in: Option<&str>) -> Result<Option<&'static str>, Bad> {
    match (status, fixed_in) {
        (Some("fixed"), _) | (None, Some(_)) => Ok(Some("available")),
        (Some("will_not_fix" | "end_of_life"), _) => Ok(Some("wont_fix")),
        (Some("affected" | "fix_deferred"), _) => Ok(Some("none")),
        (Some("unknown" | "not_affected" | "under_investigation") | None, _) => Ok(None),
        (Some(_), _) => Err(Bad::field("Status", "is no state of a fix that Trivy is known to write")),
    }
}

/// The CVSS base score with its vector: of the first vendor of [`CVSS_VENDORS`] that has one, else of the first in
/// alphabetical order; version 3 before version 4.
pub(super) fn scores(one: Fields<'_>, field: &str) -> Result<Scores, Bad> {
    let mut told = Scores::default();
    let Some(all) = one.object(field)? else { return Ok(told) };
    let mut vendors: Vec<&str> = all.map().keys().map(String::as_str).collect();
    vendors.sort_by_key(|vendor| {
        (CVSS_VENDORS.iter().position(|it| it == vendor).unwrap_or(usize::MAX), *vendor)
    });
    for vendor in vendors {
        let Some(Value::Object(scores)) = all.map().get(vendor) else { continue };
        let scores = Fields::of_map(scores);
        for (version, score, vector) in [("3", "V3Score", "V3Vector"), ("4", "V40Score", "V40Vector")] {
            if let Some(score) = scores.double(score)? {
                told.offer(version, false, Some(score), scores.text(vector)?);
            }
        }
    }
    Ok(told)
}
