use super::*;
use crate::testing::{context, facts, samples, show};

fn read_text(input: &str) -> Output {
    let mut context = context();
    context.repo = Some("https://github.com/northwind-robotics/arm".to_owned());
    Ggshield.ingest(input.as_bytes(), "ggshield.json", &context).unwrap()
}

#[test]
fn masked_values_of_commits_are_known_by_what_stands_for_them() {
    insta::assert_snapshot!(show(&read_text(include_str!(
        "../../../../fixtures/ggshield/commits_masked.json"
    ))));
}

#[test]
fn a_value_that_is_shown_joins_what_other_tools_see() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/ggshield/path_shown.json"))));
}

#[test]
fn nothing_found_is_a_clean_run() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/ggshield/clean.json"))));
}

#[test]
fn what_is_odd_is_rejected_and_what_nothing_stands_for_is_a_finding() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/ggshield/odd.json"))));
}

#[test]
fn the_real_one_is_read() {
    for (path, bytes) in samples("ggshield", &[".json"]) {
        let output = Ggshield.ingest(&bytes, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert_eq!(facts(&output, "Sighting").len(), 2);
    }
}
