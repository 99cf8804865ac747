//! Records, whatever the form and however the input comes in pieces.

use std::io::{BufReader, Read};

use super::*;

fn cloud() -> Form {
    Form { lists: vec!["Records".to_owned()], ..Form::default() }
}

fn sensor() -> Form {
    Form { chatter: true, ..Form::default() }
}

/// Gives a byte at a time.
struct Drops<'a>(&'a [u8]);

impl Read for Drops<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
        out[0] = *first;
        self.0 = rest;
        Ok(1)
    }
}

fn all(reader: impl BufRead, form: Form, limit: usize) -> Result<Vec<String>, IngestError> {
    let mut records = Records::new(reader, form, limit)?;
    let mut out = Vec::new();
    while let Some(record) = records.read()? {
        out.push(format!("{}: {}", record.place, record.value.map_or_else(|e| e, |value| value.to_string())));
    }
    Ok(out)
}

#[track_caller]
fn shape(input: &str, form: Form) -> Vec<String> {
    let whole = all(input.as_bytes(), form.clone(), 1_000);
    let drops = all(BufReader::with_capacity(1, Drops(input.as_bytes())), form, 1_000);
    assert_eq!(whole, drops);
    whole.unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn problem(input: &[u8], form: Form) -> String {
    all(input, form, 1_000).unwrap_err().to_string()
}

#[test]
fn lines_objects_and_arrays_are_all_records() {
    assert_eq!(
        shape("{\"a\":1}\n\n{\"a\":2}\n", Form::default()),
        ["line 1: {\"a\":1}", "line 3: {\"a\":2}"]
    );
    assert_eq!(
        shape("\u{feff}{\n\"a\":1}\n{\n\"a\":2}", Form::default()),
        ["record 1: {\"a\":1}", "record 2: {\"a\":2}"]
    );
    assert_eq!(
        shape("[\n1,\n\"x]\\\"\", [2], {}\n]", Form::default()),
        ["record 1[0]: 1", "record 1[1]: \"x]\\\"\"", "record 1[2]: [2]", "record 1[3]: {}"]
    );
    assert_eq!(shape("[1,2]", Form::default()), ["line 1[0]: 1", "line 1[1]: 2"]);
    assert_eq!(shape("[\n]\n[\n3\n]", Form::default()), ["record 2[0]: 3"]);
}

#[test]
fn the_lists_of_an_object_are_records() {
    assert_eq!(
        shape("{\"Records\":[{\"a\":1},{\"a\":2}]}", cloud()),
        ["line 1.Records[0]: {\"a\":1}", "line 1.Records[1]: {\"a\":2}"]
    );
    let spread = "{ \"v\": {\"Records\": 1},\n\"Records\": [ {\"a\":1}\n, {\"a\":2} ], \"next\": [\"x\"] }\n{\n\"b\": 1, \"c\": [2]}";
    assert_eq!(
        shape(spread, cloud()),
        ["record 1.Records[0]: {\"a\":1}", "record 1.Records[1]: {\"a\":2}", "record 2: {\"b\":1,\"c\":[2]}"]
    );
    let mut records = Records::new("{\n\"Records\": []}".as_bytes(), cloud(), 1_000).unwrap();
    assert!(records.read().unwrap().is_none() && records.around().wrapped);
}

#[test]
fn a_broken_line_does_not_take_the_others_with_it() {
    assert_eq!(
        shape("{\"a\":1}\n{\"a\":\"hunter2\n{\"a\":3}", Form::default()),
        ["line 1: {\"a\":1}", "line 2: the record ends in the middle", "line 3: {\"a\":3}"]
    );
    assert_eq!(shape("{\"a\" 1}\n{\"a\":2}", Form::default())[1], "line 2: {\"a\":2}");
}

#[test]
fn words_between_lines_are_passed_over_where_a_tool_writes_them() {
    let text = "Mon: starting\n{\"a\":1}\nloaded [x]\n{\"a\":2}\n";
    assert_eq!(shape(text, sensor()), ["line 2: {\"a\":1}", "line 4: {\"a\":2}"]);
    assert_eq!(
        shape("[\n{\"a\":1},\n{\"a\":2}]", sensor()),
        ["record 1[0]: {\"a\":1}", "record 1[1]: {\"a\":2}"]
    );
}

#[test]
fn what_is_too_long_is_said_so_and_passed_over() {
    let long = "x".repeat(2_000);
    let line = format!("{{\"a\":\"{long}\"}}");
    let why = "is longer than 1000 bytes; no tool writes this, look at the file";
    assert_eq!(
        shape(&format!("{{\"a\":1}}\n{line}\n{{\"a\":3}}"), Form::default())[1..],
        [format!("line 2: {why}"), "line 3: {\"a\":3}".to_owned()]
    );
    assert_eq!(
        shape(&format!("[\n{line},\n{{\"a\":3}}]"), Form::default()),
        [format!("record 1[0]: {why}"), "record 1[1]: {\"a\":3}".to_owned()]
    );
    assert_eq!(shape(&format!("{{\n\"b\": {line}, \"c\": 1}}\n"), cloud()), [format!("record 1: {why}")]);
}

#[test]
fn what_is_broken_elsewhere_ends_the_input() {
    insta::assert_snapshot!(problem(b" \n", Form::default()), @"the input is empty; did the tool that wrote it fail?");
    insta::assert_snapshot!(problem(b"{\n  \"a\": [1,\n", Form::default()), @"line 3, column 1: the input ends in the middle of a value; it was cut off, write it again");
    insta::assert_snapshot!(problem(b"{\n\"Records\": [\n{\"a\":1},", cloud()), @"line 3, column 9: the input ends in the middle of a value; it was cut off, write it again");
    insta::assert_snapshot!(problem(b"[\n1 2\n]", Form::default()), @"line 2, column 3: not JSON: expected `,` or `]`");
    insta::assert_snapshot!(problem(b"[\n1,\n]", Form::default()), @"line 3, column 1: not JSON: expected value");
    insta::assert_snapshot!(problem(b"{\n\"a\" 1}", cloud()), @"line 2, column 5: not JSON: expected `:`");
    insta::assert_snapshot!(problem(b"{\n\"a\": \"\xff\"}", cloud()), @"the input is not UTF-8 (byte 8)");
    insta::assert_snapshot!(problem(b"{\"a\": 1}\n{\"a\": \"\xff\"}", Form::default()), @"the input is not UTF-8 (byte 16)");
    insta::assert_snapshot!(problem(b"\xff\xfe{\0", Form::default()), @"the input is not UTF-8 (byte 0); it looks like UTF-16, as a redirect in an old PowerShell writes it: save it as UTF-8");
    for open in ["[", "{\"a\":"] {
        let deep = format!("{{\n\"a\": {}", open.repeat(100_000));
        let problem = problem(deep.as_bytes(), cloud());
        assert!(problem.contains("nested deeper than 127"), "{problem}");
    }
}

#[test]
fn lines_of_facts_come_with_their_numbers() {
    let mut out = Vec::new();
    let mut each = |number: u64, line: &str| out.push((number, line.to_owned()));
    lines("\u{feff}a\r\n\n bé\nc".as_bytes(), 10, &mut each).unwrap();
    assert_eq!(out, [(1, "a".to_owned()), (3, " bé".to_owned()), (4, "c".to_owned())]);
    assert_eq!(lines("\n \n".as_bytes(), 10, &mut |_, _| {}), Err(IngestError::Empty));
    let offset = |input: &[u8]| match lines(input, 10, &mut |_, _| {}) {
        Err(IngestError::NotUtf8 { offset, .. }) => offset,
        other => panic!("{other:?}"),
    };
    assert_eq!(offset(b"ab\n\xff\n"), 3);
}
