//! A policy's statements.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::aws_actions::glob;
use crate::fields::{Bad, Fields};

/// Patterns of actions or resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Patterns {
    /// What matches one of these.
    These(Vec<String>),
    /// What matches none of these.
    AllBut(Vec<String>),
}

impl Patterns {
    /// Whether they take in a name.
    pub fn take_in(&self, name: &str) -> bool {
        match self {
            Self::These(patterns) => patterns.iter().any(|it| glob(it, name)),
            Self::AllBut(patterns) => !patterns.iter().any(|it| glob(it, name)),
        }
    }

    /// Whether they take in everything that a pattern does.
    pub fn cover(&self, pattern: &str) -> bool {
        match self {
            // A pattern's own stars are matched like letters, and only a star matches a star.
            Self::These(patterns) => patterns.iter().any(|it| glob(it, pattern)),
            Self::AllBut(patterns) => !patterns.iter().any(|it| glob(it, pattern) || glob(pattern, it)),
        }
    }

    /// As grants name them: one each, or all but some.
    pub fn rows(&self) -> Vec<String> {
        match self {
            Self::These(patterns) => patterns.clone(),
            Self::AllBut(patterns) => vec![format!("* except {}", patterns.join(", "))],
        }
    }
}

/// One condition: the operator, the key and the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// `DateLessThan`.
    pub operator: String,
    /// `aws:CurrentTime`.
    pub key: String,
    /// What it is compared with.
    pub values: Vec<String>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Whether it allows; else it denies.
    pub allow: bool,
    /// The actions.
    pub actions: Patterns,
    /// The resources; everything in a trust policy.
    pub resources: Patterns,
    /// All of them must hold.
    pub conditions: Vec<Condition>,
    /// `Principal`, in a trust policy.
    pub principal: Option<Value>,
    /// Whether it says `NotPrincipal`.
    pub not_principal: bool,
}

impl Statement {
    /// The keys of its conditions, which are all that is told of them; `None` without conditions.
    pub fn condition(&self) -> Option<String> {
        let keys: BTreeSet<&str> = self.conditions.iter().map(|it| it.key.as_str()).collect();
        (!keys.is_empty()).then(|| keys.into_iter().collect::<Vec<_>>().join(", "))
    }
}

/// Reads a document: an object, or its text, which the API percent-encodes.
pub fn statements(document: &Value) -> Result<Vec<Statement>, Bad> {
    if let Value::String(text) = document {
        let parsed =
            serde_json::from_str::<Value>(&decoded(text)).map_err(|_| Bad::record("a policy is not JSON"))?;
        return match parsed {
            Value::String(_) => Err(Bad::record("a policy is a text inside a text")),
            parsed => statements(&parsed),
        };
    }
    let fields = Fields::of(document)?;
    match fields.get("Statement") {
        None => Ok(Vec::new()),
        Some(Value::Array(all)) => all.iter().map(statement).collect(),
        Some(one) => Ok(vec![statement(one)?]),
    }
}

fn statement(value: &Value) -> Result<Statement, Bad> {
    let fields = Fields::of(value)?;
    let allow = match fields.need_text("Effect")? {
        "Allow" => true,
        "Deny" => false,
        _ => return Err(Bad::field("Effect", "is neither `Allow` nor `Deny`")),
    };
    let patterns = |these: &str, but: &str| -> Result<Option<Patterns>, Bad> {
        Ok(match (fields.get(these), fields.get(but)) {
            (Some(value), _) => Some(Patterns::These(texts(value, these)?)),
            (None, Some(value)) => Some(Patterns::AllBut(texts(value, but)?)),
            (None, None) => None,
        })
    };
    let actions = patterns("Action", "NotAction")?.ok_or_else(|| Bad::field("Action", "is missing"))?;
    let resources = patterns("Resource", "NotResource")?;
    let mut conditions = Vec::new();
    for (operator, keys) in fields.object("Condition")?.map(Fields::map).into_iter().flatten() {
        for (key, values) in Fields::of(keys)?.map() {
            let values = texts(values, "Condition")?;
            conditions.push(Condition { operator: operator.clone(), key: key.clone(), values });
        }
    }
    Ok(Statement {
        allow,
        actions,
        resources: resources.unwrap_or_else(|| Patterns::These(vec!["*".to_owned()])),
        conditions,
        principal: fields.get("Principal").cloned(),
        not_principal: fields.has("NotPrincipal"),
    })
}

/// One text or several. Conditions also have numbers and truth values.
pub fn texts(value: &Value, field: &str) -> Result<Vec<String>, Bad> {
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Bool(_) | Value::Number(_) => Ok(vec![value.to_string()]),
        Value::Array(values) => {
            let mut all = Vec::new();
            for value in values.iter().filter(|value| !value.is_array()) {
                all.extend(texts(value, field)?);
            }
            Ok(all)
        }
        _ => Err(Bad::field(field, "is neither a text nor a list of texts")),
    }
}

/// A text without percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_read_in_every_form() {
        let plain = json!({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": ["*"]}});
        let listed = json!({"Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}]});
        let encoded = json!(
            "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D"
        );
        let read = statements(&plain).unwrap();
        assert_eq!(statements(&listed).unwrap(), read);
        assert_eq!(statements(&encoded).unwrap(), read);
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%zz%4"), "%zz%4");
    }

    #[test]
    fn everything_but_some_takes_in_the_rest() {
        let but = Patterns::AllBut(vec!["iam:Create*".to_owned()]);
        assert!(but.take_in("iam:PutUserPolicy") && !but.take_in("iam:CreateUser"));
        assert!(but.cover("s3:*") && !but.cover("iam:*") && !but.cover("*"));
        assert_eq!(but.rows(), ["* except iam:Create*"]);
        let these = Patterns::These(vec!["iam:*".to_owned()]);
        assert!(these.cover("iam:Get*") && !these.cover("*"));
    }
}
