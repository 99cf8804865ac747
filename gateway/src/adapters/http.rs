//! What the adapters that speak HTTP have in common.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use super::ask::Caller;
use super::json::BadBody;
use super::told;
use crate::point::Answer;

/// What callers call their requests.
pub(super) const REQUEST_ID: &str = "x-request-id";

/// What a caller says of his request.
pub(super) fn caller(headers: &HeaderMap) -> Caller<'_> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    Caller { request_id: text(REQUEST_ID), trace: text("traceparent") }
}

/// Adds what is told of an answer in headers.
pub(super) fn marked(answer: &Answer, response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    for (name, value) in told::headers(answer) {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

impl IntoResponse for BadBody {
    fn into_response(self) -> Response {
        (self.status, format!("{}\n", self.message)).into_response()
    }
}
