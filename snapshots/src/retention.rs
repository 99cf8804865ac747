//! What is old enough to be left out, and what may be claimed then of the time before.
//!
//! Coverage says that what is not there did not happen. So where events are left out, coverage of their time is
//! left out with them: it is cut at the same instant, or silence that was made would pass for knowledge.

use assize::facts::{Instant, Line};
use serde_json::Value;

/// The type whose facts are coverage, without its package.
const COVERAGE: &str = "Coverage";

/// The line as it is kept; none where all of it was before `since`.
pub fn kept(line: Line, since: Instant) -> Option<Line> {
    match line {
        Line::Run(mut run) => {
            run.from = run.from.max(since);
            (run.until >= since).then_some(Line::Run(run))
        }
        // Two keys stay one fact's however long ago that was seen.
        Line::SameAs(same) => Some(Line::SameAs(same)),
        Line::Retract(retract) => (retract.observed_at >= since).then_some(Line::Retract(retract)),
        Line::Report(mut report) => {
            let instant = |name: &str| report.fields.get(name)?.as_str()?.parse::<Instant>().ok();
            let span = instant("from").zip(instant("until"));
            match span.filter(|_| report.ty.rsplit('.').next() == Some(COVERAGE)) {
                Some((_, until)) if until < since => return None,
                Some((from, _)) if from < since => {
                    report.fields.insert("from".to_owned(), Value::String(since.to_string()));
                }
                Some(_) => {}
                None if report.observed_at < since => return None,
                None => {}
            }
            Some(Line::Report(report))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_not_claimed_to_have_been_watched() {
        let since: Instant = "2026-05-01T00:00:00Z".parse().unwrap();
        let report = |ty: &str, fields: &str, at: &str| {
            format!(r#"{{"{ty}":{fields},"observed_at":"{at}T00:00:00Z","source":{{"tool":"t"}}}}"#)
        };
        let span = |from: &str, until: &str| {
            format!(r#"{{"from":"{from}T00:00:00Z","id":"c","until":"{until}T00:00:00Z"}}"#)
        };
        let run = |from: &str, until: &str| {
            format!(
                r#"{{"run":{{"complete":true,"from":"{from}T00:00:00Z","id":"r","rejected":0,"scope":"*","source":{{"tool":"t"}},"types":["Use"],"until":"{until}T00:00:00Z"}}}}"#
            )
        };
        let (old, new, cut) = ("2026-04-01", "2026-05-02", "2026-05-01");
        let use_of = |at| report("Use", r#"{"id":"u"}"#, at);
        let same =
            r#"{"observed_at":"2026-04-01T00:00:00Z","same_as":{"Use":"a","is":"b"},"source":{"tool":"t"}}"#;
        for (line, expected) in [
            (use_of(old), None),
            (use_of(new), Some(use_of(new))),
            (report("Coverage", &span(old, old), old), None),
            (report("Coverage", &span(old, new), old), Some(report("Coverage", &span(cut, new), old))),
            (
                report("nhi.model.Coverage", &span(old, new), new),
                Some(report("nhi.model.Coverage", &span(cut, new), new)),
            ),
            (run(old, old), None),
            (run(old, new), Some(run(cut, new))),
            (same.to_owned(), Some(same.to_owned())),
        ] {
            let read = Line::from_json(serde_json::from_str(&line).unwrap()).unwrap();
            assert_eq!(kept(read, since).map(|line| line.to_json().to_string()), expected, "{line}");
        }
    }
}
