//! Which tuples are cases (B1 to B3), budgets, and recorded requests.

use assize::{Budget, Engine};
use serde_json::{Value, json};

use crate::support::{NOW, at, brief, built, evaluate, fact, load_clean, model};

fn thing(id: &str, fields: Value) -> Value {
    let mut all = json!({"id": id, "account": "acc"});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    fact("Thing", all)
}

fn group(id: &str, color: &str) -> Value {
    fact("Group", json!({"id": id, "color": color, "owner": null}))
}

#[test]
fn a_tuple_is_a_case_only_where_its_joins_are_true() {
    let engine = model(
        "policy p { for g: Group, x: Thing where x.group == g where x.flag decide { otherwise => alert low because \"b\" } }",
    );
    let lines = [
        group("g", "red"),
        group("h", "red"),
        thing("a", json!({"group": "g", "flag": true})),
        thing("b", json!({"group": "h", "flag": true})),
        thing("c", json!({"group": "g", "flag": false})),
        thing("d", json!({"group": null, "flag": true})),
        thing("e", json!({"group": "g"})),
    ];
    let evaluation = evaluate(&engine, &lines, NOW);
    let mut got: Vec<String> = brief(&evaluation).lines().map(ToOwned::to_owned).collect();
    got.sort();
    assert_eq!(
        got,
        [
            "g a: arm 1: alert low",
            "g e: undetermined | could be alert low | not collected",
            "h b: arm 1: alert low"
        ]
    );
}

#[test]
fn an_unknown_join_lists_the_first_fact_once() {
    let engine = model(
        "policy p { for g: Group, x: Thing where x.group == g decide { otherwise => alert low because \"b\" } }",
    );
    let lines =
        [group("g", "red"), thing("a", json!({})), thing("b", json!({})), thing("c", json!({"group": "g"}))];
    let evaluation = evaluate(&engine, &lines, NOW);
    assert_eq!(
        brief(&evaluation),
        "g c: arm 1: alert low\ng: incomplete | could be alert low | not collected"
    );
}

#[test]
fn a_binding_may_range_over_a_list() {
    let engine =
        model("policy p { for g: Group, x in g.things decide { x.flag => alert low because \"{x.id}\" } }");
    let lines = [group("g", "red"), group("h", "red"), thing("a", json!({"group": "g", "flag": true}))];
    let evaluation = evaluate(&engine, &lines, NOW);
    assert_eq!(
        brief(&evaluation),
        "g a: arm 1: alert low\ng: incomplete | could be alert low | not covered\nh: incomplete | could be alert low | not covered"
    );
}

#[test]
fn a_case_keeps_its_id() {
    let engine = model("policy p { for g: Group decide { otherwise => alert low because \"b\" } }");
    let one = evaluate(&engine, &[group("g", "red")], NOW);
    let two = evaluate(&engine, &[group("g", "blue"), group("h", "red")], "2026-06-01T01:00:00Z");
    assert_eq!(one.decisions[0].id, two.decisions.iter().find(|one| one.anchor.keys() == ["g"]).unwrap().id);
    assert_ne!(two.decisions[0].id, two.decisions[1].id);
    assert!(one.decisions[0].id.starts_with("dec_") && one.decisions[0].id.len() == 20);
}

#[test]
fn a_case_over_its_budget_is_undetermined_and_the_rest_is_not() {
    let text = format!(
        "{}\npolicy p {{ for g: Group decide {{ g.things.exists(x, x.flag) => alert low because \"b\" }} }}",
        include_str!("model.assize")
    );
    let build =
        |limit| built(Engine::builder().source("t", text.as_str()).budget(Budget::reach(limit)).build());
    let mut lines: Vec<Value> =
        (0..5).map(|n| thing(&format!("x{n}"), json!({"group": "g", "flag": true}))).collect();
    lines.extend([group("g", "red"), group("h", "red"), thing("y", json!({"group": "h", "flag": true}))]);
    let engine = build(4);
    let evaluation = engine.evaluate(&load_clean(&engine, &lines), at(NOW));
    assert_eq!(brief(&evaluation), "h: arm 1: alert low\ng: exhausted | could be alert low");
    assert!(evaluation.incomplete);
    let engine = build(5);
    assert!(!engine.evaluate(&load_clean(&engine, &lines), at(NOW)).incomplete);
}
