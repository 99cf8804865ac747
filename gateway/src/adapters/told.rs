//! What gateways are told beside the answer itself.

use assize::{Decision, OutcomeKind};
use serde_json::{Map, Value, json};

use crate::point::{Answer, Mark};

/// Where answers are named.
pub(super) const ID: &str = "x-decision-id";
/// Where the policies are named.
pub(super) const REVISION: &str = "x-policy-revision";
/// Where it is said how far the facts go.
pub(super) const WATERMARK: &str = "x-fact-watermark";
/// Where the most severe alert is said.
pub(super) const ALERT: &str = "x-decision-alert";
/// Where the most urgent tier is said.
pub(super) const RANK: &str = "x-decision-rank";

/// Names and values of headers. Only what we make ourselves: nothing that a caller sent is in them.
pub(super) fn headers(answer: &Answer) -> Vec<(&'static str, String)> {
    let mark = answer.mark();
    let mut out = vec![
        (ID, mark.id.text()),
        (REVISION, mark.revision.to_string()),
        (WATERMARK, mark.watermark_text.to_string()),
    ];
    let levels = levels(answer);
    out.extend(levels.alert.map(|severity| (ALERT, plain(&severity))));
    out.extend(levels.rank.map(|tier| (RANK, plain(&tier))));
    out
}

/// Everything as an object, for whoever takes one.
pub(super) fn object(answer: &Answer) -> Map<String, Value> {
    let Mark { id, entry, revision, watermark_text, valid_until, .. } = answer.mark();
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| drop(out.insert(name.to_owned(), value));
    put("decision", json!(answer.word()));
    put("decision_id", Value::String(id.text()));
    put("entry", json!(&**entry));
    put("policy_revision", json!(&**revision));
    put("fact_watermark", json!(&**watermark_text));
    if let Some(until) = valid_until {
        put("valid_until", json!(until));
    }
    let levels = levels(answer);
    if let Some(alert) = levels.alert {
        put("alert", json!(alert));
    }
    if let Some(rank) = levels.rank {
        put("rank", json!(rank));
    }
    let reasons: Vec<Value> = answer.effects().map(reason).collect();
    if !reasons.is_empty() {
        put("reasons", Value::Array(reasons));
    }
    let obligations = obligations(answer);
    if !obligations.is_empty() {
        put("obligations", Value::Array(obligations));
    }
    match answer {
        Answer::Undetermined(answer) => put("undetermined", json!(answer.why().to_string())),
        Answer::Block(answer) if answer.by().is_none() => put("because", json!(answer.because())),
        Answer::Allow(_) | Answer::Block(_) => {}
    }
    out
}

fn reason(decision: &Decision) -> Value {
    let outcomes: Vec<&str> = decision.outcomes.iter().map(|outcome| outcome.kind.word()).collect();
    json!({"policy": decision.policy, "outcomes": outcomes, "because": decision.because})
}

/// What whoever enforces the answer is asked to do as well: alerts and revocations. Nobody may rely on it.
pub(super) fn obligations(answer: &Answer) -> Vec<Value> {
    let mut out = Vec::new();
    for decision in answer.effects() {
        for outcome in &decision.outcomes {
            let told = match &outcome.kind {
                OutcomeKind::Alert { severity, .. } => json!({
                    "type": "notification",
                    "properties": {"severity": severity, "body": decision.because, "policy": decision.policy},
                }),
                OutcomeKind::Revoke { target: Some(target), by } => json!({
                    "type": "custom",
                    "properties": {"vendor": "assize", "action": "revoke", "target": target, "by": by,
                        "policy": decision.policy},
                }),
                OutcomeKind::Revoke { .. } | OutcomeKind::Block { .. } | OutcomeKind::Rank { .. } => continue,
            };
            let mut told = told;
            if let (Value::Object(told), Some(id)) = (&mut told, &outcome.id) {
                told.insert("id".to_owned(), json!(id));
            }
            out.push(told);
        }
    }
    out
}

/// The alerts and ranks of an answer, as the policies call them.
struct Levels {
    alert: Option<String>,
    rank: Option<String>,
}

fn levels(answer: &Answer) -> Levels {
    let mut levels = Levels { alert: None, rank: None };
    // Decisions come strongest first, so the first of each is the one to tell.
    for outcome in answer.effects().flat_map(|decision| &decision.outcomes) {
        match &outcome.kind {
            OutcomeKind::Alert { severity, .. } if levels.alert.is_none() => {
                levels.alert = Some(severity.clone());
            }
            OutcomeKind::Rank { tier, .. } if levels.rank.is_none() => levels.rank = Some(tier.clone()),
            _ => {}
        }
    }
    levels
}

/// What can stand in a header.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| letter.is_ascii_graphic()).collect()
}

/// What a caller beyond the gateway may know of a block or of no answer.
pub(super) fn for_callers(answer: &Answer) -> String {
    let id = answer.mark().id;
    match answer {
        Answer::Allow(_) => format!("allowed; decision {id}\n"),
        Answer::Block(_) => format!("blocked by policy; decision {id}\n"),
        Answer::Undetermined(_) => format!("no decision could be made; decision {id}\n"),
    }
}
