use serde_json::{Value, json};

use super::*;
use crate::testing::{context, facts, samples, show, survives_damage};

const ISTIO: &[u8] = include_bytes!("../../../../fixtures/envoy/istio.jsonl");
const AGENTS: &[u8] = include_bytes!("../../../../fixtures/envoy/agentgateway.log");
const AI: &[u8] = include_bytes!("../../../../fixtures/envoy/ai_gateway.jsonl");

fn read(input: &[u8]) -> Output {
    Envoy.ingest(input, "access.log", &context()).unwrap()
}

fn lines(lines: &[Value]) -> Output {
    read(lines.iter().map(|line| format!("{line}\n")).collect::<String>().as_bytes())
}

/// A line of a request to `crm`, with other fields.
fn line(at: &str, more: Value) -> Value {
    let mut line = json!({
        "start_time": at, "method": "GET", "response_code": 200, "response_flags": "-", "authority": "crm",
        "downstream_remote_address": "10.0.0.1:4000",
    });
    line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    line
}

#[test]
fn the_fixtures_as_facts() {
    insta::assert_snapshot!("istio", show(&read(ISTIO)));
    insta::assert_snapshot!("agentgateway", show(&read(AGENTS)));
    insta::assert_snapshot!("ai_gateway", show(&read(AI)));
}

#[test]
fn paths_are_never_kept() {
    for input in [ISTIO, AGENTS, AI] {
        assert!(!show(&read(input)).contains("canary"));
    }
}

#[test]
fn a_refusal_is_told_from_a_failure() {
    for (more, outcome) in [
        (json!({}), "success"),
        (json!({"response_code": "204"}), "success"),
        (json!({"response_code": 401}), "denied"),
        (json!({"response_code": 403}), "denied"),
        (
            json!({"response_code": 500, "response_code_details": "rbac_access_denied_matched_policy[x]"}),
            "denied",
        ),
        (json!({"response_code": 500, "response_flags": "UAEX"}), "denied"),
        (json!({"grpc_status": 7}), "denied"),
        (json!({"grpc_status": "-"}), "success"),
        (json!({"grpc_status": "Unavailable"}), "error"),
        (json!({"response_code": 503, "response_flags": "UF"}), "error"),
        (json!({"response_code": 0, "response_flags": "DC"}), "error"),
        (json!({"response_code": 0, "method": null}), "success"),
    ] {
        let output = lines(&[line("2026-06-01T08:00:00Z", more.clone())]);
        assert_eq!(facts(&output, "ServiceCall")[0]["outcome"], outcome, "{more}");
    }
    for code in [json!(99), json!(700), json!("none"), json!({})] {
        let output = lines(&[line("2026-06-01T08:00:00Z", json!({ "response_code": code }))]);
        assert_eq!(output.rejects.len(), 1);
    }
}

#[test]
fn a_tool_call_without_its_tools_name_still_names_the_server() {
    let uses = facts(&read(AI), "ToolUse");
    assert_eq!((uses[0].get("tool"), &uses[0]["server"]), (None, &json!("crm")));
    assert_eq!(uses[1]["tool"], "crm/read");
    assert_eq!(uses[1]["agent"], "spiffe://northwind.example/ns/agents/sa/support-assistant");
}

#[test]
fn a_call_between_agents_is_a_call_of_a_service() {
    let call = &facts(&read(AGENTS), "ServiceCall")[0];
    assert_eq!((&call["action"], &call["service"]), (&json!("a2a:message/stream"), &json!("agents.arm.svc")));
    assert_eq!(call["source_ip"], "::1");
}

#[test]
fn each_service_is_watched_from_its_first_line_to_its_last() {
    let other = json!({"authority": "mail"});
    let output = lines(&[
        line("2026-06-01T08:00:00Z", json!({})),
        line("2026-06-01T08:30:00Z", other.clone()),
        line("2026-06-01T09:00:00Z", json!({"response_code": "x"})),
        line("2026-06-01T09:30:00Z", json!({})),
        line("2026-06-01T09:40:00Z", other),
    ]);
    let told: Vec<String> = facts(&output, "Coverage")
        .iter()
        .map(|it| format!("{} {} {}", it["scope"], it["hole"], it["from"]).replace('"', ""))
        .collect();
    let expected = [
        "crm false 2026-06-01T08:00:00Z",
        "crm true 2026-06-01T09:00:00Z",
        "mail false 2026-06-01T08:30:00Z",
        "mail true 2026-06-01T09:00:00Z",
    ];
    assert_eq!(told, expected);
}

#[test]
fn damage_is_an_error_or_a_reject() {
    for input in [ISTIO, AGENTS, AI] {
        survives_damage(&Envoy, input);
    }
}

#[test]
fn real_lines_are_read_without_a_reject() {
    for (path, bytes) in samples("otel_genai", &["_access_log.json", "_access_log.txt"]) {
        let output = read(&bytes);
        assert_eq!(output.rejects, [], "{}", path.display());
        let told = facts(&output, "ToolUse").len() + facts(&output, "ServiceCall").len();
        assert_eq!(told, 1, "{}", path.display());
    }
}
