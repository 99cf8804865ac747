//! The scope that a report belongs to, read before anything is merged.

use std::collections::BTreeSet;
use std::sync::Arc;

use assize_lang::plan::{Coverage, FactType, Name, Schema};

use super::canon::Canon;
use super::report::{State, Stored};
use super::standing::Standing;
use crate::value::Value;

/// Reads scopes through the reports that stand.
pub(crate) struct Scopes<'v> {
    pub(crate) schema: &'v Schema,
    pub(crate) canon: &'v Canon,
    pub(crate) said: &'v dyn Said,
}

/// What the reports that stand say.
pub(crate) trait Said {
    /// The values of the field at this place of the fact known by this key; `None` where no report of it
    /// stands.
    fn said(&self, ty: &Name, key: &Arc<str>, place: usize) -> Option<Vec<Value>>;
}

impl Said for Standing<'_> {
    fn said(&self, ty: &Name, key: &Arc<str>, place: usize) -> Option<Vec<Value>> {
        Some(values(self.get(ty)?.get(key)?.iter().copied(), place))
    }
}

/// The values of the field at this place.
pub(crate) fn values<'a>(reports: impl Iterator<Item = &'a Stored>, place: usize) -> Vec<Value> {
    reports
        .filter_map(|report| match report.state(place) {
            Some(State::Value(value)) => Some(value.clone()),
            _ => None,
        })
        .collect()
}

impl Scopes<'_> {
    /// The scopes of the type's signals that the report is in, as far as they can be read.
    pub(crate) fn of(&self, fact: &FactType, report: &Stored) -> Vec<String> {
        let Coverage::By(alternatives) = &fact.coverage else { return Vec::new() };
        let mut out: Vec<String> = alternatives
            .iter()
            .flatten()
            .filter_map(|part| self.scope(fact, &report.fields, &report.key, &part.scope))
            .collect();
        out.sort();
        out.dedup();
        out
    }

    /// The values of the paths, joined; `None` where one of them cannot be read for certain.
    pub(crate) fn scope(
        &self,
        fact: &FactType,
        fields: &[(usize, State)],
        key: &Arc<str>,
        paths: &[Vec<Name>],
    ) -> Option<String> {
        if paths.is_empty() {
            return Some("*".to_owned());
        }
        let parts: Option<Vec<String>> =
            paths.iter().map(|path| self.path(fact, fields, key, path)).collect();
        parts.map(|parts| parts.join("/"))
    }

    fn path(
        &self,
        fact: &FactType,
        fields: &[(usize, State)],
        key: &Arc<str>,
        path: &[Name],
    ) -> Option<String> {
        let (first, rest) = path.split_first()?;
        if *first == fact.key {
            return rest.is_empty().then(|| key.to_string());
        }
        let place = fact.fields.iter().position(|field| field.name == *first)?;
        let (_, State::Value(value)) = fields.iter().find(|(at, _)| *at == place)? else { return None };
        self.follow(&self.canon.value(value), rest)
    }

    /// Reads on through a reference: what all standing reports of that fact agree on.
    fn follow(&self, value: &Value, path: &[Name]) -> Option<String> {
        let Some((first, rest)) = path.split_first() else { return text(value, self.schema) };
        let Value::Fact(ty, key) = value else { return None };
        let fact = self.schema.facts.get(ty)?;
        if *first == fact.key {
            return rest.is_empty().then(|| key.to_string());
        }
        let place = fact.fields.iter().position(|field| field.name == *first)?;
        let values: BTreeSet<Value> =
            self.said.said(ty, key, place)?.iter().map(|value| self.canon.value(value)).collect();
        match (values.first(), values.len()) {
            (Some(only), 1) => self.follow(only, rest),
            _ => None,
        }
    }
}

/// A value as part of a scope.
pub(crate) fn text(value: &Value, schema: &Schema) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_string()),
        Value::Fact(_, key) => Some(key.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Uint(number) => Some(number.to_string()),
        Value::Enum(name, at) => {
            let member = schema.enums.get(name)?.members.get(usize::from(*at))?;
            Some(member.name.to_string())
        }
        _ => None,
    }
}
