//! How well the ranking finds what is exploited later, against CVSS alone.
//!
//! `cargo run --release -p assize --example ranking -- VULNRICHMENT.jsonl KEV.json`
//!
//! The first file is CISA's Vulnrichment at one day, a vulnerability a line (`cve`, `ssvc`, `cvss`); the second is
//! CISA's catalog at a later day. What the catalog listed on the first day is left out: it is neither input nor
//! truth. The truth is what entered it afterwards. The bundled policies decide, by the engine, on a workload that
//! the internet reaches; ties are averaged. Prints Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;

use assize::facts::Instant;
use assize::{Engine, OutcomeKind};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

/// The day on which the first file was taken.
const THEN: &str = "2024-10-24T00:00:00Z";
const DAY: &str = "2024-10-24";

/// Where recall is read.
const CUTS: [usize; 6] = [250, 500, 1_000, 2_000, 4_000, 6_000];

/// How often the later exploited are drawn again for the interval.
const DRAWS: usize = 10_000;

/// One vulnerability as it was known then.
struct Known {
    cve: String,
    exploitation: String,
    automatable: bool,
    impact: String,
    cvss: f64,
    vector: String,
}

/// An order: groups of equal standing, best first.
type Groups = Vec<Vec<String>>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [vulnrichment, kev] = args.as_slice() else {
        return Err("give the two files: VULNRICHMENT.jsonl KEV.json".into());
    };
    let listed = listed(&fs::read_to_string(kev)?)?;
    let all = known(&fs::read_to_string(vulnrichment)?)?;
    let told = all.len();
    let all: Vec<Known> =
        all.into_iter().filter(|it| listed.get(&it.cve).is_none_or(|day| day.as_str() > DAY)).collect();
    let truth: BTreeSet<String> =
        all.iter().map(|it| it.cve.clone()).filter(|cve| listed.contains_key(cve)).collect();
    let mut out = String::new();
    out.push_str(&format!(
        "{told} vulnerabilities with a CVSS score and SSVC points; {} not known to be exploited then; {} of these entered the catalog later.\n\n",
        all.len(),
        truth.len()
    ));
    let engine = Engine::builder().stdlib().build().map_err(|error| error.to_string())?;
    let base = by_score(&all);
    let cuts = CUTS.map(|cut| format!("@{cut}")).join(" | ");
    out.push_str(&format!(
        "| order | {cuts} | mean place | gain over CVSS | loses at |\n|---|{}---|---|---|\n",
        "---|".repeat(CUTS.len())
    ));
    out.push_str(&row("CVSS alone", &base, &base, &truth));
    let variants: [(&str, Estate); 6] = [
        ("the bundled policy", Estate::default()),
        ("without CVSS's vector", Estate { vector: false, ..Estate::default() }),
        ("without the exploitation point", Estate { exploitation: false, ..Estate::default() }),
        ("without Automatable", Estate { automatable: false, ..Estate::default() }),
        ("without Technical Impact", Estate { impact: false, ..Estate::default() }),
        ("inside, not exposed", Estate { exposed: false, ..Estate::default() }),
    ];
    for (name, estate) in variants {
        let groups = decide(&engine, &all, &estate)?.1;
        out.push_str(&row(name, &groups, &base, &truth));
    }
    out.push_str("\nWhat each move does to the tiers of the same vulnerabilities, one move at a time:\n\n");
    out.push_str("| context | t1 | t2 | t3 | t4 | t5 |\n|---|---|---|---|---|---|\n");
    let moves: [(&str, Estate); 8] = [
        ("none (exposed, used by nobody powerful)", Estate::default()),
        ("M1 executing, powerful identity", Estate { powerful: true, ..Estate::default() }),
        ("M2 an agent drives it", Estate { agent: true, ..Estate::default() }),
        ("M3 not in use", Estate { idle: true, ..Estate::default() }),
        ("not exposed", Estate { exposed: false, ..Estate::default() }),
        ("M4 not exposed, and no path", Estate { exposed: false, no_path: true, ..Estate::default() }),
        ("M5 supplier says the code is not there", Estate { vex: true, ..Estate::default() }),
        ("M6 essential", Estate { essential: true, ..Estate::default() }),
    ];
    for (name, estate) in moves {
        let tiers = decide(&engine, &all, &estate)?.0;
        let share = |tier: &str| {
            let count = tiers.get(tier).copied().unwrap_or(0);
            format!("{:.1}%", 100.0 * ratio(count, all.len()))
        };
        let cells: Vec<String> = ["t1", "t2", "t3", "t4", "t5"].iter().map(|tier| share(tier)).collect();
        out.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
    }
    std::io::stdout().write_all(out.as_bytes())?;
    Ok(())
}

/// What is known of the place that all of them are in, and of them.
struct Estate {
    exposed: bool,
    powerful: bool,
    agent: bool,
    idle: bool,
    no_path: bool,
    vex: bool,
    essential: bool,
    vector: bool,
    exploitation: bool,
    automatable: bool,
    impact: bool,
}

impl Default for Estate {
    fn default() -> Self {
        Self {
            exposed: true,
            powerful: false,
            agent: false,
            idle: false,
            no_path: false,
            vex: false,
            essential: false,
            vector: true,
            exploitation: true,
            automatable: true,
            impact: true,
        }
    }
}

impl Estate {
    /// The facts of the place: one workload that runs one image.
    fn lines(&self) -> Vec<Value> {
        let watched = |signal: &str| json!({"Coverage": {"id": signal, "signal": signal, "scope": "*", "from": "2024-08-01T00:00:00Z", "until": THEN}});
        let level = if self.powerful { "total" } else { "limited" };
        let mut out = vec![
            watched("kev_feed"),
            watched("iam_inventory"),
            watched("process_exec"),
            json!({"Identity": {"id": "sa", "name": "sa", "account": "c", "kind": "service_account", "level": level}}),
            json!({"Identity": {"id": "agent", "name": "agent", "account": "c", "kind": "agent", "level": "limited"}}),
            json!({"Image": {"id": "sha256:1", "repository": "r"}}),
            json!({"Workload": {"id": "w", "name": "w", "namespace": "n", "cluster": "c", "identity": "sa", "internet_exposed": self.exposed,
                "criticality": if self.essential { "high" } else { "low" }, "started_at": "2024-08-01T00:00:00Z", "ended_at": null}}),
            json!({"Container": {"id": "c", "name": "c", "workload": "w", "image": "sha256:1"}}),
            json!({"Connection": {"id": "n", "workload": "w", "at": "2024-10-20T00:00:00Z", "last_at": "2024-10-20T00:00:00Z", "direction": "ingress",
                "peer": "x", "internet": false, "protocol": "tcp", "outcome": if self.no_path { "denied" } else { "success" }, "records": 1}}),
        ];
        if self.no_path {
            out.push(watched("network_flow"));
        }
        if !self.idle {
            out.push(json!({"Execution": {"id": "e", "workload": "w", "at": "2024-10-20T00:00:00Z", "path": "/app/lib.jar", "component": "lib"}}));
        }
        if self.agent {
            out.push(json!({"Trust": {"id": "t", "source": "agent", "target": "sa"}}));
        }
        out
    }

    fn of(&self, known: &Known) -> Vec<Value> {
        let mut fields = json!({"id": known.cve, "cvss": known.cvss, "cvss_vector": null});
        let mut set = |on: bool, name: &str, value: Value| {
            if let (true, Some(fields)) = (on, fields.as_object_mut()) {
                fields.insert(name.to_owned(), value);
            }
        };
        set(self.vector, "cvss_vector", json!(known.vector));
        set(self.exploitation, "exploitation", json!(known.exploitation));
        set(self.automatable, "automatable", json!(known.automatable));
        set(self.impact, "impact", json!(known.impact));
        let mut out = vec![
            json!({"Vulnerability": fields}),
            json!({"Finding": {"id": known.cve, "class": "vuln", "status": "open", "rule": known.cve, "vulnerability": known.cve, "image": "sha256:1",
                "component": "lib", "purl": "pkg:generic/lib@1", "path": "app/lib.jar", "artifact": "sha256:1"}}),
        ];
        if self.vex {
            out.push(json!({"VexStatement": {"id": known.cve, "vulnerability": known.cve, "author": "Supplier", "status": "not_affected",
                "justification": "vulnerable_code_not_present", "product": "pkg:generic/lib@1", "image": null, "subcomponent": null, "said_at": "2024-10-01T00:00:00Z"}}));
        }
        out
    }
}

/// The tiers, counted, and the order that the policy gives.
fn decide(
    engine: &Engine,
    all: &[Known],
    estate: &Estate,
) -> Result<(BTreeMap<String, usize>, Groups), Failure> {
    let settings = Engine::builder().stdlib().set("nhi.vulnerabilities.vex_author", "Supplier");
    let engine =
        if estate.vex { settings.build().map_err(|error| error.to_string())? } else { engine.clone() };
    // Nothing executed is only known of what did not run: a statement of a supplier is contradicted by what runs.
    let estate = Estate { idle: estate.idle || estate.vex, ..*estate };
    let mut loader = engine.loader();
    let lines = estate.lines().into_iter().chain(all.iter().flat_map(|it| estate.of(it)));
    for (number, mut line) in (1_u64..).zip(lines) {
        let fields = line.as_object_mut().ok_or("a fact is an object")?;
        fields.insert("source".to_owned(), json!({"tool": "measure"}));
        fields.insert("observed_at".to_owned(), json!(THEN));
        loader.line("measure", number, &line.to_string());
    }
    let snapshot = loader.finish();
    if let Some(reject) = snapshot.rejects().first() {
        return Err(format!("a fact was rejected: {}", reject.reason).into());
    }
    let now: Instant = THEN.parse()?;
    let result = engine.evaluate(&snapshot, now);
    let mut tiers = BTreeMap::new();
    let mut groups: Groups = Vec::new();
    let mut last = None;
    for decision in
        result.decisions.iter().filter(|it| it.policy == "nhi.vulnerabilities.vulnerability_by_runtime")
    {
        let Some(OutcomeKind::Rank { tier, keys, .. }) = decision.outcomes.first().map(|it| &it.kind) else {
            continue;
        };
        // The last two keys are ids, which only make the order total.
        let standing = (tier.clone(), keys.get(..keys.len().saturating_sub(2)).unwrap_or_default().to_vec());
        let count: &mut usize = tiers.entry(tier.clone()).or_default();
        *count = count.saturating_add(1);
        let cve = decision.anchor.keys().first().cloned().unwrap_or_default();
        match groups.last_mut().filter(|_| last.as_ref() == Some(&standing)) {
            Some(group) => group.push(cve),
            None => groups.push(vec![cve]),
        }
        last = Some(standing);
    }
    Ok((tiers, groups))
}

fn by_score(all: &[Known]) -> Groups {
    let mut sorted: Vec<&Known> = all.iter().collect();
    sorted.sort_by(|a, b| b.cvss.total_cmp(&a.cvss));
    sorted
        .chunk_by(|a, b| a.cvss.total_cmp(&b.cvss).is_eq())
        .map(|group| group.iter().map(|it| it.cve.clone()).collect())
        .collect()
}

/// The place of each of the later exploited, 0 the first and 1 the last; ties stand in their middle.
fn places(groups: &Groups, truth: &BTreeSet<String>) -> BTreeMap<String, f64> {
    let all: usize = groups.iter().map(Vec::len).sum();
    let mut out = BTreeMap::new();
    let mut before = 0_usize;
    for group in groups {
        let middle = f64_of(before) + (f64_of(group.len()) - 1.0) / 2.0;
        let place = middle / (f64_of(all) - 1.0).max(1.0);
        out.extend(group.iter().filter(|cve| truth.contains(*cve)).map(|cve| (cve.clone(), place)));
        before = before.saturating_add(group.len());
    }
    out
}

/// The share of the later exploited among the first `cut`; a group that is cut counts by its share.
fn recall(groups: &Groups, truth: &BTreeSet<String>, cut: usize) -> f64 {
    let (mut before, mut found) = (0_usize, 0.0);
    for group in groups {
        let hits = group.iter().filter(|cve| truth.contains(*cve)).count();
        let room = cut.saturating_sub(before).min(group.len());
        found += f64_of(hits) * ratio(room, group.len());
        before = before.saturating_add(group.len());
    }
    found / f64_of(truth.len()).max(1.0)
}

fn row(name: &str, groups: &Groups, base: &Groups, truth: &BTreeSet<String>) -> String {
    let (ours, theirs) = (places(groups, truth), places(base, truth));
    let gains: Vec<f64> = ours.iter().filter_map(|(cve, place)| Some(theirs.get(cve)? - place)).collect();
    let mean = |all: &[f64]| all.iter().sum::<f64>() / f64_of(all.len()).max(1.0);
    let [low, high] = interval(&gains);
    let recalls = CUTS.map(|cut| format!("{:.1}%", 100.0 * recall(groups, truth, cut))).join(" | ");
    let loses: Vec<String> = (1..=24)
        .map(|step: usize| step.saturating_mul(250))
        .filter(|cut| recall(groups, truth, *cut) + 1e-9 < recall(base, truth, *cut))
        .map(|cut| cut.to_string())
        .collect();
    let places: Vec<f64> = ours.values().copied().collect();
    let loses = if loses.is_empty() { "nowhere".to_owned() } else { loses.join(", ") };
    format!(
        "| {name} | {recalls} | {:.3} | {:+.3} [{low:+.3}, {high:+.3}] | {loses} |\n",
        mean(&places),
        mean(&gains)
    )
}

/// The middle 95 of 100 means of as many draws with replacement; the draws are the same in every run.
fn interval(gains: &[f64]) -> [f64; 2] {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let count = u64::try_from(gains.len()).unwrap_or(1).max(1);
    let mut means: Vec<f64> = Vec::new();
    for _ in 0..DRAWS {
        let drawn = gains.iter().map(|_| {
            let at = usize::try_from(next().checked_rem(count).unwrap_or(0)).unwrap_or(0);
            gains.get(at).copied().unwrap_or(0.0)
        });
        means.push(drawn.sum::<f64>() / f64_of(gains.len()).max(1.0));
    }
    means.sort_by(f64::total_cmp);
    let at = |share: usize| {
        means.get(DRAWS.saturating_mul(share).checked_div(1_000).unwrap_or(0)).copied().unwrap_or(0.0)
    };
    [at(25), at(975)]
}

#[expect(clippy::cast_precision_loss, reason = "counts of vulnerabilities are far below 2^52")]
const fn f64_of(count: usize) -> f64 {
    count as f64
}

fn ratio(part: usize, of: usize) -> f64 {
    f64_of(part) / f64_of(of).max(1.0)
}

/// When the catalog listed what.
fn listed(text: &str) -> Result<BTreeMap<String, String>, Failure> {
    let catalog: Value = serde_json::from_str(text)?;
    let entries = catalog
        .get("vulnerabilities")
        .and_then(Value::as_array)
        .ok_or("the catalog has no `vulnerabilities`")?;
    let text =
        |entry: &Value, name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(entries.iter().map(|entry| (text(entry, "cveID"), text(entry, "dateAdded"))).collect())
}

/// Those that have a score and SSVC points.
fn known(text: &str) -> Result<Vec<Known>, Failure> {
    let mut out = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let record: Value = serde_json::from_str(line)?;
        let score = ["cvssV3_1", "cvssV3_0", "cvssV4_0", "cvssV2_0"]
            .iter()
            .find_map(|version| record.get("cvss")?.get(*version)?.as_array()?.first()?.as_array().cloned());
        let (Some(score), Some(points)) = (score, record.get("ssvc").and_then(Value::as_object)) else {
            continue;
        };
        let point = |name: &str| points.get(name).and_then(Value::as_str).unwrap_or_default().to_lowercase();
        out.push(Known {
            cve: record.get("cve").and_then(Value::as_str).unwrap_or_default().to_owned(),
            exploitation: point("Exploitation"),
            automatable: point("Automatable") != "no",
            impact: if point("Technical Impact") == "partial" { "partial" } else { "total" }.to_owned(),
            cvss: score.get(1).and_then(Value::as_f64).unwrap_or_default(),
            vector: score.get(2).and_then(Value::as_str).unwrap_or_default().to_owned(),
        });
    }
    Ok(out)
}
