//! What a run ends with: 2 outranks 1 outranks 3 outranks 0.

use crate::support::Sandbox;

/// The quickstart: one key to revoke, one in use, one that cannot be told.
fn quickstart() -> Sandbox {
    Sandbox::with("examples/quickstart")
}

const EVAL: &str = "eval -C examples/quickstart";

/// A line that no type of the quickstart fits.
const STRANGER: &str =
    r#"{"Banana": {"id": "b"}, "source": {"tool": "t"}, "observed_at": "2026-06-01T09:00:00Z"}"#;

#[test]
fn decisions_fail_a_run_by_level() {
    let sandbox = quickstart();
    for (level, code) in [
        ("", 1),
        (" --fail-on none", 0),
        (" --fail-on block", 0),
        (" --fail-on revoke", 1),
        (" --fail-on alert", 1),
        (" --fail-on block --fail-on alert:low", 1),
        (" --fail-on alert:critical --now 2025-01-01T00:00:00Z", 0),
    ] {
        sandbox.run(&format!("{EVAL}{level}")).expect(code);
    }
}

#[test]
fn what_cannot_be_told_fails_a_run_where_asked() {
    let sandbox = quickstart();
    let facts = sandbox.read("examples/quickstart/facts.ndjson");
    let lab: Vec<&str> = facts.lines().filter(|line| line.contains("lab-printer")).collect();
    sandbox.write("lab.ndjson", lab.join("\n"));
    sandbox.run(&format!("{EVAL} --facts lab.ndjson")).expect(0);
    sandbox.run(&format!("{EVAL} --facts lab.ndjson --fail-on unknown")).expect(1);
}

#[test]
fn a_reject_is_a_gap_and_with_strict_an_error() {
    let sandbox = quickstart();
    sandbox.write("stranger.ndjson", STRANGER);
    let facts = "--facts examples/quickstart/facts.ndjson --facts stranger.ndjson";
    sandbox.run(&format!("{EVAL} {facts} --fail-on none")).expect(3);
    sandbox.run(&format!("{EVAL} {facts}")).expect(1);
    sandbox.run(&format!("{EVAL} {facts} --fail-on none --strict")).expect(2);
    let run = sandbox.run(&format!("{EVAL} {facts} --strict")).expect(2);
    assert!(run.stderr.contains("stranger.ndjson: line 1: "), "{}", run.stderr);
    assert!(run.stderr.contains("`Banana`"), "{}", run.stderr);
    assert!(run.stdout.contains("old-backup"), "nothing else is lost: {}", run.stdout);
}

#[test]
fn usage_and_configuration_are_errors() {
    let sandbox = quickstart();
    sandbox.write("bad/assize.toml", "polices = []\n").write("empty/assize.toml", "stdlib = false\n");
    for (args, message) in [
        ("frobnicate", "unrecognized subcommand"),
        ("eval --format yaml", "the formats are text, json, ndjson"),
        ("eval --fail-on loud", "one of block, revoke, alert"),
        ("eval --now yesterday", "RFC 3339"),
        ("eval -C nowhere", "`nowhere` holds no assize.toml"),
        ("eval -C bad", "bad/assize.toml:1: unknown key `polices`; did you mean `policies`?"),
        ("eval -C empty", "no policies"),
        ("eval -C examples/quickstart --facts nowhere.ndjson", "nowhere.ndjson: cannot be read"),
        ("eval -C examples/quickstart --set idle_after", "write NAME=VALUE"),
        ("eval -C examples/quickstart --fail-on rank:T99", "no ordered enum has a member `T99`"),
        ("explain -C examples/quickstart dec_0000", "no decision"),
    ] {
        let run = sandbox.run(args).expect(2);
        assert!(run.stderr.contains(message), "{args}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{args}");
    }
}

#[test]
fn machine_formats_are_alone_on_standard_output() {
    let sandbox = quickstart();
    sandbox.write("stranger.ndjson", STRANGER);
    let facts = "--facts examples/quickstart/facts.ndjson --facts stranger.ndjson";
    let run = sandbox.run(&format!("{EVAL} {facts} --format json")).expect(1);
    assert_eq!(run.json()["rejected"], 1);
    assert!(run.stderr.contains("rejected"));
    let run = sandbox.run(&format!("{EVAL} {facts} --format ndjson")).expect(1);
    for line in run.stdout.lines() {
        let decision: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(decision["id"].as_str().unwrap().starts_with("dec_"));
    }
    let run = sandbox.run(&format!("{EVAL} {facts} --quiet --format json:out.json --format text")).expect(1);
    assert!(run.stdout.contains("old-backup"));
    assert!(sandbox.read("out.json").contains("\"decisions\""));
}

#[test]
fn colour_is_for_those_who_see_it() {
    let sandbox = quickstart();
    assert!(!sandbox.run(EVAL).stdout.contains('\u{1b}'));
    assert!(sandbox.run(&format!("{EVAL} --color always")).stdout.contains('\u{1b}'));
    assert!(!sandbox.run(&format!("{EVAL} --color always --format json")).stdout.contains('\u{1b}'));
}

#[test]
fn flags_beat_variables_and_variables_beat_the_file() {
    let sandbox = quickstart();
    let now = |args: &str, env: &[(&str, &str)]| {
        let run = sandbox.run_with(&format!("{EVAL} --format json --fail-on none {args}"), env, None);
        run.json()["now"].as_str().unwrap().to_owned()
    };
    let env = [("ASSIZE_NOW", "2026-06-02T00:00:00Z")];
    assert_eq!(now("", &[]), "2026-06-01T12:00:00Z");
    assert_eq!(now("", &env), "2026-06-02T00:00:00Z");
    assert_eq!(now("--now 2026-06-03T00:00:00Z", &env), "2026-06-03T00:00:00Z");
}

#[test]
fn paths_in_variables_are_lists() {
    let sandbox = quickstart();
    let facts = sandbox.read("examples/quickstart/facts.ndjson");
    let (first, rest) = facts.split_once('\n').unwrap();
    sandbox.write("one.ndjson", first).write("two.ndjson", rest);
    let run = sandbox.run_with(EVAL, &[("ASSIZE_FACTS", "one.ndjson:two.ndjson")], None).expect(1);
    assert!(run.stdout.contains("on 5 facts"), "{}", run.stdout);
}

#[test]
fn an_instant_before_the_facts_is_told() {
    let sandbox = quickstart();
    let run = sandbox.run(&format!("{EVAL} --now 2026-05-01T00:00:00Z")).expect(0);
    assert!(run.stderr.contains("note: the facts reach to 2026-06-01T11:58:00Z"), "{}", run.stderr);
    assert_eq!(sandbox.run(&format!("{EVAL} --fail-on none")).expect(0).stderr, "");
    assert_eq!(sandbox.run(&format!("{EVAL} --now 2026-05-01T00:00:00Z --quiet")).expect(0).stderr, "");
}

#[test]
fn a_project_is_found_upwards() {
    let sandbox = quickstart();
    sandbox.write("examples/quickstart/deep/er/note.md", "");
    let run = std::process::Command::new(crate::support::binary())
        .args(["eval", "--format", "json", "--fail-on", "none"])
        .current_dir(sandbox.path("examples/quickstart/deep/er"))
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let sandbox = quickstart();
    let script =
        format!("{} {EVAL} --fail-on none | true; exit ${{PIPESTATUS[0]}}", crate::support::binary());
    let output = crate::support::command(std::path::Path::new("bash"))
        .args(["-c", &script])
        .current_dir(sandbox.path(""))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
