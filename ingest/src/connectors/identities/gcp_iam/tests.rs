use super::*;
use crate::testing::{context, fact, facts, samples, show};

fn in_project() -> Context {
    let mut context = context();
    context.account = Some("northwind-prod".to_owned());
    context
}

fn read_text(input: &str) -> Output {
    GcpIam.ingest(input.as_bytes(), "iam.json", &in_project()).unwrap()
}

#[test]
fn a_projects_answers_as_facts() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/gcp-iam/project.json"))));
}

#[test]
fn a_bare_policy_is_the_projects_that_the_caller_names() {
    insta::assert_snapshot!(show(&read_text(include_str!(
        "../../../../fixtures/gcp-iam/project_policy.json"
    ))));
    let error = GcpIam
        .ingest(include_bytes!("../../../../fixtures/gcp-iam/project_policy.json"), "", &context())
        .unwrap();
    assert_eq!(error.rejects[0].reason, "does not say of what it is the policy; give `--account`");
}

#[test]
fn the_year_9999_is_never_and_a_key_that_google_changes_is_not_static() {
    let output = read_text(include_str!("../../../../fixtures/gcp-iam/project.json"));
    let own = fact(&output, "Secret", "/keys/0a1b2c");
    assert_eq!((own["expires_at"].clone(), own["static"].clone()), (Value::Null, true.into()));
    assert_eq!(fact(&output, "Secret", "/keys/9f8e7d")["static"], false);
}

#[test]
fn another_account_of_the_project_is_no_stranger_and_everybody_is_one() {
    for (member, external) in [
        ("allUsers", Some(true)),
        ("serviceAccount:arm@northwind-prod.iam.gserviceaccount.com", Some(false)),
        ("serviceAccount:northwind-prod.svc.id.goog[robots/arm]", Some(false)),
        ("serviceAccount:arm@elsewhere.iam.gserviceaccount.com", None),
        ("user:robin@northwind.example", None),
    ] {
        let policy = format!(
            r#"{{"resource": "//iam.googleapis.com/projects/northwind-prod/serviceAccounts/ci@northwind-prod.iam.gserviceaccount.com",
                "policy": {{"bindings": [{{"role": "roles/iam.serviceAccountTokenCreator", "members": ["{member}"]}}]}}}}"#
        );
        let trust = facts(&read_text(&policy), "Trust").remove(0);
        assert_eq!(trust.get("external").and_then(Value::as_bool), external, "{member}");
    }
}

#[test]
fn what_is_odd_is_rejected() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/gcp-iam/odd.json"))));
}

#[test]
fn the_real_ones_are_read() {
    let mut found = 0;
    for (path, bytes) in samples("gcp_iam", &["_1.json", "_2.json"]) {
        let output = GcpIam.ingest(&bytes, "", &in_project()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        found +=
            facts(&output, "Identity").len() + facts(&output, "Secret").len() + facts(&output, "Grant").len();
    }
    assert!(found > 20 || samples("gcp_iam", &["_1.json"]).is_empty(), "{found}");
}

/// Answers inside of test data of another project, each read on its own.
#[test]
fn the_answers_in_other_projects_test_data_are_read() {
    for (path, bytes) in
        samples("gcp_iam", &["cartography_gcp_iam.json", "cartography_gcp_policy_bindings.json"])
    {
        let data: Value = serde_json::from_slice(&bytes).unwrap();
        let mut read = 0;
        for (name, part) in data.as_object().unwrap() {
            let part = match name.as_str() {
                "LIST_SERVICE_ACCOUNTS_RESPONSE" | "LIST_SERVICE_ACCOUNT_KEYS_RESPONSE" => part.clone(),
                "MOCK_IAM_SERVICE_ACCOUNTS" => part.clone(),
                "MOCK_POLICY_BINDINGS_RESPONSE" | "MOCK_INHERITED_POLICY_BINDINGS_RESPONSE" => {
                    part["policy_results"].clone()
                }
                _ => continue,
            };
            let output = GcpIam.ingest(part.to_string().as_bytes(), "", &in_project()).unwrap();
            assert_eq!(output.rejects, [], "{name} in {}", path.display());
            read += 1;
        }
        assert!(read >= 2);
    }
}
