use super::*;
use crate::testing::{context, fact, facts, recorded, samples, show};

const EXTERNAL: &str = include_str!("../../../../fixtures/aws-access-analyzer/external.json");
const UNUSED: &str = include_str!("../../../../fixtures/aws-access-analyzer/unused.json");
const DETAILS: &str = include_str!("../../../../fixtures/aws-access-analyzer/details.jsonl");

fn read(input: &str) -> Output {
    AwsAccessAnalyzer.ingest(input.as_bytes(), "findings.json", &context()).unwrap()
}

#[test]
fn access_from_outside_as_facts() {
    insta::assert_snapshot!(show(&read(EXTERNAL)));
}

#[test]
fn unused_access_as_facts() {
    insta::assert_snapshot!(show(&read(UNUSED)));
    insta::assert_snapshot!(show(&read(DETAILS)));
}

#[test]
fn a_condition_is_told_by_its_keys_and_never_ignored() {
    let output = read(EXTERNAL);
    let trust = fact(&output, "Trust", "#external#arn:aws:iam::444455556666:root");
    assert_eq!(trust["condition"], "sts:ExternalId");
}

#[test]
fn who_is_outside_is_somebody_else_and_whose_a_provider_is_nobody_says() {
    for (kind, principal, external) in [
        ("ExternalAccess", r#"{"AWS": "444455556666"}"#, Some(true)),
        ("ExternalAccess", r#"{"AWS": "arn:aws:sts::111122223333:assumed-role/arm-api/i-1"}"#, Some(false)),
        ("ExternalAccess", r#"{"AWS": "*"}"#, Some(true)),
        ("ExternalAccess", r#"{"Federated": "arn:aws:iam::111122223333:saml-provider/people"}"#, None),
        ("InternalAccess", r#"{"AWS": "444455556666"}"#, Some(false)),
    ] {
        let part = if kind == "ExternalAccess" { "externalAccessDetails" } else { "internalAccessDetails" };
        let input = format!(
            r#"{{"findings": [{{"id": "f", "resource": "arn:aws:iam::111122223333:role/arm-api", "resourceType": "AWS::IAM::Role",
                "resourceOwnerAccount": "111122223333", "status": "ACTIVE", "findingType": "{kind}", "analyzedAt": "2026-06-01T06:00:00Z",
                "findingDetails": [{{"{part}": {{"action": ["sts:AssumeRole"], "principal": {principal}}}}}]}}]}}"#
        );
        let trust = facts(&read(&input), "Trust").remove(0);
        assert_eq!(trust.get("external").and_then(Value::as_bool), external, "{kind} {principal}");
    }
}

#[test]
fn what_is_over_is_no_access() {
    let output = read(EXTERNAL);
    assert!(facts(&output, "Grant").iter().all(|it| it["resource"] != "arn:aws:s3:::northwind-logs"));
    assert_eq!(fact(&output, "Finding", "#f-mended")["status"], "resolved");
}

#[test]
fn a_key_that_was_never_used_has_no_last_use() {
    let output = read(DETAILS);
    assert_eq!(facts(&output, "SecretUse").len(), 1);
    assert_eq!(fact(&output, "Finding", "#u-never")["secret"], "AKIAQEXAMPLE0000OLD1");
}

#[test]
fn real_outputs_are_read_without_rejects() {
    for (path, input) in samples("aws_access_analyzer", &[".json"]) {
        if path.to_string_lossy().contains("ListAnalyzers") {
            continue;
        }
        let output = AwsAccessAnalyzer.ingest(&recorded(&input), "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!facts(&output, "Finding").is_empty());
    }
}
