//! One case of a vendored file.

use std::collections::BTreeMap;
use std::path::Path;

use assize::value::Value;
use assize_lang::expression::{Function, Options, Overload};
use assize_lang::plan::Type;
use serde_json::Value as Json;

use super::typed;

/// What a case wants.
pub(super) enum Wanted {
    /// This value, of this type.
    Value(Value),
    /// An error.
    Error(String),
    /// That it compiles, and no more.
    Compiles,
    /// Something that this engine has no value for, and why.
    Out(&'static str),
}

/// One case.
pub(super) struct Case {
    /// `file/section/name`, with a number behind it where that is not the only one.
    pub(super) id: String,
    pub(super) expr: String,
    pub(super) options: Options,
    pub(super) variables: Vec<(String, Type)>,
    pub(super) bindings: BTreeMap<String, Value>,
    /// The type that the checker is to find, where the case names one.
    pub(super) deduced: Option<Type>,
    pub(super) wanted: Wanted,
}

/// The cases of a file.
pub(super) fn read(file: &str, path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).unwrap();
    let cases: Vec<Json> = serde_json::from_str(&text).unwrap();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    cases
        .iter()
        .map(|json| {
            let text = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default();
            let id = format!("{file}/{}/{}", text("section"), text("name")).replace(char::is_whitespace, "_");
            let count = seen.entry(id.clone()).or_default();
            *count = count.saturating_add(1);
            let id = if *count > 1 { format!("{id}#{count}") } else { id };
            case(file, id, json)
        })
        .collect()
}

fn case(file: &str, id: String, json: &Json) -> Case {
    let expr = json.get("expr").and_then(Json::as_str).unwrap().to_owned();
    let mut out = out_of_reach(file, &expr);
    let mut variables = Vec::new();
    let mut functions = Vec::new();
    for declared in json.get("type_env").and_then(Json::as_array).into_iter().flatten() {
        let name = declared.get("name").and_then(Json::as_str).unwrap_or_default();
        match declared.get("ident").and_then(|ident| typed::ty(ident.get("type")?)) {
            // The constants are nobody's variables.
            Some(_) if matches!(name, "true" | "false" | "null") => {}
            Some(ty) => variables.push((name.to_owned(), ty)),
            None if let Some(function) = declared.get("function").and_then(|of| function(name, of)) => {
                functions.push(function);
            }
            None => out = out.or(Some("protobuf")),
        }
    }
    let deduced = json.get("type").map(typed::ty);
    if deduced == Some(None) {
        out = out.or(Some("protobuf"));
    }
    let mut bindings = BTreeMap::new();
    for (name, bound) in json.get("bindings").and_then(Json::as_object).into_iter().flatten() {
        match bound.get("value").and_then(typed::value) {
            Some(value) => {
                if !matches!(name.as_str(), "true" | "false" | "null") {
                    bindings.insert(name.clone(), value);
                    if !variables.iter().any(|(declared, _)| declared == name) {
                        variables.push((name.clone(), Type::Dyn));
                    }
                }
            }
            None => out = out.or(Some("protobuf")),
        }
    }
    let wanted = match (out, json.get("eval_error"), json.get("value")) {
        (Some(reason), _, _) => Wanted::Out(reason),
        (None, Some(error), _) => Wanted::Error(error.as_str().unwrap_or_default().to_owned()),
        (None, None, _) if json.get("check_only").is_some() => Wanted::Compiles,
        // A case that says nothing wants `true`.
        (None, None, None) => Wanted::Value(Value::Bool(true)),
        (None, None, Some(value)) => typed::value(value).map_or(Wanted::Out("protobuf"), Wanted::Value),
    };
    let container = json.get("container").and_then(Json::as_str).unwrap_or_default().to_owned();
    let late = json.get("disable_check").and_then(Json::as_bool).unwrap_or(false);
    let options = Options { container, late, functions };
    Case { id, expr, options, variables, bindings, deduced: deduced.flatten(), wanted }
}

/// A function as a case declares it; `None` where a type of it is none of ours.
fn function(name: &str, json: &Json) -> Option<Function> {
    let overload = |json: &Json| {
        let params = json.get("params").and_then(Json::as_array).into_iter().flatten();
        Some(Overload {
            method: json.get("isInstanceFunction").and_then(Json::as_bool).unwrap_or(false),
            params: params.map(typed::ty).collect::<Option<_>>()?,
            result: typed::ty(json.get("resultType")?)?,
        })
    };
    let overloads = json.get("overloads").and_then(Json::as_array)?.iter().map(overload);
    Some(Function::new(name, overloads.collect::<Option<Vec<Overload>>>()?))
}

/// Why a case cannot be asked here at all.
fn out_of_reach(file: &str, expr: &str) -> Option<&'static str> {
    const MESSAGES: [&str; 6] =
        ["TestAllTypes", "google.protobuf", "GlobalEnum", "TestRequired", "cel.expr.conformance", "Value{"];
    // The two names that mean types here too.
    let expr = expr
        .replace("google.protobuf.Timestamp", "timestamp")
        .replace("google.protobuf.Duration", "duration");
    let made = ["timestamp{", "duration{"].iter().any(|message| expr.contains(message));
    if made || MESSAGES.iter().any(|name| expr.contains(name)) || file.starts_with("proto") {
        return Some("protobuf");
    }
    None
}
