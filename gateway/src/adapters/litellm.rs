//! LiteLLM's generic guardrail: before a model is called, and when it wants to call tools.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::post;
use serde_json::{Map, Value, json};

use super::ask::{Asker, about};
use super::json::{self as strict, BadBody};
use super::{http, told};
use crate::point::{Answer, Point};

/// The type of request that a call of a model is.
const MODEL_CALL: &str = "ModelCall";
/// The type of request that a call of a tool is.
const TOOL_CALL: &str = "ToolCall";
/// How many calls of tools one message may make.
const MOST: usize = 256;

/// The routes.
pub(super) fn routes(point: &Arc<Point>) -> Router {
    let asker = Asker::new(point, "litellm");
    Router::new().route("/beta/litellm_basic_guardrail_api", post(guard)).with_state(asker)
}

async fn guard(State(asker): State<Asker>, headers: HeaderMap, body: Body) -> Result<Response, BadBody> {
    let bad = |message: &str| BadBody { status: StatusCode::BAD_REQUEST, message: message.to_owned() };
    let Value::Object(request) = strict::read(&strict::bytes(body).await?)? else {
        return Err(bad("the body is not an object"));
    };
    let kind = request.get("input_type").and_then(Value::as_str);
    if !matches!(kind, Some("request" | "response")) {
        return Err(bad("`input_type` is neither `request` nor `response`"));
    }
    let calls = match request.get("tool_calls") {
        None | Some(Value::Null) => &Vec::new(),
        Some(Value::Array(calls)) if calls.len() <= MOST => calls,
        Some(_) => return Err(bad("`tool_calls` is no list, or too long a one")),
    };
    let standing = asker.point.standing();
    let mut caller = http::caller(&headers);
    let id = request.get("litellm_call_id").and_then(Value::as_str);
    caller.request_id = id.or(caller.request_id);
    let around = around(&request);
    let mut answers = Vec::new();
    for call in calls {
        let name = call.get("function").and_then(|function| function.get("name")?.as_str());
        let name = name.ok_or_else(|| bad("a call of `tool_calls` names no function"))?;
        let mut document = around.clone();
        document.insert("action".to_owned(), json!({"name": "tools/call"}));
        document.insert("resource".to_owned(), json!({"type": "tool", "id": name}));
        let entry = about(&standing, TOOL_CALL);
        answers.push(asker.ask(&standing, entry, Value::Object(document), caller));
    }
    if kind == Some("request") {
        let mut document = around;
        let model = request.get("model").cloned();
        document.insert("action".to_owned(), json!({"name": "model/call"}));
        document.insert("resource".to_owned(), json!({"type": "model", "id": model}));
        document.insert("context".to_owned(), context(&request, document.get("context")));
        let entry = about(&standing, MODEL_CALL);
        answers.push(asker.ask(&standing, entry, Value::Object(document), caller));
    }
    if answers.is_empty() {
        // A response that calls no tool: nobody is asked about words.
        answers.push(asker.pass("response", caller));
    }
    Ok(reply(&answers))
}

/// Who asks, as the proxy has found out.
fn around(request: &Map<String, Value>) -> Map<String, Value> {
    let data = request.get("request_data");
    let of = |names: &[&str]| {
        names.iter().find_map(|name| data?.get(*name)?.as_str()).filter(|text| !text.is_empty())
    };
    let agent = of(&["user_api_key_alias", "user_api_key_user_id", "user_api_key_hash"]);
    let person = of(&["user_api_key_end_user_id"]);
    let mut out = Map::new();
    out.extend(agent.map(|agent| ("subject".to_owned(), json!({"type": "identity", "id": agent}))));
    let mut context = Map::new();
    context.extend(agent.map(|agent| ("agent".to_owned(), json!(agent))));
    context.extend(person.map(|person| ("on_behalf_of".to_owned(), json!(person))));
    out.insert("context".to_owned(), Value::Object(context));
    out
}

/// What is asked of a model, without the words themselves.
fn context(request: &Map<String, Value>, former: Option<&Value>) -> Value {
    let mut out = former.and_then(Value::as_object).cloned().unwrap_or_default();
    let tools = request.get("tools").and_then(Value::as_array);
    let names: Option<Vec<&str>> = tools
        .map(|tools| tools.iter().filter_map(|tool| tool.get("function")?.get("name")?.as_str()).collect());
    out.extend(names.map(|names| ("tools".to_owned(), json!(names))));
    out.extend(request.get("model").map(|model| ("model".to_owned(), model.clone())));
    Value::Object(out)
}

fn reply(answers: &[Answer]) -> Response {
    let find = |wanted: &str| answers.iter().find(|answer| answer.word() == wanted);
    let found = find("block").or_else(|| find("undetermined")).or_else(|| answers.first());
    let Some(answer) = found else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let text = told::for_callers(answer);
    match answer {
        Answer::Allow(_) => http::marked(answer, Json(json!({"action": "NONE"}))),
        Answer::Block(_) => {
            http::marked(answer, Json(json!({"action": "BLOCKED", "blocked_reason": text.trim_end()})))
        }
        Answer::Undetermined(_) => http::marked(answer, (StatusCode::SERVICE_UNAVAILABLE, text)),
    }
}
