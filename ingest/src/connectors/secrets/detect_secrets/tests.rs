use super::*;
use crate::testing::{context, facts, samples, show};

fn read_text(input: &str) -> Output {
    DetectSecrets.ingest(input.as_bytes(), "baseline.json", &context()).unwrap()
}

#[test]
fn a_baseline_as_facts() {
    insta::assert_snapshot!(show(&read_text(include_str!(
        "../../../../fixtures/detect-secrets/baseline.json"
    ))));
}

#[test]
fn what_is_odd_is_rejected_and_excluded_files_prove_no_absence() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/detect-secrets/odd.json"))));
}

#[test]
fn a_clean_baseline_of_a_named_repository_is_coverage() {
    let mut context = context();
    context.repo = Some("https://github.com/northwind-robotics/arm".to_owned());
    let clean = include_bytes!("../../../../fixtures/detect-secrets/clean.json");
    insta::assert_snapshot!(show(&DetectSecrets.ingest(clean, "", &context).unwrap()));
}

#[test]
fn the_versions_before_1_are_read_too() {
    let output = read_text(include_str!("../../../../fixtures/detect-secrets/version_0.json"));
    assert_eq!((facts(&output, "Sighting").len(), output.rejects.len()), (1, 0));
    assert_eq!(facts(&output, "Sighting")[0]["path"], "a.env");
}

#[test]
fn a_hash_without_a_key_never_comes_out() {
    for text in [
        include_str!("../../../../fixtures/detect-secrets/baseline.json"),
        include_str!("../../../../fixtures/detect-secrets/odd.json"),
    ] {
        let said = show(&read_text(text)).to_lowercase();
        let hashes = text.split('"').filter(|it| it.len() == 40 && it.bytes().all(|b| b.is_ascii_hexdigit()));
        assert!(hashes.clone().count() > 0);
        for hash in hashes {
            assert!(!said.contains(&hash.to_lowercase()));
        }
    }
}

#[test]
fn the_real_ones_are_read() {
    for (path, bytes) in samples("detect_secrets", &[".json"]) {
        let output = DetectSecrets.ingest(&bytes, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
    }
}
