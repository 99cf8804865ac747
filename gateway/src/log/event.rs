//! One decision in the log, in the shape that OPA's logs have: what reads those reads these.

use std::collections::BTreeMap;
use std::time::Duration;

use assize::facts::Instant;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::mask::Masker;
use crate::observe::trace::Trace;
use crate::point::{Record, Request};

/// How many bytes of a request's text are logged.
const INPUT: usize = 64 << 10;

/// A decision, as it is logged.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// Which server, and of which version.
    pub labels: BTreeMap<&'static str, String>,
    /// Names this one answer.
    pub decision_id: String,
    /// The trace that the request belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// The span in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span_id: Option<String>,
    /// The policies that decided.
    pub bundles: Value,
    /// The entry that was asked.
    pub path: String,
    /// What was asked.
    pub input: Value,
    /// What was answered.
    pub result: Value,
    /// By which protocol.
    pub requested_by: String,
    /// What the caller calls the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub req_id: Option<String>,
    /// When.
    pub timestamp: Instant,
    /// How long deciding took.
    pub metrics: Value,
    /// What was replaced by fingerprints.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<String>,
    /// What was left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<String>,
    /// `allow`, `block` or `undetermined`.
    pub outcome: &'static str,
    /// How far the facts go that it rests on.
    pub fact_watermark: String,
    /// What is decided beside the answer.
    pub effects: Value,
}

/// What of an answer is taken down at once: everything else is made of it by whoever writes the log.
#[derive(Clone, Debug)]
pub struct Taken {
    entry: String,
    protocol: &'static str,
    request: Asked,
    request_id: Option<String>,
    trace: Option<String>,
    answer: crate::point::Answer,
    took: Duration,
}

#[derive(Clone, Debug)]
enum Asked {
    Text(String),
    Fields(Map<String, Value>),
    TooLong,
}

impl Taken {
    /// Takes down an answer.
    #[must_use]
    pub fn new(record: &Record<'_>) -> Self {
        let question = record.question;
        let request = match question.request {
            Request::Json(text) if text.len() > INPUT => Asked::TooLong,
            Request::Json(text) => Asked::Text(text.to_owned()),
            Request::Fields(fields) => Asked::Fields(fields.clone()),
        };
        Self {
            entry: question.entry.to_owned(),
            protocol: question.protocol,
            request,
            request_id: question.request_id.map(str::to_owned),
            trace: question.trace.map(str::to_owned),
            answer: record.answer.clone(),
            took: record.took,
        }
    }

    /// The event, masked.
    #[must_use]
    pub fn event(self, labels: &BTreeMap<&'static str, String>, masker: &Masker) -> Event {
        let mut erased = Vec::new();
        let input = match self.request {
            Asked::Fields(fields) => Value::Object(fields),
            // What cannot be read cannot be masked.
            Asked::Text(text) => serde_json::from_str(&text).unwrap_or_else(|_| {
                erased.push("/input".to_owned());
                Value::Null
            }),
            Asked::TooLong => {
                erased.push("/input".to_owned());
                Value::Null
            }
        };
        let answer = &self.answer;
        let mark = answer.mark();
        let decisions: Vec<Value> =
            answer.decisions().map(|decision| serde_json::to_value(decision).unwrap_or_default()).collect();
        let reason = match answer {
            crate::point::Answer::Undetermined(undetermined) => Some(undetermined.why().to_string()),
            _ => None,
        };
        let result = json!({"verdict": answer.word(), "decisions": decisions, "reason": reason});
        let effect = |decision: &assize::Decision| {
            let words: Vec<&str> = decision.outcomes.iter().map(|outcome| outcome.kind.word()).collect();
            json!({"decision": decision.id, "policy": decision.policy, "outcomes": words})
        };
        let mut effects = Value::Array(answer.effects().map(effect).collect());
        let mut all = json!({"input": input, "result": result, "req_id": self.request_id});
        let mut masked = masker.mask(&mut all);
        masked.extend(masker.mask(&mut effects).into_iter().map(|pointer| format!("/effects{pointer}")));
        let trace = self.trace.as_deref().and_then(Trace::parse);
        let took = u64::try_from(self.took.as_nanos()).unwrap_or(u64::MAX);
        let mut part = |name: &str| all.get_mut(name).map(Value::take).unwrap_or_default();
        Event {
            labels: labels.clone(),
            decision_id: mark.id.to_string(),
            trace_id: trace.as_ref().map(|trace| trace.trace_id.clone()),
            span_id: trace.map(|trace| trace.span_id),
            bundles: json!({"policies": {"revision": mark.revision}}),
            path: self.entry,
            input: part("input"),
            result: part("result"),
            requested_by: self.protocol.to_owned(),
            req_id: part("req_id").as_str().map(str::to_owned),
            timestamp: mark.now,
            metrics: json!({"timer_server_handler_ns": took}),
            masked,
            erased,
            outcome: answer.word(),
            fact_watermark: mark.watermark.to_string(),
            effects,
        }
    }
}
