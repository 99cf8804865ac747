use super::*;
use crate::testing::{context, fact, facts, samples, show};

const IMAGE: &str = include_str!("../../../../fixtures/grype/image.json");

fn read(input: &str) -> Output {
    Grype.ingest(input.as_bytes(), "grype.json", &context()).unwrap()
}

#[test]
fn an_image_as_facts() {
    insta::assert_snapshot!(show(&read(IMAGE)), @r#"
    source.target: {"Image":{"id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","repository":"ghcr.io/northwind-robotics/arm-controller","tag":"7.2"},"observed_at":"2026-05-30T06:00:00.5Z"}
    source.target: {"observed_at":"2026-05-30T06:00:00.5Z","same_as":{"Image":"sha256:9999999999999999999999999999999999999999999999999999999999999999","is":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}
    source.target: {"observed_at":"2026-05-30T06:00:00.5Z","same_as":{"Image":"sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","is":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}
    matches[0]: {"Vulnerability":{"cvss":9.8,"cvss_vector":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","epss":0.42,"id":"CVE-2026-10001"},"observed_at":"2026-05-30T06:00:00.5Z"}
    matches[0]: {"KevEntry":{"added_at":"2026-05-20T00:00:00Z","due_at":"2026-06-10T00:00:00Z","id":"CVE-2026-10001","ransomware":false,"vulnerability":"CVE-2026-10001"},"observed_at":"2026-05-30T06:00:00.5Z"}
    matches[1]: {"Vulnerability":{"id":"CVE-2026-20001"},"observed_at":"2026-05-30T06:00:00.5Z"}
    matches[3]: {"Vulnerability":{"id":"CVE-2026-10006"},"observed_at":"2026-05-30T06:00:00.5Z"}
    matches[4]: {"Vulnerability":{"id":"CVE-2026-10007"},"observed_at":"2026-05-30T06:00:00.5Z"}
    ignoredMatches[0]: {"Vulnerability":{"id":"CVE-2026-10010"},"observed_at":"2026-05-30T06:00:00.5Z"}
    matches[0]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"vuln","component":"libssl3","fix":"available","fixed_in":"3.0.16-1","id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#CVE-2026-10001#libssl3@3.0.15-1#","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":null,"purl":"pkg:deb/debian/libssl3@3.0.15-1","repo":null,"rule":"CVE-2026-10001","severity":"high","status":"open","version":"3.0.15-1","vulnerability":"CVE-2026-10001"},"observed_at":"2026-05-30T06:00:00.5Z"}
    matches[1]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"vuln","component":"gripper","fix":"available","fixed_in":"1.5","id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#CVE-2026-20001#org.northwind:gripper@1.4#app/libs/gripper.jar","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":"app/libs/gripper.jar","purl":"pkg:maven/org.northwind/gripper@1.4","repo":null,"rule":"CVE-2026-20001","severity":"high","status":"open","version":"1.4","vulnerability":"CVE-2026-20001"},"observed_at":"2026-05-30T06:00:00.5Z"}
    matches[3]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"vuln","component":"busybox","fix":"wont_fix","fixed_in":null,"id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#CVE-2026-10006#busybox@1.36#bin/[","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":"bin/[","repo":null,"rule":"CVE-2026-10006","severity":"low","status":"open","version":"1.36","vulnerability":"CVE-2026-10006"},"observed_at":"2026-05-30T06:00:00.5Z"}
    matches[4]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"vuln","component":"busybox","id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#CVE-2026-10007#busybox@1.36#bin/[","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":"bin/[","repo":null,"rule":"CVE-2026-10007","status":"open","version":"1.36","vulnerability":"CVE-2026-10007"},"observed_at":"2026-05-30T06:00:00.5Z"}
    ignoredMatches[0]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"vuln","component":"bash","fix":"none","fixed_in":null,"id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#CVE-2026-10010#bash@5.2-1#","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":null,"repo":null,"rule":"CVE-2026-10010","severity":"high","status":"suppressed","version":"5.2-1","vulnerability":"CVE-2026-10010"},"observed_at":"2026-05-30T06:00:00.5Z"}
    run: {"run":{"complete":true,"from":"2026-05-30T06:00:00.5Z","rejected":2,"scope":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/vuln","types":["Finding"],"until":"2026-05-30T06:00:00.5Z"}}
    run: {"observed_at":"2026-05-30T06:00:00.5Z","same_as":{"Vulnerability":"GHSA-2222-3333-4444","is":"CVE-2026-20001"}}
    reject matches[5]: `artifact.name` is missing
    reject matches[6]: `vulnerability.fix.state` is no state that Grype is known to write
    "#);
}

#[test]
fn a_folder_is_a_text_for_a_target() {
    insta::assert_snapshot!(show(&read(include_str!("../../../../fixtures/grype/directory.json"))), @r#"
    matches[0]: {"Vulnerability":{"id":"GHSA-5555-6666-7777"},"observed_at":"2026-06-01T12:00:00Z"}
    matches[0]: {"Finding":{"artifact":".","class":"vuln","component":"left-arm","fix":"none","fixed_in":null,"id":".#GHSA-5555-6666-7777#left-arm@0.1.0#components/yarn.lock","image":null,"path":"components/yarn.lock","purl":"pkg:npm/left-arm@0.1.0","rule":"GHSA-5555-6666-7777","severity":"medium","status":"open","version":"0.1.0","vulnerability":"GHSA-5555-6666-7777"},"observed_at":"2026-06-01T12:00:00Z"}
    run: {"run":{"complete":false,"from":"2026-06-01T12:00:00Z","rejected":0,"scope":"./vuln","types":["Finding"],"until":"2026-06-01T12:00:00Z"}}
    note: no repository is named, so that the findings join nothing and the run proves nothing; give `--repo`
    "#);
}

#[test]
fn the_same_package_and_vulnerability_has_the_same_key_from_trivy() {
    let trivy =
        crate::ingest("trivy", include_bytes!("../../../../fixtures/trivy/image.json"), "", &context())
            .unwrap();
    let grype = read(IMAGE);
    for ending in [
        "#CVE-2026-10001#libssl3@3.0.15-1#",
        "#CVE-2026-20001#org.northwind:gripper@1.4#app/libs/gripper.jar",
    ] {
        let (one, other) = (fact(&trivy, "Finding", ending), fact(&grype, "Finding", ending));
        for field in ["id", "artifact", "image", "component", "version", "vulnerability", "rule", "path"] {
            assert_eq!(one[field], other[field], "{ending} {field}");
        }
    }
}

#[test]
fn a_sure_match_outranks_a_guess_by_a_products_name() {
    let one = |id: &str, related: &str, kind: &str, severity: &str, fix: &str| {
        format!(
            r#"{{"vulnerability": {{"id": "{id}", "severity": "{severity}", "fix": {fix}}},
                "relatedVulnerabilities": [{related}], "matchDetails": [{{"type": "{kind}"}}],
                "artifact": {{"name": "p", "version": "1", "type": "python"}}}}"#
        )
    };
    let guess = one("CVE-2026-1234", "", "cpe-match", "Critical", r#"{"state": "unknown"}"#);
    let sure = one(
        "GHSA-2345-6789-cfgh",
        r#"{"id": "CVE-2026-1234"}"#,
        "exact-direct-match",
        "Medium",
        r#"{"state": "fixed", "versions": ["2"]}"#,
    );
    for matches in [format!("{guess}, {sure}"), format!("{sure}, {guess}")] {
        let output =
            read(&format!(r#"{{"matches": [{matches}], "source": {{"type": "directory", "target": "."}}}}"#));
        let findings = facts(&output, "Finding");
        assert_eq!(findings.len(), 1);
        assert_eq!((&findings[0]["severity"], &findings[0]["fix"]), (&"medium".into(), &"available".into()));
    }
}

#[test]
fn a_report_that_does_not_say_what_was_scanned_needs_the_repository() {
    let error = Grype.ingest(br#"{"matches": []}"#, "", &context()).unwrap_err();
    insta::assert_snapshot!(error, @"the input does not say what was scanned; give `--repo`");
    let mut named = context();
    named.repo = Some("https://github.com/northwind-robotics/arm".to_owned());
    let text = show(&Grype.ingest(br#"{"matches": []}"#, "", &named).unwrap());
    assert!(text.contains(r#""scope":"github.com/northwind-robotics/arm/vuln""#));
}

#[test]
fn what_grype_did_not_write_is_said_to_be_so() {
    insta::assert_snapshot!(Grype.ingest(br#"{"matches": {}}"#, "", &context()).unwrap_err(), @"this is not the output of `grype`: it has no list of `matches`; was it written with `--output json`?");
}

#[test]
fn real_reports_are_read_without_rejects() {
    let mut context = context();
    context.repo = Some("https://github.com/northwind-robotics/arm".to_owned());
    for (path, input) in samples("grype", &[".json"]) {
        let output = Grype.ingest(&input, "", &context).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
    }
}
