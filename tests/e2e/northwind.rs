//! The example estate: what is decided, and that taking evidence away never makes a case look clean.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::Sandbox;

fn northwind() -> Sandbox {
    Sandbox::with("examples/northwind")
}

const EVAL: &str = "eval -C examples/northwind --fail-on none --format json";

/// Policy and anchor of every case, with what became of it.
fn cases(run: &Value) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let case = |it: &Value| format!("{} {}", it["policy"].as_str().unwrap(), it["anchor"]);
    for decision in run["decisions"].as_array().unwrap() {
        let kinds: Vec<&str> =
            decision["outcomes"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
        out.insert(case(decision), kinds.join(", "));
    }
    for undetermined in run["undetermined"].as_array().unwrap() {
        out.insert(case(undetermined), "undetermined".to_owned());
    }
    out
}

/// Takes a file of facts out of the project.
fn drop_file(sandbox: &Sandbox, file: &str) {
    let toml = sandbox.read("examples/northwind/assize.toml");
    let entry = format!("  \"{file}\",\n");
    assert!(toml.contains(&entry), "{file}");
    sandbox.write("examples/northwind/assize.toml", toml.replace(&entry, ""));
}

#[test]
fn the_estate_has_every_kind_of_outcome() {
    let run = northwind().run(EVAL).expect(0).json();
    let mut kinds: Vec<String> = cases(&run)
        .into_values()
        .flat_map(|it| it.split(", ").map(str::to_owned).collect::<Vec<_>>())
        .collect();
    kinds.sort();
    kinds.dedup();
    for kind in ["alert", "rank", "revoke"] {
        assert!(kinds.iter().any(|it| it == kind), "{kind} in {kinds:?}");
    }
    assert_eq!(run["rejected"], 0);
}

#[test]
fn every_decision_says_why_and_from_which_record() {
    let run = northwind().run(EVAL).expect(0).json();
    for decision in run["decisions"].as_array().unwrap() {
        assert!(!decision["because"].as_str().unwrap().is_empty(), "{decision}");
        assert!(decision["id"].as_str().unwrap().starts_with("dec_"), "{decision}");
        assert!(decision["arm"].as_u64().unwrap() >= 1, "{decision}");
        assert!(!decision["maps"].as_array().unwrap().is_empty(), "{decision}");
        for key in ["mode", "missing", "could_be", "assumed", "waived_by", "valid_until", "evidence_until"] {
            assert!(decision.get(key).is_some(), "{key} in {decision}");
        }
        let evidence = decision["evidence"].as_array().unwrap();
        assert!(!evidence.is_empty(), "{decision}");
        assert!(evidence.iter().all(|it| it["source"]["tool"].is_string()), "{decision}");
        for outcome in decision["outcomes"].as_array().unwrap() {
            assert!(outcome["id"].is_string() && outcome["kind"].is_string(), "{decision}");
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let sandbox = northwind();
    let first = sandbox.run(EVAL).expect(0).stdout;
    assert_eq!(first, sandbox.run(EVAL).expect(0).stdout);
}

#[test]
fn the_strongest_come_first() {
    let run = northwind().run(EVAL).expect(0).json();
    let rank = |decision: &Value| {
        let kinds = decision["outcomes"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap());
        kinds
            .map(|kind| ["block", "revoke", "alert", "rank"].iter().position(|it| *it == kind).unwrap())
            .min()
    };
    let ranks: Vec<_> = run["decisions"].as_array().unwrap().iter().map(rank).collect();
    assert!(ranks.is_sorted(), "{ranks:?}");
}

#[test]
fn taking_coverage_away_never_makes_a_case_look_clean() {
    let sandbox = northwind();
    let path = "examples/northwind/coverage.ndjson";
    let before = cases(&sandbox.run(EVAL).expect(0).json());
    let coverage = sandbox.read(path);
    let mut weaker = 0;
    for taken in coverage.lines() {
        let kept: Vec<&str> = coverage.lines().filter(|line| *line != taken).collect();
        sandbox.write(path, format!("{}\n", kept.join("\n")));
        let after = cases(&sandbox.run(EVAL).expect(0).json());
        for (case, outcome) in &before {
            let now = after.get(case);
            assert!(now.is_some(), "{case} was `{outcome}` and has gone silent without {taken}");
            weaker += usize::from(now != Some(outcome));
        }
        let strong = |cases: &BTreeMap<String, String>| {
            let strong = cases.iter().filter(|(_, it)| it.contains("revoke") || it.contains("block"));
            strong.map(|(case, _)| case.clone()).collect::<BTreeSet<_>>()
        };
        assert!(strong(&after).is_subset(&strong(&before)), "a gap revokes nothing: {taken}");
    }
    assert!(weaker > 0, "some decision rests on coverage");
}

#[test]
fn no_idle_key_is_revoked_where_nobody_watched() {
    let sandbox = northwind();
    let idle = |run: &Value| -> Vec<String> {
        let cases = cases(run);
        let idle = cases.iter().filter(|(case, _)| case.starts_with("nhi.lifecycle.idle_static_secret"));
        let revoked = idle.filter(|(_, outcome)| outcome.contains("revoke"));
        revoked.map(|(case, _)| case.clone()).collect()
    };
    assert!(!idle(&sandbox.run(EVAL).expect(0).json()).is_empty());
    // The first two prove coverage of their own.
    for file in ["cloudtrail.json", "aws-credential-report.csv", "coverage.ndjson"] {
        drop_file(&sandbox, file);
    }
    assert_eq!(idle(&sandbox.run(EVAL).expect(0).json()), Vec::<String>::new());
}

#[test]
fn an_explanation_reaches_the_tools_record() {
    let sandbox = northwind();
    let run = sandbox.run(EVAL).expect(0).json();
    let decision = &run["decisions"][0];
    let id = decision["id"].as_str().unwrap();
    let by_id = sandbox.run(&format!("explain -C examples/northwind {id}")).expect(0);
    assert!(by_id.stdout.contains(decision["because"].as_str().unwrap().split(';').next().unwrap()));
    let record = decision["evidence"][0]["source"]["tool"].as_str().unwrap();
    assert!(by_id.stdout.contains(record), "{}", by_id.stdout);
    // A prefix that only one decision has is enough.
    assert_eq!(
        sandbox.run(&format!("explain -C examples/northwind {}", &id[..id.len() - 1])).expect(0).stdout,
        by_id.stdout
    );
}

#[test]
fn a_case_that_is_none_is_explained_as_well() {
    let policy = "nhi.lifecycle.idle_static_secret";
    let key = "AKIANORTHWINDFWPUBLQ";
    let run =
        northwind().run(&format!("explain -C examples/northwind --policy {policy} --anchor {key}")).expect(0);
    assert!(run.stdout.contains("not a case"), "{}", run.stdout);
    assert!(run.stdout.contains("false    secret.created_at < now - idle_after"), "{}", run.stdout);
}
