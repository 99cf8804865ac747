//! Why a value is not known.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};

use super::{Gather, escape};
use crate::facts::Instant;

/// The kinds of gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// No report says anything about it.
    #[serde(rename = "not collected")]
    NotCollected,
    /// The newest report is too old.
    Stale,
    /// Sources of equal standing disagree.
    Conflict,
    /// The data or the computation was in error.
    Error,
    /// Nobody watched.
    #[serde(rename = "not covered")]
    NotCovered,
    /// Somebody watches; the reports are not in yet.
    #[serde(rename = "not settled")]
    NotSettled,
    /// It cannot be judged here.
    Unsupported,
}

impl Cause {
    /// The cause in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotCollected => "not collected",
            Self::Stale => "stale",
            Self::Conflict => "conflict",
            Self::Error => "error",
            Self::NotCovered => "not covered",
            Self::NotSettled => "not settled",
            Self::Unsupported => "unsupported",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A fact as people and programs see it: `{"Secret": "AKIA1"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FactRef {
    /// The type, short where that is enough.
    pub ty: String,
    /// The key.
    pub key: String,
}

impl Serialize for FactRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.ty, &self.key)?;
        map.end()
    }
}

impl fmt::Display for FactRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.ty, escape(&self.key))
    }
}

/// One piece of evidence that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Missing {
    /// What kind of gap it is.
    pub cause: Cause,
    /// The fact that lacks it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<FactRef>,
    /// Its field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The signal that would tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<String>,
    /// The scope that it would have to watch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// From when; left out where it is the beginning of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
    /// Up to when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
    /// What went wrong, for errors. Never a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Missing {
    /// A gap of this kind, about nothing in particular.
    #[must_use]
    pub const fn new(cause: Cause) -> Self {
        Self {
            cause,
            fact: None,
            field: None,
            signal: None,
            scope: None,
            from: None,
            until: None,
            detail: None,
        }
    }

    /// An error, with what went wrong.
    #[must_use]
    pub fn error(detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::new(Cause::Error) }
    }

    /// About a field of a fact.
    #[must_use]
    pub fn of(mut self, fact: FactRef, field: &str) -> Self {
        self.fact = Some(fact);
        self.field = Some(field.to_owned());
        self
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match (&self.fact, &self.field) {
            (Some(fact), Some(field)) => format!("`{field}` of {fact}"),
            (Some(fact), None) => fact.to_string(),
            (None, Some(field)) => format!("`{field}`"),
            (None, None) => String::new(),
        };
        match self.cause {
            Cause::NotCovered | Cause::NotSettled => {
                match &self.signal {
                    Some(signal) if self.cause == Cause::NotCovered => write!(f, "no {signal} coverage")?,
                    Some(signal) => write!(f, "{signal} reports are not in yet")?,
                    None => write!(f, "no coverage")?,
                }
                match self.scope.as_deref() {
                    Some("*") => write!(f, " of everything")?,
                    Some(scope) => write!(f, " of `{}`", escape(scope))?,
                    None if place.is_empty() => {}
                    None => write!(f, " of {place}")?,
                }
                match (self.from.map(plain), self.until.map(plain)) {
                    (Some(from), Some(until)) => write!(f, " from {from} until {until}"),
                    (Some(from), None) => write!(f, " from {from}"),
                    (None, Some(until)) => write!(f, " until {until}"),
                    (None, None) => Ok(()),
                }
            }
            Cause::NotCollected => write!(f, "{place} was not collected"),
            Cause::Stale => {
                write!(f, "{place} is stale")?;
                self.from.map_or(Ok(()), |from| write!(f, " since {from}"))
            }
            Cause::Conflict => write!(f, "sources disagree about {place}"),
            Cause::Error | Cause::Unsupported => {
                let detail = self.detail.as_deref().unwrap_or(self.cause.as_str());
                if place.is_empty() { f.write_str(detail) } else { write!(f, "{place}: {detail}") }
            }
        }
    }
}

/// An open bound is one microsecond off a full second; people need not see that.
fn plain(at: Instant) -> Instant {
    match at.0.rem_euclid(1_000_000) {
        1 => at.plus(-1),
        999_999 => at.plus(1),
        _ => at,
    }
}

/// Why a value is not known.
pub type Causes = Gather<Missing>;

impl Causes {
    /// The plain words for at most `limit` causes, in canonical order.
    #[must_use]
    pub fn in_words(&self, limit: usize) -> String {
        let (least, count) = self.least(limit);
        let mut texts: Vec<String> = least.iter().map(ToString::to_string).collect();
        let more = count.saturating_sub(limit);
        if more > 0 {
            texts.push(format!("and {more} more"));
        }
        texts.join("; ")
    }
}
