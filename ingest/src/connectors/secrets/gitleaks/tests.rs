use super::*;
use crate::testing::{context, facts, samples, show};

fn read_text(input: &str) -> Output {
    Gitleaks.ingest(input.as_bytes(), "gitleaks.json", &context()).unwrap()
}

/// A report of one record of version 8 with these fields besides.
fn one(fields: &str) -> Output {
    read_text(&format!(
        r#"[{{"RuleID": "generic-api-key", "Secret": "correct-horse-battery", "File": "a/b.env", {fields}}}]"#
    ))
}

#[test]
fn a_report_of_version_8_as_facts() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/gitleaks/version_8.json"))), @r#"
    [0]: {"Sighting":{"commit":"5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d","detector":"aws-access-token","id":"github.com/northwind-robotics/arm#5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d#deploy/prod.env#3#aws-access-token#AKIARTX3GSDS2VNORTHW","introduced_at":"2026-05-12T08:15:00Z","line":3,"path":"deploy/prod.env","precise":true,"repo":"github.com/northwind-robotics/arm","secret":"AKIARTX3GSDS2VNORTHW"},"observed_at":"2026-06-01T12:00:00Z"}
    [0]: {"observed_at":"2026-06-01T12:00:00Z","same_as":{"Secret":"fp-sha1:b7a698565e9b4bff2f7cec6a055f2026","is":"AKIARTX3GSDS2VNORTHW"}}
    [0]: {"Secret":{"account":"111122223333","id":"AKIARTX3GSDS2VNORTHW","kind":"access_key","static":true},"observed_at":"2026-06-01T12:00:00Z"}
    [1]: {"Sighting":{"commit":"5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d","detector":"generic-api-key","id":"github.com/northwind-robotics/arm#5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d#deploy/prod.env#4#generic-api-key#fp:56febb53376f23b52801b485907fc58e","introduced_at":"2026-05-12T08:15:00Z","line":4,"path":"deploy/prod.env","precise":false,"repo":"github.com/northwind-robotics/arm","secret":"fp:56febb53376f23b52801b485907fc58e"},"observed_at":"2026-06-01T12:00:00Z"}
    [1]: {"observed_at":"2026-06-01T12:00:00Z","same_as":{"Secret":"fp-sha1:b9db803a53ef7d6c03c1e58dd8d632cf","is":"fp:56febb53376f23b52801b485907fc58e"}}
    [1]: {"Secret":{"id":"fp:56febb53376f23b52801b485907fc58e","kind":"api_key"},"observed_at":"2026-06-01T12:00:00Z"}
    [2]: {"Sighting":{"detector":"private-key","id":"github.com/northwind-robotics/arm##keys/id#1#private-key#fp:38454adcc351bacca5895df8e178f671","line":1,"path":"keys/id","precise":true,"repo":"github.com/northwind-robotics/arm","secret":"fp:38454adcc351bacca5895df8e178f671"},"observed_at":"2026-06-01T12:00:00Z"}
    [2]: {"observed_at":"2026-06-01T12:00:00Z","same_as":{"Secret":"fp-sha1:03d64b23f6e8808462f9954c883afdde","is":"fp:38454adcc351bacca5895df8e178f671"}}
    [2]: {"Secret":{"id":"fp:38454adcc351bacca5895df8e178f671","kind":"ssh_key"},"observed_at":"2026-06-01T12:00:00Z"}
    [3]: {"Sighting":{"detector":"github-pat","id":"github.com/northwind-robotics/arm###7#github-pat#fp:d009b04f9e46bb0e6f3720a5fa6a2440","line":7,"repo":"github.com/northwind-robotics/arm","secret":"fp:d009b04f9e46bb0e6f3720a5fa6a2440"},"observed_at":"2026-06-01T12:00:00Z"}
    [3]: {"observed_at":"2026-06-01T12:00:00Z","same_as":{"Secret":"fp-sha1:8470c2cad88624697f8e924a62fc96b2","is":"fp:d009b04f9e46bb0e6f3720a5fa6a2440"}}
    [3]: {"Secret":{"id":"fp:d009b04f9e46bb0e6f3720a5fa6a2440","kind":"pat"},"observed_at":"2026-06-01T12:00:00Z"}
    run: {"run":{"complete":true,"from":"2026-06-01T12:00:00Z","rejected":4,"scope":"github.com/northwind-robotics/arm","types":["Sighting"],"until":"2026-06-01T12:00:00Z"}}
    reject [4]: `Date` is not a timestamp
    reject [5]: `Secret` is a number, not a text
    reject [6]: `File` is missing
    reject [7]: is a text, not an object
    note: [3]: the file's path holds the secret itself, so it is left out
    "#);
}

#[test]
fn version_7_has_other_names_for_the_same() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/gitleaks/version_7.json"))), @r#"
    [0]: {"Sighting":{"commit":"5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d","detector":"AWS Access Key","id":"github.com/northwind-robotics/arm#5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d#config/server.yml#224#AWS Access Key#AKIAIOSFODNN7EXAMPLE","introduced_at":"2026-04-19T19:42:05Z","line":224,"path":"config/server.yml","precise":true,"repo":"github.com/northwind-robotics/arm","secret":"AKIAIOSFODNN7EXAMPLE"},"observed_at":"2026-06-01T12:00:00Z"}
    [0]: {"observed_at":"2026-06-01T12:00:00Z","same_as":{"Secret":"fp-sha1:b497c656e19c384fbeb5e6ade166ae60","is":"AKIAIOSFODNN7EXAMPLE"}}
    [0]: {"Secret":{"id":"AKIAIOSFODNN7EXAMPLE","kind":"access_key","static":true},"observed_at":"2026-06-01T12:00:00Z"}
    run: {"run":{"complete":true,"from":"2026-06-01T12:00:00Z","rejected":0,"scope":"github.com/northwind-robotics/arm","types":["Sighting"],"until":"2026-06-01T12:00:00Z"}}
    "#);
}

#[test]
fn a_redacted_value_is_a_finding_and_the_run_proves_nothing() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/gitleaks/redacted.json"))), @r#"
    [0]: {"Finding":{"artifact":"github.com/northwind-robotics/arm","class":"secret","id":"github.com/northwind-robotics/arm#aws-access-token#config/server.yml#5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d#7","image":null,"path":"config/server.yml","repo":"github.com/northwind-robotics/arm","rule":"aws-access-token","status":"open","vulnerability":null},"observed_at":"2026-06-01T12:00:00Z"}
    run: {"run":{"complete":false,"from":"2026-06-01T12:00:00Z","rejected":0,"scope":"github.com/northwind-robotics/arm","types":["Sighting"],"until":"2026-06-01T12:00:00Z"}}
    note: masked values cannot be joined to a secret: they are findings, and the run is not complete
    "#);
}

#[test]
fn nothing_found_in_a_named_repository_is_a_clean_run() {
    let mut context = context();
    for (input, repo, shown) in [
        ("null\n", Some("git@github.com:northwind-robotics/arm.git"), true),
        ("[]", Some("git@github.com:northwind-robotics/arm.git"), true),
        ("[]", None, false),
    ] {
        context.repo = repo.map(str::to_owned);
        let text = show(&Gitleaks.ingest(input.as_bytes(), "", &context).unwrap());
        assert_eq!(text.contains(r#""complete":true"#), shown, "{text}");
        assert_eq!(text.contains("give `--repo`"), !shown, "{text}");
    }
}

#[test]
fn the_repository_comes_from_the_caller_else_from_the_link() {
    let link = r#""Link": "https://github.com/Northwind-Robotics/Arm/blob/0123456/a/b.env#L3""#;
    assert_eq!(facts(&one(link), "Sighting")[0]["repo"], "github.com/northwind-robotics/arm");
    assert!(facts(&one(r#""Link": """#), "Sighting")[0].get("repo").is_none());
    let mut context = context();
    context.repo = Some("/srv/arm".to_owned());
    insta::assert_snapshot!(Gitleaks.ingest(b"[]", "", &context).unwrap_err(), @"`--repo` must be a remote such as `https://github.com/org/name`");
    context.repo = None;
    context.visibility = Some("everyone".to_owned());
    insta::assert_snapshot!(Gitleaks.ingest(b"[]", "", &context).unwrap_err(), @"`--visibility` must be one of `team`, `org` and `public`");
}

#[test]
fn a_path_that_is_the_secret_is_left_out() {
    let output = read_text(
        r#"[{"RuleID": "generic-api-key", "Secret": "correct-horse-battery", "File": "keys/correct-horse-battery.txt"}]"#,
    );
    assert!(!show(&output).contains("correct-horse"));
    assert!(facts(&output, "Sighting")[0].get("path").is_none());
}

#[test]
fn the_same_value_in_two_places_is_one_secret() {
    let output = read_text(
        r#"[{"RuleID": "generic-api-key", "Secret": "correct-horse-battery", "File": "a"},
            {"RuleID": "jwt", "Secret": "correct-horse-battery\n", "File": "b"}]"#,
    );
    let secrets = facts(&output, "Secret");
    assert_eq!(secrets[0]["id"], secrets.last().unwrap()["id"]);
    assert_eq!(facts(&output, "Sighting").len(), 2);
}

#[test]
fn a_commit_from_the_future_introduced_nothing() {
    let output = one(r#""Commit": "c0ffee", "Date": "2031-01-01T00:00:00Z""#);
    assert!(facts(&output, "Sighting")[0].get("introduced_at").is_none());
}

#[test]
fn a_report_does_not_say_when_it_was_made() {
    let mut context = context();
    context.observed_at = None;
    insta::assert_snapshot!(Gitleaks.ingest(b"[]", "", &context).unwrap_err(), @"the input does not say when the tool ran; give `--observed-at`");
}

#[test]
fn what_gitleaks_did_not_write_is_said_to_be_so() {
    for input in ["{}", r#"[{"id": 1}]"#, "[1]"] {
        assert!(Gitleaks.ingest(input.as_bytes(), "", &context()).is_err(), "{input}");
    }
}

#[test]
fn real_reports_are_read_without_rejects() {
    for (path, input) in samples("gitleaks", &[".json"]) {
        let output = Gitleaks.ingest(&input, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
    }
}
