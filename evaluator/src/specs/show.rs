//! Diagnostics and decisions as the pages show them: short lines, nothing left out that a page speaks of.

use assize_lang::FileDiagnostics;
use assize_lang::diagnostic::Diagnostic;

use super::project::{Place, Project};
use crate::decision::{Decision, Outcome, OutcomeKind, Undetermined};
use crate::evaluation::Evaluation;
use crate::store::Snapshot;
use crate::value::{FactRef, Missing};

/// What is said of one block: `CODE LINE:COLUMN message`, and what to do.
pub(super) fn diagnostics(project: &Project, place: Place, all: &[FileDiagnostics]) -> String {
    let mut out = String::new();
    for file in all {
        for one in &file.diagnostics {
            let at = position(project.text(&file.path), one).filter(|_| project.is_in(place, &file.path));
            let at = at.and_then(|(line, column)| Some((line.checked_sub(place.lines)?, column)));
            match at {
                Some((line, column)) if line > 0 => out.push_str(&format!("{} {line}:{column}", one.code)),
                _ => out.push_str(&format!("{} elsewhere", one.code)),
            }
            out.push_str(&format!(" {}\n", one.message));
            for note in &one.notes {
                out.push_str(&format!("  note: {note}\n"));
            }
            if let Some(help) = &one.help {
                out.push_str(&format!("  help: {help}\n"));
            }
        }
    }
    out
}

/// The line and the column, counted from 1, of a diagnostic.
fn position(text: &str, one: &Diagnostic) -> Option<(usize, usize)> {
    let before = text.get(..usize::try_from(one.span.start).ok()?)?;
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next()?.chars().count().saturating_add(1);
    Some((line, column))
}

/// What is decided, what is not, and what was rejected.
pub(super) fn evaluation(snapshot: &Snapshot, evaluation: &Evaluation) -> String {
    let mut out = String::new();
    for reject in snapshot.rejects() {
        let field = reject.field.as_ref().map(|field| format!(" `{field}`:")).unwrap_or_default();
        out.push_str(&format!("rejected, {}:{field} {}\n", reject.record, reject.reason));
    }
    evaluation.decisions.iter().for_each(|one| decision(&mut out, one));
    evaluation.undetermined.iter().for_each(|one| undetermined(&mut out, one));
    for waiver in evaluation.waivers.iter().filter(|waiver| !waiver.notes.is_empty()) {
        let notes = serde_json::to_value(&waiver.notes).unwrap_or_default();
        let notes: Vec<&str> =
            notes.as_array().into_iter().flatten().filter_map(|note| note.as_str()).collect();
        out.push_str(&format!("waiver {}: {} where {}\n", notes.join(", "), waiver.policy, waiver.condition));
    }
    if out.is_empty() {
        out.push_str("nothing\n");
    }
    out
}

fn decision(out: &mut String, one: &Decision) {
    let monitor = if one.mode == assize_lang::plan::Mode::Monitor { "monitor: " } else { "" };
    out.push_str(&format!("{monitor}{} by {} on {}\n", outcomes(&one.outcomes), one.policy, one.anchor));
    out.push_str(&format!("  because: {}\n", one.because));
    gaps(out, &one.missing, one.missing_more, &one.could_be);
    one.conflicts.iter().for_each(|conflict| out.push_str(&format!("  conflict: {conflict}\n")));
    for unresolved in &one.unresolved {
        let why = if unresolved.absent { "absent".to_owned() } else { missing(&unresolved.missing) };
        out.push_str(&format!("  unresolved: {} {} ({why})\n", unresolved.kind, unresolved.target));
    }
    for assumed in &one.assumed {
        out.push_str(&format!("  assumed: {} as {}\n", assumed.of, assumed.taken_for));
    }
    for (word, value) in [("waived by", one.waived_by.clone()), ("as of", one.as_of.map(|at| at.to_string()))]
    {
        value.iter().for_each(|value| out.push_str(&format!("  {word}: {value}\n")));
    }
    one.aliases.iter().for_each(|said| out.push_str(&format!("  alias: {said}\n")));
    for (word, at) in [("valid until", one.valid_until), ("evidence until", one.evidence_until)] {
        at.iter().for_each(|at| out.push_str(&format!("  {word}: {at}\n")));
    }
}

fn undetermined(out: &mut String, one: &Undetermined) {
    let word = if one.incomplete { "incomplete" } else { "undetermined" };
    out.push_str(&format!("{word} by {} on {}\n", one.policy, one.anchor));
    gaps(out, &one.missing, one.missing_more, &one.could_be);
    one.conflicts.iter().for_each(|conflict| out.push_str(&format!("  conflict: {conflict}\n")));
    one.valid_until.iter().for_each(|at| out.push_str(&format!("  valid until: {at}\n")));
}

fn gaps(out: &mut String, first: &[Missing], more: usize, could_be: &[Outcome]) {
    if !first.is_empty() {
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        out.push_str(&format!("  missing: {}{more}\n", missing(first)));
    }
    if !could_be.is_empty() {
        out.push_str(&format!("  could be: {}\n", outcomes(could_be)));
    }
}

fn missing(all: &[Missing]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn outcomes(all: &[Outcome]) -> String {
    all.iter().map(outcome).collect::<Vec<_>>().join(", ")
}

fn outcome(one: &Outcome) -> String {
    let target =
        |target: &Option<FactRef>| target.as_ref().map(|target| format!(" {target}")).unwrap_or_default();
    let between =
        |range: &Option<[String; 2]>| range.as_ref().map(|[low, high]| format!(" ({low} to {high})"));
    let lasting = |micros: Option<i64>| micros.map(crate::facts::format_duration);
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
        out.push_str(&format!(" within {within}"));
    }
    if !one.with.is_empty() {
        out.push_str(&format!(" with {}", serde_json::to_string(&one.with).unwrap_or_default()));
    }
    out
}
