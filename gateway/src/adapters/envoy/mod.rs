//! Envoy's external authorization over gRPC, v3; MCP calls where its MCP filter stands before it.

mod reply;
mod request;

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::ask::{Asker, Caller, about};
use crate::point::{Point, Why};
use crate::proto::ext_authz::authorization_server::{Authorization, AuthorizationServer};
use crate::proto::ext_authz::{CheckRequest, CheckResponse};
use request::Asked;

/// The type of request that a plain HTTP request is.
const HTTP_REQUEST: &str = "HttpRequest";

/// Answers Envoy.
#[derive(Debug)]
pub(super) struct Envoy {
    asker: Asker,
}

/// The service.
pub(super) fn service(point: &Arc<Point>, most: usize) -> AuthorizationServer<Envoy> {
    AuthorizationServer::new(Envoy { asker: Asker::new(point, "ext_authz") }).max_decoding_message_size(most)
}

#[tonic::async_trait]
impl Authorization for Envoy {
    async fn check(&self, request: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        let check = request.into_inner();
        let named = request::entry(&check).map(str::to_owned);
        let id = request::header(&check, "x-request-id");
        let trace = request::header(&check, "traceparent");
        let caller = Caller { request_id: id.as_deref(), trace: trace.as_deref() };
        let answer = match request::read(check) {
            Asked::Call(call) => self.asker.call(call, named.as_deref(), caller),
            Asked::Http(document) => {
                let standing = self.asker.point.standing();
                let entry = named.as_deref().unwrap_or_else(|| about(&standing, HTTP_REQUEST));
                self.asker.ask(&standing, entry, document, caller)
            }
            Asked::Truncated(part) => {
                self.asker.refuse(named.as_deref().unwrap_or(HTTP_REQUEST), Why::Truncated(part), caller)
            }
            Asked::Nothing => {
                let why = Why::Unreadable("it has no attributes of an HTTP request".to_owned());
                self.asker.refuse(named.as_deref().unwrap_or(HTTP_REQUEST), why, caller)
            }
        };
        Ok(Response::new(reply::of(&answer)))
    }
}
