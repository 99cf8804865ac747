//! Values and types as the vendored files write them.

use std::sync::Arc;

use assize::value::Value;
use assize_lang::library::time;
use assize_lang::plan::{Name, Type};
use serde_json::Value as Json;

/// The value; `None` where the engine has none such (messages, enums, types).
pub(super) fn value(json: &Json) -> Option<Value> {
    let (kind, of) = json.as_object()?.iter().next()?;
    let text = || of.as_str().unwrap();
    Some(match kind.as_str() {
        "null" => Value::Null,
        "bool" => Value::Bool(of.as_bool().unwrap()),
        "int" => Value::Int(text().parse().unwrap()),
        "uint" => Value::Uint(text().parse().unwrap()),
        "double" => Value::Double(match text() {
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            number => number.parse().unwrap(),
        }),
        "string" => Value::text(text()),
        "bytes" => Value::Bytes(base64(text()).into()),
        "list" => {
            Value::List(of.as_array().unwrap().iter().map(value).collect::<Option<Vec<Value>>>()?.into())
        }
        "map" => {
            let entries = of.as_array().unwrap().iter();
            let entries = entries.map(|pair| Some((value(pair.get(0)?)?, value(pair.get(1)?)?)));
            Value::Map(Arc::new(entries.collect::<Option<_>>()?))
        }
        "timestamp" => Value::timestamp_nanos(time::instant_nanos(text()).unwrap()).unwrap(),
        "duration" => Value::duration_nanos(time::duration_nanos(text()).unwrap()).unwrap(),
        "type" => Value::Type(Name::from(text())),
        _ => return None,
    })
}

#[expect(clippy::arithmetic_side_effects, reason = "at most 13 bits are held")]
fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    let (mut bits, mut width) = (0_u32, 0_u32);
    for digit in text.bytes().filter(|digit| *digit != b'=') {
        let digit = DIGITS.iter().position(|known| *known == digit).unwrap();
        bits = ((bits << 6) & 0x1fff) | u32::try_from(digit).unwrap();
        width += 6;
        if width >= 8 {
            width -= 8;
            out.push(u8::try_from((bits >> width) & 0xff).unwrap());
        }
    }
    out
}

/// The type; `None` where the engine has none such.
pub(super) fn ty(json: &Json) -> Option<Type> {
    let (kind, of) = json.as_object()?.iter().next()?;
    Some(match (kind.as_str(), of.as_str()) {
        ("primitive", Some("BOOL")) => Type::Bool,
        ("primitive", Some("INT64")) => Type::Int,
        ("primitive", Some("UINT64")) => Type::Uint,
        ("primitive", Some("DOUBLE")) => Type::Double,
        ("primitive", Some("STRING")) => Type::String,
        ("primitive", Some("BYTES")) => Type::Bytes,
        ("wellKnown", Some("TIMESTAMP")) => Type::Timestamp,
        ("wellKnown", Some("DURATION")) | ("messageType", Some("google.protobuf.Duration")) => Type::Duration,
        ("dyn", _) => Type::Dyn,
        ("null", _) => Type::Null,
        ("listType", _) => Type::List(Box::new(of.get("elemType").map_or(Some(Type::Dyn), ty)?)),
        // The type of types.
        ("type", _) => Type::Type,
        ("abstractType", _) if of.get("name").and_then(Json::as_str) == Some("optional_type") => {
            let held = of.get("parameterTypes").and_then(|types| types.get(0));
            Type::Optional(Box::new(held.map_or(Some(Type::Dyn), ty)?))
        }
        ("abstractType", _) => {
            let name = Name::from(of.get("name")?.as_str()?);
            let held = of.get("parameterTypes").and_then(Json::as_array);
            Type::Opaque(name, held.into_iter().flatten().map(ty).collect::<Option<_>>()?)
        }
        ("typeParam", Some(name)) => Type::Param(Name::from(name)),
        ("mapType", _) => Type::Map(Box::new(ty(of.get("keyType")?)?), Box::new(ty(of.get("valueType")?)?)),
        _ => return None,
    })
}

/// Whether two values are one value of one type.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Double(a), Value::Double(b)) => a == b || (a.is_nan() && b.is_nan()),
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            let same_entry =
                |((k, v), (l, w)): ((&Value, &Value), (&Value, &Value))| same(k, l) && same(v, w);
            a.len() == b.len() && a.iter().zip(b.iter()).all(same_entry)
        }
        _ => std::mem::discriminant(a) == std::mem::discriminant(b) && a == b,
    }
}
