//! Malformed, huge, slow and hostile requests, on every endpoint.

use std::io::Write;
use std::time::Instant;

use assize_gateway::proto::ext_authz::CheckRequest;
use assize_gateway::proto::ext_authz::authorization_client::AuthorizationClient;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use prost::Message as _;

use crate::support::{PLAIN, Server, read};

/// Every endpoint that takes a body.
const ENDPOINTS: [&str; 9] = [
    "/access/v1/evaluation",
    "/access/v1/evaluations",
    "/access/v1/search/subject",
    "/access/v1/search/resource",
    "/access/v1/search/action",
    "/v1/data/ToolCall",
    "/v0/data/ToolCall",
    "/v1/admission",
    "/beta/litellm_basic_guardrail_api",
];

#[test]
fn what_is_sent_wrong_is_refused_everywhere_and_never_allowed() {
    let server = Server::plain();
    let deep = "[".repeat(50_000);
    let wide = format!("{{{}\"z\": 1}}", (0..20_000).map(|at| format!("\"k{at}\": 1,")).collect::<String>());
    let invalid = "{\"subject\": \"\u{0}\", \"input\": {\"tool\": \"\u{202e}\\ud800\"}}";
    for path in ENDPOINTS {
        for body in ["{", "null", "7", "\"x\"", "{\"a\": 1, \"a\": 2}", "{} {}", &deep, invalid] {
            let reply = server.post(path, body);
            assert!(
                reply.starts_with("400 ") || reply.starts_with("500 "),
                "{path} {}: {reply}",
                body.chars().take(40).collect::<String>()
            );
        }
        let reply = server.post(path, &wide);
        assert!(
            !reply.contains("\"decision\":true")
                && !reply.contains("\"allowed\":true")
                && !reply.contains("NONE"),
            "{path}: {reply}"
        );
        let long = "x".repeat((1 << 20) + 1);
        assert!(server.post(path, &long).starts_with("413 "), "{path}");
    }
    assert!(server.send("GET", "/health", &[], "").shown().starts_with("200"));
}

/// A proxy that is told a wrong path must not take the answer for an allow.
#[test]
fn where_nobody_answers_nobody_allows() {
    let server = Server::plain();
    for path in
        ["/", "/v1/auth", "/v1/authz/", "/v2/data/ToolCall", "/access/v1/evaluate", "/v1/authz/nobody"]
    {
        for method in ["GET", "POST", "HEAD", "OPTIONS", "DELETE"] {
            let reply = server.send(method, path, &[("X-Forwarded-Uri", "/cart")], "");
            assert!([404, 405, 500].contains(&reply.status), "{method} {path}: {}", reply.status);
        }
    }
    for path in ENDPOINTS {
        assert!(
            [400, 405].contains(&server.send("GET", path, &[], "").status) || path.starts_with("/v1/data"),
            "{path}"
        );
    }
}

#[test]
fn a_body_that_says_no_length_is_cut_off_as_well() {
    let server = Server::plain();
    let mut stream = server.connect();
    stream
        .write_all(b"POST /v1/data/ToolCall HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        .unwrap();
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
    for _ in 0..64 {
        if stream.write_all(&chunk).is_err() {
            break;
        }
    }
    assert_eq!(read(&mut stream).status, 413);
}

#[test]
fn whoever_is_slow_is_let_go() {
    let server = Server::of(&format!("{PLAIN}\n[limits]\nhead_time = \"300ms\"\nrequest_time = \"400ms\"\n"));
    for (sent, status) in [
        // Nothing, half a preface, half a head: nobody waits for the rest.
        ("", 0),
        ("P", 0),
        ("GET /health HTTP/1.1\r\nHost: x\r\n", 0),
        // A body that does not come.
        (
            "POST /v1/data/ToolCall HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{",
            503,
        ),
    ] {
        let begun = Instant::now();
        let mut stream = server.connect();
        stream.write_all(sent.as_bytes()).unwrap();
        let reply = read(&mut stream);
        assert!([status, 408].contains(&reply.status), "{sent:?}: {}", reply.status);
        assert!(begun.elapsed().as_secs() < 15, "{sent:?}");
    }
    assert!(server.send("GET", "/health", &[], "").shown().starts_with("200"));
}

#[test]
fn a_head_without_end_is_refused() {
    let server = Server::plain();
    let long = "x".repeat(200_000);
    let reply = server.send("GET", "/v1/authz", &[("X-Forwarded-Uri", &long)], "");
    assert!([431, 400, 0].contains(&reply.status), "{}", reply.status);
    let many: Vec<(String, &str)> = (0..500).map(|at| (format!("X-H{at}"), "v")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let reply = server.send("GET", "/v1/authz", &many, "");
    assert!([431, 400, 0].contains(&reply.status), "{}", reply.status);
}

#[test]
fn too_many_at_once_are_refused_at_once() {
    let server = Server::of(&format!("{PLAIN}\n[limits]\nrequests = 1\n"));
    let mut held = server.connect();
    held.write_all(b"POST /v1/data/ToolCall HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n").unwrap();
    let refused = (0..50).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        let reply = server.send("POST", "/v1/data/ToolCall", &[], "{}");
        reply.status == 503 && reply.header("retry-after") == Some("1")
    });
    assert!(refused);
    assert!(
        server.send("GET", "/health", &[], "").shown().starts_with("200"),
        "whether it is well can be seen"
    );
}

/// One call over HTTP/2 with a body of any bytes: the HTTP status, and the gRPC status where there is one.
fn grpc(server: &Server, path: &str, body: Vec<u8>) -> (u16, Option<String>) {
    server.block_on(async {
        let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        let request = http::Request::post(format!("http://{}{path}", server.tcp()))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        let answer = match client.request(request).await {
            Ok(answer) => answer,
            Err(_) => return (0, None),
        };
        let (head, body) = answer.into_parts();
        let text = |headers: &http::HeaderMap| {
            headers.get("grpc-status").map(|status| status.to_str().unwrap().to_owned())
        };
        let trailers = body.collect().await.ok().and_then(|body| body.trailers().and_then(text));
        (head.status.as_u16(), text(&head.headers).or(trailers))
    })
}

/// A message as it stands on the wire, with a length that may not be its own.
fn framed(length: u32, packed: u8, message: &[u8]) -> Vec<u8> {
    [&[packed], length.to_be_bytes().as_slice(), message].concat()
}

#[test]
fn calls_that_are_none_get_no_answer_that_could_be_an_allow() {
    let server = Server::of(&format!("{PLAIN}\n[limits]\nrequest_time = \"600ms\"\n"));
    // Every field is one within the field before: no parser may follow that for ever.
    let deep = (0..20_000_u32).fold(Vec::new(), |inner: Vec<u8>, _| {
        if inner.len() > 60_000 {
            return inner;
        }
        let mut out = vec![0x0a];
        let mut length = inner.len();
        while length >= 0x80 {
            out.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            length >>= 7;
        }
        out.push(u8::try_from(length).unwrap());
        [out, inner].concat()
    });
    let long = vec![0x7f; (1 << 20) + 64];
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap();
    for path in
        ["/envoy.service.auth.v3.Authorization/Check", "/agentgateway.dev.ext_mcp.ExtMcp/CheckRequest"]
    {
        for body in [
            Vec::new(),
            vec![0],
            framed(0xffff_ffff, 0, b"x"),
            framed(9, 0, b"short"),
            framed(4, 1, b"\x0a\x02hi"),
            framed(4, 7, b"\x0a\x02hi"),
            framed(5, 0, b"\xff\xff\xff\xff\xff"),
            framed(4, 0, b"\x0a\x7fhi"),
            framed(length(&long), 0, &long),
        ] {
            let shown = body.iter().take(12).copied().collect::<Vec<u8>>();
            let (status, said) = grpc(&server, path, body);
            assert!(
                said.as_deref() != Some("0") && (status != 200 || said.is_some()),
                "{path} {shown:?}: {status} {said:?}"
            );
        }
    }
    // What lies too deep comes to an end. Envoy's message skips it, and what is left is looked at below.
    let (status, said) =
        grpc(&server, "/envoy.service.auth.v3.Authorization/Check", framed(length(&deep), 0, &deep));
    assert!(status != 200 || said.is_some(), "{status} {said:?}");
    let (_, said) =
        grpc(&server, "/agentgateway.dev.ext_mcp.ExtMcp/CheckRequest", framed(length(&deep), 0, &deep));
    assert!(said.is_some_and(|said| said != "0"));
    // A message without anything in it is one, and so is one of which all is skipped; they are asked about nothing, and
    // so they are not allowed.
    for message in [CheckRequest::default(), CheckRequest::decode(deep.as_slice()).unwrap()] {
        let answer = server.block_on(async {
            let client = AuthorizationClient::connect(format!("http://{}", server.tcp())).await;
            client.unwrap().check(message).await.unwrap().into_inner()
        });
        assert_eq!(answer.status.unwrap().code, 13);
    }
    assert_eq!(
        grpc(&server, "/envoy.service.auth.v3.Authorization/Allow", framed(0, 0, b"")).1.as_deref(),
        Some("12")
    );
    assert!(server.send("GET", "/health", &[], "").shown().starts_with("200"));
}

/// What gateways tell of a request, in headers: contradictions, control characters, other people's names.
#[test]
fn hostile_headers_are_no_allow_for_what_is_shut() {
    let server = Server::plain();
    let long = format!("/admin{}", "/..".repeat(2_000));
    for headers in [
        &[("X-Forwarded-Uri", "/admin"), ("X-Forwarded-Uri", "/cart")][..],
        &[("X-Forwarded-Uri", "/cart"), ("X-Original-URI", "/admin")],
        &[("X-Forwarded-Uri", "/admin?x=/cart#/cart")],
        &[("X-Forwarded-Uri", long.as_str())],
        &[("X-Forwarded-Uri", "/admin"), ("X-Forwarded-For", "127.0.0.1, \u{7f}")],
        &[("X-Forwarded-Uri", "")],
        &[("X-Forwarded-Method", "GET")],
        &[],
    ] {
        let reply = server.send("GET", "/v1/authz", headers, "");
        assert!([0, 400, 403, 500].contains(&reply.status), "{headers:.80?}: {}", reply.status);
    }
}

#[test]
fn who_has_to_say_who_he_is() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("readers");
    std::fs::write(&tokens, "canary-canary-canary\n").unwrap();
    // Not loopback's usual address, but loopback still: only `open` makes the difference here.
    let config = format!("{PLAIN}\n[auth]\nreaders = {:?}\n", tokens.display().to_string());
    let server = Server::of(&config);
    // On loopback asking is open; what writes is never.
    assert_eq!(server.send("GET", "/v1/status", &[], "").status, 200);
    let refused = assize_gateway::Config::parse(
        std::path::Path::new("gateway.toml"),
        &PLAIN.replace("127.0.0.1:0", "0.0.0.0:0"),
    );
    assert!(refused.unwrap_err().to_string().contains("is reached from other machines"));
}
