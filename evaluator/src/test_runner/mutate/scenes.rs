//! What tests ask, with the facts that they ask it of: made once, and asked of one mutant after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::plan::{Expect, Name, Policy, Step, Test};

use crate::decision::Decision;
use crate::engine::Engine;
use crate::facts::Instant;
use crate::store::Snapshot;
use crate::test_runner::world::{Outcome, World};
use crate::test_runner::{Runs, about_coverage, expect, gone};
use crate::value::Value;

/// One expectation and what is given when it is asked.
struct Scene<'t> {
    expect: &'t Expect,
    now: Instant,
    params: BTreeMap<Name, Value>,
    full: Given,
    /// Without the given coverage, where any is given.
    bare: Option<Given>,
}

/// Facts, and what the policies decide on them that stay as they are.
struct Given {
    facts: Snapshot,
    others: Outcome,
}

impl Engine {
    /// The mutants of the policy that no test notices, by their places.
    pub(super) fn unnoticed(&self, mutants: &[Policy], tests: &[Arc<Test>], policy: &Name) -> Vec<usize> {
        let mut alive: Vec<(usize, &Policy)> = mutants.iter().enumerate().collect();
        for test in tests {
            for scene in self.scenes(test, policy) {
                alive = self.left(&scene, alive);
            }
        }
        alive.into_iter().map(|(at, _)| at).collect()
    }

    /// The expectations of a test that are about the policy, with what is given at each.
    fn scenes<'t>(&self, test: &'t Test, policy: &Name) -> Vec<Scene<'t>> {
        let mut world = World::new(self, None);
        let mut scenes = Vec::new();
        for (place, (step, _)) in test.steps.iter().enumerate() {
            match step {
                Step::Now(now) => world.set_now(*now),
                // The test passes, so every fact that it gives fits.
                Step::Given(given) => drop(world.give(given, place)),
                Step::Without(ty, key) => world.take(ty, key.as_deref()),
                Step::Set(param, value) => world.set(param, value),
                Step::Check(_) => {}
                Step::Expect(expect) if Runs::Only(policy).passes(expect) => {}
                Step::Expect(expect) => {
                    let mut given = |without_coverage| Given {
                        facts: world.snapshot(without_coverage),
                        others: self.others(&mut world, expect, policy, without_coverage),
                    };
                    let full = given(false);
                    let bare = given(true);
                    let bare = world.has_coverage().then_some(bare);
                    let (now, params) = (Instant(world.now()), world.params().clone());
                    scenes.push(Scene { expect, now, params, full, bare });
                }
            }
        }
        scenes
    }

    fn others(
        &self,
        world: &mut World<'_>,
        expect: &Expect,
        policy: &Name,
        without_coverage: bool,
    ) -> Outcome {
        let others = self.policies_of(expect).into_iter().filter(|one| one.name != *policy);
        let others: Vec<&Policy> = others.filter(|one| !without_coverage || !about_coverage(one)).collect();
        world.decide(&others, without_coverage)
    }

    /// Those of the mutants on which the scene is as it is expected to be.
    fn left<'m>(&self, scene: &Scene<'_>, alive: Vec<(usize, &'m Policy)>) -> Vec<(usize, &'m Policy)> {
        let outcomes = self.outcomes(scene, &scene.full, &alive);
        let passed: Vec<_> = alive
            .into_iter()
            .zip(outcomes)
            .filter(|(_, outcome)| expect::check(scene.expect, outcome).is_none())
            .collect();
        let Some(bare) = &scene.bare else { return passed.into_iter().map(|(mutant, _)| mutant).collect() };
        let mutants: Vec<_> = passed.iter().map(|(mutant, _)| *mutant).collect();
        let stays = |(((_, mutant), full), bare): &(((usize, &Policy), Outcome), Outcome)| {
            let about = |one: &&Decision| match self.program.policies.get(one.policy.as_str()) {
                Some(policy) if policy.name != mutant.name => !about_coverage(policy),
                _ => !about_coverage(mutant),
            };
            gone(&full.decisions.iter().filter(about).collect::<Vec<_>>(), bare).is_none()
        };
        let bare = self.outcomes(scene, bare, &mutants);
        passed.into_iter().zip(bare).filter(stays).map(|((mutant, _), _)| mutant).collect()
    }

    /// What the mutants decide, each with what the other policies do.
    fn outcomes(&self, scene: &Scene<'_>, given: &Given, mutants: &[(usize, &Policy)]) -> Vec<Outcome> {
        let policies: Vec<&Policy> = mutants.iter().map(|(_, mutant)| *mutant).collect();
        let apart = self.evaluate_apart(&given.facts, scene.now, &policies, &scene.params);
        let joined = apart.into_iter().map(|(mut decisions, mut undetermined)| {
            decisions.extend(given.others.decisions.iter().cloned());
            undetermined.extend(given.others.undetermined.iter().cloned());
            Outcome { decisions, undetermined }
        });
        joined.collect()
    }
}
