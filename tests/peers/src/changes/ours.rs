//! Assize.

use assize::facts::{Instant, Line, Report, Retract, Source};
use assize::{Engine as Assize, Writer};

use super::estate::{Change, Estate, Fact};

const POLICIES: &str = include_str!("../../policies/changes.assize");
const KINDS: [&str; 8] = ["open", "read", "write", "exec", "fork", "net", "dns", "mount"];

pub struct Ours {
    writer: Writer,
    now: Instant,
    start: Instant,
}

fn source() -> Source {
    Source { tool: "bench".to_owned(), instance: None, record: None }
}

fn name(fact: Fact) -> (&'static str, String) {
    match fact {
        Fact::Identity { id, .. } => ("Identity", format!("i{id}")),
        Fact::Workload { id, .. } => ("Workload", format!("w{id}")),
        Fact::Finding { id, .. } => ("Finding", format!("f{id}")),
        Fact::Secret { id, .. } => ("Secret", format!("s{id}")),
        Fact::Observation { id, .. } => ("Observation", format!("o{id}")),
        Fact::Watch { id, .. } => ("Watch", format!("c{id}")),
    }
}

fn line(fact: Fact, start: Instant, at: Instant) -> Line {
    let (ty, key) = name(fact);
    let report = Report::new(ty, source(), at).with("id", key);
    let report = match fact {
        Fact::Identity { privilege, .. } => report.with("priv", privilege),
        Fact::Workload { identity, exposed, .. } => {
            report.with("identity", format!("i{identity}")).with("exposed", exposed)
        }
        Fact::Finding { workload, severity, .. } => {
            report.with("workload", format!("w{workload}")).with("severity", f64::from(severity) / 10.0)
        }
        Fact::Secret { identity, age, .. } => {
            report.with("identity", format!("i{identity}")).with("age", age)
        }
        Fact::Observation { workload, kind, ago, .. } => report
            .with("workload", format!("w{workload}"))
            .with("kind", KINDS[usize::try_from(kind).expect("one of eight")])
            .with("at", Instant(start.0 - i64::from(ago) * 1_000_000).to_string()),
        Fact::Watch { workload, .. } => report.with("workload", format!("w{workload}")),
    };
    Line::Report(report)
}

impl Ours {
    pub fn new(estate: Estate) -> Self {
        let engine = Assize::builder().source("changes.assize", POLICIES).build().expect("policies");
        let start: Instant = "2026-06-01T00:00:00Z".parse().expect("an instant");
        let mut loader = engine.loader();
        estate.facts().for_each(|fact| loader.add("bench", "", line(fact, start, start)));
        Self { writer: engine.writer(&loader.finish(), start), now: start, start }
    }
}

impl super::Engine for Ours {
    fn take(&mut self, change: Change) {
        self.now = Instant(self.now.0 + 1);
        let line = match change {
            Change::Says(fact, _) => line(fact, self.start, self.now),
            Change::Gone(fact) => {
                let (ty, key) = name(fact);
                Line::Retract(Retract { ty: ty.to_owned(), key, source: source(), observed_at: self.now })
            }
        };
        self.writer.add("bench", "", line);
    }

    fn commit(&mut self) {
        self.writer.commit(self.now);
    }

    fn standing(&mut self) -> [usize; 3] {
        let all = self.writer.evaluation().decisions;
        ["bench.exploitable", "bench.uncovered", "bench.stale"]
            .map(|policy| all.iter().filter(|decision| decision.policy == policy).count())
    }
}
