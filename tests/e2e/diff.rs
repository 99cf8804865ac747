//! What a change of policies or of facts does, and what a recorded past comes to.

use serde_json::{Value, json};

use crate::support::Sandbox;

const FACTS: &str = "examples/quickstart/facts.ndjson";
const POLICY: &str = "examples/quickstart/idle_key.assize";

/// The quickstart with a stricter copy of its policy, and two snapshots: `monday`, and `tuesday` with one key
/// more, one gone and one seen again.
fn quickstart() -> Sandbox {
    let sandbox = Sandbox::with("examples/quickstart");
    let policy = sandbox.read(POLICY);
    sandbox.write(
        "strict/idle_key.assize",
        policy.replace("revoke secret by quarantine", "revoke secret by destroy"),
    );
    let facts = sandbox.read(FACTS);
    let kept = facts.lines().filter(|line| !line.contains("lab-printer")).collect::<Vec<_>>().join("\n");
    let line =
        |fields: Value, at: &str| json!({"Key": fields, "source": {"tool": "inventory"}, "observed_at": at});
    let forgotten = json!({"id": "forgotten", "owner": "nobody", "created_at": "2024-01-01T00:00:00Z", "account": "main"});
    let backup = json!({"id": "old-backup", "owner": "somebody else", "created_at": "2024-03-01T09:00:00Z", "account": "main"});
    let build = json!({"id": "build", "owner": "build server", "created_at": "2025-03-01T09:00:00Z", "account": "main"});
    let at = "2026-06-01T11:59:00Z";
    let new =
        [line(forgotten, at), line(backup, at), line(build, at)].map(|line| line.to_string()).join("\n");
    sandbox.write("tuesday.ndjson", format!("{kept}\n{new}\n"));
    sandbox.run(&format!("ingest -C examples/quickstart auto {FACTS} --out monday")).expect(0);
    sandbox.run("ingest -C examples/quickstart auto tuesday.ndjson --out tuesday").expect(0);
    sandbox
}

fn gist(json: &Value) -> Vec<String> {
    let change = |it: &Value| {
        let of = if it["decision"].is_null() { &it["was"] } else { &it["decision"] };
        format!("{} {}", it["change"].as_str().unwrap(), of["anchor"]["secret"]["Key"])
    };
    json["changes"].as_array().unwrap().iter().map(change).collect()
}

#[test]
fn of_policies() {
    let sandbox = quickstart();
    let diff = "diff -C examples/quickstart --policies examples/quickstart/idle_key.assize strict";
    let run = sandbox.run(diff).expect(1);
    insta::assert_snapshot!(run.stdout, @r"
    CHANGED (2) ----------------------------------------------------------------------------------------
      revoke Key old-backup by destroy within 24h
        because   backup: not used in 45d
        evidence  Key from inventory, Coverage from key-log
        holds     until a fact changes; evidence good until 2026-06-01T12:13:00Z; as of
                  2026-06-01T11:43:00Z
        was       revoke Key old-backup by quarantine within 24h
        by        the policy quickstart.idle_key
        id        dec_165a8f4e41e1b911, by quickstart.idle_key, arm 1

      alert low on Key lab-printer
        because   cannot tell whether it is used: no key_log coverage of `lab` from 2026-04-17T12:00:00Z
                  until 2026-06-01T12:00:00Z
        could be  revoke Key lab-printer by destroy within 24h
        evidence  Key from inventory
        holds     until a fact changes; evidence good until 2026-06-02T09:00:00Z
        was       alert low; could be revoke Key lab-printer by quarantine within 24h
        by        the policy quickstart.idle_key
        id        dec_21b44baf90299ff7, by quickstart.idle_key, arm 2

    SUMMARY --------------------------------------------------------------------------------------------
      changes   0 made, 2 changed, 0 withdrawn, 0 lost
      from      snap_7d518eaab16cc99d at 2026-06-01T12:00:00Z: 2 decisions, 0 cannot be told
      to        snap_7d518eaab16cc99d at 2026-06-01T12:00:00Z: 2 decisions, 0 cannot be told
      fails     1 change at or above --fail-on revoke
    ");
    let json = sandbox.run(&format!("{diff} --format json --fail-on block")).expect(0).json();
    assert_eq!(json["changes"][0]["by"], json!({"policy": "quickstart.idle_key"}));
    assert_eq!(json["summary"], json!({"made": 0, "changed": 2, "withdrawn": 0, "lost": 0}));
    let same = diff.replace("strict", POLICY);
    assert!(gist(&sandbox.run(&format!("{same} --format json")).expect(0).json()).is_empty());
}

#[test]
fn of_facts() {
    let sandbox = quickstart();
    let run = sandbox.run("diff -C examples/quickstart --facts monday tuesday --format json").expect(1);
    assert_eq!(gist(&run.json()), ["made \"forgotten\"", "withdrawn \"lab-printer\""]);
    let back = sandbox
        .run("diff -C examples/quickstart --facts tuesday monday --format ndjson --fail-on none")
        .expect(0);
    let lines: Vec<Value> = back.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(gist(&json!({"changes": lines})), ["made \"lab-printer\"", "withdrawn \"forgotten\""]);
}

#[test]
fn two_things_at_a_time_are_not_compared() {
    let sandbox = quickstart();
    for args in ["", "--facts monday", "--policies strict", "--facts monday tuesday --policies strict strict"]
    {
        let run = sandbox.run(&format!("diff -C examples/quickstart {args}")).expect(2);
        assert!(run.stderr.contains("one thing is compared at a time"), "{args}: {}", run.stderr);
    }
}

#[test]
fn of_snapshots_names_fields_and_no_value() {
    let sandbox = quickstart();
    let run = sandbox.run("snapshot diff -C examples/quickstart monday tuesday").expect(0);
    insta::assert_snapshot!(run.stdout, @r"
    quickstart.Key: 1 added, 1 removed, 1 changed, 1 renewed -------------------------------------------
      added     Key forgotten
      removed   Key lab-printer
      changed   Key old-backup: owner
      renewed   1 fact not named; --all names them

    SUMMARY --------------------------------------------------------------------------------------------
      from      snap_7d518eaab16cc99d: 5 facts, newest 2026-06-01T11:58:00Z
      to        snap_e84180008d422c6b: 5 facts, newest 2026-06-01T11:59:00Z
      lines     3 new, 1 gone
    ");
    assert!(!run.stdout.contains("somebody else"));
    let json =
        sandbox.run("snapshot diff -C examples/quickstart monday tuesday --format json").expect(0).json();
    assert_eq!(
        json["types"]["quickstart.Key"],
        json!({"added": 1, "removed": 1, "changed": 1, "renewed": 1})
    );
    assert_eq!(
        json["facts"][2],
        json!({"change": "changed", "fact": {"Key": "old-backup"}, "fields": ["owner"]})
    );
}

#[test]
fn snapshots_are_merged_and_exported() {
    let sandbox = quickstart();
    let run = sandbox.run("snapshot merge monday tuesday --out both").expect(0);
    assert!(run.stdout.starts_with("wrote both: 8 lines from 2 sources, 0 rejected"), "{}", run.stdout);
    sandbox.run("snapshot merge monday --out both").expect(2);
    sandbox.run("snapshot merge tuesday monday --out again").expect(0);
    assert_eq!(sandbox.read("both/manifest.json"), sandbox.read("again/manifest.json"));
    let lines = sandbox.run("snapshot export both").expect(0).stdout;
    sandbox.write("lines.ndjson", &lines);
    sandbox.run("ingest -C examples/quickstart auto lines.ndjson --out back").expect(0);
    let files = |snapshot: &str| {
        let manifest: Value =
            serde_json::from_str(&sandbox.read(&format!("{snapshot}/manifest.json"))).unwrap();
        manifest["files"].clone()
    };
    assert_eq!(files("both"), files("back"), "byte by byte, as their hashes say");
    let keys = sandbox.run("snapshot export both --type Key").expect(0).stdout;
    assert!(keys.lines().count() == 6 && keys.lines().all(|line| line.starts_with("{\"Key\"")), "{keys}");
    assert!(sandbox.run("snapshot export both --type Nothing").expect(2).stderr.contains("it holds"));
    sandbox.run("snapshot export examples").expect(2);
}

#[test]
fn a_past_is_replayed_in_its_order() {
    let sandbox = quickstart();
    let run = sandbox.run("replay -C examples/quickstart tuesday monday --fail-on none").expect(0);
    insta::assert_snapshot!(run.stdout, @r"
    2026-06-01T11:58:00Z monday ------------------------------------------------------------------------
      stands    2 decisions, 0 cannot be told

    2026-06-01T11:59:00Z tuesday -----------------------------------------------------------------------
      stands    2 decisions, 0 cannot be told
      changes   1 made, 0 changed, 1 withdrawn, 0 lost
      note      1 line of the one before are missing: other facts

    MADE (1) -------------------------------------------------------------------------------------------
      revoke Key forgotten by quarantine within 24h
        because   nobody: not used in 45d
        evidence  Key from inventory, Coverage from key-log
        holds     until a fact changes; evidence good until 2026-06-01T12:13:00Z; as of
                  2026-06-01T11:43:00Z
        by        the facts of snap_e84180008d422c6b
        id        dec_8ce11aeae6502858, by quickstart.idle_key, arm 1

    WITHDRAWN (1) --------------------------------------------------------------------------------------
      alert low on Key lab-printer
        by        the facts of snap_e84180008d422c6b
        id        dec_21b44baf90299ff7, by quickstart.idle_key, arm 2

    SUMMARY --------------------------------------------------------------------------------------------
      2 snapshots: 1 made, 0 changed, 1 withdrawn, 0 lost
    ");
    let json = sandbox.run("replay -C examples/quickstart tuesday monday --format json").expect(1).json();
    let paths: Vec<&str> =
        json["steps"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["monday", "tuesday"]);
    assert_eq!(gist(&json["steps"][1]), ["made \"forgotten\"", "withdrawn \"lab-printer\""]);
    let lines = sandbox.run("replay -C examples/quickstart monday tuesday --format ndjson").expect(1).stdout;
    assert!(lines.lines().all(|line| line.contains("\"snapshot\":\"snap_")) && lines.lines().count() == 2);
    sandbox.run("replay -C examples/quickstart nowhere").expect(2);
}

#[test]
fn what_is_sensitive_is_not_exported() {
    let sandbox = Sandbox::new();
    let types = "package own\n\nentity Door {\n  key id: string\n  code: sensitive<string>\n} closed\n";
    sandbox.write("own.assize", types).write("assize.toml", "policies = [\"own.assize\"]\n");
    let door = json!({"Door": {"id": "d", "code": "hunter2-horse"}, "source": {"tool": "t"}, "observed_at": "2026-06-01T00:00:00Z"});
    let other = json!({"Door": {"id": "d", "code": "battery-staple"}, "source": {"tool": "t"}, "observed_at": "2026-06-02T00:00:00Z"});
    sandbox.write("a.ndjson", format!("{door}\n")).write("b.ndjson", format!("{door}\n{other}\n"));
    sandbox.run("ingest auto a.ndjson --out a").expect(0);
    sandbox.run("ingest auto b.ndjson --out b").expect(0);
    let run = sandbox.run("snapshot export a").expect(0);
    let fact = json!({"Door": {"id": "d"}, "source": {"tool": "t"}, "observed_at": "2026-06-01T00:00:00Z"});
    assert_eq!(serde_json::from_str::<Value>(&run.stdout).unwrap(), fact);
    assert!(run.stderr.contains("1 sensitive value left out"), "{}", run.stderr);
    for args in ["snapshot diff a b", "snapshot diff a b --format json"] {
        let run = sandbox.run(args).expect(0);
        assert!(run.stdout.contains("code"), "{}", run.stdout);
        assert!(!run.stdout.contains("hunter2") && !run.stdout.contains("staple"), "{}", run.stdout);
    }
}
