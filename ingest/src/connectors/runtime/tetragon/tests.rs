use serde_json::json;

use super::*;
use crate::testing::{context, facts, samples, show};

const FIXTURE: &[u8] = include_bytes!("../../../../fixtures/tetragon/events.jsonl");

fn read(input: &str) -> Output {
    Tetragon.ingest(input.as_bytes(), "events.jsonl", &context()).unwrap()
}

fn lines(lines: &[Value]) -> Output {
    read(&lines.iter().map(|line| format!("{line}\n")).collect::<String>())
}

/// A start of a program in the pod `arm/api`.
fn exec(node: &str, time: &str, more: Value) -> Value {
    let mut process = json!({"exec_id": format!("{node}{time}"), "binary": "/usr/bin/java", "pod": {"namespace": "arm", "name": "api"}});
    process.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"process_exec": {"process": process, "parent": {"binary": "/bin/sh"}}, "node_name": node, "time": time})
}

/// What shows that opened libraries are reported too.
fn library(node: &str, time: &str) -> Value {
    let mut line = exec(node, time, json!({}));
    let body = line.as_object_mut().unwrap().remove("process_exec").unwrap();
    line["process_kprobe"] = body;
    line["process_kprobe"]["args"] = json!([{"file_arg": {"path": "/usr/lib/libc.so.6"}}]);
    line
}

fn at(minute: u32) -> String {
    format!("2026-06-01T10:{minute:02}:00Z")
}

fn coverage(output: &Output, hole: bool) -> Vec<String> {
    let all = facts(output, "Coverage").into_iter().filter(|it| it["hole"] == hole);
    all.map(|it| {
        let text = |name: &str| it[name].as_str().unwrap().replace("2026-06-01T", "");
        format!("{} {}", text("from"), text("until"))
    })
    .collect()
}

#[test]
fn the_fixture_as_facts() {
    insta::assert_snapshot!(show(&Tetragon.ingest(FIXTURE, "events.jsonl", &context()).unwrap()));
}

#[test]
fn arguments_are_never_kept() {
    assert!(!show(&Tetragon.ingest(FIXTURE, "x", &context()).unwrap()).contains("hunter2"));
}

#[test]
fn a_start_without_its_lines_time_has_its_own() {
    let mut line = exec("a", "", json!({"start_time": "2026-06-01T10:00:00.123456789Z"}));
    line.as_object_mut().unwrap().remove("time");
    assert_eq!(facts(&lines(&[line.clone()]), "Execution")[0]["at"], "2026-06-01T10:00:00.123456Z");
    line["process_exec"]["process"]["start_time"] = json!("0001-01-01T00:00:00Z");
    assert_eq!(lines(&[line]).rejects[0].field.as_deref(), Some("time"));
}

#[test]
fn a_process_that_ran_before_the_sensor_stretches_no_coverage() {
    let output = lines(&[
        exec("a", "2026-01-01T00:00:00Z", json!({"flags": "procFS auid"})),
        library("a", &at(0)),
        exec("a", &at(9), json!({})),
    ]);
    assert_eq!(facts(&output, "Execution").len(), 3);
    assert_eq!(coverage(&output, false), ["10:00:00Z 10:09:00Z"]);
}

#[test]
fn a_cluster_is_covered_only_while_all_its_nodes_are() {
    let four = |a: [u32; 2], b: [u32; 2]| {
        lines(&[
            library("a", &at(a[0])),
            exec("b", &at(b[0]), json!({})),
            exec("a", &at(a[1]), json!({})),
            exec("b", &at(b[1]), json!({})),
        ])
    };
    assert_eq!(coverage(&four([0, 20], [5, 30]), false), ["10:05:00Z 10:20:00Z"]);
    let apart = four([0, 5], [10, 30]);
    assert_eq!(coverage(&apart, false), Vec::<String>::new());
    assert_eq!(
        apart.notes,
        ["the exports of the nodes have no time in common, so nothing is concluded from silence"]
    );
}

#[test]
fn without_a_probe_on_libraries_silence_says_nothing() {
    let output = lines(&[exec("a", &at(0), json!({})), exec("a", &at(9), json!({}))]);
    assert_eq!(coverage(&output, false), Vec::<String>::new());
    insta::assert_snapshot!(output.notes[0], @"no probe reports opened libraries, so nothing is concluded from silence; see the connector's page for a policy that does");
}

#[test]
fn what_the_sensor_drops_or_holds_back_is_a_hole() {
    let between = |inner: &[Value]| {
        let all = [&[library("a", &at(0))], inner, &[exec("a", &at(30), json!({}))]].concat();
        coverage(&lines(&all), true)
    };
    let own =
        |name: &str, body: Value, minute: u32| json!({name: body, "node_name": "a", "time": at(minute)});
    let throttle =
        |kind: &str, minute: u32| own("process_throttle", json!({"type": kind, "cgroup": "g"}), minute);
    for dropped in [json!("12"), json!(12)] {
        let info = own("rate_limit_info", json!({"number_of_dropped_process_events": dropped}), 10);
        assert_eq!(between(&[info]), ["10:09:00Z 10:10:00Z"]);
    }
    assert_eq!(
        between(&[throttle("THROTTLE_START", 5), throttle("THROTTLE_STOP", 7)]),
        ["10:05:00Z 10:07:00Z"]
    );
    assert_eq!(between(&[throttle("THROTTLE_START", 5)]), ["10:05:00Z 10:30:00Z"]);
    assert_eq!(between(&[throttle("THROTTLE_STOP", 7)]), ["10:00:00Z 10:07:00Z"]);
    assert_eq!(
        between(&[json!({"process_exec": 1, "node_name": "a", "time": at(9)})]),
        ["10:00:00Z 10:30:00Z"]
    );
}

#[test]
fn a_container_without_pod_is_a_reject_and_a_hole_and_a_host_is_neither() {
    let start = |docker: &str| exec("a", &at(5), json!({"pod": null, "docker": docker}));
    let output = lines(&[library("a", &at(0)), start("a51959123c3ba99"), exec("a", &at(9), json!({}))]);
    assert_eq!(output.rejects[0].field.as_deref(), Some("process.pod"));
    assert_eq!(coverage(&output, true), ["10:05:00Z 10:05:00.000001Z"]);
    let host = lines(&[library("a", &at(0)), start(""), exec("a", &at(9), json!({}))]);
    assert_eq!((host.rejects.len(), coverage(&host, true).len(), host.notes.len()), (0, 0, 1));
}

#[test]
fn a_probe_that_sees_a_library_opened_is_an_execution_and_others_are_counted() {
    let probe = |argument: Value| {
        let mut line = exec("a", &at(0), json!({}));
        let body = line.as_object_mut().unwrap().remove("process_exec").unwrap();
        line["process_kprobe"] = body;
        line["process_kprobe"]["args"] = json!([{"int_arg": 4}, argument]);
        lines(&[line])
    };
    let jar = probe(json!({"file_arg": {"path": "/app/lib/log4j-core-2.14.1.jar"}}));
    let execution = &facts(&jar, "Execution")[0];
    assert_eq!(
        (&execution["component"], &execution["parent"]),
        (&json!("log4j-core"), &json!("/usr/bin/java"))
    );
    let shadow = probe(json!({"file_arg": {"path": "/etc/shadow"}}));
    assert_eq!(
        (facts(&shadow, "Execution").len(), shadow.notes[0].as_str()),
        (0, "events of kind process_kprobe that start nothing were left out: 1")
    );
}

#[test]
fn what_is_no_export_is_refused() {
    let refused = Tetragon.ingest(b"{\"a\": 1}", "x", &context()).unwrap_err();
    insta::assert_snapshot!(refused, @"this is not the output of `tetragon`: no line has `process_exec`, another `process_…` or `rate_limit_info`");
}

#[test]
fn every_real_event_loads_and_only_containers_without_pod_are_rejected() {
    let (mut executions, mut rejected) = (0, 0);
    let all = samples("tetragon", &[".json", ".jsonl"]);
    for (path, bytes) in &all {
        let output = Tetragon.ingest(bytes, "sample", &context()).unwrap();
        assert!(
            output.rejects.iter().all(|it| it.field.as_deref() == Some("process.pod")),
            "{} {:?}",
            path.display(),
            output.rejects
        );
        executions += facts(&output, "Execution").len();
        rejected += output.rejects.len();
    }
    if !all.is_empty() {
        assert_eq!((executions, rejected), (13, 6));
    }
}
