//! Until when decisions hold (T1, T2).

use serde_json::{Value, json};

use crate::support::{coverage, evaluate, fact, fact_by, model};

const NOW: &str = "2026-06-01T00:00:00Z";

/// `valid_until` and `evidence_until` of a decision whose first arm has this condition.
fn until(condition: &str, lines: &[Value]) -> [String; 2] {
    let engine = model(&format!(
        "policy p {{ for x: Thing decide {{ {condition} => alert high because \"yes\" otherwise => alert low because \"no\" }} }}"
    ));
    let evaluation = evaluate(&engine, lines, NOW);
    let decision = evaluation.decisions.iter().find(|one| one.anchor.keys() == ["a"]).unwrap();
    [decision.valid_until, decision.evidence_until]
        .map(|at| at.map_or("never".to_owned(), |at| at.to_string()))
}

fn thing(fields: Value) -> Value {
    let mut all = json!({"id": "a", "account": "acc", "at": "2026-01-01T00:00:00Z", "end": null});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    // Seen a moment ago, so that staleness lies far off.
    fact_by("t", NOW, "Thing", all)
}

fn call(id: &str, at: &str) -> Value {
    fact("Call", json!({"id": id, "thing": "a", "at": at}))
}

const STALE: &str = "2026-06-02T00:00:00Z";

#[test]
fn a_connective_holds_as_long_as_any_of_its_reasons() {
    let fields = json!({"flag": true, "other": false, "end": "2026-06-10T00:00:00Z"});
    let rows = [
        // A stale `flag` alone would change it, and so would the clock.
        ("x.flag", ["never", STALE]),
        ("now < timestamp('2026-06-05T00:00:00Z')", ["2026-06-05T00:00:00Z", "never"]),
        ("now <= timestamp('2026-06-05T00:00:00Z')", ["2026-06-05T00:00:00.000001Z", "never"]),
        ("now > timestamp('2026-06-05T00:00:00Z')", ["2026-06-05T00:00:00.000001Z", "never"]),
        ("now >= timestamp('2026-06-05T00:00:00Z')", ["2026-06-05T00:00:00Z", "never"]),
        ("now > timestamp('2026-05-05T00:00:00Z')", ["never", "never"]),
        ("x.flag && now < timestamp('2026-06-01T12:00:00Z')", ["2026-06-01T12:00:00Z", "never"]),
        // True for either reason: it holds as long as the longer one.
        (
            "now < timestamp('2026-06-05T00:00:00Z') || now < timestamp('2026-06-07T00:00:00Z')",
            ["2026-06-07T00:00:00Z", "never"],
        ),
        (
            "now > timestamp('2026-06-05T00:00:00Z') && now > timestamp('2026-06-07T00:00:00Z')",
            ["2026-06-07T00:00:00.000001Z", "never"],
        ),
        ("x.flag || now < timestamp('2026-06-01T12:00:00Z')", ["never", STALE]),
        ("x.at > now - 200d", ["2026-07-20T00:00:00Z", STALE]),
    ];
    for (condition, expected) in rows {
        assert_eq!(until(condition, &[thing(fields.clone())]), expected, "{condition}");
    }
}

#[test]
fn a_count_holds_until_too_few_are_left() {
    let calls = ["2026-05-30T00:00:00Z", "2026-05-29T00:00:00Z", "2026-05-28T00:00:00Z"];
    let mut lines = vec![thing(json!({}))];
    lines.extend(calls.iter().enumerate().map(|(n, at)| call(&format!("c{n}"), at)));
    let recent = "x.calls.filter(c, c.at > now - 10d).size()";
    let rows = [
        (format!("{recent} >= 1"), "2026-06-09T00:00:00Z"),
        (format!("{recent} >= 2"), "2026-06-08T00:00:00Z"),
        (format!("{recent} >= 3"), "2026-06-07T00:00:00Z"),
        ("x.calls.exists(c, c.at > now - 10d)".to_owned(), "2026-06-09T00:00:00Z"),
    ];
    for (condition, expected) in rows {
        assert_eq!(until(&condition, &lines), [expected, "never"], "{condition}");
    }
}

#[test]
fn an_absence_rests_on_coverage_that_must_be_renewed() {
    let seen = coverage("log", "acc", "2026-01-01T00:00:00Z", NOW);
    let idle = "!x.calls.exists(c, c.at > now - 45d)";
    assert_eq!(until(idle, &[thing(json!({})), seen]), ["never", "2026-06-01T00:15:00.000001Z"]);
    // Coverage that began too late suffices once the window has moved past its beginning; until then
    // the clock decides.
    let late = coverage("log", "acc", "2026-04-20T00:00:00Z", NOW);
    assert_eq!(until(idle, &[thing(json!({})), late.clone()])[0], "never");
    let soon = coverage("log", "acc", "2026-04-17T00:05:00Z", NOW);
    assert_eq!(until(idle, &[thing(json!({})), soon]), ["2026-06-01T00:04:59.999999Z", "never"]);
    // A hole that the end of the window runs into.
    let hole = fact(
        "Coverage",
        json!({"id": "h", "signal": "log", "scope": "acc", "hole": true,
                                       "from": "2026-05-25T00:00:00Z", "until": "2026-05-25T00:00:00Z"}),
    );
    let old = "!x.calls.exists(c, c.at > timestamp('2026-05-01T00:00:00Z') && c.at <= now - 8d)";
    assert_eq!(
        until(old, &[thing(json!({})), coverage("log", "acc", "2026-01-01T00:00:00Z", NOW), hole])[0],
        "2026-06-02T00:00:00Z"
    );
    drop(late);
}

#[test]
fn a_stale_value_becomes_known_again_when_the_thing_ends() {
    let lines = [fact_by(
        "t",
        "2026-05-01T00:00:00Z",
        "Thing",
        json!({"id": "a", "flag": true, "end": "2026-06-03T00:00:00Z"}),
    )];
    assert_eq!(until("x.flag", &lines)[0], "2026-06-03T00:00:00Z");
}
