//! The page: what stands, what changes, why, and who watched. Plain files, nothing from elsewhere.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

/// What the page may do: load its own files and ask its own server. No script but its own, no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The files, which hold nothing that anybody would have to be kept from.
pub fn router() -> Router {
    Router::new()
        .route("/ui", get(|| async { Redirect::permanent("/ui/") }))
        .route("/ui/", get(|| async { file(include_str!("index.html"), "text/html; charset=utf-8") }))
        .route("/ui/style.css", get(|| async { file(include_str!("style.css"), "text/css; charset=utf-8") }))
        .route("/ui/page.js", get(|| async { script(include_str!("page.js")) }))
        .route("/ui/decisions.js", get(|| async { script(include_str!("decisions.js")) }))
        .route("/ui/why.js", get(|| async { script(include_str!("why.js")) }))
        .route("/ui/coverage.js", get(|| async { script(include_str!("coverage.js")) }))
}

fn script(text: &'static str) -> Response {
    file(text, "text/javascript; charset=utf-8")
}

fn file(text: &'static str, kind: &'static str) -> Response {
    let mut response = ([(header::CONTENT_TYPE, kind)], text).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-cache"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
