//! The structs that salsa keeps: texts, items, names.
#![expect(missing_docs, reason = "salsa's macros make methods without documentation")]

use crate::plan::Name;
use crate::sema::DeclKind;

/// What every other file hangs on before it asks for a name: where a file belongs, and what kinds of items it
/// declares. Few edits change it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gist {
    /// The package that it says it is of.
    pub package: String,
    kinds: u16,
}

impl Gist {
    pub(crate) fn new(package: &str, kinds: impl Iterator<Item = DeclKind>) -> Self {
        let kinds = kinds.fold(0, |all, kind| all | kind.bit());
        Self { package: package.to_owned(), kinds }
    }

    /// Whether it declares anything of a kind.
    pub(crate) const fn declares(&self, kind: DeclKind) -> bool {
        self.kinds & kind.bit() != 0
    }

    /// Whether it declares anything at all.
    pub(crate) const fn declares_any(&self) -> bool {
        self.kinds != 0
    }
}

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
    /// What is found in its text that everybody asks for. The database writes it, and only when it changes:
    /// who reads it need not look at the text.
    #[returns(ref)]
    pub gist: Gist,
    /// The names of its items that nobody means, written by the database as well.
    #[returns(ref)]
    pub idle: Vec<String>,
}

/// The set of source texts.
#[salsa::input(singleton, debug)]
pub struct Workspace {
    /// All of them, the prelude first.
    #[returns(deref)]
    pub files: Vec<SourceFile>,
    /// Whether any that is no library decides anything. A project that does not is there for others, who may
    /// mean whatever it declares.
    #[returns(copy)]
    pub judges: bool,
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
