//! nginx's `auth_request`, Caddy's and Traefik's forward-auth: one endpoint that answers 200, 401, 403 or 500
//! and nothing else, for nginx makes 500 of everything else.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::{Map, Value, json};

use super::ask::{Asker, about};
use super::{http, told};
use crate::config::Forward;
use crate::point::{Answer, Point, Why};
use crate::server::Peer;

const HTTP_REQUEST: &str = "HttpRequest";

#[derive(Debug)]
struct Proxies {
    asker: Asker,
    config: Forward,
}

/// The routes.
pub(super) fn routes(point: &Arc<Point>, config: &Forward) -> Router {
    let proxies = Proxies { asker: Asker::new(point, "forward_auth"), config: config.clone() };
    Router::new()
        .route("/v1/authz", any(default))
        .route("/v1/authz/{*entry}", any(named))
        .with_state(Arc::new(proxies))
}

async fn default(State(proxies): State<Arc<Proxies>>, peer: Extension<Peer>, request: Request) -> Response {
    proxies.answer(None, *peer, request.headers())
}

async fn named(
    State(proxies): State<Arc<Proxies>>,
    Path(entry): Path<String>,
    peer: Extension<Peer>,
    request: Request,
) -> Response {
    proxies.answer(Some(&entry), *peer, request.headers())
}

impl Proxies {
    fn answer(&self, entry: Option<&str>, peer: Peer, headers: &HeaderMap) -> Response {
        let trusted = match peer.address {
            Some(address) => self.config.trusted.iter().any(|network| network.has(address)),
            None => true,
        };
        if !trusted {
            let text =
                "whoever asks here tells of other people's requests; name him in `[forward] trusted`\n";
            return (StatusCode::FORBIDDEN, text).into_response();
        }
        let caller = http::caller(headers);
        let standing = self.asker.point.standing();
        let entry = entry.unwrap_or_else(|| about(&standing, HTTP_REQUEST));
        let answer = match document(headers) {
            Ok(document) => self.asker.ask(&standing, entry, document, caller),
            Err(why) => self.asker.refuse(entry, why, caller),
        };
        let status = match &answer {
            Answer::Allow(_) => StatusCode::OK,
            Answer::Block(_) => StatusCode::FORBIDDEN,
            Answer::Undetermined(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        http::marked(&answer, (status, told::for_callers(&answer)))
    }
}

/// The original request, as the proxy tells of it. A client may send such headers himself, and some proxies
/// pass them on: where two stories are told, none is believed.
fn document(headers: &HeaderMap) -> Result<Value, Why> {
    let one = |name: &str| -> Result<Option<&str>, Why> {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => value
                .to_str()
                .map(|text| Some(text).filter(|text| !text.is_empty()))
                .map_err(|_| Why::Unreadable("a header of the proxy is no text".to_owned())),
            (Some(_), Some(_)) => Err(Why::Contradiction("a header about the original request stands twice")),
        }
    };
    let nginx = (one("x-original-uri")?, one("x-original-method")?);
    let others = (one("x-forwarded-uri")?, one("x-forwarded-method")?);
    let (uri, method) = match (nginx, others) {
        ((None, None), told) => told,
        (told, (None, None)) => told,
        _ => {
            let both =
                "both X-Original-… and X-Forwarded-… tell of the original request; have the proxy clear one";
            return Err(Why::Contradiction(both));
        }
    };
    let Some(uri) = uri else {
        let missing = "neither X-Original-URI nor X-Forwarded-Uri says which request it is about";
        return Err(Why::Unreadable(missing.to_owned()));
    };
    let (path, query) = match uri.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (uri, None),
    };
    let mut told = Map::new();
    let mut put = |name: &str, value: Option<&str>| {
        told.extend(value.map(|value| (name.to_owned(), json!(value))));
    };
    put("path", Some(path));
    put("method", method);
    put("host", one("x-forwarded-host")?);
    put("scheme", one("x-forwarded-proto")?);
    told.insert("query".to_owned(), json!(query));
    let mut source = Map::new();
    // The nearest address is the last: those before it are the client's own word.
    if let Some(address) = one("x-forwarded-for")?.and_then(|all| all.rsplit(',').next()) {
        source.insert("ip".to_owned(), json!(address.trim()));
    }
    let mut all = Map::new();
    for name in headers.keys() {
        let values: Vec<&str> =
            headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        all.insert(name.as_str().to_owned(), json!(values.join(",")));
    }
    told.insert("headers".to_owned(), Value::Object(all));
    Ok(json!({"http": told, "source": source, "context": {}}))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn told(headers: &[(&str, &str)]) -> String {
        let map: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect();
        let mut map = map;
        for (name, value) in headers {
            if headers.iter().filter(|(other, _)| other == name).count() > 1 {
                map.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
            }
        }
        match document(&map) {
            Ok(document) => {
                let http = &document["http"];
                format!("{} {} {} {}", http["method"], http["path"], http["query"], document["source"]["ip"])
            }
            Err(why) => why.to_string(),
        }
    }

    #[test]
    fn one_story_is_believed_and_two_are_not() {
        let nginx = [("x-original-uri", "/a?b=1"), ("x-original-method", "POST")];
        assert_eq!(told(&nginx), r#""POST" "/a" "b=1" null"#);
        let caddy = [
            ("x-forwarded-uri", "/a"),
            ("x-forwarded-method", "GET"),
            ("x-forwarded-for", "203.0.113.1, 10.0.0.9"),
        ];
        assert_eq!(told(&caddy), r#""GET" "/a" null "10.0.0.9""#);
        let both = [("x-original-uri", "/a"), ("x-forwarded-uri", "/admin")];
        assert!(told(&both).starts_with("the gateway contradicts itself: both X-Original-…"));
        let cleared = [("x-original-uri", "/a"), ("x-forwarded-uri", ""), ("x-forwarded-method", "")];
        assert_eq!(told(&cleared), r#"null "/a" null null"#);
        let twice = [("x-original-uri", "/a"), ("x-original-uri", "/b")];
        assert!(told(&twice).contains("stands twice"));
        assert!(told(&[]).contains("neither X-Original-URI nor X-Forwarded-Uri"));
    }
}
