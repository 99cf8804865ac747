//! A connector without code: a map from the records of an in-house tool to facts, each field a CEL expression.
//!
//! | file | holds |
//! | --- | --- |
//! | `written.rs` | the map as its author writes it |
//! | `expression.rs` | one expression of it |
//! | `reading.rs` | records, read by it |

mod expression;
mod reading;
mod written;

use std::sync::Arc;

use crate::records::Form;
use crate::stream::{Reading, Streaming};
use crate::{Context, IngestError};
use expression::Expression;
pub use written::{Alias, Each, Fact, Map, RunMap};

/// Why a map cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct MapError {
    /// Where in the map: `facts[0].fields.id`.
    pub place: String,
    /// What is wrong there.
    pub reason: String,
}

/// A map, ready to be read by.
#[derive(Clone, Debug)]
pub struct Mapping(Arc<Compiled>, String);

/// A map whose expressions are checked.
#[derive(Debug)]
struct Compiled {
    tool: String,
    records: Option<String>,
    observed_at: Option<Expression>,
    facts: Vec<FactRule>,
    same_as: Vec<AliasRule>,
    runs: Vec<RunRule>,
}

/// Which records something is made of, and when it was seen.
#[derive(Debug)]
struct EachRule {
    each: Option<Expression>,
    when: Option<Expression>,
    observed_at: Option<Expression>,
}

#[derive(Debug)]
struct FactRule {
    ty: String,
    of: EachRule,
    record: Option<Expression>,
    fields: Vec<(String, Expression)>,
}

#[derive(Debug)]
struct AliasRule {
    ty: String,
    of: EachRule,
    alias: Expression,
    is: Expression,
}

#[derive(Debug)]
struct RunRule {
    types: Vec<String>,
    scope: Expression,
    from: Option<Expression>,
    until: Option<Expression>,
}

impl Mapping {
    /// Checks a map.
    ///
    /// # Errors
    /// [`MapError`] for the first expression that is none, and for a map that makes nothing.
    pub fn new(map: &Map) -> Result<Self, MapError> {
        if map.facts.is_empty() {
            let reason = "the map makes no fact; name at least one".to_owned();
            return Err(MapError { place: "facts".to_owned(), reason });
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if map.tool.is_empty() || !map.tool.chars().all(plain) {
            let reason = "a tool's name has letters, digits, `-`, `_` and `.`".to_owned();
            return Err(MapError { place: "tool".to_owned(), reason });
        }
        let optional = |place: String, text: &Option<String>| {
            text.as_ref().map(|text| Expression::new(place, text)).transpose()
        };
        let of = |place: &str, it: &Each| {
            Ok(EachRule {
                each: optional(format!("{place}.each"), &it.each)?,
                when: optional(format!("{place}.when"), &it.when)?,
                observed_at: optional(format!("{place}.observed_at"), &it.observed_at)?,
            })
        };
        let mut compiled = Compiled {
            tool: map.tool.clone(),
            records: map.records.clone(),
            observed_at: optional("observed_at".to_owned(), &map.observed_at)?,
            facts: Vec::new(),
            same_as: Vec::new(),
            runs: Vec::new(),
        };
        for (index, fact) in map.facts.iter().enumerate() {
            let place = format!("facts[{index}]");
            let field = |(name, text): (&String, &String)| {
                Ok((name.clone(), Expression::new(format!("{place}.fields.{name}"), text)?))
            };
            compiled.facts.push(FactRule {
                ty: fact.ty.clone(),
                of: of(&place, &fact.of)?,
                record: optional(format!("{place}.record"), &fact.record)?,
                fields: fact.fields.iter().map(field).collect::<Result<_, MapError>>()?,
            });
        }
        for (index, alias) in map.same_as.iter().enumerate() {
            let place = format!("same_as[{index}]");
            compiled.same_as.push(AliasRule {
                ty: alias.ty.clone(),
                of: of(&place, &alias.of)?,
                alias: Expression::new(format!("{place}.alias"), &alias.alias)?,
                is: Expression::new(format!("{place}.is"), &alias.is)?,
            });
        }
        for (index, run) in map.runs.iter().enumerate() {
            let place = format!("runs[{index}]");
            compiled.runs.push(RunRule {
                types: run.types.clone(),
                scope: Expression::new(format!("{place}.scope"), &run.scope)?,
                from: optional(format!("{place}.from"), &run.from)?,
                until: optional(format!("{place}.until"), &run.until)?,
            });
        }
        Ok(Self(Arc::new(compiled), format!("{map:?}")))
    }

    /// What tells it from other maps.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.1
    }

    /// The tool that its facts are of.
    #[must_use]
    pub fn tool(&self) -> &str {
        &self.0.tool
    }
}

impl Streaming for Mapping {
    fn form(&self) -> Form {
        Form { lists: self.0.records.iter().cloned().collect(), ..Form::default() }
    }

    fn begin(&self, context: &Context) -> Result<Box<dyn Reading>, IngestError> {
        reading::Mapped::begin(Arc::clone(&self.0), context)
    }
}

#[cfg(test)]
mod tests;
