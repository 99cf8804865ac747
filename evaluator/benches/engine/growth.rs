//! What grows with facts and with policies, and what does not: `-- growth [findings]`, up to so many; 4,000,000
//! findings make ten million facts. `GROWTH=FILE` draws the curves.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use assize::Engine;

use crate::changes::{Sample, sample};
use crate::micros;

const FINDINGS: [u32; 4] = [4_000, 40_000, 400_000, 4_000_000];
const POLICIES: [u32; 4] = [1, 10, 100, 1_000];

/// Prints the tables, and draws them where that is asked for.
pub fn measure(most: u32) {
    let findings: Vec<u32> = FINDINGS.into_iter().filter(|count| *count <= most.max(4_000)).collect();
    let mut by_facts = Vec::new();
    println!("growing: facts, under the policies of the changes");
    println!("  {:>9}  {HEAD}", "facts");
    for findings in findings {
        let one = alone(0, findings);
        println!("  {:>9}  {}", one.facts, row(&one));
        by_facts.push((f64::from(one.facts), one));
    }
    let mut by_policies = Vec::new();
    println!("growing: policies that read none of what changes");
    println!("  {:>9}  {HEAD}", "policies");
    for policies in POLICIES {
        let one = alone(policies, most.min(40_000));
        println!("  {policies:>9}  {}", row(&one));
        by_policies.push((f64::from(policies), one));
    }
    if let Ok(file) = std::env::var("GROWTH") {
        std::fs::write(file, drawing(&by_facts, &by_policies)).unwrap();
    }
}

/// Measures in a process of its own: memory that another measurement gave back would be used again.
fn alone(policies: u32, findings: u32) -> Sample {
    let itself = std::env::current_exe().unwrap();
    let numbers = [policies, findings].map(|number| number.to_string());
    let out = Command::new(itself).arg("one").args(numbers).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let mut said = text.split_whitespace().map(|word| word.parse::<u64>().unwrap());
    let mut next = || said.next().unwrap();
    let facts = u32::try_from(next()).unwrap();
    let bytes = next() as f64 / f64::from(facts);
    let [line, decided, p50, p99, batched] = [(); 5].map(|()| Duration::from_nanos(next()));
    Sample { facts, bytes, line, decided, p50, p99, batched }
}

/// Prints what [`alone`] asks for.
pub fn one(policies: u32, findings: u32) {
    let one = sample(&engine(policies), findings);
    let times =
        [one.line, one.decided, one.p50, one.p99, one.batched].map(|time| time.as_nanos().to_string());
    println!("{} {:.0} {}", one.facts, one.bytes * f64::from(one.facts), times.join(" "));
}

const HEAD: &str = "  a fact    a line       one change, p50, p99      in batches   all decided";

fn row(one: &Sample) -> String {
    let [line, p50, p99, batched] = [one.line, one.p50, one.p99, one.batched].map(micros);
    let decided = one.decided.as_secs_f64() * 1e3;
    format!("{:>6.0} B  {line:>9}  {p50:>10}, {p99:>10}  {batched:>10}  {decided:>8.1} ms", one.bytes)
}

/// The policies of the changes, and so many others, each on facts of its own.
fn engine(others: u32) -> Engine {
    let mut text = String::from("package others\nuse assize.core.*\n");
    for at in 0..others {
        let _ = writeln!(
            text,
            "entity Other{at} {{ key id: string n: int }} closed\n\
             policy other{at} {{ for o: Other{at} decide {{ o.n > {at} => alert low because \"n\" }} }}"
        );
    }
    let builder = Engine::builder().source("changes.assize", include_str!("changes.assize"));
    builder.source("others.assize", text).build().unwrap()
}

/// One curve: what it is, and for each size what was measured.
type Curve<'c> = (&'c str, &'c str, Vec<(f64, f64)>);

fn drawing(by_facts: &[(f64, Sample)], by_policies: &[(f64, Sample)]) -> String {
    let of = |all: &[(f64, Sample)], value: fn(&Sample) -> f64| -> Vec<(f64, f64)> {
        all.iter().map(|(size, one)| (*size, value(one))).collect()
    };
    let p50 = |one: &Sample| one.p50.as_secs_f64() * 1e6;
    let p99 = |one: &Sample| one.p99.as_secs_f64() * 1e6;
    let batched = |one: &Sample| one.batched.as_secs_f64() * 1e6;
    let facts: [Curve<'_>; 4] = [
        ("p99", "#b3261e", of(by_facts, p99)),
        ("in batches", "#7b5ea7", of(by_facts, batched)),
        ("p50", "#1a6fb0", of(by_facts, p50)),
        ("bytes a fact", "#3c7d3c", of(by_facts, |one| one.bytes)),
    ];
    let policies: [Curve<'_>; 2] =
        [("p99", "#b3261e", of(by_policies, p99)), ("p50", "#1a6fb0", of(by_policies, p50))];
    let mut out = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 860 330\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"860\" height=\"330\" fill=\"#ffffff\"/>\n",
    );
    panel(&mut out, 50.0, "one change, by facts (µs; bytes a fact)", (1e4, 1e7), &facts);
    panel(&mut out, 480.0, "one change, by policies loaded (µs)", (1.0, 1e3), &policies);
    out.push_str("</svg>\n");
    out
}

/// Draws curves on scales that are logarithmic both ways, from 1 to 10,000 upwards.
fn panel(out: &mut String, left: f64, title: &str, (from, to): (f64, f64), curves: &[Curve<'_>]) {
    let (width, top, height) = (260.0, 40.0, 240.0);
    let x = |size: f64| left + (size / from).log10() / (to / from).log10() * width;
    let y = |value: f64| top + height - value.clamp(1.0, 1e4).log10() / 4.0 * height;
    let _ = writeln!(out, "<text x=\"{left}\" y=\"24\" font-weight=\"bold\">{title}</text>");
    for power in 0..=4 {
        let value = 10_f64.powi(power);
        let at = y(value);
        let _ = writeln!(out, "<path d=\"M{left} {at:.1}h{width}\" stroke=\"#dddddd\"/>");
        let _ = writeln!(
            out,
            "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
            left - 6.0,
            at + 4.0
        );
    }
    for (size, _) in curves.first().map_or(&[][..], |(_, _, points)| points) {
        let at = top + height + 18.0;
        let _ = writeln!(out, "<text x=\"{:.1}\" y=\"{at}\" text-anchor=\"middle\">{size}</text>", x(*size));
    }
    for (name, colour, points) in curves {
        let path: Vec<String> =
            points.iter().map(|(size, value)| format!("{:.1} {:.1}", x(*size), y(*value))).collect();
        let _ = writeln!(
            out,
            "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            path.join("L")
        );
        if let Some((size, value)) = points.last() {
            let (at, height) = (x(*size) + 8.0, y(*value) + 4.0);
            let _ = writeln!(out, "<text x=\"{at:.1}\" y=\"{height:.1}\" fill=\"{colour}\">{name}</text>");
        }
    }
}
