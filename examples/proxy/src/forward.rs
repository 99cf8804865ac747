//! What is asked about, and what goes on.

use std::sync::Arc;

use assize::Keeper;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::gate::{Call, Fate, decide};
use crate::now;

/// Who calls. A real proxy takes it from a verified certificate or token; here whoever calls says so.
const CLIENT: HeaderName = HeaderName::from_static("x-client");
/// What the service is told to write down.
const AUDIT: HeaderName = HeaderName::from_static("x-audit");

/// What all requests share.
#[derive(Debug)]
pub struct Proxy {
    keeper: Keeper,
    upstream: String,
    client: Client<HttpConnector, Body>,
}

impl Proxy {
    pub fn new(keeper: Keeper, upstream: String) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { keeper, upstream, client }
    }
}

/// Asks about a request, and lets it pass or answers it.
pub async fn pass(State(proxy): State<Arc<Proxy>>, mut request: Request) -> Response {
    let path = request.uri().path();
    if !is_plain(path) {
        return (StatusCode::BAD_REQUEST, "the path can be read in two ways\n").into_response();
    }
    let client = request.headers().get(&CLIENT).and_then(|client| client.to_str().ok());
    let call = Call { client, method: request.method().as_str(), path };
    match decide(&proxy.keeper, &call, now()) {
        Fate::Stop(why) => (StatusCode::FORBIDDEN, format!("{why}\n")).into_response(),
        Fate::Open(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
        Fate::Pass { audit } => {
            request.headers_mut().remove(&AUDIT);
            if let Some(audit) = audit.and_then(|audit| HeaderValue::try_from(audit).ok()) {
                request.headers_mut().insert(AUDIT, audit);
            }
            send(&proxy, request).await
        }
    }
}

/// Whether everybody reads the path alike: what is decided about is what the service gets.
fn is_plain(path: &str) -> bool {
    let dots = path.split('/').any(|part| part == "." || part == "..");
    path.starts_with('/') && !dots && !path.contains("//") && !path.contains(['%', '\\', ';'])
}

async fn send(proxy: &Proxy, mut request: Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let Ok(uri) = Uri::try_from(format!("http://{}{path}", proxy.upstream)) else {
        return (StatusCode::BAD_GATEWAY, "the upstream is no address\n").into_response();
    };
    *request.uri_mut() = uri;
    own(request.headers_mut());
    request.headers_mut().remove(header::HOST);
    match proxy.client.request(request).await {
        Ok(response) => {
            let mut response = response.map(Body::new);
            own(response.headers_mut());
            response
        }
        Err(error) => (StatusCode::BAD_GATEWAY, format!("{error}\n")).into_response(),
    }
}

/// Takes away what holds for one connection only.
fn own(headers: &mut HeaderMap) {
    for name in [header::CONNECTION, header::TE, header::TRAILER, header::TRANSFER_ENCODING, header::UPGRADE]
    {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}
