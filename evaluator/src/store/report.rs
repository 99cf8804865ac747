//! Reports as they are kept: checked against the schema, not yet merged.

use std::sync::Arc;

use assize_lang::plan::Name;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::facts::Source;
use crate::value::{FactRef, Value};

/// Who reports: one installation of a tool.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Origin {
    pub(crate) tool: String,
    pub(crate) instance: Option<String>,
}

impl From<&Source> for Origin {
    fn from(source: &Source) -> Self {
        Self { tool: source.tool.clone(), instance: source.instance.clone() }
    }
}

/// What a report says about one field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// It has a value.
    Value(Value),
    /// It is known to be absent.
    Absent,
    /// What the report says does not fit the field.
    Bad(String),
}

/// One report of one fact.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) key: Arc<str>,
    pub(crate) origin: Arc<Origin>,
    pub(crate) record: Option<Arc<str>>,
    pub(crate) observed_at: i64,
    /// By the field's place in its type; what is missing was not collected. The key is not among them.
    pub(crate) fields: Arc<[(usize, State)]>,
    /// The beginning of the line's hash: breaks ties, so that the order of lines does not.
    pub(crate) mark: u64,
}

impl Stored {
    /// What it says about the field at this place.
    pub(crate) fn state(&self, place: usize) -> Option<&State> {
        self.fields.iter().find(|(at, _)| *at == place).map(|(_, state)| state)
    }

    /// The order of reports: by key, source and instant.
    pub(crate) fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let of = |one: &'_ Self| (one.observed_at, one.mark);
        (&self.key, &self.origin).cmp(&(&other.key, &other.origin)).then_with(|| of(self).cmp(&of(other)))
    }

    /// Whether it is the same line.
    pub(crate) fn is(&self, other: &Self) -> bool {
        (self.mark, self.observed_at) == (other.mark, other.observed_at)
    }

    /// A request that is asked at `now`.
    pub(crate) fn request(key: Arc<str>, now: i64, fields: Vec<(usize, State)>) -> Self {
        let origin = Arc::new(Origin { tool: "request".to_owned(), instance: None });
        Self { key, origin, record: None, observed_at: now, fields: fields.into(), mark: 0 }
    }

    /// Where it comes from, as evidence of the fact that is known by `key`.
    pub(crate) fn evidence(&self, key: &str) -> Evidence {
        Evidence {
            tool: self.origin.tool.clone(),
            record: self.record.as_deref().map(ToOwned::to_owned),
            reported_as: (*self.key != *key).then(|| self.key.to_string()),
        }
    }
}

/// A report that was taken back.
#[derive(Clone, Debug)]
pub(crate) struct Withdrawn {
    pub(crate) key: Arc<str>,
    pub(crate) origin: Origin,
    pub(crate) observed_at: i64,
}

/// A line that names its type and was refused all the same: something was seen and lost.
#[derive(Clone, Debug)]
pub(crate) struct Lost {
    pub(crate) ty: Name,
    pub(crate) origin: Origin,
    pub(crate) observed_at: i64,
    /// What could be read of it.
    pub(crate) fields: Vec<(usize, State)>,
}

/// A fact, a coverage or a run that something rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Witness {
    /// What it is; `Run` for a run.
    pub fact: FactRef,
    /// Who says so.
    pub source: Option<Evidence>,
}

impl Serialize for Witness {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(&self.fact.ty, &self.fact.key)?;
        if let Some(source) = &self.source {
            map.serialize_entry("source", source)?;
            if let Some(key) = &source.reported_as {
                map.serialize_entry("reported_as", key)?;
            }
        }
        map.end()
    }
}

/// Where a piece of evidence comes from, as decisions show it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Evidence {
    /// The tool.
    pub tool: String,
    /// The tool's own record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// The key under which the tool reported the fact, where the fact is known by another. Serialized by what
    /// the evidence is of, beside the source.
    #[serde(skip)]
    pub reported_as: Option<String>,
}
