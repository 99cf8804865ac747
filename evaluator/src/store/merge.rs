//! Several sources, one value: trust, freshness, conflict.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use assize_lang::plan::{FactType, Field, Schema};

use super::remark::{Conflict, Remark, Said as SaidBy, SaidValue};
use super::report::{Evidence, State, Stored, Witness};
use super::view::Trust;
use crate::value::{
    Cause, Causes, Domain, FactRef, Horizon, Missing, NEVER, Possible, Value, from_const, is_sensitive,
    to_json,
};

/// One field of a fact at an instant.
#[derive(Clone, Debug)]
pub struct Merged {
    /// What it can be.
    pub possible: Possible,
    /// Until when.
    pub horizon: Horizon,
    /// What was said about it by the sources that count, also where it is stale or in conflict.
    pub candidates: Vec<Value>,
    /// The source that it is taken from.
    pub evidence: Option<Evidence>,
    /// Whether what is said about it does not fit, so that `candidates` does not tell all.
    pub bad: bool,
    /// What is worth telling besides.
    pub(crate) remark: Option<Remark>,
    /// The fact with that source, once somebody asked.
    pub(super) witness: OnceLock<Arc<Witness>>,
}

/// What the standing reports of one fact say about one field.
pub(super) struct Assertions<'a> {
    /// The field's place in its type.
    place: usize,
    said: Vec<Said<'a>>,
    default: Option<State>,
    /// When the last report of the fact goes stale: a default holds as long as one is fresh.
    last: i64,
    /// When the thing ended: nothing goes stale from then on.
    ended: i64,
}

/// What one source says.
struct Said<'a> {
    state: State,
    trust: u8,
    /// When it goes stale.
    stale_at: i64,
    report: &'a Stored,
}

/// What the field amounts to at one instant.
#[derive(PartialEq)]
enum Outcome {
    NotCollected,
    /// Since when.
    Stale(i64),
    Agreed(State),
    Disagreed(BTreeSet<State>),
}

impl<'a> Assertions<'a> {
    pub(super) fn new(
        ty: &FactType,
        place: usize,
        field: &Field,
        reports: &[&'a Stored],
        trust: &Trust,
        resolve: impl Fn(&Value) -> Value,
        ended: Option<i64>,
    ) -> Self {
        let stale_at = |report: &Stored| match ty.fresh_for {
            Some(fresh) => report.observed_at.saturating_add(fresh),
            None => NEVER,
        };
        let mut said = Vec::new();
        for report in reports {
            let state = match report.state(place) {
                None => continue,
                Some(State::Value(value)) => State::Value(resolve(value)),
                Some(other) => other.clone(),
            };
            let trust = trust.of(&report.origin.tool);
            said.push(Said { state, trust, stale_at: stale_at(report), report });
        }
        // The most trusted first, then in a fixed order, so that the evidence shown is always the same.
        said.sort_by(|a: &Said<'_>, b: &Said<'_>| {
            let place = |said: &Said<'a>| (&said.report.origin, &said.report.record);
            b.trust.cmp(&a.trust).then_with(|| place(a).cmp(&place(b)))
        });
        let default = field.default.as_ref().map(|default| match from_const(default) {
            Value::Null => State::Absent,
            value => State::Value(value),
        });
        let last = reports.iter().map(|report| stale_at(report)).max().unwrap_or(NEVER);
        Self { place, said, default, last, ended: ended.unwrap_or(NEVER) }
    }

    /// The known instant that the field says, whether fresh or not.
    pub(super) fn instant_ever(&self) -> Option<i64> {
        let best = self.said.iter().map(|said| said.trust).max()?;
        let states: BTreeSet<&State> =
            self.said.iter().filter(|said| said.trust == best).map(|said| &said.state).collect();
        match (states.first(), states.len()) {
            (Some(State::Value(Value::Timestamp(at))), 1) => Some(*at),
            _ => None,
        }
    }

    fn is_fresh(&self, stale_at: i64, t: i64) -> bool {
        t < stale_at || t >= self.ended
    }

    /// Those that count at `t`: fresh before stale, then the most trusted.
    fn top(&self, t: i64) -> Vec<&Said<'a>> {
        let rank = |said: &Said<'a>| (self.is_fresh(said.stale_at, t), said.trust);
        let best = self.said.iter().map(rank).max();
        self.said.iter().filter(|said| Some(rank(said)) == best).collect()
    }

    fn at(&self, t: i64) -> Outcome {
        let top = self.top(t);
        let Some(first) = top.first() else {
            return match &self.default {
                Some(default) if self.is_fresh(self.last, t) => Outcome::Agreed(default.clone()),
                Some(_) => Outcome::Stale(self.last),
                None => Outcome::NotCollected,
            };
        };
        if !self.is_fresh(first.stale_at, t) {
            return Outcome::Stale(top.iter().map(|said| said.stale_at).max().unwrap_or(t));
        }
        if top.len() == 1 {
            return Outcome::Agreed(first.state.clone());
        }
        let states: BTreeSet<State> = top.iter().map(|said| said.state.clone()).collect();
        if states.len() == 1 { Outcome::Agreed(first.state.clone()) } else { Outcome::Disagreed(states) }
    }

    /// The field at `now`.
    pub(super) fn merge(&self, field: &Field, fact: &FactRef, schema: &Schema, now: i64) -> Merged {
        let outcome = self.at(now);
        let flips = self.said.iter().map(|said| said.stale_at).chain([self.last, self.ended]);
        let first =
            flips.filter(|t| *t > now && *t != NEVER && self.at(*t) != outcome).min().unwrap_or(NEVER);
        let horizon = match outcome {
            // The end of the thing makes what is stale knowable again: that is the clock's doing.
            Outcome::Stale(_) => Horizon::clock(first),
            _ => Horizon::evidence(first),
        };
        let gap = |cause| Missing::new(cause).of(fact.clone(), field.name.as_str());
        let unknown = |missing| Possible::unknown(&field.ty, field.optional, schema, Causes::one(missing));
        let possible = match &outcome {
            Outcome::NotCollected => unknown(gap(Cause::NotCollected)),
            Outcome::Stale(since) => {
                unknown(Missing { from: Some(crate::facts::Instant(*since)), ..gap(Cause::Stale) })
            }
            Outcome::Agreed(State::Value(value)) => Possible::known(value.clone()),
            Outcome::Agreed(State::Absent) => Possible::absent(),
            Outcome::Agreed(State::Bad(reason)) => {
                unknown(Missing { detail: Some(reason.clone()), ..gap(Cause::Error) })
            }
            Outcome::Disagreed(states) => conflict(field, schema, states, gap(Cause::Conflict)),
        };
        let values = self.said.iter().filter_map(|said| match &said.state {
            State::Value(value) => Some(value),
            State::Absent | State::Bad(_) => None,
        });
        let mut candidates: Vec<Value> = values.cloned().collect();
        candidates.sort();
        candidates.dedup_by(|a, b| (*a).cmp(b).is_eq());
        let bad = self.said.iter().any(|said| matches!(said.state, State::Bad(_)));
        let top = self.top(now);
        let evidence = top.first().map(|said| said.report.evidence(&fact.key));
        let remark = match &outcome {
            Outcome::Agreed(State::Value(value)) => {
                let said = top.first().and_then(|said| said.report.state(self.place));
                let otherwise = |state: &State| match state {
                    State::Value(said) if said != value => Some(Remark::SaidAs(said.clone())),
                    _ => None,
                };
                said.and_then(otherwise)
            }
            Outcome::Disagreed(_) => Some(Remark::Disputed(Arc::new(disputed(&top, field, fact, schema)))),
            _ => None,
        };
        Merged { possible, horizon, candidates, evidence, bad, remark, witness: OnceLock::new() }
    }
}

/// Who says what.
fn disputed(top: &[&Said<'_>], field: &Field, fact: &FactRef, schema: &Schema) -> Conflict {
    let value = |state: &State| match state {
        State::Bad(reason) => SaidValue::Bad(reason.clone()),
        _ if is_sensitive(&field.ty) => SaidValue::Hidden,
        State::Value(value) => SaidValue::Is(to_json(value, schema)),
        State::Absent => SaidValue::Is(serde_json::Value::Null),
    };
    let said =
        |said: &&Said<'_>| SaidBy { value: value(&said.state), source: said.report.evidence(&fact.key) };
    Conflict { fact: fact.clone(), field: field.name.to_string(), said: top.iter().map(said).collect() }
}

/// Sources of equal standing disagree: one of the candidates for a finite domain, else anything.
fn conflict(field: &Field, schema: &Schema, states: &BTreeSet<State>, missing: Missing) -> Possible {
    let absent = states.contains(&State::Absent);
    let bad = states.iter().any(|state| matches!(state, State::Bad(_)));
    let causes = Causes::one(missing);
    match Domain::of(&field.ty) {
        Some(domain) if !bad => {
            let mask = states
                .iter()
                .filter_map(|state| match state {
                    State::Value(value) => Possible::known(value.clone()).mask(),
                    State::Absent | State::Bad(_) => None,
                })
                .fold(0, |mask, bit| mask | bit);
            Possible::members(domain, mask, absent, causes)
        }
        _ => Possible { absent, ..Possible::unknown(&field.ty, field.optional, schema, causes) },
    }
}
