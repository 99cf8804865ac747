//! What became of decisions, told to whoever asked to hear of it.
//!
//! | file | holds |
//! | --- | --- |
//! | `outbox.rs` | changes on disk, numbered, until everybody has heard |
//! | `teller.rs` | from whoever decides to the outbox |
//! | `sse.rs` | who listens: server-sent events |
//! | `route.rs`, `bodies.rs` | who is told what, in which form |
//! | `sign.rs`, `webhook.rs` | signed deliveries, at least once |

pub mod bodies;
pub mod outbox;
pub mod route;
pub mod sign;
pub mod sse;
pub mod teller;
pub mod webhook;

pub use outbox::{Event, Outbox};
