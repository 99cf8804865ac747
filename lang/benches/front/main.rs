//! How long the front end takes: `cargo bench -p assize-lang`.
//!
//! Two numbers matter: a megabyte of policies from text to plans, and one edit in a project of two
//! thousand files. What is printed is the mean and the slowest of some runs as time on one core: what others run on the
//! same machine is left out where the system can tell (Linux), to the length of its clock's tick.

#![expect(clippy::arithmetic_side_effects, reason = "sums of small numbers of our own")]

mod texts;

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use assize_lang::{Database, SourceText, compile};

const MEGABYTE: usize = 1_000_000;
const FILES: usize = 2_000;

fn main() {
    // `cargo test --benches` asks for nothing but that it runs.
    let quick = std::env::args().any(|arg| arg == "--test");
    let (bytes, files, runs) = if quick { (20_000, 20, 1) } else { (MEGABYTE, FILES, 15) };
    let edited = if quick { 1 } else { 100 };
    let only = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let wanted = |name: &str| only.as_deref().is_none_or(|only| name.contains(only));
    if wanted("text") {
        from_text(bytes, runs);
    }
    if wanted("edits") {
        edits(files, edited);
    }
}

/// Parses, checks and plans a project of at least `bytes`.
fn from_text(bytes: usize, runs: usize) {
    let mut sources = Vec::new();
    let mut size = 0;
    let policies = (0..).map(texts::policy_file);
    let all = std::iter::once((texts::MODEL_PATH.to_owned(), texts::MODEL.to_owned())).chain(policies);
    for (path, text) in all {
        if size >= bytes {
            break;
        }
        size += text.len();
        sources.push(SourceText { path, text, library: false });
    }
    let times = (0..runs).map(|_| {
        let start = on_core();
        let compiled = compile(&sources);
        let time = on_core() - start;
        assert!(compiled.diagnostics.is_empty(), "the texts are good: {:?}", compiled.diagnostics.first());
        time
    });
    report(
        &format!("{size} bytes in {} files, from text to plans", sources.len()),
        &times.collect::<Vec<_>>(),
    );
}

/// Edits one file of many.
fn edits(files: usize, runs: usize) {
    let mut db = Database::default();
    for (path, text) in texts::project(files) {
        db.set_source(&path, &text, false);
    }
    let start = on_core();
    plan(&db);
    report(&format!("{files} files, from text to plans"), &[on_core() - start]);

    let (path, text) = texts::policy_file(files / 2);
    let kinds: [(&str, &dyn Fn(usize) -> String); 5] = [
        ("a text inside a policy", &|run| text.replacen("because \"", &format!("because \"{run}: "), 1)),
        ("a condition of a policy", &|run| text.replacen("now - idle_after", &format!("now - {run}d"), 1)),
        ("a `let` renamed", &|run| text.replace("used", &format!("seen_{run}"))),
        ("a blank line above a policy", &|run| {
            text.replacen("\npolicy", &format!("{}policy", "\n".repeat(run + 1)), 1)
        }),
        ("a policy renamed", &|run| text.replace("policy idle_token", &format!("policy idle_{run}"))),
    ];
    measure(&mut db, &path, &format!("{files} files"), &kinds, runs);
    // Another file says the name, and is in error once the policy has another.
    let waiver = texts::waiver(files / 2);
    db.set_source(&waiver.0, &waiver.1, false);
    db.set_source(&path, &text, false);
    plan(&db);
    let rename: [(&str, &dyn Fn(usize) -> String); 1] =
        [("a policy renamed that another file says", &|run| {
            text.replace("policy idle_token", &format!("policy idle_{run}"))
        })];
    measure(&mut db, &path, &format!("{files} files"), &rename, runs);
}

/// One file with different texts, one after the other.
fn measure(db: &mut Database, path: &str, of: &str, kinds: &[(&str, &dyn Fn(usize) -> String)], runs: usize) {
    for (kind, edit) in kinds {
        let times = (1..=runs).map(|run| {
            let edited = edit(run);
            let start = on_core();
            db.set_source(path, &edited, false);
            plan(db);
            on_core() - start
        });
        report(&format!("{of}, {kind}"), &times.collect::<Vec<_>>());
    }
}

/// The time that this thread has run, or where the system does not say, the time that has passed.
fn on_core() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = stat.and_then(|stat| stat.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

fn plan(db: &Database) {
    std::hint::black_box((db.diagnostics(), db.program()));
}

#[expect(clippy::print_stdout, reason = "a benchmark says what it measured")]
fn report(what: &str, times: &[Duration]) {
    let mean = times.iter().sum::<Duration>() / u32::try_from(times.len()).unwrap_or(1);
    let slowest = times.iter().max().copied().unwrap_or_default();
    println!("{what:<56} {:>9.2} ms, the slowest {:.2} ms", millis(mean), millis(slowest));
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
