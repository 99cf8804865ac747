//! Calls of the Model Context Protocol as requests, by AuthZEN's mapping for it, whichever gateway sends them.

use serde_json::{Map, Value, json};

use super::ask::{Asker, Caller, about};
use crate::point::{Answer, Why};

/// The type of request that `tools/call` is.
const TOOL_CALL: &str = "ToolCall";
/// The type of request that every other method is, where policies decide it.
const REQUEST: &str = "McpRequest";

/// A call, as a gateway tells of it.
#[derive(Debug, Default)]
pub(super) struct Call {
    /// JSON-RPC's: `tools/call`.
    pub(super) method: String,
    /// JSON-RPC's `params`.
    pub(super) params: Value,
    /// The server that it is for, where the gateway says so.
    pub(super) server: Option<String>,
    /// What else the gateway says: claims of a token, the peer, `context`.
    pub(super) around: Map<String, Value>,
}

impl Asker {
    /// What becomes of a call.
    pub(super) fn call(&self, call: Call, entry: Option<&str>, caller: Caller<'_>) -> Answer {
        let standing = self.point.standing();
        let method = call.method.as_str();
        if method == "ping" || method.starts_with("notifications/") {
            return self.pass(method, caller);
        }
        if method == "tools/call" {
            let Some(name) = text(&call.params, "name") else {
                let why = Why::Unreadable("the call names no tool".to_owned());
                return self.refuse(entry.unwrap_or(TOOL_CALL), why, caller);
            };
            let entry = entry.unwrap_or_else(|| about(&standing, TOOL_CALL));
            // A tool is known by its server and its name; a gateway that says no server has one name space.
            let id = match &call.server {
                Some(server) if !name.contains('/') => format!("{server}/{name}"),
                _ => name,
            };
            let document = call.document(json!({"type": "tool", "id": id}));
            return self.ask(&standing, entry, document, caller);
        }
        let resource = match method {
            "resources/read" | "resources/subscribe" | "resources/unsubscribe" => {
                text(&call.params, "uri").map(|id| json!({"type": "resource", "id": id}))
            }
            "prompts/get" => text(&call.params, "name").map(|id| json!({"type": "prompt", "id": id})),
            "initialize" | "tools/list" | "resources/list" | "resources/templates/list" | "prompts/list" => {
                Some(json!({"type": "mcp_server", "id": call.server}))
            }
            "completion/complete" | "logging/setLevel" => {
                Some(json!({"type": "mcp_server", "id": call.server}))
            }
            _ => {
                let rule = format!("the method `{}` is not known", assize::value::escape(method));
                return self.block(entry.unwrap_or(REQUEST), rule, caller);
            }
        };
        let asked = entry.or_else(|| standing.bindings().about(REQUEST));
        match (asked, resource) {
            (Some(entry), Some(resource)) => self.ask(&standing, entry, call.document(resource), caller),
            (Some(entry), None) => {
                let why = Why::Unreadable(format!("`{method}` names nothing"));
                self.refuse(entry, why, caller)
            }
            // Nobody decides what may be listed: a list is no call of a tool.
            (None, _) if method == "initialize" || method.ends_with("/list") => self.pass(method, caller),
            (None, _) => self.refuse(REQUEST, Why::NoEntry(REQUEST.to_owned()), caller),
        }
    }
}

impl Call {
    fn document(self, resource: Value) -> Value {
        let Self { method, params, mut around, .. } = self;
        around.insert("action".to_owned(), json!({"name": method}));
        around.insert("resource".to_owned(), resource);
        around.insert("mcp".to_owned(), json!({"method": method, "params": params}));
        on_behalf(&mut around);
        Value::Object(around)
    }
}

/// Who acts for whom: where the context names an agent, the subject is whom it acts for.
pub(super) fn on_behalf(document: &mut Map<String, Value>) {
    let subject = document.get("subject").and_then(|subject| subject.get("id")).cloned();
    if let Some(Value::Object(context)) = document.get_mut("context")
        && context.get("agent").is_some_and(|agent| Some(agent) != subject.as_ref())
        && let Some(subject) = subject
    {
        context.entry("on_behalf_of").or_insert(subject);
    }
}

/// Subject and context of the claims of a token.
pub(super) fn claims(claims: &Value) -> (Option<Value>, Map<String, Value>) {
    let of = |names: &[&str]| names.iter().find_map(|name| text(claims, name));
    let subject = of(&["sub"]).map(|id| json!({"type": "identity", "id": id}));
    let mut context = Map::new();
    if let Some(agent) = of(&["client_id", "azp"]) {
        context.insert("agent".to_owned(), json!(agent));
    }
    (subject, context)
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
