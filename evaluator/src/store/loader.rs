//! Lines in, a snapshot out.

use std::collections::HashMap;
use std::sync::Arc;

use assize_lang::plan::{Name, Schema};
use sha2::{Digest, Sha256};

use super::changes::{Changes, Told};
use super::limits::{LimitError, Limits};
use super::raw::mark;
use super::read::Reader;
use super::report::{Lost, Origin, Stored, Withdrawn};
use super::snapshot::{Hash, Inner};
use super::tell::{Draft, FactForm, FieldHandle, FieldValue, SourceHandle, TellError};
use super::waiting::Waiting;
use super::{Read, Reject, Snapshot, read_report};
use crate::facts::{Instant, Line, Report, Run};
use crate::value::escape;
use crate::world::{Ahead, Layout, Recent, TypeId};

/// Checks lines against a schema and gathers them.
#[derive(Debug)]
pub struct Loader {
    layout: Arc<Layout>,
    reader: Reader,
    /// Lines of the snapshot to be that are not read yet.
    waiting: Waiting,
    /// Of the texts of the snapshot to be.
    recent: Recent,
    ahead: Ahead,
    /// The snapshot to be; none where lines are to be committed.
    inner: Option<Box<Inner>>,
    /// What is no report of the snapshot.
    changes: Changes,
    /// A report that is put together.
    draft: Draft,
    limits: Limits,
    /// How many texts there are where lines are to be committed, or may be by then.
    texts: u64,
    origins: HashMap<Origin, Arc<Origin>>,
    /// The types that lines named so far, as they named them.
    names: HashMap<String, (Name, TypeId)>,
}

impl Loader {
    /// An empty loader for facts of this schema.
    #[must_use]
    pub fn new(schema: Arc<Schema>) -> Self {
        Self::of(&Arc::new(Layout::new(schema, Arc::default())))
    }

    pub(crate) fn of(layout: &Arc<Layout>) -> Self {
        let mut inner = Box::new(Inner::new(layout));
        inner.stock.expect_much();
        Self { inner: Some(inner), ..Self::pending(layout) }
    }

    /// An empty loader of what is to be committed.
    pub(crate) fn pending(layout: &Arc<Layout>) -> Self {
        Self {
            layout: Arc::clone(layout),
            reader: Reader::new(layout),
            waiting: Waiting::default(),
            recent: Recent::default(),
            ahead: Ahead::default(),
            inner: None,
            changes: Changes::default(),
            draft: Draft::default(),
            limits: Limits::default(),
            texts: 0,
            origins: HashMap::new(),
            names: HashMap::new(),
        }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.settle();
        Self { limits, ..self }
    }

    /// Whether there is room for a line of so many bytes.
    fn admit(&mut self, bytes: usize) -> Result<(), LimitError> {
        let texts = self.inner.as_ref().map_or(self.texts, |inner| inner.stock.texts());
        self.limits.check(bytes, texts)?;
        self.texts = self.texts.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        Ok(())
    }

    /// Begins a report.
    pub(crate) fn begin(&mut self) {
        self.draft.clear();
    }

    /// Sets a field of the report that was begun last.
    pub(crate) fn set(
        &mut self,
        form: &FactForm,
        at: FieldHandle,
        value: FieldValue<'_>,
    ) -> Result<(), TellError> {
        self.draft.set(form, at, value)
    }

    /// Takes the report that was begun last.
    pub(crate) fn tell(
        &mut self,
        form: &FactForm,
        key: &str,
        source: &SourceHandle,
        observed_at: Instant,
    ) -> Result<(), TellError> {
        self.settle();
        self.admit(self.draft.bytes().saturating_add(key.len()))?;
        let told = self.draft.told(form, key, source, observed_at)?;
        self.keep(told);
        Ok(())
    }

    fn keep(&mut self, told: Told) {
        match &mut self.inner {
            Some(inner) => inner.told(told),
            None => self.changes.reports.push(told),
        }
    }

    /// Takes one line of a fact file. One that cannot be read becomes a reject; an empty one is nothing.
    pub fn line(&mut self, file: &str, number: u64, text: &str) {
        // What is to be committed is kept and not looked up.
        if self.inner.is_none() || !Waiting::has_place_for(text) {
            self.settle();
            return self.line_now(file, number, text);
        }
        if !self.waiting.is_of(file) {
            self.settle();
            self.waiting.begin(file);
        }
        self.waiting.push(number, text);
        if self.waiting.is_full() {
            self.settle();
        }
    }

    /// Reads the lines that wait.
    fn settle(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let waiting = std::mem::take(&mut self.waiting);
        let mut reads = Vec::with_capacity(waiting.count());
        for (number, text) in waiting.lines() {
            match self.reader.read(text) {
                Some(read) => reads.push((number, text, read)),
                None => {
                    self.take_reads(waiting.file(), &mut reads);
                    if self.admit_line(waiting.file(), number, text) {
                        self.line_in_full(waiting.file(), number, text);
                    }
                }
            }
        }
        self.take_reads(waiting.file(), &mut reads);
        self.waiting = waiting.emptied();
    }

    fn take_reads(&mut self, file: &str, reads: &mut Vec<(u64, &str, Read<'_>)>) {
        reads.iter_mut().for_each(|(_, _, read)| self.reader.hash(read));
        if let Some(inner) = &self.inner {
            self.ahead.fetch(&inner.stock, &self.recent, reads.iter().map(|(_, _, read)| read));
        }
        for (number, text, mut read) in reads.drain(..) {
            if self.admit_line(file, number, text) {
                self.take_read(&mut read);
            }
            self.reader.done(read);
        }
    }

    /// Whether there is room for a line; where there is none, it is a reject.
    fn admit_line(&mut self, file: &str, number: u64, text: &str) -> bool {
        let admitted = self.admit(text.len());
        if let Err(error) = &admitted {
            self.reject(file, &format!("line {number}"), None, error.to_string());
        }
        admitted.is_ok()
    }

    fn line_now(&mut self, file: &str, number: u64, text: &str) {
        if !self.admit_line(file, number, text) {
            return;
        }
        if let Some(mut read) = self.reader.read(text) {
            self.reader.hash(&mut read);
            self.take_read(&mut read);
            return self.reader.done(read);
        }
        self.line_in_full(file, number, text);
    }

    /// Whether a line is read in one pass.
    #[cfg(test)]
    pub(crate) fn is_usual(&mut self, text: &str) -> bool {
        self.reader.read(text).is_some()
    }

    /// The same, whatever the line's shape.
    pub(crate) fn line_in_full(&mut self, file: &str, number: u64, text: &str) {
        self.settle();
        if text.trim().is_empty() {
            return;
        }
        let record = format!("line {number}");
        let json = match serde_json::from_str(text) {
            Ok(json) => json,
            Err(error) => {
                let reason = match depth(&error) {
                    Some(limit) => limit.to_string(),
                    None => format!("not JSON: {} at column {}", category(&error), error.column()),
                };
                return self.reject(file, &record, None, reason);
            }
        };
        match Line::from_json(json) {
            Ok(line) => {
                let text = line.to_json().to_string();
                self.take(file, &record, line, &text);
            }
            Err(error) => self.reject(file, &record, error.field, error.reason),
        }
    }

    fn take_read(&mut self, read: &mut Read<'_>) {
        if let Some(inner) = &mut self.inner {
            return inner.read(read, &mut self.recent);
        }
        let layout = Arc::clone(&self.layout);
        let report = read.stored(&layout, |tool, instance| self.origin(tool, instance));
        self.changes.reports.push(Told { ty: read.ty, report, hash: read.hash });
    }

    /// Adds a line that is already read; `file` and `record` say where it comes from, for rejects.
    pub fn add(&mut self, file: &str, record: &str, line: Line) {
        self.settle();
        let text = line.to_json().to_string();
        match self.admit(text.len()) {
            Ok(()) => self.take(file, record, line, &text),
            Err(error) => self.reject(file, record, None, error.to_string()),
        }
    }

    fn take(&mut self, file: &str, record: &str, line: Line, text: &str) {
        let hash: Hash = Sha256::digest(text.as_bytes()).into();
        let report = match line {
            Line::Report(report) => return self.report(file, record, report, hash),
            other => other,
        };
        self.changes.hashes.push(hash);
        match report {
            Line::Report(_) => {}
            Line::Retract(retract) => {
                let Some((_, ty)) = self.named(file, record, &retract.ty) else { return };
                let gone = Withdrawn {
                    key: Arc::from(retract.key),
                    origin: Origin::from(&retract.source),
                    observed_at: retract.observed_at.0,
                };
                self.changes.withdrawn.push((ty, gone));
            }
            Line::Run(run) => self.run(file, record, run),
            Line::SameAs(same) => {
                let Some((ty, _)) = self.named(file, record, &same.ty) else { return };
                let pair = (Arc::from(same.alias), Arc::from(same.is), same.observed_at.0);
                self.changes.same.push((ty, pair));
            }
        }
    }

    fn report(&mut self, file: &str, record: &str, report: Report, hash: Hash) {
        let layout = Arc::clone(&self.layout);
        let Some((name, id)) = self.named(file, record, &report.ty) else {
            return self.changes.hashes.push(hash);
        };
        let ty = layout.ty(id);
        let read = read_report(ty, &report.fields, layout.schema());
        for (field, reason) in read.rejects {
            self.reject(file, record, Some(field), reason);
        }
        let observed_at = report.observed_at.0;
        match read.key {
            Ok(key) => {
                let stored = Stored {
                    key: Arc::from(key),
                    origin: self.origin(&report.source.tool, report.source.instance.as_deref()),
                    record: report.source.record.map(Arc::from),
                    observed_at,
                    fields: read.fields.into(),
                    mark: mark(&hash),
                };
                let told = Told { ty: id, report: stored, hash };
                self.keep(told);
            }
            Err(reason) => {
                self.changes.hashes.push(hash);
                self.reject(file, record, Some(ty.key.to_string()), reason);
                let origin = Origin::from(&report.source);
                self.changes.lost.push(Lost { ty: name, origin, observed_at, fields: read.fields });
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
            match self.layout.schema().fact(name) {
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
        self.changes.runs.push(run);
    }

    /// The qualified name of the type that a line names, and its number.
    fn named(&mut self, file: &str, record: &str, name: &str) -> Option<(Name, TypeId)> {
        if let Some(known) = self.names.get(name) {
            return Some(known.clone());
        }
        let found = self.layout.schema().fact(name).map(|found| found.name.clone());
        let Some(found) = found.and_then(|name| Some((name.clone(), self.layout.type_id(&name)?))) else {
            let reason = format!("no entity, event or request `{}`", escape(name));
            self.reject(file, record, None, reason);
            return None;
        };
        self.names.insert(name.to_owned(), found.clone());
        Some(found)
    }

    fn origin(&mut self, tool: &str, instance: Option<&str>) -> Arc<Origin> {
        let origin = Origin { tool: tool.to_owned(), instance: instance.map(ToOwned::to_owned) };
        Arc::clone(self.origins.entry(origin.clone()).or_insert_with(|| Arc::new(origin)))
    }

    fn reject(&mut self, file: &str, record: &str, field: Option<String>, reason: String) {
        let reject = Reject { file: file.to_owned(), record: record.to_owned(), field, reason };
        self.changes.rejects.push(reject);
    }

    /// What did not fit so far, in the order in which it came.
    pub(crate) fn refused(&self) -> &[Reject] {
        &self.changes.rejects
    }

    /// The snapshot of everything that was added, in whatever order it came.
    #[must_use]
    pub fn finish(mut self) -> Snapshot {
        self.settle();
        let mut inner = self.inner.map_or_else(|| Inner::new(&self.layout), |inner| *inner);
        inner.add(self.changes);
        inner.stock.trim();
        Snapshot::new(inner)
    }

    /// What was added since the loader was made, or last asked. It is committed to what has so many texts.
    pub(crate) fn take_all(&mut self, texts: u64) -> Changes {
        self.texts = texts;
        std::mem::take(&mut self.changes)
    }
}

/// The limit that was met, if one was.
fn depth(error: &serde_json::Error) -> Option<LimitError> {
    // The library tells it by its text alone.
    error.to_string().starts_with("recursion limit exceeded").then_some(LimitError::Depth { limit: 127 })
}

/// What kind of error, without the text that it is about.
fn category(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Eof => "the line is cut off",
        _ => "a syntax error",
    }
}
