//! Where what a name means is declared.

use super::super::items::facts;
use super::super::resolve::{self, SIGNAL};
use super::{Meaning, Place};
use crate::db::{self, Db, Item, Workspace};
use crate::diagnostic::Span;
use crate::plan::Name;
use crate::syntax::ast::{Item as Tree, ItemKind};

/// The place of a declaration; `None` for what nothing declares.
pub(super) fn of(db: &dyn Db, meaning: &Meaning) -> Option<Place> {
    match meaning {
        Meaning::Package(package) => first_file(db, package),
        // No item declares it: all signals do.
        Meaning::Item(name) if name.as_str() == SIGNAL => None,
        Meaning::Item(name) => {
            let (item, tree) = declaration(db, name)?;
            Some(place(db, item, tree.name()?.span))
        }
        Meaning::Field { of, field } => {
            let (item, tree) = declaration(db, of)?;
            let ItemKind::Fact(fact) = &tree.kind else { return None };
            let found = fact.fields.iter().find(|found| found.name.text == *field)?;
            Some(place(db, item, found.name.span))
        }
        Meaning::Inverse { of, list } => {
            let inverse = facts::by_name(db, of)?.inverse(list)?;
            let (item, tree) = declaration(db, &inverse.of)?;
            let ItemKind::Fact(fact) = &tree.kind else { return None };
            let field = fact.fields.iter().find(|field| field.name.text == inverse.via.as_str())?;
            Some(place(db, item, field.inverse.as_ref()?.span))
        }
        Meaning::Member { of, member } => {
            let (item, tree) = declaration(db, of)?;
            let ItemKind::Enum(found) = &tree.kind else { return None };
            let (name, _) = found.members.iter().find(|(name, _)| name.text == *member)?;
            Some(place(db, item, name.span))
        }
        Meaning::Control { catalog, entry } => {
            let (item, tree) = declaration(db, catalog)?;
            let ItemKind::Catalog(found) = &tree.kind else { return None };
            let listed = found.entries.iter().find(|listed| {
                listed.name.text == *entry || listed.aliases.iter().any(|alias| alias.text == *entry)
            })?;
            Some(place(db, item, listed.name.span))
        }
        Meaning::Local(_) | Meaning::Code(_) | Meaning::Word(_) => None,
    }
}

fn declaration<'db>(db: &'db dyn Db, name: &Name) -> Option<(Item<'db>, &'db Tree)> {
    let decl = resolve::qualified(db, name.as_str())?;
    Some((decl.item, db::parsed(db, decl.item).item.as_ref()?))
}

fn place(db: &dyn Db, item: Item<'_>, span: Span) -> Place {
    Place { path: item.file(db).path(db).to_owned(), span: span.shifted(item.start(db)) }
}

/// The `package` line of the first file of a package.
fn first_file(db: &dyn Db, package: &str) -> Option<Place> {
    for &file in Workspace::get(db).files(db) {
        if resolve::header(db, file).package != package {
            continue;
        }
        for &item in db::items(db, file) {
            if let Some(ItemKind::Package(path)) = db::parsed(db, item).item.as_ref().map(|tree| &tree.kind) {
                return Some(place(db, item, path.span));
            }
        }
    }
    None
}
