use super::*;
use crate::testing::{context, fact, facts, samples, show};

fn in_organisation() -> Context {
    let mut context = context();
    context.account = Some("Northwind-Robotics".to_owned());
    context
}

fn read_text(input: &str) -> Output {
    Github.ingest(input.as_bytes(), "github.json", &in_organisation()).unwrap()
}

#[test]
fn installations_as_facts() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/github/installations.json"))));
}

#[test]
fn tokens_as_facts() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/github/tokens.json"))));
}

#[test]
fn deploy_keys_as_facts() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/github/deploy_keys.json"))));
}

#[test]
fn webhooks_tell_what_became_of_one() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/github/webhooks.jsonl"))));
}

#[test]
fn a_private_key_that_was_found_is_the_deploy_key_that_it_opens() {
    let key = include_str!("../../../../fixtures/keys/unused_ed25519");
    let leak =
        serde_json::json!([{"RuleID": "private-key", "Secret": key, "File": "keys/id", "StartLine": 1}]);
    let leaked = crate::connectors::secrets::gitleaks::Gitleaks
        .ingest(leak.to_string().as_bytes(), "", &context())
        .unwrap();
    let opened = read_text(include_str!("../../../../fixtures/github/deploy_keys.json"));
    let found = facts(&leaked, "Sighting")[0]["secret"].as_str().unwrap().to_owned();
    assert_eq!(fact(&opened, "Secret", &found)["identity"], "github:deploy-key/100");
}

#[test]
fn what_is_odd_is_rejected() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/github/odd.json"))));
}

#[test]
fn the_real_webhooks_are_read() {
    for (path, bytes) in samples(
        "github_webhooks",
        &[
            "deploy_key_created.payload.json",
            "installation_created.payload.json",
            "installation_new_permissions_accepted.payload.json",
            "installation_suspend.payload.json",
        ],
    ) {
        let output = Github.ingest(&bytes, "", &in_organisation()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!facts(&output, "Grant").is_empty(), "{}", path.display());
    }
}

/// An answer inside of test data of another project.
#[test]
fn the_real_tokens_are_read() {
    for (path, bytes) in samples("github_pat", &["personal_access_tokens.json"]) {
        let data: Value = serde_json::from_slice(&bytes).unwrap();
        let answer = data["FINE_GRAINED_PERSONAL_ACCESS_TOKENS"].to_string();
        let output = Github.ingest(answer.as_bytes(), "", &in_organisation()).unwrap();
        assert_eq!((output.rejects.len(), facts(&output, "Secret").len()), (0, 2), "{}", path.display());
    }
}
