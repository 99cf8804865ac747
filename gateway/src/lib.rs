//! The decision point: Assize behind the protocols that gateways speak.
//!
//! [`config`] reads one file, [`point`] answers, [`binding`] says which of a protocol's attributes are which
//! field of a request, [`adapters`] speak the protocols, and [`server`] listens. Every answer is one of three,
//! [`Answer`]; an adapter says for each of them what it is in its protocol.

pub mod adapters;
pub mod binding;
pub mod config;
pub mod point;
pub mod proto;
pub mod server;

mod serve;

pub use config::{Config, ConfigError};
pub use point::{Allow, Answer, Block, Point, Undetermined};
pub use serve::{Gateway, ServeError, check, run};
