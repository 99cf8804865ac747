//! What silence proves: coverage, watermarks, holes, scopes, listings (C1 to C9).

use assize::value::Missing;
use serde_json::{Value, json};

use crate::support::{coverage, evaluate, fact, fact_by, load, model};

const NOW: &str = "2026-06-01T00:00:00Z";
const START: &str = "2026-01-01T00:00:00Z";

fn thing() -> Value {
    fact("Thing", json!({"id": "a", "account": "acc", "at": START, "end": null}))
}

/// Whether nothing is known to have happened: `no`, or the causes for which it is not known.
fn silent(condition: &str, lines: &[Value]) -> String {
    silent_at(condition, lines, NOW)
}

fn silent_at(condition: &str, lines: &[Value], now: &str) -> String {
    let engine = model(&format!(
        "policy p {{ for x: Thing decide {{ {condition} => alert high because \"yes\" otherwise => alert low because \"no\" }} }}"
    ));
    let snapshot = load(&engine, lines);
    let evaluation = engine.evaluate(&snapshot, crate::support::at(now));
    let decision = evaluation.decisions.iter().find(|one| one.anchor.keys() == ["a"]).unwrap();
    if decision.could_be.is_empty() {
        return decision.because.clone();
    }
    decision.missing.iter().map(Missing::to_string).collect::<Vec<_>>().join("; ")
}

const RECENT: &str = "x.calls.exists(c, c.at > now - 10d)";

#[test]
fn a_window_that_ends_now_is_judged_to_the_watermark() {
    let cases = [
        // Whole, up to the last heartbeat.
        ("2026-05-01T00:00:00Z", NOW, "no"),
        // The heartbeat may be as old as the tolerated gap, and no older.
        ("2026-05-01T00:00:00Z", "2026-05-31T23:45:00Z", "no"),
        (
            "2026-05-01T00:00:00Z",
            "2026-05-31T23:44:59.999999Z",
            "no log coverage of `acc` from 2026-05-31T23:30:00Z until 2026-06-01T00:00:00Z",
        ),
        // It must begin with the window.
        ("2026-05-22T00:00:00.000001Z", NOW, "no"),
        (
            "2026-05-22T00:00:00.000002Z",
            NOW,
            "no log coverage of `acc` from 2026-05-22T00:00:00Z until 2026-05-22T00:00:00Z",
        ),
    ];
    for (from, until, expected) in cases {
        assert_eq!(
            silent(RECENT, &[thing(), coverage("log", "acc", from, until)]),
            expected,
            "{from} {until}"
        );
    }
}

#[test]
fn what_is_too_young_is_not_settled() {
    let lines = [thing(), coverage("log", "acc", START, NOW)];
    assert_eq!(
        silent("x.calls.exists(c, c.at > now - 15m)", &lines),
        "log reports are not in yet of `acc` from 2026-05-31T23:45:00Z until 2026-06-01T00:00:00Z"
    );
    assert!(silent("x.calls.exists(c, c.at >= now - 15m)", &lines).starts_with("log reports are not in yet"));
    assert_eq!(silent("x.calls.exists(c, c.at > now - 16m)", &lines), "no");
}

#[test]
fn gaps_are_bridged_as_far_as_the_signal_allows_and_holes_are_not() {
    let one = coverage("log", "acc", START, "2026-05-25T00:00:00Z");
    let near = coverage("log", "acc", "2026-05-25T00:15:00Z", NOW);
    let far = coverage("log", "acc", "2026-05-25T00:15:00.000002Z", NOW);
    assert_eq!(silent(RECENT, &[thing(), one.clone(), near]), "no");
    assert_eq!(
        silent(RECENT, &[thing(), one.clone(), far]),
        "no log coverage of `acc` from 2026-05-25T00:00:00Z until 2026-05-25T00:15:00Z"
    );
    let hole = |scope: &str| {
        fact(
            "Coverage",
            json!({"id": "h", "signal": "log", "scope": scope, "hole": true,
                                "from": "2026-05-26T00:00:00Z", "until": "2026-05-26T00:00:00Z"}),
        )
    };
    let whole = coverage("log", "acc", START, NOW);
    for scope in ["acc", "*"] {
        assert_eq!(
            silent(RECENT, &[thing(), whole.clone(), hole(scope)]),
            "no log coverage of `acc` from 2026-05-26T00:00:00Z until 2026-05-26T00:00:00Z"
        );
    }
    assert_eq!(silent(RECENT, &[thing(), whole, hole("other")]), "no");
}

#[test]
fn a_lossy_interval_does_not_count() {
    let lossy = |ppm: u64| {
        fact(
            "Coverage",
            json!({"id": "l", "signal": "log", "scope": "acc", "from": START, "until": NOW, "loss_ppm": ppm}),
        )
    };
    assert_eq!(silent(RECENT, &[thing(), lossy(1000)]), "no");
    assert!(silent(RECENT, &[thing(), lossy(1001)]).starts_with("no log coverage"));
}

#[test]
fn configuration_proves_no_silence() {
    let lines = [thing(), coverage("promised", "a", START, NOW)];
    assert!(
        silent("x.whispers.exists(c, c.at > now - 10d)", &lines).starts_with("no promised coverage of `a`")
    );
}

#[test]
fn the_scope_comes_from_the_owner_or_from_an_equality() {
    let other = coverage("log", "other", START, NOW);
    let star = coverage("log", "*", START, NOW);
    let own = coverage("log", "acc", START, NOW);
    assert!(silent(RECENT, &[thing(), other]).starts_with("no log coverage of `acc`"));
    assert_eq!(silent(RECENT, &[thing(), star.clone()]), "no");
    let free = "Call.exists(c, c.at > now - 10d)";
    assert!(silent(free, &[thing(), own.clone()]).starts_with("no log coverage of everything"));
    assert_eq!(silent(free, &[thing(), star]), "no");
    let pinned = "Call.exists(c, c.thing == x && c.at > now - 10d)";
    assert_eq!(silent(pinned, &[thing(), own.clone()]), "no");
    let path = "Call.exists(c, c.thing.account == 'acc' && c.at > now - 10d)";
    assert_eq!(silent(path, &[thing(), own.clone()]), "no");
    // The owner's account was not collected: then everything would have to be watched.
    let unknown = fact("Thing", json!({"id": "a", "at": START, "end": null}));
    let got = silent(RECENT, &[unknown, own]);
    assert!(
        got.contains("`account` of Thing `a` was not collected") && got.contains("of everything"),
        "{got}"
    );
}

#[test]
fn the_window_is_cut_to_the_life_of_its_owner() {
    let young =
        fact("Thing", json!({"id": "a", "account": "acc", "at": "2026-05-30T00:00:00Z", "end": null}));
    let since = coverage("log", "acc", "2026-05-30T00:00:00Z", NOW);
    assert_eq!(silent(RECENT, &[young.clone(), since.clone()]), "no");
    assert_eq!(silent("x.calls.size() > 0", &[young, since.clone()]), "no");
    let ended =
        fact("Thing", json!({"id": "a", "account": "acc", "at": START, "end": "2026-05-28T00:00:00Z"}));
    let before = coverage("log", "acc", START, "2026-05-28T00:30:00Z");
    assert_eq!(silent(RECENT, &[ended, before]), "no");
    // Without a beginning all time would have to be watched.
    let ageless = fact("Thing", json!({"id": "a", "account": "acc"}));
    assert_eq!(
        silent("x.calls.size() > 0", &[ageless, since]),
        "`at` of Thing `a` was not collected; no log coverage of `acc` until 2026-05-30T00:00:00Z"
    );
}

#[test]
fn chained_filters_narrow_the_window_together() {
    let lines = [thing(), coverage("log", "acc", "2026-05-20T00:00:00Z", "2026-05-25T00:00:00Z")];
    let chained = "x.calls.filter(c, c.at > timestamp('2026-05-20T00:00:00Z')).exists(c, c.at < timestamp('2026-05-24T00:00:00Z'))";
    assert_eq!(silent(chained, &lines), "no");
    let under_or = "x.calls.exists(c, c.at > timestamp('2026-05-20T00:00:00Z') || c.size > 5)";
    assert!(silent(under_or, &lines).starts_with("no log coverage"));
}

#[test]
fn a_refused_event_is_a_hole_at_its_instant() {
    let lost = fact("Call", json!({"id": "", "thing": "a", "at": "2026-05-26T00:00:00Z"}));
    let whole = coverage("log", "acc", START, NOW);
    assert_eq!(
        silent(RECENT, &[thing(), whole.clone(), lost.clone()]),
        "no log coverage of `acc` from 2026-05-26T00:00:00Z until 2026-05-26T00:00:00Z"
    );
    assert_eq!(silent("x.calls.exists(c, c.at > now - 5d)", &[thing(), whole, lost]), "no");
}

fn run(ty: &str, scope: &str, until: &str, more: Value) -> Value {
    let mut run = json!({"source": {"tool": "lister"}, "id": "r1", "types": [ty], "scope": scope,
                         "from": "2026-05-20T00:00:00Z", "until": until, "complete": true, "rejected": 0});
    run.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"run": run})
}

#[test]
fn a_listing_closes_a_list_of_entities_for_as_long_as_it_is_fresh() {
    let none = "Thing.exists(t, t.account == 'acc' && t.flag)";
    let quiet = fact("Thing", json!({"id": "a", "account": "acc", "flag": false}));
    let cases = [
        (run("Thing", "acc", "2026-05-31T00:00:00Z", json!({})), "no"),
        (run("Thing", "*", "2026-05-31T12:00:00Z", json!({})), "no"),
        (
            run("Thing", "acc", "2026-05-30T23:59:59.999999Z", json!({})),
            "no listing coverage of `acc` from 2026-05-31T00:00:00Z",
        ),
        (run("Thing", "other", "2026-05-31T12:00:00Z", json!({})), "no listing coverage of `acc`"),
        (
            run("Thing", "acc", "2026-05-31T12:00:00Z", json!({"complete": false})),
            "no listing coverage of `acc`",
        ),
        (run("Thing", "acc", "2026-05-31T12:00:00Z", json!({"rejected": 1})), "no listing coverage of `acc`"),
        (run("Group", "acc", "2026-05-31T12:00:00Z", json!({})), "no listing coverage of `acc`"),
        (coverage("listing", "acc", START, "2026-05-31T12:00:00Z"), "no"),
        (coverage("log", "acc", START, "2026-05-31T12:00:00Z"), "no listing coverage of `acc`"),
    ];
    for (line, expected) in cases {
        assert_eq!(silent(none, &[quiet.clone(), line.clone()]), expected, "{line}");
    }
}

#[test]
fn a_run_that_lists_events_covers_its_interval() {
    let lines = [thing(), run("Call", "acc", "2026-05-31T23:50:00Z", json!({}))];
    assert_eq!(silent("x.calls.exists(c, c.at > now - 10d)", &lines), "no");
    assert!(silent("x.calls.exists(c, c.at > now - 20d)", &lines).starts_with("no log coverage"));
}

#[test]
fn a_run_closes_what_its_source_no_longer_asserts() {
    let by = |tool: &str, at: &str, id: &str, account: &str| {
        fact_by(tool, at, "Thing", json!({"id": id, "account": account, "flag": true}))
    };
    let lines = [
        by("lister", "2026-05-19T00:00:00Z", "gone", "acc"),
        by("lister", "2026-05-19T00:00:00Z", "elsewhere", "other"),
        by("other", "2026-05-19T00:00:00Z", "kept", "acc"),
        by("lister", "2026-05-21T00:00:00Z", "seen", "acc"),
        by("lister", "2026-05-19T00:00:00Z", "seen", "acc"),
        fact_by("lister", "2026-05-19T00:00:00Z", "Thing", json!({"id": "nowhere"})),
        run("Thing", "acc", "2026-05-22T00:00:00Z", json!({})),
    ];
    let engine = model("policy p { for x: Thing decide { otherwise => alert low because \"{x.id}\" } }");
    let names = |lines: &[Value], now: &str| {
        let mut names: Vec<String> =
            evaluate(&engine, lines, now).decisions.iter().map(|one| one.because.clone()).collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(names(&lines, NOW), "elsewhere kept nowhere seen");
    assert_eq!(names(&lines, "2026-05-21T00:00:00Z"), "elsewhere gone kept nowhere seen");
}
