//! Decisions as spans, at a collector.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::support::{PLAIN, Server};

/// A collector that answers everything with 200, and gives on what it was sent.
fn collector() -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            loop {
                let (mut head, mut line) = (String::new(), String::new());
                while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
                    head.push_str(&line);
                    line.clear();
                }
                let length =
                    head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
                let Some(length) = length else { break };
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
                if tell.send((head, serde_json::from_slice(&body).unwrap())).is_err() {
                    return;
                }
            }
        }
    });
    (url, told)
}

fn attribute<'a>(span: &'a Value, name: &str) -> &'a str {
    let all = span["attributes"].as_array().unwrap();
    let one = all.iter().find(|one| one["key"] == name).unwrap();
    one["value"]["stringValue"].as_str().unwrap()
}

#[test]
fn a_decision_is_a_span_of_the_trace_that_asks() {
    let (url, told) = collector();
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "collector-collector-collector\n").unwrap();
    let place = token.display();
    let config = format!(
        "{PLAIN}\n[trace]\nurl = \"{url}\"\ntoken = {{ file = \"{place}\" }}\nshare = 0.0\nname = \"edge\"\n"
    );
    let mut server = Server::of(&config);
    let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let canary = ["ghp_", "CANARY0000", "abcdefghij", "KLMNOPQRST", "uvwx12"].concat();
    let ask = |uri: &str, parent: &str| {
        let headers = [("X-Forwarded-Uri", uri), ("traceparent", parent), ("authorization", &canary)];
        server.send("GET", "/v1/authz", &headers, "").header("x-decision-id").unwrap_or_default().to_owned()
    };
    let kept = ask("/admin", &format!("00-{trace}-{span}-01"));
    let open = ask("/team", &format!("00-{trace}-{span}-01"));
    // Not sampled, no trace at all with a share of nought, and a trace that is none.
    for parent in [&format!("00-{trace}-{span}-00"), "", &canary] {
        ask("/cart", parent);
    }
    server.end();
    let mut spans = Vec::new();
    while let Ok((head, body)) = told.recv_timeout(Duration::from_millis(200)) {
        assert!(head.contains("authorization: Bearer collector-collector-collector"), "{head}");
        assert!(!body.to_string().contains(&canary), "{body}");
        let resource = &body["resourceSpans"][0];
        assert_eq!(resource["resource"]["attributes"][0]["value"]["stringValue"], "edge");
        spans.extend(resource["scopeSpans"][0]["spans"].as_array().unwrap().iter().cloned());
    }
    assert_eq!(spans.len(), 2, "{spans:?}");
    for (one, id, outcome, status) in [(&spans[0], &kept, "block", 0), (&spans[1], &open, "undetermined", 2)]
    {
        assert_eq!((one["traceId"].as_str(), one["parentSpanId"].as_str()), (Some(trace), Some(span)));
        assert_eq!(
            (attribute(one, "assize.decision_id"), attribute(one, "assize.outcome")),
            (id.as_str(), outcome)
        );
        assert_eq!(
            (one["name"].as_str(), one["status"]["code"].as_i64()),
            (Some("decide HttpRequest"), Some(status))
        );
        let nanos = |name: &str| one[name].as_str().unwrap().parse::<i64>().unwrap();
        assert!(nanos("startTimeUnixNano") <= nanos("endTimeUnixNano"));
        assert_eq!(one["spanId"].as_str().unwrap().len(), 16);
    }
    assert_ne!(spans[0]["spanId"], spans[1]["spanId"]);
}
