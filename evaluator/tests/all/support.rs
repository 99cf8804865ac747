//! Small helpers for tests.

use assize::facts::Instant;
use assize::{BuildError, Engine, Evaluation, Snapshot, Writer};
use serde_json::{Value, json};

/// The instant at which most tests ask.
pub const NOW: &str = "2026-06-01T00:00:00Z";

pub fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// An engine of one text; diagnostics are the panic's message.
pub fn engine(text: &str) -> Engine {
    built(Engine::builder().source("test.assize", text).build())
}

/// An engine of the standard library and one text.
pub fn engine_with_stdlib(text: &str) -> Engine {
    built(Engine::builder().stdlib().source("test.assize", text).build())
}

pub fn built(built: Result<Engine, BuildError>) -> Engine {
    match built {
        Ok(engine) => engine,
        Err(BuildError::Policies { diagnostics, .. }) => {
            let all: Vec<String> = diagnostics
                .iter()
                .flat_map(|file| file.diagnostics.iter().map(|one| format!("{}: {}", file.path, one.message)))
                .collect();
            panic!("{}", all.join("\n"))
        }
        Err(error) => panic!("{error}"),
    }
}

/// What the reference engine decides; where the feature is off, what a fresh start decides.
pub fn from_scratch(engine: &Engine, snapshot: &Snapshot, now: Instant) -> Evaluation {
    #[cfg(feature = "reference")]
    let decided = engine.evaluate_reference(snapshot, now);
    #[cfg(not(feature = "reference"))]
    let decided = engine.evaluate(snapshot, now);
    decided
}

/// A fact that `tool` saw a minute before [`NOW`].
pub fn fact(ty: &str, fields: Value) -> Value {
    fact_by("test", "2026-05-31T23:59:00Z", ty, fields)
}

pub fn fact_by(tool: &str, observed_at: &str, ty: &str, fields: Value) -> Value {
    json!({ty: fields, "source": {"tool": tool}, "observed_at": observed_at})
}

pub fn coverage(signal: &str, scope: &str, from: &str, until: &str) -> Value {
    let id = format!("{signal} {scope} {from}");
    fact("Coverage", json!({"id": id, "signal": signal, "scope": scope, "from": from, "until": until}))
}

pub fn load(engine: &Engine, lines: &[Value]) -> Snapshot {
    let mut loader = engine.loader();
    for (number, line) in lines.iter().enumerate() {
        loader.line("facts.ndjson", number as u64 + 1, &line.to_string());
    }
    loader.finish()
}

/// Gives a writer a line: every other one that is a report of fields that fit without its text.
pub fn give(writer: &mut Writer, number: u64, line: &Value) {
    if !number.is_multiple_of(2) || tell(writer, line).is_none() {
        writer.line("facts.ndjson", number, &line.to_string());
    }
}

fn tell(writer: &mut Writer, line: &Value) -> Option<()> {
    let (ty, fields) =
        line.as_object()?.iter().find(|(name, _)| !["source", "observed_at"].contains(&name.as_str()))?;
    let form = writer.form(ty).ok()?;
    let source = writer.source(&serde_json::from_value(line["source"].clone()).ok()?);
    let observed_at = line["observed_at"].as_str()?.parse().ok()?;
    let mut report = writer.report(&form, fields["id"].as_str()?, &source, observed_at);
    for (name, value) in fields.as_object()?.iter().filter(|(name, _)| *name != "id") {
        report = report.set(form.field(name).ok()?, value).ok()?;
    }
    report.send().ok()
}

/// Loads, and insists that nothing is rejected.
pub fn load_clean(engine: &Engine, lines: &[Value]) -> Snapshot {
    let snapshot = load(engine, lines);
    assert!(snapshot.rejects().is_empty(), "{:?}", snapshot.rejects());
    snapshot
}

pub fn evaluate(engine: &Engine, lines: &[Value], now: &str) -> Evaluation {
    engine.evaluate(&load_clean(engine, lines), at(now))
}

/// The model that most tests use, with more text behind it.
pub fn model(text: &str) -> Engine {
    engine(&format!("{}\n{text}", include_str!("model.assize")))
}

/// One line a decision or undetermined case: anchor, arm, outcomes, and what else could be.
pub fn brief(evaluation: &Evaluation) -> String {
    let words = |outcomes: &[assize::Outcome]| {
        let word = |outcome: &assize::Outcome| {
            let json = serde_json::to_value(outcome).unwrap();
            let text = |name: &str| {
                json.get(name).map(|value| match value {
                    Value::String(text) => text.clone(),
                    Value::Object(target) => target.values().next().unwrap().as_str().unwrap().to_owned(),
                    other => other.to_string(),
                })
            };
            ["kind", "severity", "tier", "range", "target", "by"]
                .into_iter()
                .filter_map(text)
                .collect::<Vec<_>>()
                .join(" ")
        };
        outcomes.iter().map(word).collect::<Vec<_>>().join(", ")
    };
    let could = |outcomes: &[assize::Outcome]| match outcomes {
        [] => String::new(),
        some => format!(" | could be {}", words(some)),
    };
    let missing = |missing: &[assize::value::Missing]| {
        let mut causes: Vec<String> = missing.iter().map(|one| one.cause.to_string()).collect();
        causes.dedup();
        if causes.is_empty() { String::new() } else { format!(" | {}", causes.join(", ")) }
    };
    let decided = evaluation.decisions.iter().map(|one| {
        let unresolved = if one.unresolved.is_empty() { "" } else { " | unresolved" };
        format!(
            "{}: arm {}: {}{unresolved}{}{}",
            one.anchor.keys().join(" "),
            one.arm,
            words(&one.outcomes),
            could(&one.could_be),
            missing(&one.missing)
        )
    });
    let open = evaluation.undetermined.iter().map(|one| {
        let kind = if one.incomplete {
            "incomplete"
        } else if one.exhausted {
            "exhausted"
        } else {
            "undetermined"
        };
        format!("{}: {kind}{}{}", one.anchor.keys().join(" "), could(&one.could_be), missing(&one.missing))
    });
    decided.chain(open).collect::<Vec<_>>().join("\n")
}
