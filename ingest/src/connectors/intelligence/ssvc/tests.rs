use super::*;
use crate::testing::{context, facts, samples, show};

fn read_at(input: &str, fetched: Option<&str>) -> String {
    let mut context = context();
    context.observed_at = fetched.map(|at| at.parse().unwrap());
    show(&Ssvc.ingest(input.as_bytes(), "ssvc.json", &context).unwrap())
}

#[test]
fn cve_records_as_facts() {
    insta::assert_snapshot!(read_at(include_str!("../../../../fixtures/ssvc/cve_records.json"), None), @r#"
    record 1: {"Vulnerability":{"automatable":true,"exploitation":"active","id":"CVE-2026-20001","impact":"total"},"observed_at":"2026-05-22T10:00:00Z"}
    record 2: {"Vulnerability":{"automatable":false,"exploitation":"poc","id":"CVE-2026-10001"},"observed_at":"2026-05-22T10:00:00Z"}
    reject record 4: `Exploitation` is neither none, poc nor active
    reject record 5: `cveMetadata.cveId` is no CVE id
    note: records without an SSVC judgement: 1
    "#);
}

#[test]
fn lines_as_facts() {
    insta::assert_snapshot!(read_at(include_str!("../../../../fixtures/ssvc/lines.jsonl"), None), @r#"
    line 1: {"Vulnerability":{"automatable":true,"exploitation":"active","id":"CVE-2026-20001","impact":"total"},"observed_at":"2026-05-21T10:00:00Z"}
    line 3: {"Vulnerability":{"exploitation":"poc","id":"CVE-2026-10001","impact":"partial"},"observed_at":"2026-05-21T10:00:00Z"}
    reject line 2: the record ends in the middle
    note: records without an SSVC judgement: 1
    "#);
}

#[test]
fn a_judgement_stands_as_long_as_the_feed_repeats_it() {
    let line =
        r#"{"cve": "CVE-2026-0001", "ssvc": {"Exploitation": "none"}, "ssvc_ts": "2026-01-01T00:00:00Z"}"#;
    assert!(read_at(line, Some("2026-06-01T00:00:00Z")).contains(r#""observed_at":"2026-06-01T00:00:00Z""#));
    assert!(read_at(line, Some("2025-06-01T00:00:00Z")).contains(r#""observed_at":"2026-01-01T00:00:00Z""#));
}

#[test]
fn what_is_no_judgement_is_said_to_be_so() {
    for input in ["{}", "[]", "{\"cve\": 1}"] {
        let error = Ssvc.ingest(input.as_bytes(), "", &context()).unwrap_err();
        assert!(error.to_string().starts_with("this is not the output of `ssvc`"), "{error}");
    }
}

#[test]
fn real_judgements_are_read_without_rejects() {
    for (path, input) in samples("vulnrichment", &[".jsonl"]) {
        let output = Ssvc.ingest(&input, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(facts(&output, "Vulnerability").len() > 40_000);
    }
}
