use super::*;
use crate::testing::{context, fact, facts, samples, show};

const AWS: &str = include_str!("../../../../fixtures/ocsf/prowler_aws.json");
const CLUSTER: &str = include_str!("../../../../fixtures/ocsf/prowler_kubernetes.json");
const LINES: &str = include_str!("../../../../fixtures/ocsf/others.jsonl");

fn read(input: &str) -> Output {
    Ocsf.ingest(input.as_bytes(), "ocsf.json", &context()).unwrap()
}

#[test]
fn an_accounts_checks_as_facts() {
    insta::assert_snapshot!(show(&read(AWS)));
}

#[test]
fn a_clusters_checks_as_facts() {
    insta::assert_snapshot!(show(&read(CLUSTER)));
}

#[test]
fn other_products_are_other_sources() {
    insta::assert_snapshot!(show(&read(LINES)));
}

#[test]
fn a_check_that_a_person_must_look_at_is_neither_open_nor_mended() {
    let output = read(AWS);
    assert!(fact(&output, "Finding", "-manual").get("status").is_none());
    assert_eq!(fact(&output, "Finding", "-muted")["status"], "suppressed");
}

#[test]
fn a_placeholder_is_not_told() {
    let output = read(&AWS.replace("\"111122223333\"", "\"<account_uid>\""));
    assert!(output.rejects.iter().all(|it| it.field.as_deref() == Some("cloud.account.uid")));
    assert!(facts(&output, "Finding").is_empty() && !output.rejects.is_empty());
}

#[test]
fn real_outputs_are_read_without_rejects() {
    let mut context = context();
    context.account = Some("111122223333".to_owned());
    for (path, input) in samples("prowler_ocsf", &[".json"]) {
        let output = Ocsf.ingest(&input, "", &context).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!facts(&output, "Finding").is_empty(), "{}", path.display());
    }
}
