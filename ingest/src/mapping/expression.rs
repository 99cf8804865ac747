//! One expression of a map.

use std::collections::BTreeMap;

use assize::Budget;
use assize::expression::{Functions, REACH, evaluate_with};
use assize::facts::Instant;
use assize::value::{Value, from_json, to_json};
use assize_lang::expression::{Compiled, Function, Options, Overload, compile_with};
use assize_lang::plan::{Schema, Type};
use serde_json::Value as Json;

use super::MapError;
use crate::fields::Bad;
use crate::{Plaintext, SiteKey, time};

/// What an expression may name, besides the functions of CEL and `fingerprint`.
const VARIABLES: [&str; 6] = ["record", "item", "cluster", "repo", "commit", "account"];

/// An expression, checked.
#[derive(Debug)]
pub struct Expression {
    place: String,
    /// The names on the way, where it is nothing but a path: `record.owner.mail`.
    path: Option<Vec<String>>,
    compiled: Compiled,
}

/// What expressions are evaluated over.
pub struct Scope<'a> {
    /// The record.
    pub record: &'a Json,
    /// The element that is at hand, where there is an `each`.
    pub item: Option<&'a Json>,
    /// The values of all variables.
    bindings: BTreeMap<String, Value>,
    functions: &'a Functions,
}

impl<'a> Scope<'a> {
    /// Of a record; `said` is what the caller said.
    pub fn new(
        record: &'a Json,
        item: Option<&'a Json>,
        said: &BTreeMap<String, Value>,
        functions: &'a Functions,
    ) -> Self {
        let mut bindings = said.clone();
        for (name, json) in [("record", Some(record)), ("item", item)] {
            let value = json.and_then(|json| from_json(json, &Type::Dyn, &Schema::default()).ok());
            if let Some(value) = value {
                bindings.insert(name.to_owned(), value);
            }
        }
        Self { record, item, bindings, functions }
    }
}

/// The functions that maps have besides CEL's.
pub fn functions(key: &SiteKey) -> Functions {
    let key = key.clone();
    Functions::new().with("fingerprint", move |values| match values {
        [Value::String(text)] => match Plaintext::new(text) {
            Some(value) => Ok(Value::text(key.secret_key(&value))),
            None => Err("no value to fingerprint".to_owned()),
        },
        _ => Err("one text expected".to_owned()),
    })
}

impl Expression {
    /// Checks an expression that stands in `place`.
    pub fn new(place: String, text: &str) -> Result<Self, MapError> {
        let string = |name: &&str| ((*name).to_owned(), Type::String);
        let mut variables: Vec<(String, Type)> = VARIABLES.iter().map(string).collect();
        for (name, ty) in &mut variables {
            if matches!(name.as_str(), "record" | "item") {
                *ty = Type::Dyn;
            }
        }
        let fingerprint = Function::new("fingerprint", [Overload::call([Type::String], Type::String)]);
        let options = Options { functions: vec![fingerprint], ..Options::default() };
        match compile_with(text, &variables, &options) {
            Ok(compiled) => Ok(Self { place, path: path(text), compiled }),
            Err(found) => {
                let said = found.first().map(|first| first.message.clone());
                Err(MapError { place, reason: said.unwrap_or_else(|| "not an expression".to_owned()) })
            }
        }
    }

    /// What it comes to; none where that was not collected: a path that is not there, or leads to `null`, and
    /// an empty optional. `null` as the outcome of anything else is known to be absent.
    pub fn value(&self, scope: &Scope<'_>) -> Result<Option<Json>, Bad> {
        if let Some(path) = &self.path {
            return Ok(Self::walk(path, scope).filter(|value| !value.is_null()));
        }
        let budget = Budget::reach(REACH);
        let possible = evaluate_with(&self.compiled, &scope.bindings, scope.functions, budget);
        if !possible.is_known() {
            // What went wrong may name a value, so it is not said.
            return Err(Bad::field(&self.place, "has no value for this record; guard it with `has(…)`"));
        }
        let schema = Schema::default();
        Ok(match possible.value() {
            None | Some(Value::Null) => Some(Json::Null),
            Some(Value::Optional(held)) => held.as_ref().map(|held| to_json(held, &schema)),
            Some(value) => Some(to_json(value, &schema)),
        })
    }

    /// The same where a text is needed.
    pub fn text(&self, scope: &Scope<'_>) -> Result<String, Bad> {
        match self.value(scope)? {
            Some(Json::String(text)) if !text.is_empty() => Ok(text),
            Some(Json::Number(number)) => Ok(number.to_string()),
            _ => Err(Bad::field(&self.place, "is no text for this record")),
        }
    }

    /// The same where an instant is needed.
    pub fn instant(&self, scope: &Scope<'_>) -> Result<Instant, Bad> {
        let text = self.text(scope)?;
        time::instant(&text).ok_or_else(|| Bad::field(&self.place, "is no timestamp for this record"))
    }

    /// The same where a condition is.
    pub fn holds(&self, scope: &Scope<'_>) -> Result<bool, Bad> {
        match self.value(scope)? {
            Some(Json::Bool(truth)) => Ok(truth),
            _ => Err(Bad::field(&self.place, "is neither true nor false for this record")),
        }
    }

    /// The same where a list is needed; one that was not collected is empty.
    pub fn list(&self, scope: &Scope<'_>) -> Result<Vec<Json>, Bad> {
        match self.value(scope)? {
            Some(Json::Array(items)) => Ok(items),
            None | Some(Json::Null) => Ok(Vec::new()),
            Some(_) => Err(Bad::field(&self.place, "is no list for this record")),
        }
    }

    fn walk(path: &[String], scope: &Scope<'_>) -> Option<Json> {
        let (first, rest) = path.split_first()?;
        let root = match first.as_str() {
            "record" => Some(scope.record),
            "item" => scope.item,
            said => return scope.bindings.get(said).map(|value| to_json(value, &Schema::default())),
        };
        rest.iter().try_fold(root?, |value, name| value.get(name)).cloned()
    }
}

/// The names of a plain path from the record or the item, or the name of what the caller says.
fn path(text: &str) -> Option<Vec<String>> {
    let names: Vec<&str> = text.trim().split('.').collect();
    let plain = |name: &&str| {
        let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        letters && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
    };
    let rooted = match names.first() {
        Some(&"record" | &"item") => true,
        Some(name) => names.len() == 1 && VARIABLES.contains(name),
        None => false,
    };
    (rooted && names.iter().all(plain)).then(|| names.into_iter().map(str::to_owned).collect())
}
