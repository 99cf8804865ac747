//! One decision, or one case that cannot be decided, in words.

use assize::facts::{Instant, format_duration};
use assize::store::{Evidence, Witness};
use assize::value::{Cause, FactRef, Missing};
use assize::{Anchor, Bound, Conflict, Decision, Outcome, OutcomeKind, SaidAs, Undetermined, Unresolved};
use assize_lang::plan::{Mode, Stage};

use super::card::Card;
use super::term::short;

/// How many outcomes a title names; the others are rows below it.
const TITLED: usize = 3;

/// What is shown of a decision besides what, why and until when.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// The tools' records that it rests on.
    pub evidence: bool,
    /// The controls that its policy serves.
    pub controls: bool,
}

/// The escape of an outcome's colour.
pub const fn color(kind: &OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Block { .. } => "1;35",
        OutcomeKind::Revoke { .. } => "1;31",
        OutcomeKind::Alert { .. } => "1;33",
        OutcomeKind::Rank { .. } => "1;34",
    }
}

/// How strong an outcome is: 0 is the strongest.
pub const fn strength(kind: &OutcomeKind) -> usize {
    match kind {
        OutcomeKind::Block { .. } => 0,
        OutcomeKind::Revoke { .. } => 1,
        OutcomeKind::Alert { .. } => 2,
        OutcomeKind::Rank { .. } => 3,
    }
}

/// The strongest outcome of a decision.
pub fn strongest(decision: &Decision) -> Option<&Outcome> {
    decision.outcomes.iter().min_by_key(|outcome| strength(&outcome.kind))
}

/// The outcomes of a decision, the strongest first.
fn by_strength(decision: &Decision) -> Vec<&Outcome> {
    let mut outcomes: Vec<&Outcome> = decision.outcomes.iter().collect();
    outcomes.sort_by_key(|outcome| strength(&outcome.kind));
    outcomes
}

/// What is decided, in words.
pub fn outcomes(decision: &Decision) -> String {
    let words: Vec<String> = by_strength(decision).into_iter().map(in_words).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

/// The title of a decision's card: what is decided, and on what.
pub fn titled(decision: &Decision) -> Card {
    let outcomes = by_strength(decision);
    let titled: Vec<String> = outcomes.iter().take(TITLED).map(|outcome| in_words(outcome)).collect();
    let title = titled.join(", ");
    let title = match outcomes.first() {
        Some(outcome) if outcome.kind.acts() => title,
        Some(_) => format!("{title} on {}", anchor(&decision.anchor)),
        None => format!("nothing on {}", anchor(&decision.anchor)),
    };
    let (lead, title) = title.split_once(' ').unwrap_or((&title, ""));
    let mut card = Card::new(lead, title);
    for outcome in outcomes.iter().skip(TITLED) {
        card.row("and", in_words(outcome));
    }
    card
}

/// What tells a decision from others, and whose it is.
pub fn identity(decision: &Decision) -> String {
    let monitor = if decision.mode == Mode::Monitor { "; monitored, not carried out" } else { "" };
    format!("{}, by {}, arm {}{monitor}", decision.id, decision.policy, decision.arm)
}

/// The card of a decision: what, why, from which records, until when.
pub fn card(decision: &Decision, shown: Shown) -> Card {
    let mut card = titled(decision);
    card.row("because", &decision.because);
    for unresolved in &decision.unresolved {
        card.row("open", in_words_unresolved(unresolved));
    }
    for assumed in &decision.assumed {
        card.row("assumed", format!("{} is {}", assumed.of, assumed.taken_for));
    }
    let told = |gap: &&Missing| !decision.because.contains(&gap.to_string());
    let untold: Vec<&Missing> = decision.missing.iter().filter(told).collect();
    missing(&mut card, &untold, decision.missing_more);
    conflicts(&mut card, &decision.conflicts);
    card.row("could be", alternatives(&decision.could_be));
    if shown.evidence {
        card.row("evidence", evidence(decision));
        card.row("aliases", aliases(&decision.aliases));
    }
    if shown.controls {
        card.row("controls", decision.maps.join(", "));
    }
    card.row("holds", holds(decision.valid_until, decision.evidence_until, decision.as_of));
    if let Some(waiver) = &decision.waived_by {
        card.row("waived", format!("by {waiver}: shown, and not carried out"));
    }
    card.row("id", identity(decision));
    card
}

/// The tools' records that a decision rests on, by the type of what they became.
fn evidence(decision: &Decision) -> String {
    let mut types: Vec<(&str, Vec<String>)> = Vec::new();
    for witness in &decision.evidence {
        let Some(source) = &witness.source else { continue };
        let record = match &source.record {
            Some(record) => format!("{} {}{}", source.tool, short(record), as_key(source)),
            None => format!("{}{}", source.tool, as_key(source)),
        };
        match types.iter_mut().find(|(ty, _)| *ty == witness.fact.ty) {
            Some((_, known)) if known.contains(&record) => {}
            Some((_, known)) => known.push(record),
            None => types.push((&witness.fact.ty, vec![record])),
        }
    }
    let mut out: Vec<String> =
        types.iter().map(|(ty, records)| format!("{ty} from {}", records.join(" and "))).collect();
    if decision.evidence_more > 0 {
        out.push(format!("and {} more", decision.evidence_more));
    }
    out.join(", ")
}

/// ` (as AKIA1)`: the key under which the source reported the fact, where that is another than the fact's.
fn as_key(source: &Evidence) -> String {
    source.reported_as.as_ref().map(|key| format!(" (as {})", short(key))).unwrap_or_default()
}

/// `Finding F1 says image sha256:c… of Image sha256:m…`: references by another key than the fact's.
fn aliases(aliases: &[SaidAs]) -> String {
    aliases.iter().map(alias).collect::<Vec<_>>().join("; ")
}

/// One reference by another key than the fact's.
pub fn alias(said: &SaidAs) -> String {
    format!("{} says {} {} of {}", fact(&said.fact), said.field, short(&said.reported_as), fact(&said.is))
}

/// Adds the fields of which sources of equal standing say different things.
pub fn conflicts(card: &mut Card, conflicts: &[Conflict]) {
    for conflict in conflicts {
        let said = |said: &assize::store::SaidBy| {
            let record = said.source.record.as_ref().map(|record| format!(" {}", short(record)));
            format!(
                "{} by {}{}{}",
                said.value,
                said.source.tool,
                record.unwrap_or_default(),
                as_key(&said.source)
            )
        };
        let said: Vec<String> = conflict.said.iter().map(said).collect();
        card.row("conflict", format!("{}.{}: {}", fact(&conflict.fact), conflict.field, said.join(", ")));
    }
}

/// `secret AKIA1`, or several, as a heading names them.
pub fn anchor(anchor: &Anchor) -> String {
    let bound = |(_, bound): &(String, Bound)| match bound {
        Bound::Fact(it) => fact(it),
        Bound::Value(_) => bound.key(),
    };
    anchor.0.iter().map(bound).collect::<Vec<_>>().join(", ")
}

/// `Secret AKIA1`.
pub fn fact(fact: &FactRef) -> String {
    format!("{} {}", fact.ty, short(&fact.key))
}

/// `revoke Secret AKIA1 by quarantine within 24h`.
pub fn in_words(outcome: &Outcome) -> String {
    format!("{} {}", outcome.kind.word(), behind_the_word(outcome)).trim().to_owned()
}

fn behind_the_word(outcome: &Outcome) -> String {
    let mut out = match &outcome.kind {
        OutcomeKind::Block { target, lasting } => {
            let lasting = lasting.map(|micros| format!(" for {}", format_duration(micros)));
            format!("{}{}", target.as_ref().map(fact).unwrap_or_default(), lasting.unwrap_or_default())
        }
        OutcomeKind::Revoke { target, by } => {
            format!("{} by {}", target.as_ref().map(fact).unwrap_or_default(), stage(*by))
        }
        OutcomeKind::Alert { severity, range } => level(severity, range.as_ref()),
        OutcomeKind::Rank { tier, range, .. } => level(tier, range.as_ref()),
    };
    if let Some(within) = outcome.within {
        out.push_str(&format!(" within {}", format_duration(within)));
    }
    for (name, value) in &outcome.with {
        out.push_str(&format!(" with {name} {value}"));
    }
    out.trim().to_owned()
}

fn level(level: &str, range: Option<&[String; 2]>) -> String {
    match range {
        Some([least, most]) => format!("{least} to {most}"),
        None => level.to_owned(),
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

/// `Secret AKIA1: aws-credential-report, row 7`.
pub fn witness(witness: &Witness) -> String {
    let source = witness.source.as_ref().map(|source| {
        let record = source.record.as_ref().map(|record| format!(", {record}"));
        let key = source.reported_as.as_ref().map(|key| format!(", reported as {key}"));
        format!(": {}{}{}", source.tool, record.unwrap_or_default(), key.unwrap_or_default())
    });
    format!("{} {}{}", witness.fact.ty, witness.fact.key, source.unwrap_or_default())
}

/// What else could be decided, each once.
pub fn alternatives(could_be: &[Outcome]) -> String {
    let mut words: Vec<String> = Vec::new();
    for outcome in could_be {
        let word = in_words(outcome);
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join("; ")
}

/// Adds the evidence that is wanted. The fields of one fact that nobody collected are one row.
pub fn missing(card: &mut Card, missing: &[&Missing], more: usize) {
    let mut fields: Vec<(&FactRef, Vec<&str>)> = Vec::new();
    for gap in missing {
        match (gap.cause, &gap.fact, &gap.field) {
            (Cause::NotCollected, Some(fact), Some(field)) => {
                match fields.iter_mut().find(|(known, _)| *known == fact) {
                    Some((_, known)) => known.push(field),
                    None => fields.push((fact, vec![field])),
                }
            }
            _ => card.row("missing", gap.to_string()),
        }
    }
    for (it, names) in fields {
        card.row("missing", format!("not collected of {}: {}", fact(it), names.join(", ")));
    }
    if more > 0 {
        card.row("missing", format!("and {more} more"));
    }
}

fn in_words_unresolved(unresolved: &Unresolved) -> String {
    let why = if unresolved.absent {
        "there is none".to_owned()
    } else {
        let gaps: Vec<String> = unresolved.missing.iter().map(ToString::to_string).collect();
        if gaps.is_empty() { "not known".to_owned() } else { gaps.join("; ") }
    };
    format!("{} {}: {why}", unresolved.kind, unresolved.target)
}

/// Until when something holds, and as of when it speaks.
pub fn holds(valid: Option<Instant>, evidence: Option<Instant>, as_of: Option<Instant>) -> String {
    let mut parts = vec![match valid {
        Some(until) => format!("until {} unless a fact changes", second(until)),
        None => "until a fact changes".to_owned(),
    }];
    if let Some(until) = evidence {
        parts.push(format!("evidence good until {}", second(until)));
    }
    if let Some(as_of) = as_of {
        parts.push(format!("as of {}", second(as_of)));
    }
    parts.join("; ")
}

/// The instant without what is below a second.
pub fn second(instant: Instant) -> Instant {
    Instant(instant.0.div_euclid(1_000_000).saturating_mul(1_000_000))
}

/// What makes two undetermined cases one line: the policy, what is missing but for the fact itself, and
/// what could be decided.
pub fn same_want(case: &Undetermined) -> (String, Vec<String>, Vec<String>) {
    let mut gaps: Vec<String> = case
        .missing
        .iter()
        .map(|gap| match (&gap.signal, &gap.field) {
            (Some(signal), _) => {
                let scope = gap.scope.as_deref().map(|scope| format!(" on {scope}")).unwrap_or_default();
                format!("{}: {signal}{scope}", gap.cause)
            }
            (None, Some(field)) => {
                let ty = gap.fact.as_ref().map(|fact| format!("{}.", fact.ty)).unwrap_or_default();
                format!("{}: {ty}{field}", gap.cause)
            }
            (None, None) => gap.to_string(),
        })
        .collect();
    gaps.sort();
    gaps.dedup();
    let mut words: Vec<String> = case.could_be.iter().map(|outcome| outcome.kind.word().to_owned()).collect();
    words.sort();
    words.dedup();
    (case.policy.clone(), gaps, words)
}
