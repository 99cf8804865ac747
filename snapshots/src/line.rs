//! Lines and rows: which file a line goes to, and whether it fits that file's columns.

use std::collections::HashMap;
use std::sync::Arc;

use assize::facts::{Instant, Line, Report, Source};
use assize::store::{PlainLines, PlainReport, PlainValue};
use assize::value::from_json;
use assize_lang::plan::Schema;
use serde_json::{Map, Value};

use super::row;
use super::table::{ABSENT, INSTANCE, OBSERVED_AT, OTHER, RECORD, RETRACTED, RUNS, SAME_AS, SOURCE, Table};

/// A line as it is sorted and written.
#[derive(Clone, Debug)]
pub struct Placed<'a> {
    /// The file that it goes to, without the ending.
    pub stem: &'a str,
    /// What lines are sorted by first.
    pub key: &'a str,
    /// What lines are sorted by next.
    pub at: Instant,
    /// Its cells; of a line that fits no column its text.
    pub row: &'a [u8],
}

/// Puts lines into rows. It holds the columns of each type, once a line is of it.
#[derive(Debug)]
pub struct Placing {
    schema: Arc<Schema>,
    plain: PlainLines,
    tables: HashMap<String, Table>,
    /// Room for a row.
    room: Vec<u8>,
}

impl Placing {
    /// Under a schema.
    pub fn new(schema: &Arc<Schema>) -> Self {
        let (schema, plain) = (Arc::clone(schema), PlainLines::new(schema));
        Self { schema, plain, tables: HashMap::new(), room: Vec::new() }
    }

    /// Gives `each` the place of a line; what comes of that.
    pub fn line<T>(&mut self, line: &Line, each: impl FnOnce(&Placed<'_>) -> T) -> T {
        self.room.clear();
        let (stem, key, at) = match line {
            Line::Report(report) => match self.report(report) {
                Some(key) => (report.ty.as_str(), key, report.observed_at),
                None => {
                    self.room.clear();
                    self.room.extend_from_slice(line.to_json().to_string().as_bytes());
                    (OTHER, "", Instant(0))
                }
            },
            Line::Run(run) => (RUNS, run.id.as_str(), run.until),
            Line::SameAs(same) => (SAME_AS, same.alias.as_str(), same.observed_at),
            Line::Retract(retract) => (RETRACTED, retract.key.as_str(), retract.observed_at),
        };
        if let Some(table) = Table::own(stem) {
            cells(&table, row_of(line.clone()), &mut self.room);
        }
        each(&Placed { stem, key, at, row: &self.room })
    }

    /// Gives `each` the place of a line of the usual shape, read without a tree; nothing where it is of another.
    pub fn text<T>(&mut self, text: &str, each: impl FnOnce(&Placed<'_>) -> T) -> Option<T> {
        let Self { schema, plain, tables, room } = self;
        room.clear();
        let place = |report: &PlainReport<'_>| {
            let table = table_of(tables, report.ty(), schema)?;
            for (place, (_, kind)) in table.fields.iter().zip(table.columns.iter().skip(1)) {
                match report.field(*place) {
                    Some(said) => row::plain(kind, said, schema, room),
                    None => row::nothing(room),
                }
            }
            let absent = |at: &&usize| {
                let place = table.fields.get(**at).copied();
                matches!(place.and_then(|place| report.field(place)), Some(PlainValue::Absent))
            };
            ours(report.tool(), report.instance(), report.record(), report.observed_at(), room);
            absents(table, table.by_name.iter().filter(absent).copied().collect(), room);
            Some(each(&Placed { stem: report.ty(), key: report.key(), at: report.observed_at(), row: room }))
        };
        plain.read(text, place).flatten()
    }

    /// Makes a row of a report; its key. None where anything in it does not fit: loading is to say so, in its own words.
    fn report<'r>(&mut self, report: &'r Report) -> Option<&'r str> {
        let Self { schema, tables, room, .. } = self;
        let table = table_of(tables, &report.ty, schema)?;
        let ty = schema.fact(&report.ty)?;
        let key = report.fields.get(ty.key.as_str())?.as_str().filter(|key| !key.is_empty())?;
        let (mut found, mut absent) = (1_usize, Vec::new());
        for (at, (place, (name, kind))) in table.fields.iter().zip(table.columns.iter().skip(1)).enumerate() {
            let Some(json) = report.fields.get(name) else {
                row::nothing(room);
                continue;
            };
            found = found.saturating_add(1);
            let field = ty.fields.get(*place)?;
            if json.is_null() {
                if !field.optional {
                    return None;
                }
                row::nothing(room);
                absent.push(at);
            } else {
                row::value(kind, &from_json(json, &field.ty, schema).ok()?, schema, room);
            }
        }
        // Whatever is left is no field.
        if found != report.fields.len() {
            return None;
        }
        let Source { tool, instance, record } = &report.source;
        ours(tool, instance.as_deref(), record.as_deref(), report.observed_at, room);
        absent.sort_unstable_by_key(|at| table.by_name.iter().position(|known| known == at));
        absents(table, absent, room);
        Some(key)
    }
}

/// The columns of a type, where they can be a file's: its name is the name of the file.
fn table_of<'t>(tables: &'t mut HashMap<String, Table>, name: &str, schema: &Schema) -> Option<&'t Table> {
    if !tables.contains_key(name) {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.';
        let named = !name.is_empty() && name.len() <= 100 && name.bytes().all(plain);
        // What is no type is not kept: there is no end of names.
        let table = schema.fact(name).filter(|_| named).and_then(|ty| Table::of_type(name, ty, schema))?;
        tables.insert(name.to_owned(), table);
    }
    tables.get(name)
}

/// Adds who says a report, and when.
fn ours(tool: &str, instance: Option<&str>, record: Option<&str>, at: Instant, out: &mut Vec<u8>) {
    row::text(tool, out);
    for text in [instance, record] {
        match text {
            Some(text) => row::text(text, out),
            None => row::nothing(out),
        }
    }
    row::time(at, out);
}

/// Adds the names of the fields at these places that are known to be absent.
fn absents(table: &Table, places: Vec<usize>, out: &mut Vec<u8>) {
    let name = |at: usize| table.columns.get(at.saturating_add(1)).map_or("", |(name, _)| name.as_str());
    row::texts(places.into_iter().map(name), out);
}

/// Adds the cells of a line's columns but for the first.
pub fn cells(table: &Table, line: Map<String, Value>, out: &mut Vec<u8>) {
    for (name, kind) in table.columns.iter().skip(1) {
        row::json(kind, line.get(name), out);
    }
}

/// The columns of a line.
pub fn row_of(line: Line) -> Map<String, Value> {
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
