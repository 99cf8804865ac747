//! LiteLLM's guardrail.

use serde_json::{Value, json};

use crate::support::Server;

#[test]
fn calls_of_models_and_of_tools() {
    let server = Server::plain();
    let tool = |name: &str| json!({"type": "function", "function": {"name": name}});
    let ask = |kind: &str, agent: &str, more: Value| {
        let mut body = json!({"texts": ["hello"], "input_type": kind, "litellm_call_id": "c-1", "model": "m",
            "request_data": {"user_api_key_alias": agent}});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        server.post("/beta/litellm_basic_guardrail_api", &body.to_string())
    };
    let shown = [
        ask("request", "a1", json!({"tools": [tool("list")]})),
        ask("request", "a1", json!({"tools": [tool("list"), tool("delete_repo")]})),
        ask("request", "frosty", json!({"tools": []})),
        ask("request", "stranger", json!({"tools": []})),
        ask("request", "a1", json!({})),
        ask("response", "a1", json!({})),
        ask("response", "a1", json!({"tool_calls": [tool("list")]})),
        ask("response", "a1", json!({"tool_calls": [tool("list"), tool("delete_repo")]})),
        ask("response", "a1", json!({"tool_calls": [{}]})),
        ask("neither", "a1", json!({})),
        server.post("/beta/litellm_basic_guardrail_api", "[]"),
    ];
    insta::assert_snapshot!(shown.join("\n"), @r#"
    200 {"action":"NONE"}
    200 {"action":"BLOCKED","blocked_reason":"blocked by policy; decision ID"}
    200 {"action":"BLOCKED","blocked_reason":"blocked by policy; decision ID"}
    503 no decision could be made; decision ID
    503 no decision could be made; decision ID
    200 {"action":"NONE"}
    200 {"action":"NONE"}
    200 {"action":"BLOCKED","blocked_reason":"blocked by policy; decision ID"}
    400 a call of `tool_calls` names no function
    400 `input_type` is neither `request` nor `response`
    400 the body is not an object
    "#);
}
