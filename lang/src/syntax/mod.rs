//! Text to trees: items are cut, each is parsed on its own.

pub mod ast;
