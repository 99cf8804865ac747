use super::*;
use crate::testing::{context, facts, samples, show};

const CODE: &str = include_str!("../../../../fixtures/sarif/code.sarif");

fn read(input: &str) -> Output {
    Sarif.ingest(input.as_bytes(), "results.sarif", &context()).unwrap()
}

/// A run of a tool with these results, and these fields besides.
fn run(results: &str, fields: &str) -> Output {
    read(&format!(
        r#"{{"version": "2.1.0", "runs": [{{"tool": {{"driver": {{"name": "Scan"}}}}, "results": {results}{fields}}}]}}"#
    ))
}

/// Whether each run is complete.
fn complete(output: &Output) -> Vec<bool> {
    let runs = output.lines.iter().filter_map(|line| match line {
        assize::facts::Line::Run(run) => Some(run.complete),
        _ => None,
    });
    runs.collect()
}

#[test]
fn code_as_facts() {
    insta::assert_snapshot!(show(&read(CODE)), @r#"
    runs[0].results[0]: {"Finding":{"artifact":"github.com/northwind-robotics/arm","class":"weakness","id":"github.com/northwind-robotics/arm#CodeQL#py/sql-injection#src/orders.py#39fa2ee980eb94b0:1#","image":null,"path":"src/orders.py","repo":"github.com/northwind-robotics/arm","rule":"py/sql-injection","severity":"high","status":"open","title":"SQL query built from user-controlled sources","vulnerability":null},"observed_at":"2026-05-30T06:03:00Z"}
    runs[0].results[2]: {"Finding":{"artifact":"github.com/northwind-robotics/arm","class":"weakness","id":"github.com/northwind-robotics/arm#CodeQL#py/weak-hash#src/sum.py#7#","image":null,"path":"src/sum.py","repo":"github.com/northwind-robotics/arm","rule":"py/weak-hash","severity":"medium","status":"suppressed","title":"WeakHash","vulnerability":null},"observed_at":"2026-05-30T06:03:00Z"}
    runs[0].results[3]: {"Finding":{"artifact":"github.com/northwind-robotics/arm","class":"weakness","id":"github.com/northwind-robotics/arm#CodeQL#py/weak-hash#src/sum.py#9#","image":null,"path":"src/sum.py","repo":"github.com/northwind-robotics/arm","rule":"py/weak-hash","severity":"medium","status":"open","title":"WeakHash","vulnerability":null},"observed_at":"2026-05-30T06:03:00Z"}
    runs[0].results[4]: {"Finding":{"artifact":"github.com/northwind-robotics/arm","class":"weakness","id":"github.com/northwind-robotics/arm#CodeQL#py/weak-hash#src/old.py#3#","image":null,"path":"src/old.py","repo":"github.com/northwind-robotics/arm","rule":"py/weak-hash","severity":"medium","status":"resolved","title":"WeakHash","vulnerability":null},"observed_at":"2026-05-30T06:03:00Z"}
    runs[0].results[5]: {"Finding":{"artifact":"github.com/northwind-robotics/arm","class":"weakness","id":"github.com/northwind-robotics/arm#CodeQL#nw/unsafe-gripper#src/arm.py#fp:4dbe79fce796d12f373b1f7e22439d59#","image":null,"path":"src/arm.py","repo":"github.com/northwind-robotics/arm","rule":"nw/unsafe-gripper","severity":"medium","status":"open","title":"Gripper opened without a lock","vulnerability":null},"observed_at":"2026-05-30T06:03:00Z"}
    runs[0].results[6]: {"Finding":{"artifact":"github.com/northwind-robotics/arm","class":"weakness","id":"github.com/northwind-robotics/arm#CodeQL#nw/unsafe-gripper#src/arm.py#fp:4dbe79fce796d12f373b1f7e22439d59#2","image":null,"path":"src/arm.py","repo":"github.com/northwind-robotics/arm","rule":"nw/unsafe-gripper","severity":"medium","status":"open","title":"Gripper opened without a lock","vulnerability":null},"observed_at":"2026-05-30T06:03:00Z"}
    runs[0].results[8]: {"Finding":{"artifact":"github.com/northwind-robotics/arm","class":"weakness","id":"github.com/northwind-robotics/arm#CodeQL#py/sql-injection#src/look.py#1#","image":null,"path":"src/look.py","repo":"github.com/northwind-robotics/arm","rule":"py/sql-injection","severity":"high","status":"open","title":"SQL query built from user-controlled sources","vulnerability":null},"observed_at":"2026-05-30T06:03:00Z"}
    runs[0].results[9]: {"Finding":{"artifact":"github.com/northwind-robotics/arm","class":"weakness","id":"github.com/northwind-robotics/arm#CodeQL####","image":null,"path":null,"repo":"github.com/northwind-robotics/arm","severity":"medium","status":"open","vulnerability":null},"observed_at":"2026-05-30T06:03:00Z"}
    run: {"run":{"complete":true,"from":"2026-05-30T06:00:00Z","rejected":1,"scope":"github.com/northwind-robotics/arm/weakness","types":["Finding"],"until":"2026-05-30T06:03:00Z"}}
    reject runs[0].results[10]: `ruleId` is a number, not a text
    note: runs[0]: results of rules that are not about security, left out: 1
    "#);
}

#[test]
fn a_secret_scanners_author_is_no_fingerprint_and_its_secret_is_not_read() {
    let text = show(&read(include_str!("../../../../fixtures/sarif/secrets.sarif")));
    assert!(!text.contains("nw-not-a-real-key-0001"));
    insta::assert_snapshot!(text, @r##"
    runs[0].results[0]: {"Finding":{"class":"secret","id":"#gitleaks#generic-api-key#deploy/prod.env#4#","path":"deploy/prod.env","rule":"generic-api-key","severity":"medium","status":"open","title":"Generic API Key","vulnerability":null},"observed_at":"2026-06-01T12:00:00Z"}
    note: neither a repository nor an image is named: the findings join nothing; give `--repo`
    "##);
}

#[test]
fn an_image_and_results_without_locations() {
    insta::assert_snapshot!(show(&read(include_str!("../../../../fixtures/sarif/image.sarif"))), @r##"
    runs[1].results[0]: {"Finding":{"class":"misconfig","id":"#Dockle#CIS-DI-0010###","path":null,"rule":"CIS-DI-0010","severity":"high","status":"open","title":"Do not store credential in environment variables","vulnerability":null},"observed_at":"2026-06-01T12:00:00Z"}
    runs[0]: {"Image":{"id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","repository":"ghcr.io/northwind-robotics/arm-controller","tag":"7.2"},"observed_at":"2026-06-01T12:00:00Z"}
    runs[0].results[0]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"vuln","id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#Trivy#CVE-2026-10001#northwind-robotics/arm-controller#1#","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":"northwind-robotics/arm-controller","repo":null,"rule":"CVE-2026-10001","severity":"critical","status":"open","title":"openssl: a buffer overflow","vulnerability":"CVE-2026-10001"},"observed_at":"2026-06-01T12:00:00Z"}
    runs[0].results[1]: {"Finding":{"artifact":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","class":"misconfig","id":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#Trivy#DS002#Dockerfile#1#","image":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":"Dockerfile","repo":null,"rule":"DS002","severity":"high","status":"open","title":"Image user should not be root","vulnerability":null},"observed_at":"2026-06-01T12:00:00Z"}
    run: {"run":{"complete":false,"from":"2026-06-01T12:00:00Z","rejected":0,"scope":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/misconfig","types":["Finding"],"until":"2026-06-01T12:00:00Z"}}
    run: {"run":{"complete":false,"from":"2026-06-01T12:00:00Z","rejected":0,"scope":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/vuln","types":["Finding"],"until":"2026-06-01T12:00:00Z"}}
    reject runs[3]: `tool.driver.name` is missing
    note: neither a repository nor an image is named: the findings join nothing; give `--repo`
    note: runs[2] has no results in this file: it proves no absence
    note: a run does not say that it ended well (`executionSuccessful`): it proves no absence
    "##);
}

#[test]
fn each_analyser_and_category_is_a_source_of_its_own() {
    let mut context = context();
    context.instance = Some("ci".to_owned());
    let output = Sarif.ingest(CODE.as_bytes(), "", &context).unwrap();
    let instances: Vec<_> = output.lines.iter().map(|line| line.to_json()).collect();
    assert!(instances.iter().all(|line| {
        let source = line.get("source").or(line["run"].get("source")).unwrap();
        source["instance"] == "ci/CodeQL/language:python"
    }));
}

#[test]
fn a_result_is_suppressed_where_nobody_has_yet_to_agree() {
    for (field, status) in [
        (r#""suppressions": [{"kind": "external"}]"#, "suppressed"),
        (r#""suppressions": [{"kind": "external", "status": "accepted"}]"#, "suppressed"),
        (r#""suppressions": [{"kind": "external", "state": "accepted"}]"#, "suppressed"),
        (r#""suppressions": [{"kind": "external", "status": "rejected"}]"#, "open"),
        (r#""suppressions": [{"kind": "inSource"}, {"kind": "external", "status": "underReview"}]"#, "open"),
        (r#""suppressions": []"#, "open"),
        (r#""suppressions": null"#, "open"),
        (r#""baselineState": "absent""#, "resolved"),
        (r#""baselineState": "new""#, "open"),
    ] {
        let output = run(&format!(r#"[{{"ruleId": "R", {field}}}]"#), "");
        assert_eq!(facts(&output, "Finding")[0]["status"], status, "{field}");
    }
}

#[test]
fn only_a_run_that_ended_well_of_a_named_repository_proves_absence() {
    let of =
        r#""versionControlProvenance": [{"repositoryUri": "https://github.com/northwind-robotics/arm"}]"#;
    for (fields, proves) in [
        (format!(r#", {of}, "invocations": [{{"executionSuccessful": true}}]"#), true),
        (format!(", {of}"), false),
        (format!(r#", {of}, "invocations": []"#), false),
        (format!(r#", {of}, "invocations": [{{"executionSuccessful": false}}]"#), false),
        (format!(r#", {of}, "invocations": [{{"executionSuccessful": true}}, {{}}]"#), false),
        (
            format!(
                r#", {of}, "invocations": [{{"executionSuccessful": true, "toolExecutionNotifications": [{{"level": "error"}}]}}]"#
            ),
            false,
        ),
    ] {
        assert_eq!(complete(&run(r#"[{"ruleId": "R"}]"#, &fields)), [proves], "{fields}");
    }
    assert_eq!(complete(&run("[]", r#", "invocations": [{"executionSuccessful": true}]"#)), [] as [bool; 0]);
    // Without a rule nobody knows what was looked for.
    let well = format!(r#", {of}, "invocations": [{{"executionSuccessful": true}}]"#);
    for results in ["[]", "null"] {
        assert_eq!(complete(&run(results, &well)), [] as [bool; 0], "{results}");
    }
    assert!(show(&run("[]", &well)).contains("names no rule"));
}

#[test]
fn severity_is_the_score_else_the_level() {
    for (result, severity) in [
        (r#"{"ruleId": "R", "properties": {"security-severity": "9.1"}, "level": "note"}"#, "critical"),
        (r#"{"ruleId": "R", "properties": {"security-severity": 4.0}}"#, "medium"),
        (r#"{"ruleId": "R", "level": "error"}"#, "high"),
        (r#"{"ruleId": "R", "level": "none"}"#, "none"),
        (r#"{"ruleId": "R"}"#, "medium"),
        (r#"{"ruleId": "R", "kind": "open"}"#, "none"),
    ] {
        assert_eq!(facts(&run(&format!("[{result}]"), ""), "Finding")[0]["severity"], severity, "{result}");
    }
}

#[test]
fn what_is_not_sarif_2_is_said_to_be_so() {
    insta::assert_snapshot!(Sarif.ingest(b"{}", "", &context()).unwrap_err(), @"this is not the output of `sarif`: it has no list of `runs`");
    insta::assert_snapshot!(Sarif.ingest(br#"{"version": "1.0.0", "runs": []}"#, "", &context()).unwrap_err(), @"this is not the output of `sarif`: only version 2 is read");
}

#[test]
fn real_files_are_read_without_rejects() {
    for (path, input) in samples("sarif", &[".sarif"]) {
        let output = Sarif.ingest(&input, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        assert!(!facts(&output, "Finding").is_empty());
    }
}
