//! What an editor asks, in byte offsets and plain data: one file a feature. Nothing here knows the
//! protocol.

pub mod definition;
pub mod diagnostics;
pub mod fixes;
pub mod format;
pub mod hover;
pub mod line_index;
mod words;

#[cfg(test)]
#[expect(clippy::string_slice, clippy::arithmetic_side_effects, reason = "tests")]
mod fixture;
