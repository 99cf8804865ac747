//! What holds of any input whatever: the body of the fuzz target, which `cargo test` replays.
//!
//! `tests/fuzz/` calls it on what libFuzzer makes up; the tests beside this file on the fixtures, on the corpus and
//! on changes to both.
#![expect(clippy::panic, reason = "a failure is a panic")]

#[cfg(test)]
mod replay;

use std::sync::OnceLock;

use assize::Engine;

use crate::{Context, Input, Limits, Output, SiteKey, connectors, ingest, ingest_from};

/// An input for a connector: facts or an error; the same piece by piece as at once; every line fits the model.
///
/// Where the first byte is that of a text the input is read as it is, by whoever recognises it. Any other first byte
/// chooses the connector, the second what the caller says, and the rest is the file.
pub fn read(bytes: &[u8]) {
    let (tool, said, file) = match bytes {
        [first @ 0x80..=0xff, said, file @ ..] => (chosen(*first), *said, file),
        _ => ("auto", u8::MAX, bytes),
    };
    let context = context(said);
    let whole = ingest(tool, file, "input", &context);
    let mut pieces = Output::default();
    let mut sink = |part: Output| {
        pieces.lines.extend(part.lines);
        pieces.rejects.extend(part.rejects);
        pieces.notes.extend(part.notes);
    };
    let limits = Limits::default();
    let opened = Input::open(file, limits);
    let streamed = opened.and_then(|input| ingest_from(tool, input, "input", &context, &mut sink));
    match (&whole, &streamed) {
        (Ok(whole), Ok(_)) => assert!(*whole == pieces, "{tool}: piece by piece it is something else"),
        // What is packed is unpacked only where the input is opened.
        (Err(_), Ok(_)) if is_packed(file) => {}
        (Err(_), Err(_)) => {}
        (Ok(_), Err(error)) => panic!("{tool}: piece by piece it is an error: {error}"),
        (Err(error), Ok(_)) => panic!("{tool}: at once it is an error: {error}"),
    }
    fits(tool, &pieces);
}

/// Every line is one that the model's types take.
fn fits(tool: &str, output: &Output) {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| match Engine::builder().stdlib().build() {
        Ok(engine) => engine,
        Err(error) => panic!("{error}"),
    });
    let mut loader = engine.loader();
    for (number, line) in (1..).zip(output.lines.iter().take(200)) {
        loader.line("input", number, &line.to_json().to_string());
    }
    if let Some(reject) = loader.finish().rejects().first() {
        let line = reject.record.rsplit(' ').next().and_then(|number| number.parse::<usize>().ok());
        let line = line.and_then(|number| output.lines.get(number.checked_sub(1)?));
        panic!("{tool}: {reject:?}: {}", line.map(|line| line.to_json().to_string()).unwrap_or_default());
    }
}

/// The connector that a byte stands for.
fn chosen(byte: u8) -> &'static str {
    let all = connectors();
    let place = usize::from(byte & 0x7f).checked_rem(all.len()).unwrap_or(0);
    all.get(place).map_or("auto", |connector| connector.name())
}

/// What a caller says, a bit each.
fn context(said: u8) -> Context {
    let Ok(key) = SiteKey::from_bytes(b"0123456789abcdef") else { panic!("a key") };
    let mut context = Context::new(key);
    let says = |bit: u8, text: &str| ((said >> bit) & 1 == 1).then(|| text.to_owned());
    context.cluster = says(0, "prod-eu");
    context.account = says(1, "111122223333");
    context.repo = says(2, "https://github.com/northwind-robotics/arm");
    context.commit = says(3, "0123456789abcdef0123456789abcdef01234567");
    context.visibility = says(4, "org");
    context.observed_at = says(5, "").and("2026-06-01T12:00:00Z".parse().ok());
    context.instance = says(6, "one");
    context
}

fn is_packed(file: &[u8]) -> bool {
    file.starts_with(b"\x1f\x8b") || file.starts_with(b"\x28\xb5\x2f\xfd")
}
