//! `auto` finds the one right connector, or says that it cannot.

use assize_ingest::connector::recognise;
use assize_ingest::{IngestError, ingest};

use crate::inputs::{NOT_OUTPUT, all_samples, context, fixtures};

#[test]
fn every_fixture_is_recognised_as_its_own_tools() {
    for input in fixtures() {
        let found = recognise(&input.bytes, "input").map(|connector| connector.name());
        assert_eq!(found.as_ref().ok(), Some(&input.tool), "{}: {found:?}", input.name());
    }
}

#[test]
fn of_all_real_files_each_is_its_own_tools_or_nobodys() {
    for sample in all_samples() {
        match recognise(&sample.bytes, "input") {
            Ok(connector) => assert_eq!(Some(connector.name()), sample.tool, "{}", sample.name),
            Err(IngestError::Unrecognised { .. } | IngestError::NotUtf8 { .. } | IngestError::Nothing) => {}
            Err(error) => panic!("{}: {error}", sample.name),
        }
    }
}

#[test]
fn of_the_scanners_every_real_file_is_recognised() {
    let scanners = [
        "trivy",
        "grype",
        "osv-scanner",
        "sarif",
        "semgrep",
        "bandit",
        "checkov",
        "kev",
        "ssvc",
        "gitleaks",
        "trufflehog",
        "detect-secrets",
        "github-secret-scanning",
        "github-dependabot",
        "github-code-scanning",
        "ggshield",
        "noseyparker",
        "epss",
        "cyclonedx",
        "openvex",
    ];
    for sample in all_samples() {
        let is_output = !NOT_OUTPUT.contains(&sample.name.as_str()) && sample.bytes != b"null\n";
        if is_output && sample.tool.is_some_and(|tool| scanners.contains(&tool)) {
            let found = recognise(&sample.bytes, "input").map(|connector| connector.name());
            assert_eq!(found.ok(), sample.tool, "{}", sample.name);
        }
    }
}

#[test]
fn what_is_empty_is_known_by_its_files_name_or_it_is_said_what_to_do() {
    let name = |input: &str, file: &str| recognise(input.as_bytes(), file).map(|connector| connector.name());
    for empty in ["[]", " [ ]\n", "null\n"] {
        assert_eq!(name(empty, "reports/Gitleaks-main.json"), Ok("gitleaks"));
        assert_eq!(
            name(empty, "gitleaks/report.json"),
            Err(IngestError::Nothing),
            "a folder may hold anything"
        );
    }
    insta::assert_snapshot!(name("[]", "report.json").unwrap_err(), @"it is empty JSON, as many tools write it where they have found nothing: name the tool instead of `auto`, or in the file's name (`gitleaks.json`)");
    assert!(matches!(name("[1]", "gitleaks.json"), Err(IngestError::Unrecognised { .. })));
}

#[test]
fn the_beginning_is_enough() {
    for input in fixtures() {
        let mut long = input.bytes.clone();
        if !long.ends_with(b"}\n") && !long.ends_with(b"]\n") || long.len() < 200 {
            continue;
        }
        // What follows the end of the head is never looked at: here a tail that is no JSON.
        long.extend(std::iter::repeat_n(b'\n', 70_000));
        long.extend_from_slice(b"\xff");
        assert_eq!(recognise(&long, "input").unwrap().name(), input.tool, "{}", input.name());
    }
}

#[test]
fn what_nobody_knows_is_said_so_with_the_names_to_choose_from() {
    for input in ["{\"hello\": \"world\"}", "hello, world", "[1, 2]", "<?xml version=\"1.0\"?>"] {
        let error = ingest("auto", input.as_bytes(), "input", &context()).unwrap_err();
        assert!(
            error.to_string().starts_with("no connector recognises this input; name its tool"),
            "{error}"
        );
    }
    let error = ingest("snyk", b"{}", "input", &context()).unwrap_err().to_string();
    assert!(error.starts_with("no connector is called `snyk`; there are `trivy`"), "{error}");
    assert_eq!(ingest("auto", b" \n", "input", &context()), Err(IngestError::Empty));
    let packed = ingest("auto", b"\x1f\x8b\x08\0", "trail.json.gz", &context()).unwrap_err().to_string();
    assert!(packed.contains("it is compressed"), "{packed}");
}
