//! Findings, and the workloads and identities that they are about.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::Value;

use crate::numbers::one_of;

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
const RUNTIMES: [&str; 3] = ["k8s", "vm", "lambda"];

/// A fact: names and values.
pub type Row = Vec<(&'static str, Value)>;

#[derive(Clone, Copy)]
pub struct Estate {
    pub findings: u32,
    pub workloads: u32,
    pub identities: u32,
}

fn pick(of: &[&'static str], kind: u64, id: u32, what: u64) -> Value {
    let at = one_of(kind, id, what, u32::try_from(of.len()).expect("a short list"));
    Value::from(of[usize::try_from(at).expect("a place in it")])
}

fn identity(id: u32) -> Row {
    vec![
        ("id", format!("i{id}").into()),
        ("kind", pick(&KINDS, 12, id, 1)),
        ("privilege", one_of(12, id, 2, 6).into()),
        ("age_days", one_of(12, id, 3, 1_000).into()),
        ("last_seen_days", one_of(12, id, 4, 365).into()),
        ("mfa", (one_of(12, id, 5, 2) == 0).into()),
        ("owner", format!("team-{:02}", one_of(12, id, 6, 24)).into()),
        ("provider", pick(&["aws", "gcp"], 12, id, 7)),
    ]
}

fn workload(id: u32) -> Row {
    let registry = ["prod", "base"][usize::try_from(one_of(11, id, 7, 2)).expect("0 or 1")];
    vec![
        ("id", format!("w{id}").into()),
        ("env", pick(&ENVS, 11, id, 1)),
        ("team", format!("team-{:02}", one_of(11, id, 2, 24)).into()),
        ("internet_facing", (one_of(11, id, 3, 5) == 0).into()),
        ("criticality", one_of(11, id, 4, 6).into()),
        ("runtime", pick(&RUNTIMES, 11, id, 5)),
        ("region", pick(&REGIONS, 11, id, 6)),
        ("image", format!("registry/{registry}/app-{}", id % 300).into()),
    ]
}

impl Estate {
    /// A workload for every ten findings, an identity for every twenty.
    pub fn of(findings: u32) -> Self {
        Self { findings, workloads: (findings / 10).max(2), identities: (findings / 20).max(2) }
    }

    fn finding(&self, id: u32) -> Row {
        let folder = FOLDERS[usize::try_from(one_of(10, id, 9, 5)).expect("one of five")];
        vec![
            ("id", format!("f{id}").into()),
            ("rule", format!("rule-{:03}", one_of(10, id, 1, 200)).into()),
            ("severity", one_of(10, id, 2, 6).into()),
            ("category", pick(&CATEGORIES, 10, id, 3)),
            ("status", pick(&STATUSES, 10, id, 4)),
            ("age_days", one_of(10, id, 5, 400).into()),
            ("last_seen_days", one_of(10, id, 6, 60).into()),
            ("source", pick(&SOURCES, 10, id, 7)),
            ("env", pick(&ENVS, 10, id, 8)),
            ("path", format!("{folder}m{}/x{}.tf", id % 40, id % 4_000).into()),
            ("score10", one_of(10, id, 10, 101).into()),
            ("public", (one_of(10, id, 11, 3) == 0).into()),
            ("workload", format!("w{}", one_of(10, id, 12, self.workloads)).into()),
            ("identity", format!("i{}", one_of(10, id, 13, self.identities)).into()),
        ]
    }

    /// All facts, each with its type.
    pub fn rows(&self, take: &mut dyn FnMut(&'static str, Row)) {
        (0..self.identities).for_each(|id| take("Identity", identity(id)));
        (0..self.workloads).for_each(|id| take("Workload", workload(id)));
        (0..self.findings).for_each(|id| take("Finding", self.finding(id)));
    }

    /// The same as tables of text.
    pub fn export(&self, folder: &Path) {
        let table = |name: &str, key: &str, count: u32, row: &dyn Fn(u32) -> Row| {
            let mut out = BufWriter::new(File::create(folder.join(name)).expect("a file in our folder"));
            for id in 0..count {
                let row = row(id);
                if id == 0 {
                    let names: Vec<&str> =
                        row.iter().map(|(name, _)| if *name == "id" { key } else { name }).collect();
                    writeln!(out, "{}", names.join(",")).expect("it is written");
                }
                let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let values: Vec<String> = row.iter().map(|(_, value)| text(value)).collect();
                writeln!(out, "{}", values.join(",")).expect("it is written");
            }
        };
        table("identities.csv", "identity", self.identities, &identity);
        table("workloads.csv", "workload", self.workloads, &workload);
        table("findings.csv", "id", self.findings, &|id| self.finding(id));
    }
}
