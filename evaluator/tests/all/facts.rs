//! From reports to facts (F1 to F6, V1, V2), and what is not loaded.

use assize::Engine;
use serde_json::{Value, json};

use crate::support::{NOW, at, evaluate, fact, fact_by, load, load_clean, model};

const EARLY: &str = "2026-05-31T10:00:00Z";
const LATE: &str = "2026-05-31T20:00:00Z";

fn viewer(expression: &str) -> Engine {
    model(&format!(
        "policy p {{ for x: Thing decide {{ otherwise => alert low because \"[{{{expression}}}]\" }} }}"
    ))
}

fn shown(expression: &str, lines: &[Value]) -> String {
    shown_at(expression, lines, NOW)
}

fn shown_at(expression: &str, lines: &[Value], now: &str) -> String {
    let engine = viewer(expression);
    let evaluation = evaluate(&engine, lines, now);
    match evaluation.decisions.as_slice() {
        [only] => only.because.trim_matches(['[', ']']).to_owned(),
        several => format!("{} things", several.len()),
    }
}

fn by(tool: &str, at: &str, fields: Value) -> Value {
    let mut all = json!({"id": "a"});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    fact_by(tool, at, "Thing", all)
}

#[test]
fn a_sources_newest_report_replaces_its_earlier_one_whole() {
    let lines = [by("one", LATE, json!({"n": 2})), by("one", EARLY, json!({"n": 1, "m": 5}))];
    assert_eq!(shown("x.n", &lines), "2");
    assert_eq!(shown("x.m", &lines), "? (not collected)");
    assert_eq!(shown_at("x.m", &lines, EARLY), "5");
}

#[test]
fn sources_of_equal_standing_that_differ_are_in_conflict() {
    let lines = [
        by("one", EARLY, json!({"n": 1, "tier": "t3", "flag": true, "mark": null, "note": "a"})),
        by("two", LATE, json!({"n": 2, "tier": "t2", "flag": true, "mark": "red", "note": null})),
    ];
    let rows = [
        ("x.n", "? (conflict)"),
        ("x.tier", "t3 to t2"),
        ("x.tier >= Tier.t3", "true"),
        ("x.tier == Tier.t1", "false"),
        ("x.flag", "true"),
        ("conflict(x.n)", "true"),
        ("conflict(x.flag)", "false"),
        ("has(x.n)", "true"),
        ("has(x.mark)", "? (conflict)"),
        ("has(x.note)", "? (conflict)"),
    ];
    for (expression, expected) in rows {
        assert_eq!(shown(expression, &lines), expected, "{expression}");
    }
    let same = [by("one", EARLY, json!({"n": 1})), by("one", EARLY, json!({"n": 2}))];
    assert_eq!(shown("x.n", &same), "? (conflict)");
}

#[test]
fn a_conflict_stays_visible_though_a_table_has_a_row_for_it_and_no_sensitive_value_is_told() {
    let engine = model(
        r#"
policy settled {
  for x: Thing
  decide { otherwise => rank careful(x.flag, x.color) because "told" }
}

policy hidden {
  for x: Thing
  decide {
    x.secret == "hunter2" => alert high because "found"
    unknown => alert low because "{missing}"
  }
}
"#,
    );
    let lines = [
        by("one", EARLY, json!({"flag": true, "color": "green", "secret": "hunter2"})),
        by("two", LATE, json!({"flag": false, "color": "green", "secret": "hunter3"})),
    ];
    let evaluation = evaluate(&engine, &lines, NOW);
    let told: Vec<String> = evaluation
        .decisions
        .iter()
        .map(|it| {
            format!(
                "{} {:?} {}",
                it.policy,
                it.outcomes[0].kind,
                serde_json::to_string(&it.conflicts).unwrap()
            )
        })
        .collect();
    assert!(evaluation.decisions.iter().all(|it| it.conflicts.len() == 1));
    let text = told.join("\n");
    assert!(!text.contains("hunter"), "{text}");
    insta::assert_snapshot!(text, @r#"
    t.hidden Alert { severity: "low", range: None } [{"fact":{"Thing":"a"},"field":"secret","said":[{"sensitive":true,"source":{"tool":"one"}},{"sensitive":true,"source":{"tool":"two"}}]}]
    t.settled Rank { tier: "t2", range: None, keys: [] } [{"fact":{"Thing":"a"},"field":"flag","said":[{"value":true,"source":{"tool":"one"}},{"value":false,"source":{"tool":"two"}}]}]
    "#);
    let why = engine.explain(&load(&engine, &lines), at(NOW), "settled", &["a"]).unwrap().to_string();
    assert!(why.contains("Sources disagree\n  Thing `a`.flag: true by one, false by two"), "{why}");
}

#[test]
fn the_more_trusted_source_wins_and_a_fresh_one_before_a_stale_one() {
    let text = format!(
        "{}\npolicy p {{ for x: Thing decide {{ otherwise => alert low because \"{{x.n}}\" }} }}",
        include_str!("model.assize")
    );
    let engine = Engine::builder().source("t", text).trust("high", 95).build().unwrap();
    let show = |lines: &[Value], now: &str| {
        engine.evaluate(&load_clean(&engine, lines), at(now)).decisions[0].because.clone()
    };
    let lines = [by("low", LATE, json!({"n": 1})), by("high", EARLY, json!({"n": 2}))];
    assert_eq!(show(&lines, NOW), "2");
    // At ten the trusted report is a day old and stale; the other still holds.
    assert_eq!(show(&lines, "2026-06-01T09:59:59.999999Z"), "2");
    assert_eq!(show(&lines, "2026-06-01T10:00:00Z"), "1");
    assert_eq!(show(&lines, "2026-06-01T20:00:00Z"), "? (stale)");
}

#[test]
fn a_stale_report_knows_only_its_key_unless_the_thing_has_ended() {
    let stale = [by("one", "2026-05-01T00:00:00Z", json!({"n": 1, "end": null}))];
    for (expression, expected) in [
        ("x.n", "? (stale)"),
        ("x.id", "a"),
        ("x.kept", "? (stale)"),
        ("has(x.n)", "? (stale)"),
        ("x.end == null", "? (stale)"),
    ] {
        assert_eq!(shown(expression, &stale), expected, "{expression}");
    }
    let ended = [by("one", "2026-05-01T00:00:00Z", json!({"n": 1, "end": "2026-04-30T00:00:00Z"}))];
    assert_eq!(shown("x.n", &ended), "1");
    let later = [by("one", "2026-05-01T00:00:00Z", json!({"n": 1, "end": "2026-06-02T00:00:00Z"}))];
    assert_eq!(shown("x.n", &later), "? (stale)");
    assert_eq!(shown_at("x.n", &later, "2026-06-02T00:00:00Z"), "1");
}

#[test]
fn what_is_taken_back_never_was() {
    let retract = |at: &str, tool: &str| json!({"retract": {"Thing": "a"}, "source": {"tool": tool}, "observed_at": at});
    let report = by("one", EARLY, json!({"n": 1}));
    assert_eq!(shown("x.n", &[report.clone(), retract(LATE, "one")]), "0 things");
    assert_eq!(shown("x.n", &[retract(LATE, "one"), report.clone()]), "0 things");
    assert_eq!(shown("x.n", &[report.clone(), retract(EARLY, "one")]), "0 things");
    assert_eq!(shown("x.n", &[report.clone(), retract(LATE, "two")]), "1");
    assert_eq!(shown("x.n", &[report.clone(), retract("2026-05-31T09:00:00Z", "one")]), "1");
    assert_eq!(shown_at("x.n", &[report, retract(LATE, "one")], EARLY), "1");
}

#[test]
fn several_keys_may_be_one_fact() {
    let same = |alias: &str, is: &str| json!({"same_as": {"Group": alias, "is": is}, "source": {"tool": "t"}, "observed_at": EARLY});
    let lines = [
        same("g3", "g2"),
        same("g2", "g1"),
        fact_by("one", EARLY, "Group", json!({"id": "g3", "color": "red"})),
        fact_by("two", EARLY, "Group", json!({"id": "g1", "owner": "ann"})),
        by("one", EARLY, json!({"group": "g2"})),
    ];
    assert_eq!(shown("x.group.id", &lines), "g1");
    assert_eq!(shown("x.group.color", &lines), "red");
    assert_eq!(shown("x.group.owner", &lines), "ann");
    assert_eq!(shown("x.group.things.exists(y, y.id == x.id)", &lines), "true");
}

#[test]
fn events_with_one_key_that_differ_are_in_conflict() {
    let call = |size: i64, at: &str| {
        fact_by(
            "log",
            at,
            "Call",
            json!({"id": "c", "thing": "a", "at": "2026-05-30T00:00:00Z", "size": size}),
        )
    };
    let thing = by("one", LATE, json!({"account": "acc", "at": "2026-01-01T00:00:00Z"}));
    let log = crate::support::coverage("log", "acc", "2026-01-01T00:00:00Z", NOW);
    let lines = [thing, log, call(1, EARLY), call(2, LATE)];
    assert_eq!(shown("x.calls.exists(c, c.size == 2)", &lines), "? (conflict)");
    assert_eq!(shown("x.calls.exists(c, c.size == 2)", &lines[..3]), "false");
}

#[test]
fn what_does_not_fit_is_rejected_and_the_rest_is_loaded() {
    let engine = viewer("x.n");
    let mut loader = engine.loader();
    let lines = [
        "not json",
        r#"{"Thing": {"id": "a", "n": "seven", "m": 1, "color": "purple", "colour": 1, "at": "yesterday", "flag": null}, "source": {"tool": "t"}, "observed_at": "2026-05-31T00:00:00Z"}"#,
        r#"{"Thing": {"n": 1}, "source": {"tool": "t"}, "observed_at": "2026-05-31T00:00:00Z"}"#,
        r#"{"Nothing": {"id": "a"}, "source": {"tool": "t"}, "observed_at": "2026-05-31T00:00:00Z"}"#,
        r#"{"Thing": {"id": "b", "secret": 5}, "source": {"tool": "t"}, "observed_at": "2026-05-31T00:00:00Z"}"#,
        r#"{"Thing": {"id": "c"}, "source": {"tool": "t"}}"#,
        "",
    ];
    for (number, line) in lines.iter().enumerate() {
        loader.line("f.ndjson", number as u64 + 1, line);
    }
    let snapshot = loader.finish();
    let rejects: Vec<String> = snapshot
        .rejects()
        .iter()
        .map(|one| {
            format!("{}:{} {}: {}", one.file, one.record, one.field.as_deref().unwrap_or("-"), one.reason)
        })
        .collect();
    insta::assert_snapshot!(rejects.join("\n"), @r#"
    f.ndjson:line 1 -: not JSON: a syntax error at column 2
    f.ndjson:line 2 at: expected an RFC 3339 timestamp such as 2026-06-01T00:00:00Z
    f.ndjson:line 2 color: not a member of `Color`; its members are red, green, blue
    f.ndjson:line 2 colour: the entity `Thing` has no such field
    f.ndjson:line 2 flag: null, but the field is not optional
    f.ndjson:line 2 n: expected an integer, found a string
    f.ndjson:line 3 id: no key `id`
    f.ndjson:line 4 -: no entity, event or request `Nothing`
    f.ndjson:line 5 secret: expected a string, found a number
    f.ndjson:line 6 observed_at: no `observed_at`
    "#);
    assert_eq!(snapshot.counts().into_iter().collect::<Vec<_>>(), [("t.Thing".to_owned(), 2)]);
    let evaluation = engine.evaluate(&snapshot, at(LATE));
    assert_eq!(evaluation.rejected, rejects.len());
    let a = evaluation.decisions.iter().find(|one| one.anchor.keys() == ["a"]).unwrap();
    assert_eq!(a.because, "[? (error)]");
}

#[test]
fn the_order_of_lines_does_not_matter() {
    let lines = [
        by("one", EARLY, json!({"n": 1})),
        by("two", LATE, json!({"n": 2})),
        by("one", EARLY, json!({"n": 3})),
        fact("Group", json!({"id": "g", "color": "red"})),
    ];
    let engine = viewer("x.n");
    let forth = load(&engine, &lines);
    let mut reversed = lines.to_vec();
    reversed.reverse();
    let back = load(&engine, &reversed);
    assert_eq!(forth.id(), back.id());
    assert_eq!(engine.evaluate(&forth, at(NOW)), engine.evaluate(&back, at(NOW)));
    let fewer = load(&engine, &lines[1..]);
    assert_ne!(forth.id(), fewer.id());
    let mut twice = lines.to_vec();
    twice.extend(lines.iter().cloned());
    assert_eq!(load(&engine, &twice).id(), forth.id());
}
