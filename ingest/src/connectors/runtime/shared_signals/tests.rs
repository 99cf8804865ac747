use serde_json::{Value, json};

use super::*;
use crate::testing::{context, fact, facts, samples, show, survives_damage};

const TOKENS: &[u8] = include_bytes!("../../../../fixtures/shared-signals/tokens.jsonl");
const POLL: &[u8] = include_bytes!("../../../../fixtures/shared-signals/poll.json");
const OLDER: &[u8] = include_bytes!("../../../../fixtures/shared-signals/older_drafts.json");
const ISSUER: &str = "https://id.northwind.example/";
/// 2026-06-01T08:00:00Z.
const START: i64 = 1_780_300_800;

fn read(input: &[u8]) -> Output {
    SharedSignals.ingest(input, "tokens.json", &context()).unwrap()
}

/// A token of an event, so many seconds after the start.
fn token(id: &str, second: i64, profile: &str, kind: &str, subject: Value, event: Value) -> Value {
    let name = format!("https://schemas.openid.net/secevent/{profile}/event-type/{kind}");
    json!({"iss": ISSUER, "jti": id, "iat": START.saturating_add(second), "sub_id": subject, "events": {name: event}})
}

fn tokens(tokens: &[Value]) -> Output {
    read(json!(tokens).to_string().as_bytes())
}

fn user() -> Value {
    json!({"format": "iss_sub", "iss": ISSUER, "sub": "svc"})
}

fn coverage(output: &Output) -> Vec<String> {
    let second = |it: &Value, name: &str| {
        let at: Instant = it[name].as_str().unwrap().parse().unwrap();
        (at.0 / 1_000_000).saturating_sub(START)
    };
    let show = |it: &Value| format!("{} {}-{}", it["hole"], second(it, "from"), second(it, "until"));
    facts(output, "Coverage").iter().map(show).collect()
}

#[test]
fn the_fixtures_as_facts() {
    insta::assert_snapshot!("tokens", show(&read(TOKENS)));
    insta::assert_snapshot!("poll", show(&read(POLL)));
    insta::assert_snapshot!("older_drafts", show(&read(OLDER)));
}

#[test]
fn reasons_and_claims_are_never_kept() {
    for input in [TOKENS, POLL, OLDER] {
        assert!(!show(&read(input)).contains("canary"));
    }
}

#[test]
fn a_subject_is_named_as_the_other_connectors_name_it() {
    for (subject, identity, secret) in [
        (user(), json!("oidc:id.northwind.example#svc"), Value::Null),
        (json!({"format": "email", "email": "a@b.example"}), json!("a@b.example"), Value::Null),
        (json!({"format": "account", "uri": "acct:a@b.example"}), json!("a@b.example"), Value::Null),
        (json!({"format": "uri", "uri": "spiffe://td/a"}), json!("spiffe://td/a"), Value::Null),
        (json!({"format": "did", "url": "did:example:1"}), json!("did:example:1"), Value::Null),
        (json!({"format": "opaque", "id": "s1"}), Value::Null, json!("session:id.northwind.example#s1")),
        (json!({"format": "jwt_id", "iss": "https://x/", "jti": "t1"}), Value::Null, json!("jwt:x#t1")),
        (
            json!({"format": "saml_assertion_id", "issuer": "https://x", "assertion_id": "_1"}),
            Value::Null,
            json!("saml:x#_1"),
        ),
        (
            json!({"format": "complex", "session": {"format": "opaque", "id": "s1"}, "user": user()}),
            json!("oidc:id.northwind.example#svc"),
            json!("session:id.northwind.example#s1"),
        ),
    ] {
        let output = tokens(&[token("1", 0, "caep", "session-revoked", subject.clone(), json!({}))]);
        let event = &facts(&output, "SecurityEvent")[0];
        let named = |name: &str| event.get(name).cloned().unwrap_or_default();
        assert_eq!((named("identity"), named("secret")), (identity, secret), "{subject}");
    }
    for subject in [
        json!({"format": "aura"}),
        json!({"format": "aliases", "identifiers": [{"format": "aliases", "identifiers": []}]}),
        json!({"format": "complex", "user": {"format": "complex"}}),
        json!({"format": "complex", "spirit": {"format": "opaque", "id": "x"}}),
    ] {
        let output = tokens(&[token("1", 0, "caep", "session-revoked", subject.clone(), json!({}))]);
        assert_eq!(output.rejects.len(), 1, "{subject}");
    }
}

#[test]
fn a_session_that_was_revoked_is_over_and_so_is_a_certificate() {
    let output = read(TOKENS);
    let session = fact(&output, "Secret", "#sess-41");
    assert_eq!(
        (&session["status"], &session["ended_at"]),
        (&json!("revoked"), &json!("2026-06-01T08:01:00Z"))
    );
    let told: Vec<Value> =
        facts(&output, "Secret").into_iter().filter(|it| it["kind"] == "certificate").collect();
    assert_eq!(told[0]["created_at"], "2026-06-01T08:02:00Z");
    assert_eq!(told[1]["status"], "revoked");
    assert_eq!(told[0]["id"], told[1]["id"], "whatever the case of its serial number");
}

#[test]
fn of_a_whole_user_no_single_session_is_said_to_be_over() {
    let output = tokens(&[token("1", 0, "caep", "session-revoked", user(), json!({}))]);
    assert_eq!((facts(&output, "SecurityEvent").len(), facts(&output, "Secret").len()), (1, 0));
}

#[test]
fn an_accounts_end_is_its_identitys() {
    for (kind, status) in
        [("account-disabled", "disabled"), ("account-enabled", "enabled"), ("account-purged", "deleted")]
    {
        let output = tokens(&[token("1", 0, "risc", kind, user(), json!({}))]);
        assert_eq!(facts(&output, "Identity")[0]["status"], status);
    }
}

#[test]
fn a_word_that_nobody_knows_is_a_reject() {
    let change = |more: Value| token("1", 0, "caep", "credential-change", user(), more);
    for token in [
        change(json!({"change_type": "polish"})),
        change(json!({"initiating_entity": "ghost"})),
        token("1", 0, "caep", "risk-level-change", user(), json!({"current_level": "EXTREME"})),
        token("1", 0, "caep", "mood-change", user(), json!({})),
        token("1", 0, "ssf", "stream-updated", user(), json!({"status": "asleep"})),
    ] {
        assert_eq!(tokens(std::slice::from_ref(&token)).rejects.len(), 1, "{token}");
    }
}

#[test]
fn a_stream_is_watched_from_its_first_verification_to_its_last_and_not_while_it_is_paused() {
    let own = |id: &str, second, kind: &str, more| token(id, second, "ssf", kind, Value::Null, more);
    let output = tokens(&[
        own("1", 0, "verification", json!({})),
        own("2", 100, "stream-updated", json!({"status": "paused"})),
        own("3", 200, "stream-updated", json!({"status": "enabled"})),
        own("4", 1_000, "verification", json!({})),
    ]);
    assert_eq!(coverage(&output), ["false 0-1000", "true 100-200"]);
    let silent = tokens(&[token("1", 0, "caep", "session-revoked", user(), json!({}))]);
    assert_eq!((coverage(&silent).len(), silent.notes.len()), (0, 1));
    assert_eq!(coverage(&read(TOKENS)), ["false 0-7200", "true 5000-5600"]);
}

#[test]
fn a_time_in_milliseconds_is_one_of_an_older_draft() {
    let at = json!({"event_timestamp": (START + 5) * 1_000});
    let output = tokens(&[token("1", 0, "caep", "session-revoked", user(), at)]);
    assert_eq!(facts(&output, "SecurityEvent")[0]["at"], "2026-06-01T08:00:05Z");
}

#[test]
fn damage_is_an_error_or_a_reject() {
    for input in [TOKENS, POLL, OLDER] {
        survives_damage(&SharedSignals, input);
    }
}

#[test]
fn the_examples_of_the_specification_are_read() {
    for (path, bytes) in samples("caep", &[".json"]) {
        let output = read(&bytes);
        // Two of the examples are fragments of an event.
        assert_eq!(output.rejects.len(), 2, "{}: {:?}", path.display(), output.rejects);
        // Of the thirteen others some have one id and agree: the same event in more words.
        assert_eq!(facts(&output, "SecurityEvent").len(), 10, "{}", path.display());
    }
}
