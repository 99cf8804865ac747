//! Runs the tests that stand beside policies.

mod check;
mod coverage;
mod expect;
mod mutate;
mod world;

use std::collections::BTreeSet;
use std::sync::Arc;

use assize_lang::diagnostic::Span;
use assize_lang::plan::{Expect, Name, Policy, Step, Test};
use serde::Serialize;

use crate::decision::{Anchor, Decision};
use crate::engine::Engine;
use crate::judge::Observer;
use check::Texts;
use world::World;

pub use coverage::{
    ArmCoverage, ConditionCoverage, ConditionKind, CoverageTotal, PolicyCoverage, Share, TestCoverage, Truth,
};
pub(crate) use expect::outcome_words;
pub use mutate::{Mutant, Mutation, PolicyMutants};

/// What became of one test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TestReport {
    /// What the test shows.
    pub name: String,
    /// The file that it stands in.
    pub file: String,
    /// Its place in the file.
    pub span: Span,
    /// How many expectations it has.
    pub expectations: usize,
    /// What did not come true.
    pub failures: Vec<Failure>,
}

impl TestReport {
    /// Whether everything came true.
    #[must_use]
    pub const fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// One expectation that did not come true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The step, in the file.
    pub span: Span,
    /// What was expected.
    pub expected: String,
    /// What came instead, and why.
    pub got: String,
    /// Diagnostics that came instead, as they are drawn for people; empty where none did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pictures: String,
    /// Whether it came true as written and failed only once every given coverage was taken away: then a
    /// gap is taken for an answer somewhere.
    pub without_coverage: bool,
}

/// What of a test is run.
enum Runs<'t> {
    /// Everything.
    All(&'t mut Texts),
    /// What is expected of this policy, up to the first failure.
    Only(&'t Name),
}

impl Runs<'_> {
    /// Whether an expectation is left out: one of another policy.
    fn passes(&self, expect: &Expect) -> bool {
        matches!(self, Self::Only(policy) if expect.by.as_ref().is_some_and(|by| by != *policy))
    }
}

impl Engine {
    /// Runs the tests whose name or file contains `filter`, each also with every given coverage taken
    /// away: a verdict may then weaken or become unknown, never clean.
    #[must_use]
    pub fn run_tests(&self, filter: Option<&str>) -> Vec<TestReport> {
        self.run_tests_with(filter, None)
    }

    /// Runs the tests at some places as [`Engine::run_tests`] does: `wanted` is given a test's file, and the byte at
    /// which it starts.
    #[must_use]
    pub fn run_tests_of(&self, wanted: &dyn Fn(&str, u32) -> bool) -> Vec<TestReport> {
        let mut texts = Texts::new(Arc::clone(&self.texts));
        let tests = self.program.tests.iter().filter(|test| wanted(&test.file, test.span.start));
        tests.map(|test| self.run_test(test, None, Runs::All(&mut texts))).collect()
    }

    fn run_tests_with(&self, filter: Option<&str>, observer: Option<&dyn Observer>) -> Vec<TestReport> {
        let wanted = |test: &&Arc<Test>| {
            filter.is_none_or(|filter| test.name.contains(filter) || test.file.contains(filter))
        };
        let mut texts = Texts::new(Arc::clone(&self.texts));
        let tests = self.program.tests.iter().filter(wanted);
        tests.map(|test| self.run_test(test, observer, Runs::All(&mut texts))).collect()
    }

    fn run_test(&self, test: &Test, observer: Option<&dyn Observer>, mut runs: Runs<'_>) -> TestReport {
        let mut world = World::new(self, observer);
        let mut failures = Vec::new();
        let mut expectations: usize = 0;
        for (place, (step, span)) in test.steps.iter().enumerate() {
            if matches!(runs, Runs::Only(_)) && !failures.is_empty() {
                break;
            }
            let failed = |expected: String, got: String, without_coverage: bool| Failure {
                span: *span,
                expected,
                got,
                pictures: String::new(),
                without_coverage,
            };
            match step {
                Step::Now(now) => {
                    if *now < world.now() {
                        let expected = "a `now` that is not before the last one".to_owned();
                        failures.push(failed(expected, "an earlier one".to_owned(), false));
                    }
                    world.set_now(*now);
                }
                Step::Given(given) => {
                    if let Err(reason) = world.give(given, place) {
                        failures.push(failed("a fact that fits its type".to_owned(), reason, false));
                    }
                }
                Step::Without(ty, key) => world.take(ty, key.as_deref()),
                Step::Set(param, value) => world.set(param, value),
                Step::Check(check) => {
                    let Runs::All(texts) = &mut runs else { continue };
                    expectations = expectations.saturating_add(1);
                    if let Some(missed) = texts.check(test, check) {
                        let failure = failed(missed.expected, missed.got, false);
                        failures.push(Failure { pictures: missed.pictures, ..failure });
                    }
                }
                Step::Expect(expect) if runs.passes(expect) => {}
                Step::Expect(expect) => {
                    expectations = expectations.saturating_add(1);
                    if let Some(got) = expect::check(expect, &self.outcome(&mut world, expect)) {
                        failures.push(failed(expect::describe(expect), got, false));
                    } else if let Some(got) = self.gone_without_coverage(&mut world, expect) {
                        let expected = "a verdict that is not clean once every given coverage is taken away";
                        failures.push(failed(expected.to_owned(), got, true));
                    }
                }
            }
        }
        TestReport {
            name: test.name.clone(),
            file: test.file.clone(),
            span: test.span,
            expectations,
            failures,
        }
    }

    /// Everything that the policies which the expectation speaks of decide now.
    fn outcome(&self, world: &mut World<'_>, expect: &Expect) -> world::Outcome {
        world.decide(&self.policies_of(expect), false)
    }

    fn policies_of(&self, expect: &Expect) -> Vec<&Policy> {
        match &expect.by {
            Some(name) => self.program.policies.get(name).map(AsRef::as_ref).into_iter().collect(),
            None => self.program.policies.values().map(AsRef::as_ref).collect(),
        }
    }

    /// X2: what was decided and is neither decided nor undetermined without coverage.
    fn gone_without_coverage(&self, world: &mut World<'_>, expect: &Expect) -> Option<String> {
        if !world.has_coverage() {
            return None;
        }
        let policies: Vec<&Policy> =
            self.policies_of(expect).into_iter().filter(|policy| !about_coverage(policy)).collect();
        let full = world.decide(&policies, false);
        gone(&full.decisions.iter().collect::<Vec<_>>(), &world.decide(&policies, true))
    }
}

/// Whether the policy is about coverage itself: what it says goes away with it.
fn about_coverage(policy: &Policy) -> bool {
    policy.bindings.iter().any(|binding| {
        matches!(&binding.ty, assize_lang::plan::Type::Fact(name) if name.as_str() == world::coverage_type())
    })
}

/// What was decided and is neither decided nor open any more.
fn gone(full: &[&Decision], bare: &world::Outcome) -> Option<String> {
    let decided: BTreeSet<&str> = bare.decisions.iter().map(|one| one.id.as_str()).collect();
    let open: BTreeSet<&str> = bare.undetermined.iter().map(|one| one.id.as_str()).collect();
    let first = |anchor: &Anchor| anchor.0.first().map(|(_, bound)| bound.clone());
    full.iter()
        .find(|one| {
            !decided.contains(one.id.as_str())
                && !open.contains(one.id.as_str())
                && !bare.undetermined.iter().any(|open| {
                    open.incomplete && open.policy == one.policy && first(&open.anchor) == first(&one.anchor)
                })
        })
        .map(|one| {
            format!("`{}` decides nothing on {} then: a gap is taken for an answer", one.policy, one.anchor)
        })
}
