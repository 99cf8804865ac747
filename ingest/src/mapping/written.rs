//! The map as its author writes it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A map. Expressions are CEL over `record` (and `item`, where there is an `each`) and over what the caller
/// said: `cluster`, `repo`, `commit`, `account`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// The tool that the facts are of.
    pub tool: String,
    /// The member of an object whose list holds the records; without one each line, each value and each
    /// element of an array is a record.
    #[serde(default)]
    pub records: Option<String>,
    /// When a record was seen; without it the caller says so.
    #[serde(default)]
    pub observed_at: Option<String>,
    /// The facts that are made of a record.
    #[serde(default)]
    pub facts: Vec<Fact>,
    /// The keys that a record says to be one fact's.
    #[serde(default)]
    pub same_as: Vec<Alias>,
    /// What an input reports in full, so that silence about it counts.
    #[serde(default)]
    pub runs: Vec<RunMap>,
}

/// Which records something is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Each {
    /// A list: one is made of each `item` of it.
    #[serde(default)]
    pub each: Option<String>,
    /// A condition: one is made where it holds.
    #[serde(default)]
    pub when: Option<String>,
    /// When it was seen, where that is not when the record was.
    #[serde(default)]
    pub observed_at: Option<String>,
}

/// A fact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Fact {
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// Which records it is made of.
    #[serde(flatten)]
    pub of: Each,
    /// What the tool calls the record; else it is called by its place.
    #[serde(default)]
    pub record: Option<String>,
    /// Its fields, the key among them.
    pub fields: BTreeMap<String, String>,
}

/// Two keys of one fact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Alias {
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// Which records say so.
    #[serde(flatten)]
    pub of: Each,
    /// The key that is resolved.
    pub alias: String,
    /// The key that it is resolved to.
    pub is: String,
}

/// A complete run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunMap {
    /// The types that it reports in full.
    pub types: Vec<String>,
    /// The scope, as the types' `covered by … on …` makes it; `'*'` is everything.
    pub scope: String,
    /// When it began; else when the first record was seen.
    #[serde(default)]
    pub from: Option<String>,
    /// When it ended; else when the last record was seen.
    #[serde(default)]
    pub until: Option<String>,
}
