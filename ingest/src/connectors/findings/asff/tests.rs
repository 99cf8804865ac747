use super::*;
use crate::testing::{context, fact, facts, recorded, samples, show};

const MANY: &str = include_str!("../../../../fixtures/asff/findings.json");

fn read(input: &str) -> Output {
    Asff.ingest(input.as_bytes(), "findings.json", &context()).unwrap()
}

#[test]
fn a_listing_as_facts() {
    insta::assert_snapshot!(show(&read(MANY)));
}

#[test]
fn every_wrapper_is_the_same_listing() {
    let page: Value = serde_json::from_str(MANY).unwrap();
    let bare = page["Findings"].to_string();
    let lower = serde_json::json!({"findings": page["Findings"]}).to_string();
    let lines: Vec<String> = page["Findings"].as_array().unwrap().iter().map(Value::to_string).collect();
    let facts = |text: &str| {
        let lines = read(text).lines;
        lines
            .iter()
            .map(|line| {
                let mut line = line.to_json();
                line["source"]["record"].take();
                line.to_string()
            })
            .collect::<Vec<_>>()
    };
    for other in [bare, lower, lines.join("\n")] {
        assert_eq!(facts(MANY), facts(&other));
    }
}

#[test]
fn an_image_of_a_registry_has_the_key_that_other_scanners_give() {
    let output = read(MANY);
    let digest = format!("sha256:{}", "c".repeat(64));
    let found = fact(&output, "Finding", "#CVE-2026-10001#libssl3@1:3.0.15-1#");
    assert_eq!(found["id"], format!("{digest}#CVE-2026-10001#libssl3@1:3.0.15-1#"));
    assert_eq!(found["image"], digest);
}

#[test]
fn what_a_control_could_not_evaluate_is_neither_open_nor_mended() {
    let output = read(MANY);
    let found = fact(&output, "Finding", "finding/unclear");
    assert!(found.get("status").is_none(), "{found}");
}

#[test]
fn a_listing_that_was_cut_into_pages_proves_nothing() {
    let cut = MANY.replacen('{', r#"{"NextToken": "more","#, 1);
    let said = show(&read(&cut));
    assert!(!said.contains(r#""complete":true"#) && said.contains("further pages"), "{said}");
    assert!(show(&read(MANY)).contains(r#""complete":true"#));
}

#[test]
fn an_empty_listing_is_read_and_another_tools_output_is_not() {
    assert_eq!(read(r#"{"Findings": []}"#).lines, []);
    let error = Asff.ingest(br#"{"hello": 1}"#, "", &context()).unwrap_err();
    insta::assert_snapshot!(error);
}

#[test]
fn records_that_others_label_are_read() {
    for (_, bytes) in samples("panther_labelled", &["asff.jsonl"]) {
        let output = Asff.ingest(&crate::testing::labelled(&bytes), "", &context()).unwrap();
        assert!(facts(&output, "Finding").len() >= 5, "{}", show(&output));
    }
}

#[test]
fn real_outputs_are_read_without_rejects() {
    for folder in ["asff", "guardduty"] {
        for (path, input) in samples(folder, &[".json"]) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("cartography") {
                continue;
            }
            let output = Asff.ingest(&recorded(&input), "", &context()).unwrap();
            assert_eq!(output.rejects, [], "{}", path.display());
            let sample = name.starts_with("asff_Unusual");
            assert_eq!(
                facts(&output, "Finding").is_empty(),
                sample || name == "config_many_findings.json",
                "{name}"
            );
        }
    }
}
