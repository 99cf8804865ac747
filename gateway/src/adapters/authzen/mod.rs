//! OpenID AuthZEN Authorization API 1.0: evaluation, evaluations, search, metadata.

mod batch;
mod read;
mod search;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde_json::{Map, Value, json};

use super::ask::{Asker, about};
use super::json::{self as strict, BadBody};
use super::{http, told};
use crate::config::AuthZen;
use crate::point::{Answer, Point, Standing};

/// The type of request that an evaluation is, where it is no call of a tool.
const ACCESS: &str = "AccessRequest";
/// The type of request that a call of a tool is.
const TOOL_CALL: &str = "ToolCall";

#[derive(Debug)]
struct Pdp {
    asker: Asker,
    config: AuthZen,
}

/// The routes.
pub(super) fn routes(point: &Arc<Point>, config: &AuthZen) -> Router {
    let pdp = Pdp { asker: Asker::new(point, "authzen"), config: config.clone() };
    Router::new()
        .route("/access/v1/evaluation", post(evaluation))
        .route("/access/v1/evaluations", post(batch::evaluations))
        .route("/access/v1/search/subject", post(search::subject))
        .route("/access/v1/search/resource", post(search::resource))
        .route("/access/v1/search/action", post(search::action))
        .route("/.well-known/authzen-configuration", get(metadata))
        .layer(middleware::from_fn(echo))
        .with_state(Arc::new(pdp))
}

/// Answers under the name that the caller gave his request.
async fn echo(request: Request, next: Next) -> Response {
    let id = request.headers().get(http::REQUEST_ID).cloned();
    let mut response = next.run(request).await;
    if let Some(id) = id {
        response.headers_mut().insert(HeaderName::from_static(http::REQUEST_ID), id);
    }
    response
}

/// The object that was sent. Whatever is wrong with it is 400, as the certification has it.
async fn object(headers: &HeaderMap, body: Body) -> Result<Map<String, Value>, BadBody> {
    let bad = |message: &str| BadBody { status: StatusCode::BAD_REQUEST, message: message.to_owned() };
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(bad("the Content-Type is not application/json"));
    }
    match strict::read(&strict::bytes(body).await?)? {
        Value::Object(object) => Ok(object),
        _ => Err(bad("the body is not an object")),
    }
}

async fn evaluation(
    State(pdp): State<Arc<Pdp>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, BadBody> {
    let request = object(&headers, body).await?;
    pdp.single(&request, &headers)
}

impl Pdp {
    /// One decision: what cannot be told is an error of the server.
    fn single(&self, request: &Map<String, Value>, headers: &HeaderMap) -> Result<Response, BadBody> {
        let asked = read::evaluation(request)?;
        let standing = self.asker.point.standing();
        let answer = self.decide(&standing, asked, headers);
        let response = match &answer {
            Answer::Allow(_) => Json(decided(true, &answer)).into_response(),
            Answer::Block(_) => Json(decided(false, &answer)).into_response(),
            Answer::Undetermined(of) => {
                (StatusCode::INTERNAL_SERVER_ERROR, format!("{}\n", of.why())).into_response()
            }
        };
        Ok(http::marked(&answer, response))
    }

    fn decide(&self, standing: &Standing, document: Map<String, Value>, headers: &HeaderMap) -> Answer {
        let entry = self.entry(standing, &document).to_owned();
        self.asker.ask(standing, &entry, Value::Object(document), http::caller(headers))
    }

    /// Which entry is asked: the configured one; the one for calls of tools, where it is one; else the one for
    /// `AccessRequest`.
    fn entry<'s>(&'s self, standing: &'s Standing, document: &Map<String, Value>) -> &'s str {
        if let Some(entry) = &self.config.entry {
            return entry;
        }
        let text = |of: &str, name: &str| document.get(of).and_then(|of| of.get(name)?.as_str());
        let call = text("action", "name") == Some("tools/call") && text("resource", "type") == Some("tool");
        about(standing, if call { TOOL_CALL } else { ACCESS })
    }
}

/// A decision as the interface has it.
fn decided(decision: bool, answer: &Answer) -> Value {
    let mut context = told::object(answer);
    context.remove("decision");
    if let Answer::Block(block) = answer {
        context.insert("reason_admin".to_owned(), json!({"en": block.because()}));
    }
    json!({"decision": decision, "context": context})
}

async fn metadata(State(pdp): State<Arc<Pdp>>, headers: HeaderMap) -> Response {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let base = match (&pdp.config.url, host) {
        (Some(url), _) => url.trim_end_matches('/').to_owned(),
        (None, Some(host)) => format!("https://{host}"),
        (None, None) => return (StatusCode::NOT_FOUND, "`[authzen] url` is not set\n").into_response(),
    };
    let at = |path: &str| json!(format!("{base}/access/v1/{path}"));
    Json(json!({
        "policy_decision_point": base,
        "access_evaluation_endpoint": at("evaluation"),
        "access_evaluations_endpoint": at("evaluations"),
        "search_subject_endpoint": at("search/subject"),
        "search_resource_endpoint": at("search/resource"),
        "search_action_endpoint": at("search/action"),
    }))
    .into_response()
}
