//! Diagnostics and decisions as the pages show them: short lines, nothing left out that a page speaks of.

use std::fmt::Write as _;

use assize::value::Missing;
use assize::{Decision, Evaluation, Outcome, OutcomeKind, Snapshot, Undetermined};
use assize_lang::FileDiagnostics;
use assize_lang::diagnostic::Diagnostic;

use super::project::{Place, Project};

/// What is said of one block: `CODE LINE:COLUMN message`, and what to do.
pub fn diagnostics(project: &Project, place: Place, all: &[FileDiagnostics]) -> String {
    let mut out = String::new();
    for file in all {
        for one in &file.diagnostics {
            let at = position(project.text(place.file), one).filter(|_| place.is_in(&file.path));
            let at = at.and_then(|(line, column)| Some((line.checked_sub(place.lines)?, column)));
            match at {
                Some((line, column)) if line > 0 => write!(out, "{} {line}:{column}", one.code).unwrap(),
                _ => write!(out, "{} elsewhere", one.code).unwrap(),
            }
            writeln!(out, " {}", one.message).unwrap();
            for note in &one.notes {
                writeln!(out, "  note: {note}").unwrap();
            }
            if let Some(help) = &one.help {
                writeln!(out, "  help: {help}").unwrap();
            }
        }
    }
    out
}

/// The line and the column, counted from 1, of a diagnostic.
fn position(text: &str, one: &Diagnostic) -> Option<(usize, usize)> {
    let before = text.get(..one.span.start as usize)?;
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next()?.chars().count().saturating_add(1);
    Some((line, column))
}

/// What is decided, what is not, and what was rejected.
pub fn evaluation(snapshot: &Snapshot, evaluation: &Evaluation) -> String {
    let mut out = String::new();
    for reject in snapshot.rejects() {
        let field = reject.field.as_ref().map(|field| format!(" `{field}`:")).unwrap_or_default();
        writeln!(out, "rejected, {}:{field} {}", reject.record, reject.reason).unwrap();
    }
    evaluation.decisions.iter().for_each(|one| decision(&mut out, one));
    evaluation.undetermined.iter().for_each(|one| undetermined(&mut out, one));
    for waiver in evaluation.waivers.iter().filter(|waiver| !waiver.notes.is_empty()) {
        let notes = serde_json::to_value(&waiver.notes).unwrap();
        let notes: Vec<&str> =
            notes.as_array().into_iter().flatten().filter_map(|note| note.as_str()).collect();
        writeln!(out, "waiver {}: {} where {}", notes.join(", "), waiver.policy, waiver.condition).unwrap();
    }
    if out.is_empty() {
        out.push_str("nothing\n");
    }
    out
}

fn decision(out: &mut String, one: &Decision) {
    let monitor = if one.mode == assize_lang::plan::Mode::Monitor { "monitor: " } else { "" };
    writeln!(out, "{monitor}{} by {} on {}", outcomes(&one.outcomes), one.policy, one.anchor).unwrap();
    writeln!(out, "  because: {}", one.because).unwrap();
    gaps(out, &one.missing, one.missing_more, &one.could_be);
    for unresolved in &one.unresolved {
        let why = if unresolved.absent { "absent".to_owned() } else { missing(&unresolved.missing) };
        writeln!(out, "  unresolved: {} {} ({why})", unresolved.kind, unresolved.target).unwrap();
    }
    for assumed in &one.assumed {
        writeln!(out, "  assumed: {} as {}", assumed.of, assumed.taken_for).unwrap();
    }
    for (word, value) in [("waived by", one.waived_by.clone()), ("as of", one.as_of.map(|at| at.to_string()))]
    {
        value.iter().for_each(|value| writeln!(out, "  {word}: {value}").unwrap());
    }
    for (word, at) in [("valid until", one.valid_until), ("evidence until", one.evidence_until)] {
        at.iter().for_each(|at| writeln!(out, "  {word}: {at}").unwrap());
    }
}

fn undetermined(out: &mut String, one: &Undetermined) {
    let word = if one.incomplete { "incomplete" } else { "undetermined" };
    writeln!(out, "{word} by {} on {}", one.policy, one.anchor).unwrap();
    gaps(out, &one.missing, one.missing_more, &one.could_be);
    one.valid_until.iter().for_each(|at| writeln!(out, "  valid until: {at}").unwrap());
}

fn gaps(out: &mut String, first: &[Missing], more: usize, could_be: &[Outcome]) {
    if !first.is_empty() {
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        writeln!(out, "  missing: {}{more}", missing(first)).unwrap();
    }
    if !could_be.is_empty() {
        writeln!(out, "  could be: {}", outcomes(could_be)).unwrap();
    }
}

fn missing(all: &[Missing]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn outcomes(all: &[Outcome]) -> String {
    all.iter().map(outcome).collect::<Vec<_>>().join(", ")
}

fn outcome(one: &Outcome) -> String {
    let target = |target: &Option<assize::value::FactRef>| {
        target.as_ref().map(|target| format!(" {target}")).unwrap_or_default()
    };
    let between =
        |range: &Option<[String; 2]>| range.as_ref().map(|[low, high]| format!(" ({low} to {high})"));
    let lasting = |micros: Option<i64>| micros.map(assize::facts::format_duration);
    let mut out = match &one.kind {
        OutcomeKind::Block { target: of, lasting: lapse } => {
            format!(
                "block{}{}",
                target(of),
                lasting(*lapse).map(|text| format!(" for {text}")).unwrap_or_default()
            )
        }
        OutcomeKind::Revoke { target: of, by } => {
            format!("revoke{} by {}", target(of), format!("{by:?}").to_lowercase())
        }
        OutcomeKind::Alert { severity, range } => {
            format!("alert {severity}{}", between(range).unwrap_or_default())
        }
        OutcomeKind::Rank { tier, range, keys } => {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            let by = if keys.is_empty() { String::new() } else { format!(" by {}", keys.join(", ")) };
            format!("rank {tier}{}{by}", between(range).unwrap_or_default())
        }
    };
    if let Some(within) = lasting(one.within) {
        write!(out, " within {within}").unwrap();
    }
    if !one.with.is_empty() {
        write!(out, " with {}", serde_json::to_string(&one.with).unwrap()).unwrap();
    }
    out
}
