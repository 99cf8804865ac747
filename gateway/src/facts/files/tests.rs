//! What a file says stands, until it says something else; what cannot be read changes nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use assize_ingest::SiteKey;

use super::{Files, Pace, Source};
use crate::facts::tests::{Bench, Server, anchors};
use crate::testing;

fn source(name: &str, path: PathBuf) -> Source {
    Source {
        name: name.to_owned(),
        path,
        tool: "auto".to_owned(),
        cluster: None,
        repo: None,
        account: None,
        visibility: None,
        instance: None,
    }
}

/// Files that are read as soon as they are seen twice.
fn files(server: &Server, sources: Vec<Source>) -> Files {
    let pace = Pace { quiet: Duration::ZERO, every: Duration::ZERO };
    let key = SiteKey::from_bytes(b"a-key-of-the-tests").unwrap();
    Files::new(sources, pace, &key, server.intake.clone(), Arc::clone(&server.keeper)).unwrap()
}

fn keys(ids: &[&str]) -> String {
    ids.iter().map(|id| testing::key(id, 200) + "\n").collect()
}

#[test]
fn files_grow_are_written_anew_and_go() {
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a.ndjson"), keys(&["a1", "a2"])).unwrap();
    std::fs::write(path("b odd name.ndjson"), keys(&["b1", "a2"])).unwrap();
    std::fs::write(path("notes.md"), "no facts").unwrap();
    let server = bench.server();
    let sources = || vec![source("scans", folder.path().to_owned())];
    let files = files(&server, sources());
    let stands = |server: &Server| anchors(&server.stands()).join(" ");
    files.look();
    assert_eq!(stands(&server), "a1 a2 b1 seeded");
    let batches = server.intake.log().batches().unwrap();

    // Half a line is none yet, and a line more is one batch more and nothing read anew.
    std::fs::write(path("a.ndjson"), keys(&["a1", "a2"]) + "{\"Key\": {\"id\"").unwrap();
    files.look();
    assert_eq!(
        (stands(&server).as_str(), server.intake.log().batches().unwrap()),
        ("a1 a2 b1 seeded", batches)
    );
    std::fs::write(path("a.ndjson"), keys(&["a1", "a2", "a3"])).unwrap();
    files.look();
    assert_eq!(stands(&server), "a1 a2 a3 b1 seeded");
    assert_eq!(server.intake.log().batches().unwrap(), batches + 1);

    // Written anew: what it says no more is gone, but for what another file says.
    std::fs::write(path("new"), keys(&["a3", "a4"])).unwrap();
    std::fs::rename(path("new"), path("a.ndjson")).unwrap();
    files.look();
    assert_eq!(stands(&server), "a2 a3 a4 b1 seeded");

    std::fs::remove_file(path("b odd name.ndjson")).unwrap();
    files.look();
    assert_eq!(stands(&server), "a3 a4 seeded");
    server.stop();

    // The next server knows what the files said, and reads nothing twice.
    let server = bench.server();
    assert_eq!(stands(&server), "a3 a4 seeded");
    let batches = server.intake.log().batches().unwrap();
    self::files(&server, sources()).look();
    assert_eq!(server.intake.log().batches().unwrap(), batches);
    // A source that is no longer named says nothing any more.
    let none = self::files(&server, Vec::new());
    assert!(none.has_any());
    none.look();
    assert_eq!(stands(&server), "seeded");
}

#[test]
fn a_bad_file_keeps_what_it_said_and_says_so() {
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scan.json");
    let server = bench.server();
    let files =
        files(&server, vec![source("scan", path.clone()), source("odd", folder.path().join("no/*.json"))]);
    files.look();
    let status = files.status();
    assert_eq!(status.errors.len(), 2, "{status:?}");
    std::fs::write(&path, keys(&["a"])).unwrap();
    files.look();
    assert_eq!(anchors(&server.stands()), ["a", "seeded"]);
    let canary = testing::canary();
    for bad in ["", "\n\n", "{\"Results\": [", &format!("{{\"{canary}\": 1}}"), "\u{1f}\u{8b}"] {
        std::fs::write(&path, bad).unwrap();
        files.look();
        let status = files.status();
        assert_eq!(
            (anchors(&server.stands()).join(" ").as_str(), status.unreadable),
            ("a seeded", 1),
            "{bad:?}"
        );
        let error = status.shown[0].error.clone().unwrap();
        assert!(error.contains("scan.json") && !error.contains(&canary), "{error}");
    }
    std::fs::remove_file(&path).unwrap();
    files.look();
    assert_eq!(anchors(&server.stands()), ["a", "seeded"], "a file that is named is missed, and not gone");
    assert!(files.status().errors.contains_key("scan"));
    std::fs::write(&path, keys(&["b"])).unwrap();
    files.look();
    assert_eq!((anchors(&server.stands()).join(" ").as_str(), files.status().unreadable), ("b seeded", 0));
}

#[test]
fn what_a_tool_writes_is_read_by_its_connector() {
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let server = bench.server();
    let files = files(&server, vec![source("sarif", folder.path().join("**/*.sarif"))]);
    let sarif = r#"{"version": "2.1.0", "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": [{"tool": {"driver": {"name": "demo", "rules": []}}, "results": []}]}"#;
    std::fs::create_dir(folder.path().join("today")).unwrap();
    std::fs::write(folder.path().join("today/x.sarif"), sarif).unwrap();
    files.look();
    let status = files.status();
    assert_eq!((status.files, status.shown[0].kind.as_str()), (1, "sarif"), "{status:?}");
    assert!(status.shown[0].feed.starts_with("file:sarif:"));
}
