//! GitLab's Code Quality report.

use serde::Serialize;

use super::{Cases, Level};
use crate::error::CliError;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

/// An issue for each decision.
pub fn text(cases: &Cases<'_>) -> Result<String, CliError> {
    let issue = |case: &super::Case<'_>| Issue {
        description: format!("{}; {}", case.title(), case.message()),
        check_name: case.decision.policy.clone(),
        fingerprint: case.decision.id.clone(),
        severity: match (case.level, case.fails) {
            (Level::Error, true) => "blocker",
            (Level::Error, false) => "critical",
            (Level::Warning, _) => "major",
            (Level::Note, _) => "minor",
        },
        location: Location { path: case.place.file.clone(), lines: Lines { begin: case.place.line } },
    };
    super::super::json(&cases.decided.iter().map(issue).collect::<Vec<_>>())
}
