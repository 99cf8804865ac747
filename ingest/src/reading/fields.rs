//! Typed access to a record's fields, with errors that name the field and never its value.

use assize::facts::Instant;
use serde_json::{Map, Value};

use crate::time::{self, When};

/// Why a record cannot be read: which field, and what is wrong with it. Never a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    /// The field's path in the record.
    pub field: Option<String>,
    /// What is wrong.
    pub reason: String,
}

impl Bad {
    /// A field that is wrong.
    #[must_use]
    pub fn field(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: Some(field.into()), reason: reason.into() }
    }

    /// A record that is wrong as a whole.
    #[must_use]
    pub fn record(reason: impl Into<String>) -> Self {
        Self { field: None, reason: reason.into() }
    }
}

/// An object of the input. Paths go down with dots: `Metadata.ImageID`. A missing field, `null` and a
/// parent that is missing are all `None`: the tool did not collect it. So is an empty text, which is what
/// most tools write for want of a value.
#[derive(Clone, Copy)]
pub struct Fields<'a>(&'a Map<String, Value>);

impl std::fmt::Debug for Fields<'_> {
    /// Names only: values may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<'a> Fields<'a> {
    /// The fields of a value.
    ///
    /// # Errors
    /// [`Bad`] where it is no object.
    pub fn of(value: &'a Value) -> Result<Self, Bad> {
        match value {
            Value::Object(map) => Ok(Self(map)),
            other => Err(Bad::record(format!("is {}, not an object", kind(other)))),
        }
    }

    /// Of a map.
    #[must_use]
    pub const fn of_map(map: &'a Map<String, Value>) -> Self {
        Self(map)
    }

    /// The map itself.
    #[must_use]
    pub const fn map(self) -> &'a Map<String, Value> {
        self.0
    }

    /// The value at a path; `None` for `null` and where a parent is missing or no object. A name with
    /// dots in it is found too, where it stands whole in the object reached so far.
    #[must_use]
    pub fn get(self, path: &str) -> Option<&'a Value> {
        let found = match self.0.get(path) {
            Some(value) => Some(value),
            None => {
                let (first, rest) = path.split_once('.')?;
                match self.0.get(first)? {
                    Value::Object(map) => Fields(map).get(rest),
                    _ => None,
                }
            }
        };
        found.filter(|value| !value.is_null())
    }

    /// Whether the path is there and not `null`.
    #[must_use]
    pub fn has(self, path: &str) -> bool {
        self.get(path).is_some()
    }

    /// Whether one of the paths is there and not `null`.
    #[must_use]
    pub fn has_one(self, paths: &[&str]) -> bool {
        paths.iter().any(|path| self.has(path))
    }

    /// A text that is not empty.
    ///
    /// # Errors
    /// [`Bad`] where it is something else than a text.
    pub fn text(self, path: &str) -> Result<Option<&'a str>, Bad> {
        match self.get(path) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(other) => Err(wrong(path, other, "a text")),
        }
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// [`Bad`] where it is missing, empty or something else than a text.
    pub fn need_text(self, path: &str) -> Result<&'a str, Bad> {
        self.text(path)?.ok_or_else(|| missing(path))
    }

    /// A whole number.
    ///
    /// # Errors
    /// [`Bad`] where it is something else.
    pub fn int(self, path: &str) -> Result<Option<i64>, Bad> {
        match self.get(path) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| wrong(path, value, "a whole number")),
        }
    }

    /// A number.
    ///
    /// # Errors
    /// [`Bad`] where it is something else.
    pub fn double(self, path: &str) -> Result<Option<f64>, Bad> {
        match self.get(path) {
            None => Ok(None),
            Some(value) => value.as_f64().map(Some).ok_or_else(|| wrong(path, value, "a number")),
        }
    }

    /// A truth value.
    ///
    /// # Errors
    /// [`Bad`] where it is something else.
    pub fn bool(self, path: &str) -> Result<Option<bool>, Bad> {
        match self.get(path) {
            None => Ok(None),
            Some(value) => value.as_bool().map(Some).ok_or_else(|| wrong(path, value, "true or false")),
        }
    }

    /// A list; empty where it is missing.
    ///
    /// # Errors
    /// [`Bad`] where it is something else.
    pub fn list(self, path: &str) -> Result<&'a [Value], Bad> {
        match self.get(path) {
            None => Ok(&[]),
            Some(Value::Array(values)) => Ok(values),
            Some(other) => Err(wrong(path, other, "a list")),
        }
    }

    /// An object.
    ///
    /// # Errors
    /// [`Bad`] where it is something else.
    pub fn object(self, path: &str) -> Result<Option<Self>, Bad> {
        match self.get(path) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Self(map))),
            Some(other) => Err(wrong(path, other, "an object")),
        }
    }

    /// A timestamp in any of the spellings of [`time`].
    ///
    /// # Errors
    /// [`Bad`] where it is no text or no timestamp.
    pub fn when(self, path: &str) -> Result<Option<When>, Bad> {
        match self.text(path)? {
            None => Ok(None),
            Some(text) => time::when(text).map(Some).ok_or_else(|| Bad::field(path, "is not a timestamp")),
        }
    }

    /// A timestamp that is an instant; `None` too where it says never or unset.
    ///
    /// # Errors
    /// [`Bad`] where it is no text or no timestamp.
    pub fn instant(self, path: &str) -> Result<Option<Instant>, Bad> {
        Ok(self.when(path)?.and_then(When::at))
    }

    /// An instant that must be there.
    ///
    /// # Errors
    /// [`Bad`] where it is missing or no instant.
    pub fn need_instant(self, path: &str) -> Result<Instant, Bad> {
        self.instant(path)?.ok_or_else(|| missing(path))
    }
}

/// A field that is missing.
#[must_use]
pub fn missing(path: &str) -> Bad {
    Bad::field(path, "is missing")
}

fn wrong(path: &str, value: &Value, expected: &str) -> Bad {
    Bad::field(path, format!("is {}, not {expected}", kind(value)))
}

/// What kind of JSON value it is, for messages.
#[must_use]
pub const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn missing_null_and_empty_are_not_collected_and_wrong_kinds_are_bad() {
        let value = json!({"a": {"b": "x", "c.d": 1, "e": "", "f": null}, "n": 3});
        let fields = Fields::of(&value).unwrap();
        assert_eq!(fields.text("a.b"), Ok(Some("x")));
        assert_eq!(fields.int("a.c.d"), Ok(Some(1)));
        for path in ["a.e", "a.f", "a.g", "z.b", "n.b"] {
            assert_eq!(fields.text(path), Ok(None), "{path}");
        }
        assert_eq!(fields.text("n"), Err(Bad::field("n", "is a number, not a text")));
        assert_eq!(fields.need_text("a.e"), Err(Bad::field("a.e", "is missing")));
        assert_eq!(fields.instant("a.b"), Err(Bad::field("a.b", "is not a timestamp")));
        assert_eq!(Fields::of(&json!([])).unwrap_err(), Bad::record("is a list, not an object"));
    }

    #[test]
    fn debug_prints_names_only() {
        let value = json!({"Secret": "hunter2"});
        assert_eq!(format!("{:?}", Fields::of(&value).unwrap()), "{\"Secret\"}");
    }
}
