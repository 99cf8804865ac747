//! A report against its type.

use assize_lang::plan::{FactKind, FactType, Schema};
use serde_json::{Map, Value as Json};

use super::report::State;
use crate::value::{Value, from_json};

/// What a report says, field by field.
pub(crate) struct Read {
    /// The key, or why there is none.
    pub(crate) key: Result<String, String>,
    /// By the field's place in its type, in that order; the key is not among them.
    pub(crate) fields: Vec<(usize, State)>,
    /// Fields that did not fit, with the reason.
    pub(crate) rejects: Vec<(String, String)>,
}

/// Checks `fields` against `ty`. A field that does not fit is [`State::Bad`] and a reject; only the key
/// can make the whole report unusable.
pub(crate) fn read_report(ty: &FactType, fields: &Map<String, Json>, schema: &Schema) -> Read {
    let mut out = Read { key: Err(format!("no key `{}`", ty.key)), fields: Vec::new(), rejects: Vec::new() };
    for name in fields.keys().filter(|name| ty.field(name).is_none()) {
        let what = match ty.kind {
            FactKind::Entity => "entity",
            FactKind::Event => "event",
            FactKind::Request => "request",
        };
        out.rejects.push((
            crate::value::escape(name),
            format!("the {what} `{}` has no such field", ty.name.short()),
        ));
    }
    for (place, field) in ty.fields.iter().enumerate() {
        let Some(json) = fields.get(field.name.as_str()) else { continue };
        if field.name == ty.key {
            out.key = match json {
                Json::String(text) if text.is_empty() => Err("the key is empty".to_owned()),
                Json::String(text) => Ok(text.clone()),
                _ => Err("the key is not a string".to_owned()),
            };
            continue;
        }
        let state = match from_json(json, &field.ty, schema) {
            Ok(Value::Null) if field.optional => State::Absent,
            Ok(Value::Null) => State::Bad("null, but the field is not optional".to_owned()),
            Ok(value) => State::Value(value),
            Err(reason) => State::Bad(reason),
        };
        if let State::Bad(reason) = &state {
            out.rejects.push((field.name.to_string(), reason.clone()));
        }
        out.fields.push((place, state));
    }
    out
}
