//! Bounded reading of JSON, NDJSON and concatenated objects.
//!
//! Depth is checked by a scan that needs no stack before anything is parsed, so that a hostile input gives
//! an error and not an overflow.

use std::collections::VecDeque;
use std::fmt;

use serde_json::Value;
use serde_json::error::Category;

use crate::IngestError;

/// The greatest depth of nesting that is read. The parser's own limit is one more.
pub const MAX_DEPTH: usize = 127;

/// Reads an input that is one JSON value.
///
/// # Errors
/// Empty, not UTF-8, too deep, cut off, or no JSON.
pub fn document(input: &[u8]) -> Result<Value, IngestError> {
    check_depth(input)?;
    let text = text(input)?;
    serde_json::from_str(text).map_err(|error| syntax(&error))
}

/// The text of an input, without a byte order mark.
///
/// # Errors
/// Empty or not UTF-8.
pub fn text(input: &[u8]) -> Result<&str, IngestError> {
    let text = std::str::from_utf8(input)
        .map_err(|error| IngestError::NotUtf8 { offset: error.valid_up_to(), hint: hint(input) })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() { Err(IngestError::Empty) } else { Ok(text) }
}

/// What an input that is no text looks like by its beginning, and what to do.
pub(crate) const fn hint(input: &[u8]) -> Option<&'static str> {
    match input {
        [0x1f, 0x8b, ..] => Some("it is compressed: unpack it with `gunzip` first"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            Some("it looks like UTF-16, as a redirect in an old PowerShell writes it: save it as UTF-8")
        }
        [b'P', b'K', 3, 4, ..] => Some("it looks like a zip archive: unpack it first"),
        _ => None,
    }
}

/// One record of a stream.
#[derive(Clone)]
pub struct Record {
    /// Where it is: `line 3`, or `record 3` where records span lines; `line 1[4]` inside an array.
    pub place: String,
    /// The value, or why it is none (without values from the input).
    pub value: Result<Value, String>,
}

impl fmt::Debug for Record {
    /// The place only: values may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("place", &self.place).finish_non_exhaustive()
    }
}

/// A stream of records, read one at a time where each is a line.
pub struct Records<'a> {
    /// The lines that are still to be read, with their numbers from 0.
    lines: std::iter::Enumerate<std::str::Lines<'a>>,
    /// Records that were read already.
    ready: VecDeque<Record>,
}

impl fmt::Debug for Records<'_> {
    /// The records that are ready, by their places.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("ready", &self.ready).finish_non_exhaustive()
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Some(record);
            }
            let (index, line) = self.lines.find(|(_, line)| !line.trim().is_empty())?;
            let place = format!("line {}", index.saturating_add(1));
            match serde_json::from_str(line) {
                Ok(value) => flatten(place, value, &mut self.ready),
                Err(error) => return Some(Record { place, value: Err(describe(&error)) }),
            }
        }
    }
}

/// Reads a stream of records: one a line, or values one after the other, or an array of them (whose
/// elements are then the records). In the first form a line that is no JSON becomes a record that carries
/// the reason, the rest is read, and no more than a line is held in memory.
///
/// # Errors
/// Empty or not UTF-8; in the other forms also too deep, cut off, or no JSON.
pub fn records(input: &[u8]) -> Result<Records<'_>, IngestError> {
    let mut ready = VecDeque::new();
    let text = text(input)?;
    if is_lines(text) {
        return Ok(Records { lines: text.lines().enumerate(), ready });
    }
    check_depth(input)?;
    let stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    for (index, value) in stream.enumerate() {
        let value = value.map_err(|error| syntax(&error))?;
        flatten(format!("record {}", index.saturating_add(1)), value, &mut ready);
    }
    Ok(Records { lines: "".lines().enumerate(), ready })
}

/// An array's elements are records of their own.
fn flatten(place: String, value: Value, out: &mut VecDeque<Record>) {
    match value {
        Value::Array(values) => {
            let elements = values.into_iter().enumerate();
            out.extend(
                elements
                    .map(|(index, value)| Record { place: format!("{place}[{index}]"), value: Ok(value) }),
            );
        }
        value => out.push_back(Record { place, value: Ok(value) }),
    }
}

/// Whether each line stands for itself: the first does, or the first is broken and the second does.
fn is_lines(text: &str) -> bool {
    let whole = |line: &str| serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok();
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let Some(first) = lines.next() else { return false };
    if whole(first) {
        return true;
    }
    let opens = |line: &str| line.starts_with('{') && line.len() > 1;
    opens(first) && lines.next().is_some_and(|second| opens(second) && whole(second))
}

/// Refuses an input that nests deeper than [`MAX_DEPTH`], without parsing it.
fn check_depth(input: &[u8]) -> Result<(), IngestError> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    let (mut line, mut line_start) = (1_usize, 0_usize);
    for (offset, byte) in input.iter().enumerate() {
        match (byte, in_text) {
            (b'\n', _) => {
                line = line.saturating_add(1);
                line_start = offset.saturating_add(1);
                escaped = false;
            }
            (_, true) if escaped => escaped = false,
            (b'\\', true) => escaped = true,
            (b'"', _) => in_text = !in_text,
            (b'{' | b'[', false) => {
                depth = depth.saturating_add(1);
                if depth > MAX_DEPTH {
                    let column = offset.saturating_sub(line_start).saturating_add(1);
                    return Err(IngestError::TooDeep { line, column, limit: MAX_DEPTH });
                }
            }
            (b'}' | b']', false) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// The parser's error as ours.
fn syntax(error: &serde_json::Error) -> IngestError {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Eof => IngestError::Truncated { line, column },
        _ => IngestError::Malformed { line, column, reason: describe(error) },
    }
}

/// What the parser says, without its place. Its messages about syntax carry no values.
pub(crate) fn describe(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Eof => "the record ends in the middle".to_owned(),
        Category::Data => "the record has another shape".to_owned(),
        Category::Io | Category::Syntax => {
            let message = error.to_string();
            let reason = message.split(" at line ").next().unwrap_or("no JSON");
            format!("not JSON: {reason}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(input: &[u8]) -> String {
        match (document(input), records(input).map(Vec::from_iter)) {
            (Err(document), Err(records)) if document == records => document.to_string(),
            (document, records) => panic!("{document:?} {records:?}"),
        }
    }

    #[test]
    fn what_is_wrong_with_a_whole_input_is_said_with_its_place() {
        insta::assert_snapshot!(problem(b" \n"), @"the input is empty; did the tool that wrote it fail?");
        insta::assert_snapshot!(problem(b"{\"a\": \xff}"), @"the input is not UTF-8 (byte 6)");
        insta::assert_snapshot!(problem(b"\x1f\x8b\x08\0"), @"the input is not UTF-8 (byte 1); it is compressed: unpack it with `gunzip` first");
        insta::assert_snapshot!(problem(b"\xff\xfe{\0"), @"the input is not UTF-8 (byte 0); it looks like UTF-16, as a redirect in an old PowerShell writes it: save it as UTF-8");
        insta::assert_snapshot!(problem(b"PK\x03\x04\xff"), @"the input is not UTF-8 (byte 4); it looks like a zip archive: unpack it first");
        insta::assert_snapshot!(problem(b"{\n  \"a\": [1,\n"), @"line 3, column 0: the input ends in the middle of a value; it was cut off, write it again");
        insta::assert_snapshot!(problem(b"{\n  \"a\" 1\n}"), @"line 2, column 7: not JSON: expected `:`");
    }

    #[test]
    fn a_bottomless_input_is_refused_at_once() {
        let mut deep = b"{\n\"a\":".to_vec();
        deep.extend(std::iter::repeat_n(b'[', 1_000_000));
        insta::assert_snapshot!(problem(&deep), @"line 2, column 131: nested deeper than 127; no tool writes this, look at the file");
        let fits = [vec![b'['; MAX_DEPTH], vec![b']'; MAX_DEPTH]].concat();
        assert!(document(&fits).is_ok());
        let brackets = format!("\"{}\\\"{}\"", "[".repeat(500), "{".repeat(500));
        assert!(document(brackets.as_bytes()).is_ok(), "brackets in a text do not nest");
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert!(document("\u{feff}{}".as_bytes()).is_ok());
    }

    fn shape(input: &str) -> Vec<String> {
        let show = |record: Record| {
            format!("{}: {}", record.place, record.value.map_or_else(|e| e, |v| v.to_string()))
        };
        records(input.as_bytes()).unwrap().map(show).collect()
    }

    #[test]
    fn lines_objects_and_arrays_are_all_records() {
        assert_eq!(shape("{\"a\":1}\n\n{\"a\":2}\n"), ["line 1: {\"a\":1}", "line 3: {\"a\":2}"]);
        assert_eq!(shape("{\n\"a\":1}\n{\n\"a\":2}"), ["record 1: {\"a\":1}", "record 2: {\"a\":2}"]);
        assert_eq!(shape("[\n1,\n2]"), ["record 1[0]: 1", "record 1[1]: 2"]);
        assert_eq!(shape("[1,2]"), ["line 1[0]: 1", "line 1[1]: 2"]);
    }

    #[test]
    fn debug_prints_no_value() {
        let mut records = records(b"[{\"Secret\": \"hunter2\"}, {}]").unwrap();
        let first = records.next().unwrap();
        assert!(!format!("{first:?} {records:?}").contains("hunter2"));
    }

    #[test]
    fn a_broken_line_does_not_take_the_others_with_it() {
        assert_eq!(
            shape("{\"a\":1}\n{\"a\":\"hunter2\n{\"a\":3}"),
            ["line 1: {\"a\":1}", "line 2: the record ends in the middle", "line 3: {\"a\":3}"]
        );
        assert_eq!(shape("{\"a\" 1}\n{\"a\":2}"), ["line 1: not JSON: expected `:`", "line 2: {\"a\":2}"]);
    }
}
