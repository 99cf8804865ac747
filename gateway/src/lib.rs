//! The decision point: Assize behind the protocols that gateways speak.
//!
//! [`config`] reads one file, [`point`] answers, [`binding`] says which of a protocol's attributes are which
//! field of a request, [`adapters`] speak the protocols, and [`server`] listens. Every answer is one of three,
//! [`Answer`]; an adapter says for each of them what it is in its protocol.
//!
//! [`facts`] takes facts in and keeps them, [`stream`] tells what became of decisions, [`bundle`] brings signed
//! policies into force, [`log`](mod@log) and [`observe`] say how it goes; [`operations`] puts these together.

pub mod adapters;
pub mod base64;
pub mod binding;
pub mod bundle;
pub mod client;
pub mod config;
pub mod facts;
pub mod log;
pub mod observe;
pub mod operations;
pub mod point;
pub mod proto;
pub mod secret;
pub mod server;
pub mod stream;
pub mod systemd;
mod ui;

mod serve;
#[cfg(test)]
mod testing;

pub use config::{Config, ConfigError};
pub use point::{Allow, Answer, Block, Point, Undetermined};
pub use serve::{Gateway, ServeError, check, run};
