//! Facts that change one by one: what each costs, next to deciding everything again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use assize::facts::{Instant as At, Line, Report, Retract, Source};
use assize::{Engine, Snapshot, Writer};

use crate::{busy, memory, micros, millis, mix, one_of, percentile};

pub const NOW: &str = "2026-06-01T00:00:00Z";
const KINDS: [&str; 8] = ["open", "read", "write", "exec", "fork", "net", "dns", "mount"];

#[derive(Clone, Copy)]
pub struct Sizes {
    findings: u32,
    workloads: u32,
    identities: u32,
    secrets: u32,
    observations: u32,
    watches: u32,
}

impl Sizes {
    /// In the proportions of a million findings.
    pub fn of(findings: u32) -> Self {
        let share = |tenths: u32| (findings / 100 * tenths).max(2);
        Self {
            findings,
            workloads: share(10),
            identities: share(5),
            secrets: share(20),
            observations: share(100),
            watches: share(6),
        }
    }

    pub fn total(self) -> u32 {
        self.findings + self.workloads + self.identities + self.secrets + self.observations + self.watches
    }
}

fn source() -> Source {
    Source { tool: "bench".to_owned(), instance: None, record: None }
}

fn report(ty: &str, key: &str, at: At) -> Report {
    Report::new(ty, source(), at).with("id", key)
}

fn identity(id: u32, version: u32, at: At) -> Line {
    let level = one_of(3, id, u64::from(version), 6);
    Line::Report(report("Identity", &format!("i{id}"), at).with("priv", level))
}

fn workload(sizes: Sizes, id: u32, version: u32, at: At) -> Line {
    let identity = one_of(2, id, 0, u64::from(sizes.identities));
    let exposed = mix(2, id, 10 + u64::from(version)) % 10 < 3;
    Line::Report(
        report("Workload", &format!("w{id}"), at)
            .with("identity", format!("i{identity}"))
            .with("exposed", exposed),
    )
}

fn finding(sizes: Sizes, id: u32, at: At) -> Line {
    let workload = one_of(1, id, 0, u64::from(sizes.workloads));
    let severity = f64::from(one_of(1, id, 1, 101)) / 10.0;
    Line::Report(
        report("Finding", &format!("f{id}"), at)
            .with("workload", format!("w{workload}"))
            .with("severity", severity)
            .with("cve", format!("CVE-2026-{}", one_of(1, id, 2, 30_000))),
    )
}

fn secret(sizes: Sizes, id: u32, at: At) -> Line {
    let identity = one_of(4, id, 0, u64::from(sizes.identities));
    Line::Report(
        report("Secret", &format!("s{id}"), at)
            .with("identity", format!("i{identity}"))
            .with("age", one_of(4, id, 1, 365)),
    )
}

fn observation(sizes: Sizes, id: u32, at: At) -> Line {
    let workload = one_of(5, id, 0, u64::from(sizes.workloads));
    let ago = i64::from(one_of(5, id, 2, 86_400)) * 1_000_000;
    Line::Report(
        report("Observation", &format!("o{id}"), at)
            .with("workload", format!("w{workload}"))
            .with("kind", KINDS.get(one_of(5, id, 1, 8) as usize).copied().unwrap_or_default())
            .with("at", At(at.0 - ago).to_string()),
    )
}

fn watch(sizes: Sizes, id: u32, at: At) -> Line {
    let workload = one_of(6, id, 0, u64::from(sizes.workloads));
    Line::Report(report("Watch", &format!("c{id}"), at).with("workload", format!("w{workload}")))
}

fn gone(ty: &str, key: String, at: At) -> Line {
    Line::Retract(Retract { ty: ty.to_owned(), key, source: source(), observed_at: at })
}

/// One change: 44 % findings, 36 % observations, 6 % watches, 6 % secrets (each half new, half taken back),
/// 5 % workloads, 3 % identities.
fn change(sizes: Sizes, step: u32, at: At) -> Line {
    let which = one_of(7, step, 0, 100);
    let new = step.is_multiple_of(2);
    let of = |count: u32| if new { count + step } else { one_of(7, step, 1, u64::from(count)) };
    match which {
        0..44 if new => finding(sizes, of(sizes.findings), at),
        0..44 => gone("Finding", format!("f{}", of(sizes.findings)), at),
        44..80 if new => observation(sizes, of(sizes.observations), at),
        44..80 => gone("Observation", format!("o{}", of(sizes.observations)), at),
        80..86 if new => watch(sizes, of(sizes.watches), at),
        80..86 => gone("Watch", format!("c{}", of(sizes.watches)), at),
        86..92 if new => secret(sizes, of(sizes.secrets), at),
        86..92 => gone("Secret", format!("s{}", of(sizes.secrets)), at),
        92..97 => workload(sizes, one_of(7, step, 2, u64::from(sizes.workloads)), step + 1, at),
        _ => identity(one_of(7, step, 2, u64::from(sizes.identities)), step + 1, at),
    }
}

/// All facts as lines, some thousand at a time.
pub fn texts(sizes: Sizes, now: At, mut take: impl FnMut(&str)) {
    let mut text = String::new();
    let mut add = |line: Line| {
        text.push_str(&line.to_json().to_string());
        text.push('\n');
        if text.len() > 1 << 20 {
            take(&text);
            text.clear();
        }
    };
    (0..sizes.identities).for_each(|id| add(identity(id, 0, now)));
    (0..sizes.workloads).for_each(|id| add(workload(sizes, id, 0, now)));
    (0..sizes.findings).for_each(|id| add(finding(sizes, id, now)));
    (0..sizes.secrets).for_each(|id| add(secret(sizes, id, now)));
    (0..sizes.observations).for_each(|id| add(observation(sizes, id, now)));
    (0..sizes.watches).for_each(|id| add(watch(sizes, id, now)));
    take(&text);
}

/// The policies of the measurements of changes.
pub fn engine() -> Engine {
    Engine::builder().source("changes.assize", include_str!("changes.assize")).build().unwrap()
}

/// What facts of one size take, and changes to them.
pub struct Sample {
    pub facts: u32,
    /// Resident, of a fact: read, indexed and decided.
    pub bytes: f64,
    /// From a line to a snapshot.
    pub line: Duration,
    pub decided: Duration,
    pub p50: Duration,
    pub p99: Duration,
    /// A change in a batch of 10,000, or of as many as there are findings.
    pub batched: Duration,
}

/// All facts of one size from their lines, and how long that took.
fn loaded(engine: &Engine, sizes: Sizes, now: At) -> (Snapshot, Duration) {
    let mut loader = engine.loader();
    let mut read = Duration::ZERO;
    texts(sizes, now, |text| {
        let start = busy();
        text.lines().for_each(|line| loader.line("bench", 0, line));
        read += busy().saturating_sub(start);
    });
    let start = busy();
    let snapshot = loader.finish();
    (snapshot, read + busy().saturating_sub(start))
}

/// Measures one size, by the policies of an engine that has those of [`engine`].
pub fn sample(engine: &Engine, findings: u32) -> Sample {
    let sizes = Sizes::of(findings);
    let now: At = NOW.parse().unwrap();
    let before = memory::resident();
    let (snapshot, read) = loaded(engine, sizes, now);
    let start = busy();
    let mut writer = engine.writer(&snapshot, now);
    let decided = busy().saturating_sub(start);
    let grown = memory::resident().zip(before).map_or(0, |(to, from)| to.saturating_sub(from));
    let mut times: Vec<Duration> = (0..20_000.min(findings))
        .map(|step| {
            let at = At(now.0 + i64::from(step) + 1);
            writer.add("bench", "", change(sizes, step, at));
            let start = Instant::now();
            writer.commit(at);
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let (size, first) = (10_000.min(findings), 1_000_000);
    let at = At(now.0 + 10_000_000);
    for step in first..first + size {
        writer.add("bench", "", change(sizes, step, at));
    }
    let start = busy();
    writer.commit(at);
    let batched = busy().saturating_sub(start) / size;
    Sample {
        facts: sizes.total(),
        bytes: grown as f64 / f64::from(sizes.total()),
        line: read / sizes.total(),
        decided,
        p50: percentile(&times, 0.5),
        p99: percentile(&times, 0.99),
        batched,
    }
}

/// Prints a table of one size.
pub fn measure(findings: u32) {
    let sizes = Sizes::of(findings);
    let engine = engine();
    let now: At = NOW.parse().unwrap();
    let before = memory::resident();
    let (snapshot, read) = loaded(&engine, sizes, now);
    let loaded = memory::resident();

    let start = busy();
    let mut writer = engine.writer(&snapshot, now);
    let decided = busy().saturating_sub(start);
    let standing = memory::resident();
    let start = busy();
    let evaluation = writer.evaluation();
    let shown = busy().saturating_sub(start);

    println!("facts that change: {} facts, {} decisions", sizes.total(), evaluation.decisions.len());
    println!("  lines to a snapshot           {}", millis(read));
    println!("  indexed and all decided       {}", millis(decided));
    println!("  shown again                   {}", millis(shown));
    let a_fact = |from: Option<u64>, to: Option<u64>| {
        let grown = to.zip(from).map(|(to, from)| to.saturating_sub(from) / u64::from(sizes.total()));
        grown.map_or("unknown".to_owned(), |bytes| format!("{bytes} B"))
    };
    println!("  a fact in the snapshot        {}", a_fact(before, loaded));
    println!("  a fact indexed, and decisions {}", a_fact(loaded, standing));

    #[cfg(feature = "reference")]
    if findings <= 2_000 {
        let start = Instant::now();
        let reference = engine.evaluate_reference(&snapshot, now);
        println!("  the reference engine          {}", millis(start.elapsed()));
        assert_eq!(reference.decisions, evaluation.decisions);
    }
    one_by_one(&mut writer, sizes, now);
    in_batches(&mut writer, sizes, now);
}

fn one_by_one(writer: &mut Writer, sizes: Sizes, now: At) {
    let steps = 20_000.min(sizes.findings);
    let (mut reading, mut committing, mut told): (Vec<Duration>, Vec<Duration>, usize) = <_>::default();
    let mut kinds: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    for step in 0..steps {
        let at = At(now.0 + i64::from(step) + 1);
        let line = change(sizes, step, at);
        let kind = match &line {
            Line::Report(report) if !["Workload", "Identity"].contains(&&*report.ty) => {
                format!("{} new", report.ty)
            }
            Line::Report(report) => format!("{} again", report.ty),
            Line::Retract(gone) => format!("{} gone", gone.ty),
            Line::Run(_) | Line::SameAs(_) => String::new(),
        };
        let start = Instant::now();
        writer.add("bench", "", line);
        reading.push(start.elapsed());
        let start = Instant::now();
        let delta = writer.commit(at);
        let took = start.elapsed();
        committing.push(took);
        kinds.entry(kind).or_default().push(took);
        told += delta.changes.len();
    }
    reading.sort_unstable();
    committing.sort_unstable();
    println!("  {steps} changes one by one, {told} decisions changed");
    for (what, times) in [("a line checked", &reading), ("committed", &committing)] {
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|share| micros(percentile(times, share)));
        println!("    {what:<15} p50 {p50}, p90 {p90}, p99 {p99}");
    }
    for (kind, mut times) in kinds {
        times.sort_unstable();
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|share| micros(percentile(&times, share)));
        println!("      {kind:<17} p50 {p50}, p90 {p90}, p99 {p99}");
    }
}

fn in_batches(writer: &mut Writer, sizes: Sizes, now: At) {
    for size in [1_000_u32, 10_000] {
        let first = 1_000_000 + size;
        let at = At(now.0 + 10_000_000 + i64::from(size));
        for step in first..first + size {
            writer.add("bench", "", change(sizes, step, at));
        }
        let start = Instant::now();
        writer.commit(at);
        println!("    in a batch of {size:<6} {} a change", micros(start.elapsed() / size));
    }
}
