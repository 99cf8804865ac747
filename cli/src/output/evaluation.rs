//! Everything that was decided: for people, for programs, and as an exit code.

use assize::{Decision, Evaluation, OutcomeKind, Undetermined};
use assize_lang::plan::Mode;

use super::card::{Card, heading};
use super::decision::{self, Shown};
use super::term::Term;
use crate::decider::Decider;
use crate::error::CliError;
use crate::estate::{Estate, Loaded};
use crate::exit::{Exit, FailOn, Seen};
use crate::sources::count;

/// How many ranks, and how many groups of undetermined cases, are shown unless all are asked for.
const SHOWN: usize = 10;

/// How many cases are named of one group.
const NAMED: usize = 5;

/// One run, ready to be shown.
#[derive(Debug)]
pub struct Run<'a> {
    /// What was decided on.
    pub loaded: &'a Loaded,
    /// What was decided.
    pub result: Evaluation,
    /// How `assize` was told of the project, for the commands that are suggested.
    pub flags: String,
}

impl<'a> Run<'a> {
    /// Decides.
    pub fn new(estate: &Estate, loaded: &'a Loaded, decider: Decider, flags: String) -> Self {
        let mut result = decider.evaluate(estate, loaded, estate.now());
        // The snapshot knows its own rejects; those of connectors and of the manifest belong to the run.
        result.rejected = loaded.rejects.len();
        Self { loaded, result, flags }
    }

    /// A decision a line.
    pub fn ndjson(&self) -> Result<String, CliError> {
        let mut out = String::new();
        for decision in &self.result.decisions {
            let line =
                serde_json::to_string(decision).map_err(|error| CliError::Engine(error.to_string()))?;
            out.push_str(&line);
            out.push('\n');
        }
        Ok(out)
    }

    /// What the run ends with.
    pub fn exit(&self, fail_on: &FailOn) -> Exit {
        let failing = self.failing(fail_on);
        let mut exit = if failing > 0 { Exit::Decided } else { Exit::Clean };
        if self.result.incomplete {
            exit = exit.and(Exit::Incomplete);
        }
        exit
    }

    /// How many decisions and undetermined cases reach `--fail-on`.
    fn failing(&self, fail_on: &FailOn) -> usize {
        let decided = self.result.decisions.iter().filter(|decision| fails(decision, fail_on));
        let undetermined =
            self.result.undetermined.iter().filter(|case| case.mode == Mode::Enforce && fail_on.unknown());
        decided.count().saturating_add(undetermined.count())
    }

    /// For people: strongest first, then what cannot be told, then what to do next.
    pub fn text(&self, term: Term, all: bool, fail_on: &FailOn) -> String {
        let mut out = String::new();
        for strength in 0..4 {
            let group = self.result.decisions.iter().filter(|decision| {
                decision::strongest(decision)
                    .is_some_and(|outcome| decision::strength(&outcome.kind) == strength)
            });
            group_text(&mut out, term, &group.collect::<Vec<_>>(), all);
        }
        self.undetermined(&mut out, term, all);
        super::waivers::text(&mut out, term, &self.result.waivers);
        self.summary(&mut out, term, fail_on);
        out
    }

    fn undetermined(&self, out: &mut String, term: Term, all: bool) {
        let cases = &self.result.undetermined;
        if cases.is_empty() {
            return;
        }
        out.push_str(&heading(term, &format!("CANNOT TELL ({})", cases.len()), "1;36"));
        let mut groups: Vec<(_, Vec<&Undetermined>)> = Vec::new();
        for case in cases {
            let want = decision::same_want(case);
            match groups.iter_mut().find(|(known, _)| *known == want) {
                Some((_, members)) => members.push(case),
                None => groups.push((want, vec![case])),
            }
        }
        let shown = if all { groups.len() } else { SHOWN };
        for (want, members) in groups.iter().take(shown) {
            out.push_str(&wanted(&want.0, members).draw(term, 2, "1;36"));
            out.push('\n');
        }
        more(out, term, groups.len().saturating_sub(shown), "group");
    }

    fn summary(&self, out: &mut String, term: Term, fail_on: &FailOn) {
        let result = &self.result;
        let facts =
            self.loaded.snapshot.counts().values().fold(0_usize, |sum, count| sum.saturating_add(*count));
        let mut card = Card::new("", "");
        let kinds = [
            ("block", result.summary.block),
            ("revoke", result.summary.revoke),
            ("alert", result.summary.alert),
            ("rank", result.summary.rank),
            ("cannot tell", result.summary.undetermined),
        ];
        let kinds: Vec<String> = kinds.iter().map(|(word, number)| format!("{number} {word}")).collect();
        card.row("decided", kinds.join(", "));
        let (policies, facts) = (count(result.policies, "policy"), count(facts, "fact"));
        card.row("from", format!("{policies} on {facts} at {}, snapshot {}", result.now, result.snapshot));
        if result.rejected > 0 {
            let records = count(result.rejected, "record");
            card.row("rejected", format!("{records}; what they would have said is not known (exit code 3)"));
        }
        if result.incomplete {
            card.row("budget", "ran out somewhere: those cases are undetermined (exit code 3)");
        }
        let failing = self.failing(fail_on);
        if failing > 0 {
            card.row("fails", format!("{} at or above --fail-on {fail_on}", count(failing, "case")));
        }
        let case = result.decisions.first().map(|decision| &decision.id);
        if let Some(id) = case.or_else(|| result.undetermined.first().map(|case| &case.id)) {
            card.row("next", format!("assize explain{} {id}", self.flags));
        }
        out.push_str(&heading(term, "SUMMARY", "1"));
        out.push_str(&card.draw(term, 0, "1"));
    }
}

/// Whether a decision fails a run: it would be carried out, and reaches `--fail-on`.
pub fn fails(decision: &Decision, fail_on: &FailOn) -> bool {
    decision.mode == Mode::Enforce && decision.waived_by.is_none() && reaches(decision, fail_on)
}

fn reaches(decision: &Decision, fail_on: &FailOn) -> bool {
    let told = decision.outcomes.iter().any(|outcome| {
        let level = match &outcome.kind {
            OutcomeKind::Alert { severity, .. } => Some(severity.as_str()),
            OutcomeKind::Rank { tier, .. } => Some(tier.as_str()),
            OutcomeKind::Block { .. } | OutcomeKind::Revoke { .. } => None,
        };
        fail_on.outcome(Seen { kind: outcome.kind.word(), level })
    });
    told || (fail_on.unknown() && !decision.missing.is_empty())
}

fn group_text(out: &mut String, term: Term, group: &[&Decision], all: bool) {
    let Some(first) = group.first().and_then(|decision| decision::strongest(decision)) else { return };
    let color = decision::color(&first.kind);
    let word = first.kind.word().to_uppercase();
    out.push_str(&heading(term, &format!("{word} ({})", group.len()), color));
    let ranks = matches!(first.kind, OutcomeKind::Rank { .. });
    let shown = if all || !ranks { group.len() } else { SHOWN };
    let mut policy = "";
    for decision in group.iter().take(shown) {
        // A list of ranks is one policy's most of the time: its controls are said once.
        let controls = !ranks || decision.policy != policy;
        policy = &decision.policy;
        out.push_str(&decision::card(decision, Shown { evidence: true, controls }).draw(term, 2, color));
        out.push('\n');
    }
    more(out, term, group.len().saturating_sub(shown), "rank");
}

/// Says how many are not shown.
pub fn more(out: &mut String, term: Term, hidden: usize, word: &str) {
    if hidden > 0 {
        out.push_str(&format!(
            "  {}\n\n",
            term.dim(&format!("and {}; --all shows them", count(hidden, &format!("more {word}"))))
        ));
    }
}

/// The card of cases that want the same evidence.
fn wanted(policy: &str, members: &[&Undetermined]) -> Card {
    let cases = if members.len() == 1 { String::new() } else { format!("({} cases)", members.len()) };
    let mut card = Card::new(policy, cases);
    for case in members.iter().take(NAMED) {
        card.row("cases", decision::anchor(&case.anchor));
    }
    let hidden = members.len().saturating_sub(NAMED);
    if hidden > 0 {
        card.row("cases", format!("and {hidden} more"));
    }
    if let Some(first) = members.first() {
        decision::missing(&mut card, &first.missing.iter().collect::<Vec<_>>(), first.missing_more);
        card.row("could be", decision::alternatives(&first.could_be));
        if first.incomplete {
            card.row("note", "what it joins with is not known, so there may be several cases or none");
        }
        if first.exhausted {
            card.row("note", "its conditions range over more than the budget allows");
        }
        card.row("id", &first.id);
    }
    card
}
