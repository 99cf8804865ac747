//! No secret's value leaves a connector.

use std::collections::BTreeSet;

use assize_ingest::secret::is_access_key_id;
use assize_ingest::{Output, ingest};
use serde_json::Value;

use crate::inputs::{Input, context, fixtures, samples};

/// Fields whose values are secret, or hold one.
const FIELDS: &[&str] = &[
    "Secret",
    "Match",
    "Raw",
    "RawV2",
    "offender",
    "line",
    "secret",
    "SecretAccessKey",
    "secretAccessKey",
    "sessionToken",
    "SessionToken",
    "password",
    "Password",
    "token",
    "hashed_secret",
    "ignore_sha",
    "match",
    "match_content",
    "matching",
    "issue_text",
    "code",
    "lines",
    "hint",
    "client_token",
    "accessor",
];

/// How the values in our fixtures begin.
const PLANTED: &str = "nw-not-a-real";

/// What a rule has captured, with Nosey Parker; with others the groups are those of people.
const CAPTURED: &str = "groups";

/// The secret values in an input: as they stand, and decoded where they are base64 of text.
fn secrets(input: &Input) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let text = String::from_utf8_lossy(&input.bytes);
    for value in serde_json::Deserializer::from_str(&text).into_iter::<Value>().map_while(Result::ok) {
        walk(&value, "", input.tool, &mut found);
    }
    // Short words and masks occur everywhere; an access key's id is public and is the key of its secret.
    // The word `Password` is a value in a real file, and in the name of the rule that found it.
    found.retain(|it| {
        it.len() >= 8 && it != "Password" && !is_access_key_id(it) && it.chars().any(|c| c != '*')
    });
    found
}

fn walk(value: &Value, field: &str, tool: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| walk(value, name, tool, found)),
        Value::Array(values) => values.iter().for_each(|value| walk(value, field, tool, found)),
        // What our fixtures plant, wherever it stands, as it is or in base64.
        Value::String(text) if text.starts_with(PLANTED) => {
            found.insert(text.clone());
        }
        Value::String(text) if plain(text).is_some_and(|it| it.starts_with(PLANTED)) => {
            found.extend(plain(text));
        }
        Value::String(text) if FIELDS.contains(&field) || tool == "noseyparker" && field == CAPTURED => {
            found.insert(text.trim().to_owned());
            found.extend(plain(text));
            // TruffleHog joins an id and its secret.
            found.extend(text.split(':').map(str::to_owned).filter(|_| field == "RawV2"));
        }
        _ => {}
    }
}

/// What a base64 text says.
fn plain(text: &str) -> Option<String> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut bits, mut count, mut out) = (0_u32, 0, Vec::new());
    for byte in text.trim_end_matches('=').bytes() {
        bits = (bits << 6) | u32::from(value(byte)?);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from((bits >> count) & 0xff).unwrap());
        }
    }
    String::from_utf8(out).ok().map(|text| text.trim().to_owned())
}

/// All that a connector says, as text.
fn said(result: &Result<Output, assize_ingest::IngestError>) -> String {
    match result {
        Ok(output) => {
            let lines: Vec<String> = output.lines.iter().map(|line| line.to_json().to_string()).collect();
            format!("{}\n{output:?}", lines.join("\n"))
        }
        Err(error) => format!("{error}\n{error:?}"),
    }
}

#[test]
fn no_value_is_in_facts_rejects_notes_or_errors() {
    let mut checked = 0;
    for input in fixtures().into_iter().chain(samples()) {
        let secrets = secrets(&input);
        if secrets.is_empty() {
            continue;
        }
        let (bytes, tool) = (&input.bytes, input.tool);
        let whole = said(&ingest(tool, bytes, "input", &context()));
        let cut = said(&ingest(tool, &bytes[..bytes.len() * 2 / 3], "input", &context()));
        // Every text a number: each field in turn is of a kind that the connector does not expect.
        let wrong = String::from_utf8_lossy(bytes).replace("\": \"", "\": 7, \"x\": \"");
        let wrong = said(&ingest(tool, wrong.as_bytes(), "input", &context()));
        for secret in &secrets {
            let escaped = Value::from(secret.as_str()).to_string();
            let inside = escaped.trim_matches('"');
            for said in [&whole, &cut, &wrong] {
                assert!(
                    !said.contains(secret.as_str()) && !said.contains(inside),
                    "a value leaks: {}",
                    input.name()
                );
            }
            checked += 1;
        }
    }
    assert!(checked > 0, "no fixture has a secret");
}

/// What is planted where nothing of it may come out.
const CANARY: &str = "canary-5up3r-s3cr3t-value";

/// Maps whose members are named by users and are facts as they stand.
const OPEN: &[&str] =
    &["labels", "annotations", "tags", "matchLabels", "nodeSelector", "fingerprints", "partialFingerprints"];

/// The value with the canary in every field that is secret, and in a field of every object that no tool has.
fn planted(value: &mut Value, field: &str) {
    match value {
        Value::Object(map) => {
            map.iter_mut().for_each(|(name, value)| planted(value, name));
            if !OPEN.contains(&field) {
                map.insert("zzPassword".to_owned(), Value::from(CANARY));
                map.insert("zzNested".to_owned(), serde_json::json!([{"token": CANARY}]));
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| planted(value, field)),
        Value::String(text) if FIELDS.contains(&field) && text.len() >= 8 && !is_access_key_id(text) => {
            *text = CANARY.to_owned();
        }
        _ => {}
    }
}

#[test]
fn canaries_in_every_fixture_are_in_no_output_and_in_no_snapshot() {
    let engine = assize::Engine::builder().stdlib().build().unwrap();
    let folder = std::env::temp_dir().join(format!("assize-canaries-{}", std::process::id()));
    let mut builder = assize_snapshots::Builder::new(engine.program().schema.clone(), &folder);
    let (mut plants, mut lines, mut leaks) = (0, 0, Vec::new());
    for input in fixtures() {
        let text = String::from_utf8_lossy(&input.bytes);
        let values = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
        let values: Vec<Value> = values.map_while(Result::ok).collect();
        let mut bytes = Vec::new();
        for mut value in values {
            planted(&mut value, "");
            bytes.extend_from_slice(value.to_string().as_bytes());
            bytes.push(b'\n');
        }
        if bytes.is_empty() {
            // Rows and manifests: a column more, a member more of each kind of line.
            bytes = text.replace("password_enabled", "password_enabled,zz").into_bytes();
            bytes.extend_from_slice(format!("# {CANARY}\n").as_bytes());
        }
        plants += bytes.windows(CANARY.len()).filter(|window| *window == CANARY.as_bytes()).count();
        let result = ingest(input.tool, &bytes, "input", &context());
        if said(&result).contains(CANARY) {
            leaks.push(input.name());
        }
        for line in result.map(|output| output.lines).unwrap_or_default() {
            builder.add(line).unwrap();
            lines += 1;
        }
    }
    assert!(leaks.is_empty(), "canaries get out:\n{}", leaks.join("\n"));
    assert!(plants > 100 && lines > 100, "{plants} planted, {lines} lines");
    builder.write().unwrap();
    let mut found = String::new();
    assize_snapshots::read(&folder, &mut |_, _, line| found.push_str(line)).unwrap();
    for entry in std::fs::read_dir(&folder).unwrap() {
        found.push_str(&String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap()));
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(!found.contains(CANARY) && found.len() > 10_000);
}
