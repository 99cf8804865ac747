//! The shapes of OPA's REST interface: `/v1/data`, `/v0/data`, `/health`, `/v1/status`. A path names an entry,
//! and behind it a member of the result: `/v1/data/tools/allow`.

use std::io::Read;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::CONTENT_ENCODING;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde_json::{Map, Value, json};

use super::ask::Asker;
use super::json::{self as strict, BadBody};
use super::{http, told};
use crate::point::{Answer, Keeper, Standing};

#[derive(Debug)]
struct Opa {
    asker: Asker,
    /// The longest body, unpacked.
    most: usize,
}

/// The routes of whoever may ask.
pub(super) fn routes(keeper: &Arc<Keeper>, most: usize) -> Router {
    let opa = Opa { asker: Asker::new(keeper.point(), "opa"), most };
    let status = Router::new().route("/v1/status", get(status)).with_state(Arc::clone(keeper));
    Router::new()
        .route("/v1/data/{*path}", post(v1).get(v1_get))
        .route("/v0/data/{*path}", post(v0))
        .with_state(Arc::new(opa))
        .merge(status)
}

/// The routes of everybody.
pub(super) fn health() -> Router {
    // Policies and facts are there before anybody listens.
    Router::new().route("/health", get(|| async { Json(json!({})) }))
}

async fn status(State(keeper): State<Arc<Keeper>>) -> Response {
    let standing = keeper.point().standing();
    let reload = keeper.reload_status();
    let bundle = json!({
        "name": "policies", "active_revision": standing.policies().revision(),
        "last_request": reload.at, "message": reload.error.as_deref().unwrap_or_default(),
        "code": if reload.error.is_some() { "bundle_error" } else { "" },
    });
    let labels = json!({"id": "assize", "version": env!("CARGO_PKG_VERSION")});
    let facts = json!({"watermark": standing.watermark().to_string()});
    Json(json!({"result": {"labels": labels, "bundles": {"policies": bundle}, "facts": facts}}))
        .into_response()
}

async fn v1(
    State(opa): State<Arc<Opa>>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let input = match opa.body(&headers, body).await? {
        None => None,
        Some(Value::Object(mut object)) => object.remove("input"),
        Some(_) => return Err(Refused::parameter("the body is not an object with `input` in it")),
    };
    opa.data(&path, input, query.as_deref().unwrap_or_default(), &headers)
}

async fn v1_get(
    State(opa): State<Arc<Opa>>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let query = query.unwrap_or_default();
    let input = parameter(&query, "input").map(|text| strict::read(text.as_bytes())).transpose()?;
    opa.data(&path, input, &query, &headers)
}

/// The body is the input, and the answer is the result: what webhooks want.
async fn v0(
    State(opa): State<Arc<Opa>>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let input = opa.body(&headers, body).await?;
    let standing = opa.asker.point.standing();
    let undefined = || Refused {
        status: StatusCode::NOT_FOUND,
        code: "undefined_document",
        message: "document missing or undefined".to_owned(),
        decision: None,
    };
    let (entry, member) = find(&standing, &path).ok_or_else(undefined)?;
    let answer = opa.ask(&standing, &entry, input, &headers);
    let result = result(&answer, &member)?.ok_or_else(undefined)?;
    Ok(http::marked(&answer, Json(result)))
}

impl Opa {
    async fn body(&self, headers: &HeaderMap, body: Body) -> Result<Option<Value>, Refused> {
        let mut bytes = strict::bytes(body).await?;
        if headers.get(CONTENT_ENCODING).is_some_and(|kind| kind == "gzip") {
            let mut out = Vec::new();
            let most = u64::try_from(self.most).unwrap_or(u64::MAX);
            // One more than allowed tells too much from just enough.
            let mut unpacked = flate2::read::GzDecoder::new(&*bytes).take(most.saturating_add(1));
            unpacked.read_to_end(&mut out).map_err(|_| Refused::parameter("the body is not gzip"))?;
            if out.len() > self.most {
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                return Err(BadBody { status, message: "the body is too long".to_owned() }.into());
            }
            bytes = out.into();
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        Ok(Some(strict::read(&bytes)?))
    }

    fn data(
        &self,
        path: &str,
        input: Option<Value>,
        query: &str,
        headers: &HeaderMap,
    ) -> Result<Response, Refused> {
        let begun = Instant::now();
        let standing = self.asker.point.standing();
        let Some((entry, member)) = find(&standing, path) else {
            let warning = json!({"code": "api_usage_warning", "message": "nothing is asked under this path"});
            return Ok(Json(json!({"warning": warning})).into_response());
        };
        let answer = self.ask(&standing, &entry, input, headers);
        let took = begun.elapsed();
        let mut out = Map::new();
        // What is not defined has no result; whoever asks has to take that for a deny.
        if let Some(result) = result(&answer, &member)? {
            out.insert("result".to_owned(), result);
        }
        out.insert("decision_id".to_owned(), Value::String(answer.mark().id.text()));
        if parameter(query, "metrics").is_some_and(|value| value != "false") {
            let nanos = |took: std::time::Duration| u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
            let metrics = json!({
                "timer_rego_query_eval_ns": nanos(took), "timer_server_handler_ns": nanos(begun.elapsed()),
            });
            out.insert("metrics".to_owned(), metrics);
        }
        if parameter(query, "provenance").is_some_and(|value| value != "false") {
            let bundles = json!({"policies": {"revision": standing.policies().revision()}});
            let provenance = json!({"version": env!("CARGO_PKG_VERSION"), "bundles": bundles});
            out.insert("provenance".to_owned(), provenance);
        }
        Ok(http::marked(&answer, Json(Value::Object(out))))
    }

    fn ask(&self, standing: &Standing, entry: &str, input: Option<Value>, headers: &HeaderMap) -> Answer {
        let mut document = Map::new();
        if let Some(Value::Object(input)) = &input {
            // Whoever speaks AuthZEN's words in his input is understood.
            for name in ["subject", "action", "resource", "context"] {
                document.extend(
                    input
                        .get(name)
                        .filter(|part| part.is_object())
                        .map(|part| (name.to_owned(), part.clone())),
                );
            }
        }
        document.extend(input.map(|input| ("input".to_owned(), input)));
        self.asker.ask(standing, entry, Value::Object(document), http::caller(headers))
    }
}

/// The entry that the path begins with, the longest that there is, and what stands behind it.
fn find<'p>(standing: &Standing, path: &'p str) -> Option<(String, Vec<&'p str>)> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    (1..=parts.len()).rev().find_map(|length| {
        let (name, member) = parts.split_at_checked(length)?;
        let name = name.join(".");
        standing.bindings().get(&name).is_some().then(|| (name, member.to_vec()))
    })
}

/// What lies under a path of names.
fn within(value: Value, path: &[&str]) -> Option<Value> {
    path.iter().try_fold(value, |at, name| match at {
        Value::Object(mut object) => object.remove(*name),
        _ => None,
    })
}

/// What lies under a path in the result of an answer. Where there is no result, that is an error.
fn result(answer: &Answer, path: &[&str]) -> Result<Option<Value>, Refused> {
    let allowed = match answer {
        Answer::Allow(_) => true,
        Answer::Block(_) => false,
        Answer::Undetermined(of) => {
            return Err(Refused {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                code: "internal_error",
                message: of.why().to_string(),
                decision: Some(Box::new(answer.clone())),
            });
        }
    };
    // What is asked for most needs no more.
    if let ["allow" | "allowed"] = path {
        return Ok(Some(Value::Bool(allowed)));
    }
    let mut out = told::object(answer);
    out.insert("allow".to_owned(), json!(allowed));
    out.insert("allowed".to_owned(), json!(allowed));
    let headers: Map<String, Value> =
        told::headers(answer).into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    out.insert("headers".to_owned(), Value::Object(headers));
    if !allowed {
        out.insert("http_status".to_owned(), json!(403));
    }
    Ok(within(Value::Object(out), path))
}

/// A parameter of the query, unescaped; one without a value is `true`.
fn parameter(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| match pair.split_once('=') {
        Some((key, value)) => (key == name).then(|| unescaped(value)),
        None => (pair == name).then(|| "true".to_owned()),
    })
}

fn unescaped(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = [bytes.next(), bytes.next()].map(Option::unwrap_or_default);
                let read =
                    std::str::from_utf8(&digits).ok().and_then(|text| u8::from_str_radix(text, 16).ok());
                out.push(read.unwrap_or(b'?'));
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// An error in OPA's shape.
#[derive(Debug)]
struct Refused {
    status: StatusCode,
    code: &'static str,
    message: String,
    decision: Option<Box<Answer>>,
}

impl Refused {
    fn parameter(message: &str) -> Self {
        let message = message.to_owned();
        Self { status: StatusCode::BAD_REQUEST, code: "invalid_parameter", message, decision: None }
    }
}

impl From<BadBody> for Refused {
    fn from(bad: BadBody) -> Self {
        Self { status: bad.status, code: "invalid_parameter", message: bad.message, decision: None }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut body = json!({"code": self.code, "message": self.message});
        match self.decision {
            None => (self.status, Json(body)).into_response(),
            Some(answer) => {
                if let Value::Object(body) = &mut body {
                    body.insert("decision_id".to_owned(), Value::String(answer.mark().id.text()));
                }
                http::marked(&answer, (self.status, Json(body)))
            }
        }
    }
}
