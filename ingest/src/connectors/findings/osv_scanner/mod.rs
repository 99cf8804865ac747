//! OSV-Scanner's JSON, of versions 1 and 2.

mod package;

use assize::facts::Instant;
use serde_json::Value;

use crate::fields::{Bad, Fields};
use crate::findings::{Aliases, Scanned, ScannedKind, class_run, source_tree};
use crate::{Collector, Connector, Context, Head, IngestError, Output, json, keys};

const NAME: &str = "osv-scanner";

/// Reads what `osv-scanner … --format json` writes.
#[derive(Clone, Copy, Debug)]
pub struct OsvScanner;

impl Connector for OsvScanner {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "OSV-Scanner: vulnerabilities, malware and licences of lock files and folders"
    }

    fn command(&self) -> &'static str {
        "osv-scanner scan source --recursive --all-packages --format json . > osv.json"
    }

    fn detect(&self, head: &Head<'_>) -> bool {
        let found = head.has_all(&["results[].source.path", "results[].packages"]);
        found || head.has_all(&["results", "experimental_config"])
    }

    fn ingest(&self, input: &[u8], _file: &str, context: &Context) -> Result<Output, IngestError> {
        let document = json::document(input)?;
        let report = Fields::of(&document).map_err(|_| IngestError::not_of(NAME, "it is no object"))?;
        let Some(Value::Array(results)) = report.get("results") else {
            return Err(IngestError::not_of(NAME, "it has no list of `results`"));
        };
        let at = context.time(None)?;
        let mut facts = Collector::new(NAME, context);
        // An image's report names the image's system and layers, and never its digest.
        let what = if report.has("image_metadata") {
            facts.note("the input does not name the image: its findings are not joined to any");
            Scanned { artifact: String::new(), kind: ScannedKind::Unknown }
        } else {
            source_tree(context, &mut facts)?
        };
        let aliases = Aliases::default();
        let mut reader = Reader { facts, what: &what, at, aliases, packages: 0 };
        for (index, result) in results.iter().enumerate() {
            let record = format!("results[{index}]");
            if let Err(bad) = reader.result(result, &record) {
                reader.facts.reject(record, bad);
            }
        }
        let licences = report.get("experimental_config.licenses.allowlist").is_some();
        reader.runs(licences);
        reader.aliases.report(&mut reader.facts, at);
        Ok(reader.facts.finish())
    }
}

/// One input on its way.
struct Reader<'a> {
    facts: Collector,
    what: &'a Scanned,
    at: Instant,
    aliases: Aliases,
    /// How many packages were looked at.
    packages: usize,
}

impl Reader<'_> {
    /// A lock file or another place that packages were read from.
    fn result(&mut self, result: &Value, record: &str) -> Result<(), Bad> {
        let result = Fields::of(result)?;
        let path = keys::path(result.need_text("source.path")?, None);
        for (index, one) in result.list("packages")?.iter().enumerate() {
            self.packages = self.packages.saturating_add(1);
            let place = format!("{record}.packages[{index}]");
            if let Err(bad) = Fields::of(one).and_then(|one| self.package(one, &path, &place)) {
                self.facts.reject(place, bad);
            }
        }
        Ok(())
    }

    /// The runs. A list without a package is what the scanner writes of a clean tree, and of one in which it
    /// knew no file.
    fn runs(&mut self, licences: bool) {
        if self.packages == 0 {
            self.facts.note(
                "no package is listed: whether there was any to look at cannot be told, and the run proves nothing; scan with `--all-packages`",
            );
        }
        if self.what.artifact.is_empty() {
            return;
        }
        let complete = self.packages > 0 && self.what.is_named();
        let classes: &[&str] = if licences { &["vuln", "malware", "license"] } else { &["vuln", "malware"] };
        for class in classes {
            class_run(&mut self.facts, &self.what.artifact, class, (self.at, self.at), complete);
        }
    }
}

#[cfg(test)]
mod tests;
