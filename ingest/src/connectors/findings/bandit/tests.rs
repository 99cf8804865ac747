use super::*;
use crate::testing::{context, facts, samples, show};

const SCAN: &str = include_str!("../../../../fixtures/bandit/scan.json");
const CLEAN: &str = include_str!("../../../../fixtures/bandit/clean.json");

fn read(input: &str) -> Output {
    let mut context = context();
    context.repo = Some("git@github.com:northwind-robotics/arm.git".to_owned());
    Bandit.ingest(input.as_bytes(), "bandit.json", &context).unwrap()
}

#[test]
fn a_scan_as_facts() {
    insta::assert_snapshot!(show(&read(SCAN)));
}

#[test]
fn a_password_is_neither_in_the_title_nor_in_the_key() {
    let said = show(&read(SCAN));
    assert!(said.contains(r#""class":"secret""#) && !said.contains("hunter2"), "{said}");
}

#[test]
fn a_finding_keeps_its_key_when_its_line_moves() {
    let moved = SCAN.replace("\"8 def move(arm):\\n9 ", "\"18 def move(arm):\\n19 ");
    let moved = moved.replace("\"line_number\": 9", "\"line_number\": 19").replace("[9]", "[19]");
    let key = |text: &str| {
        let found = facts(&read(text), "Finding");
        found.iter().find(|it| it["rule"] == "B602").map(|it| it["id"].to_string())
    };
    assert!(moved != SCAN && key(SCAN).is_some());
    assert_eq!(key(SCAN), key(&moved));
}

#[test]
fn a_clean_run_is_coverage_and_a_file_that_cannot_be_read_a_hole() {
    insta::assert_snapshot!(show(&read(CLEAN)));
    let failed = CLEAN.replace(
        r#""errors": []"#,
        r#""errors": [{"filename": "./arm/broken.py", "reason": "syntax error"}]"#,
    );
    assert!(show(&read(&failed)).contains(r#""complete":false"#));
    let nothing = r#"{"errors": [], "generated_at": "2026-06-01T07:00:00Z", "metrics": {"_totals": {}}, "results": []}"#;
    assert!(show(&read(nothing)).contains(r#""complete":false"#));
}

#[test]
fn real_outputs_are_read_without_rejects() {
    for (path, input) in samples("bandit", &[".json"]) {
        let output = Bandit.ingest(&input, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!facts(&output, "Finding").is_empty());
    }
}
