//! A broken policy is shown with its place and costs itself and nothing else.

use crate::support::{Run, Sandbox};

/// Four mistakes, one a policy, beside a policy that is right.
const BROKEN: &str = r#"package broken

use nhi.model.*
use nhi.controls.{owasp_nhi}

/// A type error: a text is no duration.
policy wrong_type {
  maps owasp_nhi.NHI1
  for secret: Secret
  where secret.created_at < now - "45d"
  decide { otherwise => alert low because "x" }
}

/// An unknown control.
policy wrong_control {
  maps owasp_nhi.NHI99
  for secret: Secret
  decide { otherwise => alert low because "x" }
}

/// A misspelt field.
policy wrong_field {
  maps owasp_nhi.NHI1
  for secret: Secret
  where secret.statsu == SecretStatus.active
  decide { otherwise => alert low because "x" }
}

/// A missing brace.
policy wrong_brace {
  maps owasp_nhi.NHI1
  for secret: Secret
  decide { otherwise => alert low because "x"
}

/// Nothing wrong.
policy right {
  maps owasp_nhi.NHI1
  for secret: Secret
  decide { otherwise => alert low because "seen" }
}
"#;

const FACT: &str = r#"{"Secret": {"id": "K1", "kind": "access_key", "static": true, "status": "active", "created_at": "2026-01-01T00:00:00Z", "account": "a"}, "source": {"tool": "t", "record": "r1"}, "observed_at": "2026-06-01T00:00:00Z"}"#;

fn broken() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("policies/broken.assize", BROKEN).write("facts.ndjson", FACT);
    sandbox.write(
        "assize.toml",
        "policies = [\"policies\"]\nfacts = [\"facts.ndjson\"]\nnow = 2026-06-01T00:00:00Z\n",
    );
    sandbox
}

/// The four codes are there, each with the line that it is about.
#[track_caller]
fn shows_all_four(text: &str) {
    for (code, place) in [
        ("E0204", "policies/broken.assize:16:"),
        ("E0202", "policies/broken.assize:25:"),
        ("E0102", "policies/broken.assize:34:"),
        ("E0302", "policies/broken.assize:10:"),
    ] {
        assert!(text.contains(code), "{code} is missing:\n{text}");
        assert!(text.contains(place), "{place} is missing:\n{text}");
    }
    assert!(text.contains("`status`"), "the nearest field is named:\n{text}");
    assert!(text.contains("is not closed"), "the brace is shown:\n{text}");
}

fn checked() -> (Sandbox, Run) {
    let sandbox = broken();
    let run = sandbox.run("check").expect(2);
    (sandbox, run)
}

#[test]
fn four_mistakes_are_four_diagnostics_in_one_run() {
    let (_, run) = checked();
    shows_all_four(&run.stdout);
    assert!(run.stdout.contains("4 errors"), "{}", run.stdout);
}

#[test]
fn programs_get_them_with_lines_and_columns() {
    let run = broken().run("check --format json").expect(2);
    let json = run.json();
    assert_eq!(json["errors"], 4);
    let field = json["diagnostics"].as_array().unwrap().iter().find(|it| it["code"] == "E0202").unwrap();
    assert_eq!(field["file"], "policies/broken.assize");
    assert_eq!(field["range"]["start"]["line"], 25);
    assert_eq!(field["severity"], "error");
}

#[test]
fn the_rest_is_decided_all_the_same() {
    let run = broken().run("eval --format json").expect(2);
    shows_all_four(&run.stderr);
    let json = run.json();
    let decisions = json["decisions"].as_array().unwrap();
    assert!(decisions.iter().any(|it| it["policy"] == "broken.right"), "{}", run.stdout);
    assert!(!decisions.iter().any(|it| it["policy"] == "broken.wrong_field"));
}

#[test]
fn each_code_has_words() {
    let sandbox = Sandbox::new();
    for code in ["E0204", "e0202"] {
        let run = sandbox.run(&format!("doc {code}")).expect(0);
        assert!(run.stdout.contains(&code.to_uppercase()), "{}", run.stdout);
    }
}

#[test]
fn a_warning_is_no_error() {
    let sandbox = Sandbox::new();
    let policy = BROKEN.split("/// Nothing wrong.").nth(1).unwrap();
    let text = format!(
        "package warned\nuse nhi.model.*\nuse nhi.controls.{{owasp_nhi}}\n\n/// Nobody reads it.\n\
         param spare: duration = 1d in 1d..2d source \"us\"\n\n{policy}"
    );
    sandbox.write("assize.toml", "policies = [\"a.assize\"]\n").write("a.assize", text);
    let run = sandbox.run("check").expect(0);
    assert!(run.stdout.contains("W0602"), "{}", run.stdout);
}

#[test]
fn files_that_are_no_policies_are_told() {
    let sandbox = Sandbox::new();
    sandbox.write("assize.toml", "policies = [\"p\"]\n").write("p/bytes.assize", [0x70, 0xff, 0xfe]);
    let run = sandbox.run("check").expect(2);
    assert!(run.stderr.contains("p/bytes.assize: it is not UTF-8 text (byte 1)"), "{}", run.stderr);
    sandbox.write("p/bytes.assize", "");
    sandbox.write(
        "p/deep.assize",
        format!("package deep\npolicy p {{ for s: Secret where {} }}", "(".repeat(5000)),
    );
    sandbox.run("check").expect(2);
    sandbox.write("empty/note.md", "");
    let run = sandbox.run("check empty").expect(2);
    assert!(run.stderr.contains("empty: the folder holds no *.assize file"), "{}", run.stderr);
}
