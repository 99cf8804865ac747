//! What SARIF 2.1.0 asks of what we write: names of properties, those that must be there, and words from a list.
//!
//! The standard allows no property that it does not name, so a misspelt one is a fault as well. Listed are the
//! objects that we write; one that is not listed here is a fault until it is.

use serde_json::Value;

use crate::support::Sandbox;

/// What a value has to be.
enum Shape {
    Text,
    Number,
    Bool,
    /// One of these words.
    Word(&'static [&'static str]),
    Object(&'static str),
    Objects(&'static str),
    /// Property bags: anything goes.
    Bag,
    /// An object whose values are all text.
    Texts,
}

use Shape::{Bag, Bool, Number, Object, Objects, Text, Texts, Word};

const LEVELS: &[&str] = &["none", "note", "warning", "error"];

/// An object: those of its properties that must be there, and those that we write, with their shapes.
type Rules = (&'static str, &'static [&'static str], &'static [(&'static str, Shape)]);

const OBJECTS: &[Rules] = &[
    (
        "log",
        &["version", "runs"],
        &[("$schema", Text), ("version", Word(&["2.1.0"])), ("runs", Objects("run"))],
    ),
    (
        "run",
        &["tool"],
        &[
            ("tool", Object("tool")),
            ("invocations", Objects("invocation")),
            ("columnKind", Word(&["utf16CodeUnits", "unicodeCodePoints"])),
            ("results", Objects("result")),
        ],
    ),
    ("tool", &["driver"], &[("driver", Object("toolComponent"))]),
    (
        "toolComponent",
        &["name"],
        &[("name", Text), ("semanticVersion", Text), ("rules", Objects("reportingDescriptor"))],
    ),
    (
        "reportingDescriptor",
        &["id"],
        &[
            ("id", Text),
            ("name", Text),
            ("shortDescription", Object("multiformatMessageString")),
            ("fullDescription", Object("multiformatMessageString")),
            ("help", Object("multiformatMessageString")),
            ("defaultConfiguration", Object("reportingConfiguration")),
            ("properties", Bag),
        ],
    ),
    ("multiformatMessageString", &["text"], &[("text", Text)]),
    ("reportingConfiguration", &[], &[("level", Word(LEVELS))]),
    (
        "invocation",
        &["executionSuccessful"],
        &[("executionSuccessful", Bool), ("toolExecutionNotifications", Objects("notification"))],
    ),
    ("notification", &["message"], &[("level", Word(LEVELS)), ("message", Object("message"))]),
    ("message", &["text"], &[("text", Text)]),
    (
        "result",
        &["message"],
        &[
            ("ruleId", Text),
            ("ruleIndex", Number),
            ("level", Word(LEVELS)),
            ("message", Object("message")),
            ("locations", Objects("location")),
            ("partialFingerprints", Texts),
            ("suppressions", Objects("suppression")),
        ],
    ),
    (
        "location",
        &[],
        &[("physicalLocation", Object("physicalLocation")), ("logicalLocations", Objects("logicalLocation"))],
    ),
    (
        "physicalLocation",
        &["artifactLocation"],
        &[("artifactLocation", Object("artifactLocation")), ("region", Object("region"))],
    ),
    ("artifactLocation", &[], &[("uri", Text)]),
    ("region", &[], &[("startLine", Number)]),
    ("logicalLocation", &[], &[("fullyQualifiedName", Text), ("kind", Text)]),
    ("suppression", &["kind"], &[("kind", Word(&["inSource", "external"])), ("justification", Text)]),
];

fn faults(kind: &str, value: &Value, at: &str, out: &mut Vec<String>) {
    let Some((_, required, known)) = OBJECTS.iter().find(|(name, ..)| *name == kind) else {
        out.push(format!("{at}: no rules for `{kind}`"));
        return;
    };
    let Some(fields) = value.as_object() else {
        out.push(format!("{at}: no object"));
        return;
    };
    out.extend(
        required.iter().filter(|name| !fields.contains_key(**name)).map(|name| format!("{at}: no `{name}`")),
    );
    for (name, value) in fields {
        let at = format!("{at}.{name}");
        let Some((_, shape)) = known.iter().find(|(known, _)| known == name) else {
            out.push(format!("{at}: not a property of `{kind}`"));
            continue;
        };
        let fits = match shape {
            Text => value.as_str().is_some_and(|text| !text.is_empty()),
            Number => value.as_u64().is_some_and(|number| name != "startLine" || number > 0),
            Bool => value.is_boolean(),
            Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Bag => value.is_object(),
            Texts => value.as_object().is_some_and(|texts| texts.values().all(Value::is_string)),
            Object(kind) => {
                faults(kind, value, &at, out);
                true
            }
            Objects(kind) => {
                let items = value.as_array().into_iter().flatten();
                items
                    .zip(0..)
                    .for_each(|(item, index): (_, usize)| faults(kind, item, &format!("{at}[{index}]"), out));
                value.is_array()
            }
        };
        if !fits {
            out.push(format!("{at}: {value}"));
        }
    }
}

fn all_faults(sarif: &Value) -> Vec<String> {
    let mut out = Vec::new();
    faults("log", sarif, "$", &mut out);
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().map_or(0, Vec::len);
    let results = sarif["runs"][0]["results"].as_array().into_iter().flatten();
    out.extend(
        results
            .filter(|result| result["ruleIndex"].as_u64().is_some_and(|at| at >= rules as u64))
            .map(|result| format!("no rule {}", result["ruleIndex"])),
    );
    out
}

const POLICY: &str = r#"package acme

entity Key {
  key id: string
  leaked: bool
} closed

policy leak {
  for k: Key
  decide {
    k.leaked => alert high because "{k.id} is leaked"
    unknown  => alert low because "{missing}"
  }
}

waive leak for k where k.id == "lab" until 2027-06-10T00:00:00Z because "bait for a course" by "lab lead"
"#;

const FACTS: &str = r#"{"Key": {"id": "lab", "leaked": true}, "source": {"tool": "scan"}, "observed_at": "2026-06-01T00:00:00Z"}
{"Key": {"id": "web \u0007\"<>", "leaked": true}, "source": {"tool": "scan"}, "observed_at": "2026-06-01T00:00:00Z"}
{"Key": {"id": "odd", "leaked": "maybe"}, "source": {"tool": "scan"}, "observed_at": "2026-06-01T00:00:00Z"}
"#;

fn waived_and_rejected() -> Value {
    let sandbox = Sandbox::new();
    sandbox.write("leak.assize", POLICY);
    sandbox.write("facts.ndjson", FACTS);
    let eval = "eval --no-stdlib --policies leak.assize --facts facts.ndjson --now 2026-06-01T00:00:00Z --fail-on none";
    sandbox.run(&format!("{eval} --format sarif")).expect(3).json()
}

#[test]
fn what_we_write_is_sarif() {
    let sandbox = Sandbox::with("examples/northwind");
    let sarif = sandbox.run("eval -C examples/northwind -q --fail-on none --format sarif").expect(0).json();
    assert_eq!(all_faults(&sarif), Vec::<String>::new());

    let sarif = waived_and_rejected();
    assert_eq!(all_faults(&sarif), Vec::<String>::new());
    let run = &sarif["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], false, "a record was rejected");
    let held =
        run["results"].as_array().unwrap().iter().filter(|it| it.get("suppressions").is_some()).count();
    assert_eq!(held, 1, "one decision is waived: {run}");
}

#[test]
fn the_rules_find_faults() {
    let good = waived_and_rejected();
    let broken = |path: &str, value: Value| {
        let mut sarif = good.clone();
        *sarif.pointer_mut(path).unwrap() = value;
        all_faults(&sarif)
    };
    for (path, value) in [
        ("/version", "2.0.0".into()),
        ("/runs/0/results/0/level", "fatal".into()),
        ("/runs/0/results/0/message", Value::Null),
        ("/runs/0/results/0/ruleIndex", 9.into()),
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", 0.into()),
        ("/runs/0/invocations/0", serde_json::json!({})),
        ("/runs/0/tool/driver", serde_json::json!({"name": "assize", "homepage": "x"})),
    ] {
        assert!(!broken(path, value).is_empty(), "{path}");
    }
}
