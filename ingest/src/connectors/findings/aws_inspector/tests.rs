use super::*;
use crate::testing::{context, fact, facts, recorded, samples, show};

const FINDINGS: &str = include_str!("../../../../fixtures/aws-inspector/findings.json");
const COVERAGE: &str = include_str!("../../../../fixtures/aws-inspector/coverage.json");

fn read(input: &str) -> Output {
    AwsInspector.ingest(input.as_bytes(), "findings.json", &context()).unwrap()
}

#[test]
fn a_listing_as_facts() {
    insta::assert_snapshot!(show(&read(FINDINGS)));
}

#[test]
fn what_is_watched_as_facts() {
    insta::assert_snapshot!(show(&read(COVERAGE)));
}

#[test]
fn through_security_hub_the_same_findings_have_the_same_keys() {
    let hub =
        crate::ingest("asff", include_bytes!("../../../../fixtures/asff/findings.json"), "", &context())
            .unwrap();
    let own = read(FINDINGS);
    for ending in ["#CVE-2026-10001#libssl3@1:3.0.15-1#", "instance/i-0a1#CVE-2026-20001#gripper@1.4#"] {
        let (one, other) = (fact(&hub, "Finding", ending), fact(&own, "Finding", ending));
        for field in ["id", "artifact", "component", "version", "vulnerability", "rule", "path", "resource"] {
            assert_eq!(one[field], other[field], "{ending} {field}");
        }
    }
}

#[test]
fn a_listing_that_was_cut_into_pages_proves_nothing() {
    let cut = FINDINGS.replacen('{', r#"{"nextToken": "more","#, 1);
    assert!(!show(&read(&cut)).contains(r#""complete":true"#));
    assert!(show(&read(FINDINGS)).contains(r#""complete":true"#));
}

#[test]
fn real_outputs_are_read_without_rejects() {
    for (path, input) in samples("aws_inspector2", &[".json"]) {
        let mut pages = vec![recorded(&input)];
        // Several answers inside an object of another project.
        let value: Value = serde_json::from_slice(&pages[0]).unwrap();
        if let (Value::Object(map), None) = (&value, value.get("findings")) {
            let page = |list: &Value| serde_json::json!({"findings": list}).to_string().into_bytes();
            pages = map.values().map(page).collect();
        }
        for page in pages {
            let output = AwsInspector.ingest(&page, "", &context()).unwrap();
            assert_eq!(output.rejects, [], "{}", path.display());
            assert!(!facts(&output, "Finding").is_empty(), "{}", path.display());
        }
    }
}
