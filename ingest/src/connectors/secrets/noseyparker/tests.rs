use super::*;
use crate::testing::{context, facts, samples, show};

fn read_text(input: &str) -> Output {
    let mut context = context();
    context.repo = Some("https://github.com/northwind-robotics/arm".to_owned());
    NoseyParker.ingest(input.as_bytes(), "noseyparker.jsonl", &context).unwrap()
}

#[test]
fn a_report_of_version_0_16_as_facts() {
    insta::assert_snapshot!(show(&read_text(include_str!(
        "../../../../fixtures/noseyparker/version_0_16.jsonl"
    ))));
}

#[test]
fn newer_versions_tell_values_in_base64() {
    insta::assert_snapshot!(show(&read_text(include_str!(
        "../../../../fixtures/noseyparker/version_0_23.json"
    ))));
}

#[test]
fn what_is_odd_is_rejected() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/noseyparker/odd.jsonl"))));
}

#[test]
fn no_findings_are_a_clean_run() {
    assert!(show(&read_text("[]")).contains(r#""complete":true"#));
}

#[test]
fn the_real_one_is_read() {
    for (path, bytes) in samples("noseyparker", &[".jsonl"]) {
        let output = NoseyParker.ingest(&bytes, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!facts(&output, "Sighting").is_empty());
    }
}
