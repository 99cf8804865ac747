//! Policies and facts that change under a server, its sockets and its end.

use std::io::Write;
use std::os::unix::net::UnixStream;

use crate::support::{PLAIN, Server, exchange, fixtures};

/// A folder with policies and facts of its own, and the configuration that names them.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["shop.assize", "shop.ndjson"] {
        std::fs::copy(fixtures().join(name), folder.path().join(name)).unwrap();
    }
    folder
}

#[test]
fn policies_change_only_when_they_pass_their_own_tests() {
    let folder = folder();
    let server = Server::at(&folder.path().join("gateway.toml"), PLAIN);
    let policies = folder.path().join("shop.assize");
    let good = std::fs::read_to_string(&policies).unwrap();
    let ask = || server.send("GET", "/v1/authz", &[("X-Forwarded-Uri", "/shut")], "").status;
    assert_eq!(ask(), 200);
    let revision = server.keeper.point().standing().policies().revision().to_owned();

    std::fs::write(&policies, good.replace("\"/admin\"", "7")).unwrap();
    let error = server.keeper.reload().unwrap_err().to_string();
    assert!(error.starts_with("the policies do not compile"), "{error}");
    let test = "\ntest \"shut\" { now 2026-06-01T00:00:00Z given HttpRequest { id: \"h\", path: \"/shut\" } expect block \"h\" by http }\n";
    std::fs::write(&policies, format!("{good}{test}")).unwrap();
    let error = server.keeper.reload().unwrap_err().to_string();
    assert!(error.starts_with("1 of the policies' own tests failed"), "{error}");
    assert!(server.keeper.reload_status().error.unwrap().contains("`shut`"));
    let renamed = good
        .replace("AccessRequest", "OtherRequest")
        .replace("request Deploy", "request Deployed")
        .replace("deploy: Deploy", "deploy: Deployed");
    std::fs::write(&policies, renamed).unwrap();
    assert_eq!((ask(), server.keeper.point().standing().policies().revision()), (200, revision.as_str()));

    std::fs::write(&policies, format!("{}{test}", good.replace("\"/admin\"", "\"/shut\""))).unwrap();
    server.keeper.reload().unwrap();
    assert_eq!(ask(), 403);
    assert!(server.keeper.reload_status().error.is_none());
}

#[test]
fn facts_change_under_those_who_ask() {
    let server = Server::plain();
    let ask = || {
        let body = r#"{"input": {"agent": "a1", "tool": "list", "repo": 1, "on_behalf_of": null}}"#;
        let reply = server.send("POST", "/v1/data/ToolCall/allow", &[], body);
        (reply.status, reply.header("x-fact-watermark").unwrap_or_default().to_owned())
    };
    assert_eq!(ask(), (200, "0@2026-06-01T00:00:00Z".to_owned()));
    let frozen = r#"{"Agent": {"id": "a1", "frozen": true}, "source": {"tool": "test"}, "observed_at": "2026-06-01T00:00:00Z"}"#;
    let mut heard = server.keeper.listen();
    server.keeper.change(None, |writer| writer.line("test", 1, frozen));
    let reply = server.post("/v1/data/ToolCall/allow", r#"{"input": {"agent": "a1", "tool": "list"}}"#);
    assert_eq!(reply, r#"200 {"decision_id":"ID","result":false}"#);
    assert_eq!(ask().1, "1@2026-06-01T00:00:00Z");
    assert_eq!(heard.try_recv().unwrap().sequence, 1);
}

#[test]
fn unix_sockets_are_trusted_and_left_tidy() {
    let folder = folder();
    let config = format!("{PLAIN}\n[[listen]]\naddress = \"unix:gateway.sock\"\n");
    let socket = folder.path().join("gateway.sock");
    let mut server = Server::at(&folder.path().join("gateway.toml"), &config);
    let mut stream = UnixStream::connect(&socket).unwrap();
    let reply = exchange(&mut stream, "GET", "/v1/authz", &[("X-Forwarded-Uri", "/admin")], "");
    assert_eq!(reply.status, 403);
    server.end();
    assert!(!socket.exists());
}

#[test]
fn what_is_in_work_is_finished_when_the_server_ends() {
    let mut server = Server::plain();
    let body = r#"{"input": {"agent": "a1", "tool": "list"}}"#;
    let mut stream = server.connect();
    let head =
        format!("POST /v1/data/ToolCall/allow HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    // The head is there, the body is not: the request is in work.
    std::thread::sleep(std::time::Duration::from_millis(100));
    let late = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(200));
        stream.write_all(body.as_bytes()).unwrap();
        crate::support::read(&mut stream).status
    });
    server.end();
    assert_eq!(late.join().unwrap(), 200);
}
