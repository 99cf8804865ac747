//! OTLP's spelling of attributes: a list of names and of values that say their kind.

use serde_json::{Map, Value};

use crate::fields::{Bad, Fields};

/// The attributes of a span or of a resource.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a>(&'a [Value]);

impl<'a> Attributes<'a> {
    /// Of what has an `attributes`; none where nothing is there.
    pub fn of(owner: Option<Fields<'a>>) -> Result<Self, Bad> {
        Ok(Self(owner.map(|owner| owner.list("attributes")).transpose()?.unwrap_or_default()))
    }

    fn get(self, name: &str) -> Option<&'a Value> {
        let named = |it: &&Value| it.get("key").and_then(Value::as_str) == Some(name);
        self.0.iter().find(named)?.get("value")
    }

    /// A text that is not empty; of a number its digits.
    pub fn text(self, name: &str) -> Option<String> {
        match plain(self.get(name)?, 0)? {
            Value::String(text) if !text.is_empty() => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A value whole, as JSON: of a text that is JSON what it says.
    pub fn value(self, name: &str) -> Option<Value> {
        let value = plain(self.get(name)?, 0)?;
        match &value {
            Value::String(text) => Some(serde_json::from_str(text).unwrap_or(value)),
            _ => Some(value),
        }
    }
}

/// How deep a value goes; deeper ones are none.
const DEPTH: usize = 64;

/// A value without its kind. `None` for a kind that there is not.
fn plain(value: &Value, depth: usize) -> Option<Value> {
    let (kind, value) = value.as_object()?.iter().next()?;
    if depth > DEPTH {
        return None;
    }
    let deeper = depth.saturating_add(1);
    match kind.as_str() {
        "stringValue" | "boolValue" | "doubleValue" | "bytesValue" => Some(value.clone()),
        // Whole numbers are texts in OTLP's JSON.
        "intValue" => match value {
            Value::String(digits) => digits.parse::<i64>().ok().map(Value::from),
            value => Some(value.clone()),
        },
        "arrayValue" => {
            let values = value.get("values").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            values.iter().map(|it| plain(it, deeper)).collect::<Option<Vec<_>>>().map(Value::Array)
        }
        "kvlistValue" => {
            let values = value.get("values").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let pairs = values
                .iter()
                .map(|it| Some((it.get("key")?.as_str()?.to_owned(), plain(it.get("value")?, deeper)?)));
            pairs.collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_what_it_says_whatever_its_spelling() {
        let owner = json!({"attributes": [
            {"key": "a", "value": {"stringValue": "{\"y\": 1, \"x\": [true]}"}},
            {"key": "b", "value": {"kvlistValue": {"values": [
                {"key": "x", "value": {"arrayValue": {"values": [{"boolValue": true}]}}},
                {"key": "y", "value": {"intValue": "1"}},
            ]}}},
            {"key": "c", "value": {"intValue": "7"}},
            {"key": "d", "value": {"stringValue": ""}},
            {"key": "e", "value": {"somethingElse": 1}},
            {"key": "f", "value": {}},
        ]});
        let attributes = Attributes::of(Some(Fields::of(&owner).unwrap())).unwrap();
        assert_eq!(attributes.value("a"), attributes.value("b"));
        assert_eq!(attributes.text("c").as_deref(), Some("7"));
        for name in ["b", "d", "e", "f", "g"] {
            assert_eq!(attributes.text(name), None, "{name}");
        }
    }
}
