use super::*;
use crate::testing::{context, fact, facts, samples, show, survives_damage};

const IMAGE: &str = include_str!("../../../../fixtures/trivy/image.json");

fn read(input: &str) -> Output {
    Trivy.ingest(input.as_bytes(), "trivy.json", &context()).unwrap()
}

/// A report of an image with one result, which has this field.
fn with_result(field: &str) -> Output {
    read(&format!(
        r#"{{"SchemaVersion": 2, "ArtifactName": "arm:1", "ArtifactType": "container_image",
            "Results": [{{"Target": "arm:1 (debian 12)", "Class": "os-pkgs", {field}}}]}}"#
    ))
}

fn vulnerability(fields: &str) -> Output {
    with_result(&format!(
        r#""Vulnerabilities": [{{"VulnerabilityID": "CVE-2026-0001", "PkgName": "p", "InstalledVersion": "1", {fields}}}]"#
    ))
}

fn runs(output: &Output) -> Vec<(String, bool, u64)> {
    let runs = output.lines.iter().filter_map(|line| match line {
        assize::facts::Line::Run(run) => Some((run.scope.clone(), run.complete, run.rejected)),
        _ => None,
    });
    runs.collect()
}

#[test]
fn an_image_as_facts() {
    insta::assert_snapshot!(show(&read(IMAGE)), @r#"
    Metadata: {"Image":{"built_at":"2026-05-29T18:00:00Z","id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","repository":"ghcr.io/northwind-robotics/arm-controller","tag":"7.2"},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Metadata: {"observed_at":"2026-05-30T06:00:00.123456Z","same_as":{"Image":"sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","is":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}
    Metadata: {"observed_at":"2026-05-30T06:00:00.123456Z","same_as":{"Image":"sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","is":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}
    Results[0].Vulnerabilities[0]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"vuln","component":"libssl3","fix":"available","fixed_in":"3.0.16-1","id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#CVE-2026-10001#libssl3@3.0.15-1#","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":null,"repo":null,"rule":"CVE-2026-10001","severity":"critical","status":"open","title":"openssl: a buffer overflow","version":"3.0.15-1","vulnerability":"CVE-2026-10001"},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[0].Vulnerabilities[0]: {"Vulnerability":{"cvss":9.8,"cvss_vector":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","id":"CVE-2026-10001","title":"openssl: a buffer overflow"},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[0].Vulnerabilities[1]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"vuln","component":"libssl3","fix":"wont_fix","fixed_in":null,"id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#CVE-2026-10002#libssl3@3.0.15-1#","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":null,"repo":null,"rule":"CVE-2026-10002","severity":"low","status":"open","version":"3.0.15-1","vulnerability":"CVE-2026-10002"},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[0].Vulnerabilities[1]: {"Vulnerability":{"id":"CVE-2026-10002"},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[0].Vulnerabilities[2]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"vuln","component":"bash","fix":"none","fixed_in":null,"id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#CVE-2026-10003#bash@5.2-1#","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":null,"repo":null,"rule":"CVE-2026-10003","status":"open","version":"5.2-1","vulnerability":"CVE-2026-10003"},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[0].Vulnerabilities[2]: {"Vulnerability":{"id":"CVE-2026-10003"},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[0].Vulnerabilities[3]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"vuln","component":"zlib1g","id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#CVE-2026-10004#zlib1g@1:1.2.13#","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":null,"repo":null,"rule":"CVE-2026-10004","severity":"high","status":"open","version":"1:1.2.13","vulnerability":"CVE-2026-10004"},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[0].Vulnerabilities[3]: {"Vulnerability":{"cvss":7.1,"id":"CVE-2026-10004"},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[1].Vulnerabilities[0]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"vuln","component":"gripper","fix":"available","fixed_in":"1.5, 2.0","id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#CVE-2026-20001#org.northwind:gripper@1.4#app/libs/gripper.jar","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":"app/libs/gripper.jar","repo":null,"rule":"CVE-2026-20001","severity":"high","status":"open","title":"gripper: unsafe deserialisation","version":"1.4","vulnerability":"CVE-2026-20001"},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[1].Vulnerabilities[0]: {"Vulnerability":{"id":"CVE-2026-20001","title":"gripper: unsafe deserialisation"},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[2].Vulnerabilities[0]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"vuln","component":"left-arm","fix":"none","fixed_in":null,"id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#GHSA-5555-6666-7777#left-arm@0.1.0#app/package-lock.json","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":"app/package-lock.json","repo":null,"rule":"GHSA-5555-6666-7777","severity":"medium","status":"open","version":"0.1.0","vulnerability":"GHSA-5555-6666-7777"},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[2].Vulnerabilities[0]: {"Vulnerability":{"id":"GHSA-5555-6666-7777"},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[2].ExperimentalModifiedFindings[0]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"vuln","component":"left-arm","fix":"none","fixed_in":null,"id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#CVE-2026-20002#left-arm@0.1.0#app/package-lock.json","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":"app/package-lock.json","repo":null,"rule":"CVE-2026-20002","severity":"high","status":"suppressed","version":"0.1.0","vulnerability":"CVE-2026-20002"},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[2].ExperimentalModifiedFindings[0]: {"Vulnerability":{"id":"CVE-2026-20002"},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[3].Misconfigurations[0]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"misconfig","id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#DS002#app/Dockerfile##12","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":"app/Dockerfile","repo":null,"rule":"DS002","severity":"high","status":"open","title":"Image user should not be 'root'","vulnerability":null},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[3].Misconfigurations[2]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"misconfig","id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#DS026#app/Dockerfile##","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":"app/Dockerfile","repo":null,"rule":"DS026","severity":"low","status":"suppressed","title":"No HEALTHCHECK defined","vulnerability":null},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[4].Secrets[0]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"secret","id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#aws-access-key-id#app/config/prod.env#3","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":"app/config/prod.env","repo":null,"rule":"aws-access-key-id","severity":"critical","status":"open","title":"AWS Access Key ID","vulnerability":null},"observed_at":"2026-05-30T06:00:00.123456Z"}
    Results[5].Licenses[0]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"license","component":"bash","id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#GPL-3.0#bash#","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":null,"repo":null,"rule":"GPL-3.0","severity":"high","status":"open","vulnerability":null},"observed_at":"2026-05-30T06:00:00.123456Z"}
    run: {"run":{"complete":true,"from":"2026-05-30T06:00:00.123456Z","rejected":2,"scope":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/license","types":["Finding"],"until":"2026-05-30T06:00:00.123456Z"}}
    run: {"run":{"complete":true,"from":"2026-05-30T06:00:00.123456Z","rejected":2,"scope":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/misconfig","types":["Finding"],"until":"2026-05-30T06:00:00.123456Z"}}
    run: {"run":{"complete":true,"from":"2026-05-30T06:00:00.123456Z","rejected":2,"scope":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/secret","types":["Finding"],"until":"2026-05-30T06:00:00.123456Z"}}
    run: {"run":{"complete":true,"from":"2026-05-30T06:00:00.123456Z","rejected":2,"scope":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/vuln","types":["Finding"],"until":"2026-05-30T06:00:00.123456Z"}}
    run: {"observed_at":"2026-05-30T06:00:00.123456Z","same_as":{"Vulnerability":"GHSA-2222-3333-4444","is":"CVE-2026-20001"}}
    reject Results[0].Vulnerabilities[4]: `PkgName` is missing
    reject Results[0].Vulnerabilities[5]: `InstalledVersion` is a number, not a text
    "#);
}

#[test]
fn a_cluster_as_facts() {
    insta::assert_snapshot!(show(&read(include_str!("../../../../fixtures/trivy/kubernetes.json"))), @r#"
    Resources[0]: {"Image":{"id":"sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","repository":"ghcr.io/northwind-robotics/planner"},"observed_at":"2026-06-01T12:00:00Z"}
    Resources[0]: {"observed_at":"2026-06-01T12:00:00Z","same_as":{"Image":"sha256:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","is":"sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"}}
    Resources[0].Results[0].Vulnerabilities[0]: {"Finding":{"artifact":"sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","class":"vuln","component":"libssl3","fix":"available","fixed_in":"3.0.16-1","id":"sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd#CVE-2026-10001#libssl3@3.0.15-1#","image":"sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","path":null,"repo":null,"rule":"CVE-2026-10001","severity":"critical","status":"open","version":"3.0.15-1","vulnerability":"CVE-2026-10001"},"observed_at":"2026-06-01T12:00:00Z"}
    Resources[0].Results[0].Vulnerabilities[0]: {"Vulnerability":{"id":"CVE-2026-10001"},"observed_at":"2026-06-01T12:00:00Z"}
    Resources[1].Results[0].Misconfigurations[0]: {"Finding":{"artifact":"k8s:prod-eu/robots/deployment/planner","class":"misconfig","id":"k8s:prod-eu/robots/deployment/planner#KSV001#Deployment/planner##132","path":"Deployment/planner","repo":null,"rule":"KSV001","severity":"medium","status":"open","title":"Can elevate its own privileges","vulnerability":null},"observed_at":"2026-06-01T12:00:00Z"}
    run: {"run":{"complete":true,"from":"2026-06-01T12:00:00Z","rejected":0,"scope":"sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/vuln","types":["Finding"],"until":"2026-06-01T12:00:00Z"}}
    run: {"run":{"complete":true,"from":"2026-06-01T12:00:00Z","rejected":0,"scope":"k8s:prod-eu/robots/deployment/planner/misconfig","types":["Finding"],"until":"2026-06-01T12:00:00Z"}}
    run: {"run":{"complete":false,"from":"2026-06-01T12:00:00Z","rejected":0,"scope":"k8s:prod-eu/robots/deployment/planner/vuln","types":["Finding"],"until":"2026-06-01T12:00:00Z"}}
    run: {"run":{"complete":false,"from":"2026-06-01T12:00:00Z","rejected":0,"scope":"k8s:prod-eu/robots/pod/two-images/vuln","types":["Finding"],"until":"2026-06-01T12:00:00Z"}}
    reject Resources[3]: `Name` is missing
    note: Trivy looked at no packages of an artifact: the absence of a vulnerability is not proven there
    note: Resources[2]: Trivy could not scan it; it proves no absence
    "#);
}

#[test]
fn a_repository_as_facts_without_the_token_of_its_address() {
    let text = show(&read(include_str!("../../../../fixtures/trivy/repository.json")));
    assert!(!text.contains("northwind-token"));
    insta::assert_snapshot!(text, @r#"run: {"run":{"complete":true,"from":"2026-05-30T04:00:00Z","rejected":0,"scope":"github.com/northwind-robotics/arm/vuln","types":["Finding"],"until":"2026-05-30T04:00:00Z"}}"#);
}

#[test]
fn a_tag_joins_nothing_and_a_system_past_its_end_proves_nothing() {
    insta::assert_snapshot!(show(&read(include_str!("../../../../fixtures/trivy/tag_only.json"))), @r#"
    run: {"run":{"complete":false,"from":"2026-06-01T12:00:00Z","rejected":0,"scope":"arm-controller:latest/vuln","types":["Finding"],"until":"2026-06-01T12:00:00Z"}}
    note: the input has no digest, only a tag: its findings are not joined to any image
    note: the image's system is past its end of life: no finding is no proof, the run is not complete
    "#);
}

#[test]
fn the_list_of_before_0_20_is_read() {
    insta::assert_snapshot!(show(&read(include_str!("../../../../fixtures/trivy/list_before_0_20.json"))), @r#"
    [0].Vulnerabilities[0]: {"Finding":{"artifact":"arm-controller:1","class":"vuln","component":"apt","fix":"available","fixed_in":"1.9","id":"arm-controller:1#CVE-2021-10001#apt@1.8#","path":null,"repo":null,"rule":"CVE-2021-10001","severity":"low","status":"open","version":"1.8","vulnerability":"CVE-2021-10001"},"observed_at":"2026-06-01T12:00:00Z"}
    [0].Vulnerabilities[0]: {"Vulnerability":{"id":"CVE-2021-10001"},"observed_at":"2026-06-01T12:00:00Z"}
    run: {"run":{"complete":true,"from":"2026-06-01T12:00:00Z","rejected":0,"scope":"arm-controller:1/vuln","types":["Finding"],"until":"2026-06-01T12:00:00Z"}}
    note: the input has no digest, only a tag: its findings are not joined to any image
    "#);
}

#[test]
fn status_means_a_fix_for_vulnerabilities_and_an_outcome_for_checks() {
    for (status, fix) in [
        (r#""Status": "fixed", "FixedVersion": "2""#, Some("available")),
        (r#""FixedVersion": "2""#, Some("available")),
        (r#""Status": "will_not_fix""#, Some("wont_fix")),
        (r#""Status": "end_of_life""#, Some("wont_fix")),
        (r#""Status": "affected""#, Some("none")),
        (r#""Status": "fix_deferred""#, Some("none")),
        (r#""Status": "unknown""#, None),
        (r#""Severity": "LOW""#, None),
    ] {
        let finding = facts(&vulnerability(status), "Finding").pop().unwrap();
        assert_eq!(finding.get("fix").and_then(Value::as_str), fix, "{status}");
    }
    let odd = vulnerability(r#""Status": "PASS""#);
    assert_eq!((odd.rejects.len(), runs(&odd)[0].2), (1, 1));
    for (status, found) in [("FAIL", Some("open")), ("EXCEPTION", Some("suppressed")), ("PASS", None)] {
        let output =
            with_result(&format!(r#""Misconfigurations": [{{"ID": "DS002", "Status": "{status}"}}]"#));
        let finding = facts(&output, "Finding").pop();
        assert_eq!(finding.as_ref().and_then(|it| it["status"].as_str()), found, "{status}");
    }
}

#[test]
fn an_unknown_severity_is_not_collected() {
    assert!(facts(&vulnerability(r#""Severity": "UNKNOWN""#), "Finding")[0].get("severity").is_none());
}

#[test]
fn a_run_that_looked_at_no_packages_proves_no_absence() {
    let licences = read(
        r#"{"SchemaVersion": 2, "ArtifactName": "arm:1", "ArtifactType": "container_image",
            "Results": [{"Target": "OS Packages", "Class": "license", "Licenses": []}]}"#,
    );
    let run = |class: &str, complete: bool| (format!("arm:1/{class}"), complete, 0);
    assert_eq!(runs(&licences), [run("license", true), run("vuln", false)]);
    assert_eq!(runs(&with_result(r#""Type": "debian""#)), [run("vuln", true)]);
}

#[test]
fn a_report_that_does_not_say_when_it_was_made_needs_the_flag() {
    let mut context = context();
    context.observed_at = None;
    let error = Trivy.ingest(
        br#"{"SchemaVersion": 2, "ArtifactName": "x", "ArtifactType": "filesystem"}"#,
        "",
        &context,
    );
    insta::assert_snapshot!(error.unwrap_err(), @"the input does not say when the tool ran; give `--observed-at`");
}

#[test]
fn what_trivy_did_not_write_is_said_to_be_so() {
    let error = Trivy.ingest(br#"{"matches": []}"#, "", &context()).unwrap_err();
    insta::assert_snapshot!(error, @"this is not the output of `trivy`: it has neither `ArtifactName` nor `ClusterName`; was it written with `--format json`?");
}

#[test]
fn a_folder_belongs_to_the_repository_that_the_caller_names() {
    let mut context = context();
    context.repo = Some("git@github.com:northwind-robotics/arm.git".to_owned());
    let input = br#"{"SchemaVersion": 2, "ArtifactName": ".", "ArtifactType": "filesystem", "Results": [
        {"Target": "go.mod", "Class": "lang-pkgs", "Vulnerabilities": [{"VulnerabilityID": "CVE-2026-0001", "PkgName": "p"}]}]}"#;
    let finding = fact(&Trivy.ingest(input, "", &context).unwrap(), "Finding", "go.mod");
    assert_eq!(finding["repo"], "github.com/northwind-robotics/arm");
    assert_eq!(finding["artifact"], "github.com/northwind-robotics/arm");
    assert_eq!(finding["image"], Value::Null);
}

#[test]
fn damage_is_an_error_or_a_reject() {
    survives_damage(&Trivy, IMAGE.as_bytes());
    survives_damage(&Trivy, include_bytes!("../../../../fixtures/trivy/kubernetes.json"));
}

#[test]
fn real_reports_are_read_without_rejects() {
    for (path, input) in samples("trivy", &[".json"]) {
        // A fixture of another project: two reports in an object of its own.
        if path.ends_with("cartography_trivy_trivy_sample.json") {
            continue;
        }
        let output = Trivy.ingest(&input, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!runs(&output).is_empty());
    }
}

const OPERATOR: &str = include_str!("../../../../fixtures/trivy/operator_reports.json");

#[test]
fn the_operators_reports_as_facts() {
    insta::assert_snapshot!(show(&read(OPERATOR)));
}

#[test]
fn a_report_of_an_image_has_the_keys_that_a_scan_of_it_has() {
    let (one, other) = (read(OPERATOR), read(include_str!("../../../../fixtures/trivy/image.json")));
    let ending = "#CVE-2026-10001#libssl3@3.0.15-1#";
    let (one, other) = (fact(&one, "Finding", ending), fact(&other, "Finding", ending));
    for field in ["class", "component", "version", "vulnerability", "rule", "path", "fixed_in"] {
        assert_eq!(one[field], other[field], "{field}");
    }
}

#[test]
fn one_report_and_reports_by_kind_are_read_too() {
    let single = read(include_str!("../../../../fixtures/trivy/operator_report.json"));
    let by_kind = read(include_str!("../../../../fixtures/trivy/operator_by_kind.json"));
    let ending = "k8s:prod-eu/robots/replicaset/arm-7c9#KSV014###";
    assert_eq!(fact(&single, "Finding", ending), fact(&by_kind, "Finding", ending));
}

#[test]
fn a_check_of_the_operator_that_passed_is_no_finding() {
    assert!(!show(&read(OPERATOR)).contains("KSV001"));
}

#[test]
fn real_reports_of_the_operator_are_read_without_rejects() {
    for (path, input) in samples("trivy_operator", &[".json"]) {
        let output = Trivy.ingest(&input, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!facts(&output, "Finding").is_empty(), "{}", path.display());
    }
}

#[test]
fn a_score_comes_with_its_own_vector() {
    for (scores, vector) in [
        (
            r#""CVSS": {"ghsa": {"V3Score": 7.5, "V3Vector": "CVSS:3.1/AV:P"}, "nvd": {"V3Score": 9.8, "V3Vector": "CVSS:3.1/AV:N"}}"#,
            Some("CVSS:3.1/AV:N"),
        ),
        (
            r#""CVSS": {"ghsa": {"V40Score": 7.5, "V40Vector": "CVSS:4.0/AV:P"}, "nvd": {"V2Vector": "AV:N"}}"#,
            Some("CVSS:4.0/AV:P"),
        ),
        (r#""CVSS": {"nvd": {"V3Score": 9.8}}"#, None),
    ] {
        let output = vulnerability(scores);
        let shown = show(&output);
        let told = shown.split("\"cvss_vector\":\"").nth(1).and_then(|rest| rest.split('"').next());
        assert_eq!(told, vector, "{shown}");
    }
}
