use super::*;
use crate::testing::{context, facts, samples, show};

const LIST: &str = include_str!("../../../../fixtures/checkov/list.json");
const ONE: &str = include_str!("../../../../fixtures/checkov/report.json");
const NOTHING: &str = include_str!("../../../../fixtures/checkov/nothing.json");

fn read(input: &str) -> Output {
    let mut context = context();
    context.repo = Some("git@github.com:northwind-robotics/infra.git".to_owned());
    Checkov.ingest(input.as_bytes(), "checkov.json", &context).unwrap()
}

#[test]
fn a_list_of_reports_as_facts() {
    insta::assert_snapshot!(show(&read(LIST)));
}

#[test]
fn one_report_stands_alone() {
    insta::assert_snapshot!(show(&read(ONE)));
}

#[test]
fn a_summary_alone_proves_nothing() {
    insta::assert_snapshot!(show(&read(NOTHING)));
}

#[test]
fn a_file_that_cannot_be_read_is_a_hole() {
    let failed = ONE.replace(r#""parsing_errors": []"#, r#""parsing_errors": ["/broken.tf"]"#);
    assert!(failed != ONE && show(&read(&failed)).contains(r#""complete":false"#));
}

#[test]
fn the_hash_of_a_secret_is_not_told() {
    assert!(LIST.contains("25910f981e85ca04baf359199dd0bd4a3ae738b6"));
    assert!(!show(&read(LIST)).contains("25910f98"));
}

#[test]
fn real_outputs_are_read_without_rejects() {
    for (path, input) in samples("checkov", &[".json"]) {
        let output = Checkov.ingest(&input, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        let clean = path.ends_with("checkov2-report-0-vuln.json");
        assert_eq!(facts(&output, "Finding").is_empty(), clean, "{}", path.display());
    }
}
