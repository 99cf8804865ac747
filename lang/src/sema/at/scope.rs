//! The state of a walk over one item: what has been named, what is bound, what types are known.

use super::super::resolve::{self, Decl, DeclKind};
use super::super::scope::{Checker, LocalKind as Bound};
use super::super::types;
use super::probe::Probed;
use super::{Local, LocalKind, Meaning, Named};
use crate::db::{Db, SourceFile};
use crate::diagnostic::Span;
use crate::plan::{Name, Type};
use crate::syntax::ast::{Expr, ExprKind, Ident, Path, TypeExpr, TypeKind};

/// A walk over one item. Types come from the checker, whose reports are dropped: they have been made.
pub(super) struct Walk<'db> {
    pub(super) checker: Checker<'db>,
    pub(super) out: Vec<Named>,
    locals: Vec<Local>,
    /// What is wanted where something is to be written, once it is known.
    pub(super) probed: Option<Probed>,
    /// The expression whose type is asked for, and its type once it is known.
    pub(super) asked: Option<Span>,
    pub(super) answered: Option<(Type, bool)>,
}

impl<'db> Walk<'db> {
    pub(super) fn new(db: &'db dyn Db, file: SourceFile) -> Self {
        Self {
            checker: Checker::new(db, file),
            out: Vec::new(),
            locals: Vec::new(),
            probed: None,
            asked: None,
            answered: None,
        }
    }

    pub(super) const fn db(&self) -> &'db dyn Db {
        self.checker.db
    }

    pub(super) fn say(&mut self, span: Span, meaning: Meaning) {
        self.out.push(Named { span, meaning });
    }

    /// The local that a name means here.
    pub(super) fn local(&self, name: &str) -> Option<&Local> {
        self.locals.iter().rev().find(|local| local.name == name)
    }

    /// Binds a name from here on, and names it.
    pub(super) fn bind(&mut self, kind: LocalKind, name: &Ident, ty: Option<(Type, bool)>, whole: Span) {
        self.bind_documented(kind, name, ty, whole, String::new());
    }

    /// Like [`Walk::bind`], with documentation.
    pub(super) fn bind_documented(
        &mut self,
        kind: LocalKind,
        name: &Ident,
        ty: Option<(Type, bool)>,
        whole: Span,
        docs: String,
    ) {
        let local = self.push(kind, name, ty, whole, docs);
        self.say(name.span, Meaning::Local(local));
    }

    /// Binds a name that stands nowhere by itself.
    pub(super) fn bind_unsaid(&mut self, name: &Ident, ty: Option<(Type, bool)>) {
        self.push(LocalKind::Binding, name, ty, name.span, String::new());
    }

    fn push(
        &mut self,
        kind: LocalKind,
        name: &Ident,
        ty: Option<(Type, bool)>,
        whole: Span,
        docs: String,
    ) -> Local {
        let what = match ty {
            Some(_) => Bound::Slot(self.checker.fresh_slot()),
            None => Bound::Broken,
        };
        let (ty, optional) = ty.map_or((None, false), |(ty, optional)| (Some(ty), optional));
        self.checker.bind(&name.text, name.span, what, ty.clone().unwrap_or(Type::Dyn), optional);
        let local = Local { kind, name: name.text.clone(), ty, optional, docs, declared: name.span, whole };
        self.locals.push(local.clone());
        local
    }

    /// Forgets what was bound since `keep` names were.
    pub(super) fn unbind(&mut self, keep: usize) {
        self.locals.truncate(keep);
        self.checker.locals.truncate(keep);
    }

    /// What is bound, the innermost last.
    pub(super) fn locals(&self) -> &[Local] {
        &self.locals
    }

    /// How many names are bound.
    pub(super) const fn bound(&self) -> usize {
        self.locals.len()
    }

    /// The type of an expression, and whether it may be absent.
    pub(super) fn type_of(&mut self, tree: &Expr) -> Option<(Type, bool)> {
        if let ExprKind::Name(name) = &tree.kind
            && let Some(decl) = self.free(name)
            && decl.kind == DeclKind::Fact
        {
            let of = Type::Fact(decl.name.name(self.db()).clone());
            return Some((Type::List(Box::new(of)), false));
        }
        self.checker.nodes = 0;
        let checked = self.checker.expr(tree, None);
        self.checker.diagnostics.clear();
        checked.map(|checked| (checked.ty, checked.optional))
    }

    /// What a bare name means that nothing here binds.
    pub(super) fn free(&self, name: &str) -> Option<Decl<'db>> {
        if self.local(name).is_some() {
            return None;
        }
        match resolve::candidates(self.db(), self.checker.file, name).as_slice() {
            [decl] => Some(*decl),
            _ => None,
        }
    }

    /// The declaration that a path names.
    pub(super) fn declaration(&self, path: &Path) -> Option<Decl<'db>> {
        match path.parts.as_slice() {
            [one] => match resolve::candidates(self.db(), self.checker.file, &one.text).as_slice() {
                [decl] => Some(*decl),
                _ => None,
            },
            _ => resolve::qualified(self.db(), &path.dotted()),
        }
    }

    /// Names the declaration of a path, and the package in front of it.
    pub(super) fn path(&mut self, path: &Path) -> Option<Decl<'db>> {
        let decl = self.declaration(path)?;
        let (last, package) = path.parts.split_last()?;
        self.say(last.span, Meaning::Item(decl.name.name(self.db()).clone()));
        self.package(package);
        Some(decl)
    }

    /// Names a package written as parts.
    pub(super) fn package(&mut self, parts: &[Ident]) {
        if let (Some(first), Some(last)) = (parts.first(), parts.last()) {
            let dotted: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
            self.say(first.span.to(last.span), Meaning::Package(dotted.join(".")));
        }
    }

    /// Names the types in a type, and gives what it means.
    pub(super) fn ty(&mut self, written: &TypeExpr) -> (Type, bool) {
        self.type_names(written);
        let ty = types::resolve(self.db(), self.checker.file, written, &mut Vec::new());
        (ty, written.optional)
    }

    fn type_names(&mut self, written: &TypeExpr) {
        match &written.kind {
            TypeKind::Name(path) => {
                self.probe_type(path);
                self.path(path);
            }
            TypeKind::Generic(_, args) => args.iter().for_each(|arg| self.type_names(arg)),
        }
    }

    /// The qualified name of something that this file declares.
    pub(super) fn own(&self, name: &str) -> Name {
        let package = &resolve::header(self.db(), self.checker.file).package;
        Name::from(format!("{package}.{name}"))
    }
}
