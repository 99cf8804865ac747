use super::*;
use crate::testing::{context, fact, facts, samples, show};

const API: &str = include_str!("../../../../fixtures/aws-guardduty/findings.json");
const EXPORTED: &str = include_str!("../../../../fixtures/aws-guardduty/exported.jsonl");

fn read(input: &str) -> Output {
    AwsGuardDuty.ingest(input.as_bytes(), "findings.json", &context()).unwrap()
}

#[test]
fn a_listing_as_facts() {
    insta::assert_snapshot!(show(&read(API)));
}

#[test]
fn an_export_as_facts() {
    insta::assert_snapshot!(show(&read(EXPORTED)));
}

#[test]
fn a_sample_that_was_generated_is_left_out() {
    let output = read(API);
    assert!(show(&output).contains("generated as samples, left out: 2"));
    assert!(!show(&output).contains("finding/sample"));
}

#[test]
fn through_security_hub_it_is_the_same_finding() {
    let hub =
        crate::ingest("asff", include_bytes!("../../../../fixtures/asff/findings.json"), "", &context())
            .unwrap();
    let (one, other) = (fact(&hub, "Finding", "finding/key"), fact(&read(API), "Finding", "finding/key"));
    for field in ["id", "class", "rule", "secret", "identity", "severity", "status"] {
        assert_eq!(one[field], other[field], "{field}");
    }
}

#[test]
fn records_that_others_label_are_read() {
    for (_, bytes) in samples("panther_labelled", &["aws_guardduty.jsonl"]) {
        let output = AwsGuardDuty.ingest(&crate::testing::labelled(&bytes), "", &context()).unwrap();
        // The others are generated samples, and cut so short that they do not say what they are about.
        assert_eq!(facts(&output, "Finding").len(), 1, "{}", show(&output));
        assert!(
            output.rejects.iter().all(|it| it.field.as_deref() == Some("Resource")),
            "{:?}",
            output.rejects
        );
    }
}

#[test]
fn real_outputs_are_read_without_rejects() {
    for (path, input) in samples("guardduty", &[".json"]) {
        if !path.ends_with("cartography_aws_guardduty.json") {
            continue;
        }
        // Several answers inside an object of another project.
        let value: Value = serde_json::from_slice(&input).unwrap();
        let pages = value.as_object().unwrap().values().filter(|page| page.get("Findings").is_some());
        let mut read = 0;
        for page in pages {
            let output = AwsGuardDuty.ingest(page.to_string().as_bytes(), "", &context()).unwrap();
            assert_eq!(output.rejects, [], "{}", path.display());
            read += facts(&output, "Finding").len();
        }
        assert!(read > 0);
    }
}
