//! The decision table, rule by rule (D1 to D9, K1).

use serde_json::{Value, json};

use crate::support::{NOW, brief, evaluate, fact, model};

fn thing(id: &str, fields: Value) -> Value {
    let mut all = json!({"id": id, "account": "acc"});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    fact("Thing", all)
}

/// What a table decides about one thing with these fields.
fn table(arms: &str, fields: Value) -> String {
    let engine = model(&format!("policy p {{ for x: Thing decide {{ {arms} }} }}"));
    brief(&evaluate(&engine, &[thing("a", fields)], NOW))
}

#[test]
fn the_first_true_arm_decides() {
    let arms = "x.flag => alert high because \"f\" x.other => alert low because \"o\"";
    assert_eq!(table(arms, json!({"flag": true, "other": true})), "a: arm 1: alert high");
    assert_eq!(table(arms, json!({"flag": false, "other": true})), "a: arm 2: alert low");
    assert_eq!(table(arms, json!({"flag": false, "other": false})), "");
}

#[test]
fn nothing_acts_below_an_arm_that_might_have_decided_otherwise() {
    let arms = "x.kept => none x.flag => revoke x because \"r\" unknown => alert low because \"{missing}\"";
    let unknown_keep = json!({"flag": true, "kept": 5});
    let engine = model(&format!("policy p {{ for x: Thing decide {{ {arms} }} }}"));
    let snapshot = crate::support::load(&engine, &[thing("a", unknown_keep)]);
    let evaluation = engine.evaluate(&snapshot, crate::support::at(NOW));
    assert_eq!(brief(&evaluation), "a: arm 3: alert low | could be revoke a quarantine | error");

    assert_eq!(table(arms, json!({"flag": true})), "a: arm 2: revoke a quarantine");
    assert_eq!(table(arms, json!({"flag": true, "kept": true})), "");
}

#[test]
fn an_arm_that_does_the_same_does_not_hold_back() {
    let arms = "x.other => revoke x within 1h because \"o\" x.flag => revoke x within 24h because \"f\" \
                unknown => alert low because \"u\"";
    assert_eq!(
        table(arms, json!({"flag": true})),
        "a: arm 2: revoke a quarantine | could be revoke a quarantine | not collected"
    );
    let arms = "x.other => revoke x by rotate because \"o\" x.flag => revoke x because \"f\" \
                unknown => alert low because \"u\"";
    assert_eq!(
        table(arms, json!({"flag": true})),
        "a: arm 3: alert low | could be revoke a rotate, revoke a quarantine | not collected"
    );
}

#[test]
fn alerts_and_ranks_fire_below_what_is_not_settled() {
    let arms = "x.other => alert high because \"o\" otherwise => rank Tier.t3 by x.n because \"r\"";
    let got = table(arms, json!({"n": 1}));
    assert_eq!(got, "a: arm 2: rank t3 | could be alert high | not collected");
}

#[test]
fn none_closes_the_table_only_where_it_is_sure() {
    let arms = "x.other => alert high because \"o\" x.flag => none otherwise => alert low because \"l\"";
    assert_eq!(table(arms, json!({"flag": true, "other": false})), "");
    assert_eq!(
        table(arms, json!({"flag": true})),
        "a: arm 3: alert low | could be alert high | not collected"
    );
}

#[test]
fn where_nothing_fires_the_case_is_undetermined() {
    let arms = "x.other => alert high because \"o\"";
    assert_eq!(table(arms, json!({})), "a: undetermined | could be alert high | not collected");
}

#[test]
fn where_it_is_not_known_to_be_a_case_nothing_fires() {
    let text = "policy p { for x: Thing where x.other decide { x.flag => alert high because \"f\" \
                x.n > 5 => alert low because \"n\" } }";
    let engine = model(text);
    let show = |fields: Value| brief(&evaluate(&engine, &[thing("a", fields)], NOW));
    assert_eq!(show(json!({"flag": true, "n": 1})), "a: undetermined | could be alert high | not collected");
    assert_eq!(show(json!({"flag": false, "n": 1})), "");
    assert_eq!(show(json!({"flag": false})), "a: undetermined | could be alert low | not collected");
    assert_eq!(show(json!({"other": false})), "");
}

#[test]
fn an_outcome_without_a_target_is_shown_and_told() {
    let arms = "x.flag => revoke x.group because \"r\" unknown => alert low because \"u\"";
    let unknown = "a: arm 1: alert high | unresolved | not collected";
    assert_eq!(table(arms, json!({"flag": true})), unknown);
    assert_eq!(table(arms, json!({"flag": true, "group": null})), "a: arm 1: alert high | unresolved");
    assert_eq!(table(arms, json!({"flag": true, "group": "g"})), "a: arm 1: revoke g quarantine");
}

#[test]
fn an_uncertain_severity_or_tier_takes_its_urgent_end_and_shows_both() {
    let arms = "x.flag => alert (x.other ? Severity.low : Severity.high) because \"s\" \
                otherwise => rank (x.other ? Tier.t3 : Tier.t1) by x.n because \"t\"";
    assert_eq!(table(arms, json!({"flag": true})), "a: arm 1: alert high [\"low\",\"high\"] | not collected");
    assert_eq!(
        table(arms, json!({"flag": false, "n": 1})),
        "a: arm 2: rank t1 [\"t3\",\"t1\"] | not collected"
    );
}

#[test]
fn the_message_says_what_was_not_settled_above() {
    let engine = model(
        "policy p { for x: Thing decide { x.other => alert high because \"o\" otherwise => alert low because \"used\" } }",
    );
    let evaluation = evaluate(&engine, &[thing("a", json!({}))], NOW);
    assert_eq!(evaluation.decisions[0].because, "used; not settled: `other` of Thing `a` was not collected");
}

#[test]
fn what_is_assumed_is_said() {
    let engine =
        model("policy p { for x: Thing decide { x.other.assume(true) => alert high because \"o\" } }");
    let evaluation = evaluate(&engine, &[thing("a", json!({}))], NOW);
    let assumed = serde_json::to_value(&evaluation.decisions[0].assumed).unwrap();
    assert_eq!(assumed, json!([{"of": "x.other", "as": "true"}]));
}

#[test]
fn decisions_are_ordered_strongest_first() {
    let engine = model(
        "policy p { for x: Thing decide {
           x.n == 1 => revoke x because \"r\"
           x.n == 2 => alert high because \"h\"
           x.n == 3 => alert low because \"l\"
           unknown => alert low because \"u\"
           otherwise => rank x.tier by x.flag desc, x.m because \"t\" } }",
    );
    let mut lines: Vec<Value> = [3, 1, 2].iter().map(|n| thing(&format!("x{n}"), json!({"n": n}))).collect();
    let ranked = [
        ("r5", json!({"n": 9, "tier": "t3", "flag": true, "m": 1})),
        ("r1", json!({"n": 9, "tier": "t1", "flag": true, "m": 9})),
        ("r4", json!({"n": 9, "tier": "t2", "flag": false, "m": 1})),
        ("r3", json!({"n": 9, "tier": "t2", "m": 1})),
        ("r2", json!({"n": 9, "tier": "t2", "flag": true, "m": 2})),
        ("r6", json!({"n": 9, "tier": "t3", "flag": true})),
    ];
    lines.extend(ranked.into_iter().map(|(id, fields)| thing(id, fields)));
    let evaluation = evaluate(&engine, &lines, NOW);
    let order: Vec<String> = evaluation.decisions.iter().map(|one| one.anchor.keys().join("")).collect();
    assert_eq!(order, ["x1", "x2", "x3", "r1", "r2", "r3", "r4", "r5", "r6"]);
}

#[test]
fn each_takes_certain_members_and_shows_the_possible_ones() {
    let engine = model(
        "policy p { for g: Group decide {
           g.things.size() > 0 => revoke each g.things.filter(x, x.flag), alert high because \"{g.things.filter(x, x.flag).size()}\"
           unknown => alert low because \"u\" } }",
    );
    let group = fact("Group", json!({"id": "g", "color": "red", "owner": null}));
    let lines = [
        group,
        thing("a", json!({"group": "g", "flag": true})),
        thing("b", json!({"group": "g", "flag": false})),
        thing("c", json!({"group": "g"})),
    ];
    let evaluation = evaluate(&engine, &lines, NOW);
    assert_eq!(
        brief(&evaluation),
        "g: arm 1: revoke a quarantine, alert high | could be revoke c quarantine | not collected, not covered"
    );
    assert_eq!(evaluation.decisions[0].because, "at least 1");
}
