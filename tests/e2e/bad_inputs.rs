//! Inputs that are not what they should be: a clear word, exit code 2, and nothing else lost.

use crate::support::Sandbox;

/// What each connector reads of the example estate.
const FORMATS: &[(&str, &str)] = &[
    ("trivy", "trivy-storefront.json"),
    ("gitleaks", "gitleaks.json"),
    ("aws-credential-report", "aws-credential-report.csv"),
    ("cloudtrail", "cloudtrail.json"),
    ("kubernetes", "kubernetes.json"),
    ("falco", "falco.jsonl"),
    ("kev", "kev.json"),
    ("ssvc", "ssvc.jsonl"),
];

/// Flags that give what the files do not say.
const CONTEXT: &str = "--cluster prod-eu --account 111122223333 --repo github.com/northwind-robotics/arm-sdk \
                       --visibility public --observed-at 2026-06-01T09:00:00Z";

fn northwind(file: &str) -> Vec<u8> {
    std::fs::read(crate::support::root().join("examples/northwind").join(file)).unwrap()
}

/// Reads `bytes` as the tool's output and wants it refused with these words.
#[track_caller]
fn refused(sandbox: &Sandbox, tool: &str, bytes: &[u8], words: &[&str]) {
    sandbox.write("input", bytes);
    let run = sandbox.run(&format!("ingest {tool} input --out out {CONTEXT}")).expect(2);
    assert!(run.stderr.contains("error: input: "), "{tool}: {}", run.stderr);
    assert!(words.iter().any(|word| run.stderr.contains(word)), "{tool}: {words:?} in {}", run.stderr);
    assert_eq!(run.stdout, "", "{tool}");
    assert!(!sandbox.path("out").exists(), "{tool}: nothing is written");
}

#[test]
fn every_format_is_read_and_recognised() {
    let sandbox = Sandbox::new();
    for (tool, file) in FORMATS {
        sandbox.write("input", northwind(file));
        let run = sandbox.run(&format!("ingest auto input --out {tool} {CONTEXT}")).expect(0);
        assert!(run.stdout.contains(&format!("read input as {tool}\n")), "{}", run.stdout);
    }
}

#[test]
fn an_empty_input_is_refused() {
    let sandbox = Sandbox::new();
    for (tool, _) in FORMATS {
        refused(&sandbox, tool, b"", &["is empty"]);
        refused(&sandbox, tool, b" \n\n", &["is empty"]);
    }
}

#[test]
fn an_input_that_is_cut_off_is_refused() {
    let sandbox = Sandbox::new();
    // What has a record a line, or a row, loses its last record only: the connectors' own tests hold that.
    for (tool, file) in FORMATS.iter().filter(|(_, file)| file.ends_with(".json")) {
        let bytes = northwind(file);
        refused(&sandbox, tool, &bytes[..bytes.len() / 2], &["cut off"]);
    }
}

#[test]
fn another_tools_output_is_refused() {
    let sandbox = Sandbox::new();
    for (tool, file) in FORMATS {
        let other = if *file == "kev.json" { "kubernetes.json" } else { "kev.json" };
        refused(&sandbox, tool, &northwind(other), &["this is not the output of", "line 1"]);
    }
    refused(&sandbox, "auto", b"{\"hello\": 1}", &["no connector recognises"]);
    refused(&sandbox, "banana", b"{\"hello\": 1}", &["no connector is called `banana`"]);
}

#[test]
fn a_nest_without_end_is_refused() {
    let sandbox = Sandbox::new();
    let bomb = "[".repeat(200_000);
    for (tool, _) in FORMATS.iter().filter(|(_, file)| !file.ends_with(".csv")) {
        refused(&sandbox, tool, bomb.as_bytes(), &["nested deeper than"]);
        let within = format!("{{\"a\": {}", "{\"a\": ".repeat(100_000));
        refused(&sandbox, tool, within.as_bytes(), &["nested deeper than"]);
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let sandbox = Sandbox::new();
    for (tool, file) in FORMATS {
        let mut bytes = northwind(file);
        let middle = bytes.len() / 2;
        bytes[middle] = 0xff;
        refused(&sandbox, tool, &bytes, &["not UTF-8"]);
    }
}

#[test]
fn one_bad_file_loses_no_other() {
    let sandbox = Sandbox::new();
    sandbox
        .write("in/a-broken.json", "{")
        .write("in/b-kev.json", northwind("kev.json"))
        .write("in/c-empty", "");
    let run = sandbox.run(&format!("ingest auto in --out out {CONTEXT}")).expect(2);
    assert!(
        run.stderr.contains("in/a-broken.json: ") && run.stderr.contains("in/c-empty: "),
        "{}",
        run.stderr
    );
    assert!(run.stdout.contains("in/b-kev.json     kev "), "{}", run.stdout);
    let info = sandbox.run("snapshot info out --format json").expect(0).json();
    assert!(info["counts"]["KevEntry"].as_u64().unwrap() > 0, "{info}");
}

/// Lines of a fact file that are wrong, and what is said of each.
const LINES: &[(&str, &str)] = &[
    ("{", "line 1: not JSON: the line is cut off"),
    ("nonsense", "line 1: not JSON: a syntax error"),
    ("[]", "the line is not a JSON object"),
    (r#"{"Key": {"id": "x"}, "observed_at": "2026-06-01T09:00:00Z"}"#, "no `source`"),
    (r#"{"Key": {"id": "x"}, "source": {"tool": "t"}}"#, "no `observed_at`"),
    (r#"{"Key": {"id": "x"}, "source": {"tool": "t"}, "observed_at": "noon"}"#, "`observed_at`"),
    (
        r#"{"Key": {"id": "x", "colour": 1}, "source": {"tool": "t"}, "observed_at": "2026-06-01T09:00:00Z"}"#,
        "`colour`",
    ),
    (r#"{"Key": {"owner": "x"}, "source": {"tool": "t"}, "observed_at": "2026-06-01T09:00:00Z"}"#, "`id`"),
    (
        r#"{"Key": {"id": "x", "created_at": 5}, "source": {"tool": "t"}, "observed_at": "2026-06-01T09:00:00Z"}"#,
        "`created_at`",
    ),
    (r#"{"Lock": {"id": "x"}, "source": {"tool": "t"}, "observed_at": "2026-06-01T09:00:00Z"}"#, "`Lock`"),
];

#[test]
fn a_bad_line_names_file_line_field_and_reason() {
    let sandbox = Sandbox::with("examples/quickstart");
    for (line, words) in LINES {
        sandbox.write("bad.ndjson", line);
        let facts = "--facts examples/quickstart/facts.ndjson --facts bad.ndjson";
        let run = sandbox.run(&format!("eval -C examples/quickstart {facts} --fail-on none")).expect(3);
        assert!(run.stderr.contains("bad.ndjson: line 1: "), "{line}: {}", run.stderr);
        assert!(run.stderr.contains(words), "{line}: {words} in {}", run.stderr);
        assert!(run.stdout.contains("old-backup"), "{line}: nothing else is lost");
    }
}

#[test]
fn fact_files_that_are_none_are_refused() {
    let sandbox = Sandbox::with("examples/quickstart");
    sandbox.write("empty.ndjson", "").write("bytes.ndjson", [b'{', 0xff]).write("nothing/here.md", "");
    for (path, words) in [
        ("empty.ndjson", "the input is empty"),
        ("bytes.ndjson", "not UTF-8"),
        ("nothing", "the folder holds no facts"),
        ("examples/quickstart/assize.toml", "no connector recognises"),
    ] {
        let facts = format!("--facts examples/quickstart/facts.ndjson --facts {path}");
        let run = sandbox.run(&format!("eval -C examples/quickstart {facts} --fail-on none")).expect(2);
        assert!(run.stderr.contains(&format!("error: {path}: ")), "{}", run.stderr);
        assert!(run.stderr.contains(words), "{path}: {}", run.stderr);
        assert!(run.stdout.contains("old-backup"), "{path}: nothing else is lost");
    }
}

#[test]
fn a_line_nested_without_end_is_one_reject() {
    let sandbox = Sandbox::with("examples/quickstart");
    sandbox.write("deep.ndjson", format!("{{\"Key\": {}", "[".repeat(300_000)));
    let facts = "--facts examples/quickstart/facts.ndjson --facts deep.ndjson";
    let run = sandbox.run(&format!("eval -C examples/quickstart {facts} --fail-on none"));
    assert!(matches!(run.code, 2 | 3), "{}", run.stderr);
    assert!(run.stderr.contains("deep.ndjson"), "{}", run.stderr);
}
