//! What the library's own tests show of it: every decision that a policy can give is one that a test ends
//! in, each of OWASP's ten risks has scenarios that end in each decision that its policies can give, and each
//! incident has its innocent twin and its missing sensor.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assize_lang::plan::{ExpectKind, OutcomeKind, Program, Step};
use assize_lang::{SourceText, compile};

type Words = BTreeMap<String, BTreeSet<&'static str>>;

fn library() -> Arc<Program> {
    let sources: Vec<SourceText> = assize_stdlib::sources()
        .iter()
        .map(|(path, text)| SourceText { path: (*path).to_owned(), text: (*text).to_owned(), library: true })
        .collect();
    compile(&sources).program
}

/// What each policy can decide, by its name.
fn can(program: &Program) -> Words {
    let mut words = Words::new();
    for (name, policy) in &program.policies {
        let of = words.entry(name.to_string()).or_default();
        for outcome in policy.arms.iter().flat_map(|arm| &arm.outcomes) {
            of.insert(match &outcome.kind {
                OutcomeKind::Rank { .. } => "rank",
                OutcomeKind::Alert { .. } => "alert",
                OutcomeKind::Revoke { .. } => "revoke",
                OutcomeKind::Block { .. } => "block",
            });
        }
    }
    words
}

/// What the tests in a folder expect of each policy, by its name.
fn shown(program: &Program, folder: &str) -> Words {
    let mut words = Words::new();
    let tests = program.tests.iter().filter(|test| test.file.starts_with(folder));
    for (step, _) in tests.flat_map(|test| &test.steps) {
        let Step::Expect(expect) = step else { continue };
        let Some(by) = &expect.by else { continue };
        words.entry(by.to_string()).or_default().insert(match &expect.kind {
            ExpectKind::Rank(_) => "rank",
            ExpectKind::Alert(_) => "alert",
            ExpectKind::Revoke(..) => "revoke",
            ExpectKind::Block(_) => "block",
            ExpectKind::Nothing => "nothing",
            ExpectKind::Undetermined => "undetermined",
        });
    }
    words
}

#[test]
fn a_test_ends_in_every_decision_that_a_policy_can_give() {
    let program = library();
    let shown = shown(&program, "stdlib/");
    let mut lacking = Vec::new();
    for (name, words) in can(&program) {
        let seen = shown.get(&name).cloned().unwrap_or_default();
        for word in words.difference(&seen) {
            lacking.push(format!("{name} can {word}"));
        }
    }
    assert!(lacking.is_empty(), "no test ends in: {}", lacking.join(", "));
}

#[test]
fn each_of_the_ten_risks_has_scenarios_that_end_in_each_of_its_decisions_and_one_that_ends_in_none() {
    let program = library();
    let (can, shown) = (can(&program), shown(&program, "stdlib/scenarios/"));
    for risk in 1..=10 {
        let id = format!("owasp-nhi/NHI{risk}:2025");
        let (mut possible, mut seen) = (BTreeSet::new(), BTreeSet::new());
        for (name, policy) in &program.policies {
            if policy.maps.iter().any(|control| control.id == id) {
                possible.extend(can.get(&name.to_string()).into_iter().flatten().copied());
                seen.extend(shown.get(&name.to_string()).into_iter().flatten().copied());
            }
        }
        assert!(possible.len() >= 2, "{id} has policies that can only {possible:?}");
        assert!(seen.is_superset(&possible), "{id}: {possible:?} can be decided, scenarios end in {seen:?}");
        assert!(seen.contains("nothing"), "{id} has no benign case");
    }
}

#[test]
fn every_incident_has_its_twin_and_its_missing_sensor() {
    let mut incidents = 0;
    for (path, text) in assize_stdlib::sources() {
        if !path.starts_with("stdlib/scenarios/") {
            continue;
        }
        incidents += 1;
        let tests: Vec<&str> = text.lines().filter(|line| line.starts_with("test \"")).collect();
        for wanted in ["twin", "a sensor less"] {
            assert!(tests.iter().any(|test| test.contains(wanted)), "{path} has no test with `{wanted}`");
        }
        assert!(tests.len() >= 3, "{path} has {} tests", tests.len());
    }
    assert!(incidents >= 17, "{incidents} incidents");
}
