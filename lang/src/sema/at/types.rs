//! The type of what a name means.

use super::super::items::{facts, functions, params, relations, tables};
use super::super::resolve::{self, DeclKind};
use super::super::types::assignable;
use super::scope::Walk;
use super::{At, Meaning, Place, place};
use crate::db::{self, Database, Db, Item};
use crate::diagnostic::Span;
use crate::plan::{Name, Type};

impl Database {
    /// The type of what a name means, and whether it may be absent: of a value itself, of a function what it
    /// gives.
    #[must_use]
    pub fn type_of(&self, meaning: &Meaning) -> Option<(Type, bool)> {
        match meaning {
            Meaning::Local(local) => Some((local.ty.clone()?, local.optional)),
            Meaning::Field { of, field } => {
                let found = facts::by_name(self, of)?.field(field)?;
                Some((found.ty.clone(), found.optional))
            }
            Meaning::Inverse { of, list } => {
                let found = facts::by_name(self, of)?.inverse(list)?;
                Some((Type::List(Box::new(Type::Fact(found.of.clone()))), false))
            }
            Meaning::Member { of, .. } => Some((Type::Enum(of.clone()), false)),
            Meaning::Item(name) => of_item(self, name),
            Meaning::Package(_) | Meaning::Control { .. } | Meaning::Code(_) | Meaning::Word(_) => None,
        }
    }

    /// Where the type of what a name means is declared: of a list that of its members.
    #[must_use]
    pub fn type_declared(&self, at: &At) -> Option<Place> {
        let (mut ty, _) = self.type_of(&at.meaning)?;
        loop {
            ty = match ty {
                Type::List(of) | Type::Sensitive(of) | Type::Map(_, of) => *of,
                Type::Fact(name) | Type::Enum(name) => return place::of(self, &Meaning::Item(name)),
                _ => return None,
            };
        }
    }
}

impl Database {
    /// The type of the expression that stands exactly at `span` of the file at `path`, and whether it may be
    /// absent.
    #[must_use]
    pub fn type_of_expr(&self, path: &str, span: Span) -> Option<(Type, bool)> {
        let item = self.item(path, span.start)?;
        let start = item.start(self);
        let tree = db::parsed(self, item).item.as_ref()?;
        let mut walk = Walk::new(self, item.file(self));
        walk.asked = Some(Span::new(span.start.checked_sub(start)?, span.end.checked_sub(start)?));
        walk.item(tree);
        walk.answered
    }
}

fn of_item(db: &dyn Db, name: &Name) -> Option<(Type, bool)> {
    let decl = resolve::qualified(db, name.as_str())?;
    match decl.kind {
        DeclKind::Fact | DeclKind::Request => Some((Type::Fact(name.clone()), false)),
        DeclKind::Enum => Some((Type::Enum(name.clone()), false)),
        DeclKind::Param => Some((params::param(db, decl.item).value.as_ref()?.ty.clone(), false)),
        DeclKind::Fn => {
            let signature = functions::signature(db, decl.item).as_ref()?;
            Some((signature.result.clone(), signature.optional))
        }
        DeclKind::Table => Some((tables::table(db, decl.item).value.as_ref()?.result.clone(), false)),
        DeclKind::Relation => Some((Type::Bool, false)),
        DeclKind::Signal | DeclKind::Catalog | DeclKind::Policy => None,
    }
}

/// The type of a column of a table or a relation.
pub(super) fn column(db: &dyn Db, item: Item<'_>, at: usize) -> Option<Type> {
    if let Some(table) = &tables::table(db, item).value {
        return table.columns.get(at).map(|(_, ty)| ty.clone());
    }
    relations::head(db, item).as_ref()?.columns.get(at).map(|(_, ty)| ty.clone())
}

/// What a `fn`, a table or a relation takes and gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Name, type, and whether it may be absent.
    pub args: Vec<(String, Type, bool)>,
    /// What it gives.
    pub result: Type,
    /// Whether that may be absent.
    pub optional: bool,
}

impl Database {
    /// What the `fn`, table or relation of this qualified name takes and gives.
    #[must_use]
    pub fn signature(&self, name: &Name) -> Option<Signature> {
        let decl = resolve::qualified(self, name.as_str())?;
        let columns = |columns: &[(String, Type)]| {
            columns.iter().map(|(name, ty)| (name.clone(), ty.clone(), false)).collect()
        };
        match decl.kind {
            DeclKind::Fn => {
                let found = functions::signature(self, decl.item).as_ref()?;
                let (args, result) = (found.args.clone(), found.result.clone());
                Some(Signature { args, result, optional: found.optional })
            }
            DeclKind::Table => {
                let table = tables::table(self, decl.item).value.as_ref()?;
                let args: Vec<(String, Type)> =
                    table.columns.iter().map(|(name, ty)| (name.to_string(), ty.clone())).collect();
                Some(Signature { args: columns(&args), result: table.result.clone(), optional: false })
            }
            DeclKind::Relation => {
                let head = relations::head(self, decl.item).as_ref()?;
                Some(Signature { args: columns(&head.columns), result: Type::Bool, optional: false })
            }
            _ => None,
        }
    }

    /// Whether a value of one type can stand where another is wanted.
    #[must_use]
    pub fn takes(&self, wanted: &Type, given: &Type) -> bool {
        assignable(given, wanted)
    }
}
