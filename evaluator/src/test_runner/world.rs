//! The facts, the clock and the params of a test, as its steps build them up.

use std::collections::BTreeMap;

use assize_lang::plan::{Const, Given, Name, Policy};

use crate::decision::{Decision, Undetermined};
use crate::engine::Engine;
use crate::facts::{Instant, Line, Report, Source};
use crate::judge::{Observer, constant};
use crate::store::Snapshot;
use crate::value::{Value, from_const, to_json};

/// The qualified name of the fact type that carries coverage.
pub(super) const fn coverage_type() -> &'static str {
    "assize.core.Coverage"
}

/// What some policies decide.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) decisions: Vec<Decision>,
    pub(super) undetermined: Vec<Undetermined>,
}

pub(super) struct World<'e> {
    engine: &'e Engine,
    /// Who wants to know what the conditions of the tests as written come to.
    observer: Option<&'e dyn Observer>,
    now: i64,
    params: BTreeMap<Name, Value>,
    /// In the order given; a fact given again replaces the earlier one.
    given: Vec<(Name, String, Report)>,
    /// What was decided since the last change, by policy, with coverage and without.
    known: BTreeMap<(Name, bool), Outcome>,
}

impl<'e> World<'e> {
    pub(super) fn new(engine: &'e Engine, observer: Option<&'e dyn Observer>) -> Self {
        Self {
            engine,
            observer,
            now: i64::MIN,
            params: (*engine.params).clone(),
            given: Vec::new(),
            known: BTreeMap::new(),
        }
    }

    pub(super) const fn now(&self) -> i64 {
        self.now
    }

    pub(super) fn set_now(&mut self, now: i64) {
        self.now = now;
        self.known.clear();
    }

    pub(super) fn set(&mut self, param: &Name, value: &Const) {
        self.params.insert(param.clone(), from_const(value));
        self.known.clear();
    }

    pub(super) fn has_coverage(&self) -> bool {
        self.given.iter().any(|(ty, ..)| ty.as_str() == coverage_type())
    }

    pub(super) fn take(&mut self, ty: &Name, key: Option<&str>) {
        self.given.retain(|(of, known, _)| of != ty || key.is_some_and(|key| key != known));
        self.known.clear();
    }

    /// Gives a fact, observed now. Without a key it is called after its step.
    pub(super) fn give(&mut self, given: &Given, place: usize) -> Result<(), String> {
        let schema = &self.engine.schema;
        let declared = schema.facts.get(&given.ty).ok_or_else(|| format!("no type `{}`", given.ty))?;
        let source =
            Source { tool: "test".to_owned(), record: Some(format!("step {place}")), ..Source::default() };
        let mut report = Report::new(given.ty.as_str(), source, Instant(self.now));
        for (name, expr) in &given.fields {
            let value = constant(self.engine, &self.params, self.now, expr)
                .ok_or_else(|| format!("`{name}` has no value"))?;
            report = report.with(name.as_str(), to_json(&value, schema));
        }
        let key = match report.fields.get(declared.key.as_str()) {
            Some(serde_json::Value::String(key)) => key.clone(),
            Some(_) => return Err(format!("`{}` is not a string", declared.key)),
            None => {
                let key = format!("step {place}");
                report = report.with(declared.key.as_str(), key.clone());
                key
            }
        };
        let mut probe = self.engine.loader();
        probe.add("test", "step", Line::Report(report.clone()));
        if let Some(reject) = probe.finish().rejects().first() {
            let field = reject.field.as_deref().unwrap_or("the fact");
            return Err(format!("`{field}`: {}", reject.reason));
        }
        self.given.retain(|(ty, known, _)| *ty != given.ty || *known != key);
        self.given.push((given.ty.clone(), key, report));
        self.known.clear();
        Ok(())
    }

    /// What the policies decide, with or without the given coverage.
    pub(super) fn decide(&mut self, policies: &[&Policy], without_coverage: bool) -> Outcome {
        let missing: Vec<&Policy> = policies
            .iter()
            .filter(|policy| !self.known.contains_key(&(policy.name.clone(), without_coverage)))
            .copied()
            .collect();
        if !missing.is_empty() {
            let snapshot = self.snapshot(without_coverage);
            let observer = self.observer.filter(|_| !without_coverage);
            let now = Instant(self.now);
            let all = self.engine.evaluate_policies(&snapshot, now, &missing, &self.params, observer);
            for policy in missing {
                let own = |name: &str| name == policy.name.as_str();
                let outcome = Outcome {
                    decisions: all.decisions.iter().filter(|one| own(&one.policy)).cloned().collect(),
                    undetermined: all.undetermined.iter().filter(|one| own(&one.policy)).cloned().collect(),
                };
                self.known.insert((policy.name.clone(), without_coverage), outcome);
            }
        }
        let mut out = Outcome::default();
        for policy in policies {
            if let Some(known) = self.known.get(&(policy.name.clone(), without_coverage)) {
                out.decisions.extend(known.decisions.iter().cloned());
                out.undetermined.extend(known.undetermined.iter().cloned());
            }
        }
        out
    }

    pub(super) const fn params(&self) -> &BTreeMap<Name, Value> {
        &self.params
    }

    /// The facts, with or without the given coverage.
    pub(super) fn snapshot(&self, without_coverage: bool) -> Snapshot {
        let mut loader = self.engine.loader();
        for (ty, _, report) in &self.given {
            if !(without_coverage && ty.as_str() == coverage_type()) {
                loader.add("test", "given", Line::Report(report.clone()));
            }
        }
        loader.finish()
    }
}
