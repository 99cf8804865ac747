//! Real gateways before a real server: Envoy, nginx and Caddy, with the configurations of `docs/gateways/`.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use assize_gateway::proto::ext_authz::authorization_server::{Authorization, AuthorizationServer};
use assize_gateway::proto::ext_authz::check_response::HttpResponse;
use assize_gateway::proto::ext_authz::{
    CheckRequest, CheckResponse, DeniedHttpResponse, HttpStatus, OkHttpResponse, Status as Said,
};
use tonic::{Request, Response, Status};

use crate::support::{PLAIN, Reply, Server, exchange, program};

/// A program that ends with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An address where nobody listens.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A service behind a gateway: answers with the head of what it was asked.
fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    address
}

fn answer(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::from("upstream\n");
    while let Ok(length) = reader.read_line(&mut head) {
        if length <= 2 {
            break;
        }
    }
    let reply =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{head}", head.len());
    let _ = stream.write_all(reply.as_bytes());
}

/// The block of a guide whose first line names this file.
fn guide(page: &str, file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/gateways").join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let named = format!("# {file}\n");
    let blocks = text.split("```").skip(1).step_by(2);
    let bodies = blocks.filter_map(|block| block.split_once('\n').map(|(_, body)| body));
    bodies.filter(|body| body.starts_with(&named)).map(str::to_owned).next().unwrap()
}

/// The guide's addresses, replaced by those of a test.
struct Places {
    gateway: SocketAddr,
    upstream: SocketAddr,
    pdp: SocketAddr,
}

impl Places {
    fn new(pdp: SocketAddr) -> Self {
        Self { gateway: free(), upstream: upstream(), pdp }
    }

    fn set(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (port, address) in [(10_000, self.gateway), (9_000, self.upstream), (8_181, self.pdp)] {
            out = out.replace(&format!("127.0.0.1:{port}"), &address.to_string());
            out = out.replace(&format!("http://:{port}"), &format!("http://:{}", address.port()));
            let (from, to) = (format!("port_value: {port}"), format!("port_value: {}", address.port()));
            out = out.replace(&from, &to);
        }
        out
    }

    fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send("GET", path, headers, "")
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut stream = TcpStream::connect(self.gateway).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        exchange(&mut stream, method, path, headers, body)
    }

    /// Runs a gateway until it listens.
    fn run(&self, command: &mut Command) -> Running {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let running = Running(child);
        for _ in 0..600 {
            if TcpStream::connect(self.gateway).is_ok() {
                return running;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the gateway does not listen");
    }
}

/// Status, and whether the service behind the gateway answered.
fn seen(reply: &Reply) -> (u16, bool) {
    (reply.status, reply.body.starts_with("upstream"))
}

#[test]
fn nginx() {
    if !program("nginx") {
        return;
    }
    let server = Server::plain();
    let run = |places: &Places, folder: &Path| {
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {name};\n"))
            .concat();
        let text = places.set(&guide("nginx.md", "nginx.conf"));
        let text = text.replace("http {", &format!("http {{\naccess_log off;\n{temporary}"));
        std::fs::write(folder.join("nginx.conf"), text).unwrap();
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder).args(["-e", "error.log", "-c", "nginx.conf"]);
        places.run(command.args(["-g", "daemon off; master_process off; pid nginx.pid;"]))
    };
    let folder = tempfile::tempdir().unwrap();
    let places = Places::new(server.tcp());
    let running = run(&places, folder.path());
    let allowed = places.ask("/cart?x=1", &[]);
    assert_eq!(seen(&allowed), (200, true));
    assert!(allowed.body.to_ascii_lowercase().contains("x-decision-id: "), "{}", allowed.body);
    for (path, headers, wanted) in [
        ("/admin", &[][..], (403, false)),
        ("/team", &[], (500, false)),
        ("/admin", &[("X-Forwarded-Uri", "/cart"), ("X-Forwarded-Method", "GET")], (403, false)),
        ("/admin", &[("X-Original-URI", "/cart"), ("X-Original-Method", "GET")], (403, false)),
        ("/cart", &[("X-Original-URI", "/admin")], (200, true)),
    ] {
        assert_eq!(seen(&places.ask(path, headers)), wanted, "{path} {headers:?}");
    }
    drop(running);
    let folder = tempfile::tempdir().unwrap();
    let alone = Places::new(free());
    let _running = run(&alone, folder.path());
    assert_eq!(seen(&alone.ask("/cart", &[])), (500, false), "nobody answers");
}

#[test]
fn caddy() {
    if !program("caddy") {
        return;
    }
    let server = Server::plain();
    let run = |places: &Places, folder: &Path| {
        std::fs::write(folder.join("Caddyfile"), places.set(&guide("caddy.md", "Caddyfile"))).unwrap();
        let mut command = Command::new("caddy");
        command.args(["run", "--config", "Caddyfile", "--adapter", "caddyfile"]).current_dir(folder);
        places.run(command.env("HOME", folder))
    };
    let folder = tempfile::tempdir().unwrap();
    let places = Places::new(server.tcp());
    let _running = run(&places, folder.path());
    let allowed = places.ask("/cart?x=1", &[]);
    assert_eq!(seen(&allowed), (200, true));
    assert!(allowed.body.to_ascii_lowercase().contains("x-decision-id: "), "{}", allowed.body);
    let blocked = places.ask("/admin", &[]);
    assert!(blocked.body.starts_with("blocked by policy; decision "), "{}", blocked.body);
    for (path, headers, wanted) in [
        ("/admin", &[][..], (403, false)),
        ("/team", &[], (500, false)),
        ("/admin", &[("X-Original-URI", "/cart"), ("X-Original-Method", "GET")], (403, false)),
        ("/admin", &[("X-Forwarded-Uri", "/cart"), ("X-Forwarded-Method", "GET")], (403, false)),
    ] {
        assert_eq!(seen(&places.ask(path, headers)), wanted, "{path} {headers:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let alone = Places::new(free());
    let _running = run(&alone, folder.path());
    assert_eq!(seen(&alone.ask("/cart", &[])), (502, false), "nobody answers");
}

fn envoy(places: &Places, folder: &Path, fails_open: bool) -> Running {
    let text = places.set(&guide("envoy.md", "envoy.yaml"));
    let text = text.replace("failure_mode_allow: false", &format!("failure_mode_allow: {fails_open}"));
    std::fs::write(folder.join("envoy.yaml"), text).unwrap();
    let mut command = Command::new("envoy");
    command.args(["-c", "envoy.yaml", "--use-dynamic-base-id", "--concurrency", "1"]);
    places.run(command.args(["--log-level", "off"]).current_dir(folder))
}

#[test]
fn envoy_does_what_was_answered_in_both_modes() {
    if !program("envoy") {
        return;
    }
    let server = Server::of(&format!(
        "{PLAIN}\n[entry.repos]\nrequest = \"ToolCall\"\nfields.agent = \"a1\"\n\
         fields.repo = \"{{mcp.params.arguments.repo}}\"\n"
    ));
    for fails_open in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::new(server.tcp());
        let _running = envoy(&places, folder.path(), fails_open);
        let open = if fails_open { (200, true) } else { (503, false) };
        let canary = [("Authorization", "Bearer canary-canary-canary")];
        let allowed = places.ask("/cart?x=1", &canary);
        assert_eq!(seen(&allowed), (200, true));
        assert!(allowed.body.contains("x-decision-id: "), "{}", allowed.body);
        let blocked = places.ask("/admin", &canary);
        assert_eq!(seen(&blocked), (403, false));
        assert!(blocked.body.starts_with("blocked by policy; decision "), "{}", blocked.body);
        let undetermined = places.ask("/team", &canary);
        assert_eq!(seen(&undetermined), open, "fails open: {fails_open}");
        if !fails_open {
            assert!(undetermined.body.starts_with("no decision could be made; decision "));
        }
        // Calls of tools, by what Envoy's MCP filter makes of them.
        let call = |params: &str| {
            let body =
                format!(r#"{{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {params}}}"#);
            let headers =
                [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")];
            seen(&places.send("POST", "/mcp", &headers, &body))
        };
        assert_eq!(call(r#"{"name": "list", "arguments": {"repo": 1}}"#), (200, true));
        assert_eq!(call(r#"{"name": "delete_repo", "arguments": {"repo": 1}}"#), (403, false));
        assert_eq!(call(r#"{"name": "read_repo", "arguments": {"repo": 7}}"#), (403, false));
        // A double stands for this integer and for its neighbour: which of them it is, is not known.
        assert_eq!(call(r#"{"name": "read_repo", "arguments": {"repo": 9007199254740993}}"#), open);
        let long =
            format!(r#"{{"name": "list", "arguments": {{"repo": 1, "x": "{}"}}}}"#, "x".repeat(20_000));
        assert_ne!(call(&long), (403, false));
    }
}

/// Answers what the path says, for what no answer of ours can be.
struct Scripted;

#[tonic::async_trait]
impl Authorization for Scripted {
    async fn check(&self, request: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        let path = request.into_inner().attributes.unwrap().request.unwrap().http.unwrap().path;
        let said = |code: tonic::Code| Some(Said { code: code.into(), message: String::new() });
        let refused = |code| DeniedHttpResponse {
            status: Some(HttpStatus { code }),
            headers: Vec::new(),
            body: "ours".into(),
        };
        let (status, http_response) = match path.as_str() {
            "/ok" => (said(tonic::Code::Ok), Some(HttpResponse::OkResponse(OkHttpResponse::default()))),
            "/denied" => {
                (said(tonic::Code::PermissionDenied), Some(HttpResponse::DeniedResponse(refused(403))))
            }
            "/bare" => (said(tonic::Code::PermissionDenied), None),
            "/error" => (said(tonic::Code::Internal), Some(HttpResponse::ErrorResponse(refused(503)))),
            "/status" => return Err(Status::internal("no")),
            "/slow" => {
                tokio::time::sleep(Duration::from_secs(2)).await;
                (said(tonic::Code::Ok), None)
            }
            "/empty" => (None, None),
            "/contradiction" => (said(tonic::Code::Ok), Some(HttpResponse::DeniedResponse(refused(403)))),
            other => return Err(Status::not_found(other)),
        };
        Ok(Response::new(CheckResponse { status, http_response, dynamic_metadata: None }))
    }
}

/// Nine replies in two modes: what Envoy makes of each is why our answers go where they go. The two that let
/// pass what nobody allowed, an empty one and a denial whose status is OK, cannot be made of an answer.
#[test]
fn what_envoy_makes_of_nine_replies() {
    if !program("envoy") {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let pdp = free();
    let service = tonic::transport::Server::builder().add_service(AuthorizationServer::new(Scripted));
    runtime.spawn(service.serve(pdp));
    for fails_open in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::new(pdp);
        let _running = envoy(&places, folder.path(), fails_open);
        let open = if fails_open { (200, true) } else { (503, false) };
        for (path, wanted) in [
            ("/ok", (200, true)),
            ("/denied", (403, false)),
            ("/bare", (403, false)),
            ("/error", open),
            ("/status", open),
            ("/slow", open),
            ("/empty", (200, true)),
            ("/contradiction", (200, true)),
        ] {
            assert_eq!(seen(&places.ask(path, &[])), wanted, "{path}, fails open: {fails_open}");
        }
        let alone = Places::new(free());
        let folder = tempfile::tempdir().unwrap();
        let _running = envoy(&alone, folder.path(), fails_open);
        assert_eq!(seen(&alone.ask("/ok", &[])), open, "nobody there, fails open: {fails_open}");
    }
}
