//! What a connector gives back, and the collector that it writes to.

use std::collections::{HashMap, HashSet};

use assize::facts::{Instant, Line, Report, Run, SameAs, Source};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::Context;
use crate::fields::Bad;

/// A record that could not be read, while the rest was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Where it is in the input: `Results[0].Vulnerabilities[3]`, `line 7`.
    pub record: String,
    /// The field that is wrong, where one is.
    pub field: Option<String>,
    /// What is wrong with it; never a value.
    pub reason: String,
}

/// What a connector made of an input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// The facts, runs and aliases, in the input's order.
    pub lines: Vec<Line>,
    /// The records that could not be read.
    pub rejects: Vec<Reject>,
    /// What people should know: what was left out and why.
    pub notes: Vec<String>,
}

/// A run before the number of rejects is known.
#[derive(Clone, Debug)]
pub struct RunSpan<'a> {
    /// The fact types that it reports in full.
    pub types: &'a [&'a str],
    /// The scope, as the types' `covered by … on …` makes it; `*` is everything.
    pub scope: &'a str,
    /// When it began.
    pub from: Instant,
    /// When it ended.
    pub until: Instant,
    /// Whether it got to its end.
    pub complete: bool,
}

/// Gathers lines, and merges what several records of one input say about one fact.
#[derive(Debug)]
pub struct Collector {
    tool: String,
    instance: Option<String>,
    output: Output,
    /// Where the reports of a type, key and instant stand.
    index: HashMap<(String, String, Instant), Vec<usize>>,
    /// The aliases said so far: type, alias, key.
    aliases: HashSet<(String, String, String)>,
    /// How many records could not be read.
    rejected: usize,
}

impl Collector {
    /// For a tool, in a context.
    #[must_use]
    pub fn new(tool: impl Into<String>, context: &Context) -> Self {
        let instance = context.instance.clone();
        let (index, aliases) = (HashMap::new(), HashSet::new());
        Self { tool: tool.into(), instance, output: Output::default(), index, aliases, rejected: 0 }
    }

    /// The source of a record.
    #[must_use]
    pub fn source(&self, record: impl Into<String>) -> Source {
        let record = Some(record.into()).filter(|record| !record.is_empty());
        Source { tool: self.tool.clone(), instance: self.instance.clone(), record }
    }

    /// A report without fields but its key, to be filled and given to [`Self::push`].
    #[must_use]
    pub fn report(&self, ty: &str, key: &str, record: &str, at: Instant) -> Report {
        Report::new(ty, self.source(record), at).with("id", key)
    }

    /// Adds a report. Where the input has said something of the same fact at the same instant already, the
    /// new fields join it; where both assert a field differently both stay, and loading finds the conflict.
    pub fn push(&mut self, report: Report) {
        let Some(key) = report.fields.get("id").and_then(Value::as_str) else {
            return self.output.lines.push(Line::Report(report));
        };
        let place = (report.ty.clone(), key.to_owned(), report.observed_at);
        let earlier = self.index.entry(place).or_default();
        for index in earlier.iter() {
            if let Some(Line::Report(it)) = self.output.lines.get_mut(*index) {
                let agrees =
                    |(name, value): (&String, &Value)| it.fields.get(name).is_none_or(|said| said == value);
                if report.fields.iter().all(agrees) {
                    it.fields.extend(report.fields);
                    return;
                }
            }
        }
        earlier.push(self.output.lines.len());
        self.output.lines.push(Line::Report(report));
    }

    /// Says that two keys are one fact's. Said twice, it is said once.
    pub fn same_as(&mut self, ty: &str, alias: &str, is: &str, record: &str, at: Instant) {
        if alias == is {
            return;
        }
        let (ty, alias, is) = (ty.to_owned(), alias.to_owned(), is.to_owned());
        if self.aliases.insert((ty.clone(), alias.clone(), is.clone())) {
            let source = self.source(record);
            self.output.lines.push(Line::SameAs(SameAs { ty, alias, is, source, observed_at: at }));
        }
    }

    /// Counts and lists a record that could not be read.
    pub fn reject(&mut self, record: impl Into<String>, bad: Bad) {
        self.rejected = self.rejected.saturating_add(1);
        self.output.rejects.push(Reject { record: record.into(), field: bad.field, reason: bad.reason });
    }

    /// How many records could not be read so far.
    #[must_use]
    pub const fn rejected(&self) -> usize {
        self.rejected
    }

    /// Tells people something, once.
    pub fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.output.notes.contains(&note) {
            self.output.notes.push(note);
        }
    }

    /// Adds a run, with the rejects so far.
    pub fn run(&mut self, span: &RunSpan<'_>) {
        self.run_with_rejects(span, self.rejected);
    }

    /// Adds a run, with the rejects of its own scope.
    pub fn run_with_rejects(&mut self, span: &RunSpan<'_>, rejected: usize) {
        let mut source = self.source("");
        source.record = None;
        let run = Run {
            id: run_id(&source, span),
            source,
            types: span.types.iter().map(|ty| (*ty).to_owned()).collect(),
            scope: span.scope.to_owned(),
            from: span.from,
            until: span.until,
            complete: span.complete,
            rejected: u64::try_from(rejected).unwrap_or(u64::MAX),
        };
        self.output.lines.push(Line::Run(run));
    }

    /// How many lines are gathered.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.output.lines.len()
    }

    /// What was gathered so far, let go of. What later records say of a fact in it becomes a report of its own,
    /// to be merged when it is loaded; notes stay for the end.
    #[must_use]
    pub fn take(&mut self) -> Output {
        self.index.clear();
        self.aliases.clear();
        let Output { lines, rejects, .. } = &mut self.output;
        Output { lines: std::mem::take(lines), rejects: std::mem::take(rejects), notes: Vec::new() }
    }

    /// What was gathered.
    #[must_use]
    pub fn finish(self) -> Output {
        self.output
    }
}

/// An id from what the run is, so that reading an input twice gives one run.
fn run_id(source: &Source, span: &RunSpan<'_>) -> String {
    let mut hash = Sha256::new();
    let (from, until) = (span.from.to_string(), span.until.to_string());
    let types = span.types.join(" ");
    for part in [&source.tool, source.instance.as_deref().unwrap_or(""), &types, span.scope, &from, &until] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(8).fold("run_".to_owned(), |id, byte| format!("{id}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SiteKey;

    fn collector() -> Collector {
        Collector::new("trivy", &Context::new(SiteKey::from_bytes(b"0123456789abcdef").unwrap()))
    }

    #[test]
    fn what_agrees_is_one_report_and_what_differs_is_two() {
        let mut facts = collector();
        let at = Instant(0);
        facts.push(facts.report("Image", "a", "r1", at).with("tag", "1"));
        facts.push(facts.report("Image", "a", "r2", at).with("repository", "x"));
        facts.push(facts.report("Image", "a", "r3", at).with("tag", "2"));
        facts.push(facts.report("Image", "a", "r4", Instant(1)).with("tag", "3"));
        let lines: Vec<_> = facts.finish().lines.iter().map(|line| line.to_json().to_string()).collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"Image":{"id":"a","repository":"x","tag":"1"},"observed_at":"1970-01-01T00:00:00Z","source":{"record":"r1","tool":"trivy"}}
        {"Image":{"id":"a","tag":"2"},"observed_at":"1970-01-01T00:00:00Z","source":{"record":"r3","tool":"trivy"}}
        {"Image":{"id":"a","tag":"3"},"observed_at":"1970-01-01T00:00:00.000001Z","source":{"record":"r4","tool":"trivy"}}
        "#);
    }

    #[test]
    fn a_run_has_the_same_id_when_it_is_read_again() {
        let id = |until| {
            let mut facts = collector();
            let span = RunSpan { types: &["Finding"], scope: "a", from: Instant(0), until, complete: true };
            facts.run(&span);
            match facts.finish().lines.pop() {
                Some(Line::Run(run)) => run.id,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(id(Instant(1)), id(Instant(1)));
        assert_ne!(id(Instant(1)), id(Instant(2)));
    }
}
