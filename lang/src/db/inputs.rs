//! The structs that salsa keeps: texts, items, names.
#![expect(missing_docs, reason = "salsa's macros make methods without documentation")]

use crate::plan::Name;

/// One source text.
#[salsa::input(debug)]
pub struct SourceFile {
    /// Its path, as diagnostics name it.
    #[returns(deref)]
    pub path: String,
    /// Its text.
    #[returns(deref)]
    pub text: String,
    /// Whether it belongs to a library: what nobody uses there is no mistake.
    #[returns(copy)]
    pub library: bool,
}

/// The set of source texts.
#[salsa::input(singleton, debug)]
pub struct Workspace {
    /// All of them, the prelude first.
    #[returns(deref)]
    pub files: Vec<SourceFile>,
}

/// One item of a file. Its identity is its file and its head (`policy idle_static_secret`), so that a
/// move or an edit inside it leaves it the same item.
#[salsa::tracked(debug)]
pub struct Item<'db> {
    /// Where it stands.
    #[returns(copy)]
    pub file: SourceFile,
    /// Its first two words.
    #[returns(deref)]
    pub head: String,
    /// Its text, with the documentation above it.
    #[tracked]
    #[returns(deref)]
    pub text: String,
    /// Its first byte in the file.
    #[tracked]
    #[returns(copy)]
    pub start: u32,
}

/// A qualified name as a key of queries.
#[salsa::interned(debug)]
pub struct QualifiedName<'db> {
    /// `nhi.model.Secret`
    #[returns(ref)]
    pub name: Name,
}
