//! Damaged input is an error or a reject, never a panic.

use assize_ingest::ingest;

use crate::inputs::{context, fixtures};

#[test]
fn a_fixture_cut_anywhere_is_an_error_or_facts() {
    for input in fixtures() {
        for cut in 0..50_usize {
            let end = input.bytes.len() * cut / 50;
            let _ = ingest(input.tool, &input.bytes[..end], "cut", &context());
            let _ = ingest("auto", &input.bytes[..end], "cut", &context());
        }
    }
}

#[test]
fn a_fixture_with_flipped_bytes_is_an_error_or_facts() {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 11).unwrap() % below
    };
    for input in fixtures() {
        for _ in 0..60 {
            let mut damaged = input.bytes.clone();
            for _ in 0..=random(3) {
                let at = random(damaged.len());
                // Mostly other characters that mean something, so that the result is often still JSON.
                damaged[at] = b"\"0{}[]:,-e\\\xff"[random(12)];
            }
            let _ = ingest(input.tool, &damaged, "damaged", &context());
        }
    }
}

#[test]
fn an_input_of_another_tool_is_an_error_or_facts() {
    let all = fixtures();
    for input in &all {
        for other in assize_ingest::connectors() {
            let _ = ingest(other.name(), &input.bytes, "other", &context());
        }
    }
}

#[test]
fn a_bottomless_input_is_an_error_for_everyone() {
    for connector in assize_ingest::connectors() {
        for open in ["[", "{\"a\":", "{\"Results\":["] {
            let deep = open.repeat(200_000);
            assert!(
                ingest(connector.name(), deep.as_bytes(), "deep", &context()).is_err(),
                "{}",
                connector.name()
            );
        }
    }
}
