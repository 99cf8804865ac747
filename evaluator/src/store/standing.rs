//! Which reports stand at an instant: not taken back, not replaced, not closed by a complete run.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use assize_lang::plan::{FactKind, FactType, Name, Schema};

use super::canon::Canon;
use super::report::{Lost, Origin, Stored};
use super::scope::Scopes;
use super::snapshot::{Inner, Snapshot};
use crate::facts::Run;

/// The standing reports, by type and the fact's key.
pub(crate) type Standing<'a> = BTreeMap<Name, BTreeMap<Arc<str>, Vec<&'a Stored>>>;

/// The runs that prove what they do not report: complete, ended by `now`, nothing rejected, neither by
/// the tool's adapter nor by the loader.
pub(crate) fn proving_runs(snapshot: &Snapshot, now: i64) -> Vec<&Run> {
    let inner = snapshot.inner();
    inner.runs.iter().filter(|run| proves(run, &inner.lost, now)).collect()
}

/// Whether a run proves what it does not report.
pub(crate) fn proves(run: &Run, lost: &[Lost], now: i64) -> bool {
    run.complete && run.rejected == 0 && run.until.0 <= now && !lost.iter().any(|lost| harms(lost, run))
}

/// Whether the refused line is one of the run's own.
pub(crate) fn harms(lost: &Lost, run: &Run) -> bool {
    lost.origin == Origin::from(&run.source)
        && run.types.iter().any(|ty| ty == lost.ty.as_str())
        && (run.from.0..=run.until.0).contains(&lost.observed_at)
}

/// Which of a snapshot's `reports` stand at `now`; `extra` is one more, of a request that is asked now.
pub(crate) fn standing<'a>(
    snapshot: &'a Snapshot,
    reports: &'a BTreeMap<Name, Vec<Stored>>,
    schema: &Schema,
    canon: &Canon,
    now: i64,
    extra: Option<(&Name, &'a Stored)>,
) -> Standing<'a> {
    let inner = snapshot.inner();
    let mut out: Standing<'a> = BTreeMap::new();
    for (ty, reports) in reports {
        let Some(fact) = schema.facts.get(ty) else { continue };
        let withdrawn = withdrawals(inner, canon, ty, now);
        let mut by_key: BTreeMap<Arc<str>, Vec<&'a Stored>> = BTreeMap::new();
        for report in reports.iter().filter(|report| report.observed_at <= now) {
            let key = canon.key(ty, &report.key);
            let gone = withdrawn.get(&(Arc::clone(&key), report.origin.as_ref()));
            if gone.is_none_or(|until| report.observed_at > *until) {
                by_key.entry(key).or_default().push(report);
            }
        }
        if fact.kind != FactKind::Event {
            for reports in by_key.values_mut() {
                keep_newest(reports);
            }
        }
        out.insert(ty.clone(), by_key);
    }
    close(snapshot, schema, canon, now, &mut out);
    if let Some((ty, report)) = extra {
        out.entry(ty.clone()).or_default().insert(Arc::clone(&report.key), vec![report]);
    }
    out
}

/// Up to when the reports of each source about each key were taken back.
fn withdrawals<'a>(
    inner: &'a Inner,
    canon: &Canon,
    ty: &Name,
    now: i64,
) -> HashMap<(Arc<str>, &'a Origin), i64> {
    let mut out: HashMap<(Arc<str>, &Origin), i64> = HashMap::new();
    for gone in inner.withdrawn.get(ty).into_iter().flatten().filter(|gone| gone.observed_at <= now) {
        let until = out.entry((canon.key(ty, &gone.key), &gone.origin)).or_insert(gone.observed_at);
        *until = gone.observed_at.max(*until);
    }
    out
}

/// Keeps of each source only what it said last; of several reports of one instant, all.
pub(crate) fn keep_newest(reports: &mut Vec<&Stored>) {
    let mut newest: HashMap<&Origin, i64> = HashMap::new();
    for report in reports.iter() {
        let at = newest.entry(&report.origin).or_insert(report.observed_at);
        *at = report.observed_at.max(*at);
    }
    let newest: HashMap<Origin, i64> = newest.into_iter().map(|(origin, at)| (origin.clone(), at)).collect();
    reports.retain(|report| newest.get(report.origin.as_ref()) == Some(&report.observed_at));
}

/// Drops what a complete run of the same source would have reported again.
fn close<'a>(snapshot: &'a Snapshot, schema: &Schema, canon: &Canon, now: i64, standing: &mut Standing<'a>) {
    let runs = proving_runs(snapshot, now);
    if runs.is_empty() {
        return;
    }
    let mut closed: Vec<(Name, Arc<str>, &Stored)> = Vec::new();
    let scopes = Scopes { schema, canon, said: standing };
    for (ty, facts) in standing.iter() {
        let Some(fact) = schema.facts.get(ty).filter(|fact| fact.kind == FactKind::Entity) else { continue };
        let mut begun: Begun<'_> = HashMap::new();
        for run in runs.iter().filter(|run| run.types.iter().any(|name| name == ty.as_str())) {
            let latest = begun.entry((Origin::from(&run.source), &run.scope)).or_insert(run.from.0);
            *latest = run.from.0.max(*latest);
        }
        if begun.is_empty() {
            continue;
        }
        for (key, reports) in facts {
            for report in reports {
                if is_closed(&begun, fact, report, &scopes) {
                    closed.push((ty.clone(), Arc::clone(key), report));
                }
            }
        }
    }
    for (ty, key, report) in closed {
        let Some(facts) = standing.get_mut(&ty) else { continue };
        if let Some(reports) = facts.get_mut(&key) {
            reports.retain(|kept| !std::ptr::eq(*kept, report));
            if reports.is_empty() {
                facts.remove(&key);
            }
        }
    }
}

/// When the latest run of each source began, by its scope.
type Begun<'s> = HashMap<(Origin, &'s str), i64>;

fn is_closed(begun: &Begun<'_>, fact: &FactType, report: &Stored, scopes: &Scopes<'_>) -> bool {
    let after = |scope: &str| {
        begun.get(&(Origin::clone(&report.origin), scope)).is_some_and(|from| report.observed_at < *from)
    };
    after("*") || scopes.of(fact, report).iter().any(|scope| after(scope))
}
