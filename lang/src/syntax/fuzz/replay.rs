//! The corpus of the fuzz targets, and some hundreds of changes to it: the same ones on every run.
use std::path::Path;

use super::{agree, check, cut, format, parse};

#[path = "../../../../tests/fuzz/changes.rs"]
mod changes;

use changes::{Lot, changed, files};

#[rustfmt::skip]
const WORDS: &[&str] = &[
    "(", ")", "[", "]", "{", "}", "<", ">", "=>", "&&", "!", "-", "?", ":", ".", "..", ",", "=", "\"", "'", "'''",
    "r'", "b\"", "`", "\\", "//", "///", "\n", "\r", "\0", "\u{FEFF}", "é", "“", "{x}", "\npolicy p {", "\nfn f(",
    "\ntest ", "\ntable t(", "unknown", "null", "now", "because ", "9223372036854775808", "1e999", "90d", "0x",
    "2026-06-01T00:00:00Z", "list<", " where ", " in ", "_",
];

/// Replays the corpus through a target, then `changes` changes to it.
fn replay(target: fn(&[u8]), changes: usize) {
    // Every file of the corpus, whichever target it was found by.
    let corpus = files(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus"));
    assert!(corpus.len() > 40, "{} files", corpus.len());
    for (name, bytes) in &corpus {
        holds(target, name, bytes);
    }
    let mut lot = Lot::default();
    for number in 0..changes {
        let (name, bytes) = &corpus[lot.below(corpus.len())];
        let (_, other) = &corpus[lot.below(corpus.len())];
        let mut bytes = changed(bytes, other, WORDS, &mut lot);
        bytes.truncate(8_192);
        holds(target, &format!("change {number} of {name}"), &bytes);
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

/// The library and the examples, each item as it is written and with some changes.
#[test]
fn agreement_on_what_is_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let all = ["stdlib-policies", "examples"].map(|folder| files(root.join(folder))).concat();
    let texts = all.iter().filter(|(name, _)| name.ends_with(".assize"));
    let items: Vec<(String, Vec<u8>)> = texts
        .flat_map(|(name, bytes)| {
            super::super::cut(&super::text(bytes)).into_iter().map(move |item| (name, item))
        })
        .map(|(name, item)| (format!("{name}, byte {}", item.start), item.text.into_bytes()))
        .collect();
    assert!(items.len() > 1_000, "{} items", items.len());
    let mut lot = Lot::default();
    for (name, bytes) in &items {
        holds(agree, name, bytes);
        let (_, other) = &items[lot.below(items.len())];
        for number in 0..2 {
            holds(agree, &format!("change {number} of {name}"), &changed(bytes, other, WORDS, &mut lot));
        }
    }
}
