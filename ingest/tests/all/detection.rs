//! `auto` finds the one right connector, or says that it cannot.

use assize_ingest::connector::recognise;
use assize_ingest::{IngestError, ingest};

use crate::inputs::{context, fixtures, samples};

/// Inputs in which nothing says whose they are.
const SHAPELESS: &[&str] = &["null", "[]"];

#[test]
fn every_input_is_recognised_as_its_own_tools_and_no_others() {
    for input in fixtures().into_iter().chain(samples()) {
        let text = String::from_utf8_lossy(&input.bytes);
        match recognise(&input.bytes, "input") {
            Ok(connector) => assert_eq!(connector.name(), input.tool, "{}", input.name()),
            Err(IngestError::Unrecognised { .. }) if SHAPELESS.contains(&text.trim()) => {}
            Err(error) => panic!("{}: {error}", input.name()),
        }
    }
}

#[test]
fn the_beginning_is_enough() {
    for input in fixtures() {
        let mut long = input.bytes.clone();
        if !long.ends_with(b"}\n") && !long.ends_with(b"]\n") || long.len() < 200 {
            continue;
        }
        // What follows the end of the head is never looked at: here a tail that is no JSON.
        long.extend(std::iter::repeat_n(b'\n', 70_000));
        long.extend_from_slice(b"\xff");
        assert_eq!(recognise(&long, "input").unwrap().name(), input.tool, "{}", input.name());
    }
}

#[test]
fn what_nobody_knows_is_said_so_with_the_names_to_choose_from() {
    for input in ["{\"hello\": \"world\"}", "hello, world", "[1, 2]", "<?xml version=\"1.0\"?>"] {
        let error = ingest("auto", input.as_bytes(), "input", &context()).unwrap_err();
        assert!(
            error.to_string().starts_with("no connector recognises this input; name its tool"),
            "{error}"
        );
    }
    let error = ingest("snyk", b"{}", "input", &context()).unwrap_err().to_string();
    assert!(error.starts_with("no connector is called `snyk`; there are `trivy`"), "{error}");
    assert_eq!(ingest("auto", b" \n", "input", &context()), Err(IngestError::Empty));
}
