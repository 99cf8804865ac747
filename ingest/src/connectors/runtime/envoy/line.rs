//! One line, whatever its fields are called: in Envoy they are the operator's choice, and these are the names that
//! Istio, Envoy Gateway, the AI gateway and agentgateway use.

use assize::facts::Instant;
use serde_json::Value;

use super::peer;
use crate::fields::{Bad, Fields, missing};
use crate::outcome::Outcome;

const TIME: &[&str] = &["start_time", "time", "timestamp"];
const STATUS: &[&str] = &["response_code", "http.status", "status"];
const METHOD: &[&str] = &["method", ":method", "http.method"];
const HOST: &[&str] = &["authority", ":authority", "host", "http.host"];
const SOURCE: &[&str] = &["downstream_remote_address", "src.addr"];
const REQUEST_ID: &[&str] = &["request_id", "x-request-id", "x_request_id"];
const CERTIFICATE: &[&str] =
    &["x_forwarded_client_cert", "x-forwarded-client-cert", "forwarded_client_cert", "xfcc"];
const MCP_METHOD: &[&str] = &["mcp.method.name", "mcp.method"];
const MCP_SERVER: &[&str] = &["mcp.provider.name", "mcp.backend.name", "mcp.target"];
const TOOL: &[&str] = &["gen_ai.tool.name", "mcp.tool.name", "mcp.resource.name"];
const UPSTREAM: &[&str] = &["gen_ai.provider.name", "upstream_cluster", "endpoint", "upstream_host"];

/// A line that has what every line has.
#[derive(Debug)]
pub struct Line<'a> {
    /// When the request began; with agentgateway, when it ended.
    pub at: Instant,
    /// The same as written.
    pub stamp: String,
    /// The host that was asked for, else the tools' server, else where the proxy sent it.
    pub service: String,
    /// The method: of the protocol inside where there is one, else HTTP's.
    pub action: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The caller's SPIFFE id.
    pub identity: Option<String>,
    /// The caller's address and port.
    pub source: Option<&'a str>,
    /// The caller's address.
    pub source_ip: Option<String>,
    /// The request's id.
    pub request_id: Option<&'a str>,
    /// The id of the call within the request.
    pub rpc_id: Option<&'a str>,
    /// The tools' server.
    server: Option<&'a str>,
    /// The tool's name.
    pub tool: Option<&'a str>,
    /// The protocol's session.
    pub session: Option<&'a str>,
    calls_tool: bool,
}

/// Whether a line is an access log's at all.
pub fn is_line(fields: Fields<'_>) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| fields.has(name));
    has(TIME) && has(STATUS)
}

/// When it was, whatever else is wrong with it.
pub fn time(fields: Fields<'_>) -> Option<Instant> {
    TIME.iter().find_map(|name| fields.instant(name).ok().flatten())
}

impl<'a> Line<'a> {
    /// Reads a line. Paths may hold what is secret and are not read.
    pub fn read(fields: Fields<'a>) -> Result<Self, Bad> {
        let at = time(fields).ok_or_else(|| missing("start_time"))?;
        let stamp = first(fields, TIME)?.unwrap_or_default().to_owned();
        let server = first(fields, MCP_SERVER)?;
        let mcp = first(fields, MCP_METHOD)?;
        let action = match (mcp, first(fields, &["a2a.method"])?, first(fields, METHOD)?) {
            (Some(method), ..) => format!("mcp:{method}"),
            (_, Some(method), _) => format!("a2a:{method}"),
            (.., Some(method)) => method.to_owned(),
            // What is no HTTP has no method.
            (None, None, None) => "connect".to_owned(),
        };
        let host = first(fields, HOST)?.map(|host| without_port(host).to_ascii_lowercase());
        let service = host.or(server.map(str::to_owned)).or(first(fields, UPSTREAM)?.map(str::to_owned));
        let source = first(fields, SOURCE)?;
        let resource = first(fields, &["mcp.resource.type"])?;
        Ok(Self {
            at,
            stamp,
            service: service.ok_or_else(|| missing("authority"))?,
            action,
            outcome: outcome(fields)?,
            identity: identity(fields)?,
            source,
            source_ip: source.map(|source| without_port(source).to_owned()),
            request_id: first(fields, REQUEST_ID)?,
            rpc_id: first(fields, &["jsonrpc.request.id"])?,
            server,
            tool: first(fields, TOOL)?.filter(|_| resource.is_none_or(|kind| kind == "tool")),
            session: first(fields, &["mcp.session.id"])?,
            calls_tool: matches!(mcp, Some("tools/call" | "call_tool")),
        })
    }

    /// The server of the tool that is called, where it is named; `None` where no tool is called.
    pub fn tool_call(&self) -> Option<Option<&'a str>> {
        self.calls_tool.then_some(self.server)
    }
}

/// The first of the names that has a value. Envoy writes `-` for none.
fn first<'a>(fields: Fields<'a>, names: &[&str]) -> Result<Option<&'a str>, Bad> {
    for name in names {
        if let Some(text) = fields.text(name)?.filter(|text| *text != "-") {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

/// By the certificate that this proxy has checked itself, else by the one that was passed on.
fn identity(fields: Fields<'_>) -> Result<Option<String>, Bad> {
    let checked = first(fields, &["downstream_peer_uri_san"])?;
    let own = checked.and_then(|names| names.split(',').find(|name| name.starts_with("spiffe://")));
    match own {
        Some(name) => Ok(Some(name.to_owned())),
        None => Ok(first(fields, CERTIFICATE)?.and_then(peer::spiffe)),
    }
}

/// An address without its port: `10.0.0.1:80`, `[::1]:80`, `host:80`.
fn without_port(address: &str) -> &str {
    if let Some(rest) = address.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    match address.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => address,
    }
}

fn outcome(fields: Fields<'_>) -> Result<Outcome, Bad> {
    let details = first(fields, &["response_code_details"])?.unwrap_or_default();
    let flags = first(fields, &["response_flags"])?.unwrap_or_default();
    let refused = ["rbac_access_denied", "ext_authz_denied", "jwt_authn_access_denied"];
    if refused.iter().any(|word| details.starts_with(word)) || flags.split(',').any(|flag| flag == "UAEX") {
        return Ok(Outcome::Denied);
    }
    if let Some(refused) = grpc(fields)? {
        return Ok(refused);
    }
    let name = STATUS.iter().find(|name| fields.has(name)).ok_or_else(|| missing("response_code"))?;
    let code = match fields.get(name) {
        Some(Value::String(digits)) => digits.parse().ok(),
        Some(value) => value.as_i64(),
        None => None,
    };
    match code {
        // Nothing was answered: the caller went away, or it was no HTTP at all.
        Some(0) => Ok(if flags.is_empty() { Outcome::Success } else { Outcome::Error }),
        Some(code) => Outcome::of_http(code).ok_or_else(|| Bad::field(*name, "is no status of HTTP")),
        None => Err(Bad::field(*name, "is no status of HTTP")),
    }
}

/// What gRPC's own status says, where it is no success: HTTP's is 200 all the same.
fn grpc(fields: Fields<'_>) -> Result<Option<Outcome>, Bad> {
    let Some(value) = fields.get("grpc_status").or(fields.get("grpc_status_number")) else { return Ok(None) };
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(match text.as_str() {
        "-" | "" | "0" | "OK" => None,
        "7" | "16" | "PermissionDenied" | "Unauthenticated" => Some(Outcome::Denied),
        _ => Some(Outcome::Error),
    })
}
