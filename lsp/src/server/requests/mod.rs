//! What the editor asks for: the protocol's side of each feature.

mod completion;
mod diagnostics;
mod edits;
pub(super) mod lenses;
mod names;
mod shape;
mod symbols;
pub(super) mod tokens;
