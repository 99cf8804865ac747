//! What two snapshots say differently: for people and for programs. Fields are named, values never.

use std::collections::BTreeMap;

use assize::Snapshot;
use assize::facts::Instant;
use assize::store::{FactChange, FactChangeKind};
use serde::Serialize;

use super::card::{Card, heading};
use super::decision::fact;
use super::term::Term;
use crate::sources::count;

/// How many facts of a type and a kind of change are named unless all are asked for.
const NAMED: usize = 10;

/// The kinds, in the order in which they are shown.
const KINDS: [(FactChangeKind, &str); 4] = [
    (FactChangeKind::Added, "added"),
    (FactChangeKind::Removed, "removed"),
    (FactChangeKind::Changed, "changed"),
    (FactChangeKind::Renewed, "renewed"),
];

/// One side.
#[derive(Clone, Debug, Serialize)]
struct Side {
    snapshot: String,
    newest: Option<Instant>,
    facts: usize,
}

impl From<&Snapshot> for Side {
    fn from(snapshot: &Snapshot) -> Self {
        let facts = snapshot.counts().values().fold(0_usize, |sum, count| sum.saturating_add(*count));
        Self { snapshot: snapshot.id().to_owned(), newest: snapshot.newest(), facts }
    }
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.snapshot, count(self.facts, "fact"))?;
        match self.newest {
            Some(newest) => write!(f, ", newest {newest}"),
            None => Ok(()),
        }
    }
}

/// How many facts of one type became what.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Counts {
    added: usize,
    removed: usize,
    changed: usize,
    renewed: usize,
}

/// Two snapshots compared.
#[derive(Clone, Debug, Serialize)]
pub struct FactChanges {
    version: u32,
    before: Side,
    after: Side,
    /// By qualified type.
    types: BTreeMap<String, Counts>,
    facts: Vec<FactChange>,
    /// Lines of every kind, retractions, runs and aliases among them, that only one of the two has.
    lines: Lines,
}

/// Lines that only one of two snapshots has.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Lines {
    /// Only the later one.
    pub new: usize,
    /// Only the earlier one.
    pub gone: usize,
}

impl FactChanges {
    /// Of two snapshots.
    pub fn new(before: &Snapshot, after: &Snapshot, lines: Lines) -> Self {
        let facts = before.changes_to(after);
        let mut types: BTreeMap<String, Counts> = BTreeMap::new();
        for change in &facts {
            let counts = types.entry(change.ty.clone()).or_default();
            let place = match change.change {
                FactChangeKind::Added => &mut counts.added,
                FactChangeKind::Removed => &mut counts.removed,
                FactChangeKind::Changed => &mut counts.changed,
                FactChangeKind::Renewed => &mut counts.renewed,
            };
            *place = place.saturating_add(1);
        }
        Self { version: 1, before: before.into(), after: after.into(), types, facts, lines }
    }

    /// For people.
    pub fn text(&self, term: Term, all: bool) -> String {
        let mut out = String::new();
        for (ty, counts) in &self.types {
            let Counts { added, removed, changed, renewed } = counts;
            let title =
                format!("{ty}: {added} added, {removed} removed, {changed} changed, {renewed} renewed");
            out.push_str(&heading(term, &title, "1;34"));
            for (kind, word) in KINDS {
                let of = |change: &&FactChange| change.ty == *ty && change.change == kind;
                let found: Vec<&FactChange> = self.facts.iter().filter(of).collect();
                let mut card = Card::new("", "");
                // What was only seen again is counted, and named where all is asked for.
                let named = match kind {
                    _ if all => found.len(),
                    FactChangeKind::Renewed => 0,
                    _ => NAMED,
                };
                found.iter().take(named).for_each(|change| card.row(word, named_fact(change)));
                let hidden = found.len().saturating_sub(named);
                if hidden > 0 {
                    card.row(word, format!("{} not named; --all names them", count(hidden, "fact")));
                }
                out.push_str(&card.draw(term, 0, "1"));
            }
            out.push('\n');
        }
        let mut card = Card::new("", "");
        card.row("from", self.before.to_string());
        card.row("to", self.after.to_string());
        card.row("lines", format!("{} new, {} gone", self.lines.new, self.lines.gone));
        out.push_str(&heading(term, "SUMMARY", "1"));
        out.push_str(&card.draw(term, 0, "1"));
        out
    }
}

fn named_fact(change: &FactChange) -> String {
    let name = fact(&change.fact);
    match change.fields.is_empty() {
        true => name,
        false => format!("{name}: {}", change.fields.join(", ")),
    }
}
