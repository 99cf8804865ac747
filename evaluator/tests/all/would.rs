//! What is said to change a decision changes it: applied to the snapshot, another decision comes of it.

use assize::facts::Instant;
use assize::{Engine, Evaluation, Explanation, Snapshot};
use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::properties::{condition, config, instant, noise, world};
use crate::support::{NOW, at, coverage, engine, fact, load, load_clean, model};

/// What a case comes to.
fn came(evaluation: &Evaluation, id: &str) -> Option<(usize, Value)> {
    let decided = evaluation.decisions.iter().find(|one| one.id == id);
    let decided = decided.map(|one| (one.arm, serde_json::to_value(&one.outcomes).unwrap()));
    let open = |one: &&assize::Undetermined| one.id == id || one.incomplete;
    decided.or_else(|| evaluation.undetermined.iter().find(open).map(|_| (0, json!("open"))))
}

/// Applies each to the snapshot and decides again.
fn holds(engine: &Engine, snapshot: &Snapshot, now: Instant, id: &str, why: &Explanation) -> usize {
    let before = came(&engine.evaluate(snapshot, now), id);
    for would in &why.would_change_if {
        let supposed = engine.suppose(snapshot, now, &would.suppose).unwrap();
        let after = came(&engine.evaluate(&supposed, now), id);
        assert_ne!(before, after, "{would}");
    }
    why.would_change_if.len()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases.div_ceil(2), ..config() })]

    #[test]
    fn whatever_is_said_to_change_a_decision_does(
        world in world(),
        noise in noise(),
        conditions in prop::collection::vec(condition(), 3),
    ) {
        let [a, b, c] = &conditions[..] else { panic!("three conditions") };
        let engine = model(&format!(
            "policy p {{ for x: Thing where {a} decide {{ {b} => revoke x because \"b\" \
             {c} => rank x.tier by x.n because \"c\" unknown => alert low because \"{{missing}}\" }} }}"
        ));
        let mut lines = noise.disturb(&world);
        // Whoever speaks at the very instant leaves nothing to suppose.
        for line in &mut lines {
            if line.get("Thing").is_some() && line["observed_at"] == json!(NOW) {
                line["observed_at"] = json!(instant(0, 1));
            }
        }
        let (snapshot, now) = (load(&engine, &lines), at(NOW));
        let evaluation = engine.evaluate(&snapshot, now);
        for key in ["a", "b"] {
            let Ok(why) = engine.explain(&snapshot, now, "p", &[key]) else { continue };
            let id = why.decision.as_ref().map(|one| one.id.clone())
                .or_else(|| why.undetermined.as_ref().map(|one| one.id.clone()));
            if let Some(id) = id.filter(|id| came(&evaluation, id).is_some()) {
                holds(&engine, &snapshot, now, &id, &why);
            }
        }
    }
}

fn said(why: &Explanation) -> String {
    why.would_change_if.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

const KEYS: &str = r#"package k
signal log { lag 15m gap 15m loss 0.1% basis heartbeat }
entity Identity { key id: string total: bool } closed
entity Key { key id: string identity: Identity canary: bool made: timestamp value: sensitive<string> } closed
entity Trust { key id: string source: Identity target: Identity } closed
event Use { key id: string of: Key inverse uses at: timestamp } covered by log on of
relation becomes(a: Identity, b: Identity) {
  case where a == b
  case for t: Trust where t.source == a && becomes(t.target, b)
}
policy idle {
  for k: Key
  where k.made < now - 45d
  let used = k.uses.exists(u, u.at > now - 30d)
  decide {
    k.canary => none
    !used    => revoke k because "idle"
    unknown  => alert low because "{missing}"
  }
}
policy strong {
  for k: Key
  decide {
    Identity.exists(i, i.total && becomes(k.identity, i)) => alert high because "total"
  }
}
policy known {
  for k: Key
  decide { k.value == "hunter2" => alert high because "known" }
}
"#;

fn keys(covered: bool) -> (Engine, Snapshot, Instant) {
    let engine = engine(KEYS);
    let mut lines = vec![
        fact("Identity", json!({"id": "app", "total": false})),
        fact("Identity", json!({"id": "root", "total": true})),
        fact("Trust", json!({"id": "t1", "source": "app", "target": "root"})),
        fact(
            "Key",
            json!({"id": "k1", "identity": "app", "canary": false, "made": "2026-01-01T00:00:00Z",
                           "value": "hunter2"}),
        ),
    ];
    if covered {
        lines.push(coverage("log", "k1", "2026-01-01T00:00:00Z", NOW));
    }
    let snapshot = load_clean(&engine, &lines);
    (engine, snapshot, at(NOW))
}

#[test]
fn what_an_owner_can_change_comes_first() {
    let (engine, snapshot, now) = keys(true);
    let why = engine.explain(&snapshot, now, "idle", &["k1"]).unwrap();
    assert_eq!(holds(&engine, &snapshot, now, &why.decision.as_ref().unwrap().id, &why), 2);
    assert_snapshot!(said(&why), @r"
    `made` of Key `k1` is 2026-04-17T00:00:00Z, not 2026-01-01T00:00:00Z: nothing is decided
    `canary` of Key `k1` is true, not false: nothing is decided
    ");
}

#[test]
fn what_would_have_to_be_known_is_said() {
    let (engine, snapshot, now) = keys(false);
    let why = engine.explain(&snapshot, now, "idle", &["k1"]).unwrap();
    holds(&engine, &snapshot, now, &why.decision.as_ref().unwrap().id, &why);
    assert_snapshot!(said(&why), @r"
    `made` of Key `k1` is 2026-04-17T00:00:00Z, not 2026-01-01T00:00:00Z: nothing is decided
    `canary` of Key `k1` is true, not false: nothing is decided
    log covers `k1` from 2026-05-02T00:00:00.000001Z to 2026-06-01T00:00:00Z: arm 2 decides: revoke Key `k1` by quarantine
    ");
}

#[test]
fn a_chain_is_cut_where_it_can_be() {
    let (engine, snapshot, now) = keys(true);
    let why = engine.explain(&snapshot, now, "strong", &["k1"]).unwrap();
    holds(&engine, &snapshot, now, &why.decision.as_ref().unwrap().id, &why);
    assert_snapshot!(said(&why), @r"
    `total` of Identity `root` is false, not true: nothing is decided
    Identity `root` is no more: nothing is decided
    Trust `t1` is no more: nothing is decided
    ");
}

#[test]
fn no_secret_is_told() {
    let (engine, snapshot, now) = keys(true);
    let why = engine.explain(&snapshot, now, "known", &["k1"]).unwrap();
    assert!(!said(&why).contains("hunter2"));
}
