//! Twenty policies over all findings, joined to workloads and identities, beside engines of analysts.

mod estate;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use assize::Engine;
use assize::facts::{Instant as At, Line, Report, Source};
use estate::{Estate, Row};

const POLICIES: &str = include_str!("../../../../evaluator/benches/engine/scan.assize");

/// Prints what deciding everything takes; the others are asked by `scan.py`, where Python has them.
pub fn measure(findings: u32) {
    let estate = Estate::of(findings);
    println!(
        "20 policies over {findings} findings, {} workloads, {} identities",
        estate.workloads, estate.identities
    );
    let (ours, pairs) = ours(estate);
    println!("  {:<46} {ours:>8.1} ms {pairs:>8} pairs", "assize, with everything that stands");
    let folder = std::env::temp_dir().join(format!("assize-peers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for what is exported");
    estate.export(&folder);
    others(&folder, ours, pairs);
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}

fn ours(estate: Estate) -> (f64, usize) {
    let engine = Engine::builder().source("scan.assize", POLICIES).build().expect("policies");
    let now: At = "2026-06-01T00:00:00Z".parse().expect("an instant");
    let mut loader = engine.loader();
    estate.rows(&mut |ty, row: Row| {
        let source = Source { tool: "bench".to_owned(), ..Source::default() };
        let report = row
            .into_iter()
            .fold(Report::new(ty, source, now), |report, (name, value)| report.with(name, value));
        loader.add("bench", "", Line::Report(report));
    });
    let snapshot = loader.finish();
    let mut times: Vec<f64> = Vec::new();
    for _ in 0..7 {
        let start = Instant::now();
        let facts = engine.index(&snapshot, now);
        let indexed = start.elapsed();
        drop(facts);
        let start = Instant::now();
        let writer = engine.writer(&snapshot, now);
        times.push((start.elapsed().saturating_sub(indexed)).as_secs_f64() * 1e3);
        drop(writer);
    }
    times.sort_by(f64::total_cmp);
    (times[3], engine.evaluate(&snapshot, now).decisions.len())
}

fn others(folder: &Path, ours: f64, pairs: usize) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scan.py");
    let child = Command::new("python3").arg(script).arg(folder).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        println!("  no python3 here: the others are not asked");
        return;
    };
    let output = child.stdout.take().expect("it is piped");
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        let line: serde_json::Value = serde_json::from_str(&line).expect("a line of JSON");
        if let Some(versions) = line["versions"].as_str() {
            println!("  {versions}, one thread");
            continue;
        }
        let (what, ms) = (line["what"].as_str().unwrap_or_default(), line["ms"].as_f64().unwrap_or_default());
        assert_eq!(line["pairs"].as_u64(), u64::try_from(pairs).ok(), "{what} finds what we find");
        println!("  {what:<46} {ms:>8.1} ms {:>7.2} ×", ms / ours);
    }
    if !child.wait().is_ok_and(|status| status.success()) {
        println!("  scan.py did not end well: it needs `pip install duckdb polars pyarrow`");
    }
}
