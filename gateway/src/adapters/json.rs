//! JSON from strangers: within limits, and no key twice, or who reads it first and who reads it last would
//! disagree.

use std::fmt;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why there is no JSON: a status, and what to say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadBody {
    pub(super) status: StatusCode,
    pub(super) message: String,
}

/// The bytes of a body.
pub(super) async fn bytes(body: Body) -> Result<Bytes, BadBody> {
    match body.collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => {
            let too_long =
                std::iter::successors(Some(&error as &(dyn std::error::Error + 'static)), |error| {
                    error.source()
                })
                .any(|error| error.is::<LengthLimitError>());
            let (status, message) = if too_long {
                (StatusCode::PAYLOAD_TOO_LARGE, "the body is too long")
            } else {
                (StatusCode::BAD_REQUEST, "the body cannot be read")
            };
            Err(BadBody { status, message: message.to_owned() })
        }
    }
}

/// Reads JSON. Says where it ceases to be some, and never what stands there.
pub(super) fn read(bytes: &[u8]) -> Result<Value, BadBody> {
    let bad = |message: String| BadBody { status: StatusCode::BAD_REQUEST, message };
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(bad("the body is empty".to_owned()));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let place = |error: serde_json::Error| {
        let what = if error.to_string().starts_with(TWICE) { TWICE } else { "the body is not JSON" };
        bad(format!("{what} (line {}, column {})", error.line(), error.column()))
    };
    let value = Strict.deserialize(&mut deserializer).map_err(place)?;
    deserializer.end().map_err(place)?;
    Ok(value)
}

const TWICE: &str = "a key stands twice in an object";

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(value) = from.next_element_seed(Self)? {
            out.push(value);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some(key) = from.next_key::<String>()? {
            let value = from.next_value_seed(Self)?;
            if out.insert(key, value).is_some() {
                return Err(Error::custom(TWICE));
            }
        }
        Ok(Value::Object(out))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_read_is_what_was_sent() {
        let text = r#"{"a": [1, -2, 1.5, "x", null, true], "b": {"c": {}}}"#;
        assert_eq!(
            read(text.as_bytes()).unwrap(),
            json!({"a": [1, -2, 1.5, "x", null, true], "b": {"c": {}}})
        );
    }

    #[test]
    fn what_is_no_json_is_said_by_its_place_alone() {
        let deep = "[".repeat(100_000);
        for (text, message) in [
            ("", "the body is empty"),
            (" \n", "the body is empty"),
            ("{\"secret-canary\"", "the body is not JSON (line 1, column 16)"),
            ("{} {}", "the body is not JSON (line 1, column 4)"),
            ("{\"a\": 1, \"a\": 2}", "a key stands twice in an object (line 1, column 16)"),
            (deep.as_str(), "the body is not JSON (line 1, column 128)"),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap_err().message, message);
        }
    }
}
