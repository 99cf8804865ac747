//! Where facts go on their way to be decided on.

use std::path::Path;

use assize::facts::Line;
use assize::store::Loader;

use crate::facts::{Sink, Tracker};
use crate::watch::Tail;

/// A loader, and what else is to be known of the lines that go into it.
#[derive(Debug)]
pub struct Feed<'a> {
    /// What is loaded so far.
    pub loader: Loader,
    /// Whether a key among it is a fingerprint.
    pub fingerprints: bool,
    /// Tells new lines from old ones, where somebody asks.
    pub tracker: Option<Tracker<'a>>,
    /// How far fact files were read, where they may be growing.
    pub tails: Option<Vec<Tail>>,
}

impl Feed<'_> {
    /// Into an empty loader.
    pub const fn new(loader: Loader) -> Self {
        Self { loader, fingerprints: false, tracker: None, tails: None }
    }
}

impl Sink for Feed<'_> {
    fn follows(&self) -> bool {
        self.tails.is_some()
    }

    fn extent(&mut self, file: &Path, bytes: &[u8]) -> usize {
        let Some(tails) = &mut self.tails else { return bytes.len() };
        let Some((tail, end)) = Tail::begin(file, bytes) else { return bytes.len() };
        tails.push(tail);
        end
    }

    fn line(&mut self, file: &str, number: u64, text: &str) {
        if let Some(tracker) = &mut self.tracker {
            tracker.text(file, number, text);
        }
        self.loader.line(file, number, text);
    }

    fn add(&mut self, file: &str, line: Line) {
        let (key, record) = match &line {
            Line::Report(report) => {
                (report.fields.get("id").and_then(serde_json::Value::as_str), &report.source.record)
            }
            Line::Retract(retract) => (Some(retract.key.as_str()), &retract.source.record),
            Line::SameAs(same) => (Some(same.alias.as_str()), &same.source.record),
            Line::Run(run) => (None, &run.source.record),
        };
        self.fingerprints |= key.is_some_and(|key| key.starts_with("fp:"));
        let record = record.clone().unwrap_or_default();
        if let Some(tracker) = &mut self.tracker {
            tracker.line(file, &record, &line);
        }
        self.loader.add(file, &record, line);
    }
}
