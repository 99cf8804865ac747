//! agentgateway's ExtMcp: MCP calls, asked before they go on.

use std::sync::Arc;

use serde_json::{Map, Value};
use tonic::{Request, Response, Status};

use super::ask::{Asker, Caller};
use super::mcp::{self, Call};
use super::{json, protobuf, told};
use crate::point::{Answer, Point, Why};
use crate::proto::ext_mcp::authorization_error::Code;
use crate::proto::ext_mcp::ext_mcp_server::{ExtMcp, ExtMcpServer};
use crate::proto::ext_mcp::mcp_request_result::Result as Outcome;
use crate::proto::ext_mcp::mcp_response_result::Result as Passed;
use crate::proto::ext_mcp::{
    AuthorizationError, McpRequest, McpRequestResult, McpResponse, McpResponseResult, Pass,
};

/// Answers agentgateway.
#[derive(Debug)]
pub(super) struct Guard {
    asker: Asker,
}

/// The service.
pub(super) fn service(point: &Arc<Point>, most: usize) -> ExtMcpServer<Guard> {
    ExtMcpServer::new(Guard { asker: Asker::new(point, "ext_mcp") }).max_decoding_message_size(most)
}

#[tonic::async_trait]
impl ExtMcp for Guard {
    async fn check_request(
        &self,
        request: Request<McpRequest>,
    ) -> Result<Response<McpRequestResult>, Status> {
        let request = request.into_inner();
        let mut around = around(request.metadata_context.as_ref());
        let entry =
            around.get("context").and_then(|context| context.get("entry")?.as_str()).map(str::to_owned);
        let caller = Caller::default();
        let params = match &request.mcp_request {
            None => Ok(Value::Null),
            Some(bytes) => json::read(bytes),
        };
        let answer = match params {
            Ok(params) => {
                let server = match request.service_names.as_slice() {
                    [only] => Some(only.clone()),
                    _ => None,
                };
                if request.service_names.len() > 1 {
                    around.insert("servers".to_owned(), Value::from(request.service_names.clone()));
                }
                let call = Call { method: request.method, params, server, around };
                self.asker.call(call, entry.as_deref(), caller)
            }
            Err(bad) => self.asker.refuse(
                entry.as_deref().unwrap_or("ToolCall"),
                Why::Unreadable(bad.message),
                caller,
            ),
        };
        let outcome = match &answer {
            Answer::Allow(_) => Outcome::Pass(Pass {}),
            Answer::Block(_) => Outcome::Error(AuthorizationError {
                code: Code::PermissionDenied.into(),
                reason: told::for_callers(&answer).trim_end().to_owned(),
            }),
            Answer::Undetermined(of) => {
                let text = told::for_callers(&answer);
                return Err(match of.why() {
                    // Whoever sent it can send a better one.
                    Why::Unreadable(_) => Status::invalid_argument(text.trim_end()),
                    _ => Status::unavailable(text.trim_end()),
                });
            }
        };
        Ok(Response::new(McpRequestResult { result: Some(outcome) }))
    }

    /// What comes back is not decided about: nothing is asked, and nothing is changed.
    async fn check_response(&self, _: Request<McpResponse>) -> Result<Response<McpResponseResult>, Status> {
        Ok(Response::new(McpResponseResult { result: Some(Passed::Pass(Pass {})) }))
    }
}

/// What the gateway's configuration says of the caller: claims, under `jwt` or as they are, and context.
fn around(metadata: Option<&prost_types::Struct>) -> Map<String, Value> {
    let said = metadata.map(protobuf::object).unwrap_or_default();
    let claims = said.get("jwt").cloned().unwrap_or_else(|| Value::Object(said.clone()));
    let (subject, mut context) = mcp::claims(&claims);
    for (name, value) in &said {
        if name != "jwt" {
            context.insert(name.clone(), value.clone());
        }
    }
    let mut out = Map::new();
    out.extend(subject.map(|subject| ("subject".to_owned(), subject)));
    out.insert("jwt".to_owned(), claims);
    out.insert("context".to_owned(), Value::Object(context));
    out
}
