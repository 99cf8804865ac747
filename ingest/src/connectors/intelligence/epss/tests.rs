use std::sync::Arc;

use super::*;
use crate::testing::{context, facts, samples, show};

fn read_text(input: &str) -> Output {
    Epss.ingest(input.as_bytes(), "epss.csv", &context()).unwrap()
}

#[test]
fn a_days_scores_are_of_that_day_whenever_they_are_fetched() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/epss/scores.csv"))), @r#"
    line 3: {"Vulnerability":{"epss":0.94358,"epss_percentile":0.9996,"id":"CVE-2026-20001"},"observed_at":"2026-05-31T12:55:00Z"}
    line 4: {"Vulnerability":{"epss":0.01025,"epss_percentile":0.77197,"id":"CVE-2026-20002"},"observed_at":"2026-05-31T12:55:00Z"}
    line 5: {"Vulnerability":{"epss":0.00383,"epss_percentile":0.10449,"id":"CVE-2026-20003"},"observed_at":"2026-05-31T12:55:00Z"}
    "#);
}

#[test]
fn only_what_is_asked_for_is_loaded() {
    let mut context = context();
    context.asked = Some(Arc::new(BTreeSet::from(["CVE-2026-20002".to_owned()])));
    let output = Epss.ingest(include_bytes!("../../../../fixtures/epss/scores.csv"), "", &context).unwrap();
    let ids: Vec<_> = facts(&output, "Vulnerability").iter().map(|it| it["id"].clone()).collect();
    assert_eq!(ids, ["CVE-2026-20002"]);
    assert_eq!(output.notes, ["scores of vulnerabilities that no fact names are left out: 2"]);
}

#[test]
fn the_first_line_is_a_comment_and_what_is_odd_is_rejected() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/epss/odd.csv"))), @r#"
    line 6: {"Vulnerability":{"epss":0.1,"id":"CVE-2026-20003"},"observed_at":"2026-06-01T12:00:00Z"}
    line 7: {"Vulnerability":{"epss":0.1,"epss_percentile":0.2,"id":"CVE-2026-20004"},"observed_at":"2026-06-01T12:00:00Z"}
    reject line 1: `score_date` is not a timestamp
    reject line 3: `epss` is no number from 0 to 1
    reject line 4: `cve` is no CVE id
    reject line 5: `epss` is missing
    "#);
}

#[test]
fn the_first_version_has_neither_comment_nor_percentiles() {
    let output = read_text(include_str!("../../../../fixtures/epss/version_1.csv"));
    assert_eq!(facts(&output, "Vulnerability")[0]["epss"], 0.25);
    let mut context = context();
    context.observed_at = None;
    let error =
        Epss.ingest(include_bytes!("../../../../fixtures/epss/version_1.csv"), "", &context).unwrap_err();
    assert_eq!(error.to_string(), "the input does not say when the tool ran; give `--observed-at`");
}

#[test]
fn the_real_ones_are_read() {
    for (path, bytes) in samples("epss", &[".csv"]) {
        let output = Epss.ingest(&bytes, "", &context()).unwrap();
        assert_eq!(
            (output.rejects.len(), facts(&output, "Vulnerability").len()),
            (0, 4),
            "{}",
            path.display()
        );
    }
}
