//! One request, twenty policies: what an answer costs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use assize::facts::{Instant as At, Line, Report, Source};
use assize::{Answer, Ask, Engine, Entry, Indexed, Keeper, Scratch, Snapshot};
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

/// How often a corpus is asked.
const ROUNDS: u32 = 16;
/// How many requests a corpus has: so many that none is remembered.
const CORPUS: u32 = 16_384;

/// Answers from what a writer publishes, with and without a change of a fact every fifty microseconds.
fn beside(
    engine: &Engine,
    snapshot: &Snapshot,
    entry: &Entry,
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
                writer.add("bench", "", principal(count, at));
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

/// Answers at the desks of a keeper, without reasons, from JSON: alone, and with a change of a fact published every
/// fifty microseconds. The first to ask after a change makes the desk.
fn kept(engine: &Engine, snapshot: &Snapshot, requests: &[String], now: At) -> [(String, Vec<Duration>); 2] {
    let keeper = Keeper::new(engine, snapshot, now);
    let read = || {
        let (mut ask, mut scratch) = (Ask::default(), Scratch::default());
        let mut times: Vec<Duration> = Vec::new();
        for request in requests {
            let start = Instant::now();
            keeper.read(|standing| {
                let desk = standing.desk("Access").unwrap();
                desk.read(request, &mut ask).unwrap();
                desk.decide(&ask, now, &mut scratch).unwrap().verdict
            });
            times.push(start.elapsed());
        }
        times.sort_unstable();
        times
    };
    read();
    let alone = read();
    let over = AtomicBool::new(false);
    let (times, published) = std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut count = 0_u32;
            while !over.load(Ordering::Relaxed) {
                let at = At(now.0 + 1 + i64::from(count));
                keeper.change(at, |writer| writer.add("bench", "", principal(count, at)));
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
    [("at a desk, no writer".to_owned(), alone), (format!("at a desk, {published} beside"), times)]
}

/// What changes beside requests.
fn principal(count: u32, at: At) -> Line {
    let source = Source { tool: "bench".to_owned(), ..Source::default() };
    let principal = Report::new("Principal", source, at)
        .with("id", format!("p{}", count % 1_000))
        .with("privilege", one_of(9, count, 30, 6));
    Line::Report(principal)
}

/// Prints what answers cost on so many principals and resources.
pub fn measure(things: u32) {
    let things = things.max(2);
    let corpus: Vec<Map<String, Value>> = (0..CORPUS).map(|id| request(id, things)).collect();
    let engine =
        Engine::builder().source("requests.assize", include_str!("requests.assize")).build().unwrap();
    let now: At = "2026-06-01T00:00:00Z".parse().unwrap();
    let snapshot = estate(&engine, things, now);
    let facts = engine.index(&snapshot, now);
    let entry = engine.entry("Access").unwrap();
    println!("requests, 20 policies, {} facts, {CORPUS} requests", things * 2);
    with_reasons(&entry, &facts, &corpus, now);
    let beside = beside(&engine, &snapshot, &entry, &corpus, now);
    let texts: Vec<String> = corpus.iter().map(|one| Value::Object(one.clone()).to_string()).collect();
    for (what, times) in beside.into_iter().chain(kept(&engine, &snapshot, &texts, now)) {
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|share| micros(percentile(&times, share)));
        println!("  {what:<26} {:>6} p50 {p50}, p90 {p90}, p99 {p99}", times.len());
    }
    without(&entry, &facts, &corpus, now);
    println!("requests, growing: nothing but constants tell the policies apart");
    println!("  policies   an answer  from JSON   decided   alive");
    let mut first = None;
    for policies in [20, 200, 2_000, 10_000] {
        grow(policies, things, now, &mut first);
    }
}

fn estate(engine: &Engine, things: u32, now: At) -> Snapshot {
    let mut loader = engine.loader();
    for id in 0..things {
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
    loader.finish()
}

/// Verdicts, one by one.
fn with_reasons(entry: &Entry, facts: &Indexed, corpus: &[Map<String, Value>], now: At) {
    let (mut quiet, mut loud, mut blocked) = (Vec::new(), Vec::new(), 0);
    for request in corpus {
        let start = Instant::now();
        let verdict = entry.decide(facts, request, now).unwrap();
        let time = start.elapsed();
        blocked += usize::from(verdict.verdict == Answer::Block);
        if verdict.decisions.is_empty() { quiet.push(time) } else { loud.push(time) }
    }
    quiet.sort_unstable();
    loud.sort_unstable();
    println!("  {blocked} blocked");
    for (what, times) in [("verdict, nothing decided", &quiet), ("verdict, with reasons", &loud)] {
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|share| micros(percentile(times, share)));
        println!("  {what:<26} {:>6} p50 {p50}, p90 {p90}, p99 {p99}", times.len());
    }
}

/// Answers, in a row: nanoseconds each.
fn without(entry: &Entry, facts: &Indexed, corpus: &[Map<String, Value>], now: At) {
    let start = Instant::now();
    let first = entry.desk(facts);
    println!("  the first desk             {}", micros(start.elapsed()));
    drop(first);
    let again = |_| {
        let start = Instant::now();
        let made = entry.desk(facts);
        let time = start.elapsed();
        drop(made);
        time
    };
    let mut times: Vec<Duration> = (0..41).map(again).collect();
    times.sort_unstable();
    println!("  a desk for other facts     {}", micros(percentile(&times, 0.5)));
    let desk = entry.desk(facts);
    let texts: Vec<String> = corpus.iter().map(|one| Value::Object(one.clone()).to_string()).collect();
    let others: Vec<String> = (0_u32..).zip(corpus).map(|(id, one)| disturbed(id, one)).collect();
    let mut asks = vec![Ask::default(); texts.len()];
    for (text, ask) in texts.iter().zip(&mut asks) {
        desk.read(text, ask).unwrap();
    }
    let (mut scratch, mut blocked) = (Scratch::default(), 0);
    let ready = best(&asks, |ask| {
        let reply = desk.decide(ask, now, &mut scratch).unwrap();
        blocked += usize::from(reply.verdict == Answer::Block);
    });
    let mut ask = Ask::default();
    let reading = best(&texts, |text| desk.read(text, &mut ask).unwrap());
    let mut from = |texts: &[String]| {
        best(texts, |text| {
            desk.read(text, &mut ask).unwrap();
            let reply = desk.decide(&ask, now, &mut scratch).unwrap();
            blocked += usize::from(reply.verdict == Answer::Block);
        })
    };
    let (usual, other) = (from(&texts), from(&others));
    println!("  an answer, request ready   {ready:>6} ns");
    println!("  only read                  {reading:>6} ns");
    println!("  from JSON, usual shape     {usual:>6} ns");
    println!("  from JSON, any shape       {other:>6} ns");
    println!("  ({blocked} blocked)");
}

/// How long one of a corpus takes, in nanoseconds: of each part of it the best of some rounds, so that other
/// work on the machine counts little.
fn best<T>(corpus: &[T], mut one: impl FnMut(&T)) -> u128 {
    let parts = corpus.chunks(512).map(|_| u128::MAX);
    let mut times: Vec<u128> = parts.collect();
    for _ in 0..ROUNDS {
        for (part, best) in corpus.chunks(512).zip(&mut times) {
            let start = Instant::now();
            part.iter().for_each(&mut one);
            *best = start.elapsed().as_nanos().min(*best);
        }
    }
    times.iter().sum::<u128>() / u128::from(CORPUS)
}

/// The same request with its fields in another order every time, and space between them.
fn disturbed(id: u32, request: &Map<String, Value>) -> String {
    let mut fields: Vec<String> =
        request.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    fields.sort_by_cached_key(|field| one_of(8, id, field.len() as u64, 1_000));
    format!("{{ {} }}", fields.join(", "))
}

/// So many policies, each about one action of one service.
fn grow(policies: u32, things: u32, now: At, first: &mut Option<u128>) {
    let text = include_str!("requests.assize");
    let model = text.get(..text.find("policy p01").unwrap()).unwrap();
    // A file holds at most so many items.
    let mut files = vec![String::from("package bench\nuse assize.core.*\n"); 3];
    for id in 0..policies {
        let kind = pick(&KINDS, id, 31);
        let (env, team) = (pick(&ENVS, id, 32), pick(&TEAMS, id, 33));
        files.get_mut(id as usize % 3).unwrap().push_str(&format!(
            "policy g{id} {{ for c: Access where c.action == \"service{}:{}\" && c.principal.kind == Kind.{kind} \
             decide {{ c.resource.environment == Env.{env} && c.resource.owner == \"team-{team}\" && c.hour >= {} \
             => block c because \"g\" unknown => block c because \"{{missing}}\" }} }}\n",
            id / 4,
            id / 2 % 2,
            one_of(9, id, 34, 12),
        ));
    }
    let mut engine = Engine::builder().source("model.assize", model);
    for (number, file) in files.iter().enumerate() {
        engine = engine.source(format!("growth{number}.assize"), file.as_str());
    }
    let engine = engine.build().unwrap();
    let facts = engine.index(&estate(&engine, things, now), now);
    let entry = engine.entry("Access").unwrap();
    let desk = entry.desk(&facts);
    let mut texts = Vec::new();
    for id in 0..CORPUS {
        let mut one = request(id, things);
        let policy = one_of(9, id, 40, u64::from(policies));
        one.insert("action".to_owned(), json!(format!("service{}:{}", policy / 4, policy / 2 % 2)));
        texts.push(Value::Object(one).to_string());
    }
    let mut asks = vec![Ask::default(); texts.len()];
    for (text, ask) in texts.iter().zip(&mut asks) {
        desk.read(text, ask).unwrap();
    }
    let (mut scratch, mut fired, mut alive) = (Scratch::default(), 0, 0);
    let ready = best(&asks, |ask| {
        fired += desk.decide(ask, now, &mut scratch).unwrap().fired().count();
        alive += scratch.looked_at();
    });
    let mut ask = Ask::default();
    let read = best(&texts, |text| {
        desk.read(text, &mut ask).unwrap();
        fired += desk.decide(&ask, now, &mut scratch).unwrap().fired().count();
    });
    let base = *first.get_or_insert(ready);
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let times = ready as f64 / base.max(1) as f64;
    println!(
        "  {policies:>8}   {ready:>6} ns  {read:>6} ns   {:.3}    {:.2}    {times:.2} of 20",
        fired as f64 / f64::from(2 * ROUNDS * CORPUS),
        alive as f64 / f64::from(ROUNDS * CORPUS),
    );
}
