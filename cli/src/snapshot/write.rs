//! Facts to a folder, in an order of their own, so that the same facts make the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use assize::facts::{Instant, Line, Source};

use super::manifest::{Manifest, SourceCount, VERSION};
use super::{MANIFEST, RUNS, SAME_AS};
use crate::error::CliError;
use crate::facts::{Rejected, Sink};

/// Gathers lines for a snapshot.
#[derive(Debug, Default)]
pub struct Builder {
    /// The lines of each file, as text.
    files: BTreeMap<String, BTreeSet<String>>,
    sources: BTreeMap<(String, Option<String>), (u64, Instant)>,
    rejects: BTreeSet<Rejected>,
}

impl Sink for Builder {
    fn line(&mut self, file: &str, number: u64, text: &str) {
        let value = serde_json::from_str(text).map_err(|error| (None, format!("this is not JSON: {error}")));
        let line =
            value.and_then(|value| Line::from_json(value).map_err(|error| (error.field, error.reason)));
        match line {
            Ok(line) => self.add(file, line),
            Err((field, reason)) => {
                self.reject(Rejected {
                    file: file.to_owned(),
                    record: format!("line {number}"),
                    field,
                    reason,
                });
            }
        }
    }

    fn add(&mut self, _: &str, line: Line) {
        let file = file_of(&line);
        let (source, at) = said(&line);
        let fresh = self.files.entry(file).or_default().insert(line.to_json().to_string());
        if fresh {
            let (lines, newest) = self.sources.entry(source.identity()).or_insert((0, at));
            *lines = lines.saturating_add(1);
            *newest = at.max(*newest);
        }
    }
}

impl Builder {
    /// Keeps a record that did not become a fact.
    pub fn reject(&mut self, reject: Rejected) {
        self.rejects.insert(reject);
    }

    /// The lines so far, by file.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &BTreeSet<String>)> {
        self.files.iter().map(|(file, lines)| (file.as_str(), lines))
    }

    /// Whether a key among them is a fingerprint.
    pub fn has_fingerprints(&self) -> bool {
        self.files.values().flatten().any(|line| line.contains("\"fp:"))
    }

    /// What the snapshot will say about itself.
    pub fn manifest(&self) -> Manifest {
        let count = |lines: &BTreeSet<String>| u64::try_from(lines.len()).unwrap_or(u64::MAX);
        let name = |file: &str| file.trim_end_matches(".ndjson").to_owned();
        Manifest {
            assize_snapshot: VERSION,
            counts: self.files.iter().map(|(file, lines)| (name(file), count(lines))).collect(),
            sources: self
                .sources
                .iter()
                .map(|((tool, instance), (lines, newest))| SourceCount {
                    tool: tool.clone(),
                    instance: instance.clone(),
                    lines: *lines,
                    newest: newest.to_string(),
                })
                .collect(),
            rejects: self.rejects.iter().cloned().collect(),
        }
    }

    /// Writes the folder. What stood there stays until the new one is complete.
    pub fn write(&self, folder: &Path) -> Result<Manifest, CliError> {
        let manifest = self.manifest();
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let beside = |suffix: &str| folder.with_file_name(format!(".{name}.{suffix}-{}", std::process::id()));
        let (new, old) = (beside("new"), beside("old"));
        let done = self.write_into(&new, &manifest).and_then(|()| swap(&new, folder, &old));
        if done.is_err() {
            // The error that matters is already in hand.
            drop(std::fs::remove_dir_all(&new));
        }
        done.map(|()| manifest)
    }

    fn write_into(&self, folder: &Path, manifest: &Manifest) -> Result<(), CliError> {
        std::fs::create_dir_all(folder).map_err(|error| CliError::write(folder, &error))?;
        let write = |path: &Path, text: &str| {
            std::fs::write(path, text).map_err(|error| CliError::write(path, &error))
        };
        for (file, lines) in &self.files {
            let mut text = String::new();
            for line in lines {
                text.push_str(line);
                text.push('\n');
            }
            write(&folder.join(file), &text)?;
        }
        write(&folder.join(MANIFEST), &crate::output::json(manifest)?)
    }
}

fn swap(new: &Path, folder: &Path, old: &Path) -> Result<(), CliError> {
    let failed = |error: std::io::Error| CliError::write(folder, &error);
    if folder.exists() {
        std::fs::rename(folder, old).map_err(failed)?;
    }
    std::fs::rename(new, folder).map_err(failed)?;
    if old.exists() {
        std::fs::remove_dir_all(old).map_err(failed)?;
    }
    Ok(())
}

/// The file that a line belongs to. Types are the short name or a qualified one: neither has a slash,
/// unless somebody made it up, and then it is spelt out.
fn file_of(line: &Line) -> String {
    let ty = match line {
        Line::Report(report) => &report.ty,
        Line::Retract(retract) => &retract.ty,
        Line::Run(_) => return RUNS.to_owned(),
        Line::SameAs(_) => return SAME_AS.to_owned(),
    };
    let safe: String =
        ty.chars().take(100).map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    format!("{safe}.ndjson")
}

/// Who says a line, and of when.
fn said(line: &Line) -> (&Source, Instant) {
    match line {
        Line::Report(report) => (&report.source, report.observed_at),
        Line::Retract(retract) => (&retract.source, retract.observed_at),
        Line::Run(run) => (&run.source, run.until),
        Line::SameAs(same) => (&same.source, same.observed_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACT: &str =
        r#"{"Secret":{"id":"a"},"source":{"tool":"t","record":"r"},"observed_at":"2026-06-01T00:00:00Z"}"#;
    const RETRACT: &str =
        r#"{"retract":{"Secret":"a"},"source":{"tool":"t"},"observed_at":"2026-06-02T00:00:00Z"}"#;

    #[derive(Default)]
    struct Lines(Vec<String>);

    impl Sink for Lines {
        fn line(&mut self, _: &str, number: u64, text: &str) {
            self.0.push(format!("{number} {text}"));
        }
        fn add(&mut self, _: &str, _: Line) {}
    }

    #[test]
    fn what_is_written_is_read_again_in_any_order_of_arrival() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("snap");
        let mut manifests = Vec::new();
        for lines in [[FACT, RETRACT, FACT], [RETRACT, FACT, RETRACT]] {
            let mut builder = Builder::default();
            for (number, line) in (1..).zip(lines) {
                builder.line("f", number, line);
            }
            builder.line("f", 4, "{");
            manifests.push(builder.write(&place).unwrap());
        }
        assert_eq!(manifests[0], manifests[1]);
        assert_eq!(manifests[0].counts["Secret"], 2);
        assert_eq!(manifests[0].sources[0].newest, "2026-06-02T00:00:00Z");
        let mut lines = Lines::default();
        let rejects = super::super::read(&place, &mut lines).unwrap();
        assert_eq!(rejects[0].record, "line 4");
        assert_eq!(lines.0.len(), 2);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_file_that_was_cut_off_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("snap");
        let mut builder = Builder::default();
        builder.line("f", 1, FACT);
        builder.line("f", 2, RETRACT);
        builder.write(&place).unwrap();
        std::fs::write(place.join("Secret.ndjson"), FACT).unwrap();
        let error = super::super::read(&place, &mut Lines::default()).unwrap_err().to_string();
        assert!(
            error.ends_with(
                "it has 1 lines and the manifest counts 2; it was cut off or edited; ingest again"
            )
        );
    }

    #[test]
    fn a_type_cannot_name_a_file_elsewhere() {
        let report = assize::facts::Report::new("../../x", Source::default(), Instant(0));
        assert_eq!(file_of(&Line::Report(report)), "..-..-x.ndjson");
    }
}
