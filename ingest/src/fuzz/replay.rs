//! The fixtures, the corpus, and changes to them: the same ones on every run.
use std::path::Path;

use super::read;
use crate::connectors;

#[path = "../../../tests/fuzz/changes.rs"]
mod changes;

use changes::{Lot, changed, files};

#[rustfmt::skip]
const WORDS: &[&str] = &[
    "{", "}", "[", "]", ",", ":", "\"", "\\u0000", "\\ud800", "\n", "null", "true", "-1", "0", "1e400", "\"\"", "{}", "[]",
    "9223372036854775807", "-9223372036854775808", "\"9999-12-31T23:59:59Z\"", "\"0001-01-01T00:00:00Z\"", "é",
    "99999999999999999999",
];

/// What did not hold; nothing is left out for the first.
#[derive(Default)]
struct Failures(Vec<String>);

impl Failures {
    fn hold(&mut self, name: &str, bytes: &[u8]) {
        if let Err(panic) = std::panic::catch_unwind(|| read(bytes)) {
            let why = panic.downcast_ref::<String>().map_or("", String::as_str);
            let input: String = String::from_utf8_lossy(bytes).chars().take(4_000).collect();
            self.0.push(format!("{name}: {why}\n{input:?}"));
        }
    }

    fn none(self) {
        assert!(self.0.is_empty(), "{}\n{} failures", self.0.join("\n\n"), self.0.len());
    }
}

/// A file for a connector.
fn addressed(place: usize, file: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80 | u8::try_from(place).unwrap(), 0xff];
    bytes.extend(file);
    bytes
}

#[test]
fn the_corpus_holds() {
    let mut failures = Failures::default();
    for (name, bytes) in files(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus/ingest")) {
        failures.hold(&name, &bytes);
    }
    failures.none();
}

#[test]
fn fixtures_and_changes_to_them_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let changes: usize = std::env::var("ASSIZE_CASES").ok().and_then(|set| set.parse().ok()).unwrap_or(3);
    let (mut lot, mut failures) = (Lot::default(), Failures::default());
    assert!(connectors().len() < 128, "a byte chooses the connector");
    for (place, connector) in connectors().iter().enumerate() {
        let fixtures = files(folder.join(connector.name()));
        for (name, bytes) in &fixtures {
            failures.hold(name, bytes);
            failures.hold(name, &addressed(place, bytes));
            for number in 0..changes {
                let (_, other) = &fixtures[lot.below(fixtures.len())];
                let bytes = changed(bytes, other, WORDS, &mut lot);
                failures.hold(&format!("change {number} of {name}"), &addressed(place, &bytes));
            }
        }
    }
    failures.none();
}
