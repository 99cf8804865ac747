//! What each signal was seen to watch.

use std::collections::BTreeMap;

use assize_lang::plan::{Coverage, CoveredBy, FactType, Name, Type};
use serde::Serialize;

use super::at::Facts;
use super::coverage::parts;
use super::fact::Fact;
use super::scope::text;
use super::view::View;
use crate::facts::Instant;
use crate::value::Value;

/// What one signal was seen to watch at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Telemetry {
    /// The signal's short name.
    pub signal: String,
    /// What the signal is, as its author says.
    pub docs: String,
    /// Where it was watched, by scope.
    pub scopes: Vec<Watched>,
}

/// One scope that was watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Watched {
    /// The scope; `*` is everything.
    pub scope: String,
    /// The last heartbeat, or the end of the last complete run.
    pub until: Instant,
    /// Whether that is recent enough for silence to mean something now.
    pub live: bool,
}

/// How far the lists of one type are watched: for how many of those whose lists they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Watch {
    /// Whose lists they are; nothing where the scope is not something of theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// How many of them there are now.
    pub owners: usize,
    /// For how many of them somebody watches now.
    pub watched: usize,
    /// Whether somebody watches anywhere now.
    pub anywhere: bool,
}

/// Where each signal was watched, and up to when.
type Seen = BTreeMap<String, BTreeMap<String, i64>>;

impl View {
    /// What each signal was seen to watch, signals that nothing was seen of among them.
    pub(crate) fn telemetry(&self) -> Vec<Telemetry> {
        let seen = self.coverage_seen();
        let signals = self.schema().signals.values().map(|signal| {
            let scopes = seen.get(signal.name.as_str()).into_iter().flatten();
            let scopes = scopes.map(|(scope, until)| Watched {
                scope: scope.clone(),
                until: Instant(*until),
                live: self.holds(signal.name.as_str(), *until),
            });
            Telemetry { signal: signal.name.to_string(), docs: signal.docs.clone(), scopes: scopes.collect() }
        });
        signals.collect()
    }

    /// How far the lists of a type are watched.
    pub(crate) fn watch(&self, ty: &FactType) -> Watch {
        let Coverage::By(groups) = &ty.coverage else { return Watch::default() };
        let seen = self.coverage_seen();
        let anywhere = groups.iter().any(|group| {
            group.iter().all(|part| {
                let scopes = seen.get(part.signal.as_str()).into_iter().flatten();
                scopes.into_iter().any(|(_, until)| self.holds(part.signal.as_str(), *until))
            })
        });
        let mut out = Watch { anywhere, ..Watch::default() };
        let Some(owner) = owner(ty, groups).and_then(|name| self.schema().facts.get(name)) else {
            return out;
        };
        out.owner = Some(self.label(&owner.name));
        for fact in self.all(&owner.name).iter().filter(|fact| !self.over(owner, fact)) {
            out.owners = out.owners.saturating_add(1);
            let watched = groups.iter().any(|group| group.iter().all(|part| self.watches(&seen, part, fact)));
            out.watched = out.watched.saturating_add(usize::from(watched));
        }
        out
    }

    /// Whether what was last seen of a signal then is recent enough for silence to mean something now.
    fn holds(&self, signal: &str, until: i64) -> bool {
        let schema = self.schema();
        let Some(signal) = schema.signals.get(signal) else { return false };
        let of = schema.facts.values().filter(|ty| parts(ty).any(|part| part.signal == signal.name));
        let fresh = of.filter_map(|ty| ty.fresh_for).max().unwrap_or(0);
        until.saturating_add(signal.lag.saturating_add(signal.gap).max(fresh)) >= self.now()
    }

    /// Whether a signal is watched now in the scope that a fact makes.
    fn watches(&self, seen: &Seen, part: &CoveredBy, owner: &Fact) -> bool {
        let Some(scopes) = seen.get(part.signal.as_str()) else { return false };
        let live =
            |scope: &str| scopes.get(scope).is_some_and(|until| self.holds(part.signal.as_str(), *until));
        let words: Option<Vec<String>> =
            part.scope.iter().map(|path| self.word(owner, path.get(1..)?)).collect();
        live("*") || words.is_some_and(|words| live(&words.join("/")))
    }

    /// What a path from a fact says, as a scope has it.
    fn word(&self, fact: &Fact, path: &[Name]) -> Option<String> {
        let Some((first, rest)) = path.split_first() else { return Some(fact.key.to_string()) };
        let value = fact.field(first.as_str())?.possible.value()?.clone();
        match (&value, rest) {
            (_, []) => text(&value, self.schema()),
            (Value::Fact(of, key), rest) => self.word(&*self.fact(of, key)?, rest),
            _ => None,
        }
    }

    /// Whether the thing has ended.
    fn over(&self, ty: &FactType, fact: &Fact) -> bool {
        let end = ty.lives.as_ref().and_then(|(_, end)| end.as_ref());
        let ends = end.and_then(|end| fact.field(end.as_str()));
        matches!(ends.and_then(|end| end.possible.value()), Some(Value::Timestamp(at)) if *at <= self.now())
    }
}

/// Whose lists the facts of a type are, where every scope is something of the same one.
fn owner<'a>(ty: &'a FactType, groups: &[Vec<CoveredBy>]) -> Option<&'a Name> {
    let mut found = None;
    for path in groups.iter().flatten().flat_map(|part| &part.scope) {
        let field = ty.field(path.first()?.as_str())?;
        let Type::Fact(to) = &field.ty else { return None };
        if found.is_some_and(|known| known != to) {
            return None;
        }
        found = Some(to);
    }
    found
}
