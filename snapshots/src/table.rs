//! What the columns of a file are.

use std::sync::Arc;

use arrow_schema::{Schema as ArrowSchema, SchemaRef};
use assize_lang::plan::{FactType, Schema, Type};
use sha2::{Digest, Sha256};

use super::column::Kind;

/// The file of runs.
pub const RUNS: &str = "_runs";
/// The file of aliases.
pub const SAME_AS: &str = "_same_as";
/// The file of facts taken back.
pub const RETRACTED: &str = "_retracted";
/// The file of lines that fit no column.
pub const OTHER: &str = "_other";

/// The tool.
pub const SOURCE: &str = "_source";
/// Which installation of it.
pub const INSTANCE: &str = "_instance";
/// The tool's own record.
pub const RECORD: &str = "_record";
/// When the source saw it.
pub const OBSERVED_AT: &str = "_observed_at";
/// Which fields are known to be absent.
pub const ABSENT: &str = "_absent";

/// The columns of a file, the key first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The type, as lines name it; or the name of the file.
    pub name: String,
    /// The columns: name and kind.
    pub columns: Vec<(String, Kind)>,
    /// What tells it from the same type's in another schema.
    pub hash: String,
    /// Of a type's columns, the key's not among them: each field's place in the type.
    pub fields: Vec<usize>,
    /// The places in `fields`, in the order of the fields' names.
    pub by_name: Vec<usize>,
}

impl Table {
    /// Of a type, as lines name it. None where a field has the name of one of our own columns.
    pub fn of_type(name: &str, ty: &FactType, schema: &Schema) -> Option<Self> {
        let all = || ty.fields.iter().enumerate();
        let key = all().filter(|(_, field)| field.name == ty.key);
        let others = all().filter(|(_, field)| field.name != ty.key);
        let fields = others.clone().map(|(place, _)| place).collect();
        let mut by_name: Vec<(&str, usize)> =
            others.clone().enumerate().map(|(at, (_, field))| (field.name.as_str(), at)).collect();
        by_name.sort_unstable();
        let by_name = by_name.into_iter().map(|(_, at)| at).collect();
        let mut columns = Vec::new();
        let mut said = String::new();
        for (_, field) in key.chain(others) {
            if field.name.as_str().starts_with('_') {
                return None;
            }
            columns.push((field.name.to_string(), Kind::of(&field.ty)));
            said.push_str(&format!("{} {} {}", field.name, field.ty, field.optional));
            members(&field.ty, schema, &mut said);
        }
        columns.extend(source_columns());
        columns.push((ABSENT.to_owned(), Kind::List(Box::new(Kind::Text))));
        Some(Self { fields, by_name, ..Self::new(name, columns, &said) })
    }

    /// The tables that every snapshot may have.
    pub fn own(name: &str) -> Option<Self> {
        let text = |name: &str| (name.to_owned(), Kind::Text);
        let mut columns = match name {
            RUNS => {
                let time = |name: &str| (name.to_owned(), Kind::Time);
                let types = ("types".to_owned(), Kind::List(Box::new(Kind::Text)));
                let complete = ("complete".to_owned(), Kind::Bool);
                let rejected = ("rejected".to_owned(), Kind::Uint);
                vec![text("id"), types, text("scope"), time("from"), time("until"), complete, rejected]
            }
            SAME_AS => vec![text("alias"), text("is"), text("type")],
            RETRACTED => vec![text("key"), text("type")],
            _ => return None,
        };
        columns.extend(source_columns());
        Some(Self::new(name, columns, ""))
    }

    /// The columns of a file whose type nobody here knows.
    pub fn of_file(name: &str, schema: &ArrowSchema, hash: &str) -> Option<Self> {
        let column = |field: &Arc<arrow_schema::Field>| Some((field.name().clone(), Kind::of_field(field)?));
        let columns = schema.fields().iter().map(column).collect::<Option<_>>()?;
        let (fields, by_name) = (Vec::new(), Vec::new());
        Some(Self { name: name.to_owned(), columns, hash: hash.to_owned(), fields, by_name })
    }

    fn new(name: &str, columns: Vec<(String, Kind)>, said: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(format!("{columns:?} {said}"));
        let hash = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { name: name.to_owned(), columns, hash, fields: Vec::new(), by_name: Vec::new() }
    }

    /// The place of a column.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|(column, _)| column == name)
    }

    /// As Arrow calls it.
    pub fn arrow(&self) -> SchemaRef {
        let fields: Vec<_> = self.columns.iter().map(|(name, kind)| kind.field(name)).collect();
        Arc::new(ArrowSchema::new(fields))
    }
}

fn source_columns() -> impl Iterator<Item = (String, Kind)> {
    let texts = [SOURCE, INSTANCE, RECORD].map(|name| (name.to_owned(), Kind::Text));
    texts.into_iter().chain([(OBSERVED_AT.to_owned(), Kind::Time)])
}

/// The members of the enums in a type: a value may fit one schema's and not another's.
fn members(ty: &Type, schema: &Schema, out: &mut String) {
    match ty {
        Type::Enum(name) => {
            let found = schema.enums.get(name);
            let names = found.into_iter().flat_map(|it| &it.members).map(|member| member.name.as_str());
            out.push_str(&names.collect::<Vec<_>>().join("|"));
        }
        Type::List(of) | Type::Sensitive(of) => members(of, schema, out),
        Type::Map(_, of) => members(of, schema, out),
        _ => {}
    }
    out.push(';');
}
