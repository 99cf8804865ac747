use super::*;
use crate::testing::{context, fact, facts, samples, show};

fn read_text(input: &str) -> Output {
    CycloneDx.ingest(input.as_bytes(), "bom.json", &context()).unwrap()
}

#[test]
fn an_images_bill_with_vulnerabilities_as_facts() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/cyclonedx/image.json"))));
}

#[test]
fn a_vex_alone_states_and_finds_nothing() {
    let output = read_text(include_str!("../../../../fixtures/cyclonedx/vex.json"));
    assert!(facts(&output, "Finding").is_empty());
    insta::assert_snapshot!(show(&output));
}

#[test]
fn a_statement_takes_no_finding_away_but_says_more() {
    let output = read_text(include_str!("../../../../fixtures/cyclonedx/image.json"));
    let found: Vec<_> = facts(&output, "Finding").iter().map(|it| it["vulnerability"].clone()).collect();
    // 20002 is nothing that this document finds: its maker says so itself. 20004 is unaffected.
    assert_eq!(found, ["CVE-2026-20001", "CVE-2026-20003"]);
    let said: Vec<_> = facts(&output, "VexStatement").iter().map(|it| it["status"].clone()).collect();
    assert_eq!(said, ["not_affected", "under_investigation"]);
}

#[test]
fn a_bill_without_parts_is_coverage() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/cyclonedx/empty.json"))));
}

#[test]
fn what_is_odd_is_rejected_and_what_is_not_whole_proves_nothing() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/cyclonedx/odd.json"))));
}

#[test]
fn a_package_is_known_without_its_qualifiers() {
    let output = read_text(include_str!("../../../../fixtures/cyclonedx/image.json"));
    let curl = fact(&output, "Component", "/curl@7.88.1-10+deb12u5");
    assert_eq!(curl["purl"], "pkg:deb/debian/curl@7.88.1-10+deb12u5");
}

#[test]
fn the_real_ones_are_read() {
    for (path, bytes) in samples("cyclonedx", &[".json"]) {
        let output = CycloneDx.ingest(&bytes, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        let kinds = ["Component", "VexStatement", "Finding"];
        let services = output.notes.iter().any(|note| note.starts_with("services"));
        assert!(services || kinds.iter().any(|ty| !facts(&output, ty).is_empty()), "{}", path.display());
    }
}
