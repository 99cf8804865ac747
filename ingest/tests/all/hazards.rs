//! What is odd in tools' output: for all connectors, and that each oddity that is listed has its test.

use std::path::Path;

use assize::facts::Line;
use assize_ingest::{Output, ingest};
use serde_json::{Deserializer, Value, json};

use crate::inputs::{context, fixtures};

/// The values of a text, where it is nothing but JSON.
fn values(bytes: &[u8]) -> Option<Vec<Value>> {
    Deserializer::from_slice(bytes).into_iter().collect::<Result<Vec<Value>, _>>().ok()
}

/// A record with a field that no tool has ever written.
fn with_news(record: &mut Value) {
    if let Value::Object(record) = record {
        record.insert("assizeNeverHeardOfIt".to_owned(), json!({"of": [1, {"this": null}], "either": "x"}));
    }
}

/// What is told, without where it stands.
fn told(output: &Output) -> Vec<String> {
    let line = |line: &Line| {
        let mut json = line.to_json();
        json["source"].as_object_mut().map(|source| source.remove("record"));
        json["run"].as_object_mut().map(|run| run.remove("source"));
        json.to_string()
    };
    let mut all: Vec<String> = output.lines.iter().map(line).collect();
    all.extend(output.rejects.iter().map(|reject| format!("{:?} {}", reject.field, reject.reason)));
    all.sort();
    all
}

#[test]
fn a_field_that_nobody_knows_is_ignored() {
    let mut looked_at = 0;
    for input in fixtures() {
        let Some(values) = values(&input.bytes) else { continue };
        let write = |values: &[Value]| values.iter().map(|it| format!("{it}\n")).collect::<String>();
        let mut newer = values.clone();
        for value in &mut newer {
            match value {
                Value::Array(list) => list.iter_mut().for_each(with_news),
                one => with_news(one),
            }
        }
        let read = |values: &[Value]| {
            ingest(input.tool, write(values).as_bytes(), "input", &context()).map(|it| told(&it))
        };
        assert_eq!(read(&newer), read(&values), "{}", input.name());
        looked_at += 1;
    }
    assert!(looked_at > 60, "{looked_at}");
}

/// The tests that the README names, with the hazard of each.
fn named() -> Vec<(String, String)> {
    let readme = include_str!("../../README.md");
    let table = readme.split("## Hazards").nth(1).unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| ") && line.contains(" | `"));
    let mut named = Vec::new();
    for row in rows {
        let (hazard, tests) = row.trim_matches(['|', ' ']).split_once(" | ").unwrap();
        let tests = tests.split('`').skip(1).step_by(2);
        named.extend(tests.map(|test| (hazard.to_owned(), test.to_owned())));
    }
    named
}

/// All of the crate's own code, its tests too.
fn code(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            code(&path, text);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_hazard_that_is_listed_has_the_test_that_it_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    code(&root.join("src"), &mut text);
    code(&root.join("tests"), &mut text);
    let named = named();
    assert!(named.len() > 25, "{named:?}");
    for (hazard, test) in named {
        assert!(text.contains(&format!("fn {test}(")), "{hazard}: no test is called `{test}`");
    }
}
