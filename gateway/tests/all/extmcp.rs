//! agentgateway's ExtMcp, asked by a client of our own.

use std::collections::BTreeMap;

use assize_gateway::proto::ext_mcp::ext_mcp_client::ExtMcpClient;
use assize_gateway::proto::ext_mcp::mcp_request_result::Result as Outcome;
use assize_gateway::proto::ext_mcp::{McpRequest, McpResponse};
use prost_types::value::Kind;
use prost_types::{Struct, Value};

use crate::support::{Server, alike};

fn context(entries: &[(&str, &str)]) -> Option<Struct> {
    let value = |text: &str| Value { kind: Some(Kind::StringValue(text.to_owned())) };
    let fields: BTreeMap<String, Value> =
        entries.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect();
    Some(Struct { fields })
}

#[test]
fn calls_pass_are_denied_or_fail() {
    let server = Server::plain();
    let ask = |method: &str, agent: &str, params: Option<&str>| {
        let request = McpRequest {
            service_names: Vec::new(),
            method: method.to_owned(),
            metadata_context: context(&[("sub", "sasha"), ("client_id", agent)]),
            mcp_request: params.map(|params| params.as_bytes().to_vec()),
        };
        server.block_on(async {
            let mut client = ExtMcpClient::connect(format!("http://{}", server.tcp())).await.unwrap();
            match client.check_request(request).await {
                Err(status) => format!("{:?}: {}", status.code(), alike(status.message())),
                Ok(reply) => match reply.into_inner().result {
                    Some(Outcome::Pass(_)) => "pass".to_owned(),
                    Some(Outcome::Error(error)) => format!("{:?}: {}", error.code(), alike(&error.reason)),
                    other => format!("{other:?}"),
                },
            }
        })
    };
    // Integers stay what they are: this one is told from its neighbours.
    let big = r#"{"name": "read_repo", "arguments": {"repo": 9007199254740993}}"#;
    let shown = [
        ask("tools/call", "a1", Some(r#"{"name": "list", "arguments": {}}"#)),
        ask("tools/call", "a1", Some(r#"{"name": "delete_repo"}"#)),
        ask("tools/call", "stranger", Some(r#"{"name": "list"}"#)),
        ask("tools/call", "a1", Some(big)),
        ask("tools/call", "a1", Some("{")),
        ask("tools/call", "a1", Some(r#"{"name": "list", "name": "delete_repo"}"#)),
        ask("tools/call", "a1", Some("{}")),
        ask("tools/call", "a1", None),
        ask("tools/list", "a1", None),
        ask("ping", "a1", None),
        ask("notifications/initialized", "a1", None),
        ask("resources/read", "a1", Some(r#"{"uri": "file:///x"}"#)),
        ask("tools/destroy", "a1", None),
    ];
    insta::assert_snapshot!(shown.join("\n"), @r#"
    pass
    PermissionDenied: blocked by policy; decision ID
    Unavailable: no decision could be made; decision ID
    Unavailable: no decision could be made; decision ID
    InvalidArgument: no decision could be made; decision ID
    InvalidArgument: no decision could be made; decision ID
    InvalidArgument: no decision could be made; decision ID
    InvalidArgument: no decision could be made; decision ID
    pass
    pass
    pass
    Unavailable: no decision could be made; decision ID
    PermissionDenied: blocked by policy; decision ID
    "#);
}

#[test]
fn what_comes_back_is_left_alone() {
    let server = Server::plain();
    let passed = server.block_on(async {
        let mut client = ExtMcpClient::connect(format!("http://{}", server.tcp())).await.unwrap();
        client.check_response(McpResponse::default()).await.unwrap().into_inner().result.is_some()
    });
    assert!(passed);
}
