//! The decision log: every answer, masked, somewhere else than here.
//!
//! | file | holds |
//! | --- | --- |
//! | `event.rs` | one decision, in the shape of OPA's logs |
//! | `mask.rs` | what must not be read is replaced by its fingerprint |
//! | `queue.rs` | answers on their way; how many may wait, and what happens to the others |
//! | `sink.rs` | where they go |

pub mod event;
pub mod mask;
pub mod queue;
pub mod sink;
#[cfg(test)]
mod tests;

pub use mask::Masker;
pub use queue::{DecisionLog, LogStatus};
pub use sink::Sink;
