//! Assize for editors that read tree-sitter grammars: the parser that `grammar.js` was made into, and the queries
//! over its trees.

use tree_sitter_language::LanguageFn;

#[expect(unsafe_code, reason = "the parser is C")]
mod parser {
    unsafe extern "C" {
        pub(super) fn tree_sitter_assize() -> *const ();
    }
}

/// The parser, for `tree_sitter::Parser::set_language`.
#[expect(unsafe_code, reason = "this function is the language that the constructor asks for")]
pub const LANGUAGE: LanguageFn = unsafe { LanguageFn::from_raw(parser::tree_sitter_assize) };

/// What each part of a text is, for colours.
pub const HIGHLIGHTS: &str = include_str!("../queries/highlights.scm");
/// What can be folded away.
pub const FOLDS: &str = include_str!("../queries/folds.scm");
/// How deep a line stands.
pub const INDENTS: &str = include_str!("../queries/indents.scm");
/// What is another language, or this one inside a text.
pub const INJECTIONS: &str = include_str!("../queries/injections.scm");
/// Which names a policy, a function or a test gives to things, and where they hold.
pub const LOCALS: &str = include_str!("../queries/locals.scm");
