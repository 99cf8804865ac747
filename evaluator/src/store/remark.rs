//! What is worth telling of how a field was reported, besides what it amounts to: that a source names a fact
//! by another of its keys, and that sources of equal standing disagree.

use std::cmp::Ordering;
use std::sync::Arc;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value as Json;

use super::report::Evidence;
use crate::value::{FactRef, Value};

/// What is worth telling of a field that was read. Most fields have none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Remark {
    /// What the source says, before keys were resolved to those that facts are known by.
    SaidAs(Value),
    /// Sources of equal standing disagree.
    Disputed(Arc<Conflict>),
}

/// A reference that was followed under another key than the one that the fact is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SaidAs {
    /// The fact that refers.
    pub fact: FactRef,
    /// Its field.
    pub field: String,
    /// The key as the source says it.
    pub reported_as: String,
    /// The fact that is meant.
    pub is: FactRef,
}

/// A field of which sources of equal standing say different things.
#[derive(Clone, Debug, Serialize)]
pub struct Conflict {
    /// The fact.
    pub fact: FactRef,
    /// Its field.
    pub field: String,
    /// What each of them says.
    pub said: Vec<Said>,
}

/// At one instant a field is in one conflict at most.
impl Ord for Conflict {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.fact, &self.field).cmp(&(&other.fact, &other.field))
    }
}

impl PartialOrd for Conflict {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Conflict {
    fn eq(&self, other: &Self) -> bool {
        (&self.fact, &self.field, &self.said) == (&other.fact, &other.field, &other.said)
    }
}

impl Eq for Conflict {}

/// What one source says of a field that is in conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What.
    pub value: SaidValue,
    /// Who.
    pub source: Evidence,
}

/// What a source says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaidValue {
    /// A value; `null` where it says that there is none.
    Is(Json),
    /// A value of a field that is `sensitive`: it is not shown.
    Hidden,
    /// Something that does not fit the field, and why. Never the value.
    Bad(String),
}

impl Serialize for Said {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.value {
            SaidValue::Is(value) => map.serialize_entry("value", value)?,
            SaidValue::Hidden => map.serialize_entry("sensitive", &true)?,
            SaidValue::Bad(reason) => map.serialize_entry("error", reason)?,
        }
        map.serialize_entry("source", &self.source)?;
        if let Some(key) = &self.source.reported_as {
            map.serialize_entry("reported_as", key)?;
        }
        map.end()
    }
}

impl std::fmt::Display for SaidValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Is(Json::Null) => f.write_str("none"),
            Self::Is(Json::String(text)) => f.write_str(&crate::value::escape(text)),
            Self::Is(value) => f.write_str(&crate::value::escape(&value.to_string())),
            Self::Hidden => f.write_str("(sensitive)"),
            Self::Bad(reason) => write!(f, "what does not fit: {}", crate::value::escape(reason)),
        }
    }
}

/// ``Secret `AKIA1`.status: active by github, revoked by gitleaks``
impl std::fmt::Display for Conflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}:", self.fact, self.field)?;
        for (place, said) in self.said.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            write!(f, "{comma} {} by {}", said.value, crate::value::escape(&said.source.tool))?;
        }
        Ok(())
    }
}

/// ``Finding `F1`.image says `sha256:c…` of Image `sha256:m…` ``
impl std::fmt::Display for SaidAs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let said = crate::value::escape(&self.reported_as);
        write!(f, "{}.{} says `{said}` of {}", self.fact, self.field, self.is)
    }
}
