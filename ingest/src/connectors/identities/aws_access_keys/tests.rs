use super::*;
use crate::testing::{context, fact, facts, samples, show};

fn in_account() -> Context {
    let mut context = context();
    context.account = Some("111122223333".to_owned());
    context
}

fn read_text(input: &str) -> Output {
    AwsAccessKeys.ingest(input.as_bytes(), "keys.json", &in_account()).unwrap()
}

#[test]
fn answers_as_facts() {
    insta::assert_snapshot!(show(&read_text(include_str!(
        "../../../../fixtures/aws-access-keys/users.json"
    ))));
}

#[test]
fn a_key_is_one_with_its_place_in_the_credential_report_though_they_differ_by_a_second() {
    let output = read_text(include_str!("../../../../fixtures/aws-access-keys/users.json"));
    let said = show(&output);
    for second in ["08:59:58", "08:59:59", "09:00:00", "09:00:01", "09:00:02"] {
        let alias = format!(
            r#""arn:aws:iam::111122223333:user/ci-deploy/key@2025-03-01T{second}Z","is":"AKIARTX3GSDS2VNORTHW""#
        );
        assert!(said.contains(&alias), "{second}");
    }
}

#[test]
fn the_dates_of_recordings_are_spelled_out() {
    let text = r#"{"status_code": 200, "data": {"AccessKeyMetadata": [{"UserName": "ci", "AccessKeyId": "AKIARTX3GSDS2VNORTHW",
        "Status": "Active", "CreateDate": {"__class__": "datetime", "year": 2025, "month": 3, "day": 1, "hour": 9, "minute": 0, "second": 5, "microsecond": 0}}]}}"#;
    assert_eq!(facts(&read_text(text), "Secret")[0]["created_at"], "2025-03-01T09:00:05Z");
}

#[test]
fn the_ids_name_their_account_where_nobody_says_it() {
    let output = AwsAccessKeys
        .ingest(include_bytes!("../../../../fixtures/aws-access-keys/users.json"), "", &context())
        .unwrap();
    assert_eq!(fact(&output, "Secret", "AKIARTX3GSDS2VNORTHW")["account"], "111122223333");
    let old = br#"{"AccessKeyMetadata": [{"UserName": "ci", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Active", "CreateDate": "2025-03-01T09:00:00Z"}]}"#;
    let error = AwsAccessKeys.ingest(old, "", &context()).unwrap_err();
    assert_eq!(error.to_string(), "the input does not say which account it is about; give `--account`");
}

#[test]
fn what_is_odd_is_rejected() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/aws-access-keys/odd.json"))));
}

#[test]
fn a_user_without_keys_is_no_error() {
    assert!(
        facts(&read_text(include_str!("../../../../fixtures/aws-access-keys/none.json")), "Secret")
            .is_empty()
    );
}

#[test]
fn the_real_ones_are_read() {
    for (path, bytes) in samples("aws_iam_misc", &["ListAccessKeys.json"]) {
        let output = AwsAccessKeys.ingest(&bytes, "", &in_account()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
    }
}
