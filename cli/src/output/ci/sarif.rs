//! SARIF 2.1.0, as code hosts take it in: GitHub's code scanning, Azure DevOps, DefectDojo.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Case, Cases, Level};
use crate::error::CliError;
use crate::output::decision;

/// How many results a host takes of one run; with more it takes none.
const RESULTS: usize = 25_000;

/// How many tags a host keeps of one rule.
const TAGS: usize = 10;

/// One run: a rule for each policy that decides something, a result for each decision, strongest first.
///
/// A result's fingerprint is the decision's id: a case is one alert from run to run, whatever line its policy
/// stands on. Decisions are about things that have no file, so each stands at its policy; what it is about is
/// its logical location.
pub fn text(cases: &Cases<'_>) -> Result<String, CliError> {
    let mut rules: BTreeMap<&str, (&Case<'_>, f64)> = BTreeMap::new();
    for case in &cases.decided {
        let rule = rules.entry(&case.decision.policy).or_insert((case, 0.0));
        rule.1 = rule.1.max(case.weight);
    }
    let index: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(at, name)| (*name, at)).collect();
    let results: Vec<Value> = cases.decided.iter().take(RESULTS).map(|case| result(case, &index)).collect();
    let mut said = Vec::new();
    let mut say = |level: &str, count: usize, what: &str| {
        if count > 0 {
            said.push(json!({ "level": level, "message": { "text": format!("{count} {what}") } }));
        }
    };
    say(
        "warning",
        cases.open.len(),
        "cases cannot be decided for want of evidence; `assize eval` lists them",
    );
    say("error", cases.rejected, "records did not become facts; what they would have said is not known");
    say(
        "warning",
        cases.decided.len().saturating_sub(RESULTS),
        "weaker decisions are left out: a host takes 25000 of one run",
    );
    super::super::json(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "assize",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|(name, (case, weight))| rule(name, case, *weight)).collect::<Vec<_>>(),
            } },
            "invocations": [{ "executionSuccessful": cases.rejected == 0, "toolExecutionNotifications": said }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn rule(name: &str, case: &Case<'_>, weight: f64) -> Value {
    let docs = if case.place.docs.is_empty() { name } else { case.place.docs };
    let first = docs.split("\n\n").next().unwrap_or(docs).replace('\n', " ");
    let controls = case.decision.maps.iter().map(|control| Value::from(control.as_str()));
    let tags: Vec<Value> = std::iter::once(Value::from("security")).chain(controls).take(TAGS).collect();
    json!({
        "id": name,
        "name": name.rsplit('.').next().unwrap_or(name),
        "shortDescription": { "text": first },
        "fullDescription": { "text": docs },
        "help": { "text": format!("{docs}\n\nassize doc {name}") },
        "defaultConfiguration": { "level": level(case.level) },
        "properties": { "tags": tags, "security-severity": format!("{weight:.1}") },
    })
}

fn result(case: &Case<'_>, index: &BTreeMap<&str, usize>) -> Value {
    let policy = case.decision.policy.as_str();
    let of: Vec<Value> = case
        .decision
        .subjects()
        .iter()
        .map(|fact| json!({ "fullyQualifiedName": decision::fact(fact), "kind": "resource" }))
        .collect();
    let mut out = json!({
        "ruleId": policy,
        "ruleIndex": index.get(policy).copied().unwrap_or(0),
        "level": level(case.level),
        "message": { "text": format!("{}: {}", case.title(), case.message()) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&case.place.file) },
                "region": { "startLine": case.place.line },
            },
            "logicalLocations": of,
        }],
        "partialFingerprints": { "assizeDecision/v1": case.decision.id },
    });
    if let (Some(waiver), Some(fields)) = (&case.decision.waived_by, out.as_object_mut()) {
        let held = json!([{ "kind": "external", "justification": format!("waived by {waiver}") }]);
        fields.insert("suppressions".to_owned(), held);
    }
    out
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

/// A path as a relative reference: what a URI cannot hold is escaped.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_reference() {
        assert_eq!(uri("policies/a b#1.assize"), "policies/a%20b%231.assize");
    }
}
