//! Assize for C: what `include/assize.h` declares.
//!
//! Every function keeps to the same rules, which the header states: a null pointer where none is allowed, and text
//! that is not UTF-8, are errors; nothing unwinds into the caller; what fails says why.

mod decide;
mod engine;
mod pointers;
mod policies;
mod status;
mod types;
