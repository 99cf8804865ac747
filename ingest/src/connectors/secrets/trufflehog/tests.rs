use super::*;
use crate::testing::{context, fact, facts, samples, show};

fn read_text(input: &str) -> Output {
    TruffleHog.ingest(input.as_bytes(), "trufflehog.jsonl", &context()).unwrap()
}

/// A record with these fields besides.
fn one(fields: &str) -> Output {
    read_text(&format!(
        r#"{{"SourceMetadata": {{"Data": {{"Git": {{"repository": "https://github.com/northwind-robotics/arm", "file": "a"}}}}}}, "DetectorName": "Github", {fields}}}"#
    ))
}

#[test]
fn lines_as_facts() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/trufflehog/git.jsonl"))), @r#"
    line 1: {"Sighting":{"commit":"5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d","detector":"AWS","id":"github.com/northwind-robotics/arm#5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d#config/prod.env#4#AWS#AKIARTX3GSDS2VNORTHW","introduced_at":"2026-05-12T15:15:00Z","line":4,"path":"config/prod.env","precise":true,"repo":"github.com/northwind-robotics/arm","secret":"AKIARTX3GSDS2VNORTHW"},"observed_at":"2026-06-01T12:00:00Z"}
    line 1: {"observed_at":"2026-06-01T12:00:00Z","same_as":{"Secret":"fp-sha1:b7a698565e9b4bff2f7cec6a055f2026","is":"AKIARTX3GSDS2VNORTHW"}}
    line 1: {"Secret":{"account":"111122223333","id":"AKIARTX3GSDS2VNORTHW","identity":"arn:aws:iam::111122223333:user/automation/ci-deploy","kind":"access_key","static":true,"validity":"active","validity_checked_at":"2026-06-01T12:00:00Z"},"observed_at":"2026-06-01T12:00:00Z"}
    line 2: {"Sighting":{"commit":"5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d","detector":"AWS","id":"github.com/northwind-robotics/arm#5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d#config/prod.env#9#AWS#AKIAIOSFODNN7EXAMPLE","introduced_at":"2026-05-12T15:15:00Z","line":9,"path":"config/prod.env","precise":true,"repo":"github.com/northwind-robotics/arm","secret":"AKIAIOSFODNN7EXAMPLE"},"observed_at":"2026-06-01T12:00:00Z"}
    line 2: {"observed_at":"2026-06-01T12:00:00Z","same_as":{"Secret":"fp-sha1:b497c656e19c384fbeb5e6ade166ae60","is":"AKIAIOSFODNN7EXAMPLE"}}
    line 2: {"Secret":{"account":"444455556666","canary":true,"id":"AKIAIOSFODNN7EXAMPLE","identity":"arn:aws:iam::444455556666:user/canarytokens.com@@northwind","kind":"access_key","static":true,"validity":"active","validity_checked_at":"2026-06-01T12:00:00Z"},"observed_at":"2026-06-01T12:00:00Z"}
    line 3: {"Sighting":{"commit":"5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d","detector":"Github","id":"github.com/northwind-robotics/arm#5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d#config/prod.env#5#Github#fp:fc73b697b66341a6c486116fa91053d9","introduced_at":"2026-05-12T15:15:00Z","line":5,"path":"config/prod.env","repo":"github.com/northwind-robotics/arm","secret":"fp:fc73b697b66341a6c486116fa91053d9"},"observed_at":"2026-06-01T12:00:00Z"}
    line 3: {"observed_at":"2026-06-01T12:00:00Z","same_as":{"Secret":"fp-sha1:1a899c26ea5d72de7b6a11a6ec38b715","is":"fp:fc73b697b66341a6c486116fa91053d9"}}
    line 3: {"Secret":{"id":"fp:fc73b697b66341a6c486116fa91053d9"},"observed_at":"2026-06-01T12:00:00Z"}
    line 4: {"Sighting":{"commit":"5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d","detector":"SlackWebhook","id":"github.com/northwind-robotics/arm#5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d#config/prod.env#6#SlackWebhook#fp:a28a16e5b66076cb7f1017a9b81e6707","introduced_at":"2026-05-12T15:15:00Z","line":6,"path":"config/prod.env","repo":"github.com/northwind-robotics/arm","secret":"fp:a28a16e5b66076cb7f1017a9b81e6707"},"observed_at":"2026-06-01T12:00:00Z"}
    line 4: {"observed_at":"2026-06-01T12:00:00Z","same_as":{"Secret":"fp-sha1:1d2d6496c4bed11a03b104acf44156a0","is":"fp:a28a16e5b66076cb7f1017a9b81e6707"}}
    line 4: {"Secret":{"id":"fp:a28a16e5b66076cb7f1017a9b81e6707","kind":"webhook_secret"},"observed_at":"2026-06-01T12:00:00Z"}
    line 5: {"Sighting":{"commit":"5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d","detector":"PrivateKey","id":"github.com/northwind-robotics/arm#5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d#keys/id#1#PrivateKey#fp:38454adcc351bacca5895df8e178f671","introduced_at":"2026-05-12T15:15:00Z","line":1,"path":"keys/id","precise":true,"repo":"github.com/northwind-robotics/arm","secret":"fp:38454adcc351bacca5895df8e178f671"},"observed_at":"2026-06-01T12:00:00Z"}
    line 5: {"observed_at":"2026-06-01T12:00:00Z","same_as":{"Secret":"fp-sha1:03d64b23f6e8808462f9954c883afdde","is":"fp:38454adcc351bacca5895df8e178f671"}}
    line 5: {"Secret":{"id":"fp:38454adcc351bacca5895df8e178f671","kind":"ssh_key"},"observed_at":"2026-06-01T12:00:00Z"}
    line 7: {"Finding":{"artifact":"github.com/northwind-robotics/arm","class":"secret","id":"github.com/northwind-robotics/arm#Github#config/prod.env#5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d#8","image":null,"path":"config/prod.env","repo":"github.com/northwind-robotics/arm","rule":"Github","status":"open","vulnerability":null},"observed_at":"2026-06-01T12:00:00Z"}
    run: {"run":{"complete":false,"from":"2026-06-01T12:00:00Z","rejected":3,"scope":"github.com/northwind-robotics/arm","types":["Sighting"],"until":"2026-06-01T12:00:00Z"}}
    reject line 8: `DetectorName` is missing
    reject line 9: the record ends in the middle
    reject line 6: `timestamp` is not a timestamp
    note: masked values cannot be joined to a secret: they are findings, and the run is not complete
    "#);
}

#[test]
fn the_log_between_the_lines_says_when_the_scan_finished() {
    insta::assert_snapshot!(show(&read_text(include_str!("../../../../fixtures/trufflehog/with_log.jsonl"))), @r#"
    line 2: {"Sighting":{"commit":"5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d","detector":"Github","id":"github.com/northwind-robotics/arm#5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d5e1f0c0d#config/prod.env#5#Github#fp:fc73b697b66341a6c486116fa91053d9","introduced_at":"2026-05-12T15:15:00Z","line":5,"path":"config/prod.env","repo":"github.com/northwind-robotics/arm","secret":"fp:fc73b697b66341a6c486116fa91053d9"},"observed_at":"2026-05-30T05:02:10.5Z"}
    line 2: {"observed_at":"2026-05-30T05:02:10.5Z","same_as":{"Secret":"fp-sha1:1a899c26ea5d72de7b6a11a6ec38b715","is":"fp:fc73b697b66341a6c486116fa91053d9"}}
    line 2: {"Secret":{"id":"fp:fc73b697b66341a6c486116fa91053d9"},"observed_at":"2026-05-30T05:02:10.5Z"}
    run: {"run":{"complete":true,"from":"2026-05-30T05:02:10.5Z","rejected":0,"scope":"github.com/northwind-robotics/arm","types":["Sighting"],"until":"2026-05-30T05:02:10.5Z"}}
    "#);
}

#[test]
fn raw_is_base64_in_old_versions_and_text_in_new_ones() {
    let secret = |fields: &str| facts(&one(fields), "Secret")[0]["id"].clone();
    let text = secret(r#""Raw": "correct-horse-battery", "DecoderName": "PLAIN""#);
    assert_eq!(secret(r#""Raw": "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5""#), text, "old");
    assert_ne!(
        secret(r#""Raw": "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5", "RawV2": """#),
        text,
        "new, and looks like base64"
    );
}

#[test]
fn an_access_key_is_its_id_and_belongs_to_whom_the_provider_says() {
    let output = one(
        r#""Raw": "AKIARTX3GSDS2VNORTHW", "RawV2": "AKIARTX3GSDS2VNORTHW:nw-not-a-real-secret", "Verified": true,
           "ExtraData": {"account": "111122223333", "arn": "arn:aws:iam::111122223333:user/ci", "user_id": "AIDAEXAMPLE"}"#,
    );
    let secret = fact(&output, "Secret", "AKIARTX3GSDS2VNORTHW");
    assert_eq!(secret["identity"], "arn:aws:iam::111122223333:user/ci");
    assert_eq!(
        (&secret["validity"], &secret["validity_checked_at"]),
        (&"active".into(), &"2026-06-01T12:00:00Z".into())
    );
    assert!(secret.get("canary").is_none());
}

#[test]
fn a_canary_that_works_is_a_canary() {
    for extra in [
        r#"{"arn": "arn:aws:iam::111122223333:user/canarytokens.com@@northwind"}"#,
        r#"{"arn": "arn:aws:iam::111122223333:user/x", "is_canary": "true"}"#,
        r#"{"is_canary": true}"#,
    ] {
        let output = one(&format!(
            r#""Raw": "AKIARTX3GSDS2VNORTHW", "RawV2": "", "Verified": true, "ExtraData": {extra}"#
        ));
        assert_eq!(facts(&output, "Secret")[0]["canary"], true, "{extra}");
    }
}

#[test]
fn not_verified_says_nothing() {
    for fields in [r#""Verified": false"#, r#""Verified": false, "VerificationError": "timeout""#] {
        let output = one(&format!(r#""Raw": "correct-horse-battery", "RawV2": "", {fields}"#));
        assert!(facts(&output, "Secret")[0].get("validity").is_none());
    }
}

#[test]
fn every_source_has_its_object_and_only_repositories_are_proven() {
    let output = read_text(
        r#"{"SourceMetadata": {"Data": {"S3": {"bucket": "northwind", "file": "backup/a.env"}}}, "DetectorName": "Github", "Raw": "correct-horse-battery", "RawV2": ""}"#,
    );
    assert_eq!(facts(&output, "Sighting")[0]["path"], "backup/a.env");
    assert!(show(&output).contains("give `--repo`"));
}

#[test]
fn a_scan_that_the_log_does_not_finish_proves_nothing() {
    let text = show(&read_text(
        r#"{"level":"info-0","ts":"2026-05-30T05:00:00Z","logger":"trufflehog","msg":"running source"}"#,
    ));
    assert!(text.contains("does not say that the scan finished"), "{text}");
}

#[test]
fn what_trufflehog_did_not_write_is_said_to_be_so() {
    insta::assert_snapshot!(TruffleHog.ingest(b"{}", "", &context()).unwrap_err(), @"this is not the output of `trufflehog`: no record has a `DetectorName`; was it written with `--json`?");
}

#[test]
fn real_lines_are_read_without_rejects_and_the_account_is_in_the_keys_id() {
    for (path, input) in samples("trufflehog", &[".json"]) {
        let output = TruffleHog.ingest(&input, "", &context()).unwrap();
        assert_eq!(output.rejects, [], "{}", path.display());
        let keys: Vec<_> =
            facts(&output, "Secret").into_iter().filter(|it| it["kind"] == "access_key").collect();
        assert_eq!(keys[0]["canary"], true);
        let id = keys[0]["id"].as_str().unwrap();
        assert_eq!(crate::secret::access_key_account(id).as_deref(), keys[0]["account"].as_str());
    }
}
