use serde_json::{Value, json};

use super::*;
use crate::testing::{context, facts, samples, show};

const FIXTURE: &[u8] = include_bytes!("../../../../fixtures/falco/alerts.jsonl");
const RULE: &str = "Terminal shell in container";

fn read(input: &str) -> Output {
    Falco.ingest(input.as_bytes(), "alerts.jsonl", &context()).unwrap()
}

fn lines(lines: &[Value]) -> Output {
    read(&lines.iter().map(|line| format!("{line}\n")).collect::<String>())
}

/// A rule's hit in the pod `arm/api`, with other fields.
fn hit(time: &str, more: Value) -> Value {
    let mut fields = json!({"container.id": "45dd76eff80f", "k8s.ns.name": "arm", "k8s.pod.name": "api", "proc.exepath": "/bin/sh", "evt.type": "execve"});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"hostname": "a", "rule": RULE, "priority": "Notice", "source": "syscall", "time": time, "output_fields": fields})
}

/// A snapshot of a node whose sensor started at 2026-06-01T09:00:00Z.
fn beat(host: &str, time: &str, more: Value) -> Value {
    let mut fields =
        json!({"evt.source": "syscall", "falco.start_ts": 1_780_304_400_000_000_000_i64, "scap.n_drops": 0});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"hostname": host, "rule": "Falco internal: metrics snapshot", "priority": "Informational", "source": "internal", "time": time, "output_fields": fields})
}

fn coverage(output: &Output, hole: bool) -> Vec<String> {
    let all = facts(output, "Coverage").into_iter().filter(|it| it["hole"] == hole);
    all.map(|it| {
        let text = |name: &str| it[name].as_str().unwrap().replace("2026-06-01T", "");
        format!("{} {} {}", text("signal"), text("from"), text("until"))
    })
    .collect()
}

#[test]
fn the_fixture_as_facts() {
    insta::assert_snapshot!(show(&Falco.ingest(FIXTURE, "alerts.jsonl", &context()).unwrap()));
}

#[test]
fn a_command_line_is_never_kept() {
    assert!(!show(&Falco.ingest(FIXTURE, "x", &context()).unwrap()).contains("hunter2"));
}

#[test]
fn a_time_is_read_from_the_line_or_from_whole_nanoseconds() {
    for (line, at) in [
        (hit("2026-06-01T10:00:00.123456789Z", json!({})), "2026-06-01T10:00:00.123456Z"),
        (hit("", json!({"evt.time": 1_780_308_000_123_456_789_i64})), "2026-06-01T10:00:00.123456Z"),
        (hit("", json!({"evt.time.iso8601": 1_780_308_000_000_000_000_i64})), "2026-06-01T10:00:00Z"),
    ] {
        assert_eq!(facts(&lines(&[line]), "RuntimeAlert")[0]["at"], at);
    }
}

#[test]
fn a_host_is_no_workload_and_a_container_without_pod_is_a_reject_and_a_hole() {
    let host = lines(&[hit(
        "2026-06-01T10:00:00Z",
        json!({"container.id": "host", "k8s.ns.name": null, "k8s.pod.name": null}),
    )]);
    assert_eq!(
        (host.rejects.len(), host.notes[0].as_str()),
        (0, "hits on hosts, which are no workloads, were left out: 1")
    );
    for nothing in [Value::Null, json!("<NA>"), json!("")] {
        let output = lines(&[
            beat("a", "2026-06-01T09:30:00Z", json!({})),
            hit("2026-06-01T10:00:00Z", json!({"k8s.pod.name": nothing})),
            beat("a", "2026-06-01T10:30:00Z", json!({})),
        ]);
        assert_eq!(output.rejects[0].field.as_deref(), Some("output_fields.k8s.pod.name"));
        assert_eq!(coverage(&output, true), ["runtime_alert 10:00:00Z 10:00:00.000001Z"]);
    }
}

#[test]
fn a_library_that_is_opened_is_what_runs() {
    for (more, path, component) in [
        (
            json!({"evt.type": "openat", "fd.name": "/app/lib/log4j-core-2.14.1.jar"}),
            "/app/lib/log4j-core-2.14.1.jar",
            "log4j-core",
        ),
        (json!({"evt.type": "openat", "fd.name": "/etc/shadow"}), "/bin/sh", "sh"),
        (json!({"evt.type": "execve", "fd.name": "/x/y.so"}), "/bin/sh", "sh"),
    ] {
        let execution = &facts(&lines(&[hit("2026-06-01T10:00:00Z", more)]), "Execution")[0];
        assert_eq!((&execution["path"], &execution["component"]), (&json!(path), &json!(component)));
    }
    let unknown = lines(&[hit("2026-06-01T10:00:00Z", json!({"proc.exepath": "<NA>"}))]);
    assert!(facts(&unknown, "Execution").is_empty());
}

#[test]
fn priorities_are_severities() {
    for (priority, severity) in [
        ("Critical", Some("critical")),
        ("Error", Some("high")),
        ("WARNING", Some("medium")),
        ("Notice", Some("low")),
        ("Debug", Some("none")),
        ("Loud", None),
    ] {
        let mut line = hit("2026-06-01T10:00:00Z", json!({}));
        line["priority"] = json!(priority);
        assert_eq!(
            facts(&lines(&[line]), "RuntimeAlert")[0].get("severity"),
            severity.map(Value::from).as_ref(),
            "{priority}"
        );
    }
}

#[test]
fn snapshots_cover_from_the_inputs_first_line_and_never_from_before() {
    let output =
        lines(&[beat("a", "2026-06-01T10:00:00Z", json!({})), beat("a", "2026-06-01T10:15:00Z", json!({}))]);
    assert_eq!(coverage(&output, false), ["runtime_alert 10:00:00Z 10:15:00Z"]);
    let restarted =
        lines(&[hit("2026-06-01T08:00:00Z", json!({})), beat("a", "2026-06-01T10:00:00Z", json!({}))]);
    assert_eq!(coverage(&restarted, false), ["runtime_alert 09:00:00Z 10:00:00Z"]);
    let by_age = lines(&[
        hit("2026-06-01T08:00:00Z", json!({})),
        beat("a", "2026-06-01T10:00:00.4Z", json!({"falco.start_ts": null, "falco.duration_sec": 1800})),
        beat("a", "2026-06-01T10:10:00.1Z", json!({"falco.start_ts": null, "falco.duration_sec": 2399})),
    ]);
    assert_eq!(coverage(&by_age, false), ["runtime_alert 09:30:00.4Z 10:10:00.1Z"]);
}

#[test]
fn executions_are_covered_only_where_the_rules_log_them() {
    let logs = json!({"falco.rules.Execution_log": 0});
    let output = lines(&[
        beat("a", "2026-06-01T10:00:00Z", logs.clone()),
        beat("a", "2026-06-01T10:15:00Z", logs.clone()),
    ]);
    assert_eq!(
        coverage(&output, false),
        ["runtime_alert 10:00:00Z 10:15:00Z", "process_exec 10:00:00Z 10:15:00Z"]
    );
    let once =
        lines(&[beat("a", "2026-06-01T10:00:00Z", json!({})), beat("a", "2026-06-01T10:15:00Z", logs)]);
    assert_eq!(coverage(&once, false), ["runtime_alert 10:00:00Z 10:15:00Z"]);
}

#[test]
fn a_cluster_is_covered_only_while_all_its_nodes_are() {
    let output = lines(&[
        beat("a", "2026-06-01T10:00:00Z", json!({})),
        beat("b", "2026-06-01T10:05:00Z", json!({})),
        beat("a", "2026-06-01T10:20:00Z", json!({})),
        beat("b", "2026-06-01T10:30:00Z", json!({})),
    ]);
    assert_eq!(coverage(&output, false), ["runtime_alert 10:05:00Z 10:20:00Z"]);
    let silent = lines(&[
        beat("a", "2026-06-01T10:00:00Z", json!({})),
        {
            let mut it = hit("2026-06-01T10:05:00Z", json!({}));
            it["hostname"] = json!("c");
            it
        },
        beat("a", "2026-06-01T10:20:00Z", json!({})),
    ]);
    assert_eq!(coverage(&silent, false), Vec::<String>::new());
    insta::assert_snapshot!(silent.notes[0], @"1 of 2 nodes have no metrics snapshot, so nothing is concluded from silence; turn `metrics.enabled` and `metrics.output_rule` on");
}

#[test]
fn drops_are_holes_since_the_snapshot_before() {
    let output = lines(&[
        beat("a", "2026-06-01T10:00:00Z", json!({"scap.n_drops": 5, "scap.n_drops_prev": 5})),
        beat("a", "2026-06-01T10:15:00Z", json!({"scap.n_drops": 5})),
        beat("a", "2026-06-01T10:30:00Z", json!({"scap.n_drops": 9})),
        beat("a", "2026-06-01T10:45:00Z", json!({"scap.n_drops": 9, "falco.outputs_queue_num_drops": 1})),
    ]);
    assert_eq!(
        coverage(&output, true),
        ["runtime_alert 10:15:00Z 10:30:00Z", "runtime_alert 10:30:00Z 10:45:00Z"]
    );
    let said = json!({"hostname": "a", "rule": "Falco internal: syscall event drop", "time": "2026-06-01T10:20:00Z", "output_fields": {"n_drops": "3"}});
    let output = lines(&[
        beat("a", "2026-06-01T10:00:00Z", json!({})),
        said,
        beat("a", "2026-06-01T10:30:00Z", json!({})),
    ]);
    assert_eq!(coverage(&output, true), ["runtime_alert 10:20:00Z 10:20:00.000001Z"]);
}

#[test]
fn a_broken_line_is_a_hole_between_its_neighbours() {
    let (one, two) =
        (beat("a", "2026-06-01T10:00:00Z", json!({})), beat("a", "2026-06-01T10:30:00Z", json!({})));
    let output = read(&format!("{one}\n{{\"rule\": \"Term\n{two}\n"));
    assert_eq!(output.rejects.len(), 1);
    assert_eq!(coverage(&output, true), ["runtime_alert 10:00:00Z 10:30:00Z"]);
}

#[test]
fn what_the_sensor_says_in_plain_words_is_skipped() {
    let text = format!(
        "Mon Jun  1 09:00:00 2026: Falco version: 0.41.0\nLoading rules\n{}\nbye\n",
        hit("2026-06-01T10:00:00Z", json!({}))
    );
    let output = read(&text);
    assert_eq!((output.rejects.len(), facts(&output, "RuntimeAlert").len()), (0, 1));
    assert!(
        matches!(&output.lines[0], assize::facts::Line::Report(it) if it.source.record.as_deref() == Some("line 3"))
    );
}

#[test]
fn what_is_no_log_is_refused() {
    let refuse = |text: &str| Falco.ingest(text.as_bytes(), "x", &context()).unwrap_err().to_string();
    insta::assert_snapshot!(refuse("{\"a\": 1}"), @"this is not the output of `falco`: no line has `rule` and `output_fields`; is `json_output` on?");
    let mut nowhere = context();
    nowhere.cluster = None;
    assert!(matches!(
        Falco.ingest(FIXTURE, "x", &nowhere),
        Err(IngestError::NeedsFlag { flag: "--cluster", .. })
    ));
}

#[test]
fn the_real_alerts_load_and_the_containers_without_pod_are_rejected() {
    for (_, bytes) in samples("falco", &[".jsonl"]) {
        let output = Falco.ingest(&bytes, "sample", &context()).unwrap();
        assert_eq!(facts(&output, "RuntimeAlert").len(), 3);
        assert_eq!(facts(&output, "RuntimeAlert")[2]["techniques"], json!(["T1552"]));
        assert_eq!(
            facts(&output, "Execution")
                .iter()
                .map(|it| it["component"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>(),
            ["bash", "find", "grep"]
        );
        let rejected: Vec<_> = output.rejects.iter().map(|it| it.field.as_deref().unwrap()).collect();
        assert_eq!(rejected, ["output_fields.k8s.pod.name"; 2]);
    }
}
