//! What may be written at a place: found by writing a name there that nobody has, and looking at what the walk
//! makes of it. So it works wherever a tree can be had, in texts that are not finished as well.

use super::super::items::functions;
use super::super::resolve::{self, DeclKind};
use super::Local;
use super::scope::Walk;
use crate::db::Database;
use crate::plan::{Name, Type};
use crate::syntax;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Ident, Path, Use};

/// A name that nobody has.
const PROBE: &str = "zz_probe_zz";

/// What is wanted at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A value, of a type where what stands around says which.
    Value(Option<Type>),
    /// What stands behind a dot: a field or a method of a value of this type.
    Of(Type),
    /// The bare name of a member.
    Member(Name),
    /// A name that a package declares, or the rest of a package's name, behind this and a dot.
    InPackage(String),
    /// A package, behind its first parts.
    Package(String),
    /// Names that `use` takes from a package, but for those that it takes already.
    Taken(String, Vec<String>),
    /// A type.
    Type,
    /// An item of one of these kinds.
    Item(Vec<DeclKind>),
    /// A catalog, or an entry of one.
    Control(Option<Name>),
    /// A field of a fact that a test gives, but for those that it has already.
    Given(Name, Vec<String>),
    /// A field of a type.
    Field(Name),
    /// A signal.
    Signal,
}

/// What is wanted at a place, and what is bound there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// What is wanted.
    pub wanted: Wanted,
    /// The names that are bound there, the innermost last. Their places are those of an item into which a name
    /// was put.
    pub locals: Vec<Local>,
}

impl Database {
    /// What may stand in the place of the bytes from `start` to `end` of the file at `path`, which are a name or
    /// nothing. `None` where no name is wanted there, or where the text around cannot be read.
    #[must_use]
    pub fn probe(&self, path: &str, start: u32, end: u32) -> Option<Probed> {
        let item = self.item(path, start)?;
        let file = item.file(self);
        let text = file.text(self);
        let (from, until) = (item.start(self) as usize, item.text(self).len());
        let until = from.saturating_add(until).max(end as usize);
        let before = text.get(from..start as usize)?;
        let behind = text.get(end as usize..until)?;
        let tree = syntax::parse_item(&format!("{before}{PROBE}{behind}")).item?;
        let mut walk = Walk::new(self, file);
        walk.item(&tree);
        walk.probed
    }
}

impl Walk<'_> {
    /// Writes down what is wanted: the first to say so knows most.
    fn want(&mut self, wanted: Wanted) {
        if self.probed.is_none() {
            self.probed = Some(Probed { wanted, locals: self.locals().to_vec() });
        }
    }

    pub(super) fn probe_ident(&mut self, name: &Ident, wanted: Wanted) {
        if name.text == PROBE {
            self.want(wanted);
        }
    }

    pub(super) fn probe_name(&mut self, name: &str) {
        if name == PROBE {
            self.want(Wanted::Value(None));
        }
    }

    pub(super) fn probe_value(&mut self, tree: &Expr, wanted: Option<&Type>) {
        if is_probe(tree) {
            self.want(Wanted::Value(wanted.cloned()));
        }
    }

    pub(super) fn probe_constant(&mut self, tree: &Expr, wanted: Option<&Type>) {
        if is_probe(tree) {
            self.want(match wanted {
                Some(Type::Enum(of)) => Wanted::Member(of.clone()),
                other => Wanted::Value(other.cloned()),
            });
        }
    }

    /// What stands on one side of an operator tells what is wanted on the other.
    pub(super) fn probe_operands(&mut self, op: BinaryOp, left: &Expr, right: &Expr) {
        let other = match (is_probe(left), is_probe(right)) {
            (true, false) => right,
            (false, true) => left,
            _ => return,
        };
        let other = match op {
            BinaryOp::And | BinaryOp::Or => Some(Type::Bool),
            BinaryOp::In if is_probe(right) => self.type_of(other).map(|(ty, _)| Type::List(Box::new(ty))),
            BinaryOp::In => match self.type_of(other) {
                Some((Type::List(of), _)) => Some(*of),
                _ => None,
            },
            BinaryOp::Add | BinaryOp::Sub => match self.type_of(other) {
                // An instant and a period, or two instants: neither is known.
                Some((Type::Timestamp | Type::Duration, _)) | None => None,
                Some((ty, _)) => Some(ty),
            },
            _ => self.type_of(other).map(|(ty, _)| ty),
        };
        self.want(Wanted::Value(other));
    }

    /// `base.`: a field, a method, a member of an enum or an item of a package.
    pub(super) fn probe_select(&mut self, base: &Expr, field: &Ident) {
        if field.text != PROBE {
            return;
        }
        if let Some(path) = self.static_path(base) {
            match self.declaration(&path) {
                Some(decl) if decl.kind == DeclKind::Enum => {
                    let of = decl.name.name(self.db()).clone();
                    return self.want(Wanted::Member(of));
                }
                Some(_) => {}
                None if resolve::is_package(self.db(), &path.dotted()) => {
                    return self.want(Wanted::InPackage(path.dotted()));
                }
                None => {}
            }
        }
        if let Some((ty, _)) = self.type_of(base) {
            self.want(Wanted::Of(ty));
        }
    }

    /// What the arguments of a `fn`, a table or a relation should be; `first` of them stands before the dot.
    pub(super) fn probe_arguments(&mut self, name: &Ident, args: &[Expr], first: usize) {
        let Some(at) = args.iter().position(is_probe) else { return };
        let [decl] = *resolve::candidates(self.db(), self.checker.file, &name.text).as_slice() else {
            return;
        };
        let at = at.saturating_add(first);
        let wanted = match decl.kind {
            DeclKind::Fn => functions::signature(self.db(), decl.item)
                .as_ref()
                .and_then(|signature| signature.args.get(at).map(|(_, ty, _)| ty.clone())),
            DeclKind::Table | DeclKind::Relation => super::types::column(self.db(), decl.item, at),
            _ => None,
        };
        self.want(Wanted::Value(wanted));
    }

    pub(super) fn probe_given(&mut self, of: &Name, name: &Ident, fields: &[(Ident, Expr)]) {
        if name.text == PROBE {
            let given = fields.iter().map(|(name, _)| name.text.clone()).filter(|name| name != PROBE);
            let given = given.collect();
            self.want(Wanted::Given(of.clone(), given));
        }
    }

    /// A path that should lead to an item of these kinds.
    pub(super) fn probe_path(&mut self, path: &Path, kinds: &[DeclKind]) {
        let Some((last, head)) = path.parts.split_last() else { return };
        if last.text == PROBE {
            self.want(match dotted(head) {
                Some(package) => Wanted::InPackage(package),
                None => Wanted::Item(kinds.to_vec()),
            });
        }
    }

    pub(super) fn probe_type(&mut self, path: &Path) {
        let Some((last, head)) = path.parts.split_last() else { return };
        if last.text == PROBE {
            self.want(dotted(head).map_or(Wanted::Type, Wanted::InPackage));
        }
    }

    pub(super) fn probe_control(&mut self, path: &Path) {
        let Some((last, head)) = path.parts.split_last() else { return };
        if last.text != PROBE {
            return;
        }
        let span = head.iter().fold(path.span, |_, part| part.span);
        let catalog = self.declaration(&Path { parts: head.to_vec(), span });
        let catalog = catalog.filter(|decl| decl.kind == DeclKind::Catalog && !head.is_empty());
        match (catalog, dotted(head)) {
            (Some(decl), _) => {
                let catalog = decl.name.name(self.db()).clone();
                self.want(Wanted::Control(Some(catalog)));
            }
            (None, Some(package)) => self.want(Wanted::InPackage(package)),
            (None, None) => self.want(Wanted::Control(None)),
        }
    }

    pub(super) fn probe_use(&mut self, written: &Use) {
        if let Some(at) = written.package.parts.iter().position(|part| part.text == PROBE) {
            let head = written.package.parts.get(..at).unwrap_or_default();
            self.want(Wanted::Package(dotted(head).unwrap_or_default()));
        }
        let names = written.names.as_deref().unwrap_or_default();
        if names.iter().any(|name| name.text == PROBE) {
            let taken = names.iter().map(|name| name.text.clone()).filter(|name| name != PROBE);
            self.want(Wanted::Taken(written.package.dotted(), taken.collect()));
        }
    }
}

fn is_probe(tree: &Expr) -> bool {
    matches!(&tree.kind, ExprKind::Name(name) if name == PROBE)
}

fn dotted(parts: &[Ident]) -> Option<String> {
    let parts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
    (!parts.is_empty()).then(|| parts.join("."))
}
