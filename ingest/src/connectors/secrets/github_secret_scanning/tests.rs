use super::*;
use crate::testing::{context, fact, facts, samples, show};

fn read_text(input: &str) -> Output {
    GithubSecretScanning.ingest(input.as_bytes(), "alerts.json", &context()).unwrap()
}

#[test]
fn alerts_as_facts() {
    insta::assert_snapshot!(show(&read_text(include_str!(
        "../../../../fixtures/github-secret-scanning/alerts.json"
    ))));
}

#[test]
fn what_people_said_and_what_the_trial_showed_are_both_kept() {
    let output = read_text(include_str!("../../../../fixtures/github-secret-scanning/alerts.json"));
    let sighting = facts(&output, "Sighting").remove(1);
    assert_eq!(sighting["resolution"], "false_positive");
    let secret = fact(&output, "Secret", sighting["secret"].as_str().unwrap());
    assert_eq!(secret["validity"], "active");
    assert_eq!(secret.get("status"), None, "that somebody calls it revoked is no status");
}

#[test]
fn pages_in_a_list_are_read_and_unknown_words_are_rejects() {
    insta::assert_snapshot!(show(&read_text(include_str!(
        "../../../../fixtures/github-secret-scanning/pages_odd.json"
    ))));
}

#[test]
fn a_webhook_tells_of_one_alert_and_proves_nothing() {
    insta::assert_snapshot!(show(&read_text(include_str!(
        "../../../../fixtures/github-secret-scanning/webhook.json"
    ))));
}

#[test]
fn a_list_as_long_as_a_page_may_be_cut() {
    let one = r#"{"number": 1, "state": "open", "secret_type": "x", "secret": "correct-horse-battery", "html_url": "https://github.com/a/b/security/secret-scanning/1"}"#;
    for (count, whole) in [(29, true), (30, false), (31, true), (100, false)] {
        let output = read_text(&format!("[{}]", vec![one; count].join(",")));
        assert!(show(&output).contains(&format!(r#""complete":{whole}"#)), "{count}");
    }
}

#[test]
fn no_alerts_in_a_named_repository_is_a_clean_run() {
    let mut context = context();
    context.repo = Some("https://github.com/northwind-robotics/arm".to_owned());
    let output = GithubSecretScanning.ingest(b"[]", "", &context).unwrap();
    assert!(show(&output).contains(r#""complete":true"#));
}

#[test]
fn the_real_ones_are_read() {
    for (path, bytes) in samples("github_secret_scanning", &[".json"]) {
        let output = GithubSecretScanning.ingest(&bytes, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!facts(&output, "Sighting").is_empty(), "{}", path.display());
    }
}
