//! What lone expressions have besides, whatever is at the leaves: optionals, types as values, base 64, entries of maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::plan::{Builtin, Name};

use super::path::{is_key, whole};
use crate::value::{Value, base64};

/// A function of theirs; `None` of another one.
pub(super) fn call(function: Builtin, arguments: &[&Value]) -> Option<Result<Value, String>> {
    let wrong = |what: &str| Err(what.to_owned());
    let some = |value: &Value| Value::Optional(Some(Arc::new(value.clone())));
    Some(match (function, arguments) {
        (Builtin::TypeOf, [value]) => Ok(Value::Type(Name::from(type_of(value)))),
        (Builtin::OptionalNone, []) => Ok(Value::Optional(None)),
        (Builtin::OptionalOf, [value]) => Ok(some(value)),
        (Builtin::OptionalOfNonZero, [value]) => {
            Ok(if is_zero(value) { Value::Optional(None) } else { some(value) })
        }
        (Builtin::HasValue, [Value::Optional(held)]) => Ok(Value::Bool(held.is_some())),
        (Builtin::OptionalValue, [Value::Optional(Some(held))]) => Ok((**held).clone()),
        (Builtin::OptionalValue, [Value::Optional(None)]) => wrong("the optional holds no value"),
        (Builtin::HasValue | Builtin::OptionalValue, _) => wrong("not an optional"),
        (Builtin::OptionalSelect, [of, key]) => select(of, key).map(Value::Optional),
        (Builtin::Present, [Value::List(items)]) => present(items),
        (Builtin::Base64Encode, [Value::Bytes(bytes)]) => Ok(Value::text(base64::encode(bytes))),
        (Builtin::Base64Decode, [Value::String(text)]) => match base64::decode(text) {
            Some(bytes) => Ok(Value::Bytes(bytes.into())),
            None => wrong("not base 64"),
        },
        (Builtin::Entries, [Value::List(items)]) => {
            let pairs = items.iter().zip(0_i64..).map(|(item, at)| pair(Value::Int(at), item));
            Ok(Value::List(pairs.collect()))
        }
        (Builtin::Entries, [Value::Map(entries)]) => {
            Ok(Value::List(entries.iter().map(|(key, value)| pair(key.clone(), value)).collect()))
        }
        (Builtin::Entries, _) => wrong("neither a list nor a map"),
        (Builtin::FromEntries, [Value::List(pairs)]) => map_of(pairs.iter().filter_map(|pair| match pair {
            Value::List(pair) => Some((pair.first()?, pair.get(1)?)),
            _ => None,
        })),
        (Builtin::Merge, [Value::List(maps)]) => {
            if maps.iter().any(|map| !matches!(map, Value::Map(_))) {
                return Some(wrong("not a map"));
            }
            map_of(maps.iter().flat_map(|map| match map {
                Value::Map(entries) => entries.iter().collect(),
                _ => Vec::new(),
            }))
        }
        _ => return None,
    })
}

fn pair(key: Value, value: &Value) -> Value {
    Value::List([key, value.clone()].into())
}

fn map_of<'v>(entries: impl Iterator<Item = (&'v Value, &'v Value)>) -> Result<Value, String> {
    let mut map = BTreeMap::new();
    for (key, value) in entries {
        if !is_key(key) {
            return Err("no key of a map".to_owned());
        }
        if map.insert(key.clone(), value.clone()).is_some() {
            return Err("a repeated key".to_owned());
        }
    }
    Ok(Value::Map(Arc::new(map)))
}

/// What the optionals of a list hold, in order.
fn present(items: &[Value]) -> Result<Value, String> {
    let mut held = Vec::new();
    for item in items {
        match item {
            Value::Optional(Some(value)) => held.push((**value).clone()),
            Value::Optional(None) => {}
            _ => return Err("`?` stands before what is no optional".to_owned()),
        }
    }
    Ok(Value::List(held.into()))
}

/// What a map or a list holds under a key; through an optional, what its value holds.
pub(super) fn select(of: &Value, key: &Value) -> Result<Option<Arc<Value>>, String> {
    let mut of = of;
    while let Value::Optional(held) = of {
        match held {
            Some(held) => of = held,
            None => return Ok(None),
        }
    }
    match of {
        Value::Map(entries) => Ok(entries.get(key).cloned().map(Arc::new)),
        Value::List(items) => match place(key) {
            Some(place) => Ok(place.and_then(|place| items.get(place)).cloned().map(Arc::new)),
            None => Err("no place in a list".to_owned()),
        },
        _ => Err("no such key".to_owned()),
    }
}

/// A number as a place in a list, where it is one: `None` of another type, none inside of one out of range.
#[expect(clippy::option_option, reason = "no place, and no number, are two things")]
fn place(key: &Value) -> Option<Option<usize>> {
    match key {
        Value::Int(at) => Some(usize::try_from(*at).ok()),
        Value::Uint(at) => Some(usize::try_from(*at).ok()),
        Value::Double(at) => Some(whole(*at)),
        _ => None,
    }
}

/// CEL's zero values: what a field has that nobody set.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null | Value::Optional(None) => true,
        Value::Bool(truth) => !truth,
        Value::Int(number) => *number == 0,
        Value::Uint(number) => *number == 0,
        Value::Double(number) => *number == 0.0,
        Value::String(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        Value::Duration(micros) => *micros == 0,
        Value::Timestamp(_)
        | Value::FineTimestamp(_)
        | Value::FineDuration(_)
        | Value::Enum(..)
        | Value::Fact(..)
        | Value::Optional(Some(_))
        | Value::Type(_) => false,
    }
}

/// CEL's name of the type of a value.
fn type_of(value: &Value) -> &str {
    match value {
        Value::Null => "null_type",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Uint(_) => "uint",
        Value::Double(_) => "double",
        Value::String(_) => "string",
        Value::Bytes(_) => "bytes",
        Value::Duration(_) | Value::FineDuration(_) => "google.protobuf.Duration",
        Value::Timestamp(_) | Value::FineTimestamp(_) => "google.protobuf.Timestamp",
        Value::Enum(name, _) | Value::Fact(name, _) => name.as_str(),
        Value::List(_) => "list",
        Value::Map(_) => "map",
        Value::Optional(_) => "optional_type",
        Value::Type(_) => "type",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_and_no_key_are_errors() {
        let pairs =
            |keys: &[Value]| Value::List(keys.iter().map(|key| pair(key.clone(), &Value::Null)).collect());
        let made = |keys: &[Value]| call(Builtin::FromEntries, &[&pairs(keys)]).unwrap();
        assert!(made(&[Value::Int(1), Value::Int(2)]).is_ok());
        assert!(made(&[Value::Int(1), Value::Uint(1)]).is_err());
        assert!(made(&[Value::Double(1.0)]).is_err());
    }

    #[test]
    fn selection_goes_through_optionals_and_stops_at_what_holds_nothing() {
        let map = Value::Map(Arc::new(BTreeMap::from([(Value::text("a"), Value::Null)])));
        let held = Value::Optional(Some(Arc::new(map.clone())));
        for of in [&map, &held] {
            assert_eq!(select(of, &Value::text("a")), Ok(Some(Arc::new(Value::Null))));
            assert_eq!(select(of, &Value::text("b")), Ok(None));
        }
        assert_eq!(select(&Value::Optional(None), &Value::text("a")), Ok(None));
        let list = Value::List([Value::Int(7)].into());
        assert_eq!(select(&list, &Value::Double(0.0)), Ok(Some(Arc::new(Value::Int(7)))));
        assert_eq!(select(&list, &Value::Int(-1)), Ok(None));
        assert!(select(&list, &Value::text("a")).is_err());
        assert!(select(&Value::Int(1), &Value::text("a")).is_err());
    }
}
