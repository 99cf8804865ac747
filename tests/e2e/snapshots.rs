//! Facts on disk.

use crate::support::Sandbox;

#[test]
fn a_snapshot_decides_like_the_files_that_it_was_made_from() {
    let sandbox = Sandbox::with("examples/quickstart");
    let ingest = "ingest -C examples/quickstart auto examples/quickstart/facts.ndjson --out snap";
    let run = sandbox.run(ingest).expect(0);
    assert!(run.stdout.contains("wrote snap: 5 lines from 2 sources, 0 rejected"), "{}", run.stdout);
    let eval = "eval -C examples/quickstart --fail-on none --format json";
    let from_files = sandbox.run(eval).expect(0).json();
    let from_snapshot = sandbox.run(&format!("{eval} --facts snap")).expect(0).json();
    assert_eq!(from_files["decisions"], from_snapshot["decisions"]);
    assert_eq!(from_files["snapshot"], from_snapshot["snapshot"], "the id is the content's");
}

#[test]
fn adding_the_same_twice_changes_nothing_and_replacing_starts_anew() {
    let sandbox = Sandbox::with("examples/quickstart");
    let facts = sandbox.read("examples/quickstart/facts.ndjson");
    let (first, rest) = facts.split_once('\n').unwrap();
    sandbox.write("first.ndjson", first).write("rest.ndjson", rest);
    let ingest = "ingest -C examples/quickstart auto --out snap";
    sandbox.run(&format!("{ingest} first.ndjson")).expect(0);
    sandbox.run(&format!("{ingest} rest.ndjson")).expect(0);
    let whole = sandbox.read("snap/manifest.json");
    sandbox.run(&format!("{ingest} rest.ndjson first.ndjson")).expect(0);
    assert_eq!(sandbox.read("snap/manifest.json"), whole);
    sandbox.run(&format!("{ingest} first.ndjson --replace")).expect(0);
    assert_eq!(
        sandbox.run("snapshot info snap --format json").expect(0).json()["counts"],
        serde_json::json!({"Key": 1})
    );
}

#[test]
fn a_snapshot_of_lines_from_before_is_still_read() {
    let sandbox = Sandbox::with("examples/quickstart");
    let facts = sandbox.read("examples/quickstart/facts.ndjson");
    let (keys, rest): (Vec<&str>, Vec<&str>) = facts.lines().partition(|line| line.contains("{\"Key\""));
    sandbox.write("old/Key.ndjson", keys.join("\n")).write("old/Rest.ndjson", rest.join("\n"));
    let manifest = r#"{"assize_snapshot": 1, "counts": {"Key": 3, "Rest": 2}, "sources": [], "rejects": []}"#;
    sandbox.write("old/manifest.json", manifest);
    let eval = "eval -C examples/quickstart --fail-on none --format json";
    let from_files = sandbox.run(eval).expect(0).json();
    let from_old = sandbox.run(&format!("{eval} --facts old")).expect(0).json();
    assert_eq!(from_files["decisions"], from_old["decisions"]);
    // Whatever is added makes it one of today.
    sandbox.run("ingest -C examples/quickstart auto examples/quickstart/facts.ndjson --out old").expect(0);
    let info = sandbox.run("snapshot info old --format json").expect(0).json();
    assert_eq!((&info["layout"], &info["counts"]["Key"]), (&serde_json::json!(2), &serde_json::json!(3)));
}

#[test]
fn standard_input_is_read() {
    let sandbox = Sandbox::with("examples/quickstart");
    let facts = sandbox.read("examples/quickstart/facts.ndjson");
    let args = "ingest -C examples/quickstart auto - --out snap";
    let run = sandbox.run_with(args, &[], Some(facts.as_bytes())).expect(0);
    assert!(run.stdout.contains("read standard input as facts"), "{}", run.stdout);
}

#[test]
fn rejects_stay_with_the_snapshot() {
    let sandbox = Sandbox::with("examples/quickstart");
    let facts = sandbox.read("examples/quickstart/facts.ndjson");
    sandbox.write("facts.ndjson", format!("{facts}{{\n"));
    sandbox.run("ingest -C examples/quickstart auto facts.ndjson --out snap").expect(3);
    let info = sandbox.run("snapshot info snap").expect(3);
    assert!(info.stdout.contains("facts.ndjson: line 6: "), "{}", info.stdout);
    let run = sandbox.run("eval -C examples/quickstart --facts snap --fail-on none").expect(3);
    assert!(run.stderr.contains("facts.ndjson: line 6: "), "{}", run.stderr);
}

#[test]
fn a_snapshot_that_was_damaged_is_refused() {
    let sandbox = Sandbox::with("examples/quickstart");
    let ingest = "ingest -C examples/quickstart auto examples/quickstart/facts.ndjson --out snap";
    sandbox.run(ingest).expect(0);
    let keys = std::fs::read(sandbox.path("snap/Key.parquet")).unwrap();
    sandbox.write("snap/Key.parquet", &keys[..keys.len() - 100]);
    for args in ["snapshot info snap", "eval -C examples/quickstart --facts snap --fail-on none", ingest] {
        let run = sandbox.run(args).expect(2);
        assert!(run.stderr.contains("it is not the file that the manifest counts"), "{args}: {}", run.stderr);
    }
    sandbox.write(
        "snap/manifest.json",
        "{\"assize_snapshot\": 99, \"counts\": {}, \"sources\": [], \"rejects\": []}",
    );
    assert!(sandbox.run("snapshot info snap").expect(2).stderr.contains("version 99"));
    sandbox.write("other/file.txt", "x");
    let run = sandbox.run("ingest auto examples/quickstart/facts.ndjson --out other").expect(2);
    assert!(run.stderr.contains("is no snapshot"), "{}", run.stderr);
}
