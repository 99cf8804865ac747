//! `assize eval --since`: what became of decisions.

use serde_json::{Value, json};

use crate::support::{Run, Sandbox};

const FACTS: &str = "examples/quickstart/facts.ndjson";

/// The quickstart, with its facts as a snapshot `before`.
fn quickstart() -> Sandbox {
    let sandbox = Sandbox::with("examples/quickstart");
    sandbox.run(&format!("ingest -C examples/quickstart auto {FACTS} --out before")).expect(0);
    sandbox
}

/// Adds lines to the quickstart's facts.
fn add(sandbox: &Sandbox, lines: &[Value]) {
    let mut facts = sandbox.read(FACTS);
    for line in lines {
        facts.push_str(&format!("{line}\n"));
    }
    sandbox.write(FACTS, facts);
}

fn line(ty: &str, fields: Value, tool: &str, at: &str) -> Value {
    json!({ty: fields, "source": {"tool": tool}, "observed_at": at})
}

fn since(sandbox: &Sandbox, more: &str) -> Run {
    sandbox.run(&format!("eval -C examples/quickstart --since before {more}"))
}

/// What became of which anchor, and what did it.
fn gist(run: &Run) -> Vec<String> {
    let json = run.json();
    let change = |it: &Value| {
        let of = if it["decision"].is_null() { &it["was"] } else { &it["decision"] };
        format!("{} {} by {}", it["change"].as_str().unwrap(), of["anchor"]["secret"]["Key"], it["by"])
    };
    json["changes"].as_array().unwrap().iter().map(change).collect()
}

#[test]
fn nothing_new_is_no_change() {
    let sandbox = quickstart();
    let run = since(&sandbox, "--format json").expect(0);
    assert_eq!(gist(&run), [""; 0]);
    assert_eq!(run.json()["before"]["snapshot"], run.json()["after"]["snapshot"]);
    assert!(since(&sandbox, "").expect(0).stdout.contains("0 made, 0 changed, 0 withdrawn, 0 lost"));
}

#[test]
fn each_change_names_the_fact_or_the_instant_that_did_it() {
    let sandbox = quickstart();
    add(
        &sandbox,
        &[
            line(
                "Use",
                json!({"id": "u2", "secret": "old-backup", "at": "2026-06-01T11:59:00Z"}),
                "key-log",
                "2026-06-01T11:59:00Z",
            ),
            line(
                "Key",
                json!({"id": "forgotten", "owner": "nobody", "created_at": "2024-01-01T00:00:00Z", "account": "main"}),
                "inventory",
                "2026-06-01T11:59:30Z",
            ),
            line(
                "Key",
                json!({"id": "lab-printer", "owner": "lab", "created_at": "2026-05-20T00:00:00Z", "account": "lab"}),
                "inventory",
                "2026-06-01T11:59:30Z",
            ),
        ],
    );
    let run = since(&sandbox, "--format json").expect(1);
    let mut found = gist(&run);
    found.sort();
    assert_eq!(
        found,
        [
            r#"made "forgotten" by {"fact":{"Key":"forgotten"}}"#,
            r#"withdrawn "lab-printer" by {"fact":{"Key":"lab-printer"}}"#,
            r#"withdrawn "old-backup" by {"fact":{"Use":"u2"}}"#,
        ],
        "{}",
        run.stdout
    );
    assert!(!run.stderr.contains("other facts"), "{}", run.stderr);
    let lines = since(&sandbox, "--format ndjson --fail-on none").expect(0).stdout;
    assert_eq!(lines.lines().count(), 3);
    assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).unwrap()["change"].is_string()));
}

#[test]
fn what_cannot_be_told_any_more_is_lost_and_fails_with_unknown() {
    let sandbox = quickstart();
    // The inventory does not say any more how old it is, and the log had a hole.
    let ageless = json!({"id": "old-backup", "owner": "backup", "account": "main"});
    add(&sandbox, &[line("Key", ageless, "inventory", "2026-06-01T11:59:00Z")]);
    let run = since(&sandbox, "").expect(0);
    insta::assert_snapshot!(run.stdout, @r"
    LOST (1) -------------------------------------------------------------------------------------------
      revoke Key old-backup by quarantine within 24h
        missing   not collected of Key old-backup: created_at
        could be  revoke Key old-backup by quarantine within 24h
        note      not known any more, which does not make it settled
        by        Key old-backup, at 2026-06-01T12:00:00Z
        id        dec_165a8f4e41e1b911, by quickstart.idle_key, arm 1

    SUMMARY --------------------------------------------------------------------------------------------
      changes   0 made, 0 changed, 0 withdrawn, 1 lost
      from      snap_7d518eaab16cc99d at 2026-06-01T11:58:00Z: 2 decisions, 0 cannot be told
      to        snap_b64ca04cb3be32c3 at 2026-06-01T12:00:00Z: 1 decision, 1 cannot be told
    ");
    since(&sandbox, "--fail-on unknown").expect(1);
}

#[test]
fn a_case_that_is_decided_otherwise_is_changed() {
    let sandbox = quickstart();
    let hole = json!({"id": "main-log", "signal": "key_log", "scope": "main", "from": "2026-05-30T00:00:00Z", "until": "2026-06-01T11:59:00Z"});
    add(&sandbox, &[line("Coverage", hole, "key-log", "2026-06-01T11:59:00Z")]);
    let run = since(&sandbox, "--fail-on alert").expect(1);
    insta::assert_snapshot!(run.stdout, @r"
    CHANGED (1) ----------------------------------------------------------------------------------------
      alert low on Key old-backup
        because   cannot tell whether it is used: no key_log coverage of `main` from
                  2026-04-17T12:00:00Z until 2026-05-30T00:00:00Z
        could be  revoke Key old-backup by quarantine within 24h
        evidence  Key from inventory
        holds     until a fact changes; evidence good until 2026-06-02T09:00:00Z
        was       revoke Key old-backup by quarantine within 24h, by arm 1; could be nothing else
        by        Coverage main-log, at 2026-06-01T12:00:00Z
        id        dec_165a8f4e41e1b911, by quickstart.idle_key, arm 2

    SUMMARY --------------------------------------------------------------------------------------------
      changes   0 made, 1 changed, 0 withdrawn, 0 lost
      from      snap_7d518eaab16cc99d at 2026-06-01T11:58:00Z: 2 decisions, 0 cannot be told
      to        snap_7cdaa40dc2b201ea at 2026-06-01T12:00:00Z: 2 decisions, 0 cannot be told
      fails     1 change at or above --fail-on alert
    ");
}

#[test]
fn the_clock_alone_does_what_it_does() {
    let sandbox = quickstart();
    let run = since(&sandbox, "--now 2026-06-03T00:00:00Z --format json --fail-on none").expect(0);
    insta::assert_snapshot!(gist(&run).join("\n"), @r#"
    lost "old-backup" by {"instant":"2026-06-02T09:00:00Z"}
    lost "lab-printer" by {"instant":"2026-06-02T09:00:00Z"}
    "#);
    let run = since(&sandbox, "--since-now 2026-06-02T00:00:00Z").expect(2);
    assert!(run.stderr.contains("is after 2026-06-01T12:00:00Z"), "{}", run.stderr);
    sandbox.run("eval -C examples/quickstart --since-now 2026-06-01T00:00:00Z").expect(2);
}

#[test]
fn facts_that_are_not_the_older_ones_and_more_are_compared_whole() {
    let sandbox = quickstart();
    let facts = sandbox.read(FACTS);
    let kept: String =
        facts.lines().filter(|line| !line.contains("old-backup")).map(|line| format!("{line}\n")).collect();
    sandbox.write(FACTS, kept);
    let run = since(&sandbox, "--format json").expect(0);
    let snapshot = run.json()["after"]["snapshot"].clone();
    assert_eq!(gist(&run), [format!("withdrawn \"old-backup\" by {}", json!({"snapshot": snapshot}))]);
    assert!(run.stderr.contains("1 line of `before` are not among the facts"), "{}", run.stderr);
}

#[test]
fn both_engines_see_the_same_changes() {
    let sandbox = quickstart();
    let key = json!({"id": "forgotten", "owner": "nobody", "created_at": "2024-01-01T00:00:00Z", "account": "main"});
    add(&sandbox, &[line("Key", key, "inventory", "2026-06-01T11:59:30Z")]);
    let fast = since(&sandbox, "--format json --paranoid").expect(1).json();
    let reference = since(&sandbox, "--format json --engine reference --paranoid").expect(1).json();
    for part in ["before", "after", "summary"] {
        assert_eq!(fast[part], reference[part], "{part}");
    }
    assert_eq!(fast["changes"][0]["decision"], reference["changes"][0]["decision"]);
}

#[test]
fn what_is_no_snapshot_is_an_error() {
    let sandbox = quickstart();
    let run = sandbox.run("eval -C examples/quickstart --since nowhere").expect(2);
    assert!(run.stderr.contains("nowhere"), "{}", run.stderr);
}
