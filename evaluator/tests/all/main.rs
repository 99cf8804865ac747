//! The library from outside: policy text and fact lines in, decisions out.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that goes wrong may abort"
)]

mod aliases;
mod arms;
mod cases;
mod cost;
mod derived;
mod desk;
mod engine;
mod expressions;
mod facts;
mod flagship;
mod horizons;
mod incremental;
mod joined;
mod keeper;
mod lists;
mod lone;
mod lone_gaps;
mod lost;
mod mutation;
mod plain;
mod properties;
mod relations;
mod requests;
mod runner;
mod silence;
mod stdlib;
mod support;
mod test_coverage;
mod touched;
mod waivers;
mod whole;
mod would;
