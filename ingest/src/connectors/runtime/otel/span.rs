//! One span, and the tool call that it may be.

use assize::facts::Instant;
use serde_json::Value;

use super::attributes::Attributes;
use crate::fields::{Bad, Fields, missing};
use crate::outcome::Outcome;
use crate::{Plaintext, SiteKey, time};

/// Whose side of a call a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The agent's.
    Caller,
    /// The server's that offers the tool.
    Server,
}

/// A call of a tool.
#[derive(Clone, Debug)]
pub struct Call {
    /// Whose side it is.
    pub side: Side,
    /// The tool's name.
    pub tool: String,
    /// The server: what the caller says of its address, or its own service's name.
    pub server: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// The protocol's session, else the conversation.
    pub session: Option<String>,
    /// The digest of the arguments.
    pub arguments: Option<String>,
}

/// A span that has what every span has.
#[derive(Clone, Debug)]
pub struct Span {
    /// Trace and span.
    pub id: (String, String),
    /// The span that it is within.
    pub parent: Option<String>,
    /// When it began.
    pub at: Instant,
    /// The agent that it says it is of.
    pub agent: Option<String>,
    /// The service that wrote it.
    pub service: Option<String>,
    /// Whether it says that of all like it none was left out by sampling.
    pub unsampled: bool,
    /// The call, where it is one.
    pub call: Option<Call>,
}

impl Span {
    /// Reads a span. Of prompts, answers, arguments and results nothing is kept but the digest of the arguments.
    pub fn read(fields: Fields<'_>, resource: Attributes<'_>, site_key: &SiteKey) -> Result<Self, Bad> {
        let id = (
            fields.need_text("traceId")?.to_ascii_lowercase(),
            fields.need_text("spanId")?.to_ascii_lowercase(),
        );
        let at = nanos(fields, "startTimeUnixNano")?.ok_or_else(|| missing("startTimeUnixNano"))?;
        let attributes = Attributes::of(Some(fields))?;
        let service = service(resource);
        let agent = attributes.text("gen_ai.agent.id").or_else(|| resource.text("gen_ai.agent.id"));
        Ok(Self {
            id,
            parent: fields.text("parentSpanId")?.map(str::to_ascii_lowercase),
            at,
            agent,
            unsampled: fields.text("traceState")?.is_some_and(is_unsampled),
            call: call(fields, attributes, service.as_deref(), site_key)?,
            service,
        })
    }
}

/// Nanoseconds, which OTLP writes as a text and some writers as a number.
fn nanos(fields: Fields<'_>, name: &str) -> Result<Option<Instant>, Bad> {
    let count = match fields.get(name) {
        None => return Ok(None),
        Some(Value::String(digits)) => digits.parse::<i64>().ok(),
        Some(value) => value.as_i64(),
    };
    count.map(|count| Some(time::nanos(count))).ok_or_else(|| Bad::field(name, "is no count of nanoseconds"))
}

/// `NAMESPACE/NAME`, or the name alone. A service that was not told its name has none.
fn service(resource: Attributes<'_>) -> Option<String> {
    let name = resource.text("service.name").filter(|name| !name.starts_with("unknown_service"))?;
    Some(match resource.text("service.namespace") {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name,
    })
}

/// Whether a trace state says that the sampler's threshold is nought: `ot=th:0`.
fn is_unsampled(state: &str) -> bool {
    let ours = state.split(',').find_map(|entry| entry.trim().strip_prefix("ot="));
    ours.is_some_and(|ours| ours.split(';').any(|it| it == "th:0"))
}

fn call(
    fields: Fields<'_>,
    attributes: Attributes<'_>,
    service: Option<&str>,
    site_key: &SiteKey,
) -> Result<Option<Call>, Bad> {
    let executes = attributes.text("gen_ai.operation.name").as_deref() == Some("execute_tool");
    let calls = attributes.text("mcp.method.name").as_deref() == Some("tools/call");
    if !executes && !calls {
        return Ok(None);
    }
    let side = if is_server(fields)? { Side::Server } else { Side::Caller };
    let named = || {
        fields.text("name").ok().flatten().and_then(|name| name.split_once(' ')).map(|(_, it)| it.to_owned())
    };
    let tool =
        attributes.text("gen_ai.tool.name").or_else(named).ok_or_else(|| missing("gen_ai.tool.name"))?;
    let server = match side {
        Side::Server => service.map(str::to_owned),
        Side::Caller => attributes.text("server.address"),
    };
    let session = attributes.text("mcp.session.id").or_else(|| attributes.text("gen_ai.conversation.id"));
    Ok(Some(Call {
        side,
        tool,
        server,
        outcome: outcome(fields, attributes)?,
        session,
        arguments: attributes.value("gen_ai.tool.call.arguments").and_then(|it| digest(&it, site_key)),
    }))
}

/// Kinds are numbers in OTLP's JSON, and names with some writers. 2 is a server.
fn is_server(fields: Fields<'_>) -> Result<bool, Bad> {
    match fields.get("kind") {
        None => Ok(false),
        Some(Value::String(name)) => Ok(name == "SPAN_KIND_SERVER"),
        Some(value) => match value.as_i64() {
            Some(kind @ 0..=5) => Ok(kind == 2),
            _ => Err(Bad::field("kind", "is none of the kinds of spans")),
        },
    }
}

fn outcome(fields: Fields<'_>, attributes: Attributes<'_>) -> Result<Outcome, Bad> {
    let kind = attributes.text("error.type").map(|kind| kind.to_ascii_lowercase());
    let failed = match fields.get("status.code") {
        None => false,
        Some(Value::String(name)) => name == "STATUS_CODE_ERROR",
        Some(value) => match value.as_i64() {
            Some(code @ 0..=2) => code == 2,
            _ => return Err(Bad::field("status.code", "is none of the codes of a span")),
        },
    };
    let refused = |kind: &str| {
        let words = ["denied", "forbidden", "unauthorized", "unauthenticated"];
        kind == "401" || kind == "403" || words.iter().any(|word| kind.contains(word))
    };
    Ok(match kind {
        Some(kind) if refused(&kind) => Outcome::Denied,
        Some(_) => Outcome::Error,
        None if failed => Outcome::Error,
        None => Outcome::Success,
    })
}

/// A keyed digest of a value, whatever its spelling.
fn digest(value: &Value, site_key: &SiteKey) -> Option<String> {
    let text = value.to_string();
    Plaintext::new(&text).map(|text| site_key.fingerprint(&text))
}
