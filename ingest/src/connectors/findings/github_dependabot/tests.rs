use super::*;
use crate::testing::{context, fact, facts, samples, show};

fn read(input: &str) -> Output {
    GithubDependabot.ingest(input.as_bytes(), "alerts.json", &context()).unwrap()
}

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../fixtures/github-dependabot/", $name))
    };
}

#[test]
fn an_organisations_alerts_as_facts() {
    insta::assert_snapshot!(show(&read(fixture!("organisation.json"))));
}

#[test]
fn what_is_odd_is_rejected() {
    insta::assert_snapshot!(show(&read(fixture!("repository_odd.json"))));
}

#[test]
fn webhooks_tell_of_one_alert_each_and_prove_nothing() {
    insta::assert_snapshot!(show(&read(fixture!("webhook.json"))));
    insta::assert_snapshot!(show(&read(fixture!("webhook_before_2022.json"))));
}

#[test]
fn who_dismisses_an_alert_says_why() {
    let output = read(fixture!("organisation.json"));
    for (alert, status) in [
        ("arm#dependabot/1", "open"),
        ("arm#dependabot/2", "false_positive"),
        ("arm#dependabot/3", "suppressed"),
        ("website#dependabot/1", "resolved"),
        ("website#dependabot/2", "suppressed"),
    ] {
        assert_eq!(fact(&output, "Finding", alert)["status"], status, "{alert}");
    }
}

#[test]
fn a_score_of_nought_without_a_vector_is_none() {
    let output = read(fixture!("organisation.json"));
    assert_eq!(fact(&output, "Vulnerability", "GHSA-5555-6666-7777").get("cvss"), None);
}

#[test]
fn no_alerts_in_a_named_repository_is_a_clean_run_unless_a_page_may_be_missing() {
    let mut context = context();
    context.repo = Some("https://github.com/northwind-robotics/arm".to_owned());
    let of = |input: &str| show(&GithubDependabot.ingest(input.as_bytes(), "", &context).unwrap());
    assert_eq!(of("[]").matches(r#""complete":true"#).count(), 1);
    let one =
        serde_json::from_str::<serde_json::Value>(fixture!("webhook.json")).unwrap()["alert"].to_string();
    let page = format!("[{}]", vec![one; 30].join(","));
    assert_eq!(of(&page).matches(r#""complete":false"#).count(), 1);
    assert!(!of("[]").contains("malware"), "nobody says that it is looked for");
}

#[test]
fn the_real_ones_are_read() {
    for ending in
        ["dependabot_alert_created.payload.json", "repository_vulnerability_alert_create.payload.json"]
    {
        for (path, bytes) in samples("github_webhooks", &[ending]) {
            let output = GithubDependabot.ingest(&bytes, "", &context()).unwrap();
            assert_eq!(output.rejects, [], "{}", path.display());
            assert_eq!(facts(&output, "Finding").len(), 1, "{}", path.display());
        }
    }
}
