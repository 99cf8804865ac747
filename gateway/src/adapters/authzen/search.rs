//! Who may, on what, and how: the same decision over everything that could stand in one place. What is not
//! known to be allowed is no result.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Json, Response};
use serde_json::{Map, Value, json};

use super::{Pdp, object, read};
use crate::adapters::json::BadBody;
use crate::point::{Answer, Standing};

/// How many candidates one request looks at; the rest is another page.
const LOOKED_AT: usize = 1_000;

pub(super) async fn subject(
    State(pdp): State<Arc<Pdp>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, BadBody> {
    let request = object(&headers, body).await?;
    let document = read::parts(&request, &[("subject", &["type"]), read::ACTION, read::RESOURCE])?;
    pdp.among_facts("subject", &request, &document, &headers)
}

pub(super) async fn resource(
    State(pdp): State<Arc<Pdp>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, BadBody> {
    let request = object(&headers, body).await?;
    let document = read::parts(&request, &[read::SUBJECT, read::ACTION, ("resource", &["type"])])?;
    pdp.among_facts("resource", &request, &document, &headers)
}

pub(super) async fn action(
    State(pdp): State<Arc<Pdp>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, BadBody> {
    let request = object(&headers, body).await?;
    let document = read::parts(&request, &[read::SUBJECT, read::RESOURCE])?;
    let standing = pdp.asker.point.standing();
    let mut found = Found::default();
    for name in &pdp.config.actions {
        let mut document = document.clone();
        document.insert("action".to_owned(), json!({"name": name}));
        found.take(&pdp.decide(&standing, document, &headers), json!({"name": name}));
    }
    Ok(found.page(None))
}

/// What was found so far.
#[derive(Default)]
struct Found {
    results: Vec<Value>,
    undetermined: usize,
}

impl Found {
    fn take(&mut self, answer: &Answer, result: Value) {
        match answer {
            Answer::Allow(_) => self.results.push(result),
            Answer::Block(_) => {}
            Answer::Undetermined(_) => self.undetermined = self.undetermined.saturating_add(1),
        }
    }

    fn page(self, next: Option<&str>) -> Response {
        let page = json!({"next_token": next.map(token).unwrap_or_default(), "count": self.results.len()});
        // Left out because nobody can tell, and not because it is forbidden: who asks should know.
        let context = json!({"undetermined": self.undetermined});
        Json(json!({"page": page, "context": context, "results": self.results})).into_response()
    }
}

impl Pdp {
    fn among_facts(
        &self,
        name: &str,
        request: &Map<String, Value>,
        document: &Map<String, Value>,
        headers: &HeaderMap,
    ) -> Result<Response, BadBody> {
        let (limit, after) = page(request)?;
        let standing = self.asker.point.standing();
        let part = document.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
        let ty = part.get("type").and_then(Value::as_str).unwrap_or_default();
        let keys = candidates(&standing, ty);
        let first = after.map_or(0, |after| keys.partition_point(|key| **key <= *after));
        let mut found = Found::default();
        let mut rest = keys.iter().skip(first).peekable();
        let mut looked_at: usize = 0;
        let mut last = None;
        while let Some(key) = rest.next() {
            let mut part = part.clone();
            part.insert("id".to_owned(), json!(&**key));
            let mut document = document.clone();
            document.insert(name.to_owned(), Value::Object(part));
            let result = json!({"type": ty, "id": &**key});
            found.take(&self.decide(&standing, document, headers), result);
            looked_at = looked_at.saturating_add(1);
            if rest.peek().is_some() && (found.results.len() >= limit || looked_at >= LOOKED_AT) {
                last = Some(&**key);
                break;
            }
        }
        Ok(found.page(last))
    }
}

/// The keys of the facts of a type, in order. Types of AuthZEN are those of facts, whatever the case.
fn candidates(standing: &Standing, ty: &str) -> Vec<Arc<str>> {
    let schema = &standing.policies().engine().program().schema;
    let named = |name: &str| name.eq_ignore_ascii_case(&ty.replace(['_', '-'], ""));
    let mut found = schema.facts.keys().filter(|name| named(name.short()) || name.as_str() == ty);
    match (found.next(), found.next()) {
        (Some(name), None) => standing.facts().keys(name.as_str()),
        _ => Vec::new(),
    }
}

fn page(request: &Map<String, Value>) -> Result<(usize, Option<String>), BadBody> {
    let page = match request.get("page") {
        None => return Ok((usize::MAX, None)),
        Some(Value::Object(page)) => page,
        Some(_) => return Err(read::bad("`page` is not an object".to_owned())),
    };
    let limit = match page.get("limit") {
        None => usize::MAX,
        Some(limit) => match limit.as_u64().and_then(|limit| usize::try_from(limit).ok()) {
            Some(limit) if limit > 0 => limit,
            _ => return Err(read::bad("`page.limit` is no number above 0".to_owned())),
        },
    };
    let after = match page.get("token").map(Value::as_str) {
        None | Some(Some("")) => None,
        Some(Some(text)) => {
            Some(untoken(text).ok_or_else(|| read::bad("`page.token` is none of ours".to_owned()))?)
        }
        Some(None) => return Err(read::bad("`page.token` is not a text".to_owned())),
    };
    Ok((limit, after))
}

fn token(key: &str) -> String {
    key.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn untoken(text: &str) -> Option<String> {
    let byte = |at: usize| u8::from_str_radix(text.get(at..at.checked_add(2)?)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(byte).collect();
    String::from_utf8(bytes?).ok()
}
