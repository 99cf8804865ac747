//! Lines in, a snapshot out.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use assize_lang::plan::{Name, Schema};
use sha2::{Digest, Sha256};

use super::changes::Changes;
use super::report::{Lost, Origin, Stored, Withdrawn};
use super::{Reject, Snapshot, read_report};
use crate::facts::{Line, Report, Run, Source};
use crate::value::escape;

/// Checks lines against a schema and gathers them.
#[derive(Debug)]
pub struct Loader {
    schema: Arc<Schema>,
    changes: Changes,
    origins: HashMap<Origin, Arc<Origin>>,
    /// The types that lines named so far, as they named them.
    names: HashMap<String, Name>,
}

impl Loader {
    /// An empty loader for facts of this schema.
    #[must_use]
    pub fn new(schema: Arc<Schema>) -> Self {
        Self { schema, changes: Changes::default(), origins: HashMap::new(), names: HashMap::new() }
    }

    /// Reads one line of a fact file. One that cannot be read becomes a reject; an empty one is nothing.
    pub fn line(&mut self, file: &str, number: u64, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let record = format!("line {number}");
        let json = match serde_json::from_str(text) {
            Ok(json) => json,
            Err(error) => {
                let reason = format!("not JSON: {} at column {}", category(&error), error.column());
                return self.reject(file, &record, None, reason);
            }
        };
        match Line::from_json(json) {
            Ok(line) => self.add(file, &record, line),
            Err(error) => self.reject(file, &record, error.field, error.reason),
        }
    }

    /// Adds a line that is already read; `file` and `record` say where it comes from, for rejects.
    pub fn add(&mut self, file: &str, record: &str, line: Line) {
        let hash: [u8; 32] = Sha256::digest(line.to_json().to_string().as_bytes()).into();
        self.changes.inner.hashes.push(hash);
        match line {
            Line::Report(report) => self.report(file, record, report, hash),
            Line::Retract(retract) => {
                let Some(ty) = self.named(file, record, &retract.ty) else { return };
                self.changes.inner.withdrawn.entry(ty).or_default().push(Withdrawn {
                    key: Arc::from(retract.key),
                    origin: Origin::from(&retract.source),
                    observed_at: retract.observed_at.0,
                });
            }
            Line::Run(run) => self.run(file, record, run),
            Line::SameAs(same) => {
                let Some(ty) = self.named(file, record, &same.ty) else { return };
                let pair = (Arc::from(same.alias), Arc::from(same.is), same.observed_at.0);
                self.changes.inner.same.entry(ty).or_default().push(pair);
            }
        }
    }

    fn report(&mut self, file: &str, record: &str, report: Report, hash: [u8; 32]) {
        let schema = Arc::clone(&self.schema);
        let Some(name) = self.named(file, record, &report.ty) else { return };
        let Some(ty) = schema.facts.get(&name) else { return };
        let read = read_report(ty, &report.fields, &self.schema);
        for (field, reason) in read.rejects {
            self.reject(file, record, Some(field), reason);
        }
        let observed_at = report.observed_at.0;
        match read.key {
            Ok(key) => {
                let stored = Stored {
                    key: Arc::from(key),
                    origin: self.origin(&report.source),
                    record: report.source.record.map(Arc::from),
                    observed_at,
                    fields: read.fields.into(),
                    hash,
                };
                self.changes.inner.reports.entry(name).or_default().push(stored);
            }
            Err(reason) => {
                self.reject(file, record, Some(ty.key.to_string()), reason);
                let origin = Origin::from(&report.source);
                self.changes.inner.lost.push(Lost { ty: name, origin, observed_at, fields: read.fields });
            }
        }
    }

    fn run(&mut self, file: &str, record: &str, mut run: Run) {
        if run.until < run.from {
            return self.reject(
                file,
                record,
                Some("until".to_owned()),
                "the run ends before it begins".to_owned(),
            );
        }
        let mut types = Vec::new();
        for name in &run.types {
            match self.schema.fact(name) {
                Some(ty) => types.push(ty.name.to_string()),
                None => {
                    let reason = format!("no entity, event or request `{}`", escape(name));
                    self.reject(file, record, Some("types".to_owned()), reason);
                }
            }
        }
        types.sort();
        types.dedup();
        run.types = types;
        self.changes.inner.runs.push(run);
    }

    /// The qualified name of the type that a line names.
    fn named(&mut self, file: &str, record: &str, name: &str) -> Option<Name> {
        if let Some(known) = self.names.get(name) {
            return Some(known.clone());
        }
        let Some(found) = self.schema.fact(name).map(|found| found.name.clone()) else {
            let reason = format!("no entity, event or request `{}`", escape(name));
            self.reject(file, record, None, reason);
            return None;
        };
        self.names.insert(name.to_owned(), found.clone());
        Some(found)
    }

    fn origin(&mut self, source: &Source) -> Arc<Origin> {
        let origin = Origin::from(source);
        Arc::clone(self.origins.entry(origin.clone()).or_insert_with(|| Arc::new(origin)))
    }

    fn reject(&mut self, file: &str, record: &str, field: Option<String>, reason: String) {
        let reject = Reject { file: file.to_owned(), record: record.to_owned(), field, reason };
        self.changes.inner.rejects.push(reject);
    }

    /// The snapshot of everything that was added, in whatever order it came.
    #[must_use]
    pub fn finish(self) -> Snapshot {
        self.changes.snapshot(self.schema)
    }

    /// What was added since the loader was made, or last asked.
    pub(crate) fn take(&mut self) -> Changes {
        std::mem::take(&mut self.changes)
    }
}

/// Counts by type name, for [`Snapshot::counts`].
pub(super) fn count(reports: &BTreeMap<Name, Vec<Stored>>) -> BTreeMap<String, usize> {
    let distinct = |reports: &Vec<Stored>| {
        let mut keys: Vec<&str> = reports.iter().map(|report| report.key.as_ref()).collect();
        keys.dedup();
        keys.len()
    };
    reports.iter().map(|(name, reports)| (name.to_string(), distinct(reports))).collect()
}

/// What kind of error, without the text that it is about.
fn category(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Eof => "the line is cut off",
        _ => "a syntax error",
    }
}
