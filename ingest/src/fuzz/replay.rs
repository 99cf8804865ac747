//! The fixtures, the corpus, and changes to them: the same ones on every run.
#![expect(clippy::arithmetic_side_effects, reason = "tests")]

use std::path::{Path, PathBuf};

use super::read;
use crate::connectors;

/// The files below a folder.
fn files(folder: PathBuf) -> Vec<(String, Vec<u8>)> {
    let (mut open, mut out) = (vec![folder], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                out.push((path.display().to_string(), std::fs::read(&path).unwrap()));
            }
        }
    }
    out.sort();
    out
}

/// Numbers that look drawn by lot, from a seed.
struct Lot(u64);

impl Lot {
    /// A number below `end`; 0 where there is none.
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end.max(1)
    }
}

#[rustfmt::skip]
const WORDS: &[&str] = &[
    "{", "}", "[", "]", ",", ":", "\"", "\\u0000", "\\ud800", "\n", "null", "true", "-1", "0", "1e400", "\"\"", "{}", "[]",
    "9223372036854775807", "-9223372036854775808", "\"9999-12-31T23:59:59Z\"", "\"0001-01-01T00:00:00Z\"", "é",
    "99999999999999999999",
];

/// `bytes` with up to four changes.
fn changed(bytes: &[u8], other: &[u8], lot: &mut Lot) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=lot.below(4) {
        let at = lot.below(bytes.len() + 1);
        let end = (at + 1 + lot.below(24)).min(bytes.len());
        match lot.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            3 => {
                let from = lot.below(other.len() + 1);
                let part = &other[from..(from + lot.below(120)).min(other.len())];
                bytes.splice(at..at, part.to_vec());
            }
            // A value that is another one.
            4 | 5 => {
                let Some(colon) = bytes[at..].iter().position(|byte| *byte == b':') else { continue };
                let start = at + colon + 1;
                let end = bytes[start..].iter().position(|byte| b",}]\n".contains(byte));
                let end = end.map_or(bytes.len(), |end| start + end);
                drop(bytes.splice(start..end, WORDS[lot.below(WORDS.len())].bytes()));
            }
            6 if at < end => bytes[at] ^= 1 << lot.below(8),
            _ => drop(bytes.splice(at..at, WORDS[lot.below(WORDS.len())].bytes())),
        }
    }
    bytes
}

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
    let (mut lot, mut failures) = (Lot(0x9E37_79B9_7F4A_7C15), Failures::default());
    assert!(connectors().len() < 128, "a byte chooses the connector");
    for (place, connector) in connectors().iter().enumerate() {
        let fixtures = files(folder.join(connector.name()));
        for (name, bytes) in &fixtures {
            failures.hold(name, bytes);
            failures.hold(name, &addressed(place, bytes));
            for number in 0..changes {
                let (_, other) = &fixtures[lot.below(fixtures.len())];
                let bytes = changed(bytes, other, &mut lot);
                failures.hold(&format!("change {number} of {name}"), &addressed(place, &bytes));
            }
        }
    }
    failures.none();
}
