//! The front end from outside: one binary, one module a subject.
#![expect(clippy::string_slice, clippy::arithmetic_side_effects, clippy::expect_used, reason = "tests")]

mod at;
mod cel;
mod check;
mod codes;
mod derived;
mod futile;
mod hostile;
mod hosts;
mod idle;
mod incremental;
mod limits;
mod sensitive;
mod support;
