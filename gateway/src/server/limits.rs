//! Too much, too slow, too many: refused with a status, never with a broken connection where it can be helped.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::Limited;
use tokio::sync::Semaphore;

/// The longest body, and the longest time until the answer begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    pub(super) body: usize,
    pub(super) time: Duration,
}

/// Lets a request go on with a body that ends, and ends it where it takes too long.
pub(super) async fn most(State(most): State<Most>, request: Request, next: Next) -> Response {
    let said =
        request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if said.is_some_and(|said| said > most.body) {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the body is too long\n").into_response();
    }
    let request = request.map(|body| Body::new(Limited::new(body, most.body)));
    match tokio::time::timeout(most.time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the request took too long\n").into_response(),
    }
}

/// How many requests may be in work.
#[derive(Clone, Debug)]
pub(super) struct Work(Arc<Semaphore>);

impl Work {
    pub(super) fn new(requests: usize) -> Self {
        Self(Arc::new(Semaphore::new(requests.min(Semaphore::MAX_PERMITS))))
    }
}

/// Refuses a request at once where too many are in work: whoever waits would be too late anyhow.
pub(super) async fn few(State(work): State<Work>, request: Request, next: Next) -> Response {
    let Ok(_permit) = work.0.try_acquire() else {
        let wait = [(RETRY_AFTER, HeaderValue::from_static("1"))];
        return (StatusCode::SERVICE_UNAVAILABLE, wait, "too many requests are in work\n").into_response();
    };
    next.run(request).await
}
