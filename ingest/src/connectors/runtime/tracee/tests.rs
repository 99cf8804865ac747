use serde_json::{Value, json};

use super::*;
use crate::testing::{context, facts, samples, show, survives_damage};

const EVENTS: &[u8] = include_bytes!("../../../../fixtures/tracee/events.jsonl");
const FLAT: &[u8] = include_bytes!("../../../../fixtures/tracee/flat.jsonl");

fn read(input: &[u8]) -> Output {
    Tracee.ingest(input, "events.jsonl", &context()).unwrap()
}

fn lines(lines: &[Value]) -> Output {
    read(lines.iter().map(|line| format!("{line}\n")).collect::<String>().as_bytes())
}

/// An event of a node in the pod `arm/api`, at a second after 2026-06-01T08:00:00Z.
fn event(node: &str, second: i64, name: &str, path: &str, more: Value) -> Value {
    let mut event = json!({
        "timestamp": second.saturating_add(1_780_300_800).saturating_mul(1_000_000_000), "hostName": node, "hostProcessId": 1,
        "kubernetes": {"podName": "api", "podNamespace": "arm"}, "container": {"id": "a"},
        "eventName": name, "returnValue": 0, "args": [{"name": "pathname", "type": "const char*", "value": path}],
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn coverage(output: &Output) -> Vec<String> {
    let text = |it: &Value, name: &str| it[name].as_str().unwrap().replace("2026-06-01T", "");
    let all = facts(output, "Coverage");
    all.iter()
        .map(|it| format!("{} {}-{} {}", text(it, "signal"), text(it, "from"), text(it, "until"), it["hole"]))
        .collect()
}

#[test]
fn the_fixtures_as_facts() {
    insta::assert_snapshot!("events", show(&read(EVENTS)));
    insta::assert_snapshot!("flat", show(&read(FLAT)));
}

#[test]
fn arguments_and_environments_are_never_kept() {
    for input in [EVENTS, FLAT] {
        assert!(!show(&read(input)).contains("canary"));
    }
}

#[test]
fn a_call_that_failed_started_nothing() {
    let failed = event("a", 0, "execve", "/bin/x", json!({"returnValue": -2}));
    assert_eq!(facts(&lines(&[failed]), "Execution").len(), 0);
    let started = event("a", 0, "execve", "/bin/x", json!({}));
    assert_eq!(facts(&lines(&[started]), "Execution").len(), 1);
}

#[test]
fn a_severity_is_a_number_from_nought_to_four() {
    let hit = |severity: Value| {
        let properties = json!({"signatureID": "X-1", "signatureName": "x", "Severity": severity});
        lines(&[event("a", 0, "x", "", json!({"metadata": {"Properties": properties}}))])
    };
    for (number, word) in [(0, "none"), (1, "low"), (2, "medium"), (3, "high"), (4, "critical")] {
        assert_eq!(facts(&hit(json!(number)), "RuntimeAlert")[0]["severity"], word);
    }
    assert_eq!(hit(json!(9)).rejects.len(), 1);
    assert!(facts(&hit(Value::Null), "RuntimeAlert")[0].get("severity").is_none());
}

#[test]
fn silence_says_something_only_where_starts_and_libraries_are_both_traced() {
    let start = |node, second| event(node, second, "sched_process_exec", "/bin/x", json!({}));
    let load = |node, second| event(node, second, "shared_object_loaded", "/lib/libx.so.1", json!({}));
    let both = lines(&[start("a", 0), load("b", 10), load("a", 20), start("b", 30)]);
    assert_eq!(coverage(&both), ["process_exec 08:00:10Z-08:00:20Z false"]);
    let one = lines(&[start("a", 0), start("a", 10)]);
    assert_eq!((coverage(&one).len(), one.notes.len()), (0, 1));
}

#[test]
fn a_container_without_a_pod_is_a_reject_and_a_hole() {
    let output = lines(&[
        event("a", 0, "sched_process_exec", "/bin/x", json!({})),
        event("a", 10, "sched_process_exec", "/bin/x", json!({"kubernetes": {}})),
        event("a", 20, "shared_object_loaded", "/lib/libx.so", json!({})),
    ]);
    assert_eq!(output.rejects.len(), 1);
    assert_eq!(
        coverage(&output),
        ["process_exec 08:00:00Z-08:00:20Z false", "process_exec 08:00:10Z-08:00:11Z true"]
    );
}

#[test]
fn damage_is_an_error_or_a_reject() {
    for input in [EVENTS, FLAT] {
        survives_damage(&Tracee, input);
    }
}

#[test]
fn real_events_are_read_without_a_reject() {
    for (path, bytes) in samples("tracee", &[".jsonl"]) {
        assert_eq!(read(&bytes).rejects, [], "{}", path.display());
    }
}
