//! Lines of the usual shape are read in one pass, and come to what comes of reading them in full.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use assize_lang::plan::Name;
use proptest::prelude::*;
use serde_json::Value;

use super::lines::batch;
use super::{config, layout};
use crate::facts::{Instant, Source};
use crate::store::{
    FactForm, FieldValue, LimitError, Limits, Loader, Snapshot, SourceHandle, Stored, TellError,
};
use crate::world::Layout;

/// Bytes that decide how something is spelled, taken one by one.
struct Whim<'a>(std::iter::Cycle<std::slice::Iter<'a, u8>>);

impl Whim<'_> {
    fn one_in(&mut self, of: u8) -> bool {
        self.0.next().is_some_and(|byte| byte % of == 0)
    }

    fn below(&mut self, count: usize) -> usize {
        let (high, low) = (self.0.next().copied().unwrap_or(0), self.0.next().copied().unwrap_or(0));
        (usize::from(high) * 256 + usize::from(low)) % count.max(1)
    }
}

fn blank(whim: &mut Whim<'_>, out: &mut String) {
    if whim.one_in(40) {
        out.push_str(
            [" ", "\t", "  ", "\r", "\u{a0}"][whim.below(5).saturating_sub(usize::from(!whim.one_in(9)))],
        );
    }
}

/// JSON, spelled in one of the many ways that there are, some of them wrong.
fn spell(value: &Value, whim: &mut Whim<'_>, out: &mut String) {
    blank(whim, out);
    match value {
        Value::Object(entries) => {
            out.push('{');
            let mut entries: Vec<_> = entries.iter().collect();
            let turn = whim.below(entries.len());
            entries.rotate_left(turn);
            if whim.one_in(50) {
                let again = whim.below(entries.len());
                entries.extend(entries.get(again).copied());
            }
            for (place, (name, value)) in entries.into_iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                blank(whim, out);
                if whim.one_in(200) {
                    out.push_str("\"extra\":1,");
                }
                write!(out, "{}", Value::from(name.as_str())).unwrap();
                blank(whim, out);
                out.push(':');
                spell(value, whim, out);
            }
            if whim.one_in(200) {
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                spell(item, whim, out);
            }
            out.push(']');
        }
        Value::String(text) if whim.one_in(30) => {
            out.push('"');
            for c in text.chars() {
                write!(out, "\\u{:04x}", u32::from(c)).unwrap();
            }
            out.push('"');
        }
        Value::String(text) if whim.one_in(60) => {
            let odd =
                ["é\u{7f}", "a\"b", "\u{1}", "", "2026-06-30T23:59:60Z", "2026-06-01T00:00:00.5Z", "1.5h"];
            write!(out, "{}", Value::from(odd[whim.below(odd.len())])).unwrap();
            let _ = text;
        }
        Value::Number(number) if whim.one_in(6) => {
            let odd = [
                "-0",
                "1.0",
                "1.50",
                "0.1",
                "1e2",
                "123456789012345678901234567890",
                "-3",
                "9223372036854775807",
                "18446744073709551615",
                "0.30000000000000004",
                "01",
                "1.",
                "2.5",
                "1e400",
            ];
            out.push_str(odd[whim.below(odd.len())]);
            let _ = number;
        }
        Value::Bool(_) | Value::Null if whim.one_in(60) => {
            out.push_str(["nul", "True", "1", "null"][whim.below(4)])
        }
        other => write!(out, "{other}").unwrap(),
    }
    blank(whim, out);
}

/// A line as somebody might send it.
fn text(line: &Value, whim: &mut Whim<'_>) -> String {
    let mut out = String::new();
    spell(line, whim, &mut out);
    if whim.one_in(20) {
        let mut chars: Vec<char> = out.chars().collect();
        let at = whim.below(chars.len());
        match whim.below(4) {
            0 => drop(chars.remove(at)),
            1 => chars.insert(at, ['"', '{', '}', ',', ':', '0', ' ', '\\', '\u{0}'][whim.below(9)]),
            2 => chars.truncate(at),
            _ => chars.extend(['}', 'x']),
        }
        out = chars.into_iter().collect();
    }
    out
}

fn shown(snapshot: &Snapshot) -> String {
    format!("{} {:#?} {:#?} {:?}", snapshot.id(), snapshot.reports(), snapshot.rejects(), snapshot.newest())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases * 3, ..config() })]

    #[test]
    fn a_line_says_the_same_however_it_is_read(
        lines in batch(1..25),
        whims in prop::collection::vec(any::<u8>(), 400..500),
    ) {
        let layout = layout();
        let mut whim = Whim(whims.iter().cycle());
        let texts: Vec<String> = lines.iter().map(|line| text(line, &mut whim)).collect();
        let (mut fast, mut full) = (Loader::of(&layout), Loader::of(&layout));
        let (mut fast_changes, mut full_changes) = (Loader::pending(&layout), Loader::pending(&layout));
        let mut reports: BTreeMap<Name, Vec<Stored>> = BTreeMap::new();
        for (number, text) in (1..).zip(&texts) {
            fast.line("f", number, text);
            full.line_in_full("f", number, text);
            fast_changes.line("f", number, text);
            full_changes.line_in_full("f", number, text);
            let (a, b) = (fast_changes.take_all(0), full_changes.take_all(0));
            prop_assert_eq!(format!("{:?}", a), format!("{:?}", b), "{}", text);
            for told in b.reports {
                reports.entry(layout.ty(told.ty).name.clone()).or_default().push(told.report);
            }
        }
        // What is read out of columns is what came, which never lay in any.
        for reports in reports.values_mut() {
            reports.sort_by(Stored::compare);
            reports.dedup_by(|a, b| a.key == b.key && a.is(b));
        }
        let full = full.finish();
        prop_assert_eq!(format!("{:?}", full.reports()), format!("{:?}", reports));
        prop_assert_eq!(shown(&fast.finish()), shown(&full), "{}", texts.join("\n"));
    }
}

/// Tells a loader what a line says, without its text, where it is a report of fields that fit.
fn tell(loader: &mut Loader, layout: &Arc<Layout>, line: &Value) -> Option<()> {
    let mut line = line.as_object()?.clone();
    let source: Source = serde_json::from_value(line.remove("source")?).ok()?;
    let observed_at = line.remove("observed_at")?.as_str()?.parse().ok()?;
    let (ty, fields) = line.into_iter().next()?;
    let form = FactForm::new(layout, &ty).ok()?;
    loader.begin();
    // In another order than that of names.
    for (name, value) in fields.as_object()?.iter().rev().filter(|(name, _)| *name != "id") {
        let field = form.field(name).ok()?;
        let value = match value {
            Value::Null => FieldValue::Absent,
            Value::Bool(truth) => (*truth).into(),
            Value::String(text) => text.as_str().into(),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(number), _) => number.into(),
                (_, Some(number)) => number.into(),
                _ => return None,
            },
            other => other.into(),
        };
        loader.set(&form, field, value).ok()?;
    }
    loader.tell(&form, fields.get("id")?.as_str()?, &SourceHandle::new(&source), observed_at).ok()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_told_is_what_the_line_says(lines in batch(1..25)) {
        let layout = layout();
        let (mut told, mut read) = (Loader::pending(&layout), Loader::pending(&layout));
        for line in &lines {
            let fits = tell(&mut told, &layout, line);
            read.line("f", 1, &line.to_string());
            let (told, read) = (told.take_all(0), read.take_all(0));
            let report = read.reports.len() == 1 && read.rejects.is_empty();
            prop_assert_eq!(fits.is_some(), report, "{}", line);
            if report {
                prop_assert_eq!(format!("{:?}", told), format!("{:?}", read), "{}", line);
            }
        }
    }
}

#[test]
fn what_cannot_be_told_says_why() {
    let layout = layout();
    let form = FactForm::new(&layout, "Thing").unwrap();
    let group = FactForm::new(&layout, "Group").unwrap();
    let mut loader = Loader::pending(&layout);
    loader.begin();
    let mut said = |name: &str, value: FieldValue<'_>| {
        let field = form.field(name);
        field.and_then(|field| loader.set(&form, field, value)).map_err(|error| error.to_string())
    };
    let wrong = |text: &str| Err(text.to_owned());
    assert_eq!(said("n", FieldValue::Int(3)), Ok(()));
    assert_eq!(said("n", "3".into()), wrong("`n`: expected an integer, found a string"));
    assert_eq!(said("x", FieldValue::Double(f64::NAN)), wrong("`x`: expected a finite number"));
    assert_eq!(said("id", "a".into()), wrong("`Thing` has no field `id` that can be set"));
    assert_eq!(said("none", "a".into()), wrong("`Thing` has no field `none` that can be set"));
    let other = loader.set(&form, group.field("region").unwrap(), "eu".into());
    assert_eq!(other.unwrap_err().to_string(), "`Thing` has no field `region` that can be set");
    assert_eq!(
        FactForm::new(&layout, "Nobody").unwrap_err().to_string(),
        "no entity, event or request `Nobody`"
    );
    let source = SourceHandle::new(&Source::default());
    assert_eq!(loader.tell(&form, "", &source, Instant(0)).unwrap_err().to_string(), "the key is empty");
    loader = Loader::pending(&layout).with_limits(Limits { line: 200, texts: 250 });
    loader.begin();
    assert!(loader.tell(&form, "a", &source, Instant(0)).is_ok());
    let error = loader.tell(&form, "b", &source, Instant(0)).unwrap_err();
    assert_eq!(error, TellError::Limit(LimitError::Texts { limit: 250 }));
    let error = loader.tell(&form, &"b".repeat(300), &source, Instant(0)).unwrap_err();
    assert!(matches!(error, TellError::Limit(LimitError::Line { limit: 200, .. })));
}

#[test]
fn what_is_too_big_is_a_reject_that_says_so() {
    let layout = layout();
    let line = |id: &str, more: &str| {
        format!(
            r#"{{"Thing":{{"id":"{id}"{more}}},"source":{{"tool":"t"}},"observed_at":"2026-06-01T00:00:00Z"}}"#
        )
    };
    let deep = format!(r#","bag":{}1{}"#, "[".repeat(200), "]".repeat(200));
    let limits = Limits { line: 1_000, ..Limits::default() };
    let mut loader = Loader::of(&layout).with_limits(limits);
    loader.line("f", 1, &line("a", &format!(r#","name":"{}""#, "x".repeat(1_000))));
    loader.line("f", 2, &line("a", &deep));
    loader.line("f", 3, &line("a", ""));
    let snapshot = loader.finish();
    assert_eq!(
        reasons(&snapshot),
        [
            "f line 1: the line has 1089 bytes and the limit is 1000; report less in one fact",
            "f line 2: lists and objects lie in each other more than 127 deep; flatten them",
        ]
    );
    assert_eq!(snapshot.counts().values().sum::<usize>(), 1);

    let limits = Limits { texts: line("a", "").len() as u32 + 1, ..Limits::default() };
    let mut loader = Loader::of(&layout).with_limits(limits);
    ["a", "b", "c"].iter().zip(1..).for_each(|(id, number)| loader.line("f", number, &line(id, "")));
    let snapshot = loader.finish();
    let reason =
        "f line 3: too many distinct texts and keys: 80 at most; split the estate, or report fewer fields";
    assert_eq!(reasons(&snapshot), [reason]);
    assert_eq!(snapshot.counts().values().sum::<usize>(), 2);
}

fn reasons(snapshot: &Snapshot) -> Vec<String> {
    let reason = |one: &crate::store::Reject| format!("{} {}: {}", one.file, one.record, one.reason);
    snapshot.rejects().iter().map(reason).collect()
}

#[test]
fn lines_that_wait_for_each_other_come_to_what_each_comes_to_alone() {
    let layout = layout();
    let (mut fast, mut full) = (Loader::of(&layout), Loader::of(&layout));
    let long = "x".repeat(40_000);
    for number in 0..700_u64 {
        // Blocks of two files, with what is of no usual shape and what waits for nobody among them.
        let file = if number / 90 % 2 == 0 { "f" } else { "g" };
        let name =
            if number % 97 == 0 { &long } else { "texts that come again, longer than those kept whole" };
        let fields = match number % 40 {
            7 => r#"{"id":"a","n":"3"}"#.to_owned(),
            9 => "{".to_owned(),
            11 => String::new(),
            _ => format!(
                r#"{{"id":"k{}","name":"{name}","note":"n{}","group":"g{}","x":{number}.5}}"#,
                number % 500,
                number % 60,
                number * 7 % 90
            ),
        };
        let at = number % 3;
        let source = format!(r#""source":{{"tool":"t"}},"observed_at":"2026-06-0{}T00:00:00Z""#, at + 1);
        let line = if fields.is_empty() { fields } else { format!(r#"{{"Thing":{fields},{source}}}"#) };
        fast.line(file, number, &line);
        full.line_in_full(file, number, &line);
    }
    let (fast, full) = (fast.finish(), full.finish());
    assert!(full.rejects().len() > 20 && full.counts().values().sum::<usize>() > 400);
    assert_eq!(shown(&fast), shown(&full));
}

#[test]
fn lines_as_tools_write_them_are_read_in_one_pass() {
    let layout = layout();
    let mut loader = Loader::of(&layout);
    let source = r#""source":{"tool":"t","record":"r"},"observed_at":"2026-06-01T00:00:00Z""#;
    for fields in [
        r#"{"id":"a"}"#,
        r#"{"id":"a","flag":true,"n":-3,"u":7,"x":1.5,"name":"é"}"#,
        r#"{"x": 2, "id": "b", "tier": "low", "at": "2026-06-01T00:00:00.25Z", "life": "2d", "note": null}"#,
        r#"{"id":"c","tags":["p","q"],"bag":{"a":[1]},"group":"g0","peers":["a","b"]}"#,
    ] {
        let line = format!(r#"{{"Thing":{fields},{source}}}"#);
        assert!(loader.is_usual(&line), "{line}");
        assert!(loader.is_usual(&format!(r#" {{ {source} , "Thing" : {fields} }} "#)), "{line}");
    }
    for line in [
        format!(r#"{{"Thing":{{"id":"a","n":"3"}},{source}}}"#),
        format!(r#"{{"Thing":{{"id":"a"}},"Thing":{{"id":"a"}},{source}}}"#),
        format!(r#"{{"Thing":{{"id":"a\n"}},{source}}}"#),
        format!(r#"{{"retract":{{"Thing":"a"}},{source}}}"#),
    ] {
        assert!(!loader.is_usual(&line), "{line}");
    }
}
