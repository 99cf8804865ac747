//! One check that failed or was skipped.

use serde_json::Value;

use super::Reader;
use crate::cvss::Scores;
use crate::fields::{Bad, Fields};
use crate::findings::{Vulnerable, severity};
use crate::keys;

impl Reader<'_> {
    /// Reads a check. Neither code nor evaluated values are looked at: secrets stand in them.
    pub(super) fn check(
        &mut self,
        one: Fields<'_>,
        class: &'static str,
        status: &'static str,
        record: &str,
    ) -> Result<(), Bad> {
        let rule = one.need_text("check_id")?;
        let path = keys::path(one.text("repo_file_path")?.or(one.text("file_path")?).unwrap_or(""), None);
        let line = one.list("file_line_range")?.first().and_then(Value::as_i64).filter(|line| *line > 0);
        if let Some(package) = one.object("vulnerability_details")?
            && package.has("package_name")
            && !rule.starts_with("BC_LIC")
        {
            return self.package(package, &path, status, record);
        }
        let class = if rule.starts_with("BC_LIC") { "license" } else { class };
        // The resource of a secret is its hash without a key: anybody could try values against it.
        let resource = one.text("resource")?.filter(|_| class != "secret");
        let number = line.map_or(String::new(), |line| line.to_string());
        let told = resource.unwrap_or(&number);
        let again = self.repeats.mark(&[rule, &path, told]);
        let finding = self
            .what
            .finding(&self.facts, class, &[rule, &path, told, &again], record, self.at)
            .with("status", status)
            .with_known("severity", worst(one)?)
            .with("rule", rule)
            .with_known("title", one.text("check_name")?)
            .with("vulnerability", Value::Null)
            .with_known("path", Some(path).filter(|path| !path.is_empty()))
            .with_known("line", line)
            .with_known("resource", resource);
        self.facts.push(finding);
        Ok(())
    }

    /// A vulnerable package that a file lists.
    fn package(&mut self, of: Fields<'_>, path: &str, status: &'static str, record: &str) -> Result<(), Bad> {
        let id = keys::vulnerability(of.need_text("id")?);
        let name = of.need_text("package_name")?;
        let version = of.text("package_version")?.unwrap_or("");
        let fixed = of.text("lowest_fixed_version")?.filter(|version| *version != "N/A");
        let finding = self
            .what
            .finding(&self.facts, "vuln", &[&id, &format!("{name}@{version}"), path], record, self.at)
            .with("status", status)
            .with_known("severity", worst(of)?)
            .with("path", path);
        self.facts.push(Vulnerable { id: &id, name, version, fixed }.tell(finding));
        let mut scores = Scores::default();
        scores.offer("3", false, of.double("cvss")?, of.text("vector")?);
        let known = self.facts.report("Vulnerability", &id, record, self.at);
        self.facts.push(scores.tell(known));
        Ok(())
    }
}

/// The severity. Checkov has none of its own: its platform gives it, to those who have a key.
fn worst(one: Fields<'_>) -> Result<Option<&'static str>, Bad> {
    match one.text("severity")? {
        None => Ok(None),
        Some(word) => match severity(word) {
            Some(known) => Ok(Some(known)),
            None => Err(Bad::field("severity", "is no severity that Checkov is known to write")),
        },
    }
}
