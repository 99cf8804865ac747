use super::*;
use crate::testing::{context, fact, facts, samples, show};

const SCAN: &str = include_str!("../../../../fixtures/semgrep/scan.json");

fn read(input: &str) -> Output {
    let mut context = context();
    context.repo = Some("git@github.com:northwind-robotics/arm.git".to_owned());
    Semgrep.ingest(input.as_bytes(), "semgrep.json", &context).unwrap()
}

#[test]
fn a_scan_as_facts() {
    insta::assert_snapshot!(show(&read(SCAN)));
}

#[test]
fn the_request_to_sign_in_is_no_fingerprint() {
    let output = read(SCAN);
    let keys: Vec<_> = facts(&output, "Finding").iter().map(|it| it["id"].to_string()).collect();
    assert!(keys.iter().all(|key| !key.contains("login")), "{keys:?}");
    fact(&output, "Finding", "#northwind.shell-true#arm/move.py#9#");
    fact(&output, "Finding", "#northwind.shell-true#arm/move.py#9#2");
}

#[test]
fn neither_lines_nor_messages_are_told() {
    let said = show(&read(SCAN));
    assert!(!said.contains("hunter2-northwind"), "{said}");
}

#[test]
fn a_file_that_was_not_read_to_its_end_is_a_hole() {
    let clean = include_str!("../../../../fixtures/semgrep/clean.json");
    let complete = |text: &str| show(&read(text)).contains(r#""complete":true"#);
    assert!(complete(clean));
    let warned = r#""errors": [{"level": "warn", "type": ["PartialParsing", []], "path": "arm/move.py"}]"#;
    assert!(!complete(&clean.replace(r#""errors": []"#, warned)));
    assert!(!complete(&clean.replace(r#"["arm/move.py"]"#, "[]")));
    let skipped = r#""skipped": [{"path": "arm/big.py", "reason": "exceeded_size_limit"}], "scanned""#;
    assert!(!complete(&clean.replace(r#""scanned""#, skipped)));
    assert!(!complete(r#"{"results": [], "errors": []}"#));
}

#[test]
fn the_platforms_listing_as_facts() {
    insta::assert_snapshot!(show(&read(include_str!("../../../../fixtures/semgrep/supply_chain.json"))));
}

#[test]
fn real_outputs_are_read_without_rejects() {
    for (path, input) in samples("semgrep", &[".json"]) {
        let output = Semgrep.ingest(&input, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!facts(&output, "Finding").is_empty());
    }
}
