//! The server as an editor sees it: messages in, messages out.
#![expect(
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod edits;
mod features;
mod harness;
mod order;
mod population;
mod session;
mod workspace;
