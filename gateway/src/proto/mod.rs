//! Messages and services of `gateway/proto/`, for both ends; written by `cargo dev generate`.

/// Envoy's external authorization, v3.
#[expect(
    missing_docs,
    unused_qualifications,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
pub mod ext_authz {
    include!("envoy.service.auth.v3.rs");
}

/// agentgateway's ExtMcp.
#[expect(
    missing_docs,
    unused_qualifications,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
pub mod ext_mcp {
    include!("agentgateway.dev.ext_mcp.rs");
}

/// gRPC's health protocol.
#[expect(
    missing_docs,
    unused_qualifications,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
pub mod health {
    include!("grpc.health.v1.rs");
}
