//! An event that was seen and could not be read is a use that nobody can rule out.

use assize::Engine;

const POLICY: &str = "nhi.lifecycle.idle_static_secret";

/// What is decided on an idle key in a watched account, after one more line.
fn decided(engine: &Engine, line: &str) -> String {
    let tail = r#""source": {"tool": "aws"}, "observed_at": "2026-06-01T12:00:00Z""#;
    let facts = [
        r#"{"Secret": {"id": "k", "static": true, "status": "active", "identity": "ci", "account": "a",
            "created_at": "2025-01-01T00:00:00Z", "ended_at": null}, TAIL}"#,
        r#"{"Identity": {"id": "ci", "name": "ci", "account": "a"}, TAIL}"#,
        r#"{"Secret": {"id": "other", "account": "b"}, TAIL}"#,
        r#"{"Coverage": {"id": "c", "signal": "cloud_mgmt", "scope": "a", "from": "2026-01-01T00:00:00Z",
            "until": "2026-06-01T12:00:00Z"}, TAIL}"#,
        r#"{"Coverage": {"id": "d", "signal": "cloud_data", "scope": "a", "from": "2026-01-01T00:00:00Z",
            "until": "2026-06-01T12:00:00Z"}, TAIL}"#,
        line,
    ];
    let mut loader = engine.loader();
    for (number, line) in (1..).zip(facts) {
        loader.line("facts.ndjson", number, &line.replace('\n', " ").replace("TAIL", tail));
    }
    let snapshot = loader.finish();
    assert!(!snapshot.rejects().is_empty());
    let evaluation = engine.evaluate(&snapshot, "2026-06-01T12:00:00Z".parse().unwrap());
    let about = |it: &&assize::Decision| {
        it.policy == POLICY && serde_json::to_string(&it.anchor).unwrap().contains("\"k\"")
    };
    let decision = evaluation.decisions.iter().find(about).unwrap();
    decision.because.split(':').next().unwrap().to_owned()
}

#[test]
fn a_refused_event_is_a_hole_where_and_when_it_was() {
    let engine = Engine::builder().stdlib().build().unwrap();
    for (fields, because) in [
        // Another account's, and one before the window.
        (r#""secret": "other", "at": "2026-05-25T00:00:00Z""#, "not used in 45d; created 2025-01-01T00"),
        (r#""secret": "k", "at": "2026-02-01T00:00:00Z""#, "not used in 45d; created 2025-01-01T00"),
        (r#""secret": "k", "at": "2026-05-25T00:00:00Z""#, "cannot tell whether it may be revoked"),
        // Nobody can say whose it was, or when.
        (r#""at": "2026-05-25T00:00:00Z""#, "cannot tell whether it may be revoked"),
        (r#""secret": "nobody", "at": "2026-05-25T00:00:00Z""#, "cannot tell whether it may be revoked"),
        (r#""secret": "k", "at": "yesterday""#, "cannot tell whether it may be revoked"),
    ] {
        let line = format!(r#"{{"SecretUse": {{"id": 7, {fields}}}, TAIL}}"#);
        assert_eq!(decided(&engine, &line), because, "{fields}");
    }
}
