use super::*;
use crate::testing::{context, fact, facts, samples, show, survives_damage};

const FIXTURE: &[u8] = include_bytes!("../../../../fixtures/aws-credential-report/report.csv");

fn read_text(csv: &str) -> Output {
    AwsCredentialReport.ingest(csv.as_bytes(), "report.csv", &context()).unwrap()
}

/// A report with one row, in the columns that are read.
fn row(active: &str, rotated: &str, used: &str) -> Output {
    read_text(&format!(
        "user,arn,user_creation_time,password_enabled,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_service\n\
         ci,arn:aws:iam::111122223333:user/ci,2026-01-01T00:00:00+00:00,false,{active},{rotated},{used},s3\n"
    ))
}

fn coverage(output: &Output) -> Option<(String, String)> {
    let found = facts(output, "Coverage").pop()?;
    Some((found["from"].as_str()?.to_owned(), found["until"].as_str()?.to_owned()))
}

#[test]
fn the_fixture_as_facts() {
    let output = AwsCredentialReport.ingest(FIXTURE, "report.csv", &context()).unwrap();
    insta::assert_snapshot!(show(&output));
}

#[test]
fn a_key_that_was_used_is_watched_since_the_use_was_recorded() {
    let output = row("true", "2026-02-01T00:00:00+00:00", "2026-05-01T10:00:00+00:00");
    let key = "arn:aws:iam::111122223333:user/ci/key@2026-02-01T00:00:00Z";
    assert_eq!(facts(&output, "SecretUse")[0]["secret"], key);
    assert_eq!(facts(&output, "SecretUse")[0]["at"], "2026-05-01T10:00:00Z");
    assert_eq!(
        coverage(&output).unwrap(),
        ("2026-05-01T10:15:00Z".to_owned(), "2026-06-01T12:00:00Z".to_owned())
    );
    assert_eq!(facts(&output, "Coverage")[0]["scope"], key);
}

#[test]
fn a_key_that_was_never_used_is_watched_since_it_was_made_but_not_beyond_the_tracking_period() {
    let young = row("true", "2026-02-01T00:00:00+00:00", "N/A");
    assert_eq!(coverage(&young).unwrap().0, "2026-02-01T00:00:00Z");
    let old = row("true", "2020-02-01T00:00:00+00:00", "N/A");
    assert_eq!(coverage(&old).unwrap().0, "2025-04-27T12:00:00Z");
    assert!(facts(&old, "SecretUse").is_empty());
}

#[test]
fn no_information_is_no_coverage() {
    let output = row("true", "2026-02-01T00:00:00+00:00", "no_information");
    assert_eq!(coverage(&output), None);
    assert_eq!(facts(&output, "Secret").len(), 1);
}

#[test]
fn an_empty_slot_is_no_secret_and_an_active_one_without_a_date_is_a_reject() {
    assert!(facts(&row("false", "N/A", "N/A"), "Secret").is_empty());
    let output = row("true", "N/A", "N/A");
    assert!(facts(&output, "Secret").is_empty());
    assert_eq!(output.rejects[0].field.as_deref(), Some("access_key_1_last_rotated"));
    assert!(matches!(output.lines.last(), Some(assize::facts::Line::Run(run)) if run.rejected == 1));
}

#[test]
fn only_a_user_without_password_and_with_an_active_key_is_known_to_be_nonhuman() {
    let machine = row("true", "2026-02-01T00:00:00+00:00", "N/A");
    assert_eq!(fact(&machine, "Identity", "ci")["nonhuman"], true);
    let idle = row("false", "2026-02-01T00:00:00+00:00", "N/A");
    assert!(fact(&idle, "Identity", "ci").get("nonhuman").is_none());
}

#[test]
fn two_keys_of_one_instant_cannot_be_told_apart() {
    let output = AwsCredentialReport.ingest(FIXTURE, "report.csv", &context()).unwrap();
    assert_eq!(output.rejects.iter().filter(|reject| reject.reason.contains("told apart")).count(), 2);
    assert!(facts(&output, "Secret").iter().all(|it| !it["id"].as_str().unwrap().contains("twins")));
}

#[test]
fn the_apis_answer_brings_its_own_time() {
    let csv = "user,arn,user_creation_time,access_key_1_active\n<root_account>,arn:aws:iam::111122223333:root,2019-03-04T10:00:00+00:00,false\n";
    let answer = "{\"Content\": \"dXNlcixhcm4sdXNlcl9jcmVhdGlvbl90aW1lLGFjY2Vzc19rZXlfMV9hY3RpdmUKPHJvb3RfYWNjb3VudD4sYXJuOmF3czppYW06OjExMTEyMjIyMzMzMzpyb290LDIwMTktMDMtMDRUMTA6MDA6MDArMDA6MDAsZmFsc2UK\", \"ReportFormat\": \"text/csv\", \"GeneratedTime\": \"2026-05-31T06:00:00+00:00\"}";
    let mut silent = context();
    silent.observed_at = None;
    let output = AwsCredentialReport.ingest(answer.as_bytes(), "a.json", &silent).unwrap();
    assert!(
        matches!(output.lines.last(), Some(assize::facts::Line::Run(run)) if run.until.to_string() == "2026-05-31T06:00:00Z")
    );
    let error = AwsCredentialReport.ingest(csv.as_bytes(), "a.csv", &silent).unwrap_err();
    insta::assert_snapshot!(error, @"the input does not say when the tool ran; give `--observed-at`");
    assert!(AwsCredentialReport.detect(&Head::new(answer.as_bytes(), "")));
    assert!(AwsCredentialReport.detect(&Head::new(FIXTURE, "")));
}

#[test]
fn what_is_no_report_is_refused() {
    let refuse =
        |text: &str| AwsCredentialReport.ingest(text.as_bytes(), "x", &context()).unwrap_err().to_string();
    insta::assert_snapshot!(refuse("a,b\n1,2\n"), @"this is not the output of `aws-credential-report`: its first line has no column `user`");
    insta::assert_snapshot!(refuse("user,arn,user_creation_time,access_key_1_active\n"), @"this is not the output of `aws-credential-report`: there is no row under its first line; even an account without users has a root");
    insta::assert_snapshot!(refuse("{\"Content\": \"!\"}"), @"this is not the output of `aws-credential-report`: `Content` is not base64; it may have been cut off");
}

#[test]
fn damage_never_panics() {
    survives_damage(&AwsCredentialReport, FIXTURE);
}

#[test]
fn every_real_report_loads_whole() {
    for (path, bytes) in samples("aws_credential_report", &[".csv"]) {
        let output = AwsCredentialReport.ingest(&bytes, "sample", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(facts(&output, "Secret").len() >= 5, "{}", path.display());
        let text = String::from_utf8(bytes).unwrap();
        let arns: std::collections::HashSet<_> =
            text.lines().skip(1).map(|line| line.split(',').nth(1)).collect();
        assert_eq!(facts(&output, "Identity").len(), arns.len(), "{}", path.display());
    }
}
