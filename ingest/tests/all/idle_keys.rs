//! From a cloud's own outputs alone the idle-key policy decides: each connector emits the coverage that
//! its input proves.

use std::sync::LazyLock;

use assize::{Decision, Engine};
use assize_ingest::ingest;
use serde_json::{Value, json};

use crate::inputs::context;

const POLICY: &str = "nhi.lifecycle.idle_static_secret";

/// What the policy decides from some outputs at 2026-06-01T12:00:00Z: the key and the outcomes.
fn decided(inputs: &[(&str, String)]) -> Vec<(String, String)> {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::builder().stdlib().build().unwrap());
    let engine = &*ENGINE;
    let mut loader = engine.loader();
    for (tool, text) in inputs {
        let output = ingest(tool, text.as_bytes(), tool, &context()).unwrap();
        for (number, line) in output.lines.into_iter().enumerate() {
            loader.add(tool, &number.to_string(), line);
        }
    }
    let evaluation = engine.evaluate(&loader.finish(), "2026-06-01T12:00:00Z".parse().unwrap());
    let outcomes = |decision: &Decision| {
        decision.outcomes.iter().map(|outcome| outcome.kind.word()).collect::<Vec<_>>().join(" ")
    };
    let ours = evaluation.decisions.iter().filter(|decision| decision.policy == POLICY);
    ours.map(|decision| (decision.anchor.keys().join(" "), outcomes(decision))).collect()
}

/// A credential report of one user whose key was made and last used then.
fn report(created: &str, used: &str) -> (&'static str, String) {
    let columns = "user,arn,user_creation_time,password_enabled,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_service";
    let row = format!(
        "ci,arn:aws:iam::111122223333:user/ci,2025-01-01T00:00:00+00:00,false,true,{created},{used},s3"
    );
    ("aws-credential-report", format!("{columns}\n{row}\n"))
}

/// A log of some calls.
fn log(events: &[Value]) -> (&'static str, String) {
    ("cloudtrail", json!({ "Records": events }).to_string())
}

fn call(id: &str, at: &str, key: &str, more: &Value) -> Value {
    let mut event = json!({
        "eventID": id, "eventTime": at, "eventSource": "iam.amazonaws.com", "eventName": "ListUsers",
        "recipientAccountId": "111122223333",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ci", "userName": "ci",
            "accountId": "111122223333", "accessKeyId": key},
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

/// The call that made the user's key.
fn made(at: &str, written: &str) -> Value {
    let key = json!({"accessKey": {"accessKeyId": "AKIAQEXAMPLE0000CIC1", "createDate": written, "userName": "ci"}});
    call(
        "made",
        at,
        "AKIAQEXAMPLE00000ADM",
        &json!({"eventName": "CreateAccessKey", "responseElements": key}),
    )
}

const SLOT: &str = "arn:aws:iam::111122223333:user/ci/key@2026-02-01T09:00:00Z";
const KEY: &str = "AKIAQEXAMPLE0000CIC1";

fn one(key: &str, outcomes: &str) -> Vec<(String, String)> {
    vec![(key.to_owned(), outcomes.to_owned())]
}

#[test]
fn the_credential_report_alone_decides() {
    let created = "2026-02-01T09:00:00+00:00";
    for (used, outcomes) in [
        ("N/A", "revoke"),
        ("2026-03-01T00:00:00+00:00", "revoke"),
        ("2026-05-31T00:00:00+00:00", "revoke alert"),
        ("no_information", "alert"),
    ] {
        assert_eq!(decided(&[report(created, used)]), one(SLOT, outcomes), "{used}");
    }
}

#[test]
fn a_key_that_the_log_has_seen_made_and_used_is_one_with_its_place_in_the_report() {
    let made = made("2026-02-01T09:00:00Z", "Feb 1, 2026 9:00:00 AM");
    let used = call("used", "2026-05-30T00:00:00Z", KEY, &json!({}));
    let report = report("2026-02-01T09:00:00+00:00", "N/A");
    let both = decided(&[report, log(&[made, used])]);
    assert_eq!(both, one(KEY, "revoke alert"), "old and in use, by the log");
}
