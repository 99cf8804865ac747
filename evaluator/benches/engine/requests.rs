//! One request, twenty policies: what an answer costs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use assize::facts::{Instant as At, Line, Report, Source};
use assize::{Answer, Engine};
use serde_json::{Map, Value, json};

use crate::{micros, one_of, percentile};

const ENVS: [&str; 3] = ["dev", "stage", "prod"];
const KINDS: [&str; 5] = ["user", "service_account", "workload", "ci_runner", "agent"];
const TEAMS: [&str; 6] = ["payments", "billing", "security", "search", "data", "web"];
const ACTIONS: [&str; 16] = [
    "secrets:read",
    "secrets:list",
    "secrets:rotate",
    "db:query",
    "db:describe",
    "db:drop",
    "metrics:read",
    "logs:read",
    "deploy:apply",
    "object:get",
    "object:head",
    "object:list",
    "object:put",
    "tool:invoke",
    "tool:list",
    "queue:send",
];
const PATHS: [&str; 7] = [
    "vault/prod/payments/",
    "vault/prod/break-glass/",
    "vault/dev/",
    "bucket/public/",
    "bucket/private/",
    "tools/search/",
    "db/main/",
];

fn pick<'t>(of: &[&'t str], id: u32, what: u64) -> &'t str {
    of.get(one_of(9, id, what, of.len() as u64) as usize).copied().unwrap_or_default()
}

fn request(id: u32, things: u32) -> Map<String, Value> {
    let ip = ["10.0.3.4", "10.7.1.1", "192.168.1.9", "203.0.113.7"];
    let value = json!({
        "id": format!("q{id}"),
        "principal": format!("p{}", one_of(9, id, 20, u64::from(things))),
        "action": pick(&ACTIONS, id, 21),
        "resource": format!("r{}", one_of(9, id, 22, u64::from(things))),
        "source_ip": pick(&ip, id, 23),
        "hour": one_of(9, id, 24, 24),
        "mfa": one_of(9, id, 25, 2) == 0,
        "workload_attested": one_of(9, id, 26, 2) == 0,
    });
    value.as_object().cloned().unwrap_or_default()
}

/// Answers from what a writer publishes, with and without a change of a fact every fifty microseconds.
fn beside(
    engine: &Engine,
    snapshot: &assize::Snapshot,
    entry: &assize::Entry,
    requests: &[Map<String, Value>],
    now: At,
) -> [(String, Vec<Duration>); 2] {
    let mut writer = engine.writer(snapshot, now);
    let published = writer.publish();
    let read = || {
        let mut times: Vec<Duration> = Vec::new();
        for request in requests {
            let start = Instant::now();
            published.read(|facts| entry.decide(facts, request, facts.now())).unwrap();
            times.push(start.elapsed());
        }
        times.sort_unstable();
        times
    };
    let alone = read();
    let over = AtomicBool::new(false);
    let (times, published) = std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut count = 0_u32;
            while !over.load(Ordering::Relaxed) {
                let at = At(now.0 + 1 + i64::from(count));
                let source = Source { tool: "bench".to_owned(), ..Source::default() };
                let principal = Report::new("Principal", source, at)
                    .with("id", format!("p{}", count % 1_000))
                    .with("privilege", one_of(9, count, 30, 6));
                writer.add("bench", "", Line::Report(principal));
                writer.commit(at);
                writer.publish();
                count += 1;
                let start = Instant::now();
                while start.elapsed() < Duration::from_micros(50) {
                    std::thread::yield_now();
                }
            }
            count
        });
        let times = read();
        over.store(true, Ordering::Relaxed);
        (times, writing.join().unwrap_or(0))
    });
    [("published, no writer".to_owned(), alone), (format!("{published} published beside"), times)]
}

/// Prints what answers cost on so many principals and resources.
pub fn measure(things: u32) {
    let engine =
        Engine::builder().source("requests.assize", include_str!("requests.assize")).build().unwrap();
    let now: At = "2026-06-01T00:00:00Z".parse().unwrap();
    let mut loader = engine.loader();
    for id in 0..things.max(2) {
        let source = Source { tool: "bench".to_owned(), ..Source::default() };
        let principal = Report::new("Principal", source.clone(), now)
            .with("id", format!("p{id}"))
            .with("kind", pick(&KINDS, id, 1))
            .with("privilege", one_of(9, id, 2, 6))
            .with("owner", format!("team-{}", pick(&TEAMS, id, 3)))
            .with("age_days", one_of(9, id, 4, 1_000))
            .with("environment", pick(&ENVS, id, 5))
            .with("last_seen_days", one_of(9, id, 6, 120));
        loader.add("bench", "", Line::Report(principal));
        let resource = Report::new("Resource", source, now)
            .with("id", format!("r{id}"))
            .with("path", format!("{}{id}", pick(&PATHS, id, 7)))
            .with("environment", pick(&ENVS, id, 8))
            .with("sensitivity", one_of(9, id, 9, 6))
            .with("owner", format!("team-{}", pick(&TEAMS, id, 10)));
        loader.add("bench", "", Line::Report(resource));
    }
    let snapshot = loader.finish();
    let facts = engine.index(&snapshot, now);
    let entry = engine.entry("Access").unwrap();
    let requests: Vec<Map<String, Value>> = (0..16_384).map(|id| request(id, things.max(2))).collect();
    let (mut quiet, mut loud, mut blocked) = (Vec::new(), Vec::new(), 0);
    for request in requests.iter().chain(&requests) {
        let start = Instant::now();
        let verdict = entry.decide(&facts, request, now).unwrap();
        let time = start.elapsed();
        blocked += usize::from(verdict.verdict == Answer::Block);
        if verdict.decisions.is_empty() { quiet.push(time) } else { loud.push(time) }
    }
    quiet.sort_unstable();
    loud.sort_unstable();
    let beside = beside(&engine, &snapshot, &entry, &requests, now);
    println!("requests, 20 policies, {} facts: {} of {} blocked", things * 2, blocked / 2, requests.len());
    for (what, times) in [("nothing decided", &quiet), ("decided, with reasons", &loud)] {
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|share| micros(percentile(times, share)));
        println!("  {what:<22} {:>6} p50 {p50}, p90 {p90}, p99 {p99}", times.len() / 2);
    }
    for (what, times) in beside {
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|share| micros(percentile(&times, share)));
        println!("  {what:<22} {:>6} p50 {p50}, p90 {p90}, p99 {p99}", times.len());
    }
}
