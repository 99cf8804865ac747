//! A request: one question, one verdict.

use std::sync::Arc;

use assize_lang::plan::{FactKind, FactType};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::decision::{Decision, Outcome, OutcomeKind, Undetermined};
use crate::engine::Engine;
use crate::facts::Instant;
use crate::store::{Reject, Stored, read_report};
use crate::value::Missing;

/// What a request comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// No policy that is enforced blocks it, and none could.
    Allow,
    /// A policy blocks it.
    Block,
    /// Evidence is missing that could block it.
    Undetermined,
}

/// The answer, with everything that led to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The answer.
    pub verdict: Answer,
    /// Every decision about the request, strongest first, of policies in `monitor` too.
    pub decisions: Vec<Decision>,
    /// What could not be decided.
    pub undetermined: Vec<Undetermined>,
    /// The evidence that is wanted.
    pub missing: Vec<Missing>,
    /// Fields of the request that do not fit its type: they count as unknown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rejects: Vec<Reject>,
    /// The snapshot's id.
    pub snapshot: String,
    /// The instant.
    pub now: Instant,
}

/// Why a request cannot be answered at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    /// There is no request type of this name.
    #[error("no request type `{0}`")]
    NoType(String),
    /// No policy asks about it: that is an error and not an allow.
    #[error("no policy decides a `{0}`")]
    NoPolicy(String),
    /// It is no JSON object; says where it ceases to be one.
    #[error("the request is not a JSON object: {0}")]
    Json(String),
    /// Its key cannot be read.
    #[error("`{field}`: {reason}")]
    Key {
        /// The key's name.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A request against its type.
pub(crate) struct Asked<'e> {
    pub(crate) declared: &'e FactType,
    pub(crate) stored: Stored,
    pub(crate) rejects: Vec<Reject>,
}

impl Engine {
    /// A type of request, qualified or short.
    pub(crate) fn request_type(&self, ty: &str) -> Result<&FactType, DecideError> {
        let declared = self.schema.fact(ty).filter(|declared| declared.kind == FactKind::Request);
        declared.ok_or_else(|| DecideError::NoType(crate::value::escape(ty)))
    }

    /// Reads a request.
    pub(crate) fn ask(
        &self,
        ty: &str,
        fields: &Map<String, Json>,
        now: Instant,
    ) -> Result<Asked<'_>, DecideError> {
        let declared = self.request_type(ty)?;
        let mut fields = fields.clone();
        fields.entry(declared.key.to_string()).or_insert_with(|| Json::from("request"));
        let read = read_report(declared, &fields, &self.schema);
        let key = read.key.map_err(|reason| DecideError::Key { field: declared.key.to_string(), reason })?;
        let reject = |(field, reason)| Reject {
            file: "request".to_owned(),
            record: crate::value::escape(&key),
            field: Some(field),
            reason,
        };
        let rejects = read.rejects.into_iter().map(reject).collect();
        let stored = Stored::request(Arc::from(key.as_str()), now.0, read.fields);
        Ok(Asked { declared, stored, rejects })
    }
}

/// Only what is enforced counts. What could still block makes the answer undetermined.
pub(crate) fn answer(decisions: &[Decision], undetermined: &[Undetermined]) -> (Answer, Vec<Missing>) {
    use assize_lang::plan::Mode;
    let blocks = |outcomes: &[Outcome]| {
        outcomes.iter().any(|outcome| matches!(outcome.kind, OutcomeKind::Block { .. }))
    };
    let enforced = || decisions.iter().filter(|one| one.mode == Mode::Enforce);
    let mut missing: Vec<Missing> = Vec::new();
    let mut open = false;
    for one in enforced().filter(|one| blocks(&one.could_be)) {
        open = true;
        missing.extend(one.missing.iter().cloned());
    }
    for one in undetermined.iter().filter(|one| one.mode == Mode::Enforce) {
        if blocks(&one.could_be) || one.incomplete || one.exhausted {
            open = true;
            missing.extend(one.missing.iter().cloned());
        }
    }
    missing.sort();
    missing.dedup();
    let blocked =
        enforced().any(|one| blocks(&one.outcomes) || one.unresolved.iter().any(|one| one.kind == "block"));
    let verdict = match (blocked, open) {
        (true, _) => Answer::Block,
        (false, true) => Answer::Undetermined,
        (false, false) => Answer::Allow,
    };
    (verdict, missing)
}
