//! The binary as people meet it: exit codes, streams, messages, and every console block of the documentation.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on should stop, and says so by its name"
)]

mod support;
mod waivers;

mod bad_inputs;
mod bundle;
mod commands;
mod cost;
mod diagnostics;
mod diff;
mod docs;
mod duckdb;
mod editors;
mod engines;
mod exit_codes;
mod expected;
mod feeds;
mod fmt;
mod ingest;
mod json_shapes;
mod northwind;
mod pages;
mod pipelines;
mod samples;
mod sarif;
mod scanners;
mod secrets;
mod serve;
mod since;
mod snapshots;
mod watch;
