use serde_json::{Value, json};

use super::*;
use crate::testing::{context, facts, samples, show, survives_damage};

const AGENT: &[u8] = include_bytes!("../../../../fixtures/otel/agent.jsonl");
const SERVICE: &[u8] = include_bytes!("../../../../fixtures/otel/service.json");

fn read(input: &[u8]) -> Output {
    Otel.ingest(input, "traces.json", &context()).unwrap()
}

fn attributes(value: &Value) -> Value {
    let pairs = value.as_object().unwrap().iter();
    pairs.map(|(key, value)| json!({"key": key, "value": {"stringValue": value}})).collect()
}

/// A span of trace `t`: id, parent, attributes, and what else it has.
fn span(id: &str, parent: &str, about: &Value, more: Value) -> Value {
    let mut span = json!({
        "traceId": "t", "spanId": id, "parentSpanId": parent, "name": "x", "kind": 3,
        "startTimeUnixNano": "1780300800000000000", "attributes": attributes(about),
    });
    span.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    span
}

fn tool(name: &str) -> Value {
    json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name})
}

/// The spans of one service.
fn of(service: &str, spans: &[Value]) -> Value {
    let resource = json!({"attributes": attributes(&json!({"service.name": service}))});
    json!({"resource": resource, "scopeSpans": [{"spans": spans}]})
}

fn trace(services: &[Value]) -> Output {
    read(json!({ "resourceSpans": services }).to_string().as_bytes())
}

#[test]
fn the_fixtures_as_facts() {
    insta::assert_snapshot!("agent", show(&read(AGENT)));
    insta::assert_snapshot!("service", show(&read(SERVICE)));
}

#[test]
fn arguments_and_results_and_prompts_are_never_kept() {
    for input in [AGENT, SERVICE] {
        assert!(!show(&read(input)).contains("canary"));
    }
}

#[test]
fn the_same_arguments_have_the_same_digest_whatever_their_spelling() {
    let call = |id: &str, arguments: &str| {
        let mut about = tool("read");
        about["gen_ai.tool.call.arguments"] = json!(arguments);
        span(id, "", &about, json!({}))
    };
    let spans = [
        call("a", "{\"id\": 7, \"all\": true}"),
        call("b", "{\"all\":true,\"id\":7}"),
        call("c", "{\"id\": 8}"),
    ];
    let told: Vec<Value> =
        facts(&trace(&[of("s", &spans)]), "ToolUse").iter().map(|it| it["arguments"].clone()).collect();
    assert_eq!(told[0], told[1]);
    assert_ne!(told[0], told[2]);
    assert!(told[0].as_str().unwrap().starts_with("fp:"));
}

#[test]
fn what_the_caller_and_the_server_tell_of_one_call_is_one_fact() {
    let mut client = tool("read");
    client["server.address"] = json!("crm.tools.svc");
    let output = trace(&[
        of("crm", &[span("c", "b", &tool("read"), json!({"kind": 2}))]),
        of(
            "assistant",
            &[span("b", "a", &client, json!({})), span("a", "", &tool("read"), json!({"kind": 1}))],
        ),
    ]);
    let uses = facts(&output, "ToolUse");
    assert_eq!(uses.len(), 1);
    assert_eq!((&uses[0]["agent"], &uses[0]["tool"]), (&json!("service:assistant"), &json!("crm/read")));
    let alias = output.lines.iter().find_map(|line| match line {
        assize::facts::Line::SameAs(it) => Some((it.alias.as_str(), it.is.as_str())),
        _ => None,
    });
    assert_eq!(alias, Some(("crm.tools.svc/read", "crm/read")));
}

#[test]
fn a_failure_of_either_side_is_the_calls() {
    let failed = json!({"kind": 2, "status": {"code": 2}});
    let output =
        trace(&[of("s", &[span("a", "", &tool("read"), json!({})), span("b", "a", &tool("read"), failed)])]);
    let uses = facts(&output, "ToolUse");
    assert_eq!((uses.len(), &uses[0]["outcome"]), (1, &json!("error")));
}

#[test]
fn an_outcome_is_read_from_the_error_and_the_status() {
    for (kind, code, outcome) in [
        ("", json!(0), "success"),
        ("", json!("STATUS_CODE_ERROR"), "error"),
        ("tool_error", json!(0), "error"),
        ("permission_denied", json!(2), "denied"),
        ("403", json!(2), "denied"),
    ] {
        let mut about = tool("read");
        about["error.type"] = json!(kind);
        let output = trace(&[of("s", &[span("a", "", &about, json!({"status": {"code": code}}))])]);
        assert_eq!(facts(&output, "ToolUse")[0]["outcome"], outcome, "{kind}");
    }
    let output = trace(&[of("s", &[span("a", "", &tool("read"), json!({"status": {"code": 9}}))])]);
    assert_eq!(output.rejects.len(), 1);
}

#[test]
fn the_agent_is_the_nearest_around_the_call() {
    let agent = |id: &str| json!({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.id": id});
    let spans = [
        span("d", "c", &tool("read"), json!({})),
        span("c", "b", &json!({"gen_ai.operation.name": "chat"}), json!({})),
        span("b", "a", &agent("inner"), json!({})),
        span("a", "", &agent("outer"), json!({})),
    ];
    assert_eq!(facts(&trace(&[of("s", &spans)]), "ToolUse")[0]["agent"], "inner");
    let alone = trace(&[of("s", &spans[..1])]);
    assert_eq!(facts(&alone, "ToolUse")[0]["agent"], "service:s");
    let nameless = trace(&[of("unknown_service:node", &spans[..1])]);
    assert!(facts(&nameless, "ToolUse")[0].get("agent").is_none());
}

#[test]
fn spans_in_a_circle_end() {
    let spans = [span("a", "b", &tool("x"), json!({})), span("b", "a", &tool("y"), json!({}))];
    assert_eq!(facts(&trace(&[of("s", &spans)]), "ToolUse").len(), 2);
    let same = [span("a", "b", &tool("x"), json!({})), span("b", "a", &tool("x"), json!({}))];
    assert_eq!(facts(&trace(&[of("s", &same)]), "ToolUse").len(), 2);
}

#[test]
fn silence_says_something_only_where_no_span_was_left_out() {
    let at = |id: &str, hour: i64, state: &str| {
        let nanos = (1_780_300_800 + hour * 3_600).to_string() + "000000000";
        span(id, "", &tool("read"), json!({"startTimeUnixNano": nanos, "traceState": state}))
    };
    let coverage = |spans: &[Value]| {
        let output = trace(&[of("s", spans)]);
        let told = facts(&output, "Coverage");
        told.iter()
            .map(|it| format!("{} {} {}", it["scope"], it["from"], it["until"]).replace('"', ""))
            .collect::<Vec<_>>()
    };
    let all = [at("a", 0, "ot=th:0"), at("b", 2, "vendor=1,ot=rv:11;th:0")];
    assert_eq!(coverage(&all), ["service:s 2026-06-01T08:00:00Z 2026-06-01T10:00:00Z"]);
    assert_eq!(coverage(&[at("a", 0, "ot=th:0"), at("b", 2, "ot=th:8")]), Vec::<String>::new());
    assert_eq!(coverage(&[at("a", 0, ""), at("b", 2, "")]), Vec::<String>::new());
}

#[test]
fn damage_is_an_error_or_a_reject() {
    for input in [AGENT, SERVICE] {
        survives_damage(&Otel, input);
    }
}

#[test]
fn a_real_trace_without_tool_calls_is_read_without_a_reject() {
    for (path, bytes) in samples("otel_genai", &["otlp_file_exporter_agent_trace.json"]) {
        let output = read(&bytes);
        assert_eq!(output.rejects, [], "{}", path.display());
        assert_eq!(output.notes.len(), 2, "{:?}", output.notes);
    }
}
