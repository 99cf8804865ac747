//! What Envoy sends, as a document.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::adapters::mcp::{self, Call};
use crate::adapters::{json as strict, protobuf};
use crate::proto::ext_authz::{AttributeContext, CheckRequest, HttpRequest};

/// The MCP filter's name space.
const MCP: &str = "envoy.filters.http.mcp";
/// The JWT filter's.
const JWT: &str = "envoy.filters.http.jwt_authn";
/// Says that the body is not all of it.
const PARTIAL: &str = "x-envoy-auth-partial-body";

/// What a check asks.
pub(super) enum Asked {
    /// Whether an MCP call may pass.
    Call(Call),
    /// Whether an HTTP request may pass.
    Http(Value),
    /// A part of it is missing, and nobody knows what stands there.
    Truncated(&'static str),
    /// It is no HTTP request.
    Nothing,
}

/// The entry that the route names.
pub(super) fn entry(check: &CheckRequest) -> Option<&str> {
    let extensions = &check.attributes.as_ref()?.context_extensions;
    extensions.get("entry").or_else(|| extensions.get("policy")).map(String::as_str)
}

/// The value of a header.
pub(super) fn header(check: &CheckRequest, name: &str) -> Option<String> {
    let http = check.attributes.as_ref()?.request.as_ref()?.http.as_ref()?;
    headers(http).remove(name)
}

/// Reads a check.
pub(super) fn read(check: CheckRequest) -> Asked {
    let Some(attributes) = check.attributes else { return Asked::Nothing };
    let mut metadata: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for (space, of) in attributes.metadata_context.iter().flat_map(|context| &context.filter_metadata) {
        metadata.insert(space, protobuf::object(of));
    }
    let mcp = metadata.remove(MCP);
    let Some(http) = attributes.request.as_ref().and_then(|request| request.http.as_ref()) else {
        return Asked::Nothing;
    };
    let headers = headers(http);
    let around = around(&attributes, &metadata);
    if let Some(mcp) = mcp.filter(|mcp| mcp.get("is_mcp_request") != Some(&Value::Bool(false))) {
        return call(mcp, around);
    }
    let (path, query) = match http.path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (http.path.as_str(), None),
    };
    let mut said = json!({
        "method": http.method, "path": path, "host": http.host, "scheme": http.scheme,
        "protocol": http.protocol, "query": query,
    });
    let partial = headers.get(PARTIAL).is_some_and(|said| said == "true");
    if let Value::Object(said) = &mut said {
        if http.size >= 0 {
            said.insert("size".to_owned(), json!(http.size));
        }
        if !partial && let Some(body) = body(http) {
            said.insert("body".to_owned(), body);
        }
        let headers = headers.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
        said.insert("headers".to_owned(), Value::Object(headers));
    }
    let mut document = around;
    document.insert("http".to_owned(), said);
    mcp::on_behalf(&mut document);
    Asked::Http(Value::Object(document))
}

/// What the gateway says of who asks: the route, the peer, the claims of a token that it verified.
fn around(
    attributes: &AttributeContext,
    metadata: &BTreeMap<&str, Map<String, Value>>,
) -> Map<String, Value> {
    let mut out = Map::new();
    let claims = metadata.get(JWT).map(|of| {
        // The filter puts the claims under a name of its configuration.
        let nested = of.values().find(|value| value.get("sub").is_some() || value.get("iss").is_some());
        nested.cloned().unwrap_or_else(|| Value::Object(of.clone()))
    });
    let (mut subject, mut context) = claims.as_ref().map(mcp::claims).unwrap_or_default();
    let principal = attributes.source.as_ref().map(|peer| peer.principal.as_str()).unwrap_or_default();
    let mut source = Map::new();
    if !principal.is_empty() {
        source.insert("principal".to_owned(), json!(principal));
        subject = subject.or_else(|| Some(json!({"type": "identity", "id": principal})));
    }
    let address = attributes.source.as_ref().and_then(|peer| peer.address.as_ref()?.socket_address.as_ref());
    if let Some(address) = address {
        source.insert("ip".to_owned(), json!(address.address));
        source.insert("port".to_owned(), json!(address.port_value));
    }
    for (name, value) in &attributes.context_extensions {
        context.insert(name.clone(), json!(value));
    }
    let caller = context.get("agent").cloned().or_else(|| subject.as_ref()?.get("id").cloned());
    // Whoever shows nothing is known to be nobody; with a token that names nobody, nobody knows.
    match caller {
        Some(caller) => drop(out.insert("caller".to_owned(), caller)),
        None if claims.is_none() => drop(out.insert("caller".to_owned(), Value::Null)),
        None => {}
    }
    out.extend(subject.map(|subject| ("subject".to_owned(), subject)));
    out.extend(claims.map(|claims| ("jwt".to_owned(), claims)));
    out.insert("source".to_owned(), Value::Object(source));
    out.insert("context".to_owned(), Value::Object(context));
    let metadata =
        metadata.iter().map(|(space, of)| ((*space).to_owned(), Value::Object(of.clone()))).collect();
    out.insert("metadata".to_owned(), Value::Object(metadata));
    out
}

fn call(mut mcp: Map<String, Value>, around: Map<String, Value>) -> Asked {
    // The filter reads so many bytes of a body and no more: what it did not read is not absent.
    let cut = |mcp: &Map<String, Value>| {
        let marked = ["is_exceeding_limit", "is_truncated", "is_partial"];
        let said = marked.iter().any(|name| mcp.get(*name) == Some(&Value::Bool(true)));
        said || mcp.get("status").is_some_and(|status| status != "mcp_ok")
    };
    if cut(&mcp) {
        return Asked::Truncated("the MCP call");
    }
    let Some(Value::String(method)) = mcp.remove("method") else {
        return Asked::Truncated("the MCP call");
    };
    let params = mcp.remove("params").unwrap_or(Value::Null);
    let server = around.get("context").and_then(|context| context.get("mcp_server")?.as_str());
    let server = server.map(str::to_owned);
    Asked::Call(Call { method, params, server, around })
}

/// Headers by name in lower case, those of the same name joined as HTTP says.
fn headers(http: &HttpRequest) -> BTreeMap<String, String> {
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    let raw = http.header_map.iter().flat_map(|map| &map.headers).map(|header| {
        let value = if header.raw_value.is_empty() {
            header.value.clone()
        } else {
            String::from_utf8_lossy(&header.raw_value).into_owned()
        };
        (header.key.to_ascii_lowercase(), value)
    });
    let merged = http.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    for (name, value) in merged.chain(raw) {
        match out.get_mut(&name) {
            Some(former) => {
                former.push(',');
                former.push_str(&value);
            }
            None => drop(out.insert(name, value)),
        }
    }
    out
}

/// The body, where it is JSON.
fn body(http: &HttpRequest) -> Option<Value> {
    let bytes = if http.raw_body.is_empty() { http.body.as_bytes() } else { &http.raw_body };
    strict::read(bytes).ok()
}
