//! What the connectors' tests share.

use std::path::{Path, PathBuf};

use assize::facts::Line;

use crate::{Connector, Context, Output, SiteKey};

/// A context with cluster `prod-eu` and the time 2026-06-01T12:00:00Z.
pub fn context() -> Context {
    let mut context = Context::new(SiteKey::from_bytes(b"0123456789abcdef").unwrap());
    context.cluster = Some("prod-eu".to_owned());
    context.observed_at = Some("2026-06-01T12:00:00Z".parse().unwrap());
    context
}

/// An output as people read it in a snapshot: a line each, without the source, which is always the same.
pub fn show(output: &Output) -> String {
    let mut text = String::new();
    for line in &output.lines {
        let mut json = line.to_json();
        let record = match line {
            Line::Report(it) => it.source.record.clone(),
            Line::Retract(it) => it.source.record.clone(),
            Line::SameAs(it) => it.source.record.clone(),
            Line::Run(_) => None,
        };
        let fields = json.as_object_mut().unwrap();
        fields.remove("source");
        if let Some(run) = fields.get_mut("run").and_then(serde_json::Value::as_object_mut) {
            run.remove("source");
            run.remove("id");
        }
        text.push_str(&format!("{}: {json}\n", record.unwrap_or_else(|| "run".to_owned())));
    }
    for reject in &output.rejects {
        let field = reject.field.as_deref().map_or(String::new(), |field| format!(" `{field}`"));
        text.push_str(&format!("reject {}:{field} {}\n", reject.record, reject.reason));
    }
    for note in &output.notes {
        text.push_str(&format!("note: {note}\n"));
    }
    text
}

/// The facts of one type, as JSON.
pub fn facts(output: &Output, ty: &str) -> Vec<serde_json::Value> {
    let reports = output.lines.iter().filter_map(|line| match line {
        Line::Report(report) if report.ty == ty => Some(serde_json::Value::Object(report.fields.clone())),
        _ => None,
    });
    reports.collect()
}

/// The one fact of a type whose key ends so.
pub fn fact(output: &Output, ty: &str, ending: &str) -> serde_json::Value {
    let found: Vec<_> =
        facts(output, ty).into_iter().filter(|it| it["id"].as_str().unwrap().ends_with(ending)).collect();
    match found.as_slice() {
        [one] => one.clone(),
        _ => panic!("{} facts {ty} …{ending}", found.len()),
    }
}

/// Reads every beginning of a fixture and many damaged copies of it: facts or an error, never a panic.
pub fn survives_damage(connector: &dyn Connector, fixture: &[u8]) {
    let context = context();
    let step = fixture.len().div_ceil(400).max(1);
    for end in (0..fixture.len()).step_by(step) {
        let _ = connector.ingest(&fixture[..end], "cut", &context);
    }
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    for _ in 0..300 {
        let mut damaged = fixture.to_vec();
        for _ in 0..=random() % 4 {
            let at = usize::try_from(random()).unwrap().checked_rem(damaged.len()).unwrap();
            damaged[at] = u8::try_from(random() & 0xff).unwrap();
        }
        let _ = connector.ingest(&damaged, "damaged", &context);
    }
}

/// The real outputs of a tool, where this checkout stands beside them; else nothing, said aloud, and a
/// failure where `ASSIZE_REQUIRE` is set.
pub fn samples(folder: &str, endings: &[&str]) -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = root.ancestors().map(|it| it.join("shared/samples")).find(|it| it.is_dir());
    let Some(samples) = beside else {
        assert!(
            std::env::var_os("ASSIZE_REQUIRE").is_none(),
            "no ../shared/samples, and ASSIZE_REQUIRE is set"
        );
        skip(folder);
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut open = vec![samples.join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
                let bytes = std::fs::read(&path).unwrap();
                found.push((path, bytes));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no sample in {folder}");
    found
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skip(folder: &str) {
    eprintln!("skipped: no ../shared/samples/{folder}");
}

/// What a recorded call to a cloud's API answered, as its command line prints it: some samples are
/// recordings, with the answer in `data` and instants as objects.
pub fn recorded(input: &[u8]) -> Vec<u8> {
    let mut value: serde_json::Value = serde_json::from_slice(input).unwrap();
    if let Some(data) = value.get_mut("data") {
        value = data.take();
    }
    instants(&mut value);
    value.to_string().into_bytes()
}

/// The records that another project has labelled: its test cases have each in `log`.
pub fn labelled(cases: &[u8]) -> Vec<u8> {
    let cases = std::str::from_utf8(cases).unwrap().lines();
    let records =
        cases.map(|case| serde_json::from_str::<serde_json::Value>(case).unwrap()["log"].to_string());
    records.collect::<Vec<_>>().join("\n").into_bytes()
}

fn instants(value: &mut serde_json::Value) {
    let part = |value: &serde_json::Value, name: &str| value[name].as_i64().unwrap();
    if value["__class__"] == "datetime" {
        let parts = ["year", "month", "day", "hour", "minute", "second", "microsecond"];
        let [year, month, day, hour, minute, second, micros] = parts.map(|name| part(value, name));
        *value =
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z").into();
        return;
    }
    match value {
        serde_json::Value::Object(map) => map.values_mut().for_each(instants),
        serde_json::Value::Array(all) => all.iter_mut().for_each(instants),
        _ => {}
    }
}

#[test]
fn recorded_answers_are_put_right_by_the_tests_and_are_no_tools_output() {
    let recording =
        br#"{"status_code": 200, "data": {"findings": [{"createdAt": {"__class__": "datetime", "year": 2026,
        "month": 6, "day": 1, "hour": 9, "minute": 0, "second": 5, "microsecond": 7}}]}}"#;
    let answer = String::from_utf8(recorded(recording)).unwrap();
    assert_eq!(answer, r#"{"findings":[{"createdAt":"2026-06-01T09:00:05.000007Z"}]}"#);
    assert!(crate::connector::recognise(recording, "").is_err());
}
