//! Maps, and what they make of records.

use super::*;
use crate::stream::whole;
use crate::testing::context;
use serde_json::json;

fn mapping(map: serde_json::Value) -> Result<Mapping, MapError> {
    Mapping::new(&serde_json::from_value(map).unwrap())
}

/// An asset database of our own: machines with their owners, and tokens that were found on them.
fn assets() -> Mapping {
    mapping(json!({
        "tool": "asset-db",
        "records": "assets",
        "observed_at": "record.seen",
        "facts": [
            {
                "type": "Workload",
                "when": "record.kind == 'vm'",
                "record": "record.ref",
                "fields": {
                    "id": "'vm/' + record.name",
                    "owner": "record.owner.mail",
                    "internet_facing": "record.?public",
                    "deleted_at": "has(record.gone) ? record.gone : null"
                }
            },
            {
                "type": "Secret",
                "each": "record.tokens",
                "fields": { "id": "fingerprint(item.value)", "account": "account" }
            }
        ],
        "same_as": [
            { "type": "Workload", "when": "has(record.alias)", "alias": "record.alias", "is": "'vm/' + record.name" }
        ],
        "runs": [{ "types": ["Workload"], "scope": "'*'" }]
    }))
    .unwrap()
}

const ASSETS: &str = r#"{
  "version": 2,
  "assets": [
    {"kind": "vm", "name": "a", "ref": "row 7", "owner": {"mail": "ops"}, "public": true, "alias": "i-1",
     "seen": "2026-06-01T08:00:00Z", "tokens": [{"value": "hunter2-horse-battery-staple"}]},
    {"kind": "vm", "name": "b", "owner": null, "ref": "row 8", "gone": "2026-05-01T00:00:00Z", "seen": "2026-06-01T09:00:00Z"},
    {"kind": "printer", "name": "c", "seen": "2026-06-01T08:30:00Z"},
    {"kind": "vm", "name": 7, "ref": "row 9", "seen": "2026-06-01T08:30:00Z"},
    {"name": "d", "seen": "2026-06-01T08:30:00Z"},
    "nonsense"
  ]
}"#;

#[test]
fn a_map_makes_facts_aliases_and_runs() {
    let output = whole(&assets(), ASSETS.as_bytes(), &context()).unwrap();
    let lines: Vec<String> = output.lines.iter().map(|line| line.to_json().to_string()).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"Workload":{"deleted_at":null,"id":"vm/a","internet_facing":true,"owner":"ops"},"observed_at":"2026-06-01T08:00:00Z","source":{"record":"row 7","tool":"asset-db"}}
    {"Secret":{"id":"fp:77c0f2a868569bce466df97a5d904891"},"observed_at":"2026-06-01T08:00:00Z","source":{"record":"record 1.assets[0]","tool":"asset-db"}}
    {"observed_at":"2026-06-01T08:00:00Z","same_as":{"Workload":"i-1","is":"vm/a"},"source":{"record":"record 1.assets[0]","tool":"asset-db"}}
    {"Workload":{"deleted_at":"2026-05-01T00:00:00Z","id":"vm/b"},"observed_at":"2026-06-01T09:00:00Z","source":{"record":"row 8","tool":"asset-db"}}
    {"run":{"complete":true,"from":"2026-06-01T08:00:00Z","id":"run_c4fbccb850b078a3","rejected":3,"scope":"*","source":{"tool":"asset-db"},"types":["Workload"],"until":"2026-06-01T09:00:00Z"}}
    "#);
    let rejects: Vec<String> = output
        .rejects
        .iter()
        .map(|it| format!("{}: {} {}", it.record, it.field.as_deref().unwrap_or("-"), it.reason))
        .collect();
    insta::assert_snapshot!(rejects.join("\n"), @"
    record 1.assets[3]: facts[0].fields.id has no value for this record; guard it with `has(…)`
    record 1.assets[4]: facts[0].when has no value for this record; guard it with `has(…)`
    record 1.assets[5]: - is not an object
    ");
    assert!(!format!("{output:?}").contains("hunter2"));
}

#[test]
fn what_is_wrong_with_a_map_is_said_with_its_place() {
    let with =
        |fields: serde_json::Value| mapping(json!({"tool": "x", "facts": [{"type": "T", "fields": fields}]}));
    for (made, said) in [
        (mapping(json!({"tool": "x"})), "facts: the map makes no fact"),
        (mapping(json!({"tool": "a b", "facts": [{"type": "T", "fields": {}}]})), "tool: a tool's name"),
        (with(json!({"id": "record.name +"})), "facts[0].fields.id: "),
        (with(json!({"id": "records.name"})), "facts[0].fields.id: "),
        (with(json!({"id": "size(cluster) + 'a'"})), "facts[0].fields.id: "),
    ] {
        let error = made.unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
}

#[test]
fn the_caller_says_when_where_the_map_does_not() {
    let map = mapping(json!({"tool": "x", "facts": [{"type": "T", "fields": {"id": "record.id"}}]})).unwrap();
    let mut unsaid = context();
    unsaid.observed_at = None;
    assert!(matches!(whole(&map, b"{\"id\": \"a\"}\n", &unsaid), Err(IngestError::NeedsFlag { .. })));
    let output = whole(&map, b"{\"id\": \"a\"}\n{\"id\": \"b\"}\n{\n", &context()).unwrap();
    assert_eq!((output.lines.len(), output.rejects.len()), (2, 1));
}
