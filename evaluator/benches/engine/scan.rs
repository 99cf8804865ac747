//! Twenty policies over all findings, joined to workloads and identities.

use std::time::{Duration, Instant};

use assize::Engine;
use assize::facts::{Instant as At, Line, Report, Source};

use crate::{busy, memory, millis, one_of};

/// Of so many rounds the best counts: the machine does other things besides.
const ROUNDS: usize = 5;
/// Up to so many findings everything is shown as well, with its reasons.
const SHOWN: u32 = 300_000;

const CATEGORIES: [&str; 8] = [
    "secret_exposed",
    "token_leak",
    "overprivileged",
    "iam_drift",
    "stale_credential",
    "misconfig",
    "vuln",
    "public_bucket",
];
const STATUSES: [&str; 4] = ["open", "ack", "resolved", "muted"];
const ENVS: [&str; 3] = ["dev", "stage", "prod"];
const KINDS: [&str; 5] = ["user", "service_account", "workload", "ci_runner", "agent"];
const SOURCES: [&str; 6] = ["gitleaks", "trufflehog", "trivy", "manual", "semgrep", "checkov"];
const FOLDERS: [&str; 5] = ["src/prod/", "src/lib/", "config/", "deploy/", "docs/"];
const REGIONS: [&str; 4] = ["us-east-1", "eu-west-1", "sa-east-1", "ap-south-1"];

fn pick<'t>(of: &[&'t str], kind: u64, id: u32, what: u64) -> &'t str {
    of.get(one_of(kind, id, what, of.len() as u64) as usize).copied().unwrap_or_default()
}

fn source() -> Source {
    Source { tool: "bench".to_owned(), ..Source::default() }
}

fn identity(id: u32, now: At) -> Report {
    Report::new("Identity", source(), now)
        .with("id", format!("i{id}"))
        .with("kind", pick(&KINDS, 12, id, 1))
        .with("privilege", one_of(12, id, 2, 6))
        .with("age_days", one_of(12, id, 3, 1_000))
        .with("last_seen_days", one_of(12, id, 4, 365))
        .with("mfa", one_of(12, id, 5, 2) == 0)
        .with("owner", format!("team-{:02}", one_of(12, id, 6, 24)))
        .with("provider", if one_of(12, id, 7, 2) == 0 { "aws" } else { "gcp" })
}

fn workload(id: u32, now: At) -> Report {
    Report::new("Workload", source(), now)
        .with("id", format!("w{id}"))
        .with("env", pick(&ENVS, 11, id, 1))
        .with("team", format!("team-{:02}", one_of(11, id, 2, 24)))
        .with("internet_facing", one_of(11, id, 3, 5) == 0)
        .with("criticality", one_of(11, id, 4, 6))
        .with("runtime", pick(&["k8s", "vm", "lambda"], 11, id, 5))
        .with("region", pick(&REGIONS, 11, id, 6))
        .with("image", format!("registry/{}/app-{}", pick(&["prod", "base"], 11, id, 7), id % 300))
}

fn finding(id: u32, workloads: u32, identities: u32, now: At) -> Report {
    Report::new("Finding", source(), now)
        .with("id", format!("f{id}"))
        .with("rule", format!("rule-{:03}", one_of(10, id, 1, 200)))
        .with("severity", one_of(10, id, 2, 6))
        .with("category", pick(&CATEGORIES, 10, id, 3))
        .with("status", pick(&STATUSES, 10, id, 4))
        .with("age_days", one_of(10, id, 5, 400))
        .with("last_seen_days", one_of(10, id, 6, 60))
        .with("source", pick(&SOURCES, 10, id, 7))
        .with("env", pick(&ENVS, 10, id, 8))
        .with("path", format!("{}m{}/x{}.tf", pick(&FOLDERS, 10, id, 9), id % 40, id % 4_000))
        .with("score10", one_of(10, id, 10, 101))
        .with("public", one_of(10, id, 11, 3) == 0)
        .with("workload", format!("w{}", one_of(10, id, 12, u64::from(workloads))))
        .with("identity", format!("i{}", one_of(10, id, 13, u64::from(identities))))
}

/// The twenty policies.
pub fn engine() -> Engine {
    Engine::builder().source("scan.assize", include_str!("scan.assize")).build().unwrap()
}

/// All facts as lines, some thousand at a time.
pub fn texts(findings: u32, now: At, mut take: impl FnMut(&str)) {
    let (workloads, identities) = ((findings / 10).max(2), (findings / 20).max(2));
    let mut text = String::new();
    let mut add = |report: Report| {
        text.push_str(&Line::Report(report).to_json().to_string());
        text.push('\n');
        if text.len() > 1 << 20 {
            take(&text);
            text.clear();
        }
    };
    (0..identities).for_each(|id| add(identity(id, now)));
    (0..workloads).for_each(|id| add(workload(id, now)));
    (0..findings).for_each(|id| add(finding(id, workloads, identities, now)));
    take(&text);
}

/// Prints what it takes to decide everything.
pub fn measure(findings: u32) {
    let (workloads, identities) = ((findings / 10).max(2), (findings / 20).max(2));
    let engine = engine();
    let now: At = "2026-06-01T00:00:00Z".parse().unwrap();
    let mut loader = engine.loader();
    texts(findings, now, |text| text.lines().for_each(|line| loader.line("bench", 0, line)));
    let snapshot = loader.finish();
    let before = memory::resident();
    let start = Instant::now();
    let facts = engine.index(&snapshot, now);
    let indexed = start.elapsed();
    let after = memory::resident();
    drop(facts);
    // The same facts and no policy: what is left of the difference is deciding.
    let text = include_str!("scan.assize");
    let text = text.get(..text.find("policy b01").unwrap()).unwrap();
    let bare = Engine::builder().source("scan.assize", text).build().unwrap();
    let mut best = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        for (best, engine) in best.iter_mut().zip([&bare, &engine]) {
            let start = busy();
            let writer = engine.writer(&snapshot, now);
            *best = (*best).min(busy().saturating_sub(start));
            drop(writer);
        }
    }
    let [kept, standing] = best;
    let total = u64::from(findings + workloads + identities);
    println!("20 policies over {findings} findings");
    println!("  indexed                       {}", millis(indexed));
    if let (Some(before), Some(after)) = (before, after) {
        println!("  a fact indexed                {} B", after.saturating_sub(before) / total);
    }
    println!("  processor time, of {ROUNDS} rounds the best");
    println!("  a writer, without policies    {}", millis(kept));
    println!("  a writer, everything decided  {}", millis(standing));
    println!("  so deciding alone             {}", millis(standing.saturating_sub(kept)));
    if findings > SHOWN {
        return;
    }
    let start = Instant::now();
    let evaluation = engine.evaluate(&snapshot, now);
    println!("  indexed, decided and shown    {}", millis(start.elapsed()));
    println!("  decisions                     {}", evaluation.decisions.len());
    #[cfg(feature = "reference")]
    if findings <= 2_000 {
        let start = Instant::now();
        let reference = engine.evaluate_reference(&snapshot, now);
        println!("  the reference engine          {}", millis(start.elapsed()));
        assert_eq!(reference.decisions, evaluation.decisions);
    }
}
