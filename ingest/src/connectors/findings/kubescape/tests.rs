use super::*;
use crate::testing::{context, fact, facts, samples, show};

const CLUSTER: &str = include_str!("../../../../fixtures/kubescape/cluster.json");
const FILES: &str = include_str!("../../../../fixtures/kubescape/files.json");

fn read(input: &str) -> Output {
    let mut context = context();
    context.repo = Some("git@github.com:northwind-robotics/arm.git".to_owned());
    Kubescape.ingest(input.as_bytes(), "kubescape.json", &context).unwrap()
}

#[test]
fn a_clusters_controls_as_facts() {
    insta::assert_snapshot!(show(&read(CLUSTER)));
}

#[test]
fn controls_of_files_as_facts() {
    insta::assert_snapshot!(show(&read(FILES)));
}

#[test]
fn a_control_that_was_skipped_is_neither_open_nor_mended() {
    let output = read(CLUSTER);
    assert!(fact(&output, "Finding", "#C-0066###").get("status").is_none());
}

#[test]
fn nothing_looked_at_proves_nothing() {
    let empty =
        r#"{"generationTime": "2026-06-01T06:00:00Z", "summaryDetails": {"controls": {}}, "results": []}"#;
    assert!(show(&read(empty)).contains(r#""complete":false"#));
}

#[test]
fn real_outputs_are_read_without_rejects() {
    for (path, input) in samples("kubescape", &[".json"]) {
        let output = Kubescape.ingest(&input, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        // Every control of the sample holds.
        assert!(facts(&output, "Finding").is_empty());
    }
}
