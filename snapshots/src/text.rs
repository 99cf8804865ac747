//! Rows of a file as lines.

use arrow_array::RecordBatch;
use assize::facts::Instant;
use serde_json::{Map, Value};

use super::column::{self, Kind};
use super::line::of_row;
use super::row;
use super::table::{ABSENT, INSTANCE, OBSERVED_AT, RECORD, SOURCE, Table};

/// Where in the batches of a file its columns are.
#[derive(Debug)]
pub struct Layout {
    /// The type, or the name of one of our own tables.
    name: String,
    own: bool,
    /// The fields' columns by name, in the order of their names.
    fields: Vec<(String, usize, Kind)>,
    columns: Vec<(String, usize, Kind)>,
    key: usize,
}

impl Layout {
    /// Of a file whose columns are these.
    pub fn new(name: &str, schema: &arrow_schema::Schema) -> Result<Self, String> {
        let mut columns = Vec::new();
        for (at, field) in schema.fields().iter().enumerate() {
            let kind = Kind::of_field(field)
                .ok_or_else(|| format!("the column `{}` is of no kind that snapshots have", field.name()))?;
            columns.push((field.name().clone(), at, kind));
        }
        for needed in [SOURCE, OBSERVED_AT] {
            if !columns.iter().any(|(name, _, _)| name == needed) {
                return Err(format!("it has no column `{needed}`"));
            }
        }
        let ours = [SOURCE, INSTANCE, RECORD, OBSERVED_AT, ABSENT];
        let mut fields = columns.clone();
        fields.retain(|(name, _, _)| !ours.contains(&name.as_str()));
        fields.sort();
        Ok(Self { name: name.to_owned(), own: Table::own(name).is_some(), fields, columns, key: 0 })
    }

    fn column<'a>(&self, name: &str, batch: &'a RecordBatch) -> Option<&'a dyn arrow_array::Array> {
        let (_, at, _) = self.columns.iter().find(|(column, _, _)| column == name)?;
        batch.columns().get(*at).map(AsRef::as_ref)
    }

    /// What a row is sorted by first.
    pub fn key<'a>(&self, batch: &'a RecordBatch, row: usize) -> &'a str {
        batch
            .columns()
            .get(self.key)
            .and_then(|column| column::text(column.as_ref(), row))
            .unwrap_or_default()
    }

    /// When a row was observed.
    pub fn at(&self, batch: &RecordBatch, row: usize) -> Instant {
        self.column(OBSERVED_AT, batch).and_then(|column| column::instant(column, row)).unwrap_or_default()
    }

    /// Writes a row as the line that it is; whether it is one.
    pub fn write(&self, batch: &RecordBatch, row: usize, out: &mut Vec<u8>) -> bool {
        if self.own { self.write_own(batch, row, out) } else { self.write_report(batch, row, out) }
    }

    /// Writes a row as its cells; whether it says who says it.
    pub fn cells(&self, batch: &RecordBatch, row: usize, out: &mut Vec<u8>) -> bool {
        for (name, at, kind) in self.columns.iter().skip(1) {
            let Some(column) = batch.columns().get(*at) else { return false };
            if name == SOURCE && column.is_null(row) {
                return false;
            }
            row::array(column.as_ref(), kind, row, out);
        }
        true
    }

    fn write_own(&self, batch: &RecordBatch, row: usize, out: &mut Vec<u8>) -> bool {
        let mut map = Map::new();
        let mut cell = Vec::new();
        for (name, at, kind) in &self.columns {
            cell.clear();
            let Some(column) = batch.columns().get(*at) else { continue };
            if column::write(column.as_ref(), kind, row, &mut cell)
                && let Ok(value) = serde_json::from_slice::<Value>(&cell)
            {
                map.insert(name.clone(), value);
            }
        }
        let Some(line) = of_row(&self.name, map) else { return false };
        out.extend_from_slice(line.to_json().to_string().as_bytes());
        true
    }

    /// A report as [`Line::to_json`](assize::facts::Line::to_json) writes it: names in their order.
    fn write_report(&self, batch: &RecordBatch, row: usize, out: &mut Vec<u8>) -> bool {
        let text = |name: &str| self.column(name, batch).and_then(|column| column::text(column, row));
        let Some(tool) = text(SOURCE) else { return false };
        let mut parts = [self.name.as_str(), "observed_at", "source"];
        parts.sort_unstable();
        out.push(b'{');
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            column::quote(part, out);
            out.push(b':');
            match *part {
                "observed_at" => column::quote(&self.at(batch, row).to_string(), out),
                "source" => {
                    out.push(b'{');
                    for (name, value) in [("instance", text(INSTANCE)), ("record", text(RECORD))] {
                        if let Some(value) = value {
                            column::quote(name, out);
                            out.push(b':');
                            column::quote(value, out);
                            out.push(b',');
                        }
                    }
                    out.extend_from_slice(b"\"tool\":");
                    column::quote(tool, out);
                    out.push(b'}');
                }
                _ => self.fields(batch, row, out),
            }
        }
        out.push(b'}');
        true
    }

    fn fields(&self, batch: &RecordBatch, row: usize, out: &mut Vec<u8>) {
        let absent = self.absent(batch, row);
        out.push(b'{');
        let mut first = true;
        for (name, at, kind) in &self.fields {
            let Some(column) = batch.columns().get(*at) else { continue };
            let start = out.len();
            if !first {
                out.push(b',');
            }
            column::quote(name, out);
            out.push(b':');
            if column::write(column.as_ref(), kind, row, out) {
                first = false;
            } else if absent.iter().any(|absent| absent == name) {
                out.extend_from_slice(b"null");
                first = false;
            } else {
                out.truncate(start);
            }
        }
        out.push(b'}');
    }

    fn absent(&self, batch: &RecordBatch, row: usize) -> Vec<String> {
        let mut cell = Vec::new();
        let kind = Kind::List(Box::new(Kind::Text));
        match self.column(ABSENT, batch) {
            Some(column) if column::write(column, &kind, row, &mut cell) && cell != b"[]" => {
                serde_json::from_slice(&cell).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }
}
