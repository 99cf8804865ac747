//! The corpus of the fuzz targets, and some hundreds of changes to it: the same ones on every run.
#![expect(clippy::arithmetic_side_effects, reason = "tests")]

use std::fs;
use std::path::Path;

use super::{agree, check, cut, format, parse};

/// Every file of the corpus, whichever target it was found by, with its name.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus");
    let mut files = Vec::new();
    for folder in fs::read_dir(root).expect("the corpus").flatten() {
        for file in fs::read_dir(folder.path()).expect("a folder a target").flatten() {
            let name = format!("{}/{}", folder.file_name().display(), file.file_name().display());
            files.push((name, fs::read(file.path()).expect("a file")));
        }
    }
    files.sort();
    files
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
    "(", ")", "[", "]", "{", "}", "<", ">", "=>", "&&", "!", "-", "?", ":", ".", "..", ",", "=", "\"", "'", "'''",
    "r'", "b\"", "`", "\\", "//", "///", "\n", "\r", "\0", "\u{FEFF}", "é", "“", "{x}", "\npolicy p {", "\nfn f(",
    "\ntest ", "\ntable t(", "unknown", "null", "now", "because ", "9223372036854775808", "1e999", "90d", "0x",
    "2026-06-01T00:00:00Z", "list<", " where ", " in ", "_",
];

/// `bytes` with up to four changes.
fn changed(bytes: &[u8], other: &[u8], lot: &mut Lot) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=lot.below(4) {
        let at = lot.below(bytes.len() + 1);
        let end = (at + 1 + lot.below(24)).min(bytes.len());
        match lot.below(7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part.repeat(1 + lot.below(3)));
            }
            3 => {
                let from = lot.below(other.len() + 1);
                let part = &other[from..(from + lot.below(120)).min(other.len())];
                bytes.splice(at..at, part.to_vec());
            }
            4 if at < end => bytes[at] ^= 1 << lot.below(8),
            _ => drop(bytes.splice(at..at, WORDS[lot.below(WORDS.len())].bytes())),
        }
    }
    bytes.truncate(8_192);
    bytes
}

/// Replays the corpus through a target, then `changes` changes to it.
fn replay(target: fn(&[u8]), changes: usize) {
    let corpus = corpus();
    assert!(corpus.len() > 40, "{} files", corpus.len());
    for (name, bytes) in &corpus {
        holds(target, name, bytes);
    }
    let mut lot = Lot(0x9E37_79B9_7F4A_7C15);
    for number in 0..changes {
        let (name, bytes) = &corpus[lot.below(corpus.len())];
        let (_, other) = &corpus[lot.below(corpus.len())];
        holds(target, &format!("change {number} of {name}"), &changed(bytes, other, &mut lot));
    }
}

/// Runs a target, and says on what it failed.
fn holds(target: fn(&[u8]), name: &str, bytes: &[u8]) {
    if let Err(panic) = std::panic::catch_unwind(|| target(bytes)) {
        let text = String::from_utf8_lossy(bytes);
        let why = panic.downcast_ref::<String>().map_or("", String::as_str);
        panic!("{name}: {why}\n{text:?}");
    }
}

#[test]
fn cutting() {
    replay(cut, 600);
}

#[test]
fn parsing() {
    replay(parse, 400);
}

#[test]
fn formatting() {
    replay(format, 200);
}

#[test]
fn checking() {
    replay(check, 150);
}

#[test]
fn agreement() {
    replay(agree, 400);
}
