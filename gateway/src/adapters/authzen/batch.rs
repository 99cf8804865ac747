//! Several evaluations at once, on the same policies and facts.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Json, Response};
use serde_json::{Map, Value, json};

use super::{Pdp, decided, object, read};
use crate::adapters::json::BadBody;
use crate::adapters::told;
use crate::point::Answer;

/// How many evaluations one request may ask for.
const MOST: usize = 1_000;

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Semantic {
    All,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

impl Semantic {
    fn of(request: &Map<String, Value>) -> Result<Self, BadBody> {
        let options = match request.get("options") {
            None => return Ok(Self::All),
            Some(Value::Object(options)) => options,
            Some(_) => return Err(read::bad("`options` is not an object".to_owned())),
        };
        match options.get("evaluations_semantic").map(Value::as_str) {
            None | Some(Some("execute_all")) => Ok(Self::All),
            Some(Some("deny_on_first_deny")) => Ok(Self::DenyOnFirstDeny),
            Some(Some("permit_on_first_permit")) => Ok(Self::PermitOnFirstPermit),
            Some(_) => {
                let known = "`execute_all`, `deny_on_first_deny`, `permit_on_first_permit`";
                Err(read::bad(format!("`options.evaluations_semantic` is none of {known}")))
            }
        }
    }

    const fn is_over(self, permitted: bool) -> bool {
        match self {
            Self::All => false,
            Self::DenyOnFirstDeny => !permitted,
            Self::PermitOnFirstPermit => permitted,
        }
    }
}

pub(super) async fn evaluations(
    State(pdp): State<Arc<Pdp>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, BadBody> {
    let request = object(&headers, body).await?;
    let items = match request.get("evaluations") {
        None => return pdp.single(&request, &headers),
        Some(Value::Array(items)) if items.is_empty() => return pdp.single(&request, &headers),
        Some(Value::Array(items)) if items.len() <= MOST => items,
        Some(Value::Array(_)) => return Err(read::bad(format!("more than {MOST} evaluations"))),
        Some(_) => return Err(read::bad("`evaluations` is not a list".to_owned())),
    };
    let semantic = Semantic::of(&request)?;
    let standing = pdp.asker.point.standing();
    let mut out = Vec::new();
    for item in items {
        let asked = match item {
            Value::Object(item) => read::evaluation(&merged(&request, item)),
            _ => Err(read::bad("an evaluation is not an object".to_owned())),
        };
        let (permitted, told) = match asked {
            Err(error) => (false, failed(error.status.as_u16(), &error.message)),
            Ok(document) => {
                let answer = pdp.decide(&standing, document, &headers);
                match &answer {
                    Answer::Allow(_) => (true, decided(true, &answer)),
                    Answer::Block(_) => (false, decided(false, &answer)),
                    Answer::Undetermined(of) => (false, undetermined(&answer, &of.why().to_string())),
                }
            }
        };
        out.push(told);
        if semantic.is_over(permitted) {
            break;
        }
    }
    Ok(Json(json!({"evaluations": out})).into_response())
}

fn failed(status: u16, message: &str) -> Value {
    json!({"decision": false, "context": {"error": {"status": status, "message": message}}})
}

fn undetermined(answer: &Answer, message: &str) -> Value {
    let mut context = told::object(answer);
    context.insert("error".to_owned(), json!({"status": 500, "message": message}));
    json!({"decision": false, "context": context})
}

/// An evaluation with what is said for all of them. A part of its own takes the place of the common one, but
/// for what every such part has to say.
fn merged(request: &Map<String, Value>, item: &Map<String, Value>) -> Map<String, Value> {
    let mut out = item.clone();
    for (name, texts) in [read::SUBJECT, read::ACTION, read::RESOURCE, ("context", [].as_slice())] {
        let Some(common) = request.get(name) else { continue };
        match out.get_mut(name) {
            None => drop(out.insert(name.to_owned(), common.clone())),
            Some(Value::Object(own)) => {
                for text in texts {
                    if let (false, Some(value)) = (own.contains_key(*text), common.get(*text)) {
                        own.insert((*text).to_owned(), value.clone());
                    }
                }
            }
            Some(_) => {}
        }
    }
    out
}
