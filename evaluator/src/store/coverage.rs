//! When a signal was watched in a scope.

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::plan::{Basis, CoveredBy, FactType, Name, Schema, Type};

use super::canon::Canon;
use super::fact::Fact;
use super::report::{Evidence, Witness};
use crate::facts::Run;
use crate::value::{FactRef, NEVER, Value};

/// The beginning of time, 0001-01-01T00:00:00Z: where a window without a lower bound starts.
pub const BEGINNING: i64 = -62_135_596_800_000_000;

/// One interval, both ends included, in which a signal was watched in a scope, or something was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strand {
    /// Its first microsecond.
    pub from: i64,
    /// Its last.
    pub until: i64,
    /// Which fact or run says so.
    pub witness: Witness,
}

/// What is known about one signal in one scope.
#[derive(Clone, Debug)]
pub struct Track {
    /// The signal's short name.
    pub signal: String,
    /// The scope; `*` is everything.
    pub scope: String,
    /// How late reports come, in microseconds.
    pub lag: i64,
    /// The longest hole that still counts as covered, in microseconds.
    pub gap: i64,
    /// The intervals as reported, by their beginnings.
    pub strands: Vec<Strand>,
    /// Intervals joined over tolerated gaps, less the holes: disjoint, ascending, ends included.
    pub covered: Vec<(i64, i64)>,
}

impl Track {
    /// The latest instant at which the signal is known to have been alive, up to `t`.
    #[must_use]
    pub fn last(&self, t: i64) -> Option<i64> {
        self.strands.iter().map(|strand| strand.until.min(t)).max()
    }

    /// Whether `later` says no more than that the watching went on: nothing was lost meanwhile, nothing is
    /// told of earlier, and the latest interval is only longer. Of what is listed: that it was listed again.
    #[must_use]
    pub fn is_renewed_by(&self, later: &Self, listed: bool) -> bool {
        let last = |of: &Self| of.last(i64::MAX);
        if listed {
            return last(self).is_some() && last(self) <= last(later);
        }
        let (Some((end, before)), Some((later_end, later_before))) =
            (self.covered.split_last(), later.covered.split_last())
        else {
            return false;
        };
        before == later_before
            && end.0 == later_end.0
            && end.1 <= later_end.1
            && last(self) == Some(end.1)
            && last(later) == Some(later_end.1)
    }
}

/// What one `Coverage` fact, run or refused line says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    /// A signal was watched in a scope.
    Watched(String, String, Strand),
    /// Facts of a type were reported in full in a scope.
    Listed(String, String, Strand),
    /// Something was seen and lost.
    Hole(Hole),
}

/// Something was seen and lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    /// The signal's short name.
    pub(crate) signal: String,
    /// `None` where it could not be read: then the hole is everywhere.
    pub(crate) scope: Option<String>,
    /// Its first microsecond.
    pub(crate) from: i64,
    /// Its last.
    pub(crate) until: i64,
}

/// All coverage that is known at one instant.
#[derive(Clone, Debug, Default)]
pub(crate) struct CoverageIndex {
    watched: BTreeMap<(String, String), Vec<Strand>>,
    /// By signal.
    holes: BTreeMap<String, Vec<Hole>>,
    /// By type and scope.
    runs: BTreeMap<(String, String), Vec<Strand>>,
}

/// What a `Coverage` fact says, if anything.
pub(crate) fn of_fact(fact: &Fact, schema: &Schema, canon: &Canon, now: i64) -> Option<Said> {
    let field = |name: &str| fact.field(name).and_then(|merged| merged.possible.value());
    let signal = field("signal").and_then(|value| super::scope::text(value, schema))?;
    let instant = |name: &str| match field(name) {
        Some(Value::Timestamp(at)) => Some(*at),
        _ => None,
    };
    let scope = field("scope").and_then(|value| super::scope::text(value, schema));
    let scope = scope.map(|scope| known_by(scope, &signal, schema, canon));
    let (from, until) = (instant("from"), instant("until"));
    if field("hole") != Some(&Value::Bool(false)) {
        // A hole that cannot be placed is everywhere and always.
        let (from, until) = (from.unwrap_or(BEGINNING), until.or(from).unwrap_or(i64::MAX));
        return Some(Said::Hole(Hole { signal, scope, from, until }));
    }
    let (scope, from, until) = (scope?, from?, until?);
    let tolerated = schema.signals.get(signal.as_str()).map_or(0, |found| i64::from(found.loss));
    let lost = match field("loss_ppm") {
        Some(Value::Int(lost)) => *lost,
        _ => i64::MAX,
    };
    if lost > tolerated || from > now || until < from {
        return None;
    }
    Some(Said::Watched(signal, scope, Strand { from, until, witness: Witness::clone(&fact.witness) }))
}

/// What a run that proves something says.
pub(crate) fn of_run(run: &Run) -> impl Iterator<Item = Said> + '_ {
    let fact = FactRef { ty: "Run".to_owned(), key: run.id.clone() };
    let source =
        Evidence { tool: run.source.tool.clone(), record: run.source.record.clone(), reported_as: None };
    let witness = Witness { fact, source: Some(source) };
    let strand = Strand { from: run.from.0, until: run.until.0, witness };
    run.types.iter().map(move |ty| Said::Listed(ty.clone(), run.scope.clone(), strand.clone()))
}

impl CoverageIndex {
    /// Reads the `Coverage` facts and the runs that prove something.
    pub(super) fn new(facts: &[Arc<Fact>], runs: &[&Run], schema: &Schema, canon: &Canon, now: i64) -> Self {
        let mut out = Self::default();
        facts.iter().filter_map(|fact| of_fact(fact, schema, canon, now)).for_each(|said| out.add(said));
        runs.iter().flat_map(|run| of_run(run)).for_each(|said| out.add(said));
        out
    }

    /// Adds what is said.
    pub(crate) fn add(&mut self, said: Said) {
        match said {
            Said::Watched(signal, scope, strand) => {
                self.watched.entry((signal, scope)).or_default().push(strand);
            }
            Said::Listed(ty, scope, strand) => self.runs.entry((ty, scope)).or_default().push(strand),
            Said::Hole(hole) => self.hole(hole),
        }
    }

    /// Takes back what was said, once.
    pub(crate) fn remove(&mut self, said: Said) {
        fn take<T: PartialEq>(all: Option<&mut Vec<T>>, one: &T) {
            if let Some(all) = all
                && let Some(at) = all.iter().position(|found| found == one)
            {
                all.swap_remove(at);
            }
        }
        match said {
            Said::Watched(signal, scope, strand) => take(self.watched.get_mut(&(signal, scope)), &strand),
            Said::Listed(ty, scope, strand) => take(self.runs.get_mut(&(ty, scope)), &strand),
            Said::Hole(mut hole) => {
                hole.until = hole.until.max(hole.from);
                take(self.holes.get_mut(&hole.signal), &hole);
            }
        }
    }

    /// Something was seen and lost there.
    pub(super) fn hole(&mut self, mut hole: Hole) {
        hole.until = hole.until.max(hole.from);
        self.holes.entry(hole.signal.clone()).or_default().push(hole);
    }

    /// The first instant after `now` at which what proves facts of type `ty` complete, in any scope, holds no
    /// more.
    pub(crate) fn listed_until(&self, ty: &FactType, schema: &Schema, now: i64) -> i64 {
        let fresh = ty.fresh_for.unwrap_or(NEVER);
        let mut first = NEVER;
        for part in parts(ty) {
            let Some(signal) = schema.signals.get(&part.signal) else { continue };
            let holds = fresh.max(signal.gap);
            let watched = self.watched.iter().filter(|((of, _), _)| of == part.signal.as_str());
            let runs = self.runs.iter().filter(|((of, _), _)| of == ty.name.as_str());
            for (_, strands) in watched.chain(runs) {
                let last = strands.iter().map(|strand| strand.until.min(now)).max();
                let ends = last.map(|last| last.saturating_add(holds).saturating_add(1));
                first = ends.filter(|at| *at > now).map_or(first, |at| first.min(at));
            }
        }
        first
    }

    /// Where each signal was watched, and up to when; what proves its types complete counts as well.
    pub(super) fn seen(&self, schema: &Schema) -> BTreeMap<String, BTreeMap<String, i64>> {
        let mut out: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
        let mut add = |signal: &str, scope: &str, strands: &[Strand]| {
            let until = strands.iter().map(|strand| strand.until).max().unwrap_or(BEGINNING);
            let last = out.entry(signal.to_owned()).or_default().entry(scope.to_owned()).or_insert(until);
            *last = until.max(*last);
        };
        for ((signal, scope), strands) in &self.watched {
            add(signal, scope, strands);
        }
        for ((ty, scope), strands) in &self.runs {
            let of = schema.facts.values().filter(|known| known.name.as_str() == ty);
            of.flat_map(parts).for_each(|part| add(part.signal.as_str(), scope, strands));
        }
        out
    }

    /// What is known for facts of type `ty` about `part`'s signal in `scope`. Coverage of `*` counts
    /// everywhere; holes of any scope count against `*`.
    #[must_use]
    pub fn track(&self, ty: &FactType, part: &CoveredBy, scope: &str, schema: &Schema) -> Track {
        let signal = schema.signals.get(&part.signal);
        let (lag, gap) = signal.map_or((0, 0), |signal| (signal.lag, signal.gap));
        let mut strands: Vec<Strand> = Vec::new();
        // Configuration that says "this is logged" proves no silence.
        if signal.is_some_and(|signal| signal.basis != Basis::Declared) {
            for scope in if scope == "*" { vec!["*"] } else { vec![scope, "*"] } {
                let key = |name: &str| (name.to_owned(), scope.to_owned());
                strands.extend(self.watched.get(&key(part.signal.as_str())).into_iter().flatten().cloned());
                strands.extend(self.runs.get(&key(ty.name.as_str())).into_iter().flatten().cloned());
            }
        }
        strands.sort_by(|a, b| (a.from, a.until, &a.witness).cmp(&(b.from, b.until, &b.witness)));
        let holes: Vec<(i64, i64)> = self
            .holes
            .get(part.signal.as_str())
            .into_iter()
            .flatten()
            .filter(|hole| scope == "*" || hole.scope.as_deref().is_none_or(|of| of == "*" || of == scope))
            .map(|hole| (hole.from, hole.until))
            .collect();
        let covered = without(join(&strands, gap), &holes);
        Track { signal: part.signal.to_string(), scope: scope.to_owned(), lag, gap, strands, covered }
    }
}

/// A scope that is a fact's key, as the key that the fact is known by: whoever reports coverage of a key
/// knows the key by the name that its own tool gives it.
fn known_by(scope: String, signal: &str, schema: &Schema, canon: &Canon) -> String {
    // A signal may be asked of in several ways: of a cluster or of a workload in it.
    let of_signal = |ty| parts(ty).filter(|part| part.signal.as_str() == signal);
    let named = schema.facts.values().find_map(|ty| {
        of_signal(ty).find_map(|part| match part.scope.as_slice() {
            [path] => referred(ty, path, schema),
            _ => None,
        })
    });
    match named {
        Some(ty) => canon.key(&ty, &scope.as_str().into()).to_string(),
        None => scope,
    }
}

/// The type of fact that a path ends in, where it ends in a reference.
fn referred(ty: &FactType, path: &[Name], schema: &Schema) -> Option<Name> {
    let (first, rest) = path.split_first()?;
    let Type::Fact(to) = &ty.field(first.as_str())?.ty else { return None };
    if rest.is_empty() { Some(to.clone()) } else { referred(schema.facts.get(to)?, rest, schema) }
}

/// Intervals at most `gap` apart become one.
fn join(strands: &[Strand], gap: i64) -> Vec<(i64, i64)> {
    let mut out: Vec<(i64, i64)> = Vec::new();
    for strand in strands {
        match out.last_mut() {
            Some((_, until)) if strand.from <= until.saturating_add(gap).saturating_add(1) => {
                *until = strand.until.max(*until);
            }
            _ => out.push((strand.from, strand.until)),
        }
    }
    out
}

fn without(mut covered: Vec<(i64, i64)>, holes: &[(i64, i64)]) -> Vec<(i64, i64)> {
    for (from, until) in holes {
        covered = covered
            .into_iter()
            .flat_map(|(a, b)| {
                let before = (a, b.min(from.saturating_sub(1)));
                let after = (a.max(until.saturating_add(1)), b);
                [before, after].into_iter().filter(|(a, b)| a <= b)
            })
            .collect();
        covered.sort_unstable();
        covered.dedup();
    }
    covered
}

/// The signals whose silence is knowledge about a type.
pub(crate) fn parts(ty: &FactType) -> impl Iterator<Item = &CoveredBy> {
    let alternatives: &[Vec<CoveredBy>] = match &ty.coverage {
        assize_lang::plan::Coverage::Closed => &[],
        assize_lang::plan::Coverage::By(alternatives) => alternatives,
    };
    alternatives.iter().flatten()
}

/// The qualified name of the fact type that carries coverage.
pub(crate) fn coverage_type() -> Name {
    Name::from("assize.core.Coverage")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strand(from: i64, until: i64) -> Strand {
        let fact = FactRef { ty: "Coverage".to_owned(), key: format!("{from}") };
        Strand { from, until, witness: Witness { fact, source: None } }
    }

    #[test]
    fn a_gap_is_bridged_and_a_hole_is_not() {
        let joined = join(&[strand(0, 10), strand(15, 20), strand(40, 50)], 5);
        assert_eq!(joined, [(0, 20), (40, 50)]);
        assert_eq!(without(joined, &[(12, 12)]), [(0, 11), (13, 20), (40, 50)]);
        assert_eq!(without(vec![(0, 20)], &[(0, 20)]), []);
        assert_eq!(without(vec![(0, 20)], &[(18, 30), (5, 6)]), [(0, 4), (7, 17)]);
    }
}
