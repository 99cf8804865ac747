use super::*;
use crate::testing::{context, facts, show};

const RESULTS: &str = include_str!("../../../../fixtures/cloudsplaining/results.json");

fn read(input: &str) -> Output {
    Cloudsplaining.ingest(input.as_bytes(), "results.json", &context()).unwrap()
}

#[test]
fn an_accounts_policies_as_facts() {
    insta::assert_snapshot!(show(&read(RESULTS)));
}

#[test]
fn the_identity_is_the_one_that_the_accounts_details_have() {
    let output = read(RESULTS);
    let found = facts(&output, "Finding");
    let who: BTreeSet<_> = found.iter().map(|it| it["identity"].as_str().unwrap()).collect();
    assert!(who.contains("arn:aws:iam::111122223333:user/automation/ci-deploy"), "{who:?}");
}

#[test]
fn another_tools_output_is_said_to_be_so() {
    insta::assert_snapshot!(Cloudsplaining.ingest(br#"{"users": {}}"#, "", &context()).unwrap_err());
}
