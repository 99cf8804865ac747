//! Counters of answers, in Prometheus' text format. Labels hold names of the configuration and words of ours: nothing
//! that a caller or a policy says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::point::{Answer, Record, Recorder, Unrecorded, Why};

/// The bounds of the buckets, in nanoseconds, and as they are written.
const BUCKETS: [(u64, &str); 13] = [
    (1_000, "0.000001"),
    (2_500, "0.0000025"),
    (5_000, "0.000005"),
    (10_000, "0.00001"),
    (25_000, "0.000025"),
    (50_000, "0.00005"),
    (100_000, "0.0001"),
    (250_000, "0.00025"),
    (1_000_000, "0.001"),
    (5_000_000, "0.005"),
    (25_000_000, "0.025"),
    (100_000_000, "0.1"),
    (1_000_000_000, "1"),
];

/// The answers.
const WORDS: [&str; 3] = ["allow", "block", "undetermined"];

/// Why there was no answer.
const REASONS: [&str; 6] =
    ["evidence", "no_entry", "unreadable", "truncated", "contradiction", "not_recorded"];

#[derive(Debug, Default)]
struct Entry {
    answers: [AtomicU64; 3],
    buckets: [AtomicU64; 13],
    count: AtomicU64,
    nanos: AtomicU64,
}

/// Counts answers.
#[derive(Debug, Default)]
pub struct Metrics {
    entries: RwLock<BTreeMap<Box<str>, Arc<Entry>>>,
    reasons: [AtomicU64; 6],
}

impl Metrics {
    /// Counts an answer.
    pub fn count(&self, entry: &str, answer: &Answer, took: Duration) {
        let why = if let Answer::Undetermined(open) = answer { Some(open.why()) } else { None };
        // A name that nobody configured would be a label that callers choose.
        let entry = if matches!(why, Some(Why::NoEntry(_))) { "unknown" } else { entry };
        let entry = self.entry(entry);
        let one = |count: Option<&AtomicU64>| {
            if let Some(count) = count {
                count.fetch_add(1, Ordering::Relaxed);
            }
        };
        let place = |words: &[&str], word: &str| words.iter().position(|known| *known == word);
        one(place(&WORDS, answer.word()).and_then(|at| entry.answers.get(at)));
        if let Some(why) = why {
            one(place(&REASONS, why.word()).and_then(|at| self.reasons.get(at)));
        }
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        one(BUCKETS.iter().position(|(bound, _)| nanos <= *bound).and_then(|at| entry.buckets.get(at)));
        entry.count.fetch_add(1, Ordering::Relaxed);
        entry.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    fn entry(&self, name: &str) -> Arc<Entry> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get(name) {
            return Arc::clone(entry);
        }
        drop(entries);
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(entries.entry(name.into()).or_default())
    }

    /// Writes the counters.
    pub fn write(&self, out: &mut Page) {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        out.head("assize_decisions_total", "counter", "Answers, by entry and outcome.");
        for (name, entry) in entries.iter() {
            for (word, count) in WORDS.iter().zip(&entry.answers) {
                out.line("assize_decisions_total", &[("entry", name), ("outcome", word)], of(count));
            }
        }
        out.head("assize_indeterminate_total", "counter", "Requests without an answer, by reason.");
        for (word, count) in REASONS.iter().zip(&self.reasons) {
            out.line("assize_indeterminate_total", &[("reason", word)], of(count));
        }
        let name = "assize_decision_duration_seconds";
        out.head(name, "histogram", "How long deciding took.");
        for (label, entry) in entries.iter() {
            let mut sum = 0_u64;
            for ((_, bound), count) in BUCKETS.iter().zip(&entry.buckets) {
                sum = sum.saturating_add(of(count));
                out.line("assize_decision_duration_seconds_bucket", &[("entry", label), ("le", bound)], sum);
            }
            let count = of(&entry.count);
            out.line("assize_decision_duration_seconds_bucket", &[("entry", label), ("le", "+Inf")], count);
            out.text("assize_decision_duration_seconds_sum", &[("entry", label)], &seconds(of(&entry.nanos)));
            out.line("assize_decision_duration_seconds_count", &[("entry", label)], count);
        }
    }
}

impl Recorder for Metrics {
    fn decided(&self, record: &Record<'_>) -> Result<(), Unrecorded> {
        self.count(record.question.entry, record.answer, record.took);
        Ok(())
    }
}

/// Nanoseconds as seconds.
fn seconds(nanos: u64) -> String {
    let (whole, rest) = (nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000));
    format!("{whole}.{rest:09}")
}

/// A page of metrics.
#[derive(Debug, Default)]
pub struct Page(String);

impl Page {
    /// What a metric is called, what kind it is, and what it means.
    pub fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.0.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    /// A value.
    pub fn line(&mut self, name: &str, labels: &[(&str, &str)], value: u64) {
        self.text(name, labels, &value.to_string());
    }

    /// A value that is no whole number, or a negative one.
    pub fn text(&mut self, name: &str, labels: &[(&str, &str)], value: &str) {
        self.0.push_str(name);
        for (place, (label, value)) in labels.iter().enumerate() {
            self.0.push(if place == 0 { '{' } else { ',' });
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            self.0.push_str(&format!("{label}=\"{value}\""));
        }
        self.0.push_str(if labels.is_empty() { " " } else { "} " });
        self.0.push_str(value);
        self.0.push('\n');
    }

    /// The page.
    #[must_use]
    pub fn finish(self) -> String {
        self.0
    }
}
