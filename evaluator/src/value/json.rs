//! Values from and to JSON, and from the plan's constants.

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::plan::{Const, Schema, Type};
use serde_json::Value as Json;

use super::{Value, base64};
use crate::facts::{Instant, format_duration, parse_duration};

/// The value of type `ty` that `json` is; `null` is [`Value::Null`], at any type.
///
/// # Errors
/// What was expected instead. The message names kinds and members, never the value itself.
pub fn from_json(json: &Json, ty: &Type, schema: &Schema) -> Result<Value, String> {
    let wrong = |wanted: &str| Err(format!("expected {wanted}, found {}", kind(json)));
    match (ty, json) {
        (_, Json::Null) => Ok(Value::Null),
        (Type::Sensitive(inner), _) => from_json(json, inner, schema),
        (Type::Null, _) => wrong("null"),
        (Type::Bool, Json::Bool(truth)) => Ok(Value::Bool(*truth)),
        (Type::Bool, _) => wrong("true or false"),
        (Type::Int, Json::Number(number)) => {
            number.as_i64().map(Value::Int).ok_or_else(|| "expected an integer of 64 bits".to_owned())
        }
        (Type::Int, _) => wrong("an integer"),
        (Type::Uint, Json::Number(number)) => number
            .as_u64()
            .map(Value::Uint)
            .ok_or_else(|| "expected an unsigned integer of 64 bits".to_owned()),
        (Type::Uint, _) => wrong("an unsigned integer"),
        (Type::Double, Json::Number(number)) => match number.as_f64() {
            Some(number) if number.is_finite() => Ok(Value::Double(number)),
            _ => Err("expected a finite number".to_owned()),
        },
        (Type::Double, _) => wrong("a number"),
        (Type::String, Json::String(text)) => Ok(Value::text(text)),
        (Type::String, _) => wrong("a string"),
        (Type::Bytes, Json::String(text)) => base64::decode(text)
            .map(|bytes| Value::Bytes(bytes.into()))
            .ok_or_else(|| "expected bytes in base 64".to_owned()),
        (Type::Bytes, _) => wrong("bytes in base 64"),
        (Type::Timestamp, Json::String(text)) => text
            .parse::<Instant>()
            .map(|instant| Value::Timestamp(instant.0))
            .map_err(|_| "expected an RFC 3339 timestamp such as 2026-06-01T00:00:00Z".to_owned()),
        (Type::Timestamp, _) => wrong("an RFC 3339 timestamp"),
        (Type::Duration, Json::String(text)) => parse_duration(text)
            .map(Value::Duration)
            .ok_or_else(|| "expected a duration such as `90d` or `1h30m`".to_owned()),
        (Type::Duration, _) => wrong("a duration such as `90d`"),
        (Type::Enum(name), Json::String(text)) => {
            let Some(found) = schema.enums.get(name) else { return Err(format!("no enum `{name}`")) };
            match found.index_of(text) {
                Some(at) => Ok(Value::Enum(name.clone(), at)),
                None => {
                    let members: Vec<&str> =
                        found.members.iter().map(|member| member.name.as_str()).collect();
                    Err(format!("not a member of `{}`; its members are {}", name.short(), members.join(", ")))
                }
            }
        }
        (Type::Enum(name), _) => wrong(&format!("a member of `{}`", name.short())),
        (Type::Fact(_), Json::String(text)) if text.is_empty() => Err("an empty key".to_owned()),
        (Type::Fact(name), Json::String(text)) => Ok(Value::Fact(name.clone(), Arc::from(text.as_str()))),
        (Type::Fact(name), _) => wrong(&format!("the key of a `{}`", name.short())),
        (Type::List(of), Json::Array(items)) => {
            let items: Result<Vec<Value>, String> =
                items.iter().map(|item| from_json(item, of, schema)).collect();
            items.map(|items| Value::List(items.into()))
        }
        (Type::List(_), _) => wrong("a list"),
        (Type::Map(_, of), Json::Object(entries)) => {
            let mut out = BTreeMap::new();
            for (key, value) in entries {
                out.insert(Value::text(key), from_json(value, of, schema)?);
            }
            Ok(Value::Map(Arc::new(out)))
        }
        (Type::Map(..), _) => wrong("an object"),
        (Type::Dyn, json) => dynamic(json),
        // No declared field or param is of these.
        (Type::Optional(inner), _) => Ok(Value::Optional(Some(Arc::new(from_json(json, inner, schema)?)))),
        (Type::Type | Type::Never | Type::Opaque(..) | Type::Param(_), _) => {
            wrong("nothing: the type has no JSON")
        }
    }
}

fn dynamic(json: &Json) -> Result<Value, String> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), _, _) => Value::Int(number),
            (None, Some(number), _) => Value::Uint(number),
            (None, None, Some(number)) if number.is_finite() => Value::Double(number),
            _ => return Err("expected a finite number".to_owned()),
        },
        Json::String(text) => Value::text(text),
        Json::Array(items) => {
            let items: Result<Vec<Value>, String> = items.iter().map(dynamic).collect();
            Value::List(items?.into())
        }
        Json::Object(entries) => {
            let mut out = BTreeMap::new();
            for (key, value) in entries {
                out.insert(Value::text(key), dynamic(value)?);
            }
            Value::Map(Arc::new(out))
        }
    })
}

const fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// The value as JSON: what [`from_json`] reads back at its type.
#[must_use]
pub fn to_json(value: &Value, schema: &Schema) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Int(number) => Json::from(*number),
        Value::Uint(number) => Json::from(*number),
        Value::Double(number) => serde_json::Number::from_f64(*number).map_or(Json::Null, Json::Number),
        Value::String(text) => Json::from(text.as_ref()),
        Value::Bytes(bytes) => Json::from(base64::encode(bytes)),
        Value::Duration(micros) => Json::from(format_duration(*micros)),
        Value::Timestamp(micros) => Json::from(Instant(*micros).to_string()),
        Value::FineDuration(fine) => Json::from(crate::judge::seconds_text(fine.nanos())),
        Value::FineTimestamp(fine) => Json::from(crate::judge::instant_text(fine.nanos())),
        Value::Enum(name, at) => schema
            .enums
            .get(name)
            .and_then(|found| found.members.get(usize::from(*at)))
            .map_or(Json::Null, |member| Json::from(member.name.as_str())),
        Value::Fact(_, key) => Json::from(key.as_ref()),
        Value::Optional(held) => held.as_ref().map_or(Json::Null, |held| to_json(held, schema)),
        Value::Type(name) => Json::from(name.as_str()),
        Value::List(items) => Json::Array(items.iter().map(|item| to_json(item, schema)).collect()),
        Value::Map(entries) => Json::Object(
            entries
                .iter()
                .map(|(key, value)| {
                    let key = match key {
                        Value::String(text) => text.to_string(),
                        other => to_json(other, schema).to_string(),
                    };
                    (key, to_json(value, schema))
                })
                .collect(),
        ),
    }
}

/// The value of a constant of the plan.
#[must_use]
pub fn from_const(constant: &Const) -> Value {
    match constant {
        Const::Null => Value::Null,
        Const::Bool(truth) => Value::Bool(*truth),
        Const::Int(number) => Value::Int(*number),
        Const::Uint(number) => Value::Uint(*number),
        Const::Double(number) => Value::Double(*number),
        Const::String(text) => Value::text(text),
        Const::Bytes(bytes) => Value::Bytes(bytes.as_slice().into()),
        Const::Duration(micros) => Value::Duration(*micros),
        Const::Timestamp(micros) => Value::Timestamp(*micros),
        Const::Enum(name, at) => Value::Enum(name.clone(), *at),
        Const::Type(name) => Value::Type(name.clone()),
        Const::List(items) => Value::List(items.iter().map(from_const).collect()),
    }
}
