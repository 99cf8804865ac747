//! The decision point from outside: a server, and whoever asks it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that goes wrong may abort"
)]

mod admission;
mod authzen;
mod browser;
mod bundles;
mod canary;
mod certification;
mod deploy;
mod envoy;
mod extmcp;
mod faults;
mod files;
mod forward;
mod gateways;
mod health;
mod hostile;
mod litellm;
mod opa;
mod operations;
mod page;
mod server;
mod signals;
mod support;
mod tls;
mod traces;
