//! OPA's shapes: data, health, status.

use std::io::Write;

use crate::support::Server;

#[test]
fn data_has_the_shapes_that_clients_of_opa_know() {
    let server = Server::plain();
    let call = |agent: &str, tool: &str| {
        format!(
            r#"{{"input": {{"id": "1", "agent": "{agent}", "tool": "{tool}", "repo": 1, "on_behalf_of": null}}}}"#
        )
    };
    let shown: Vec<String> = [
        server.post("/v1/data/ToolCall", &call("a1", "list")),
        server.post("/v1/data/shop/ToolCall/allow", &call("a1", "list")),
        server.post("/v1/data/ToolCall/allowed", &call("a1", "delete_repo")),
        server.post("/v1/data/ToolCall", &call("frosty", "list")),
        server.post("/v1/data/ToolCall", &call("stranger", "list")),
        server.post("/v1/data/ToolCall/gone", &call("a1", "list")),
        server.post("/v1/data/nothing", &call("a1", "list")),
        server.post("/v1/data/ToolCall/allow", ""),
        server.post("/v1/data/ToolCall", "[]"),
        server.post("/v1/data/ToolCall", "{"),
        server.post("/v0/data/ToolCall/allow", r#"{"agent": "a1", "tool": "list", "repo": 1}"#),
        server.post("/v0/data/ToolCall/gone", r#"{"agent": "a1", "tool": "list", "repo": 1}"#),
        server.post("/v0/data/nothing", "{}"),
        server
            .send(
                "GET",
                "/v1/data/ToolCall/allow?input=%7B%22agent%22%3A%22a1%22%2C%22tool%22%3A%22list%22%7D",
                &[],
                "",
            )
            .shown(),
        server.send("GET", "/health", &[], "").shown(),
    ]
    .into();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    200 {"decision_id":"ID","result":{"allow":true,"allowed":true,"decision":"allow","decision_id":"ID","entry":"ToolCall","fact_watermark":"0@2026-06-01T00:00:00Z","headers":{"x-decision-id":"ID","x-fact-watermark":"0@2026-06-01T00:00:00Z","x-policy-revision":"REVISION"},"policy_revision":"REVISION"}}
    200 {"decision_id":"ID","result":true}
    200 {"decision_id":"ID","result":false}
    200 {"decision_id":"ID","result":{"alert":"high","allow":false,"allowed":false,"decision":"block","decision_id":"ID","entry":"ToolCall","fact_watermark":"0@2026-06-01T00:00:00Z","headers":{"x-decision-alert":"high","x-decision-id":"ID","x-fact-watermark":"0@2026-06-01T00:00:00Z","x-policy-revision":"REVISION"},"http_status":403,"obligations":[{"id":"out_REVISION","properties":{"body":"frosty is frozen","policy":"shop.tools","severity":"high"},"type":"notification"}],"policy_revision":"REVISION","reasons":[{"because":"frosty is frozen","outcomes":["block","alert"],"policy":"shop.tools"}]}}
    500 {"code":"internal_error","decision_id":"ID","message":"evidence is missing: `frozen` of Agent `stranger` was not collected"}
    200 {"decision_id":"ID"}
    200 {"warning":{"code":"api_usage_warning","message":"nothing is asked under this path"}}
    500 {"code":"internal_error","decision_id":"ID","message":"evidence is missing: `agent` of ToolCall `request` was not collected; `repo` of ToolCall `request` was not collected; `tool` of ToolCall `request` was not collected"}
    400 {"code":"invalid_parameter","message":"the body is not an object with `input` in it"}
    400 {"code":"invalid_parameter","message":"the body is not JSON (line 1, column 1)"}
    200 true
    404 {"code":"undefined_document","message":"document missing or undefined"}
    404 {"code":"undefined_document","message":"document missing or undefined"}
    200 {"decision_id":"ID","result":true}
    200 {}
    "#);
}

#[test]
fn metrics_and_provenance_come_when_asked_for() {
    let server = Server::plain();
    let body = r#"{"input": {"agent": "a1", "tool": "list"}}"#;
    let json = |query: &str| {
        let path = format!("/v1/data/ToolCall/allow{query}");
        server.send("POST", &path, &[("Content-Type", "application/json")], body).json()
    };
    assert!(json("").get("metrics").is_none());
    assert!(json("?metrics=true")["metrics"]["timer_server_handler_ns"].is_u64());
    let status = server.send("GET", "/v1/status", &[], "").json();
    assert_eq!(
        json("?provenance")["provenance"]["bundles"]["policies"]["revision"],
        status["result"]["bundles"]["policies"]["active_revision"]
    );
}

#[test]
fn a_body_may_be_packed_and_no_pack_is_a_bomb() {
    let server = Server::plain();
    let packed = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    let send = |body: &[u8]| {
        let mut stream = server.connect();
        let head = format!(
            "POST /v1/data/ToolCall/allow HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        crate::support::read(&mut stream).status
    };
    assert_eq!(send(&packed(br#"{"input": {"agent": "a1", "tool": "list"}}"#)), 200);
    assert_eq!(send(b"not packed"), 400);
    assert_eq!(send(&packed(&vec![b' '; 50 << 20])), 413);
}
