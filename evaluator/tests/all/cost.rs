//! The reach that is computed of a policy bounds the reach that is counted when it decides.

use assize::facts::Instant;
use assize::{Budget, Engine, Snapshot};
use assize_lang::cost;
use serde_json::{Value, json};

use crate::support::{NOW, at, built, fact, load_clean, model};

/// Whether a case of the policy is over the budget.
pub fn exhausted(engine: &Engine, budget: u64, policy: &str, snapshot: &Snapshot, now: Instant) -> bool {
    engine
        .with_budget(Budget::reach(budget))
        .evaluate(snapshot, now)
        .undetermined
        .iter()
        .any(|one| one.policy == policy && one.exhausted)
}

/// Of every policy: its reach at the sizes of the facts, and the least budget with which no case of it is
/// exhausted.
fn reaches(engine: &Engine, lines: &[Value], now: Instant) -> Vec<(String, u64, u64)> {
    let snapshot = load_clean(engine, lines);
    let program = engine.program();
    let costs = cost::policies(program, &engine.sizes(&snapshot, now));
    let mut out = Vec::new();
    for cost in costs {
        let name = cost.policy.to_string();
        let (mut low, mut high) = (0, cost.reach.worst);
        if exhausted(engine, high, &name, &snapshot, now) {
            out.push((name, cost.reach.worst, u64::MAX));
            continue;
        }
        while low < high {
            let middle = low.midpoint(high);
            match exhausted(engine, middle, &name, &snapshot, now) {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        out.push((name, cost.reach.worst, low));
    }
    out
}

fn call(id: &str, thing: &str, size: i64) -> Value {
    fact(
        "Call",
        json!({"id": id, "thing": thing, "at": "2026-05-30T00:00:00Z", "size": size, "actor": "ann", "color": "red"}),
    )
}

/// Three things in one group; `a` has three calls, `b` one; each has two tags.
fn estate() -> Vec<Value> {
    let thing = |id: &str| {
        let fields = json!({"id": id, "flag": true, "n": 1, "group": "g", "account": "acc", "tags": ["x", "y"],
                            "at": "2026-01-01T00:00:00Z", "end": null});
        fact("Thing", fields)
    };
    let group = fact("Group", json!({"id": "g", "color": "red", "owner": null}));
    let calls = [call("c1", "a", 1), call("c2", "a", 2), call("c3", "a", 3), call("c4", "b", 4)];
    [group, thing("a"), thing("b"), thing("c")].into_iter().chain(calls).collect()
}

#[test]
fn what_is_counted_is_what_was_computed() {
    let cases = [
        ("", "x.calls.exists(c, c.size > 9)", 3),
        ("", "x.calls.size() > 9", 0),
        ("", "x.calls.map(c, c.size).max().orValue(0) > 9", 6),
        ("", "x.calls.filter(c, c.size > 0).exists(c, c.size > 9)", 6),
        ("", "x.group.things.exists(t, t.calls.exists(c, c.size > 9))", 3 + 4),
        ("", "Thing.exists(t, t.n > 9)", 3),
        ("", "Thing.exists(t, t.id == x.id && t.calls.exists(c, c.size > 9))", 1 + 3),
        ("", "Call.exists(c, c.thing == x && c.size > 9)", 3),
        ("", "x.tags.exists(t, t == \"z\")", 2),
        ("", "[1, 2].exists(n, n > x.n + 9)", 2),
        ("", "x.n in [8, 9]", 2),
        ("", "\"z\" in x.tags", 2),
        ("", "x.calls.filter(c, c.at > now - 40d).peak(3d) > 9", 3 + 3),
        ("let big = x.calls.exists(c, c.size > 9)", "big || (big && x.flag && !x.flag)", 3),
        ("let mine = x.calls", "mine.exists(c, c.size > 9) || mine.exists(c, c.size > 8)", 6),
        (
            "let mine = x.calls.filter(c, c.size > 0)",
            "mine.exists(c, c.size > 9) || mine.exists(c, c.size > 8)",
            12,
        ),
        ("let big = x.calls.exists(c, c.size > 9)", "x.group.things.exists(t, big)", 3 + 3),
    ];
    for (named, condition, reach) in cases {
        let text = format!(
            "policy p {{ for x: Thing {named} decide {{ {condition} => alert low because \"b\" }} }}"
        );
        let found = reaches(&model(&text), &estate(), at(NOW));
        let [(_, computed, counted)] = found.as_slice() else { panic!("one policy") };
        // Where a pin or a list of lists differs from fact to fact, the worst of each level may not meet.
        assert!(computed >= counted, "{condition}: {computed} computed, {counted} counted");
        assert_eq!(*counted, reach, "{condition}");
        if !condition.contains("group.things") {
            assert_eq!(computed, counted, "{condition}");
        }
    }
}

#[test]
fn bindings_and_sequences_are_counted() {
    let cases = [
        ("for x: Thing, c in x.calls", "c.size > 9", 3),
        (
            "for x: Thing, y: Thing where x.group == y.group && x.calls.exists(c, c.size > 9)",
            "y.calls.exists(c, c.size > 9)",
            6,
        ),
        // A named size is no number that is kept: each comparison asks the list.
        ("for x: Thing let n = x.calls.filter(c, c.size > 0).size()", "n > 8 || n > 9", 6),
        ("sequence within 9d { a: Call  b: Call where b.size > 2 }", "a.size > 9", 2),
        (
            "sequence within 9d { a: Call  b: Call where b.thing.calls.exists(c, c.size > 2) }",
            "a.size > 9",
            1 + 3,
        ),
    ];
    for (bound, condition, reach) in cases {
        let text = format!("policy p {{ {bound} decide {{ {condition} => alert low because \"b\" }} }}");
        let found = reaches(&model(&text), &estate(), at(NOW));
        let [(_, computed, counted)] = found.as_slice() else { panic!("one policy") };
        assert!(computed >= counted, "{bound}: {computed} computed, {counted} counted");
        assert_eq!(*counted, reach, "{bound}");
    }
}

#[test]
fn a_relation_is_solved_apart() {
    let text = "relation linked(a: Thing, b: Thing) { case where a.group == b.group && a.calls.exists(c, c.size > 9) \
                case for m: Thing where linked(a, m) && m.group == b.group }\n\
                policy p { for x: Thing decide { Thing.exists(t, linked(x, t)) => alert low because \"b\" } }";
    let found = reaches(&model(text), &estate(), at(NOW));
    assert_eq!(found, [("t.p".to_owned(), 3, 3)]);
}

/// The library's policies on the facts of the example that no connector has to read.
#[test]
fn no_policy_of_the_library_is_over_its_bound() {
    let text = include_str!("../../../examples/northwind/facts.ndjson");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let engine = built(Engine::builder().stdlib().build());
    let (snapshot, now) = (load_clean(&engine, &lines), at("2026-06-01T12:00:00Z"));
    let program = engine.program();
    let costs = cost::policies(program, &engine.sizes(&snapshot, now));
    assert!(costs.len() > 10, "{}", costs.len());
    let mut budgets: Vec<u64> = costs.iter().map(|cost| cost.reach.worst).collect();
    budgets.sort_unstable();
    budgets.dedup();
    for budget in budgets {
        let evaluation = engine.with_budget(Budget::reach(budget)).evaluate(&snapshot, now);
        let over = evaluation.undetermined.iter().filter(|one| one.exhausted).map(|one| one.policy.as_str());
        for policy in over {
            let cost = costs.iter().find(|cost| cost.policy.as_str() == policy).unwrap();
            assert!(cost.reach.worst > budget, "{policy}: {:?} at {budget}", cost.reach);
        }
    }
}

/// What is found once for all who ask counts for each of them.
#[test]
fn what_may_be_in_any_list_is_counted_for_every_owner() {
    for condition in [
        "k.things.exists(t, t.flag && t.n > 2)",
        "k.things.all(t, t.n > 2)",
        "k.things.filter(t, t.flag).exists(t, t.id != k.id)",
    ] {
        let engine = model(&format!(
            "policy p {{ for k: Group decide {{ {condition} => alert low because \"b\" }} }}"
        ));
        let group = |id: &str| fact("Group", json!({"id": id, "color": "red", "owner": null}));
        // Nobody says in which group two of them are.
        let thing = |id: &str| fact("Thing", json!({"id": id}));
        let own = fact("Thing", json!({"id": "a", "group": "g"}));
        let snapshot = load_clean(&engine, &[group("g"), group("h"), own, thing("b"), thing("c")]);
        let filtered = u64::from(condition.contains("filter"));
        let exhausted = |budget: u64| {
            let evaluation = engine.with_budget(Budget::reach(budget)).evaluate(&snapshot, at(NOW));
            evaluation.undetermined.iter().filter(|one| one.exhausted).count()
        };
        let least = [2, 3].map(|members| members * (1 + filtered));
        assert_eq!(
            least.map(|least| (exhausted(least - 1), exhausted(least))),
            [(2, 1), (1, 0)],
            "{condition}"
        );
    }
}
