//! What moved in the order of work, and why.

use std::collections::{BTreeMap, BTreeSet};

use assize::facts::Instant;
use assize::{Decision, Engine, Evaluation, Explanation, Indexed, OutcomeKind};
use serde::Serialize;

use super::card::{Card, heading};
use super::decision;
use super::term::Term;
use crate::estate::Loaded;
use crate::sources::count;

/// One side of the comparison.
#[derive(Debug)]
pub struct Side {
    result: Evaluation,
    facts: Indexed,
}

impl Side {
    /// Decides.
    pub fn of(engine: &Engine, loaded: &Loaded, now: Instant) -> Self {
        Self { result: engine.evaluate(&loaded.snapshot, now), facts: engine.index(&loaded.snapshot, now) }
    }

    /// The ranked items by id, each with its place from 1.
    fn ranked(&self) -> BTreeMap<&str, (usize, &Decision)> {
        let ranked = self.result.decisions.iter().filter(|it| rank(it).is_some());
        ranked.enumerate().map(|(at, it)| (it.id.as_str(), (at.saturating_add(1), it))).collect()
    }
}

/// Where an item stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Its place among all ranked items, from 1.
    pub place: usize,
    /// Its tier, both ends where it is not known: `t3 to t2`.
    pub tier: String,
    /// Why, as the policy says.
    pub because: String,
}

/// Something that came out otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The name in the policy, or the path of the value that was read.
    pub what: String,
    /// What it means, as its author says.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// What it was; nothing where it was not read.
    pub was: Option<String>,
    /// What it is.
    pub is: Option<String>,
}

/// One item that moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Move {
    /// The decision's id.
    pub id: String,
    /// The policy.
    pub policy: String,
    /// What it is about.
    pub item: String,
    /// Where it stood; nothing where it is new.
    pub before: Option<Standing>,
    /// Where it stands; nothing where it has gone.
    pub after: Option<Standing>,
    /// The named expressions that came out otherwise.
    pub moved_by: Vec<Reason>,
    /// The values that are others.
    pub values: Vec<Reason>,
}

/// All that moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moves {
    /// The version of this shape.
    pub version: u32,
    /// The instant at which both sides are decided.
    pub now: Instant,
    /// What moved, in the order in which it stands now, and then what has gone.
    pub moves: Vec<Move>,
    /// How many more there are.
    pub more: usize,
    /// How many items stand elsewhere only because others moved.
    pub pushed: usize,
    /// How many stand where they stood.
    pub still: usize,
}

impl Moves {
    /// From one side to the other; at most `most` are explained.
    pub fn between(engine: &Engine, before: &Side, after: &Side, most: usize) -> Self {
        let (was, is) = (before.ranked(), after.ranked());
        let ids: BTreeSet<&str> = was.keys().chain(is.keys()).copied().collect();
        let mut moved: Vec<(usize, &str)> = Vec::new();
        let (mut pushed, mut still) = (0_usize, 0_usize);
        for id in ids {
            match (was.get(id), is.get(id)) {
                (Some((from, old)), Some((to, new))) if rank(old) == rank(new) => {
                    let place = if from == to { &mut still } else { &mut pushed };
                    *place = place.saturating_add(1);
                }
                (_, Some((to, _))) => moved.push((*to, id)),
                (_, None) => moved.push((usize::MAX, id)),
            }
        }
        moved.sort_unstable();
        let more = moved.len().saturating_sub(most);
        let one = |(_, id): &(usize, &str)| {
            let (old, new) = (was.get(id), is.get(id));
            let decision = new.or(old).map(|(_, decision)| *decision)?;
            let explain = |side: &Side| explain(engine, side, decision);
            let (then, now) = (explain(before), explain(after));
            Some(Move {
                id: (*id).to_owned(),
                policy: decision.policy.clone(),
                item: decision::anchor(&decision.anchor),
                before: old.map(|(place, it)| standing(*place, it)),
                after: new.map(|(place, it)| standing(*place, it)),
                moved_by: reasons(&then, &now, lets),
                values: reasons(&then, &now, values),
            })
        };
        let moves = moved.iter().take(most).filter_map(one).collect();
        Self { version: 1, now: after.result.now, moves, more, pushed, still }
    }

    /// For people.
    pub fn text(&self, term: Term) -> String {
        let mut out = String::new();
        for one in &self.moves {
            out.push_str(&card(one).draw(term, 0, "1;34"));
            out.push('\n');
        }
        if self.more > 0 {
            let more = count(self.more, "more move");
            out.push_str(&format!("  {}\n\n", term.dim(&format!("and {more}; --all shows them"))));
        }
        let mut sum = Card::new("", "");
        sum.row("moved", self.moves.len().saturating_add(self.more).to_string());
        sum.row("pushed", format!("{} by what moved", count(self.pushed, "item")));
        sum.row("still", count(self.still, "item"));
        out.push_str(&heading(term, "SUMMARY", "1"));
        out.push_str(&sum.draw(term, 0, "1"));
        out
    }
}

/// The tier, its range and the keys.
fn rank(decision: &Decision) -> Option<&OutcomeKind> {
    decision.outcomes.iter().map(|it| &it.kind).find(|kind| matches!(kind, OutcomeKind::Rank { .. }))
}

fn standing(place: usize, decision: &Decision) -> Standing {
    let tier = match rank(decision) {
        Some(OutcomeKind::Rank { range: Some([least, most]), .. }) => format!("{least} to {most}"),
        Some(OutcomeKind::Rank { tier, .. }) => tier.clone(),
        _ => String::new(),
    };
    Standing { place, tier, because: decision.because.clone() }
}

fn explain(engine: &Engine, side: &Side, decision: &Decision) -> Option<Explanation> {
    let keys = decision.anchor.keys();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    engine.explain_indexed(&side.facts, &decision.policy, &keys).ok()
}

/// Name, what it means, what it came to.
type Said = (String, String, String);

fn lets(of: &Explanation) -> Vec<Said> {
    of.lets.iter().map(|it| (it.name.clone(), it.docs.clone(), it.judged.value.clone())).collect()
}

fn values(of: &Explanation) -> Vec<Said> {
    of.values.iter().map(|it| (it.path.clone(), String::new(), it.value.clone())).collect()
}

/// What is not the same, in the order of the policy.
fn reasons(
    was: &Option<Explanation>,
    is: &Option<Explanation>,
    of: fn(&Explanation) -> Vec<Said>,
) -> Vec<Reason> {
    let (Some(was), Some(is)) = (was, is) else { return Vec::new() };
    let (was, is) = (of(was), of(is));
    let find = |all: &[Said], what: &str| all.iter().find(|it| it.0 == what).map(|it| it.2.clone());
    let gone = was.iter().filter(|old| is.iter().all(|new| new.0 != old.0));
    let all = is.iter().chain(gone);
    let said = all.map(|(what, docs, _)| Reason {
        what: what.clone(),
        docs: docs.clone(),
        was: find(&was, what),
        is: find(&is, what),
    });
    said.filter(|it| it.was != it.is).collect()
}

fn card(one: &Move) -> Card {
    let tier = |it: &Option<Standing>| it.as_ref().map_or("-".to_owned(), |it| it.tier.clone());
    let place = |it: &Option<Standing>| it.as_ref().map_or("-".to_owned(), |it| it.place.to_string());
    let lead = match (&one.before, &one.after) {
        (None, _) => format!("new in {}", tier(&one.after)),
        (_, None) => format!("gone from {}", tier(&one.before)),
        (Some(was), Some(is)) if was.tier == is.tier => format!("within {}", is.tier),
        _ => format!("{} -> {}", tier(&one.before), tier(&one.after)),
    };
    let mut card = Card::new(lead, one.item.clone());
    card.row("place", format!("{} -> {}", place(&one.before), place(&one.after)));
    for reason in &one.moved_by {
        card.row("moved by", in_words(reason));
    }
    for reason in &one.values {
        card.row("values", in_words(reason));
    }
    if let Some(standing) = one.after.as_ref().or(one.before.as_ref()) {
        card.row("because", &standing.because);
    }
    card.row("id", format!("{}, by {}", one.id, one.policy));
    card
}

fn in_words(reason: &Reason) -> String {
    let side = |it: &Option<String>| it.clone().unwrap_or_else(|| "not read".to_owned());
    let docs = if reason.docs.is_empty() { String::new() } else { format!(" - {}", reason.docs) };
    format!("{}: {} -> {}{docs}", reason.what, side(&reason.was), side(&reason.is))
}
