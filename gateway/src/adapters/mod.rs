//! The protocols, one file or folder each. Each maps all three answers, and none of them decides.

mod admission;
mod ask;
mod authzen;
mod envoy;
mod extmcp;
mod forward;
mod http;
mod json;
mod litellm;
mod mcp;
mod opa;
mod protobuf;
mod told;

use std::sync::Arc;

use axum::http::StatusCode;

use crate::config::Config;
use crate::point::Keeper;
use crate::server::Rooms;

/// The routes of all protocols.
#[must_use]
pub fn rooms(keeper: &Arc<Keeper>, config: &Config) -> Rooms {
    let point = keeper.point();
    let most = config.limits.body;
    let grpc =
        tonic::service::Routes::new(envoy::service(point, most)).add_service(extmcp::service(point, most));
    // Of itself it answers whatever nobody serves with HTTP 200 and a gRPC status behind it, which a proxy that
    // asks at a wrong path would take for an allow.
    let grpc = grpc.into_axum_router().fallback(|| async { StatusCode::NOT_FOUND });
    Rooms::default()
        .open(opa::health())
        .ask(grpc)
        .ask(authzen::routes(point, &config.authzen))
        .ask(opa::routes(keeper, most))
        .ask(admission::routes(point, &config.admission))
        .ask(forward::routes(point, &config.forward))
        .ask(litellm::routes(point))
}
