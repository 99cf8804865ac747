//! What is written is what is read.

use std::path::Path;
use std::sync::Arc;

use assize_lang::plan::Schema;

use super::*;

const MODEL: &str = "package acme

enum Colour { red green }

/// A thing.
entity Thing {
  key id: string
  colour: Colour?
  made_at: timestamp?
  age: duration?
  weight: double?
  count: int?
  small: bool?
  other: Thing?
  names: list<string>?
  notes: map<string, int>?
} fresh for 24h closed
";

fn schema(model: &str) -> Arc<Schema> {
    let engine = assize::Engine::builder().source("acme.assize", model).build().unwrap();
    Arc::clone(&engine.program().schema)
}

fn thing(fields: &str, at: &str) -> String {
    format!(
        r#"{{"Thing":{{{fields}}},"observed_at":"2026-06-{at}T00:00:00Z","source":{{"record":"r","tool":"t"}}}}"#
    )
}

/// Lines that come back as they are.
fn lines() -> Vec<String> {
    vec![
        thing(
            r#""age":"1d12h","colour":"red","count":-3,"id":"a","made_at":"2026-01-01T00:00:00.5Z","names":["x","\"y\"\n",null],"notes":{"k":1},"other":"b","small":true,"weight":1.5"#,
            "01",
        ),
        thing(r#""colour":null,"id":"a","names":[]"#, "02"),
        thing(r#""id":"b""#, "01"),
        r#"{"retract":{"Thing":"b"},"source":{"tool":"t"},"observed_at":"2026-06-02T00:00:00Z"}"#.to_owned(),
        r#"{"same_as":{"Thing":"c","is":"b"},"source":{"tool":"t","instance":"ci"},"observed_at":"2026-06-02T00:00:00Z"}"#.to_owned(),
        r#"{"run":{"source":{"tool":"t"},"id":"r1","types":["Thing"],"scope":"*","from":"2026-06-01T00:00:00Z","until":"2026-06-02T00:00:00Z","complete":true,"rejected":2}}"#.to_owned(),
        // What fits no column stays as it came.
        thing(r#""id":"d","shape":"round""#, "01"),
        thing(r#""colour":"blue","id":"e""#, "01"),
        thing(r#""id":"""#, "01"),
        r#"{"Lock":{"id":"x"},"source":{"tool":"t"},"observed_at":"2026-06-01T00:00:00Z"}"#.to_owned(),
    ]
}

fn canonical(line: &str) -> String {
    assize::facts::Line::from_json(serde_json::from_str(line).unwrap()).unwrap().to_json().to_string()
}

fn write(folder: &Path, schema: &Arc<Schema>, lines: &[String], budget: usize) -> Manifest {
    let mut builder = Builder::new(Arc::clone(schema), folder).with_budget(budget);
    for line in lines {
        builder.add_text(line).unwrap().unwrap();
    }
    builder.write().unwrap()
}

fn read_all(folder: &Path) -> Vec<String> {
    let mut out = Vec::new();
    read(folder, &mut |_, _, line| out.push(line.to_owned())).unwrap();
    out.sort();
    out
}

fn bytes(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut out: Vec<_> = entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap()))
        .collect();
    out.sort();
    out
}

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("snap");
    let manifest = write(&place, &schema(MODEL), &lines(), usize::MAX);
    let mut expected: Vec<String> = lines().iter().map(|line| canonical(line)).collect();
    expected.sort();
    assert_eq!(read_all(&place), expected);
    let counts: Vec<String> = manifest.counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    assert_eq!(counts.join(", "), "3 Thing, 4 _other, 1 _retracted, 1 _runs, 1 _same_as");
    assert_eq!(manifest.sources.iter().map(|source| source.lines).sum::<u64>(), 10);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn values_have_one_spelling() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("snap");
    let line = thing(r#""id":"a","weight":7,"made_at":"2026-01-01T01:00:00.000+01:00","age":"90m""#, "01");
    write(&place, &schema(MODEL), &[line], usize::MAX);
    let read = read_all(&place);
    for part in [r#""weight":7.0"#, r#""made_at":"2026-01-01T00:00:00Z""#, r#""age":"1h30m""#] {
        assert!(read[0].contains(part), "{part} in {}", read[0]);
    }
}

#[test]
fn the_same_lines_make_the_same_bytes_however_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let schema = schema(MODEL);
    let many: Vec<String> = (0..3_000)
        .map(|number| thing(&format!(r#""count":{number},"id":"k{}""#, number * 7 % 1_000), "01"))
        .chain(lines())
        .collect();
    let whole = folder.path().join("whole");
    write(&whole, &schema, &many, usize::MAX);
    // Twice, backwards, and with hardly any memory.
    let spilt = folder.path().join("spilt");
    let again: Vec<String> = many.iter().rev().chain(&many).cloned().collect();
    write(&spilt, &schema, &again, 100_000);
    assert_eq!(bytes(&whole), bytes(&spilt));
    // In two goes, the second of which takes in the first.
    let grown = folder.path().join("grown");
    write(&grown, &schema, &many[..1_500], usize::MAX);
    let mut builder = Builder::new(Arc::clone(&schema), &grown);
    builder.take_in(&grown).unwrap();
    for line in &many[1_000..] {
        builder.add_text(line).unwrap().unwrap();
    }
    builder.write().unwrap();
    assert_eq!(bytes(&whole), bytes(&grown));
}

#[test]
fn another_schema_reads_by_the_names_of_fields() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("snap");
    write(&place, &schema(MODEL), &lines(), usize::MAX);
    let newer = MODEL
        .replace("red green", "red green blue")
        .replace("weight: double?", "shape: string?")
        .replace("count: int?", "count: double?");
    let schema = schema(&newer);
    let mut builder = Builder::new(Arc::clone(&schema), &place);
    builder.take_in(&place).unwrap();
    let manifest = builder.write().unwrap();
    // What has a weight fits no more; what has a shape, or is blue, does now.
    assert_eq!((manifest.counts["Thing"], manifest.counts["_other"]), (4, 3));
    let read = read_all(&place);
    assert_eq!(read.len(), lines().len());
    assert!(read.contains(&canonical(&thing(r#""id":"d","shape":"round""#, "01"))));
}

#[test]
fn what_nobody_knows_keeps_its_columns() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two, both) = (folder.path().join("one"), folder.path().join("two"), folder.path().join("both"));
    let known = schema(MODEL);
    let lines = lines();
    write(&one, &known, &lines[..1], usize::MAX);
    write(&two, &known, &lines[1..3], usize::MAX);
    let mut builder = Builder::new(schema("package other"), &both);
    builder.take_in(&one).unwrap();
    builder.take_in(&two).unwrap();
    assert_eq!(builder.write().unwrap().files["Thing"].schema, manifest(&one).unwrap().files["Thing"].schema);
    let mut expected = lines[..3].to_vec();
    expected.sort();
    assert_eq!(read_all(&both), expected);
}

#[test]
fn what_was_damaged_is_refused_before_it_is_decoded() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("snap");
    let schema = schema(MODEL);
    write(&place, &schema, &lines(), usize::MAX);
    let path = place.join("Thing.parquet");
    let good = std::fs::read(&path).unwrap();
    for at in [0, good.len() / 3, good.len() - 5] {
        let mut bad = good.clone();
        bad[at] ^= 0x55;
        std::fs::write(&path, &bad).unwrap();
        let error = read(&place, &mut |_, _, _| {}).unwrap_err().to_string();
        assert!(error.ends_with("it was cut off or edited; ingest again"), "{error}");
        assert!(Builder::new(Arc::clone(&schema), &place).take_in(&place).is_err());
    }
    std::fs::write(&path, &good[..good.len() / 2]).unwrap();
    assert!(read(&place, &mut |_, _, _| {}).is_err());
    std::fs::remove_file(&path).unwrap();
    assert!(read(&place, &mut |_, _, _| {}).unwrap_err().to_string().contains("there is no such file"));
}

#[test]
fn a_snapshot_of_lines_is_still_read() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("snap");
    std::fs::create_dir(&place).unwrap();
    let lines = &lines()[1..3];
    std::fs::write(place.join("Thing.ndjson"), lines.join("\n") + "\n").unwrap();
    let manifest = r#"{"assize_snapshot": 1, "counts": {"Thing": 2}, "sources": [], "rejects": []}"#;
    std::fs::write(place.join(MANIFEST), manifest).unwrap();
    assert_eq!(read_all(&place), lines);
    let mut builder = Builder::new(schema(MODEL), &place);
    builder.take_in(&place).unwrap();
    builder.write().unwrap();
    assert_eq!(read_all(&place), lines);
    assert!(place.join("Thing.parquet").is_file() && !place.join("Thing.ndjson").exists());
    std::fs::write(place.join(MANIFEST), manifest.replace('1', "99")).unwrap();
    assert!(super::manifest(&place).unwrap_err().to_string().contains("the layout has version 99"));
    std::fs::write(place.join(MANIFEST), manifest.replace("Thing", "../x")).unwrap();
    assert!(read(&place, &mut |_, _, _| {}).unwrap_err().to_string().contains("outside the snapshot"));
}
