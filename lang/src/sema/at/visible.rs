//! Which declared names there are, and which of them a file sees.

use std::sync::Arc;

use super::super::items::catalog::{self, Catalog};
use super::super::resolve::{self, Decl, DeclKind};
use crate::db::{self, Database, Db};
use crate::plan::{Name, Schema};

/// A declared name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Visible {
    /// Its qualified name.
    pub name: Name,
    /// What it declares.
    pub kind: DeclKind,
}

impl Visible {
    fn of(db: &dyn Db, decl: &Decl<'_>) -> Self {
        Self { name: decl.name.name(db).clone(), kind: decl.kind }
    }

    /// Its package.
    #[must_use]
    pub fn package(&self) -> &str {
        self.name.as_str().rsplit_once('.').map_or("", |(package, _)| package)
    }
}

impl Database {
    /// What a bare word in the file at `path` can mean, each once.
    #[must_use]
    pub fn visible(&self, path: &str) -> Vec<Visible> {
        let Some(file) = self.file(path) else { return Vec::new() };
        let found = resolve::in_scope(self, file);
        let mut out: Vec<Visible> = found.iter().map(|decl| Visible::of(self, decl)).collect();
        out.sort();
        out.dedup();
        out
    }

    /// What the package declares.
    #[must_use]
    pub fn declared_in(&self, package: &str) -> Vec<Visible> {
        resolve::declared_in(self, package).iter().map(|decl| Visible::of(self, decl)).collect()
    }

    /// The packages that declare anything, in order.
    #[must_use]
    pub fn packages(&self) -> Vec<&str> {
        resolve::all_packages(self).collect()
    }

    /// The package of the file at `path`.
    #[must_use]
    pub fn package_of(&self, path: &str) -> Option<&str> {
        Some(resolve::header(self, self.file(path)?).package.as_str())
    }

    /// The item of a qualified name.
    #[must_use]
    pub fn item_named(&self, name: &Name) -> Option<super::ItemText<'_>> {
        let decl = resolve::qualified(self, name.as_str())?;
        let tree = db::parsed(self, decl.item).item.as_ref()?;
        Some(super::ItemText { tree, text: decl.item.text(self), start: decl.item.start(self) })
    }

    /// What the qualified name declares.
    #[must_use]
    pub fn kind_of(&self, name: &Name) -> Option<DeclKind> {
        resolve::qualified(self, name.as_str()).map(|decl| decl.kind)
    }

    /// Where a qualified name is declared.
    #[must_use]
    pub fn declared_at(&self, name: &Name) -> Option<super::Place> {
        super::place::of(self, &super::Meaning::Item(name.clone()))
    }

    /// The entries of a catalog, by its qualified name.
    #[must_use]
    pub fn catalog(&self, name: &Name) -> Option<&Catalog> {
        let decl = resolve::qualified(self, name.as_str()).filter(|decl| decl.kind == DeclKind::Catalog)?;
        catalog::catalog(self, decl.item).value.as_deref()
    }

    /// All types and signals.
    #[must_use]
    pub fn schema(&self) -> &Arc<Schema> {
        crate::sema::schema(self)
    }
}
