//! AuthZEN's certification scenario, over TLS: all four levels, core and properties.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use serde_json::{Value, json};

use crate::support::{PLAIN, Reply, Server, exchange, program};

/// A certificate for this machine that lasts a day.
pub fn certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "1",
        ])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// A client over TLS.
pub fn tls(server: &Server, folder: &Path) -> impl Read + Write {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("cert.pem")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    rustls::StreamOwned::new(session, TcpStream::connect(server.tcp()).unwrap())
}

struct Harness {
    server: Server,
    folder: tempfile::TempDir,
}

impl Harness {
    fn new() -> Option<Self> {
        if !program("openssl") {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        certificate(folder.path());
        let at = |name: &str| folder.path().join(name).display().to_string();
        let config =
            format!("{PLAIN}tls.certificate = {:?}\ntls.key = {:?}\n", at("cert.pem"), at("key.pem"));
        Some(Self { server: Server::of(&config), folder })
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut stream = tls(&self.server, self.folder.path());
        exchange(&mut stream, method, path, headers, body)
    }

    fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, &[("Content-Type", "application/json")], &body.to_string())
    }

    /// 200, JSON, and what it says.
    fn ok(&self, path: &str, body: &Value) -> Value {
        let reply = self.post(path, body);
        assert_eq!(reply.status, 200, "{path} {body}: {}", reply.body);
        assert_eq!(reply.header("content-type"), Some("application/json"));
        reply.json()
    }

    fn decision(&self, body: &Value) -> bool {
        let json = self.ok("/access/v1/evaluation", body);
        assert!(json.get("context").is_none_or(Value::is_object));
        json["decision"].as_bool().unwrap()
    }

    fn decisions(&self, body: &Value) -> Vec<bool> {
        let json = self.ok("/access/v1/evaluations", body);
        json["evaluations"].as_array().unwrap().iter().map(|one| one["decision"].as_bool().unwrap()).collect()
    }

    fn bad(&self, path: &str, body: &Value) {
        let reply = self.post(path, body);
        assert_eq!(reply.status, 400, "{path} {body}: {}", reply.body);
    }

    fn found(&self, what: &str, body: &Value) -> Vec<Value> {
        let json = self.ok(&format!("/access/v1/search/{what}"), body);
        assert!(json["page"]["next_token"].is_string());
        json["results"].as_array().unwrap().clone()
    }
}

fn user(id: &str) -> Value {
    json!({"type": "user", "id": id})
}

fn action(name: &str) -> Value {
    json!({"name": name})
}

fn record(id: &str) -> Value {
    json!({"type": "record", "id": id})
}

fn archived(id: &str) -> Value {
    json!({"type": "record", "id": id, "properties": {"status": "archived"}})
}

fn admin() -> Value {
    json!({"type": "user", "id": "bob", "properties": {"role": "admin"}})
}

fn asked(subject: Value, action: Value, resource: Value) -> Value {
    json!({"subject": subject, "action": action, "resource": resource})
}

#[test]
fn basic() {
    let Some(harness) = Harness::new() else { return };
    let read = asked(user("alice"), action("read"), record("record-1"));
    for (body, decision) in [
        (read.clone(), true),
        (asked(user("alice"), action("write"), record("record-1")), true),
        (asked(user("bob"), action("read"), record("record-1")), true),
        (asked(user("bob"), action("write"), record("record-1")), false),
        (asked(user("alice"), action("write"), archived("record-2")), false),
        (asked(admin(), action("write"), archived("record-2")), true),
        (
            asked(user("alice"), json!({"name": "delete", "properties": {"soft": true}}), record("record-1")),
            true,
        ),
        (
            asked(
                user("alice"),
                json!({"name": "delete", "properties": {"soft": false}}),
                record("record-1"),
            ),
            false,
        ),
    ] {
        assert_eq!(harness.decision(&body), decision, "{body}");
    }
    let mut more = read.clone();
    more["context"] = json!({"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"});
    more["foo"] = json!("bar");
    more["futureField"] = json!({"nested": true});
    more["subject"]["properties"] = json!({"department": "Sales", "role": "manager"});
    more["action"]["properties"] = json!({"method": "GET"});
    more["resource"]["properties"] = json!({"status": "active", "owner": "bob"});
    assert!((0..3).all(|_| harness.decision(&more)), "the same request, the same decision");

    let path = "/access/v1/evaluation";
    for (part, member) in
        [("subject", "type"), ("subject", "id"), ("action", "name"), ("resource", "type"), ("resource", "id")]
    {
        let mut without = read.clone();
        without[part].as_object_mut().unwrap().remove(member);
        harness.bad(path, &without);
        let mut wrong = read.clone();
        wrong[part][member] = json!(123);
        harness.bad(path, &wrong);
        let mut gone = read.clone();
        gone.as_object_mut().unwrap().remove(part);
        harness.bad(path, &gone);
        let mut text = read.clone();
        text[part] = json!("alice");
        harness.bad(path, &text);
    }
    let text = read.to_string();
    let json = ("Content-Type", "application/json");
    for (headers, body) in [
        (&[("Content-Type", "text/plain")][..], text.as_str()),
        (&[], text.as_str()),
        (&[json], "{\"subject\": "),
        (&[json], ""),
    ] {
        assert_eq!(harness.send("POST", path, headers, body).status, 400);
    }
    let named = harness.send("POST", path, &[json, ("X-Request-ID", "r-77")], &text);
    assert_eq!((named.status, named.header("x-request-id")), (200, Some("r-77")));
    let wrong = harness.send("POST", path, &[json, ("X-Request-ID", "r-78")], "{");
    assert_eq!((wrong.status, wrong.header("x-request-id")), (400, Some("r-78")));
}

#[test]
fn batch() {
    let Some(harness) = Harness::new() else { return };
    let active = json!({"type": "record", "id": "record-1", "properties": {"status": "active"}});
    let two = harness.decisions(&json!({"subject": user("alice"), "action": action("read"),
        "evaluations": [{"resource": record("record-1")}, {"resource": record("record-2")}]}));
    assert_eq!(two.len(), 2);
    for (body, decisions) in [
        (
            json!({"subject": user("bob"), "resource": record("record-1"),
            "evaluations": [{"action": action("read")}, {"action": action("write")}]}),
            [true, false],
        ),
        (
            json!({"subject": user("alice"), "action": action("write"),
            "evaluations": [{"resource": active}, {"resource": archived("record-2")}]}),
            [true, false],
        ),
        (
            json!({"action": action("write"), "resource": archived("record-2"),
            "evaluations": [{"subject": user("alice")}, {"subject": admin()}]}),
            [false, true],
        ),
        (
            json!({"evaluations": [asked(user("alice"), action("read"), record("record-1")),
            asked(user("bob"), action("write"), record("record-1"))]}),
            [true, false],
        ),
        (
            json!({"subject": user("alice"), "action": action("write"), "resource": {"type": "record"},
            "evaluations": [{"resource": {"id": "record-1", "properties": {"status": "active"}}},
                {"resource": archived("record-2")}]}),
            [true, false],
        ),
        (
            json!({"subject": user("alice"), "action": action("read"),
            "evaluations": [{"resource": record("record-1")}, {}]}),
            [true, false],
        ),
    ] {
        assert_eq!(harness.decisions(&body), decisions, "{body}");
    }
    let inherited = harness.decisions(&json!({"subject": user("alice"), "action": action("read"),
        "context": {"time": "2025-06-27T18:03-07:00"}, "evaluations": [{"resource": record("record-1")},
            {"resource": record("record-2"), "context": {"source": "batch-override"}}]}));
    assert_eq!(inherited.len(), 2);
    let single = asked(user("alice"), action("read"), record("record-1"));
    let mut empty = single.clone();
    empty["evaluations"] = json!([]);
    for body in [single, empty] {
        assert_eq!(harness.ok("/access/v1/evaluations", &body)["decision"], json!(true));
    }
    harness.bad("/access/v1/evaluations", &json!({"evaluations": "x"}));
}

#[test]
fn search() {
    let Some(harness) = Harness::new() else { return };
    let ids = |found: &[Value]| -> Vec<String> {
        found
            .iter()
            .map(|one| format!("{} {}", one["type"].as_str().unwrap(), one["id"].as_str().unwrap()))
            .collect()
    };
    let names = |found: &[Value]| -> Vec<String> {
        found.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    let users = json!({"type": "user"});
    let records = json!({"type": "record"});
    let mut core = asked(users.clone(), action("read"), record("record-1"));
    assert_eq!(ids(&harness.found("subject", &core)), ["user alice", "user bob"]);
    core["context"] = json!({"ip": "192.168.1.1"});
    core["page"] = json!({"limit": 1});
    assert_eq!(ids(&harness.found("subject", &core)), ["user alice"]);
    let next = harness.ok("/access/v1/search/subject", &core)["page"]["next_token"].clone();
    core["page"] = json!({"token": next});
    assert_eq!(ids(&harness.found("subject", &core)), ["user bob"]);
    let writers = harness.found("subject", &asked(users, action("write"), archived("record-2")));
    assert_eq!(ids(&writers), ["user bob"]);
    let readable = harness.found("resource", &asked(user("alice"), action("read"), records.clone()));
    assert!(ids(&readable).contains(&"record record-1".to_owned()));
    let writable = harness.found("resource", &asked(admin(), action("write"), records.clone()));
    assert_eq!(ids(&writable), ["record record-2"]);
    let actions = harness.found("action", &json!({"subject": user("alice"), "resource": record("record-1")}));
    assert_eq!(names(&actions), ["read", "write"]);
    let body = json!({"subject": admin(), "resource": archived("record-2"), "context": {}});
    assert!(names(&harness.found("action", &body)).contains(&"write".to_owned()));
    let nobody = json!({"subject": user("nonexistent-user"), "resource": record("record-1")});
    assert!(harness.found("action", &nobody).is_empty());
    let ships = asked(json!({"type": "spaceship"}), action("read"), record("record-1"));
    assert!(harness.found("subject", &ships).is_empty());

    harness.bad(
        "/access/v1/search/subject",
        &json!({"subject": {"type": "user"}, "resource": record("record-1")}),
    );
    harness.bad("/access/v1/search/resource", &json!({"action": action("read"), "resource": records}));
    harness.bad("/access/v1/search/action", &json!({"subject": user("alice")}));
    harness.bad(
        "/access/v1/search/subject",
        &asked(json!({"type": "user"}), action("read"), json!({"type": "record"})),
    );
    harness.bad(
        "/access/v1/search/resource",
        &asked(json!({"type": "user"}), action("read"), json!({"type": "record"})),
    );
}

#[test]
fn discovery() {
    let Some(harness) = Harness::new() else { return };
    let reply = harness.send("GET", "/.well-known/authzen-configuration", &[], "");
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
    let json = reply.json();
    assert_eq!(json["policy_decision_point"], "https://pdp.test");
    let endpoints = json.as_object().unwrap().iter().filter(|(name, _)| name.ends_with("_endpoint"));
    let urls: Vec<&str> = endpoints.map(|(_, url)| url.as_str().unwrap()).collect();
    assert!(
        urls.len() == 5 && urls.iter().all(|url| url.starts_with("https://pdp.test/access/v1/")),
        "{urls:?}"
    );
}
