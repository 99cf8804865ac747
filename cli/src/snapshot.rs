//! A snapshot that is being made, as a place where facts go.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assize::facts::{Instant, Line};
use assize_lang::plan::Schema;
use assize_snapshots::{Builder, InputEntry, Manifest, Rejected, SnapshotError};

use crate::error::CliError;
use crate::facts::Sink;

/// Gathers lines for a snapshot.
#[derive(Debug)]
pub struct Gathering {
    builder: Builder,
    /// Why it can be no snapshot any more.
    failure: Option<SnapshotError>,
    /// What came since somebody asked: lines by type, and lines that were none.
    lines: BTreeMap<String, u64>,
    refused: u64,
    /// Which key fingerprints are made with, where it is one that is kept.
    keyed: Option<String>,
    /// Whether a key among the lines of this input is a fingerprint.
    secrets: bool,
    /// The snapshot that it adds to.
    earlier: Option<PathBuf>,
}

impl Gathering {
    /// An empty snapshot, to be written to `folder`.
    pub fn new(schema: &Arc<Schema>, folder: &Path, keyed: Option<String>) -> Self {
        let builder = Builder::new(Arc::clone(schema), folder);
        Self {
            builder,
            failure: None,
            lines: BTreeMap::new(),
            refused: 0,
            keyed,
            secrets: false,
            earlier: None,
        }
    }

    /// The same that leaves files of other columns as they are.
    pub fn keeping_columns(self) -> Self {
        Self { builder: self.builder.keeping_columns(), ..self }
    }

    /// Takes in a snapshot with its rejects.
    pub fn take_in(&mut self, folder: &Path) -> Result<(), CliError> {
        self.builder.take_in(folder)?;
        self.earlier = Some(folder.to_owned());
        Ok(())
    }

    /// Leaves out what was seen before an instant, and all claims to have watched before it.
    pub const fn keep_since(&mut self, since: Instant) {
        self.builder.keep_since(since);
    }

    /// Keeps a record that did not become a fact.
    pub fn reject(&mut self, reject: Rejected) {
        self.builder.reject(reject);
    }

    /// Whether a key among the lines that came is a fingerprint.
    pub const fn has_fingerprints(&self) -> bool {
        self.builder.has_fingerprints()
    }

    /// Writes the folder. What stood there stays until the new one is complete.
    pub fn write(self) -> Result<Manifest, CliError> {
        match self.failure {
            Some(failure) => Err(failure.into()),
            None => Ok(self.builder.write()?),
        }
    }

    /// The input, and the key that its secrets are fingerprinted with.
    fn keyed_input(&self, input: &InputEntry) -> InputEntry {
        let key = self.keyed.as_deref().unwrap_or("no key");
        InputEntry { context: format!("{} {key}", input.context), ..input.clone() }
    }

    fn keep(&mut self, done: Result<(), SnapshotError>) {
        if let Err(failure) = done {
            self.failure.get_or_insert(failure);
        }
    }
}

impl Sink for Gathering {
    fn line(&mut self, file: &str, number: u64, text: &str) {
        if self.failure.is_some() {
            return;
        }
        let Self { builder, lines, secrets, .. } = self;
        let plain = builder.add_plain(text, |kind, key| {
            count(lines, kind);
            *secrets |= key.starts_with("fp:");
        });
        match plain {
            Ok(true) => return,
            Ok(false) => {}
            Err(failure) => return self.keep(Err(failure)),
        }
        let read = serde_json::from_str(text).map_err(|error| (None, format!("this is not JSON: {error}")));
        let read = read.and_then(|json| Line::from_json(json).map_err(|error| (error.field, error.reason)));
        match read {
            Ok(line) => self.add(file, line),
            Err((field, reason)) => {
                self.refused = self.refused.saturating_add(1);
                let record = format!("line {number}");
                self.builder.reject(Rejected { file: file.to_owned(), record, field, reason });
            }
        }
    }

    fn knows(&self, input: &InputEntry) -> bool {
        let input = self.keyed_input(input);
        self.builder.inputs().iter().any(|known| known.is_same(&input))
    }

    fn read(&mut self, input: InputEntry) {
        // Without a key that is kept, what has fingerprints in it becomes other lines the next time.
        let secrets = std::mem::take(&mut self.secrets);
        if self.keyed.is_some() || !secrets {
            self.builder.input(self.keyed_input(&input));
        }
    }

    fn keeps_inputs(&self) -> (bool, bool) {
        (true, !self.builder.inputs().is_empty())
    }

    fn earlier(&self) -> Option<&Path> {
        self.earlier.as_deref()
    }

    fn tally(&mut self) -> (BTreeMap<String, u64>, u64) {
        (std::mem::take(&mut self.lines), std::mem::take(&mut self.refused))
    }

    fn add(&mut self, _: &str, line: Line) {
        if self.failure.is_none() {
            count(&mut self.lines, kind_of(&line));
            self.secrets |= has_fingerprint(&line);
            let done = self.builder.add(line);
            self.keep(done);
        }
    }
}

/// Whether the line's key is a fingerprint.
fn has_fingerprint(line: &Line) -> bool {
    let key = match line {
        Line::Report(report) => report.fields.get("id").and_then(serde_json::Value::as_str),
        Line::Retract(retract) => Some(retract.key.as_str()),
        Line::SameAs(same) => Some(same.alias.as_str()),
        Line::Run(_) => None,
    };
    key.is_some_and(|key| key.starts_with("fp:"))
}

/// What a line is counted as.
fn kind_of(line: &Line) -> &str {
    match line {
        Line::Report(report) => &report.ty,
        Line::Run(_) => "run",
        Line::SameAs(_) => "same_as",
        Line::Retract(_) => "retract",
    }
}

fn count(lines: &mut BTreeMap<String, u64>, kind: &str) {
    match lines.get_mut(kind) {
        Some(count) => *count = count.saturating_add(1),
        None => {
            lines.insert(kind.to_owned(), 1);
        }
    }
}

/// Feeds the snapshot in `folder` to `sink`; gives back the rejects that it was written with.
pub fn read(folder: &Path, sink: &mut impl Sink) -> Result<Vec<Rejected>, CliError> {
    let manifest = assize_snapshots::read(folder, &mut |file, number, line| sink.line(file, number, line))?;
    Ok(manifest.rejects)
}
