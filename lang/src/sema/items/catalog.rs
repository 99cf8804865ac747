//! `catalog`.

use super::super::Checked;
use crate::db::{self, Db, Item};
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::Control;
use crate::syntax::ast::ItemKind;

/// What `maps` may name of one catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    /// Its title.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Its entries in order.
    pub entries: Vec<CatalogEntry>,
}

/// One entry of a catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogEntry {
    /// The name in `maps`.
    pub name: String,
    /// Other names, accepted with a warning.
    pub aliases: Vec<String>,
    /// The control.
    pub control: Control,
}

/// The catalog that an item declares.
#[salsa::tracked]
pub fn catalog<'db>(db: &'db dyn Db, item: Item<'db>) -> Checked<Catalog> {
    let Some(tree) = &db::parsed(db, item).item else { return Checked::nothing() };
    let ItemKind::Catalog(written) = &tree.kind else { return Checked::nothing() };
    let mut diagnostics = Vec::new();
    let prefix = written.prefix.as_ref().map_or(written.name.text.as_str(), |prefix| prefix.value.as_str());
    let mut entries: Vec<CatalogEntry> = Vec::new();
    let mut taken = std::collections::BTreeMap::new();
    for entry in &written.entries {
        for name in std::iter::once(&entry.name).chain(&entry.aliases) {
            if let Some(first) = taken.insert(name.text.clone(), name.span) {
                diagnostics.push(
                    Diagnostic::new(Code::Duplicate, name.span, format!("`{}` stands twice", name.text))
                        .label("again here")
                        .also(first, "first here")
                        .help("remove one of the two, or give it another name"),
                );
            }
        }
        entries.push(CatalogEntry {
            name: entry.name.text.clone(),
            aliases: entry.aliases.iter().map(|alias| alias.text.clone()).collect(),
            control: Control {
                id: format!("{prefix}/{}", entry.id.value),
                title: entry.title.as_ref().map(|title| title.value.clone()).unwrap_or_default(),
            },
        });
    }
    let value = Catalog {
        title: written.title.value.clone(),
        version: written.version.as_ref().map(|version| version.value.clone()).unwrap_or_default(),
        entries,
    };
    Checked { value: Some(value.into()), diagnostics }
}
