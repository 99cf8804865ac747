use serde_json::{Value, json};

use super::*;
use crate::testing::{context, facts, samples, show, survives_damage};

const FLOWS: &[u8] = include_bytes!("../../../../fixtures/hubble/flows.jsonl");
const LOST: &[u8] = include_bytes!("../../../../fixtures/hubble/lost.jsonl");

fn read(input: &[u8]) -> Output {
    Hubble.ingest(input, "flows.jsonl", &context()).unwrap()
}

fn lines(lines: &[Value]) -> Output {
    read(lines.iter().map(|line| format!("{line}\n")).collect::<String>().as_bytes())
}

/// A flow from the pod `arm/api` to the pod `data/db`, with other fields.
fn flow(node: &str, at: &str, more: Value) -> Value {
    let mut flow = json!({
        "time": at, "node_name": node, "verdict": "FORWARDED", "traffic_direction": "EGRESS",
        "IP": {"source": "10.0.0.1", "destination": "10.0.0.2"},
        "l4": {"TCP": {"source_port": 40000, "destination_port": 443}},
        "source": {"namespace": "arm", "pod_name": "api", "labels": []},
        "destination": {"namespace": "data", "pod_name": "db", "labels": []},
    });
    flow.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"flow": flow, "node_name": node, "time": at})
}

fn coverage(output: &Output) -> Vec<String> {
    let text =
        |it: &Value, name: &str| it[name].as_str().unwrap().replace("2026-06-01T", "").replace(":00Z", "");
    let show = |it: &Value| {
        let kind = if it["hole"] == true { "hole" } else { "watched" };
        format!("{} {kind} {}-{}", text(it, "scope"), text(it, "from"), text(it, "until"))
    };
    facts(output, "Coverage").iter().map(show).collect()
}

#[test]
fn the_fixtures_as_facts() {
    insta::assert_snapshot!("flows", show(&read(FLOWS)));
    insta::assert_snapshot!("lost", show(&read(LOST)));
}

#[test]
fn what_a_policy_drops_is_denied_and_what_is_dropped_otherwise_is_an_error() {
    let at = "2026-06-01T08:00:00Z";
    for (more, outcome) in [
        (json!({"verdict": "FORWARDED"}), "success"),
        (json!({"verdict": "REDIRECTED"}), "success"),
        (json!({"verdict": "AUDIT"}), "success"),
        (json!({"verdict": "ERROR"}), "error"),
        (json!({"verdict": "DROPPED", "drop_reason": 133}), "denied"),
        (json!({"verdict": "DROPPED", "drop_reason": 181, "drop_reason_desc": "POLICY_DENY"}), "denied"),
        (json!({"verdict": "DROPPED", "drop_reason_desc": "AUTH_REQUIRED"}), "denied"),
        (
            json!({"verdict": "DROPPED", "drop_reason": 137, "drop_reason_desc": "CT_TRUNCATED_OR_INVALID_HEADER"}),
            "error",
        ),
    ] {
        let told = facts(&lines(&[flow("n", at, more.clone())]), "Connection");
        assert_eq!(told[0]["outcome"], outcome, "{more}");
    }
    for verdict in ["TRACED", "TRANSLATED", "VERDICT_UNKNOWN"] {
        let output = lines(&[flow("n", at, json!({"verdict": verdict}))]);
        assert_eq!((facts(&output, "Connection").len(), output.notes.len()), (0, 1), "{verdict}");
    }
    assert_eq!(lines(&[flow("n", at, json!({"verdict": "LUCK"}))]).rejects.len(), 1);
}

#[test]
fn the_world_is_the_internet_only_where_its_address_is() {
    let world = |address: &str| {
        let more = json!({
            "traffic_direction": "INGRESS", "IP": {"source": address, "destination": "10.0.0.2"},
            "source": {"labels": ["reserved:world"]},
        });
        facts(&lines(&[flow("n", "2026-06-01T08:00:00Z", more)]), "Connection").remove(0)
    };
    assert_eq!(world("203.0.113.77")["internet"], true);
    assert_eq!(world("10.9.9.9")["internet"], false, "outside of the cluster, and not of the network");
    assert_eq!(world("203.0.113.77")["workload"], "k8s:prod-eu/data/pod/db");
    assert_eq!(world("203.0.113.77")["peer"], "203.0.113.77");
}

#[test]
fn a_label_says_whom_a_pod_runs_as() {
    let workload = facts(&read(FLOWS), "Workload").into_iter().find(|it| it["name"] == "db-0").unwrap();
    assert_eq!(workload["identity"], "k8s:prod-eu/data/db");
    let connection = facts(&read(FLOWS), "Connection").into_iter().find(|it| it["records"] == 2).unwrap();
    assert_eq!(connection["peer_identity"], "k8s:prod-eu/data/db");
}

#[test]
fn a_cluster_is_watched_while_every_node_is() {
    let at = |minute: u32| format!("2026-06-01T08:{minute:02}:00Z");
    let output = lines(&[
        flow("a", &at(0), json!({})),
        flow("b", &at(10), json!({})),
        flow("a", &at(20), json!({})),
        flow("b", &at(30), json!({})),
    ]);
    assert_eq!(coverage(&output), ["prod-eu watched 08:10-08:20"]);
}

#[test]
fn what_a_buffer_lost_is_a_hole_between_the_lines_around_it() {
    let told = coverage(&read(LOST));
    let expected =
        ["prod-eu watched 08:00-09:00", "prod-eu hole 08:50-08:50:01Z", "prod-eu hole 07:59-08:41"];
    assert_eq!(told, expected);
}

#[test]
fn a_reply_is_no_connection() {
    let output = lines(&[flow("n", "2026-06-01T08:00:00Z", json!({"is_reply": true}))]);
    assert_eq!(facts(&output, "Connection").len(), 0);
}

#[test]
fn damage_is_an_error_or_a_reject() {
    for input in [FLOWS, LOST] {
        survives_damage(&Hubble, input);
    }
}

#[test]
fn real_flows_are_read_without_a_reject() {
    for (path, bytes) in samples("hubble", &[".jsonl"]) {
        let output = read(&bytes);
        assert_eq!(output.rejects, [], "{}", path.display());
        let told = facts(&output, "Connection").len() + output.notes.len();
        assert!(told > 0, "{}", path.display());
    }
}
