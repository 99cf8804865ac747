//! Names, fields and members.

use super::super::items::{enums, facts, params};
use super::super::resolve::{self, Decl, DeclKind};
use super::super::scope::{Checker, LocalKind, RESERVED};
use super::super::suggest;
use super::alive;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{Const, Expr, ExprKind, Name, Type};
use crate::syntax::ast::{Expr as Tree, ExprKind as TreeKind, Ident, Literal};

/// What a bare name can be in an expression.
const VALUE_KINDS: &[DeclKind] = &[
    DeclKind::Param,
    DeclKind::Enum,
    DeclKind::Fact,
    DeclKind::Fn,
    DeclKind::Table,
    DeclKind::Relation,
    DeclKind::Request,
];

impl<'db> Checker<'db> {
    /// A bare name: a local, `now`, or a param.
    pub(super) fn name(&mut self, name: &str, span: Span) -> Option<Expr> {
        if let Some(local) = self.local(name).cloned() {
            self.read.insert(name.to_owned());
            let optional = local.optional && !self.is_narrowed(name);
            let kind = match local.what {
                LocalKind::Slot(slot) => ExprKind::Var(slot),
                LocalKind::Let(index) => ExprKind::Let(index),
                // What is wrong with it was said where it stands.
                LocalKind::Broken => return None,
            };
            return Some(self.make(kind, local.ty, optional, span));
        }
        if name == "now" && self.now {
            return Some(self.make(ExprKind::Now, Type::Timestamp, false, span));
        }
        if self.is_cel() && TYPES.contains(&name) {
            return Some(self.constant_expr(Const::Type(Name::from(name)), span));
        }
        let found = if self.is_cel() { Vec::new() } else { resolve::candidates(self.db, self.file, name) };
        match found.as_slice() {
            [decl] if decl.kind == DeclKind::Param => self.param(*decl, span),
            [decl] => {
                let (label, help) = match decl.kind {
                    DeclKind::Enum => ("an enum", format!("name a member: `{name}.…`")),
                    DeclKind::Fact => (
                        "all facts of a type",
                        format!("ask about them: `{name}.exists(x, …)`, `{name}.size()`"),
                    ),
                    DeclKind::Fn | DeclKind::Table | DeclKind::Relation => {
                        ("not called", format!("call it: `{name}(…)`"))
                    }
                    _ => ("not a value", "use a value here".to_owned()),
                };
                self.report(
                    Diagnostic::new(
                        Code::TypeMismatch,
                        span,
                        format!("`{name}` ({}) is no value by itself", decl.kind.word()),
                    )
                    .label(label)
                    .help(help),
                );
                None
            }
            [] if self.is_dynamic() => Some(self.nothing_known(span)),
            [] => {
                let report = self.unknown_name(name, span);
                self.report(report);
                None
            }
            _ => {
                let found = resolve::ident(
                    self.db,
                    self.file,
                    &Ident { text: name.to_owned(), span },
                    VALUE_KINDS,
                    Code::UnknownName,
                );
                self.diagnostics.extend(found.err().map(|report| *report));
                None
            }
        }
    }

    /// A name or function that nobody knows, where that is found out by evaluating it: a slot that nothing
    /// is bound to.
    pub(super) fn nothing_known(&mut self, span: Span) -> Expr {
        let slot = self.fresh_slot();
        self.make(ExprKind::Var(slot), Type::Dyn, false, span)
    }

    fn param(&mut self, decl: Decl<'db>, span: Span) -> Option<Expr> {
        let ty = params::declared_type(self.db, decl.item)?;
        let name = decl.name.name(self.db).clone();
        self.read.insert(name.as_str().to_owned());
        Some(self.make(ExprKind::Param(name), ty, false, span))
    }

    fn unknown_name(&self, name: &str, span: Span) -> Diagnostic {
        if RESERVED.contains(&name) {
            return Diagnostic::new(Code::BadName, span, format!("`{name}` is a reserved word of CEL"))
                .label("not a name")
                .help("choose another name");
        }
        let now = self.now.then_some("now");
        let near = self.locals.iter().map(|local| local.name.as_str()).chain(now);
        match suggest::nearest(name, near) {
            Some(near) => Diagnostic::new(Code::UnknownName, span, format!("`{name}` is not declared"))
                .label("not found")
                .help(format!("did you mean `{near}`?"))
                .fix(format!("write `{near}`"), span, near.to_owned()),
            None => resolve::unknown(self.db, self.file, name, span, VALUE_KINDS, Code::UnknownName),
        }
    }

    /// `base.field`: an enum's member, a param by its full name, a field, an inverse list, a map's key.
    pub(super) fn select(&mut self, tree: &Tree, base: &Tree, field: &Ident) -> Option<Expr> {
        // A lone expression's variables may have dots in their names: the longest name wins.
        if self.is_cel()
            && let Some(path) = super::narrow::path(tree)
            && (self.local(&path).is_some() || TYPES.contains(&path.as_str()))
        {
            return self.name(&path, tree.span);
        }
        if let Some(found) = self.static_path(base) {
            match found {
                Static::Enum(name) => {
                    let index = self.member(&name, &field.text, field.span)?;
                    return Some(self.constant_expr(Const::Enum(name, index), tree.span));
                }
                Static::Package(package) => {
                    let name = format!("{package}.{}", field.text);
                    if let Some(decl) = resolve::qualified(self.db, &name)
                        && decl.kind == DeclKind::Param
                    {
                        return self.param(decl, tree.span);
                    }
                }
            }
        }
        let base = self.expr(base, None)?;
        let out = self.field(base, field, tree.span)?;
        let narrowed = super::narrow::path(tree).is_some_and(|path| self.is_narrowed(&path));
        Some(Expr { optional: out.optional && !narrowed, ..out })
    }

    fn field(&mut self, base: Expr, field: &Ident, span: Span) -> Option<Expr> {
        match base.ty.clone() {
            Type::Fact(name) => {
                let of = facts::by_name(self.db, &name)?.clone();
                if let Some(found) = of.field(&field.text) {
                    let optional = found.optional || base.optional;
                    let kind = ExprKind::Field(Box::new(base), found.name.clone());
                    return Some(self.make(kind, found.ty.clone(), optional, span));
                }
                if let Some(found) = of.inverse(&field.text) {
                    let ty = Type::List(Box::new(Type::Fact(found.of.clone())));
                    let kind = ExprKind::Inverse(Box::new(base), found.name.clone());
                    return Some(self.make(kind, ty, false, span));
                }
                if field.text == alive::ALIVE && alive::is_implied(&of) {
                    return alive::alive(base, &of, span);
                }
                let mut report = facts::unknown_field(&of, &field.text, field.span);
                if resolve::candidates(self.db, self.file, &field.text)
                    .iter()
                    .any(|decl| decl.kind == DeclKind::Fn)
                {
                    report.help = Some(format!("`{0}` is a `fn`: call it, `.{0}()`", field.text));
                }
                self.report(report);
                None
            }
            Type::Map(key, value) if matches!(*key, Type::String | Type::Dyn) => {
                let kind = ExprKind::Select(Box::new(base), Name::from(&field.text));
                Some(self.make(kind, *value, false, span))
            }
            Type::Dyn => {
                let kind = ExprKind::Select(Box::new(base), Name::from(&field.text));
                Some(self.make(kind, Type::Dyn, false, span))
            }
            // Through an optional, CEL's selection goes on as an optional.
            Type::Optional(of) if matches!(&*of, Type::Map(..) | Type::Dyn | Type::Optional(_)) => {
                let ty = Type::Optional(Box::new(member_type(&of)));
                let kind = ExprKind::Select(Box::new(base), Name::from(&field.text));
                Some(self.make(kind, ty, false, span))
            }
            _ if self.is_dynamic() => {
                let kind = ExprKind::Select(Box::new(base), Name::from(&field.text));
                Some(self.make(kind, Type::Dyn, false, span))
            }
            other => {
                let text = format!("`{other}` has no field `{}`", field.text);
                let report =
                    Diagnostic::new(Code::UnknownField, field.span, text).label("nothing to read here");
                self.report(match other {
                    Type::List(_) => report.help(format!(
                        "a list has no fields; ask about its members: `.exists(x, x.{} …)`",
                        field.text
                    )),
                    _ => report,
                });
                None
            }
        }
    }

    /// `base[index]`.
    pub(super) fn index(&mut self, base: &Tree, index: &Tree, span: Span) -> Option<Expr> {
        let base = self.expr(base, None);
        let index = self.expr(index, None);
        let (base, index) = (base?, index?);
        let (wanted, ty) = match base.ty.clone() {
            Type::Map(key, value) => (*key, *value),
            Type::List(of) => {
                if matches!(*of, Type::Fact(_)) {
                    self.report(
                        Diagnostic::new(Code::OpenIndex, span, "a list of facts has no fixed positions")
                            .label("further members may be there")
                            .help("ask `.exists(x, …)`, or `.latest()` and `.earliest()` of events"),
                    );
                    return None;
                }
                (Type::Int, *of)
            }
            Type::Dyn => (Type::Dyn, Type::Dyn),
            Type::Optional(of) => (Type::Dyn, Type::Optional(Box::new(member_type(&of)))),
            _ if self.is_dynamic() => (Type::Dyn, Type::Dyn),
            other => {
                let text = format!("`{other}` has no members");
                self.error(
                    Code::NoOverload,
                    base.span,
                    text,
                    "neither a list nor a map",
                    "leave the index out, or name a list",
                );
                return None;
            }
        };
        let index = self.expect(index, &wanted, false)?;
        Some(self.make(ExprKind::Index(Box::new(base), Box::new(index)), ty, false, span))
    }

    /// What a path of plain names means that starts at no local: an enum, or a package.
    fn static_path(&self, tree: &Tree) -> Option<Static> {
        let path = super::narrow::path(tree)?;
        let root = path.split('.').next().unwrap_or_default();
        if self.is_cel() || self.local(root).is_some() || (root == "now" && self.now) {
            return None;
        }
        let decls = if path == root {
            resolve::candidates(self.db, self.file, root)
        } else {
            resolve::qualified(self.db, &path).into_iter().collect()
        };
        match decls.as_slice() {
            [decl] if decl.kind == DeclKind::Enum => Some(Static::Enum(decl.name.name(self.db).clone())),
            [] => Some(Static::Package(path)),
            _ => None,
        }
    }

    /// The index of an enum's member, or a report of what it has instead.
    pub(in crate::sema) fn member(&mut self, of: &Name, member: &str, span: Span) -> Option<u8> {
        let found = enums::by_name(self.db, of)?;
        if let Some(index) = found.index_of(member) {
            return Some(index);
        }
        let known = || found.members.iter().map(|member| member.name.as_str());
        let text = format!("`{}` has no member `{member}`", of.short());
        let report = Diagnostic::new(Code::UnknownMember, span, text).label("no such member");
        let report = match suggest::nearest(member, known()) {
            Some(near) => report.help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                span,
                near.to_owned(),
            ),
            None if member == "unknown" => report.help("a gap is not a value: ask `unknown(…)`"),
            None => report.help(format!("it has {}", suggest::listed(known()))),
        };
        self.report(report);
        None
    }

    /// All facts of a type, where `tree` is the bare name of one: the receiver of a macro.
    pub(super) fn all_facts(&mut self, tree: &Tree) -> Option<Expr> {
        let TreeKind::Name(name) = &tree.kind else { return None };
        if self.is_cel() || self.local(name).is_some() {
            return None;
        }
        match resolve::candidates(self.db, self.file, name).as_slice() {
            [decl] if decl.kind == DeclKind::Fact => {
                let of = decl.name.name(self.db).clone();
                let ty = Type::List(Box::new(Type::Fact(of.clone())));
                Some(self.make(ExprKind::All(of), ty, false, tree.span))
            }
            _ => None,
        }
    }

    /// The member that a string literal spells, where it is compared with an enum: a habit of other
    /// languages.
    pub(super) fn spelled_member(&self, tree: &Tree, of: &Type) -> Option<String> {
        let (TreeKind::Literal(Literal::String(text)), Type::Enum(name)) = (&tree.kind, of) else {
            return None;
        };
        let found = enums::by_name(self.db, name)?;
        let member = found.members.iter().find(|member| member.name.as_str().eq_ignore_ascii_case(text))?;
        Some(format!("{}.{}", name.short(), member.name))
    }
}

/// The types that are values in lone expressions, by CEL's names.
const TYPES: &[&str] = &[
    "bool",
    "bytes",
    "double",
    "google.protobuf.Duration",
    "google.protobuf.Timestamp",
    "int",
    "list",
    "map",
    "null_type",
    "optional_type",
    "string",
    "type",
    "uint",
];

/// The type of what a map or a list holds; through an optional, of what its value holds.
pub(super) fn member_type(of: &Type) -> Type {
    match of {
        Type::Map(_, value) => (**value).clone(),
        Type::List(of) => (**of).clone(),
        Type::Optional(of) => member_type(of),
        _ => Type::Dyn,
    }
}

/// A path of plain names that is no value by itself.
enum Static {
    Enum(Name),
    Package(String),
}
