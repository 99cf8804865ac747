//! Envoy's external authorization, asked by a client of our own.

use std::collections::BTreeMap;

use assize_gateway::proto::ext_authz::authorization_client::AuthorizationClient;
use assize_gateway::proto::ext_authz::check_response::HttpResponse;
use assize_gateway::proto::ext_authz::{
    AttributeContext, CheckRequest, CheckResponse, HeaderMap, HeaderValue, HttpRequest, Metadata, Request,
};
use prost_types::value::Kind;
use prost_types::{Struct, Value};

use crate::support::{PLAIN, Server, alike};

fn check(server: &Server, request: CheckRequest) -> CheckResponse {
    server.block_on(async {
        let mut client = AuthorizationClient::connect(format!("http://{}", server.tcp())).await.unwrap();
        client.check(request).await.unwrap().into_inner()
    })
}

fn shown(response: &CheckResponse) -> String {
    let status = response.status.as_ref().unwrap();
    let told = |kind: &str, code: i32, body: &str| {
        format!("{} {kind} {code} {}", status.code, alike(body.trim_end()))
    };
    match response.http_response.as_ref().unwrap() {
        HttpResponse::OkResponse(ok) => {
            let names: Vec<&str> =
                ok.headers.iter().map(|option| option.header.as_ref().unwrap().key.as_str()).collect();
            told("ok", 200, &names.join(" "))
        }
        HttpResponse::DeniedResponse(denied) => {
            told("denied", denied.status.as_ref().unwrap().code, &denied.body)
        }
        HttpResponse::ErrorResponse(error) => told("error", error.status.as_ref().unwrap().code, &error.body),
    }
}

fn http(path: &str) -> CheckRequest {
    let http = HttpRequest {
        method: "GET".into(),
        path: path.into(),
        host: "shop.test".into(),
        size: -1,
        ..HttpRequest::default()
    };
    let request = Some(Request { time: None, http: Some(http) });
    CheckRequest { attributes: Some(AttributeContext { request, ..AttributeContext::default() }) }
}

fn with(mut check: CheckRequest, change: impl FnOnce(&mut AttributeContext)) -> CheckRequest {
    change(check.attributes.as_mut().unwrap());
    check
}

fn http_of(attributes: &mut AttributeContext) -> &mut HttpRequest {
    attributes.request.as_mut().unwrap().http.as_mut().unwrap()
}

fn text(value: &str) -> Value {
    Value { kind: Some(Kind::StringValue(value.to_owned())) }
}

fn object(fields: Vec<(&str, Value)>) -> Struct {
    Struct { fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect() }
}

fn nested(fields: Vec<(&str, Value)>) -> Value {
    Value { kind: Some(Kind::StructValue(object(fields))) }
}

fn number(value: f64) -> Value {
    Value { kind: Some(Kind::NumberValue(value)) }
}

fn mcp(agent: &str, fields: Vec<(&str, Value)>) -> CheckRequest {
    let mut spaces = BTreeMap::new();
    spaces.insert("envoy.filters.http.mcp".to_owned(), object(fields));
    spaces.insert(
        "envoy.filters.http.jwt_authn".to_owned(),
        object(vec![("claims", nested(vec![("sub", text("sasha")), ("client_id", text(agent))]))]),
    );
    with(http("/mcp"), |attributes| attributes.metadata_context = Some(Metadata { filter_metadata: spaces }))
}

fn call(agent: &str, name: &str, more: Vec<(&str, Value)>) -> CheckRequest {
    let params = nested(vec![("name", text(name)), ("arguments", nested(vec![("repo", number(7.0))]))]);
    let mut fields = vec![("method", text("tools/call")), ("status", text("mcp_ok")), ("params", params)];
    fields.extend(more);
    mcp(agent, fields)
}

#[test]
fn every_answer_is_a_status_and_a_response_that_go_together() {
    let server = Server::plain();
    let yes = || Value { kind: Some(Kind::BoolValue(true)) };
    let replies = [
        http("/cart?x=1"),
        http("/admin"),
        http("/odd"),
        http("/team"),
        with(http("/big"), |attributes| http_of(attributes).size = 7),
        with(http("/big"), |attributes| http_of(attributes).size = 70),
        http("/big"),
        CheckRequest::default(),
        with(http("/cart"), |attributes| {
            drop(attributes.context_extensions.insert("entry".into(), "nobody".into()))
        }),
        call("a1", "list", vec![]),
        call("a1", "delete_repo", vec![]),
        call("frosty", "list", vec![]),
        call("stranger", "list", vec![]),
        call("a1", "list", vec![("is_exceeding_limit", yes())]),
        call("a1", "list", vec![("status", text("mcp_partial"))]),
        mcp("a1", vec![("method", text("tools/list"))]),
        mcp("a1", vec![("method", text("tools/destroy"))]),
        mcp("a1", vec![]),
    ]
    .map(|request| shown(&check(&server, request)));
    insta::assert_snapshot!(replies.join("\n"), @r#"
    0 ok 200 x-decision-id x-policy-revision x-fact-watermark
    7 denied 403 blocked by policy; decision ID
    0 ok 200 x-decision-id x-policy-revision x-fact-watermark x-decision-alert
    13 error 503 no decision could be made; decision ID
    0 ok 200 x-decision-id x-policy-revision x-fact-watermark
    7 denied 403 blocked by policy; decision ID
    13 error 503 no decision could be made; decision ID
    13 error 503 no decision could be made; decision ID
    13 error 503 no decision could be made; decision ID
    0 ok 200 x-decision-id x-policy-revision x-fact-watermark
    7 denied 403 blocked by policy; decision ID
    7 denied 403 blocked by policy; decision ID
    13 error 503 no decision could be made; decision ID
    13 error 503 no decision could be made; decision ID
    13 error 503 no decision could be made; decision ID
    0 ok 200 x-decision-id x-policy-revision x-fact-watermark
    7 denied 403 blocked by policy; decision ID
    13 error 503 no decision could be made; decision ID
    "#);
}

#[test]
fn fields_of_a_call_and_of_headers_in_either_form() {
    let config = format!(
        "{PLAIN}\n[entry.repos]\nrequest = \"ToolCall\"\nfields.repo = \"{{mcp.params.arguments.repo}}\"\n\
         [entry.teams]\nrequest = \"HttpRequest\"\nfields.team = \"{{http.headers.x-team}}\"\n"
    );
    let server = Server::of(&config);
    let repo = |repo: f64| {
        let params =
            nested(vec![("name", text("read_repo")), ("arguments", nested(vec![("repo", number(repo))]))]);
        shown(&check(&server, mcp("a1", vec![("method", text("tools/call")), ("params", params)])))
    };
    let merged = with(http("/team"), |attributes| {
        drop(http_of(attributes).headers.insert("x-team".into(), "red".into()))
    });
    let raw = with(http("/team"), |attributes| {
        let header = HeaderValue { key: "X-Team".into(), value: String::new(), raw_value: b"red".to_vec() };
        http_of(attributes).header_map = Some(HeaderMap { headers: vec![header] });
    });
    let shown = [
        repo(7.0),
        repo(8.0),
        repo(9_007_199_254_740_993.0),
        shown(&check(&server, merged)),
        shown(&check(&server, raw)),
    ];
    insta::assert_snapshot!(shown.join("\n"), @r#"
    7 denied 403 blocked by policy; decision ID
    0 ok 200 x-decision-id x-policy-revision x-fact-watermark
    13 error 503 no decision could be made; decision ID
    7 denied 403 blocked by policy; decision ID
    7 denied 403 blocked by policy; decision ID
    "#);
}

#[test]
fn what_is_told_is_ours_and_nothing_that_a_client_sent() {
    let server = Server::plain();
    let canary = "canary-5d41402abc4b2a76";
    let request = with(http(&format!("/admin?token={canary}")), |attributes| {
        let http = http_of(attributes);
        http.headers.insert("authorization".into(), format!("Bearer {canary}"));
        http.headers.insert("cookie".into(), canary.into());
        http.body = format!("{{\"password\": \"{canary}\"}}");
    });
    let reply = format!("{:?}", check(&server, request));
    assert!(reply.contains("blocked by policy") && !reply.contains(canary), "{reply}");
}
