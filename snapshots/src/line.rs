//! Lines and rows: which file a line goes to, and whether it fits that file's columns.

use assize::facts::{Instant, Line, Report, Source};
use assize::value::{from_json, to_json};
use assize_lang::plan::Schema;
use serde_json::{Map, Value};

use super::table::{ABSENT, INSTANCE, OBSERVED_AT, OTHER, RECORD, RETRACTED, RUNS, SAME_AS, SOURCE};

/// A line in the one spelling that it has in a snapshot.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The file that it goes to, without the ending.
    pub stem: String,
    /// What lines are sorted by first.
    pub key: String,
    /// What lines are sorted by next.
    pub at: Instant,
    /// The line.
    pub text: String,
}

/// Where a line goes.
pub fn place(line: Line, schema: &Schema) -> Placed {
    match line {
        Line::Report(report) => match fitting(&report, schema) {
            Some((key, fields)) => {
                let (stem, at) = (report.ty.clone(), report.observed_at);
                let text = Line::Report(Report { fields, ..report }).to_json().to_string();
                Placed { stem, key, at, text }
            }
            None => other(&Line::Report(report)),
        },
        Line::Run(run) => {
            let (key, at) = (run.id.clone(), run.until);
            Placed { stem: RUNS.to_owned(), key, at, text: Line::Run(run).to_json().to_string() }
        }
        Line::SameAs(same) => {
            let (key, at) = (same.alias.clone(), same.observed_at);
            Placed { stem: SAME_AS.to_owned(), key, at, text: Line::SameAs(same).to_json().to_string() }
        }
        Line::Retract(retract) => {
            let (key, at) = (retract.key.clone(), retract.observed_at);
            let text = Line::Retract(retract).to_json().to_string();
            Placed { stem: RETRACTED.to_owned(), key, at, text }
        }
    }
}

fn other(line: &Line) -> Placed {
    let text = line.to_json().to_string();
    Placed { stem: OTHER.to_owned(), key: String::new(), at: Instant(0), text }
}

/// The key and the fields of a report, each value in the spelling of its type. None where anything in it does
/// not fit: loading is to say so, in its own words.
fn fitting(report: &Report, schema: &Schema) -> Option<(String, Map<String, Value>)> {
    // A type's name is the name of its file.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.';
    if report.ty.is_empty() || report.ty.len() > 100 || !report.ty.bytes().all(plain) {
        return None;
    }
    let ty = schema.fact(&report.ty)?;
    let key = report.fields.get(ty.key.as_str())?.as_str().filter(|key| !key.is_empty())?;
    let mut fields = Map::new();
    for (name, json) in &report.fields {
        let field = ty.field(name).filter(|_| !name.starts_with('_'))?;
        if json.is_null() && !field.optional {
            return None;
        }
        let value = from_json(json, &field.ty, schema).ok()?;
        fields.insert(name.clone(), to_json(&value, schema));
    }
    Some((key.to_owned(), fields))
}

/// The columns of a line.
pub fn row(line: Line) -> Map<String, Value> {
    let mut row = Map::new();
    let mut set = |name: &str, value: Value| {
        row.insert(name.to_owned(), value);
    };
    let (source, at) = match line {
        Line::Report(report) => {
            let mut absent = Vec::new();
            for (name, value) in report.fields {
                match value {
                    Value::Null => absent.push(Value::String(name)),
                    value => set(&name, value),
                }
            }
            set(ABSENT, Value::Array(absent));
            (report.source, report.observed_at)
        }
        Line::Run(run) => {
            set("id", run.id.into());
            set("types", run.types.into());
            set("scope", run.scope.into());
            set("from", run.from.to_string().into());
            set("until", run.until.to_string().into());
            set("complete", run.complete.into());
            set("rejected", run.rejected.into());
            (run.source, run.until)
        }
        Line::SameAs(same) => {
            set("alias", same.alias.into());
            set("is", same.is.into());
            set("type", same.ty.into());
            (same.source, same.observed_at)
        }
        Line::Retract(retract) => {
            set("key", retract.key.into());
            set("type", retract.ty.into());
            (retract.source, retract.observed_at)
        }
    };
    set(SOURCE, source.tool.into());
    for (name, value) in [(INSTANCE, source.instance), (RECORD, source.record)] {
        if let Some(value) = value {
            set(name, value.into());
        }
    }
    set(OBSERVED_AT, at.to_string().into());
    row
}

/// The line that a row of one of our own tables is; none where it lacks what such a line has.
pub fn of_row(table: &str, mut row: Map<String, Value>) -> Option<Line> {
    let mut text = |name: &str| match row.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let source = Source { tool: text(SOURCE)?, instance: text(INSTANCE), record: text(RECORD) };
    let observed_at = text(OBSERVED_AT)?;
    let source = serde_json::to_value(source).ok()?;
    let mut inner = Map::new();
    let mut line = Map::new();
    match table {
        RUNS => {
            row.insert("source".to_owned(), source);
            line.insert("run".to_owned(), Value::Object(row));
            return Line::from_json(Value::Object(line)).ok();
        }
        SAME_AS => {
            inner.insert(text("type")?, Value::String(text("alias")?));
            inner.insert("is".to_owned(), Value::String(text("is")?));
            line.insert("same_as".to_owned(), Value::Object(inner));
        }
        RETRACTED => {
            inner.insert(text("type")?, Value::String(text("key")?));
            line.insert("retract".to_owned(), Value::Object(inner));
        }
        _ => return None,
    }
    line.insert("source".to_owned(), source);
    line.insert("observed_at".to_owned(), Value::String(observed_at));
    Line::from_json(Value::Object(line)).ok()
}

/// Who says a line, and of when.
pub fn said(line: &Line) -> (&Source, Instant) {
    match line {
        Line::Report(report) => (&report.source, report.observed_at),
        Line::Retract(retract) => (&retract.source, retract.observed_at),
        Line::Run(run) => (&run.source, run.until),
        Line::SameAs(same) => (&same.source, same.observed_at),
    }
}
