//! No value of a secret is in any output, whatever is asked for and whatever goes wrong.

use crate::support::Sandbox;

/// Values that stand in what scanners write.
const VALUES: &[&str] = &["nw-example-7c1d0e5a4b9f8d2e6a3c", "hunter2-horse-battery-staple"];

/// A finding of gitleaks with a value in every field that could hold one.
const LEAK: &str = r#"[{
  "RuleID": "generic-api-key", "Description": "key", "StartLine": 1, "EndLine": 1, "StartColumn": 1,
  "EndColumn": 9, "Match": "k = \"hunter2-horse-battery-staple\"", "Secret": "hunter2-horse-battery-staple",
  "File": "a.txt", "SymlinkFile": "", "Commit": "3f1c2a9d7e5b40c68a1f0b2d4c6e8f901a2b3c4d", "Entropy": 4.0,
  "Author": "x", "Email": "x@northwind.example", "Date": "2026-05-31T17:20:11Z",
  "Message": "add hunter2-horse-battery-staple", "Tags": [], "Fingerprint": "f"
}]"#;

const CONTEXT: &str =
    "--repo github.com/northwind-robotics/arm-sdk --visibility public --observed-at 2026-06-01T09:00:00Z";

#[track_caller]
fn clean(text: &str) {
    for value in VALUES {
        assert!(!text.contains(value), "`{value}` in {text}");
    }
}

#[test]
fn no_command_prints_a_value() {
    let sandbox = Sandbox::with("examples/northwind");
    sandbox.write("examples/northwind/gitleaks.json", LEAK);
    for args in [
        "eval -C examples/northwind",
        "eval -C examples/northwind --format json",
        "eval -C examples/northwind --format ndjson",
        "explain -C examples/northwind --policy leaked_secret",
        &format!("ingest gitleaks examples/northwind/gitleaks.json --out out {CONTEXT}"),
        "snapshot info out --format json",
    ] {
        let run = sandbox.run(args);
        clean(&run.stdout);
        clean(&run.stderr);
    }
    for entry in std::fs::read_dir(sandbox.path("out")).unwrap() {
        clean(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
}

#[test]
fn no_error_prints_a_value() {
    let sandbox = Sandbox::new();
    let cut = LEAK.find("\"File\"").unwrap();
    let wrong_kind = LEAK.replace("\"StartLine\": 1", "\"StartLine\": \"hunter2-horse-battery-staple\"");
    let wrong_date = LEAK.replace("2026-05-31T17:20:11Z", "hunter2-horse-battery-staple");
    let line = r#"{"Secret": {"id": 5, "hunter2": 1, "created_at": "hunter2-horse-battery-staple"}, "source": {"tool": "t"}, "observed_at": "2026-06-01T09:00:00Z"}"#;
    for (tool, text) in [
        ("gitleaks", &LEAK[..cut]),
        ("gitleaks", &wrong_kind),
        ("gitleaks", &wrong_date),
        ("trivy", LEAK),
        ("auto", line),
    ] {
        sandbox.write("input.ndjson", text);
        let run = sandbox.run(&format!("ingest {tool} input.ndjson --out out --replace {CONTEXT}"));
        clean(&run.stdout);
        clean(&run.stderr);
    }
}

#[test]
fn without_a_site_key_fingerprints_hold_for_one_run() {
    let sandbox = Sandbox::new();
    sandbox.write("leaks.json", LEAK);
    let key = |out: &str, more: &str| {
        let run = sandbox.run(&format!("ingest gitleaks leaks.json --out {out} {CONTEXT} {more}")).expect(0);
        let text = sandbox.read(&format!("{out}/Sighting.ndjson"));
        let at = text.find("fp:").expect("a fingerprint");
        (text[at..at + 35].to_owned(), run.stderr)
    };
    let (first, said) = key("one", "");
    assert!(said.contains("no site key"), "{said}");
    assert_ne!(first, key("two", "").0);
    sandbox.write("site.key", "0123456789abcdef0123456789abcdef\n");
    let (kept, said) = key("three", "--site-key-file site.key");
    assert!(!said.contains("no site key"), "{said}");
    assert_eq!(kept, key("four", "--site-key-file site.key").0);
}
