//! What an editor asks, in byte offsets and plain data: one file a feature. Nothing here knows the
//! protocol.

pub mod actions;
pub mod calls;
pub mod completion;
pub mod definition;
pub mod diagnostics;
pub mod folding;
pub mod format;
pub mod hints;
pub mod hover;
mod imports;
pub mod lens;
pub mod line_index;
pub mod links;
pub mod moves;
pub mod references;
pub mod rename;
pub mod signature;
pub mod symbols;
pub mod tokens;
mod words;

#[cfg(test)]
#[expect(clippy::string_slice, clippy::arithmetic_side_effects, reason = "tests")]
mod fixture;
