//! Each command, at least once, as its help shows it.

use crate::support::Sandbox;

#[test]
fn every_command_has_help_with_examples() {
    let sandbox = Sandbox::new();
    let help = sandbox.run("--help").expect(0).stdout;
    for command in [
        "eval",
        "check",
        "fmt",
        "test",
        "explain",
        "ingest",
        "decide",
        "init",
        "doc",
        "schema",
        "completions",
        "serve",
        "bundle",
    ] {
        assert!(help.contains(&format!("  {command} ")), "{command} in {help}");
        let page = sandbox.run(&format!("{command} --help")).expect(0).stdout;
        assert!(page.contains("Examples:"), "{command}: {page}");
        assert!(page.lines().all(|line| line.chars().count() <= 110), "{command}: {page}");
    }
    assert!(sandbox.run("snapshot info --help").expect(0).stdout.contains("Examples:"));
    sandbox.run("").expect(2);
}

#[test]
fn a_new_project_passes_its_own_test_and_decides() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("init estate").expect(0);
    assert!(run.stdout.contains("wrote estate/assize.toml"), "{}", run.stdout);
    sandbox.run("check -C estate").expect(0);
    let run = sandbox.run("test -C estate unused").expect(0);
    assert!(run.stdout.contains("a quiet key is told of only where somebody watched"), "{}", run.stdout);
    let run = sandbox.run("eval -C estate --fail-on alert:medium").expect(1);
    for words in ["AKIAEXAMPLEFORGOTTEN", "not used in 30d", "AKIAEXAMPLEELSEWHERE", "cannot tell"] {
        assert!(run.stdout.contains(words), "{words} in {}", run.stdout);
    }
    let run = sandbox.run("init estate").expect(2);
    assert!(run.stderr.contains("`estate/assize.toml` is there already"), "{}", run.stderr);
}

#[test]
fn tests_are_reported_in_four_formats() {
    let sandbox = Sandbox::with("examples/quickstart");
    let test = "test -C examples/quickstart";
    assert!(sandbox.run(test).expect(0).stdout.contains("1 passed"));
    let tap = sandbox.run(&format!("{test} --format tap")).expect(0).stdout;
    assert!(tap.starts_with("TAP version 14\n1..1\nok 1 - "), "{tap}");
    let junit = sandbox.run(&format!("{test} --format junit")).expect(0).stdout;
    assert!(junit.contains("<testsuites tests=\"1\" failures=\"0\""), "{junit}");
    let json = sandbox.run(&format!("{test} --format json")).expect(0).json();
    assert_eq!((&json["passed"], &json["failed"]), (&1.into(), &0.into()));

    let path = "examples/quickstart/idle_key.assize";
    let wrong = sandbox
        .read(path)
        .replace("expect nothing on \"k\" by idle_key", "expect alert high on \"k\" by idle_key");
    sandbox.write(path, wrong);
    let text = sandbox.run(test).expect(1).stdout;
    assert!(text.contains("0 passed, 1 failed") && text.contains("idle_key.assize:"), "{text}");
    assert!(sandbox.run(&format!("{test} --format tap")).expect(1).stdout.contains("not ok 1 - "));
    assert!(sandbox.run(&format!("{test} --format junit")).expect(1).stdout.contains("<failure"));
    sandbox.run(&format!("{test} nothing-is-called-so")).expect(2);
}

#[test]
fn what_the_tests_do_not_show_is_said() {
    let sandbox = Sandbox::with("examples/quickstart");
    let test = "test -C examples/quickstart --coverage";
    let text = sandbox.run(test).expect(0).stdout;
    for words in [
        "quickstart.idle_key examples/quickstart/idle_key.assize:29: 2 of 2 arms, 7 of 9 values",
        "idle_key.assize:31: where `secret.created_at < now - idle_after` was never false or unknown",
        "covered by tests: 2 of 2 arms, 7 of 9 values of conditions",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
    let coverage = sandbox.run(&format!("{test} --format json")).expect(0).json()["coverage"].clone();
    assert_eq!(coverage["total"]["arms"], serde_json::json!({"covered": 2, "of": 2}));
    let policy = &coverage["policies"][0];
    assert_eq!(policy["arms"][0], serde_json::json!({"arm": 1, "text": "!used", "line": 36, "decided": 1}));
    assert_eq!(
        policy["conditions"][0],
        serde_json::json!({
            "kind": "where",
            "text": "secret.created_at < now - idle_after",
            "line": 31,
            "seen": ["true"],
            "never": ["false", "unknown"],
            "cannot": [],
        })
    );
}

#[test]
fn changes_that_no_test_notices_are_said() {
    let sandbox = Sandbox::with("examples/quickstart");
    let test = "test -C examples/quickstart --mutate";
    let text = sandbox.run(test).expect(0).stdout;
    for words in [
        "idle_key.assize:29: 9 of 12 mutants killed by 1 test",
        "idle_key.assize:31: where `secret.created_at < now - idle_after`: dropped",
        "idle_key.assize:31: `idle_after` made `idle_after + 24h`",
        "mutants: 9 killed, 3 survived",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
    let json = sandbox.run(&format!("{test} --policy idle --format json")).expect(0).json();
    assert_eq!((&json["mutation"]["killed"], &json["mutation"]["survived"]), (&9.into(), &3.into()));
    let survivor = &json["mutation"]["policies"][0]["survivors"][2];
    assert_eq!(survivor, &serde_json::json!({"line": 31, "change": "`idle_after` made `idle_after + 24h`"}));
    let run = sandbox.run(&format!("{test} --policy nothing-is-called-so")).expect(2);
    assert!(run.stderr.contains("no policy's name has `nothing-is-called-so`"), "{}", run.stderr);

    let path = "examples/quickstart/idle_key.assize";
    let wrong = sandbox
        .read(path)
        .replace("expect nothing on \"k\" by idle_key", "expect alert high on \"k\" by idle_key");
    sandbox.write(path, wrong);
    let run = sandbox.run(test).expect(1);
    assert!(run.stderr.contains("only tests that pass can notice"), "{}", run.stderr);
    assert!(!run.stdout.contains("mutants"), "{}", run.stdout);
}

/// A request by which an agent asks for a tool.
const REQUEST: &str = r#"{"ToolCall": {"id": "call-1", "agent": "agent-1", "tool": "tool-1", "at": "2026-06-01T12:00:00Z", "on_behalf_of": null}}"#;

#[test]
fn a_request_is_decided() {
    let sandbox = Sandbox::with("examples/northwind");
    sandbox.write("request.json", REQUEST);
    let decide = "decide -C examples/northwind --request";
    let run = sandbox.run(&format!("{decide} request.json --format json"));
    let verdict = run.json();
    assert!(matches!(run.code, 1 | 3), "nothing is known of agent-1: {verdict}");
    assert_ne!(verdict["verdict"], "allow");
    for key in ["verdict", "decisions", "missing", "snapshot", "now"] {
        assert!(verdict.get(key).is_some(), "{key} in {verdict}");
    }
    let piped = sandbox.run_with(&format!("{decide} - --format json"), &[], Some(REQUEST.as_bytes()));
    assert_eq!(piped.json(), verdict);
    for (request, words) in
        [("{", "request.json: "), ("{\"Nonsense\": {}}", "`Nonsense`"), ("[]", "one request")]
    {
        sandbox.write("request.json", request);
        let run = sandbox.run(&format!("{decide} request.json")).expect(2);
        assert!(run.stderr.contains(words), "{request}: {}", run.stderr);
    }
}

#[test]
fn the_schema_says_what_makes_absence_knowable() {
    let sandbox = Sandbox::new();
    let text = sandbox.run("schema SecretUse").expect(0).stdout;
    assert!(text.contains("known where covered by cloud_mgmt on secret.account or"), "{text}");
    let json = sandbox.run("schema --format json").expect(0).json();
    assert!(json["facts"].as_array().unwrap().iter().any(|it| it["name"] == "nhi.model.Secret"));
    let run = sandbox.run("schema Secrt").expect(2);
    assert!(run.stderr.contains("did you mean `Secret`?"), "{}", run.stderr);
}

#[test]
fn whatever_has_a_name_has_a_page() {
    let sandbox = Sandbox::new();
    for (name, words) in [
        ("E0204", "E0204"),
        ("NHI7:2025", "nhi.lifecycle.idle_static_secret"),
        ("idle_static_secret", "nhi.lifecycle.idle_after"),
        ("trivy", "assize ingest trivy"),
    ] {
        let text = sandbox.run(&format!("doc {name}")).expect(0).stdout;
        assert!(text.contains(words), "{name}: {text}");
    }
    let index = sandbox.run("doc").expect(0).stdout;
    assert!(index.contains("trivy") && index.contains("E0101") && index.contains("nist-csf-2.0/"), "{index}");
    let run = sandbox.run("doc idle_static_secrets").expect(2);
    assert!(run.stderr.contains("did you mean `idle_static_secret`?"), "{}", run.stderr);
}

#[test]
fn shells_get_their_completions() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish"] {
        let text = sandbox.run(&format!("completions {shell}")).expect(0).stdout;
        assert!(text.contains("snapshot") && text.contains("fail-on"), "{shell}");
    }
}
