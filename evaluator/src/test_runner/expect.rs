//! Whether an expectation came true, and what came instead.

use assize_lang::plan::{Expect, ExpectKind, Stage};

use super::world::Outcome;
use crate::decision::{Anchor, Decision, Outcome as Decided, OutcomeKind, Undetermined};
use crate::facts::Instant;
use crate::value::Missing;

/// `None` where it came true; else what came instead.
pub(super) fn check(expect: &Expect, outcome: &Outcome) -> Option<String> {
    let decisions: Vec<&Decision> =
        outcome.decisions.iter().filter(|one| on(expect, &one.anchor) || targets(expect, one)).collect();
    let open: Vec<&Undetermined> =
        outcome.undetermined.iter().filter(|one| on(expect, &one.anchor)).collect();
    let true_as_written = match &expect.kind {
        ExpectKind::Nothing => decisions.is_empty() && open.is_empty(),
        ExpectKind::Undetermined => {
            decisions.is_empty()
                && open.iter().any(|one| {
                    says(&words(&one.missing), expect)
                        && could_be(&one.could_be, expect)
                        && expect.valid_until.is_none_or(|until| one.valid_until.map(|at| at.0) == until)
                })
        }
        kind => decisions.iter().any(|one| {
            one.outcomes.iter().any(|outcome| is(kind, &outcome.kind))
                && says(&one.because, expect)
                && could_be(&one.could_be, expect)
                && expect.valid_until.is_none_or(|until| one.valid_until.map(|at| at.0) == until)
        }),
    };
    if true_as_written {
        return None;
    }
    let mut got: Vec<String> = decisions.iter().map(|one| show(one)).collect();
    got.extend(open.iter().map(|one| show_open(one)));
    if got.is_empty() {
        got.push("nothing: no decision, and nothing undetermined".to_owned());
    }
    Some(got.join("\n"))
}

/// Whether the anchor is the one expected: its first keys are those given.
fn on(expect: &Expect, anchor: &Anchor) -> bool {
    expect.on.is_empty() || anchor.keys().starts_with(&expect.on)
}

/// Whether one of the decision's targets is the subject expected.
fn targets(expect: &Expect, decision: &Decision) -> bool {
    let [subject] = expect.on.as_slice() else { return false };
    decision.outcomes.iter().filter_map(|outcome| outcome.kind.target()).any(|target| target.key == *subject)
}

fn is(kind: &ExpectKind, outcome: &OutcomeKind) -> bool {
    let same = |wanted: &Option<String>, got: &str| wanted.as_ref().is_none_or(|wanted| wanted == got);
    match (kind, outcome) {
        (ExpectKind::Alert(wanted), OutcomeKind::Alert { severity, .. }) => same(wanted, severity),
        (ExpectKind::Rank(wanted), OutcomeKind::Rank { tier, .. }) => same(wanted, tier),
        (ExpectKind::Revoke(wanted, stage), OutcomeKind::Revoke { target, by }) => {
            stage.is_none_or(|stage| stage == *by)
                && target.as_ref().is_some_and(|target| same(wanted, &target.key))
        }
        (ExpectKind::Block(wanted), OutcomeKind::Block { target, .. }) => {
            target.as_ref().is_some_and(|target| same(wanted, &target.key))
        }
        _ => false,
    }
}

fn says(text: &str, expect: &Expect) -> bool {
    expect.because.iter().all(|part| text.contains(part))
}

fn could_be(outcomes: &[Decided], expect: &Expect) -> bool {
    expect.could_be.iter().all(|word| outcomes.iter().any(|outcome| outcome.kind.word() == word))
}

fn words(missing: &[Missing]) -> String {
    missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// One outcome in the language's words.
pub(crate) fn outcome_words(kind: &OutcomeKind) -> String {
    let target = |target: &Option<crate::value::FactRef>| match target {
        Some(target) => format!(" {target}"),
        None => String::new(),
    };
    let range = |range: &Option<[String; 2]>| match range {
        Some([low, high]) => format!(" ({low} to {high})"),
        None => String::new(),
    };
    match kind {
        OutcomeKind::Block { target: of, lasting } => {
            let lasting = lasting.map(|micros| format!(" for {}", crate::facts::format_duration(micros)));
            format!("block{}{}", target(of), lasting.unwrap_or_default())
        }
        OutcomeKind::Revoke { target: of, by } => format!("revoke{} by {}", target(of), stage(*by)),
        OutcomeKind::Alert { severity, range: of } => format!("alert {severity}{}", range(of)),
        OutcomeKind::Rank { tier, range: of, .. } => format!("rank {tier}{}", range(of)),
    }
}

const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Stage => "stage",
        Stage::Quarantine => "quarantine",
        Stage::Rotate => "rotate",
        Stage::Destroy => "destroy",
    }
}

fn list(outcomes: &[Decided]) -> String {
    outcomes.iter().map(|outcome| outcome_words(&outcome.kind)).collect::<Vec<_>>().join(", ")
}

fn show(decision: &Decision) -> String {
    let mut out = format!(
        "{} by {} on {}, arm {}: {}",
        list(&decision.outcomes),
        decision.policy,
        decision.anchor,
        decision.arm,
        decision.because
    );
    if !decision.could_be.is_empty() {
        out.push_str(&format!("; could be {}", list(&decision.could_be)));
    }
    if !decision.missing.is_empty() {
        out.push_str(&format!("; missing: {}", words(&decision.missing)));
    }
    match decision.valid_until {
        Some(until) => out.push_str(&format!("; valid until {until}")),
        None => out.push_str("; valid until a fact changes"),
    }
    out
}

fn show_open(open: &Undetermined) -> String {
    let mut out = format!("undetermined by {} on {}: {}", open.policy, open.anchor, words(&open.missing));
    if !open.could_be.is_empty() {
        out.push_str(&format!("; could be {}", list(&open.could_be)));
    }
    out
}

/// The expectation in the language's words.
pub(super) fn describe(expect: &Expect) -> String {
    let text = |text: &Option<String>| text.as_ref().map(|text| format!(" {text}")).unwrap_or_default();
    let key = |key: &Option<String>| key.as_ref().map(|key| format!(" \"{key}\"")).unwrap_or_default();
    let mut out = match &expect.kind {
        ExpectKind::Alert(severity) => format!("alert{}", text(severity)),
        ExpectKind::Rank(tier) => format!("rank{}", text(tier)),
        ExpectKind::Revoke(target, by) => {
            format!("revoke{}{}", key(target), by.map(|by| format!(" by {}", stage(by))).unwrap_or_default())
        }
        ExpectKind::Block(target) => format!("block{}", key(target)),
        ExpectKind::Nothing => "nothing".to_owned(),
        ExpectKind::Undetermined => "undetermined".to_owned(),
    };
    match expect.on.as_slice() {
        [] => {}
        [one] => out.push_str(&format!(" on \"{one}\"")),
        several => out.push_str(&format!(" on (\"{}\")", several.join("\", \""))),
    }
    if let Some(by) = &expect.by {
        out.push_str(&format!(" by {}", by.short()));
    }
    for part in &expect.because {
        out.push_str(&format!(" because contains \"{part}\""));
    }
    for word in &expect.could_be {
        out.push_str(&format!(" could_be {word}"));
    }
    match expect.valid_until {
        Some(Some(until)) => out.push_str(&format!(" valid_until {}", Instant(until))),
        Some(None) => out.push_str(" valid_until null"),
        None => {}
    }
    out
}
