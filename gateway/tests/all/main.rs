//! The decision point from outside: a server, and whoever asks it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that goes wrong may abort"
)]

mod admission;
mod authzen;
mod certification;
mod envoy;
mod extmcp;
mod forward;
mod gateways;
mod hostile;
mod litellm;
mod opa;
mod operations;
mod support;
