//! The words that the grammar knows are the language's.

use std::collections::BTreeSet;

use serde_json::Value;

use super::here;

#[test]
fn the_keywords_are_the_languages_own() {
    let read = |path: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(here().join(path)).unwrap()).unwrap()
    };
    let words = read("../words.json");
    let groups = ["heads", "clauses", "outcomes", "operators", "stages", "modes", "bases", "constants"];
    let expected: BTreeSet<&str> = groups
        .iter()
        .flat_map(|group| words.get(group).and_then(Value::as_array).expect("a group of words"))
        .filter_map(Value::as_str)
        .collect();
    let grammar = read("src/grammar.json");
    let mut found = BTreeSet::new();
    literals(&grammar, &mut found);
    // A cell of a table that takes everything.
    found.remove("_");
    assert_eq!(found, expected);
}

fn literals<'a>(rule: &'a Value, out: &mut BTreeSet<&'a str>) {
    match rule {
        Value::Array(parts) => parts.iter().for_each(|part| literals(part, out)),
        Value::Object(fields) => {
            if fields.get("type").and_then(Value::as_str) == Some("STRING") {
                let text = fields.get("value").and_then(Value::as_str).unwrap_or_default();
                if text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
                    out.insert(text);
                }
            }
            fields.values().for_each(|part| literals(part, out));
        }
        _ => {}
    }
}
