//! A credential that comes in, wherever, does not come out: in no answer, log, metric or page.

use http::Method;

use crate::server::{Estate, Server, TOKEN, read};

const POLICIES: &str = r#"
package shop
entity Key { key id: string  idle: duration  value: sensitive<string>? } closed
request Use { key id: string  of: Key  header: string? }
policy idle { for k: Key decide { k.idle > 90d => alert high because "idle for {k.idle}" } }
policy used { for u: Use decide { u.of.idle > 90d => block u because "idle" unknown => block u because "{missing}" } }
"#;

/// Put together here, so that no scanner takes it for one.
fn canary() -> String {
    ["ghp_", "CANARY0000", "abcdefghij", "KLMNOPQRST", "uvwx12"].concat()
}

fn read_page(server: &Server, path: &str) -> String {
    String::from_utf8_lossy(server.get(path).body()).into_owned()
}

#[test]
fn no_credential_comes_out() {
    let canary = canary();
    let followed = "[facts]\nquiet = \"20ms\"\n[[facts.source]]\nname = \"scans\"\npath = \"scans/*\"\n";
    let more = format!("[log]\nto = \"decisions.log\"\n[ui]\nenabled = true\n{followed}");
    let estate = Estate::new(POLICIES, &more);
    // In files that are followed: lines that do not fit, a report that a scanner never wrote, and no text at all.
    std::fs::create_dir(estate.path("scans")).unwrap();
    for (name, text) in [
        (
            "broken.ndjson",
            format!(
                "{{\"Key\": {{\"id\": \"{canary}\", \"idle\": \"{canary}\"}}, \"source\": {{\"tool\": \"t\"}}, \"observed_at\": \"{canary}\"}}\n{canary}\n"
            ),
        ),
        ("odd.json", format!("{{\"matches\": [\"{canary}\"], \"{canary}\": {{}}}}")),
        ("half.json", format!("[{{\"token\": \"{canary}")),
    ] {
        std::fs::write(estate.path("scans").join(name), text).unwrap();
    }
    let server = estate.start();
    let key = |id: &str, idle: &str, more: &str| {
        format!(
            "{{\"Key\": {{\"id\": \"{id}\", \"idle\": \"{idle}\"{more}}}, \"source\": {{\"tool\": \"t\"}}, \"observed_at\": \"2026-06-01T00:00:00Z\"}}\n"
        )
    };
    let value = format!(", \"value\": \"{canary}\"");
    let mut seen = Vec::new();
    let refused = || read_page(&server, "/metrics").contains("\nassize_files_unreadable 0\n");
    while refused() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    // As a value that the schema marks, as one that does not fit, in a line that is broken.
    for lines in [
        key("a", "100d", &value),
        key("b", &canary, ""),
        format!("{{\"Key\": {{\"id\": \"{canary}\n"),
        key("c", "1d", &format!(", \"nothing_like_it\": \"{canary}\"")),
    ] {
        let (status, body) = server.facts("feed=ci", &lines);
        assert_eq!(status, 200, "{body}");
        seen.push(("facts", body.to_string()));
    }
    // As a name, a key, a header, a part of an address, a token that is none.
    let bearer = format!("Bearer {TOKEN}");
    for (path, header) in [
        (format!("/v1/facts?feed={canary} x"), ("x-nothing", canary.as_str())),
        ("/v1/facts".to_owned(), ("idempotency-key", canary.as_str())),
        (format!("/v1/decisions/{canary}/explanation"), ("last-event-id", canary.as_str())),
        ("/v1/decisions/stream".to_owned(), ("last-event-id", canary.as_str())),
    ] {
        let path = path.replace(' ', "%20");
        let method = if path.starts_with("/v1/facts") { Method::POST } else { Method::GET };
        let answer = server.send(method, &path, &[("authorization", &bearer), header], "");
        seen.push(("refused", String::from_utf8_lossy(answer.body()).into_owned()));
    }
    // As an attribute of what is asked: it is logged, masked.
    let asked = format!(
        r#"{{"input": {{"id": "u", "of": "a", "header": "Bearer {canary}", "access_token": "{canary}"}}}}"#
    );
    let answer = server.send(Method::POST, "/v1/data/Use", &[("content-type", "application/json")], &asked);
    seen.push(("asked", String::from_utf8_lossy(answer.body()).into_owned()));
    let wrong = format!("Bearer {canary}");
    let refused = server.send(Method::POST, "/v1/facts", &[("authorization", &wrong)], &key("d", "1d", ""));
    assert_eq!(refused.status().as_u16(), 401);
    seen.push(("unauthorised", String::from_utf8_lossy(refused.body()).into_owned()));
    for path in [
        "/metrics",
        "/v1/server",
        "/v1/decisions",
        "/v1/coverage",
        "/v1/facts",
        "/health/ready",
        "/ui/",
        "/ui/page.js",
    ] {
        seen.push(("read", String::from_utf8_lossy(server.get(path).body()).into_owned()));
    }
    let decision = server.json("/v1/decisions")["decisions"][0]["id"].as_str().unwrap().to_owned();
    seen.push(("why", server.json(&format!("/v1/decisions/{decision}/explanation")).to_string()));
    seen.extend(server.changes(0, 1).iter().map(|event| ("stream", event.to_string())));
    let said = server.said();
    for _ in 0..500 {
        if read(&estate.path("decisions.log")).contains("hmac:") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    drop(server);
    assert!(read(&estate.path("decisions.log")).contains("hmac:"), "what was asked is in the log, masked");
    seen.push(("said", said));
    seen.push(("log", read(&estate.path("decisions.log"))));
    for (what, text) in &seen {
        assert!(!text.contains(&canary) && !text.contains(TOKEN), "{what}: {text}");
    }
}
