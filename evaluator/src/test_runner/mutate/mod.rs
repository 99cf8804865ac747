//! Whether the tests would notice: each policy is changed in one small way at a time, and its tests run.
//!
//! A mutant that a test fails on is *killed*. One that all tests pass on has *survived*: the policy could
//! say that instead, and no test would tell. The changes are made in the plan; the order is that of the
//! text, so that two runs try the same mutants.

mod changes;
mod scenes;
mod walk;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use assize_lang::plan::{Policy, Step, Test};
use serde::Serialize;

use super::Runs;
use crate::engine::Engine;

/// How many mutants of one policy are tried; those of its first conditions are.
const LIMIT: usize = 400;

/// What became of the mutants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mutation {
    /// How many were killed.
    pub killed: usize,
    /// How many survived.
    pub survived: usize,
    /// The policies, by qualified name.
    pub policies: Vec<PolicyMutants>,
}

/// What became of the mutants of one policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyMutants {
    /// The qualified name.
    pub policy: String,
    /// The file that it stands in.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// How many tests are about it.
    pub tests: usize,
    /// How many mutants were killed.
    pub killed: usize,
    /// Those that survived, by place.
    pub survivors: Vec<Mutant>,
    /// How many were left out because there are too many.
    pub untried: usize,
}

/// A change that no test noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mutant {
    /// Its line, from 1.
    pub line: usize,
    /// What was changed.
    pub change: String,
}

impl Engine {
    /// Changes each policy that is `wanted` (by qualified name and file) in one small way at a time, and
    /// runs the tests that are about it. A test that fails on the policies as they are notices nothing and is
    /// left out.
    #[must_use]
    pub fn mutate(&self, wanted: &dyn Fn(&str, &str) -> bool) -> Mutation {
        let file = |policy: &Policy| self.program.places.get(&policy.name).map_or("", |place| &place.file);
        let policies: Vec<&Policy> = self
            .program
            .policies
            .values()
            .map(AsRef::as_ref)
            .filter(|policy| wanted(policy.name.as_str(), file(policy)))
            .collect();
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<(usize, PolicyMutants)>> = Mutex::default();
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(policy) = policies.get(at) else { break };
                let mutants = self.mutate_one(policy);
                done.lock().unwrap_or_else(PoisonError::into_inner).push((at, mutants));
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(policies.len());
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(at, _)| *at);
        let mut out = Mutation::default();
        for (_, policy) in done {
            out.killed = out.killed.saturating_add(policy.killed);
            out.survived = out.survived.saturating_add(policy.survivors.len());
            out.policies.push(policy);
        }
        out
    }

    fn mutate_one(&self, policy: &Policy) -> PolicyMutants {
        let place = self.program.places.get(&policy.name);
        let line = |at| place.map_or(1, |place| place.line_of(&policy.text, at));
        let mut tests = self.tests_of(policy);
        tests.retain(|test| self.run_test(test, None, Runs::Only(&policy.name)).passed());
        let changes = changes::of(&self.schema, policy);
        let mutants: Vec<Policy> = changes.iter().take(LIMIT).map(|change| change.apply(policy)).collect();
        let alive = self.unnoticed(&mutants, &tests, &policy.name);
        let survivors = alive.iter().filter_map(|at| changes.get(*at));
        let survivors = survivors
            .map(|change| Mutant { line: line(change.span), change: change.what.clone() })
            .collect::<Vec<_>>();
        let killed = mutants.len().saturating_sub(survivors.len());
        PolicyMutants {
            policy: policy.name.to_string(),
            file: place.map(|place| place.file.clone()).unwrap_or_default(),
            line: line(place.map(|place| place.name).unwrap_or_default()),
            tests: tests.len(),
            killed,
            survivors,
            untried: changes.len().saturating_sub(LIMIT),
        }
    }

    /// The tests that name the policy, and those of its own file that name none.
    fn tests_of(&self, policy: &Policy) -> Vec<Arc<Test>> {
        let file = self.program.places.get(&policy.name).map(|place| place.file.as_str());
        let about = |test: &Test| {
            test.steps.iter().any(|(step, _)| match step {
                Step::Expect(expect) => match &expect.by {
                    Some(by) => *by == policy.name,
                    None => file == Some(test.file.as_str()),
                },
                _ => false,
            })
        };
        self.program.tests.iter().filter(|test| about(test)).cloned().collect()
    }
}
