//! Who watched what, when: the coverage that facts tell of, as spans of time by signal and scope.

use std::collections::BTreeMap;

use assize::facts::{Instant, Line};
use serde::Serialize;
use serde_json::Value;

/// How many pairs of signal and scope are kept.
const PAIRS: usize = 500;

/// How many spans of each.
const SPANS: usize = 200;

/// Spans by signal and scope.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    spans: BTreeMap<(String, String), Vec<(i64, i64)>>,
    left_out: u64,
}

/// One signal in one scope, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Watched {
    /// The signal, or the types that a run reports in full.
    pub signal: String,
    /// Where.
    pub scope: String,
    /// From when to when, in order, none touching another.
    pub spans: Vec<(Instant, Instant)>,
}

impl Coverage {
    /// Looks at a line.
    pub fn see(&mut self, text: &str) {
        // Most lines are none of it, and reading them would cost much.
        if !text.contains("Coverage") && !text.contains("\"run\"") {
            return;
        }
        let line = serde_json::from_str::<Value>(text).ok().and_then(|value| Line::from_json(value).ok());
        match line {
            Some(Line::Report(report)) if report.ty.rsplit('.').next() == Some("Coverage") => {
                let text = |name: &str| report.fields.get(name).and_then(Value::as_str);
                let instant = |name: &str| text(name).and_then(|text| text.parse::<Instant>().ok());
                if let (Some(signal), Some(scope), Some(from), Some(until)) =
                    (text("signal"), text("scope"), instant("from"), instant("until"))
                {
                    let signal = signal.rsplit('.').next().unwrap_or(signal);
                    self.add(signal.to_owned(), scope.to_owned(), from.0, until.0);
                }
            }
            Some(Line::Run(run)) if run.complete => {
                self.add(format!("run: {}", run.types.join(", ")), run.scope, run.from.0, run.until.0);
            }
            _ => {}
        }
    }

    fn add(&mut self, signal: String, scope: String, from: i64, until: i64) {
        let key = (signal, scope);
        if until < from || self.spans.len() >= PAIRS && !self.spans.contains_key(&key) {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        let spans = self.spans.entry(key).or_default();
        let first = spans.partition_point(|(_, end)| *end < from);
        let last = spans.partition_point(|(start, _)| *start <= until);
        let met = spans.get(first..last).unwrap_or_default();
        let from = met.first().map_or(from, |(start, _)| from.min(*start));
        let until = met.last().map_or(until, |(_, end)| until.max(*end));
        spans.splice(first..last.max(first), [(from, until)]);
        if spans.len() > SPANS {
            spans.remove(0);
        }
    }

    /// Everything, and how much found no room.
    #[must_use]
    pub fn shown(&self) -> (Vec<Watched>, u64) {
        let one = |((signal, scope), spans): (&(String, String), &Vec<(i64, i64)>)| Watched {
            signal: signal.clone(),
            scope: scope.clone(),
            spans: spans.iter().map(|(from, until)| (Instant(*from), Instant(*until))).collect(),
        };
        (self.spans.iter().map(one).collect(), self.left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_meet_are_one() {
        let mut coverage = Coverage::default();
        let mut see = |from: &str, until: &str| {
            coverage.see(&format!(
                r#"{{"nhi.model.Coverage": {{"id": "c", "signal": "cloud_mgmt", "scope": "1", "from": "2026-06-{from}T00:00:00Z", "until": "2026-06-{until}T00:00:00Z"}}, "source": {{"tool": "t"}}, "observed_at": "2026-06-01T00:00:00Z"}}"#
            ));
        };
        for (from, until) in [("10", "12"), ("01", "03"), ("05", "06"), ("03", "05"), ("20", "19")] {
            see(from, until);
        }
        coverage.see(r#"{"run": {"source": {"tool": "trivy"}, "id": "r", "types": ["Finding"], "scope": "*", "from": "2026-06-01T00:00:00Z", "until": "2026-06-01T01:00:00Z", "complete": true}}"#);
        coverage.see("no line with \"run\" in it");
        let (shown, left_out) = coverage.shown();
        let days = |spans: &[(Instant, Instant)]| {
            spans
                .iter()
                .map(|(from, until)| {
                    format!("{from}..{until}").replace("2026-06-", "").replace("T00:00:00Z", "")
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (shown[0].signal.as_str(), days(&shown[0].spans)),
            ("cloud_mgmt", vec!["01..06".into(), "10..12".into()])
        );
        assert_eq!((shown[1].signal.as_str(), left_out), ("run: Finding", 1));
    }
}
