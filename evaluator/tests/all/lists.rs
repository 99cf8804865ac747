//! Lists: certain and possible members, open and closed (L1 to L6).

use serde_json::{Value, json};

use crate::support::{coverage, evaluate, fact, model};

const NOW: &str = "2026-06-01T00:00:00Z";

fn call(id: &str, at: &str, fields: Value) -> Value {
    let mut all = json!({"id": id, "thing": "a", "at": at});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    fact("Call", all)
}

/// What expressions about the thing `a` come to, given calls, with and without coverage of the log.
fn shown(rows: &[(&str, &str, &str)], calls: &[Value]) {
    let mut text = String::new();
    for (place, (expression, ..)) in rows.iter().enumerate() {
        text.push_str(&format!(
            "policy p{place} {{ for x: Thing decide {{ otherwise => alert low because \"[{{{expression}}}]\" }} }}\n"
        ));
    }
    let engine = model(&text);
    let thing =
        fact("Thing", json!({"id": "a", "account": "acc", "at": "2026-01-01T00:00:00Z", "end": null}));
    let mut lines = vec![thing];
    lines.extend(calls.iter().cloned());
    let open = evaluate(&engine, &lines, NOW);
    lines.push(coverage("log", "acc", "2026-01-01T00:00:00Z", NOW));
    let closed = evaluate(&engine, &lines, NOW);
    let mut wrong = Vec::new();
    for (place, (expression, expected_open, expected_closed)) in rows.iter().enumerate() {
        let name = format!("t.p{place}");
        for (evaluation, expected) in [(&open, expected_open), (&closed, expected_closed)] {
            let found = evaluation.decisions.iter().find(|one| one.policy == name).unwrap();
            let got = found.because.trim_matches(['[', ']']);
            if got != *expected {
                wrong.push(format!("{expression}: expected {expected}, got {got}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_open_list_knows_what_it_has_seen() {
    let calls = [
        call("c1", "2026-05-30T00:00:00Z", json!({"size": 5, "actor": "ann", "color": "red"})),
        call("c2", "2026-05-31T00:00:00Z", json!({"size": 2, "actor": "bob", "color": "red"})),
        call("c3", "2026-05-31T01:00:00Z", json!({"actor": "ann"})),
    ];
    let unknown = "? (not covered)";
    shown(
        &[
            ("x.calls.exists(c, c.size == 5)", "true", "true"),
            ("x.calls.exists(c, c.size == 9)", "? (not collected)", "? (not collected)"),
            ("x.calls.exists(c, c.actor == 'cat')", unknown, "false"),
            ("x.calls.all(c, c.size > 2)", "false", "false"),
            ("x.calls.all(c, c.actor != 'cat')", unknown, "true"),
            ("x.calls.exists_one(c, c.actor == 'bob')", unknown, "true"),
            ("x.calls.exists_one(c, c.actor == 'ann')", "false", "false"),
            ("x.calls.size()", "at least 3", "3"),
            ("x.calls.size() >= 3", "true", "true"),
            ("x.calls.size() > 3", unknown, "false"),
            ("x.calls.size() == 2", "false", "false"),
            ("x.calls.filter(c, c.size > 3).size()", "at least 1", "1 to 2"),
            ("x.calls.filter(c, c.size > 3).size() + 1", "at least 2", "2 to 3"),
            ("x.calls.map(c, c.actor).distinct().size()", "at least 2", "2"),
            ("x.calls.map(c, c.size).distinct().size()", "at least 2", "2 to 3"),
            ("x.calls.map(c, c.color).distinct().size()", "at least 1", "1 to 2"),
            ("x.calls.map(c, c.size).sum()", "? (not collected)", "? (not collected)"),
            ("x.calls.filter(c, c.actor == 'bob').map(c, c.size).sum()", unknown, "2"),
            ("x.calls.filter(c, c.actor == 'bob').map(c, c.size).max()", "at least 2", "2"),
            ("x.calls.filter(c, c.actor == 'bob').map(c, c.size).min().orValue(9) <= 2", "true", "true"),
            ("x.calls.filter(c, c.actor == 'cat').map(c, c.size).max() == null", unknown, "true"),
            ("x.calls.latest().actor", unknown, "ann"),
            ("x.calls.earliest().actor", unknown, "ann"),
            ("x.calls.filter(c, c.size < 4).latest().actor", "? (not collected)", "? (not collected)"),
            ("known(x.calls.exists(c, c.actor == 'cat'))", "false", "true"),
            ("covered(x.calls, now - 30d)", "false", "true"),
            ("x.calls.exists(c, c.actor == 'cat').assume(false)", "false", "false"),
            ("Group.exists(g, g.color == Color.red)", "false", "false"),
        ],
        &calls,
    );
}

#[test]
fn a_burst_is_counted_wherever_it_lies() {
    let burst: Vec<Value> = (0..4)
        .map(|minute| {
            let actor = if minute % 2 == 0 { "ann" } else { "bob" };
            call(
                &format!("b{minute}"),
                &format!("2026-05-20T10:0{}:00Z", minute * 2),
                json!({"actor": actor}),
            )
        })
        .collect();
    shown(
        &[
            ("x.calls.peak(6m)", "at least 4", "4"),
            ("x.calls.peak(5m)", "at least 3", "3"),
            ("x.calls.peak(0s)", "at least 1", "1"),
            ("x.calls.peak(6m, c, c.actor)", "at least 2", "2"),
            ("x.calls.peak(6m, c, c.size)", "at least 1", "1 to 4"),
            ("x.calls.filter(c, c.actor == 'ann').peak(4m) >= 2", "true", "true"),
        ],
        &burst,
    );
}

#[test]
fn an_event_of_unknown_time_or_thing_is_a_possible_member() {
    let calls = [
        fact("Call", json!({"id": "c1", "thing": "a", "actor": "ann"})),
        fact("Call", json!({"id": "c2", "at": "2026-05-31T00:00:00Z", "actor": "bob"})),
        fact("Call", json!({"id": "c3", "thing": "b", "at": "2026-05-31T00:00:00Z", "actor": "cat"})),
    ];
    let unknown = "? (not collected)";
    shown(
        &[
            ("x.calls.exists(c, c.actor == 'ann')", unknown, unknown),
            ("x.calls.exists(c, c.actor == 'bob')", unknown, unknown),
            ("x.calls.exists(c, c.actor == 'cat')", "? (not covered)", "false"),
            ("x.calls.size()", "at least 0", "0 to 2"),
        ],
        &calls,
    );
}

#[test]
fn facts_of_the_future_are_not_seen() {
    let calls = [
        call("c1", "2026-06-01T00:00:00.000001Z", json!({})),
        crate::support::fact_by(
            "t",
            "2026-06-01T00:00:01Z",
            "Call",
            json!({"id": "c2", "thing": "a", "at": "2026-05-31T00:00:00Z"}),
        ),
        call("c3", NOW, json!({})),
    ];
    shown(&[("x.calls.size()", "at least 1", "1")], &calls);
}
