//! Facts at run time: taken, kept, decided on.
//!
//! | file | holds |
//! | --- | --- |
//! | `body.rs`, `sent.rs` | what is sent, as lines held against the schema; what is answered |
//! | `disk.rs`, `log.rs` | the durable file, and the batches in it |
//! | `intake.rs` | the one thread that writes, and has decided on what is written |
//! | `compact.rs`, `upkeep.rs` | the log made small again, and when |
//! | `files/`, `read.rs` | files as sources, and how any file of facts is read |
//! | `clock.rs` | the wall clock, as far as it can be believed |

pub mod body;
pub mod clock;
pub mod compact;
pub mod disk;
pub mod error;
pub mod files;
pub mod http;
pub mod intake;
pub mod jwt;
pub mod log;
pub mod read;
pub mod sent;
pub mod ssf;
pub mod staleness;
#[cfg(test)]
pub(crate) mod tests;
pub mod upkeep;

pub use body::{BodyLimits, Checked, LineReject};
pub use disk::Disk;
pub use error::{Refused, StoreError};
pub use files::Files;
pub use intake::{Intake, Status};
pub use log::Log;
pub use sent::{Answer, Sent};
pub use upkeep::Upkeep;
