//! Inputs as they lie about: in folders, packed, in patterns, long, hostile, read before.

use std::io::Write;

use crate::support::{Sandbox, root};

const CONTEXT: &str = "--cluster prod-eu --account 111122223333 --repo github.com/northwind-robotics/arm-sdk \
                       --visibility public --observed-at 2026-06-01T09:00:00Z";

fn northwind(file: &str) -> Vec<u8> {
    std::fs::read(root().join("examples/northwind").join(file)).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A folder with a packed log, a report and something else.
fn folder() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox
        .write("in/aws/trail.json.gz", gzip(&northwind("cloudtrail.json")))
        .write("in/kev.json", northwind("kev.json"))
        .write("in/notes.txt", "nothing that anybody knows");
    sandbox
}

#[test]
fn a_folder_is_read_into_a_table() {
    let sandbox = folder();
    let run = sandbox.run(&format!("ingest auto in --out out {CONTEXT}")).expect(2);
    insta::assert_snapshot!(run.stdout, @"
    file                  tool            rejects  seconds  facts
    in/aws/trail.json.gz  cloudtrail            0       <1  8 ApiCall, 8 SecretUse, 6 Secret, 3 Coverage, 1 same_as
    in/kev.json           kev                   0       <1  2 KevEntry, 1 run
    in/notes.txt          not recognised        0       <1
    wrote out: 29 lines from 4 sources, 0 rejected
    ");
    assert!(run.stderr.contains("error: in/notes.txt: no connector recognises this input"), "{}", run.stderr);
}

#[test]
fn the_table_is_there_for_programs_too() {
    let sandbox = folder();
    let run = sandbox.run(&format!("ingest auto in --out out --format json {CONTEXT}")).expect(2);
    let mut told = run.json();
    for file in told["files"].as_array_mut().unwrap() {
        assert!(file["seconds"].as_f64().is_some_and(|seconds| seconds >= 0.0), "{file}");
        file.as_object_mut().unwrap().remove("seconds");
    }
    let error = told["files"][2]["error"].take();
    assert!(error.as_str().unwrap().starts_with("in/notes.txt: no connector recognises"), "{error}");
    insta::assert_snapshot!(serde_json::to_string_pretty(&told).unwrap(), @r#"
    {
      "files": [
        {
          "error": null,
          "facts": {
            "ApiCall": 8,
            "Coverage": 3,
            "Secret": 6,
            "SecretUse": 8,
            "same_as": 1
          },
          "file": "in/aws/trail.json.gz",
          "rejected": 0,
          "tool": "cloudtrail"
        },
        {
          "error": null,
          "facts": {
            "KevEntry": 2,
            "run": 1
          },
          "file": "in/kev.json",
          "rejected": 0,
          "tool": "kev"
        },
        {
          "error": null,
          "facts": {},
          "file": "in/notes.txt",
          "rejected": 0,
          "tool": null
        }
      ],
      "lines": 29,
      "rejected": 0,
      "snapshot": "out",
      "sources": 4,
      "version": 1
    }
    "#);
}

#[test]
fn packed_and_plain_are_the_same_facts() {
    let sandbox = Sandbox::new();
    let plain = northwind("cloudtrail.json");
    sandbox.write("a/trail.json", &plain).write("b/trail.json", gzip(&plain));
    sandbox.write("facts.ndjson.gz", gzip(&northwind("facts.ndjson")));
    let counts = |out: &str| {
        sandbox.run(&format!("snapshot info {out} --format json")).expect(0).json()["counts"].clone()
    };
    for out in ["a", "b"] {
        sandbox.run(&format!("ingest cloudtrail {out}/trail.json --out {out}/out")).expect(0);
    }
    assert_eq!(counts("a/out"), counts("b/out"));
    assert_eq!(sandbox.snapshot("a/out").lines().next(), sandbox.snapshot("b/out").lines().next());
    // As a project's facts too, and through a pipe.
    let run = sandbox.run("ingest auto facts.ndjson.gz --out facts").expect(0);
    assert!(run.stdout.contains("read facts.ndjson.gz as facts"), "{}", run.stdout);
    let run = sandbox.run_with("ingest auto - --out piped", &[], Some(&gzip(&plain))).expect(0);
    assert!(run.stdout.contains("read standard input as cloudtrail"), "{}", run.stdout);
    assert_eq!(counts("piped"), counts("a/out"));
}

#[test]
fn a_pattern_names_files_where_no_shell_does() {
    let sandbox = folder();
    let run = sandbox.run(&format!("ingest auto in/**/*.gz in/k?v.json --out out {CONTEXT}")).expect(0);
    assert!(run.stdout.contains("in/aws/trail.json.gz as cloudtrail"), "{}", run.stdout);
    let run = sandbox.run("ingest auto in/*.csv --out other").expect(2);
    assert!(run.stderr.contains("in/*.csv: no file is called so"), "{}", run.stderr);
}

#[test]
fn what_did_not_change_is_not_read_again() {
    let sandbox = folder();
    std::fs::remove_file(sandbox.path("in/notes.txt")).unwrap();
    let ingest = format!("ingest auto in --out out {CONTEXT}");
    sandbox.run(&ingest).expect(0);
    let first = sandbox.read("out/manifest.json");
    let again = sandbox.run(&ingest).expect(0);
    assert_eq!(again.stdout.matches(" unchanged ").count(), 2, "{}", again.stdout);
    assert_eq!(sandbox.read("out/manifest.json"), first);
    // Another content, or another context, is another input.
    let kev = String::from_utf8(northwind("kev.json")).unwrap();
    sandbox.write("in/kev.json", kev.replace("2026-05-29T15", "2026-05-30T15"));
    let changed = sandbox.run(&ingest).expect(0);
    assert_eq!(changed.stdout.matches(" unchanged ").count(), 1, "{}", changed.stdout);
    let other = sandbox.run(&ingest.replace("prod-eu", "prod-us")).expect(0);
    assert_eq!(other.stdout.matches(" unchanged ").count(), 0, "{}", other.stdout);
}

#[test]
fn what_has_fingerprints_is_read_again_unless_their_key_is_kept() {
    let sandbox = Sandbox::new();
    sandbox
        .write("leaks.json", northwind("gitleaks.json"))
        .write("site.key", "0123456789abcdef0123456789abcdef");
    let ingest = format!("ingest gitleaks leaks.json --out out {CONTEXT}");
    sandbox.run(&ingest).expect(0);
    assert!(!sandbox.run(&ingest).expect(0).stdout.contains("unchanged"));
    let keyed = format!("{ingest} --site-key-file site.key");
    sandbox.run(&keyed).expect(0);
    assert!(sandbox.run(&keyed).expect(0).stdout.contains("unchanged"));
}

#[test]
fn a_bomb_is_refused() {
    let sandbox = Sandbox::new();
    let mut packed = Vec::new();
    zstd::stream::copy_encode(std::io::Read::take(std::io::repeat(b' '), 1 << 30), &mut packed, 1).unwrap();
    sandbox.write("bomb.json", packed);
    for tool in ["auto", "cloudtrail", "trivy"] {
        let run = sandbox.run(&format!("ingest {tool} bomb.json --out out")).expect(2);
        assert!(run.stderr.contains("it unpacks to more than 400 times its size"), "{tool}: {}", run.stderr);
        assert!(!sandbox.path("out").exists());
    }
    let cut = gzip(&northwind("kev.json"));
    sandbox.write("cut.json", &cut[..cut.len() / 2]);
    let run = sandbox.run("ingest kev cut.json --out out").expect(2);
    assert!(run.stderr.contains("it is packed, and its end is missing"), "{}", run.stderr);
}

const MAP: &str = r#"
tool = "asset-db"
records = "assets"
observed_at = "record.seen"

[[facts]]
type = "Secret"
each = "record.tokens"
[facts.fields]
id = "fingerprint(item.value)"
account = "account"
kind = "'api_key'"
"#;

#[test]
fn an_in_house_tool_needs_only_a_map() {
    let sandbox = Sandbox::new();
    let assets = r#"{"assets": [{"seen": "2026-06-01T08:00:00Z", "tokens": [{"value": "hunter2-horse-battery"}]}, 7]}"#;
    sandbox.write("assets.json", assets).write("map.toml", MAP);
    let run = sandbox.run(&format!("ingest json --map map.toml assets.json --out out {CONTEXT}")).expect(3);
    assert!(run.stdout.contains("read assets.json as asset-db"), "{}", run.stdout);
    assert!(run.stderr.contains("assets.json: line 1.assets[1]: is not an object"), "{}", run.stderr);
    let held = sandbox.snapshot("out");
    assert!(held.contains("\"id\":\"fp:") && !held.contains("hunter2"), "{held}");
    for (map, words) in [
        ("tool = 7", "map.toml:1: invalid type"),
        (&MAP.replace("item.value)", "item.value"), "map.toml: facts[0].fields.id: "),
    ] {
        sandbox.write("map.toml", map);
        let run = sandbox.run("ingest json --map map.toml assets.json --out out").expect(2);
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
    let run = sandbox.run("ingest json assets.json --out other").expect(2);
    assert!(run.stderr.contains("give `--map`"), "{}", run.stderr);
    let run = sandbox.run("ingest trivy --map map.toml assets.json --out other").expect(2);
    assert!(run.stderr.contains("`--map` is for the tool `json`"), "{}", run.stderr);
}

#[test]
fn what_is_old_is_left_out_with_the_claim_to_have_watched_it() {
    let sandbox = Sandbox::with("examples/quickstart");
    let ingest = "ingest -C examples/quickstart auto examples/quickstart/facts.ndjson --out snap";
    sandbox.run(&format!("{ingest} --keep 13h")).expect(0);
    let held = sandbox.snapshot("snap");
    assert!(!held.contains("use-1") && held.contains("\"from\":\"2026-05-31T23:00:00Z\""), "{held}");
    // The use is gone, and with it what showed that there was none: nothing is revoked for silence.
    let eval = "eval -C examples/quickstart --facts snap --fail-on none --format json";
    let decisions = sandbox.run(eval).expect(0).json()["decisions"].clone();
    let kinds: Vec<_> = decisions.as_array().unwrap().iter().map(|it| &it["outcomes"][0]["kind"]).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| *kind == "alert"), "{decisions}");
    let wrong = sandbox.run(&format!("{ingest} --keep soon")).expect(2);
    assert!(wrong.stderr.contains("expected a duration"), "{}", wrong.stderr);
}
