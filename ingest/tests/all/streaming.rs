//! Logs are read record by record: what was made of some records is let go of before the next ones are read.

use std::collections::{BTreeMap, BTreeSet};

use assize::facts::Line;
use assize_ingest::stream::Streaming;
use assize_ingest::{Output, connectors};

use crate::inputs::{context, fixtures};

/// The logs that grow without end, and what is read with them. All other inputs are documents of which the end may
/// say what the beginning means, or that are no longer than what they are about.
const STREAMS: &[&str] = &[
    "cloudtrail",
    "entra-sign-ins",
    "envoy",
    "falco",
    "gcp-audit",
    "hubble",
    "kubernetes-audit",
    "otel",
    "tetragon",
    "tracee",
    "trufflehog",
    "vault-audit",
    "vpc-flow-logs",
];

#[test]
fn every_log_is_read_record_by_record() {
    let mut streams: Vec<&str> =
        connectors().iter().filter(|it| it.streaming().is_some()).map(|it| it.name()).collect();
    streams.sort_unstable();
    assert_eq!(streams, STREAMS);
}

/// Reads an input, and lets go of what was made of it after every record.
fn letting_go(streaming: &dyn Streaming, input: &[u8]) -> Option<Output> {
    let mut reading = streaming.begin(&context()).ok()?;
    let mut records = assize_ingest::records::Records::new(input, streaming.form(), 1 << 20).ok()?;
    let mut out = Output::default();
    let mut take = |part: Output| {
        out.lines.extend(part.lines);
        out.rejects.extend(part.rejects);
        out.notes.extend(part.notes);
    };
    while let Some(record) = records.read().ok()? {
        reading.record(record);
        take(reading.take());
    }
    take(reading.finish(records.around()).ok()?);
    Some(out)
}

/// What lines say, whatever reports it comes in: of each fact at each instant each field's values; aliases and runs.
fn said(output: &Output) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let mut out: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for line in &output.lines {
        match line {
            Line::Report(it) => {
                let fact =
                    out.entry(format!("{} {} {}", it.ty, it.fields["id"], it.observed_at)).or_default();
                for (name, value) in &it.fields {
                    fact.entry(name.clone()).or_default().insert(value.to_string());
                }
            }
            Line::SameAs(it) => drop(out.entry(format!("{} {} is {}", it.ty, it.alias, it.is)).or_default()),
            other => drop(out.entry(other.to_json().to_string()).or_default()),
        }
    }
    out
}

#[test]
fn what_is_let_go_of_early_says_the_same() {
    let mut compared = 0;
    for input in fixtures() {
        let connector = connectors().iter().find(|it| it.name() == input.tool).unwrap();
        let Some(streaming) = connector.streaming() else { continue };
        let Ok(whole) = connector.ingest(&input.bytes, "input", &context()) else { continue };
        let Some(pieces) = letting_go(streaming, &input.bytes) else { panic!("{}", input.name()) };
        assert_eq!(whole.rejects.len(), pieces.rejects.len(), "{}", input.name());
        assert_eq!(whole.notes, pieces.notes, "{}", input.name());
        let (whole, pieces) = (said(&whole), said(&pieces));
        let differ: Vec<_> = whole.iter().filter(|(fact, said)| pieces.get(*fact) != Some(said)).collect();
        let more: Vec<_> = pieces.keys().filter(|fact| !whole.contains_key(*fact)).collect();
        assert!(differ.is_empty() && more.is_empty(), "{}: {differ:#?} {more:#?}", input.name());
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}

/// What is held after so many records, each of its own time.
#[test]
fn a_long_log_is_let_go_of_while_it_is_read() {
    let minute =
        |n: usize| assize::facts::Instant(1_780_000_000_000_000 + i64::try_from(n).unwrap() * 60_000_000);
    let line = |n: usize| {
        format!(
            r#"{{"time": "{}", "node_name": "n1", "flow": {{"verdict": "FORWARDED", "traffic_direction": "EGRESS", "is_reply": false,
                "IP": {{"source": "10.0.0.1", "destination": "93.184.216.34"}}, "l4": {{"TCP": {{"destination_port": 443}}}},
                "source": {{"namespace": "shop", "pod_name": "web-{}"}}, "destination": {{"labels": ["reserved:world"]}}}}}}"#,
            minute(n),
            n % 7,
        )
        .replace('\n', " ")
    };
    let log: String = (0..20_000).map(|n| line(n) + "\n").collect();
    let input = assize_ingest::Input::open(log.as_bytes(), assize_ingest::Limits::default()).unwrap();
    let mut parts = Vec::new();
    let mut sink = |part: Output| parts.push(part.lines.len());
    assize_ingest::ingest_from("hubble", input, "log", &context(), &mut sink).unwrap();
    let (last, before) = parts.split_last().unwrap();
    assert!(before.len() >= 2 && before.iter().all(|part| *part > 1_000) && *last < 9_000, "{parts:?}");
}
