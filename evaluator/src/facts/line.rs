//! The four kinds of line.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Instant;

/// Where a line comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The tool: `trivy`, `aws-iam`.
    pub tool: String,
    /// Which installation of it; one source is a tool and an instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The tool's own record: a row, an event id, a path into its output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
}

impl Source {
    /// The source without the record: what "the same source" means.
    #[must_use]
    pub fn identity(&self) -> (String, Option<String>) {
        (self.tool.clone(), self.instance.clone())
    }
}

/// What one source says about one fact at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The fact's type, short (`Secret`) or qualified.
    pub ty: String,
    /// Its fields, the key among them. Missing: not collected. `null`: known to be absent.
    pub fields: Map<String, Value>,
    /// Who says so.
    pub source: Source,
    /// When the source saw it.
    pub observed_at: Instant,
}

impl Report {
    /// A report without fields.
    #[must_use]
    pub fn new(ty: impl Into<String>, source: Source, observed_at: Instant) -> Self {
        Self { ty: ty.into(), fields: Map::new(), source, observed_at }
    }

    /// With a field. An instant is given as its text, a reference as its key, an enum as its member.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(field.to_owned(), value.into());
        self
    }

    /// With a field where there is a value; else the field is not collected.
    #[must_use]
    pub fn with_known(self, field: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(field, value),
            None => self,
        }
    }
}

/// The source's earlier reports of the fact, up to the instant, never held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retract {
    /// The fact's type.
    pub ty: String,
    /// Its key.
    pub key: String,
    /// Whose reports are taken back.
    pub source: Source,
    /// Up to when.
    pub observed_at: Instant,
}

/// One complete or broken run of a scanner or an inventory: coverage of its types in its scope. What a
/// complete run no longer asserts for its types and scope is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Who ran.
    pub source: Source,
    /// The run's own id.
    pub id: String,
    /// The fact types that it reports in full.
    pub types: Vec<String>,
    /// The scope, as the types' `covered by … on …` makes it; `*` is everything.
    pub scope: String,
    /// When it began.
    pub from: Instant,
    /// When it ended; what it says is as of then.
    pub until: Instant,
    /// Whether it got to its end.
    pub complete: bool,
    /// How many records could not be read: the run then proves no absence.
    #[serde(default)]
    pub rejected: u64,
}

/// Two keys of one fact: reports of `alias` are reports of `is`, and references to `alias` refer to `is`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SameAs {
    /// The fact's type.
    pub ty: String,
    /// The key that is resolved.
    pub alias: String,
    /// The key that it is resolved to.
    pub is: String,
    /// Who says so.
    pub source: Source,
    /// When it was seen.
    pub observed_at: Instant,
}

/// One line of a fact file.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A fact.
    Report(Report),
    /// A fact taken back.
    Retract(Retract),
    /// A run.
    Run(Run),
    /// Two keys of one fact.
    SameAs(SameAs),
}

/// Why a line is none of the four kinds. Values never appear in it, only names and kinds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct LineError {
    /// The field that is wrong, where one is.
    pub field: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

impl LineError {
    fn new(field: impl Into<Option<String>>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}

impl Line {
    /// Reads a line that is already JSON.
    ///
    /// # Errors
    /// A [`LineError`] where the object is none of the four kinds, or lacks `source.tool` or
    /// `observed_at`. Types and fields are checked when the line is loaded against a schema.
    pub fn from_json(value: Value) -> Result<Self, LineError> {
        let Value::Object(mut object) = value else {
            return Err(LineError::new(None, "the line is not a JSON object"));
        };
        if let Some(run) = object.remove("run") {
            only(&object, &[])?;
            return serde_json::from_value(run)
                .map(Self::Run)
                .map_err(|error| LineError::new("run".to_owned(), format!("the run does not fit: {error}")));
        }
        let source =
            object.remove("source").ok_or_else(|| LineError::new("source".to_owned(), "no `source`"))?;
        let source: Source = serde_json::from_value(source).map_err(|error| {
            LineError::new("source".to_owned(), format!("`source` does not fit: {error}"))
        })?;
        let observed_at = object
            .remove("observed_at")
            .ok_or_else(|| LineError::new("observed_at".to_owned(), "no `observed_at`"))?;
        let observed_at: Instant = serde_json::from_value(observed_at).map_err(|_| {
            let reason = "`observed_at` is not an RFC 3339 timestamp such as 2026-06-01T00:00:00Z";
            LineError::new("observed_at".to_owned(), reason)
        })?;
        if let Some(retract) = object.remove("retract") {
            only(&object, &[])?;
            let (ty, key) = single_text(retract, "retract")?;
            return Ok(Self::Retract(Retract { ty, key, source, observed_at }));
        }
        if let Some(same) = object.remove("same_as") {
            only(&object, &[])?;
            let Value::Object(mut same) = same else {
                return Err(LineError::new("same_as".to_owned(), "`same_as` is not an object"));
            };
            let is = match same.remove("is") {
                Some(Value::String(is)) => is,
                _ => return Err(LineError::new("same_as".to_owned(), "`same_as` has no text `is`")),
            };
            let (ty, alias) = single_text(Value::Object(same), "same_as")?;
            return Ok(Self::SameAs(SameAs { ty, alias, is, source, observed_at }));
        }
        let mut rest = object.into_iter();
        match (rest.next(), rest.next()) {
            (Some((ty, Value::Object(fields))), None) => {
                Ok(Self::Report(Report { ty, fields, source, observed_at }))
            }
            (Some((ty, _)), None) => {
                Err(LineError::new(ty.clone(), format!("`{}` is not an object of fields", clip(&ty))))
            }
            (None, _) => Err(LineError::new(None, "the line names no fact, retract, run or same_as")),
            (Some(_), Some((second, _))) => {
                Err(LineError::new(second.clone(), format!("a second fact `{}` on one line", clip(&second))))
            }
        }
    }

    /// The line as JSON, with its keys in a fixed order.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut out = Map::new();
        let tail = |source: &Source, observed_at: Instant, out: &mut Map<String, Value>| {
            out.insert("source".to_owned(), serde_json::to_value(source).unwrap_or_default());
            out.insert("observed_at".to_owned(), Value::String(observed_at.to_string()));
        };
        match self {
            Self::Report(report) => {
                out.insert(report.ty.clone(), Value::Object(report.fields.clone()));
                tail(&report.source, report.observed_at, &mut out);
            }
            Self::Retract(retract) => {
                let mut inner = Map::new();
                inner.insert(retract.ty.clone(), Value::String(retract.key.clone()));
                out.insert("retract".to_owned(), Value::Object(inner));
                tail(&retract.source, retract.observed_at, &mut out);
            }
            Self::Run(run) => {
                out.insert("run".to_owned(), serde_json::to_value(run).unwrap_or_default());
            }
            Self::SameAs(same) => {
                let mut inner = Map::new();
                inner.insert(same.ty.clone(), Value::String(same.alias.clone()));
                inner.insert("is".to_owned(), Value::String(same.is.clone()));
                out.insert("same_as".to_owned(), Value::Object(inner));
                tail(&same.source, same.observed_at, &mut out);
            }
        }
        Value::Object(out)
    }
}

/// `{"Type": "key"}`.
fn single_text(value: Value, what: &str) -> Result<(String, String), LineError> {
    if let Value::Object(object) = value {
        let mut entries = object.into_iter();
        if let (Some((ty, Value::String(key))), None) = (entries.next(), entries.next()) {
            return Ok((ty, key));
        }
    }
    Err(LineError::new(what.to_owned(), format!("`{what}` names no single type and key")))
}

/// Refuses whatever is left of an object besides `allowed`.
fn only(object: &Map<String, Value>, allowed: &[&str]) -> Result<(), LineError> {
    match object.keys().find(|key| !allowed.contains(&key.as_str())) {
        Some(extra) => Err(LineError::new(extra.clone(), format!("`{}` does not belong here", clip(extra)))),
        None => Ok(()),
    }
}

/// A name from the data, short enough for a message and free of control characters.
fn clip(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_survives_a_round_trip() {
        let source = json!({"tool": "t", "record": "r"});
        let at = "2026-06-01T00:00:00Z";
        for line in [
            json!({"Secret": {"id": "a", "expires_at": null}, "source": source, "observed_at": at}),
            json!({"retract": {"Secret": "a"}, "source": source, "observed_at": at}),
            json!({"same_as": {"Secret": "a", "is": "b"}, "source": source, "observed_at": at}),
            json!({"run": {"source": source, "id": "r", "types": ["Finding"], "scope": "*", "from": at,
                           "until": at, "complete": true, "rejected": 2}}),
        ] {
            assert_eq!(Line::from_json(line.clone()).unwrap().to_json(), line);
        }
    }

    #[test]
    fn a_line_that_is_none_of_them_says_what_is_wrong() {
        let cases = [
            (json!([]), "the line is not a JSON object"),
            (json!({"Secret": {}, "observed_at": "x"}), "no `source`"),
            (json!({"Secret": {}, "source": {"tool": "t"}}), "no `observed_at`"),
            (
                json!({"Secret": 1, "source": {"tool": "t"}, "observed_at": "2026-06-01T00:00:00Z"}),
                "`Secret` is not an object of fields",
            ),
        ];
        for (line, reason) in cases {
            assert_eq!(Line::from_json(line).unwrap_err().reason, reason);
        }
    }
}
