use serde_json::{Value, json};

use super::*;
use crate::testing::{context, fact, facts, show, survives_damage};

const GRAPH: &[u8] = include_bytes!("../../../../fixtures/entra-sign-ins/graph.json");
const EXPORTED: &[u8] = include_bytes!("../../../../fixtures/entra-sign-ins/exported.jsonl");
const PAGE: &[u8] = include_bytes!("../../../../fixtures/entra-sign-ins/first_page.json");

fn read(input: &[u8]) -> Output {
    let mut context = context();
    context.account = Some("7e000000-0000-4000-8000-0000000000ff".to_owned());
    EntraSignIns.ingest(input, "sign-ins.json", &context).unwrap()
}

/// A sign-in of a service principal, with other fields.
fn sign_in(id: &str, at: &str, more: Value) -> Value {
    let mut value = json!({
        "id": id, "createdDateTime": at, "appId": "A1", "servicePrincipalId": "S1",
        "servicePrincipalCredentialKeyId": "K1", "signInEventTypes": ["servicePrincipal"],
        "status": {"errorCode": 0},
    });
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    value
}

fn page(sign_ins: &[Value]) -> Output {
    read(json!({ "value": sign_ins }).to_string().as_bytes())
}

#[test]
fn the_fixtures_as_facts() {
    insta::assert_snapshot!("graph", show(&read(GRAPH)));
    insta::assert_snapshot!("exported", show(&read(EXPORTED)));
    insta::assert_snapshot!("first_page", show(&read(PAGE)));
}

#[test]
fn the_key_of_the_credential_is_the_one_that_the_directory_lists() {
    let used = fact(&read(GRAPH), "SecretUse", "0001");
    assert_eq!(used["secret"], "entra-key:cc000001-0000-4000-8000-00000000000c");
    let federated = fact(&read(PAGE), "SignIn", "0001");
    assert!(federated.get("secret").is_none(), "a federated token is no credential of the directory's");
}

#[test]
fn an_expired_secret_is_refused_and_a_directory_that_cannot_answer_is_an_error() {
    for (code, outcome) in [(0, "success"), (7_000_222, "denied"), (7_000_215, "denied"), (90_033, "error")] {
        let output = page(&[sign_in("a", "2026-06-01T08:00:00Z", json!({"status": {"errorCode": code}}))]);
        let reason = if code == 0 { Value::Null } else { json!(code.to_string()) };
        let told = &facts(&output, "SignIn")[0];
        assert_eq!((&told["outcome"], &told["reason"]), (&json!(outcome), &reason));
        assert_eq!(facts(&output, "SecretUse")[0]["outcome"], outcome);
    }
}

#[test]
fn each_kind_of_identity_has_a_log_of_its_own() {
    let at = |hour: u32| format!("2026-06-01T0{hour}:00:00Z");
    let output = page(&[
        sign_in("a", &at(1), json!({})),
        sign_in("b", &at(2), json!({"signInEventTypes": ["managedIdentity"]})),
        sign_in("c", &at(3), json!({})),
        sign_in("d", &at(4), json!({"signInEventTypes": ["managedIdentity"]})),
        sign_in("e", &at(5), json!({"signInEventTypes": ["nonInteractiveUser"]})),
    ]);
    let told: Vec<String> = facts(&output, "Coverage")
        .iter()
        .map(|it| format!("{} {} {}", it["scope"], it["from"], it["until"]).replace('"', ""))
        .collect();
    let tenant = "7e000000-0000-4000-8000-0000000000ff";
    let expected = [
        format!("{tenant}/app {} {}", at(1), at(3)),
        format!("{tenant}/managed_identity {} {}", at(2), at(4)),
        format!("{tenant}/service_principal {} {}", at(1), at(3)),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_kind_that_nobody_knows_is_a_reject_and_a_hole() {
    let output = page(&[
        sign_in("a", "2026-06-01T08:00:00Z", json!({})),
        sign_in("b", "2026-06-01T08:30:00Z", json!({"signInEventTypes": ["robot"]})),
        sign_in("c", "2026-06-01T09:00:00Z", json!({})),
    ]);
    assert_eq!(output.rejects.len(), 1);
    let holes = facts(&output, "Coverage").into_iter().filter(|it| it["hole"] == true);
    let holes: Vec<_> = holes.map(|it| it["from"].clone()).collect();
    assert_eq!(holes, ["2026-06-01T08:30:00Z", "2026-06-01T08:30:00Z"]);
}

#[test]
fn an_id_of_nought_is_nobody() {
    let nobody = json!({"servicePrincipalId": "00000000-0000-0000-0000-000000000000"});
    let output = page(&[sign_in("a", "2026-06-01T08:00:00Z", nobody)]);
    let told = &facts(&output, "SignIn")[0];
    assert_eq!(told["identity"], "entra:7e000000-0000-4000-8000-0000000000ff/a1");
}

#[test]
fn without_a_tenant_it_asks_for_one() {
    let input = json!({"value": [sign_in("a", "2026-06-01T08:00:00Z", json!({}))]}).to_string();
    let mut context = context();
    context.account = None;
    let error = EntraSignIns.ingest(input.as_bytes(), "x", &context).unwrap_err().to_string();
    assert!(error.contains("`--account`"), "{error}");
}

#[test]
fn damage_is_an_error_or_a_reject() {
    for input in [GRAPH, EXPORTED, PAGE] {
        survives_damage(&EntraSignIns, input);
    }
}
