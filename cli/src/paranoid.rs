//! Both engines, compared.

use std::collections::BTreeMap;

use assize::Evaluation;
use serde_json::Value;

use crate::decider::Decider;
use crate::error::CliError;
use crate::estate::{Estate, Loaded};
use crate::output;

/// How many differences are named.
const NAMED: usize = 5;

/// Decides with the other engine as well. Where that decides otherwise, the error is the text of a bug
/// report: it names cases by their ids, and no value.
pub fn check(
    estate: &Estate,
    loaded: &Loaded,
    decider: Decider,
    result: &Evaluation,
) -> Result<(), CliError> {
    let mut other = decider.other().evaluate(estate, loaded, result.now);
    other.rejected = result.rejected;
    let (ours, theirs) = (output::json(result)?, output::json(&other)?);
    if ours == theirs {
        return Ok(());
    }
    let found = differences(&cases(result)?, &cases(&other)?);
    Err(CliError::Engine(report(decider, &found)))
}

fn report(decider: Decider, found: &[String]) -> String {
    let (ours, theirs) = match decider {
        Decider::Fast => ("fast", "reference"),
        Decider::Reference => ("reference", "fast"),
    };
    let mut text = format!(
        "the engines do not agree: this is a bug in Assize, not in your policies or facts; nothing was \
         written. Please report it with the policies that are named ({ours} against {theirs})"
    );
    for line in found.iter().take(NAMED) {
        text.push_str("; ");
        text.push_str(line);
    }
    if found.is_empty() {
        text.push_str("; the same cases in another order, or another summary");
    }
    let more = found.len().saturating_sub(NAMED);
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

/// Every case as JSON, by its id; an incomplete one has the id of no other.
fn cases(result: &Evaluation) -> Result<BTreeMap<String, Value>, CliError> {
    let failed = |error: serde_json::Error| CliError::Engine(error.to_string());
    let mut out = BTreeMap::new();
    for decision in &result.decisions {
        out.insert(decision.id.clone(), serde_json::to_value(decision).map_err(failed)?);
    }
    for case in &result.undetermined {
        let id = format!("{}{}", case.id, if case.incomplete { " (incomplete)" } else { "" });
        out.insert(id, serde_json::to_value(case).map_err(failed)?);
    }
    Ok(out)
}

fn differences(ours: &BTreeMap<String, Value>, theirs: &BTreeMap<String, Value>) -> Vec<String> {
    let mut out = Vec::new();
    for (id, case) in ours {
        let policy = case.get("policy").and_then(Value::as_str).unwrap_or_default();
        match theirs.get(id) {
            None => out.push(format!("{id} of {policy} is only in the first")),
            Some(other) if other == case => {}
            Some(other) => out.push(format!("{id} of {policy} differs in {}", fields(case, other))),
        }
    }
    for (id, case) in theirs.iter().filter(|(id, _)| !ours.contains_key(*id)) {
        let policy = case.get("policy").and_then(Value::as_str).unwrap_or_default();
        out.push(format!("{id} of {policy} is only in the second"));
    }
    out
}

/// The names of the members that differ.
fn fields(ours: &Value, theirs: &Value) -> String {
    let empty = serde_json::Map::new();
    let (ours, theirs) = (ours.as_object().unwrap_or(&empty), theirs.as_object().unwrap_or(&empty));
    let mut names: Vec<&str> = ours.keys().chain(theirs.keys()).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| ours.get(*name) != theirs.get(*name));
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_report_names_cases_and_fields_and_no_value() {
        let case = |because: &str| json!({"policy": "p.q", "because": because, "arm": 1});
        let ours = BTreeMap::from([("dec_1".to_owned(), case("hunter2")), ("dec_2".to_owned(), case("x"))]);
        let theirs = BTreeMap::from([("dec_1".to_owned(), case("other")), ("dec_3".to_owned(), case("x"))]);
        let found = differences(&ours, &theirs);
        assert_eq!(
            found,
            [
                "dec_1 of p.q differs in because",
                "dec_2 of p.q is only in the first",
                "dec_3 of p.q is only in the second"
            ]
        );
        let text = report(Decider::Fast, &found);
        assert!(text.contains("fast against reference") && !text.contains("hunter2"), "{text}");
        assert!(differences(&ours, &ours).is_empty());
    }
}
