//! How much memory facts take, and what for; how long it takes to read them.

use std::time::Duration;

use assize::facts::Instant as At;

use crate::changes::{NOW, Sizes, engine, texts};
use crate::{busy, millis, scan};

/// Prints what each part of the facts takes, of one size.
pub fn measure(findings: u32) {
    let sizes = Sizes::of(findings);
    let now: At = NOW.parse().unwrap();
    let engine = engine();
    let before = resident();
    let mut loader = engine.loader();
    let (mut read, mut bytes) = (Duration::ZERO, 0_usize);
    texts(sizes, now, |text| {
        bytes += text.len();
        let start = busy();
        text.lines().for_each(|line| loader.line("bench", 0, line));
        read += busy().saturating_sub(start);
    });
    let start = busy();
    let snapshot = loader.finish();
    read += busy().saturating_sub(start);
    let loaded = resident();
    let start = busy();
    let facts = engine.index(&snapshot, now);
    let indexed = busy().saturating_sub(start);
    let with_index = resident();
    let total = f64::from(sizes.total());
    println!("memory: {} facts, {} bytes of lines a fact", sizes.total(), bytes / sizes.total() as usize);
    println!("  lines to a snapshot  {}, {:.2} µs a line", millis(read), read.as_secs_f64() * 1e6 / total);
    println!(
        "  indexed              {}, {:.2} µs a fact",
        millis(indexed),
        indexed.as_secs_f64() * 1e6 / total
    );
    let grown =
        |from: Option<u64>, to: Option<u64>| to.zip(from).map_or(0, |(to, from)| to.saturating_sub(from));
    println!(
        "  resident, a fact     {:.1} B in the snapshot, {:.1} B indexed besides",
        grown(before, loaded) as f64 / total,
        grown(loaded, with_index) as f64 / total
    );
    let parts = facts.bytes();
    for (part, bytes) in &parts {
        println!("    {:<34} {:>7.1} B", part, *bytes as f64 / total);
    }
    println!("    {:<34} {:>7.1} B", "all", parts.values().sum::<u64>() as f64 / total);
    drop((snapshot, facts));

    let engine = scan::engine();
    let mut loader = engine.loader();
    let (mut read, mut bytes, mut lines) = (Duration::ZERO, 0_usize, 0_u32);
    scan::texts(findings, now, |text| {
        bytes += text.len();
        let start = busy();
        for line in text.lines() {
            loader.line("bench", 0, line);
            lines += 1;
        }
        read += busy().saturating_sub(start);
    });
    let start = busy();
    let snapshot = loader.finish();
    read += busy().saturating_sub(start);
    println!(
        "lines of fifteen fields: {lines}, {} bytes each, {} rejects",
        bytes / lines as usize,
        snapshot.rejects().len()
    );
    println!(
        "  lines to a snapshot  {}, {:.2} µs a line, {:.0} MB/s",
        millis(read),
        read.as_secs_f64() * 1e6 / f64::from(lines),
        bytes as f64 / read.as_secs_f64() / 1e6
    );
}

/// Bytes that are resident now; nothing where the system does not tell.
pub fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}
