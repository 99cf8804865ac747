use super::*;
use crate::testing::{context, facts, show};

fn at_vault() -> Context {
    let mut context = context();
    context.account = Some("vault.northwind.example".to_owned());
    context
}

fn read_text(input: &str) -> Output {
    VaultAudit.ingest(input.as_bytes(), "audit.log", &at_vault()).unwrap()
}

#[test]
fn requests_and_their_answers_are_one_call() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/vault-audit/audit.jsonl"))));
}

#[test]
fn what_is_odd_is_rejected_and_is_a_hole() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/vault-audit/odd.jsonl"))));
}

#[test]
fn one_token_has_another_hash_on_another_device() {
    let token = |device: &str| {
        let mut context = at_vault();
        context.instance = Some(device.to_owned());
        let output = VaultAudit
            .ingest(include_bytes!("../../../../fixtures/vault-audit/audit.jsonl"), "", &context)
            .unwrap();
        facts(&output, "Secret")[0]["id"].clone()
    };
    assert_ne!(token("file"), token("syslog"));
    assert_eq!(token("file"), token("file"));
}

#[test]
fn what_a_device_lets_through_unhashed_stays_out() {
    let text = include_str!("../../../../fixtures/vault-audit/audit.jsonl")
        .replace("hmac-sha256:feed", "plain-accessor-feed");
    let said = show(&read_text(&text));
    assert!(
        !said.contains("not-a-real") && !said.contains("plain-accessor") && !said.contains("hmac-sha256")
    );
}

#[test]
fn where_reads_say_no_kind_of_mount_nothing_is_concluded_about_secrets() {
    let of = |fixture: &str| {
        let output = read_text(fixture);
        let watched = facts(&output, "Coverage").iter().any(|it| it["signal"] == "secret_access");
        (facts(&output, "SecretRead").len(), watched, output.notes.len())
    };
    let fixture = include_str!("../../../../fixtures/vault-audit/audit.jsonl");
    assert_eq!(of(fixture), (3, true, 0));
    assert_eq!(of(&fixture.replace("\"mount_type\": \"kv\", ", "")), (0, false, 1));
}
