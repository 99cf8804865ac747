//! Lines of JSON to facts in memory, and to Parquet, beside DuckDB and polars where Python has them: each on one core, in
//! processor time. `cargo bench -p assize-snapshots --bench writing -- [lines]`
#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench"
)]

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use assize::Engine;
use assize_snapshots::Builder;

/// Findings as scanners report them: ten fields, of which two are keys of others.
const MODEL: &str = "package peers

enum Class { vuln secret misconfig }
enum Status { open resolved suppressed }
enum Severity { none < low < medium < high < critical }

entity Image { key id: string } closed

entity Finding {
  key id: string
  class: Class
  status: Status
  severity: Severity
  rule: string
  image: Image
  component: string?
  version: string?
  cvss: double?
  first_seen: timestamp?
} closed

policy urgent {
  for f: Finding
  where f.severity == Severity.critical
  decide { otherwise => rank f.severity because \"critical\" }
}
";

/// How often each way is taken; the median counts.
const ROUNDS: usize = 3;

fn main() {
    let lines = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    measure(lines);
}

/// Prints what reading so many lines takes; the others are asked by `ingest.py`, where Python has them.
fn measure(lines: u32) {
    let folder = std::env::temp_dir().join(format!("assize-writing-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("findings.ndjson");
    let bytes = write(&file, lines);
    println!("{lines} lines of NDJSON, {:.0} MB, one core, processor time", bytes as f64 / 1e6);
    let table = median(|| to_table(&file));
    let parquet = median(|| to_parquet(&file, &folder.join("snap")));
    println!(
        "  {:<46} {table:>8.2} s   {:>5.2} µs a line",
        "to a table: assize, checked and hashed",
        per(table, lines)
    );
    println!(
        "  {:<46} {parquet:>8.2} s   {:>5.2} µs a line",
        "to Parquet: assize, checked, sorted and hashed",
        per(parquet, lines)
    );
    others(&file, (table, parquet), lines);
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}

fn per(seconds: f64, lines: u32) -> f64 {
    seconds * 1e6 / f64::from(lines)
}

fn median(mut run: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = busy();
            run();
            busy() - start
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

/// The seconds that this process has kept a processor busy.
fn busy() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux tells");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().expect("a number");
    (ticks(11) + ticks(12)) / 100.0
}

fn write(file: &Path, lines: u32) -> u64 {
    const CLASSES: [&str; 3] = ["vuln", "secret", "misconfig"];
    const STATES: [&str; 3] = ["open", "resolved", "suppressed"];
    const SEVERITIES: [&str; 5] = ["none", "low", "medium", "high", "critical"];
    let mut out = std::io::BufWriter::new(std::fs::File::create(file).expect("a file"));
    let (mut line, mut bytes) = (String::new(), 0);
    for id in 0..lines {
        line.clear();
        let pick = |what: u64, of: u32| one_of(7, id, what, of);
        let name = |of: &[&'static str], what: u64| of[pick(what, of.len() as u32) as usize];
        let image = mix(8, pick(1, 20_000), 0);
        writeln!(
            line,
            r#"{{"Finding":{{"id":"sha256:{image:016x}#CVE-20{:02}-{:05}#lib{}#{id}","class":"{}","status":"{}","severity":"{}","rule":"CVE-20{:02}-{:05}","image":"sha256:{image:016x}{image:016x}","component":"lib{}","version":"{}.{}.{}","cvss":{}.{},"first_seen":"2026-0{}-1{}T0{}:00:00Z"}},"source":{{"tool":"scanner","record":"Results[{}].Vulnerabilities[{}]"}},"observed_at":"2026-06-01T06:00:00Z"}}"#,
            10 + pick(2, 16), pick(3, 40_000), pick(4, 3_000),
            name(&CLASSES, 5), name(&STATES, 6), name(&SEVERITIES, 7),
            10 + pick(2, 16), pick(3, 40_000), pick(4, 3_000),
            pick(8, 9), pick(9, 30), pick(10, 100), pick(11, 10), 1 + pick(12, 9),
            1 + pick(13, 5), pick(14, 10), pick(15, 10), pick(16, 4), pick(17, 900),
        )
        .expect("memory");
        bytes += line.len() as u64;
        out.write_all(line.as_bytes()).expect("room");
    }
    out.flush().expect("room");
    bytes
}

fn engine() -> Engine {
    Engine::builder().source("peers.assize", MODEL).build().expect("policies")
}

/// The lines of a file, which is read in blocks.
fn each_line(file: &Path, mut each: impl FnMut(u64, &str)) {
    let mut input = std::fs::File::open(file).expect("the file");
    let (mut block, mut held, mut number) = (vec![0; 1 << 20], 0, 0);
    loop {
        let read = input.read(&mut block[held..]).expect("the file");
        held += read;
        let whole = block[..held].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        for line in std::str::from_utf8(&block[..whole]).expect("text").split_terminator('\n') {
            number += 1;
            each(number, line);
        }
        block.copy_within(whole..held, 0);
        held -= whole;
        if read == 0 {
            return assert_eq!(held, 0, "the last line ends");
        }
    }
}

fn to_table(file: &Path) {
    let engine = engine();
    let mut loader = engine.loader();
    each_line(file, |number, line| loader.line("findings", number, line));
    let snapshot = loader.finish();
    assert_eq!(snapshot.rejects(), []);
}

fn to_parquet(file: &Path, folder: &Path) {
    let schema = Arc::clone(&engine().program().schema);
    let mut builder = Builder::new(schema, folder);
    each_line(file, |_, line| builder.add_text(line).expect("room").expect("a fact"));
    builder.write().expect("room");
}

fn others(file: &Path, ours: (f64, f64), lines: u32) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/peers/ingest.py");
    for way in
        ["duckdb-table", "duckdb-parquet", "duckdb-sorted", "polars-table", "polars-parquet", "polars-sorted"]
    {
        let output = Command::new("python3").arg(&script).arg(file).arg(way).stderr(Stdio::null()).output();
        let told = output.ok().filter(|it| it.status.success());
        let Some(told) = told.and_then(|it| serde_json::from_slice::<serde_json::Value>(&it.stdout).ok())
        else {
            println!("  {way}: not asked; it needs `pip install duckdb polars pyarrow`");
            continue;
        };
        assert_eq!(told["rows"].as_u64(), Some(u64::from(lines)), "{way} reads what we read");
        let seconds = told["seconds"].as_f64().unwrap_or_default();
        let of = if way.ends_with("table") { ours.0 } else { ours.1 };
        let what = told["what"].as_str().unwrap_or_default();
        println!("  {what:<46} {seconds:>8.2} s   {:>5.2} × ours", seconds / of);
    }
}

/// A number made of three.
fn mix(kind: u64, id: u32, what: u64) -> u64 {
    let mut z =
        (u64::from(id) << 8 | kind).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(what << 40 | what);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// One of `count`.
fn one_of(kind: u64, id: u32, what: u64, count: u32) -> u32 {
    u32::try_from(mix(kind, id, what) % u64::from(count.max(1))).expect("less than a u32")
}
