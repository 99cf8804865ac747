//! One result of a scan.

use serde_json::Value;

use super::Reader;
use crate::fields::{Bad, Fields};
use crate::findings::{component, severity};
use crate::keys;

/// Categories of rules that are about how code reads or runs, and not about who can harm it.
const QUALITY: [&str; 6] =
    ["best-practice", "correctness", "maintainability", "performance", "portability", "compatibility"];

impl Reader<'_> {
    /// Reads a result.
    pub(super) fn result(&mut self, result: Fields<'_>, record: &str) -> Result<(), Bad> {
        let rule = result.need_text("check_id")?;
        let path = keys::path(result.need_text("path")?, None);
        let line = result.int("start.line")?;
        let Some(extra) = result.object("extra")? else { return Err(crate::fields::missing("extra")) };
        if extra.text("metadata.category")?.is_some_and(|category| QUALITY.contains(&category)) {
            self.quality = self.quality.saturating_add(1);
            return Ok(());
        }
        let status = if extra.bool("is_ignored")?.unwrap_or(false) { "suppressed" } else { "open" };
        let found = Found { rule, path: &path, line, status, extra };
        match extra.object("sca_info")? {
            Some(dependency) => self.dependency(&found, dependency, record),
            None => self.weakness(&found, record),
        }
    }

    /// A weakness in the code, or a secret in it.
    fn weakness(&mut self, found: &Found<'_>, record: &str) -> Result<(), Bad> {
        let class = if found.is_secret()? { "secret" } else { "weakness" };
        // Without an account Semgrep writes a request to sign in where the fingerprint would be.
        let print = found.extra.text("fingerprint")?.filter(|print| !print.contains(' '));
        let line = found.line.map_or(String::new(), |line| line.to_string());
        let parts = [found.rule, found.path, print.unwrap_or(&line)];
        let again = self.repeats.mark(&parts);
        let [rule, path, print] = parts;
        let finding = self
            .what
            .finding(&self.facts, class, &[rule, path, print, &again], record, self.at)
            .with("status", found.status)
            .with_known("severity", found.severity()?)
            .with("rule", found.rule)
            .with_known("title", found.title()?)
            .with("vulnerability", Value::Null)
            .with("path", found.path)
            .with_known("line", found.line);
        self.facts.push(finding);
        Ok(())
    }

    /// A vulnerable dependency.
    fn dependency(&mut self, found: &Found<'_>, of: Fields<'_>, record: &str) -> Result<(), Bad> {
        let named = found.extra.text("metadata.sca-vuln-database-identifier")?;
        let id = keys::vulnerability(named.unwrap_or(found.rule));
        let name = of.need_text("dependency_match.found_dependency.package")?;
        let version = of.text("dependency_match.found_dependency.version")?.unwrap_or("");
        let file = of.text("dependency_match.lockfile")?.map(|file| keys::path(file, None));
        let path = file.as_deref().unwrap_or(found.path);
        let finding = self
            .what
            .finding(&self.facts, "vuln", &[&id, &format!("{name}@{version}"), path], record, self.at)
            .with("status", found.status)
            .with_known("severity", found.severity()?)
            .with("rule", id.as_str())
            .with("vulnerability", named.map_or(Value::Null, |_| Value::from(id.as_str())))
            .with("component", component(name))
            .with_known("version", Some(version).filter(|version| !version.is_empty()))
            .with_known("reachable", of.bool("reachable")?)
            .with("path", path);
        self.facts.push(finding);
        Ok(())
    }
}

/// What all results have.
struct Found<'a> {
    rule: &'a str,
    path: &'a str,
    line: Option<i64>,
    status: &'static str,
    extra: Fields<'a>,
}

impl Found<'_> {
    /// The severity: of new rules in words that all scanners have, of old ones by how loud to be.
    fn severity(&self) -> Result<Option<&'static str>, Bad> {
        match self.extra.text("severity")? {
            None | Some("INVENTORY" | "EXPERIMENT") => Ok(None),
            Some("INFO") => Ok(Some("low")),
            Some(word) => match severity(word) {
                Some(known) => Ok(Some(known)),
                None => Err(Bad::field("extra.severity", "is no severity that Semgrep is known to write")),
            },
        }
    }

    /// Whether the rule looks for secrets, or its secret was tried.
    fn is_secret(&self) -> Result<bool, Bad> {
        let technologies = self.extra.get("metadata.technology");
        let tagged = match technologies {
            Some(Value::Array(all)) => all.iter().any(|one| one == "secrets"),
            Some(one) => one == "secrets",
            None => false,
        };
        let tried = self.extra.text("validation_state")?.is_some_and(|state| state != "NO_VALIDATOR");
        Ok(tagged || tried || self.rule.split('.').any(|part| part == "secrets"))
    }

    /// The kind of weakness, where the rule names it. The message may quote what was found and is not read.
    fn title(&self) -> Result<Option<String>, Bad> {
        let kinds = self.extra.list("metadata.vulnerability_class")?;
        Ok(kinds.first().and_then(Value::as_str).map(str::to_owned))
    }
}
