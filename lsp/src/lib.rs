//! The Assize language server.
//!
//! [`ide`] is what an editor asks, in byte offsets and plain data; [`server`] is the protocol around it:
//! one loop on one thread owns the texts and the databases, and everything else only sends it events.
//!
//! [`population`] is what policies come to on real facts, counted on a thread of its own.
//!
//! [`run_stdio`] is the whole server on standard input and output.

pub mod ide;
pub mod population;
pub mod server;

pub use population::{Estates, Opened};
pub use server::{Options, run_stdio, serve, serve_with};
