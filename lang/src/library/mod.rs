//! What CEL's functions make of texts, once for the checker and for every engine.

pub mod pattern;
pub mod time;
