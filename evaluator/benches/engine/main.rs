//! What the engine takes: `cargo bench -p assize --bench engine -- [changes|estate|growth|scan|requests|memory|relations]
//! [findings]`; with `--features reference`, and 2,000 findings at most, beside the reference engine.
//!
//! Ratios hold from one machine to another, times do not. Each table is of one run on one core, with the
//! facts and the policies of `docs/engine.md`.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement, on numbers of our own"
)]

mod changes;
mod estate;
mod growth;
mod memory;
mod relations;
mod requests;
mod scan;

use std::time::Duration;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|one| !one.starts_with("--")).collect();
    // `cargo test --benches` asks for nothing but that it runs.
    let quick = std::env::args().any(|one| one == "--test");
    let wanted = |name: &str| arguments.first().is_none_or(|only| only == name);
    let size = arguments.get(1).and_then(|size| size.parse().ok());
    if let ("one", [_, policies, findings]) = (arguments.first().map_or("", String::as_str), &arguments[..]) {
        return growth::one(policies.parse().unwrap(), findings.parse().unwrap());
    }
    let findings: u32 = size.unwrap_or(if quick { 200 } else { 100_000 });
    if wanted("requests") {
        requests::measure(findings / 10);
    }
    if wanted("scan") {
        scan::measure(findings);
    }
    if wanted("memory") {
        memory::measure(findings);
    }
    if wanted("relations") {
        relations::measure(findings);
    }
    if wanted("estate") {
        estate::measure(findings);
    }
    if wanted("growth") {
        growth::measure(findings);
    }
    if wanted("changes") {
        changes::measure(findings);
    }
}

/// For how long this thread was at work so far. Other work on the machine does not count, where the system
/// tells that.
fn busy() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|told| told.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);

/// A number that looks random, the same in every run.
fn mix(kind: u64, id: u32, what: u64) -> u64 {
    let mut z =
        (u64::from(id) << 8 | kind).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(what << 40 | what);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// One of `count`.
fn one_of(kind: u64, id: u32, what: u64, count: u64) -> u32 {
    u32::try_from(mix(kind, id, what) % count.max(1)).unwrap()
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn micros(time: Duration) -> String {
    format!("{:.2} µs", time.as_secs_f64() * 1e6)
}

/// The time below which this share of all lies.
fn percentile(sorted: &[Duration], share: f64) -> Duration {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}
