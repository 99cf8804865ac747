//! What stands under a byte of a text: the meaning of each name of an item, and where it is declared.
//!
//! For those who look at texts with an author: editors, lenses, pictures. The checker does not depend on
//! it. It answers for broken items as well, as far as their trees go.

mod exprs;
mod items;
mod place;
mod policies;
mod probe;
mod references;
mod scope;
mod types;
mod visible;

pub use probe::{Probed, Wanted};
pub use references::Reference;
pub use types::Signature;
pub use visible::Visible;

use crate::db::{self, Database, Db, Item};
use crate::diagnostic::{Code, Span};
use crate::plan::{Name, Type};
use crate::syntax::ast;

/// What a name means. Qualified names are as declared: `nhi.model.Secret`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A package.
    Package(String),
    /// What an item declares, by qualified name. A member of the enum `Signal` is its `signal`.
    Item(Name),
    /// A field of a fact type.
    Field {
        /// The type that declares it.
        of: Name,
        /// Its name.
        field: String,
    },
    /// A list of the facts that refer to one of this type.
    Inverse {
        /// The type that has the list.
        of: Name,
        /// Its name.
        list: String,
    },
    /// A member of an enum.
    Member {
        /// The enum.
        of: Name,
        /// Its name.
        member: String,
    },
    /// An entry of a catalog, by its name or by an alias.
    Control {
        /// The catalog.
        catalog: Name,
        /// As written.
        entry: String,
    },
    /// A name that its item binds.
    Local(Local),
    /// The code of a diagnostic.
    Code(Code),
    /// A word of the language: `now`, or a function or method that no item declares.
    Word(String),
}

/// A name that a policy, relation, `fn`, table or macro binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// What binds it.
    pub kind: LocalKind,
    /// Its name.
    pub name: String,
    /// The type of its values; `None` where what it is bound to does not check.
    pub ty: Option<Type>,
    /// Whether it may be absent.
    pub optional: bool,
    /// The documentation of a `let`.
    pub docs: String,
    /// The name where it is bound: in the item for [`names`], in the file for [`Database::at`].
    pub declared: Span,
    /// From there to the end of what it is bound to.
    pub whole: Span,
}

/// What binds a local name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalKind {
    /// `for secret: Secret`
    Binding,
    /// `let used = …`
    Let,
    /// An argument of a `fn`, a column of a `table` or `relation`.
    Argument,
    /// The element in `uses.exists(u, …)`.
    Variable,
}

/// A name and its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name, relative to the item's text.
    pub span: Span,
    /// What it means.
    pub meaning: Meaning,
}

/// Where something is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: String,
    /// Its name, counted from the file's start.
    pub span: Span,
}

/// What [`Database::at`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// The name, counted from the file's start.
    pub span: Span,
    /// What it means.
    pub meaning: Meaning,
    /// Where that is declared; the language's own words are declared nowhere.
    pub place: Option<Place>,
}

/// An item as written.
#[derive(Clone, Copy, Debug)]
pub struct ItemText<'db> {
    /// Its tree: spans are relative to `text`.
    pub tree: &'db ast::Item,
    /// Its text, documentation included.
    pub text: &'db str,
    /// The first byte of `text` in the file.
    pub start: u32,
}

/// The names of an item in the order of the text, each with what it means. Names that mean nothing are
/// left out: a diagnostic speaks of them.
#[salsa::tracked]
pub fn names<'db>(db: &'db dyn Db, item: Item<'db>) -> Vec<Named> {
    let Some(tree) = &db::parsed(db, item).item else { return Vec::new() };
    let mut out = items::names(db, item, tree);
    out.sort_by_key(|named| named.span);
    out.dedup();
    out
}

impl Database {
    /// The name that holds the byte at `offset` of the file at `path`, or that ends there.
    #[must_use]
    pub fn at(&self, path: &str, offset: u32) -> Option<At> {
        let item = self.item(path, offset)?;
        let start = item.start(self);
        let offset = offset.checked_sub(start)?;
        let names = names(self, item);
        let holds = |named: &&Named| named.span.start <= offset && offset < named.span.end;
        let ends = |named: &&Named| named.span.end == offset;
        let named = names.iter().find(holds).or_else(|| names.iter().find(ends))?;
        let mut meaning = named.meaning.clone();
        if let Meaning::Local(local) = &mut meaning {
            local.declared = local.declared.shifted(start);
            local.whole = local.whole.shifted(start);
        }
        let place = match &meaning {
            Meaning::Local(local) => Some(Place { path: path.to_owned(), span: local.declared }),
            other => place::of(self, other),
        };
        Some(At { span: named.span.shifted(start), meaning, place })
    }

    /// The item around the byte at `offset` of the file at `path`, where it can be told what it is.
    #[must_use]
    pub fn item_at(&self, path: &str, offset: u32) -> Option<ItemText<'_>> {
        let item = self.item(path, offset)?;
        let tree = db::parsed(self, item).item.as_ref()?;
        Some(ItemText { tree, text: item.text(self), start: item.start(self) })
    }

    /// The names that the item around the byte at `offset` binds, each once.
    #[must_use]
    pub fn locals(&self, path: &str, offset: u32) -> Vec<String> {
        let Some(item) = self.item(path, offset) else { return Vec::new() };
        let bound = |named: &Named| match &named.meaning {
            Meaning::Local(local) if local.declared == named.span => Some(local.name.clone()),
            _ => None,
        };
        let mut out: Vec<String> = names(self, item).iter().filter_map(bound).collect();
        out.sort();
        out.dedup();
        out
    }

    /// The text of the item around the byte at `offset` of the file at `path`, whatever it says, and what is
    /// between it and that byte.
    #[must_use]
    pub fn item_span(&self, path: &str, offset: u32) -> Option<Span> {
        let item = self.item(path, offset)?;
        let length = u32::try_from(item.text(self).len()).unwrap_or(u32::MAX);
        let start = item.start(self);
        Some(Span::new(start, start.saturating_add(length).max(offset)))
    }

    pub(super) fn item(&self, path: &str, offset: u32) -> Option<Item<'_>> {
        let items = db::items(self, self.file(path)?);
        items.iter().rev().find(|item| item.start(self) <= offset).copied()
    }
}
