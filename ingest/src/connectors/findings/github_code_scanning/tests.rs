use super::*;
use crate::testing::{context, fact, facts, samples, show};

fn read(input: &str) -> Output {
    GithubCodeScanning.ingest(input.as_bytes(), "alerts.json", &context()).unwrap()
}

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../fixtures/github-code-scanning/", $name))
    };
}

#[test]
fn an_organisations_alerts_as_facts() {
    insta::assert_snapshot!(show(&read(fixture!("organisation.json"))));
}

#[test]
fn what_is_odd_is_rejected() {
    insta::assert_snapshot!(show(&read(fixture!("odd.json"))));
}

#[test]
fn a_webhook_tells_of_one_alert() {
    insta::assert_snapshot!(show(&read(fixture!("webhook.json"))));
}

#[test]
fn who_dismisses_an_alert_says_why() {
    let output = read(fixture!("organisation.json"));
    for (alert, status) in [
        ("/arm#code-scanning/1", "open"),
        ("/arm#code-scanning/2", "false_positive"),
        ("/arm#code-scanning/3", "suppressed"),
        ("/arm#code-scanning/4", "resolved"),
    ] {
        assert_eq!(fact(&output, "Finding", alert)["status"], status, "{alert}");
    }
}

#[test]
fn a_list_proves_no_absence() {
    for input in [fixture!("organisation.json"), "[]"] {
        let shown = show(&read(input));
        assert!(!shown.contains("\"run\":") && shown.contains("proves no absence"), "{shown}");
    }
}

#[test]
fn the_real_ones_are_read() {
    for (path, bytes) in samples("github_webhooks", &["code_scanning_alert_created.payload.json"]) {
        let output = GithubCodeScanning.ingest(&bytes, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert_eq!(facts(&output, "Finding").len(), 1);
    }
}
