//! What became of decisions: for people, for programs, and as an exit code.

use assize::facts::Instant;
use assize::{By, ChangeKind, Decision, DecisionChange, DecisionDelta, Evaluation, OutcomeKind};
use assize_lang::plan::Mode;
use serde::Serialize;

use super::card::{Card, heading};
use super::decision::{self, Shown};
use super::evaluation::{fails, more};
use super::term::Term;
use crate::error::CliError;
use crate::exit::{Exit, FailOn};
use crate::sources::count;

/// How many changed ranks of a kind are shown unless all are asked for.
const SHOWN: usize = 10;

/// The kinds, in the order in which they are shown, with their colours.
const KINDS: [(ChangeKind, &str); 4] = [
    (ChangeKind::Made, "1;31"),
    (ChangeKind::Changed, "1;33"),
    (ChangeKind::Withdrawn, "1;32"),
    (ChangeKind::Lost, "1;36"),
];

/// One side of a comparison.
#[derive(Clone, Debug, Serialize)]
pub struct State {
    /// The instant.
    pub now: Instant,
    /// The snapshot's id.
    pub snapshot: String,
    /// How many policies were asked.
    pub policies: usize,
    /// How many decisions stand.
    pub decisions: usize,
    /// How many cases cannot be told.
    pub undetermined: usize,
}

impl From<&Evaluation> for State {
    fn from(result: &Evaluation) -> Self {
        Self {
            now: result.now,
            snapshot: result.snapshot.clone(),
            policies: result.policies,
            decisions: result.decisions.len(),
            undetermined: result.undetermined.len(),
        }
    }
}

/// How many decisions became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Made.
    pub made: usize,
    /// Changed.
    pub changed: usize,
    /// Withdrawn.
    pub withdrawn: usize,
    /// Lost.
    pub lost: usize,
}

impl Counts {
    /// Of a delta.
    pub fn of(delta: &DecisionDelta) -> Self {
        let mut out = Self::default();
        out.add(delta);
        out
    }

    /// Takes in a delta.
    pub fn add(&mut self, delta: &DecisionDelta) {
        for change in &delta.changes {
            let place = match change.change {
                ChangeKind::Made => &mut self.made,
                ChangeKind::Changed => &mut self.changed,
                ChangeKind::Withdrawn => &mut self.withdrawn,
                ChangeKind::Lost => &mut self.lost,
            };
            *place = place.saturating_add(1);
        }
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { made, changed, withdrawn, lost } = self;
        write!(f, "{made} made, {changed} changed, {withdrawn} withdrawn, {lost} lost")
    }
}

/// Two states, and what became of decisions from the one to the other.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The version of this shape.
    pub version: u32,
    /// What was.
    pub before: State,
    /// What is.
    pub after: State,
    /// What changed.
    #[serde(flatten)]
    pub delta: DecisionDelta,
    /// How many records of what is were rejected.
    pub rejected: usize,
    /// Whether the budget ran out somewhere in what is.
    pub incomplete: bool,
    /// Counts.
    pub summary: Counts,
}

impl Comparison {
    /// Of two states with the delta between them.
    pub fn new(before: &Evaluation, after: &Evaluation, delta: DecisionDelta) -> Self {
        Self {
            version: 1,
            before: before.into(),
            after: after.into(),
            rejected: after.rejected,
            incomplete: after.incomplete,
            summary: Counts::of(&delta),
            delta,
        }
    }

    /// What the run ends with: what was made and changed counts, and with `unknown` what was lost.
    pub fn exit(&self, fail_on: &FailOn) -> Exit {
        let exit = if failing(&self.delta, fail_on) > 0 { Exit::Decided } else { Exit::Clean };
        if self.incomplete { exit.and(Exit::Incomplete) } else { exit }
    }

    /// For people.
    pub fn text(&self, term: Term, all: bool, fail_on: &FailOn) -> String {
        let mut out = changes(&self.delta, term, all);
        let mut card = Card::new("", "");
        card.row("changes", self.summary.to_string());
        card.row("from", state(&self.before));
        card.row("to", state(&self.after));
        if self.rejected > 0 {
            let records = count(self.rejected, "record");
            card.row("rejected", format!("{records}; what they would have said is not known (exit code 3)"));
        }
        if self.incomplete {
            card.row("budget", "ran out somewhere: those cases are undetermined (exit code 3)");
        }
        let failing = failing(&self.delta, fail_on);
        if failing > 0 {
            card.row("fails", format!("{} at or above --fail-on {fail_on}", count(failing, "change")));
        }
        out.push_str(&heading(term, "SUMMARY", "1"));
        out.push_str(&card.draw(term, 0, "1"));
        out
    }
}

fn state(state: &State) -> String {
    let State { now, snapshot, decisions, undetermined, .. } = state;
    format!("{snapshot} at {now}: {}, {undetermined} cannot be told", count(*decisions, "decision"))
}

/// How many changes reach `--fail-on`.
pub fn failing(delta: &DecisionDelta, fail_on: &FailOn) -> usize {
    let fails = |change: &&DecisionChange| match (&change.decision, &change.undetermined) {
        (Some(decision), _) => fails(decision, fail_on),
        (None, Some(open)) => open.mode == Mode::Enforce && fail_on.unknown(),
        (None, None) => false,
    };
    delta.changes.iter().filter(fails).count()
}

/// A change a line.
pub fn ndjson(delta: &DecisionDelta) -> Result<String, CliError> {
    lines(&delta.changes)
}

/// An object a line.
pub fn lines<T: Serialize>(all: &[T]) -> Result<String, CliError> {
    let mut out = String::new();
    for one in all {
        let line = serde_json::to_string(one).map_err(|error| CliError::Engine(error.to_string()))?;
        out.push_str(&line);
        out.push('\n');
    }
    Ok(out)
}

/// The changes for people: what was made, changed, withdrawn, lost, each under its heading.
pub fn changes(delta: &DecisionDelta, term: Term, all: bool) -> String {
    let mut out = String::new();
    for (kind, color) in KINDS {
        let group: Vec<&DecisionChange> = delta.changes.iter().filter(|it| it.change == kind).collect();
        if group.is_empty() {
            continue;
        }
        out.push_str(&heading(term, &format!("{} ({})", kind.as_str().to_uppercase(), group.len()), color));
        let (ranks, others): (Vec<_>, Vec<_>) = group.into_iter().partition(|change| is_rank(change));
        let shown = if all { ranks.len() } else { SHOWN };
        for change in others.iter().chain(ranks.iter().take(shown)) {
            if let Some((card, color)) = card(change) {
                out.push_str(&card.draw(term, 2, color));
                out.push('\n');
            }
        }
        more(&mut out, term, ranks.len().saturating_sub(shown), "rank");
    }
    out
}

fn is_rank(change: &DecisionChange) -> bool {
    let strongest = said(change).and_then(decision::strongest);
    strongest.is_some_and(|outcome| matches!(outcome.kind, OutcomeKind::Rank { .. }))
}

/// The decision as it is, or as it was where it is gone.
fn said(change: &DecisionChange) -> Option<&Decision> {
    change.decision.as_ref().or(change.was.as_ref())
}

fn card(change: &DecisionChange) -> Option<(Card, &'static str)> {
    let decision = said(change)?;
    let color = decision::strongest(decision).map_or("1", |outcome| decision::color(&outcome.kind));
    let mut card = match &change.decision {
        Some(decision) => decision::card(decision, Shown { evidence: true, controls: false }),
        None => {
            let mut card = decision::titled(decision);
            if let Some(open) = &change.undetermined {
                decision::missing(&mut card, &open.missing.iter().collect::<Vec<_>>(), open.missing_more);
                card.row("could be", decision::alternatives(&open.could_be));
                card.row("note", "not known any more, which does not make it settled");
            }
            card.row("id", decision::identity(decision));
            card
        }
    };
    // Before the last row, which is the id.
    let place = card.rows.len().saturating_sub(1);
    if let (Some(is), Some(was)) = (&change.decision, &change.was) {
        card.rows.insert(place, ("was", was_before(is, was)));
    }
    let place = card.rows.len().saturating_sub(1);
    card.rows.insert(place, ("by", by(change)));
    Some((card, color))
}

/// What was decided before, told apart from what is.
fn was_before(is: &Decision, was: &Decision) -> String {
    let mut out = decision::outcomes(was);
    if is.arm != was.arm {
        out.push_str(&format!(", by arm {}", was.arm));
    }
    if is.could_be != was.could_be {
        let could_be = decision::alternatives(&was.could_be);
        let could_be = if could_be.is_empty() { "nothing else".to_owned() } else { could_be };
        out.push_str(&format!("; could be {could_be}"));
    }
    if is.waived_by != was.waived_by {
        match &was.waived_by {
            Some(waiver) => out.push_str(&format!("; waived by {waiver}")),
            None => out.push_str("; not waived"),
        }
    }
    out
}

/// What did it, in words.
pub fn by(change: &DecisionChange) -> String {
    let at = decision::second(change.at);
    match &change.by {
        By::Fact(fact) => format!("{}, at {at}", decision::fact(fact)),
        By::Instant(instant) => format!("the clock, at {instant}"),
        By::Policy(policy) => format!("the policy {policy}"),
        By::Snapshot(id) => format!("the facts of {id}"),
    }
}
