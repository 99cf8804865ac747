//! The bundled policies over an estate, and over many copies of it: what `assize eval` takes.

use std::collections::BTreeSet;

use assize::Engine;
use assize::facts::Instant as At;
use serde_json::{Map, Value};

use crate::{busy, memory, millis};

/// The facts of `examples/northwind`, as lines.
const LINES: &str = include_str!("estate.ndjson");

/// A line, and whether it is of what every copy has in common: who watched what.
struct Line {
    object: Map<String, Value>,
    common: bool,
}

fn lines() -> Vec<Line> {
    let line = |text: &str| {
        let object: Map<String, Value> = serde_json::from_str(text).unwrap();
        let common = object.contains_key("Coverage");
        Line { object, common }
    };
    LINES.lines().map(line).collect()
}

/// The ids of things, by which they refer to each other.
fn ids(lines: &[Line]) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for (name, thing) in lines.iter().filter(|line| !line.common).flat_map(|line| &line.object) {
        let Some(fields) = thing.as_object() else { continue };
        let named = |field: &str| name == "same_as" || field == "id" || field == "identity";
        let found = fields.iter().filter(|(field, _)| named(field)).filter_map(|(_, value)| value.as_str());
        ids.extend(found.map(str::to_owned));
    }
    ids
}

/// The value with every id made one of copy `number`.
fn copied(value: &Value, ids: &BTreeSet<String>, number: u32) -> Value {
    match value {
        Value::String(text) if ids.contains(text) => Value::String(format!("{text}~{number}")),
        Value::Array(items) => items.iter().map(|item| copied(item, ids, number)).collect(),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| (name.clone(), copied(value, ids, number));
            Value::Object(fields.iter().map(field).collect())
        }
        other => other.clone(),
    }
}

fn load(engine: &Engine, copies: u32) -> assize::Snapshot {
    let mut loader = engine.loader();
    let lines = lines();
    let ids = ids(&lines);
    for number in 0..copies {
        for line in lines.iter().filter(|line| number == 0 || !line.common) {
            let object = Value::Object(line.object.clone());
            let object = if line.common { object } else { copied(&object, &ids, number) };
            loader.line("estate", 0, &object.to_string());
        }
    }
    loader.finish()
}

/// Prints what deciding takes as the estate grows to about so many facts.
pub fn measure(facts: u32) {
    let engine = Engine::builder().stdlib().build().unwrap();
    let now: At = "2026-06-01T12:00:00Z".parse().unwrap();
    println!("{} bundled policies over copies of an estate", engine.program().policies.len());
    let mut copies = 10;
    while copies * 155 <= facts.max(1_550) {
        let snapshot = load(&engine, copies);
        let before = memory::resident();
        let start = busy();
        let writer = engine.writer(&snapshot, now);
        let decided = busy().saturating_sub(start);
        drop(writer);
        let start = busy();
        let evaluation = engine.evaluate(&snapshot, now);
        let shown = busy().saturating_sub(start);
        let count = snapshot.counts().values().sum::<usize>();
        let grown = memory::resident().zip(before).map_or(0, |(after, before)| after.saturating_sub(before));
        println!(
            "  {count:>9} facts: decided {:>12}, with reasons {:>12}: {} decisions, {} undetermined, {} MB",
            millis(decided),
            millis(shown),
            evaluation.decisions.len(),
            evaluation.undetermined.len(),
            grown / 1_000_000
        );
        copies *= 4;
    }
}
