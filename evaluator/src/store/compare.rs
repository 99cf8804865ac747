//! What two snapshots say differently, fact by fact.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use assize_lang::plan::{FactType, Name};
use serde::Serialize;

use super::report::{Origin, Stored};
use super::view::ambiguous;
use super::{Snapshot, State};
use crate::value::FactRef;

/// What became of a fact's reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FactChangeKind {
    /// Only the later snapshot reports it.
    Added,
    /// Only the earlier snapshot reports it.
    Removed,
    /// A source says something else of it, or says anything for the first time, or nothing any more.
    Changed,
    /// The same was seen at other instants.
    Renewed,
}

/// One fact that two snapshots report differently. It names fields, never values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FactChange {
    /// The type, qualified.
    #[serde(skip)]
    pub ty: String,
    /// What became of it.
    pub change: FactChangeKind,
    /// The fact.
    pub fact: FactRef,
    /// Of a changed one, the fields that some source asserts otherwise, in the order declared.
    pub fields: Vec<String>,
}

impl Snapshot {
    /// What `later` reports differently, in the order of types, kinds of change and keys. Of each source what
    /// it said last of a fact counts; aliases, retractions and what runs close are not looked at.
    #[must_use]
    pub fn changes_to(&self, later: &Self) -> Vec<FactChange> {
        let (old, new) = (self.reports(), later.reports());
        let types: BTreeSet<&Name> = old.keys().chain(new.keys()).collect();
        let ambiguous = ambiguous(later.schema());
        let mut out = Vec::new();
        for name in types {
            let Some(ty) = later.schema().facts.get(name) else { continue };
            let short = name.short();
            let shown = if ambiguous.contains(short) { name.to_string() } else { short.to_owned() };
            let (old, new) = (by_key(old.get(name)), by_key(new.get(name)));
            let keys: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
            let changes = keys.into_iter().filter_map(|key| {
                let (change, fields) = match (old.get(key), new.get(key)) {
                    (None, _) => (FactChangeKind::Added, Vec::new()),
                    (_, None) => (FactChangeKind::Removed, Vec::new()),
                    (Some(old), Some(new)) => changed(ty, old, new)?,
                };
                let fact = FactRef { ty: shown.clone(), key: key.to_owned() };
                Some(FactChange { ty: name.to_string(), change, fact, fields })
            });
            out.extend(changes);
        }
        out.sort();
        out
    }
}

/// The reports about each key.
fn by_key(reports: Option<&Vec<Stored>>) -> BTreeMap<&str, Vec<&Stored>> {
    let mut out: BTreeMap<&str, Vec<&Stored>> = BTreeMap::new();
    for report in reports.into_iter().flatten() {
        out.entry(&report.key).or_default().push(report);
    }
    out
}

/// What differs between the reports about one key, if anything does.
fn changed(ty: &FactType, old: &[&Stored], new: &[&Stored]) -> Option<(FactChangeKind, Vec<String>)> {
    let marks = |reports: &[&Stored]| -> HashSet<u64> { reports.iter().map(|it| it.mark).collect() };
    if marks(old) == marks(new) {
        return None;
    }
    let (old, new) = (last(old), last(new));
    let mut places: BTreeSet<usize> = BTreeSet::new();
    let mut sources_differ = false;
    for origin in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let (old, new) = (said(old.get(*origin)), said(new.get(*origin)));
        sources_differ |= old.is_none() || new.is_none();
        let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
        let all = old.keys().chain(new.keys()).filter(|place| old.get(*place) != new.get(*place));
        places.extend(all.copied());
    }
    if places.is_empty() && !sources_differ {
        return Some((FactChangeKind::Renewed, Vec::new()));
    }
    let name = |place: usize| ty.fields.get(place).map(|field| field.name.to_string());
    Some((FactChangeKind::Changed, places.into_iter().filter_map(name).collect()))
}

/// What each source said last.
fn last<'a>(reports: &[&'a Stored]) -> BTreeMap<&'a Origin, &'a Stored> {
    let mut out: BTreeMap<&Origin, &Stored> = BTreeMap::new();
    for report in reports {
        let kept = out.entry(report.origin.as_ref()).or_insert(report);
        if (report.observed_at, report.mark) > (kept.observed_at, kept.mark) {
            *kept = report;
        }
    }
    out
}

fn said<'a>(report: Option<&&'a Stored>) -> Option<BTreeMap<usize, &'a State>> {
    report.map(|report| report.fields.iter().map(|(place, state)| (*place, state)).collect())
}
