//! Too much, too slow, too many: refused with a status, never with a broken connection where it can be helped.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::Limited;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The longest body, and the longest time until the answer begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    pub(super) body: usize,
    pub(super) time: Duration,
}

impl Most {
    /// What is answered where a request says itself that it is too long.
    pub(super) fn refuses(self, request: &Request) -> Option<Response> {
        let said = request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse::<usize>().ok()?;
        (said > self.body).then(|| (StatusCode::PAYLOAD_TOO_LARGE, "the body is too long\n").into_response())
    }

    /// The request with a body that ends, whatever it says of itself.
    pub(super) fn bounded(self, request: Request) -> Request {
        request.map(|body| Body::new(Limited::new(body, self.body)))
    }

    /// The answer, or that it took too long.
    pub(super) async fn of_time(self, answer: impl Future<Output = Response>) -> Response {
        match tokio::time::timeout(self.time, answer).await {
            Ok(response) => response,
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the request took too long\n").into_response(),
        }
    }
}

/// How many requests may be in work.
#[derive(Clone, Debug)]
pub(super) struct Work(Arc<Semaphore>);

impl Work {
    pub(super) fn new(requests: usize) -> Self {
        Self(Arc::new(Semaphore::new(requests.min(Semaphore::MAX_PERMITS))))
    }

    /// Room for one more, where there is any.
    pub(super) fn one(&self) -> Option<SemaphorePermit<'_>> {
        self.0.try_acquire().ok()
    }

    /// What is answered where there is none: at once, for whoever waits would be too late anyhow.
    pub(super) fn full() -> Response {
        let wait = [(RETRY_AFTER, HeaderValue::from_static("1"))];
        (StatusCode::SERVICE_UNAVAILABLE, wait, "too many requests are in work\n").into_response()
    }
}
