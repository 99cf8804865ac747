use super::*;
use crate::testing::{context, fact, facts, samples, show};

const TREE: &str = include_str!("../../../../fixtures/osv-scanner/tree.json");

fn read(input: &str) -> Output {
    let mut context = context();
    context.repo = Some("git@github.com:northwind-robotics/arm.git".to_owned());
    OsvScanner.ingest(input.as_bytes(), "osv.json", &context).unwrap()
}

#[test]
fn a_tree_as_facts() {
    insta::assert_snapshot!(show(&read(TREE)));
}

#[test]
fn a_group_of_advisories_is_one_finding_under_its_cve() {
    let output = read(TREE);
    let found = fact(&output, "Finding", "#CVE-2026-20001#org.northwind:gripper@1.4#components/pom.xml");
    assert_eq!(found["component"], "gripper");
    assert_eq!(found["severity"], "critical");
}

#[test]
fn an_advisory_without_a_cve_is_known_by_its_own_id() {
    let of = |id: &str| {
        let report = format!(
            r#"{{"results": [{{"source": {{"path": "/arm/uv.lock", "type": "lockfile"}}, "packages": [{{
                "package": {{"name": "gripper", "version": "1.0", "ecosystem": "PyPI"}},
                "vulnerabilities": [{{"id": "{id}", "severity": [{{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L"}}]}}],
                "groups": [{{"ids": ["{id}"]}}]}}]}}]}}"#
        );
        read(&report)
    };
    for id in ["PYSEC-2026-7", "GHSA-2222-3333-4444", "GO-2026-0011"] {
        let output = of(id);
        assert_eq!(facts(&output, "Finding")[0]["vulnerability"], id);
        assert_eq!(facts(&output, "Vulnerability")[0]["cvss_vector"], "CVSS:3.1/AV:N/AC:L");
        assert_eq!(output.rejects, []);
    }
}

#[test]
fn a_groups_vector_is_told_where_its_advisories_agree() {
    let told = |second: &str| {
        let severity = |vector: &str| format!(r#"[{{"type": "CVSS_V3", "score": "{vector}"}}]"#);
        let report = format!(
            r#"{{"results": [{{"source": {{"path": "/arm/uv.lock", "type": "lockfile"}}, "packages": [{{
                "package": {{"name": "gripper", "version": "1.0", "ecosystem": "PyPI"}},
                "vulnerabilities": [{{"id": "PYSEC-2026-7", "severity": {}}}, {{"id": "GHSA-2222-3333-4444", "severity": {}}}],
                "groups": [{{"ids": ["PYSEC-2026-7", "GHSA-2222-3333-4444"]}}]}}]}}]}}"#,
            severity("CVSS:3.1/AV:N/AC:L"),
            severity(second)
        );
        facts(&read(&report), "Vulnerability")[0].get("cvss_vector").is_some()
    };
    assert!(told("CVSS:3.1/AV:N/AC:L") && !told("CVSS:3.1/AV:L/AC:L"));
}

#[test]
fn malware_has_no_cve_and_is_of_its_own_class() {
    let output = read(TREE);
    let found = fact(&output, "Finding", "#MAL-2026-77#left-arm@0.0.1#components/yarn.lock");
    assert_eq!((&found["class"], &found["fix"]), (&"malware".into(), &"none".into()));
}

#[test]
fn what_the_call_analysis_says_is_kept() {
    let output = read(TREE);
    let said = |ending| fact(&output, "Finding", ending)["reachable"].clone();
    assert_eq!(said("#CVE-2026-10011#example.org/net@0.3.0#arm/go.mod"), false);
    assert_eq!(said("#CVE-2026-10012#example.org/net@0.3.0#arm/go.mod"), true);
    assert_eq!(said("#CVE-2026-20001#org.northwind:gripper@1.4#components/pom.xml"), Value::Null);
}

#[test]
fn a_clean_tree_is_covered_for_its_classes_where_packages_are_listed() {
    insta::assert_snapshot!(show(&read(include_str!("../../../../fixtures/osv-scanner/clean.json"))));
    insta::assert_snapshot!(show(&read(r#"{"results": []}"#)));
}

#[test]
fn real_reports_are_read_without_rejects() {
    for (path, input) in samples("osv_scanner", &[".json"]) {
        let output = OsvScanner.ingest(&input, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!facts(&output, "Finding").is_empty());
    }
}
