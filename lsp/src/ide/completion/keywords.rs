//! The words that the grammar wants at the cursor.

use assize_lang::syntax::Lexeme;

use super::context::Context;
use super::snippets;
use super::{Kind, Proposal};

/// Words, each with what it means.
type Words = &'static [(&'static str, &'static str)];

const MODES: Words = &[
    ("enforce", "Decisions are computed, shown and carried out: the default."),
    ("monitor", "Decisions are computed and shown; nothing is carried out."),
];
const STAGES: Words = &[
    ("stage", "A change is opened with the exact targets."),
    ("quarantine", "Reversibly disabled: what is done where nothing is said."),
    ("rotate", "Replaced."),
    ("destroy", "Deleted."),
];
const BASES: Words = &[
    ("heartbeat", "The sensor reported alive."),
    ("run", "A complete run of a scanner or an inventory says so."),
    ("proven", "A planted event arrived."),
    ("declared", "Configuration says so: supports no negative."),
];
const SIGNAL: Words = &[
    ("lag", "How late its reports come."),
    ("gap", "The longest hole that still counts as covered."),
    ("loss", "The share of reports that may be lost."),
    ("basis", "How its coverage is known."),
];
const FACT_TAILS: Words = &[
    ("fresh for", "After how long a report goes stale."),
    ("lives", "Between which fields the thing exists."),
    ("covered by", "What makes it knowable that there is none."),
    ("closed", "The list of all facts is always complete."),
];
const EXPECTED: Words = &[
    ("alert", "An alert of a severity."),
    ("revoke", "A revocation of a target."),
    ("block", "A block of a target."),
    ("rank", "A rank of a tier."),
    ("nothing", "No decision."),
    ("undetermined", "That it cannot be told."),
    ("error", "That a text does not compile."),
    ("warning", "That a text is warned of."),
];
const EXPECTED_TAILS: Words = &[
    ("on", "The anchor's key."),
    ("by", "The policy; it is then exact."),
    ("because contains", "A part of the reason."),
    ("could_be", "Outcomes that must be possible."),
    ("valid_until", "When the clock alone changes it."),
];
const WAIVER_TAILS: Words = &[
    ("for", "The binding whose facts are excepted."),
    ("where", "Which of them."),
    ("until", "When the exception ends."),
    ("because", "Why."),
    ("by", "Who answers for it."),
];
const ENVELOPE: Words = &[
    ("revoke", "Limits revocations."),
    ("block", "Limits blocks."),
    ("at most", "A share of all facts of the type, or a number."),
    ("per", "In which time."),
    ("never where", "Targets that are never acted on."),
];
const PARAM_TAILS: Words =
    &[("in", "Inclusive bounds: `7d..400d`."), ("source", "Where the default comes from.")];

/// The words that may stand at the cursor.
pub(super) fn proposals(context: &Context) -> Vec<Proposal> {
    if context.first_column {
        return snippets::items();
    }
    match context.last(0) {
        "mode" if context.head == "policy" => return words(MODES),
        "basis" if context.head == "signal" => return words(BASES),
        _ => {}
    }
    match context.head.as_str() {
        "policy" if context.block() == "decide" || !context.since(&["decide"]).0.is_empty() => arm(context),
        "policy" if context.depth() == 1 && fresh_line(context) => snippets::clauses(context),
        "signal" if context.depth() == 1 => words(SIGNAL),
        "entity" | "event" | "request" if context.depth() == 0 && context.last(0) == "}" => words(FACT_TAILS),
        "entity" | "event" | "request" if context.depth() == 1 && fresh_line(context) => {
            vec![snippets::field(), snippets::key()]
        }
        "relation" if context.depth() == 1 && fresh_line(context) => vec![snippets::case()],
        "test" => test(context),
        "waive" if !context.in_brackets() && !context.wants_operand() => words(WAIVER_TAILS),
        "envelope" if !context.in_brackets() && context.last_lexeme() != Some(Lexeme::Mark) => {
            words(ENVELOPE)
        }
        "param" if context.last(0) != ":" && !context.wants_operand() => words(PARAM_TAILS),
        "table" if context.depth() == 1 => cells(context),
        _ => Vec::new(),
    }
}

fn words(list: Words) -> Vec<Proposal> {
    let one = |(rank, (word, docs)): (u16, &(&str, &str))| {
        Proposal::new(*word, Kind::Word, rank.saturating_add(20)).docs(*docs)
    };
    (0..).zip(list).map(one).collect()
}

/// Whether a new clause may start: on a line of its own, behind something that is whole.
fn fresh_line(context: &Context) -> bool {
    let open = match context.before.last() {
        Some((Lexeme::Mark, text)) => !matches!(text.as_str(), ")" | "]" | "}" | "{" | "?" | "*"),
        _ => false,
    };
    context.first_on_line && !open && !context.in_brackets()
}

/// Inside `decide`.
fn arm(context: &Context) -> Vec<Proposal> {
    if context.in_brackets() {
        return Vec::new();
    }
    let (mark, since) = context.since(&["=>", "because"]);
    let starts = match context.before.last() {
        Some((Lexeme::Text, _)) => mark == "because",
        Some((_, text)) => matches!(text.as_str(), "{" | "none"),
        None => false,
    };
    if starts {
        return snippets::arm_heads();
    }
    if mark != "=>" {
        return Vec::new();
    }
    let last = context.last(0);
    if last == "=>" || last == "," {
        return snippets::outcomes();
    }
    let outcome = since.rsplit(|(_, text)| text == ",").next().unwrap_or_default();
    let verb = outcome.first().map_or("", |(_, text)| text.as_str());
    if last == "by" && verb == "revoke" {
        return words(STAGES);
    }
    if outcome.len() > 1 && !context.wants_operand() {
        return snippets::outcome_tails(verb);
    }
    if outcome.len() == 1 && verb == "revoke" {
        return vec![Proposal::new("each", Kind::Word, 60).docs("Every certain member of a list.")];
    }
    Vec::new()
}

/// Inside a test.
fn test(context: &Context) -> Vec<Proposal> {
    if context.depth() == 1 && fresh_line(context) {
        return snippets::steps();
    }
    if context.last(0) == "expect" {
        return words(EXPECTED);
    }
    let (mark, since) = context.since(&["expect", "given", "now", "set", "without"]);
    if mark == "expect" && !since.is_empty() && !context.wants_operand() {
        return words(EXPECTED_TAILS);
    }
    Vec::new()
}

/// Inside the rows of a table.
fn cells(context: &Context) -> Vec<Proposal> {
    if context.in_brackets() || !(context.first_on_line || context.last(0) == ",") {
        return Vec::new();
    }
    let unknown = Proposal::new("unknown", Kind::Word, 40).docs("An input that is not known.");
    vec![unknown, Proposal::new("_", Kind::Word, 41).docs("Anything, known or not.")]
}
