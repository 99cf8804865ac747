use super::*;
use crate::testing::{context, facts, samples, show};

fn read_text(input: &str) -> Output {
    OpenVex.ingest(input.as_bytes(), "vex.json", &context()).unwrap()
}

#[test]
fn statements_as_facts_the_last_of_several_about_one_thing() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/openvex/arm.json"))));
}

#[test]
fn products_without_version_and_with_parts_stay_as_they_are() {
    let output = read_text(include_str!("../../../../fixtures/openvex/arm.json"));
    let said: Vec<_> = facts(&output, "VexStatement")
        .iter()
        .map(|it| (it["product"].as_str().unwrap().to_owned(), it["subcomponent"].clone()))
        .collect();
    assert!(said.contains(&("pkg:deb/debian/curl".to_owned(), Value::Null)), "{said:?}");
    let part = Value::from("pkg:maven/org.apache.logging.log4j/log4j-core");
    assert!(said.iter().any(|(product, it)| product.starts_with("pkg:oci/") && *it == part), "{said:?}");
}

#[test]
fn the_first_version_says_it_in_texts() {
    insta::assert_snapshot!(show(&read_text(include_str!(
        "../../../../fixtures/openvex/version_0_0_1.json"
    ))));
}

#[test]
fn what_is_odd_is_rejected() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/openvex/odd.json"))));
}

#[test]
fn the_real_ones_are_read() {
    for (path, bytes) in samples("openvex", &[".json"]) {
        let output = OpenVex.ingest(&bytes, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!facts(&output, "VexStatement").is_empty());
    }
}
