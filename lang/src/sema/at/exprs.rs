//! The names of an expression.

use super::super::expr::{alive, narrow};
use super::super::items::{enums, facts, functions};
use super::super::resolve::{self, DeclKind, SIGNAL};
use super::super::types::assignable;
use super::probe::Wanted;
use super::scope::Walk;
use super::{LocalKind, Meaning};
use crate::diagnostic::Span;
use crate::plan::{Name, Type};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Ident, Path};

impl Walk<'_> {
    /// Names what stands in an expression.
    pub(super) fn expr(&mut self, tree: &Expr) {
        if self.asked == Some(tree.span) {
            // A name in brackets has one place with them and one without: the outer one comes first.
            self.asked = None;
            self.answered = self.type_of(tree);
        }
        match &tree.kind {
            ExprKind::Literal(_) | ExprKind::Error => {}
            ExprKind::Name(name) => self.name(name, tree.span),
            ExprKind::Select(base, field) => self.select(base, field),
            ExprKind::OptionalSelect(base, _) => self.expr(base),
            ExprKind::Optional(inner) => self.expr(inner),
            ExprKind::Index(base, index) => {
                self.expr(base);
                self.expr(index);
            }
            ExprKind::Call(name, args) => {
                self.function(name, None);
                self.probe_arguments(name, args, 0);
                args.iter().for_each(|arg| self.expr(arg));
            }
            ExprKind::Method(base, name, args) => self.method(base, name, args),
            ExprKind::List(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Map(entries) => {
                for (key, value) in entries {
                    self.expr(key);
                    self.expr(value);
                }
            }
            ExprKind::Struct(path, fields) => self.given(path, fields),
            ExprKind::Unary(_, inner) => self.expr(inner),
            ExprKind::Binary(op, left, right) => {
                self.probe_operands(*op, left, right);
                self.expr(left);
                match op {
                    BinaryOp::And => self.under(left, true, right),
                    BinaryOp::Or => self.under(left, false, right),
                    _ => self.expr(right),
                }
            }
            ExprKind::Conditional(condition, yes, no) => {
                self.value(condition, &Type::Bool);
                self.under(condition, true, yes);
                self.under(condition, false, no);
            }
        }
    }

    /// Names what stands in `tree` where `condition` is `truth`: what it shows to be there is there.
    fn under(&mut self, condition: &Expr, truth: bool, tree: &Expr) {
        let before = self.checker.narrowed.len();
        self.checker.narrowed.extend(narrow::shown(condition, truth));
        self.expr(tree);
        self.checker.narrowed.truncate(before);
    }

    /// Names what stands in an expression of which a type is wanted.
    pub(super) fn value(&mut self, tree: &Expr, wanted: &Type) {
        self.probe_value(tree, Some(wanted));
        self.expr(tree);
    }

    fn name(&mut self, name: &str, span: Span) {
        self.probe_name(name);
        if let Some(local) = self.local(name).cloned() {
            self.say(span, Meaning::Local(local));
        } else if name == "now" {
            self.say(span, Meaning::Word(name.to_owned()));
        } else if let Some(decl) = self.free(name) {
            self.say(span, Meaning::Item(decl.name.name(self.db()).clone()));
        }
    }

    fn select(&mut self, base: &Expr, field: &Ident) {
        self.probe_select(base, field);
        if let Some(path) = self.static_path(base) {
            if let Some(decl) = self.declaration(&path) {
                if decl.kind == DeclKind::Enum {
                    self.path(&path);
                    self.member(decl.name.name(self.db()), field);
                    return;
                }
            } else if let Some(decl) =
                resolve::qualified(self.db(), &format!("{}.{}", path.dotted(), field.text))
            {
                self.package(&path.parts);
                self.say(field.span, Meaning::Item(decl.name.name(self.db()).clone()));
                return;
            }
        }
        self.expr(base);
        if let Some((Type::Fact(of), _)) = self.type_of(base) {
            self.field(&of, field);
        }
    }

    /// A path of plain names that starts at no local.
    pub(super) fn static_path(&self, tree: &Expr) -> Option<Path> {
        let mut parts = Vec::new();
        let mut at = tree;
        loop {
            match &at.kind {
                ExprKind::Name(name) => {
                    if self.local(name).is_some() {
                        return None;
                    }
                    parts.push(Ident { text: name.clone(), span: at.span });
                    break;
                }
                ExprKind::Select(base, field) => {
                    parts.push(field.clone());
                    at = base;
                }
                _ => return None,
            }
        }
        parts.reverse();
        Some(Path { parts, span: tree.span })
    }

    /// Names a field or a list of a fact type, and gives its type.
    pub(super) fn field(&mut self, of: &Name, name: &Ident) -> Option<Type> {
        let fact = facts::by_name(self.db(), of)?;
        if let Some(found) = fact.field(&name.text) {
            self.say(name.span, Meaning::Field { of: of.clone(), field: name.text.clone() });
            return Some(found.ty.clone());
        }
        if name.text == alive::ALIVE && alive::is_implied(fact) {
            self.say(name.span, Meaning::Word(name.text.clone()));
            return Some(Type::Bool);
        }
        let found = fact.inverse(&name.text)?;
        self.say(name.span, Meaning::Inverse { of: of.clone(), list: name.text.clone() });
        Some(Type::List(Box::new(Type::Fact(found.of.clone()))))
    }

    /// Names a path of fields that starts at a fact type.
    pub(super) fn field_path(&mut self, of: &Name, path: &Path) {
        let mut at = Type::Fact(of.clone());
        for part in &path.parts {
            let Type::Fact(of) = &at else { return };
            self.probe_ident(part, Wanted::Field(of.clone()));
            let Some(ty) = self.field(&of.clone(), part) else { return };
            at = ty;
        }
    }

    /// Names a member of an enum.
    pub(super) fn member(&mut self, of: &Name, name: &Ident) {
        if of.as_str() == SIGNAL {
            self.signal(name);
        } else if enums::by_name(self.db(), of).is_some_and(|found| found.index_of(&name.text).is_some()) {
            self.say(name.span, Meaning::Member { of: of.clone(), member: name.text.clone() });
        }
    }

    /// Names a signal, which has the same short name wherever it is used.
    pub(super) fn signal(&mut self, name: &Ident) {
        let db = self.db();
        let found = resolve::of_kind(db, &[DeclKind::Signal]).into_iter().find_map(|item| {
            let tree = crate::db::parsed(db, item).item.as_ref()?;
            let declared = tree.name().filter(|declared| declared.text == name.text)?;
            let package = &resolve::header(db, item.file(db)).package;
            Some(Name::from(format!("{package}.{}", declared.text)))
        });
        if let Some(found) = found {
            self.say(name.span, Meaning::Item(found));
        }
    }

    /// Names a called function: a `fn`, a `table`, a `relation`, or one of the language's own.
    fn function(&mut self, name: &Ident, receiver: Option<&Type>) {
        let decl = match resolve::candidates(self.db(), self.checker.file, &name.text).as_slice() {
            [decl] => Some(*decl),
            _ => None,
        };
        let meant = decl.filter(|decl| match (decl.kind, receiver) {
            (DeclKind::Fn | DeclKind::Table | DeclKind::Relation, None) => true,
            (DeclKind::Fn, Some(receiver)) => functions::signature(self.db(), decl.item)
                .as_ref()
                .and_then(|signature| signature.args.first())
                .is_some_and(|(_, first, _)| assignable(receiver, first)),
            _ => false,
        });
        let meaning = match meant {
            Some(decl) => Meaning::Item(decl.name.name(self.db()).clone()),
            None => Meaning::Word(name.text.clone()),
        };
        self.say(name.span, meaning);
    }

    fn method(&mut self, base: &Expr, name: &Ident, args: &[Expr]) {
        self.probe_select(base, name);
        self.probe_arguments(name, args, 1);
        self.expr(base);
        let receiver = self.type_of(base).map(|(ty, _)| ty);
        self.function(name, receiver.as_ref().or(Some(&Type::Dyn)));
        let of = match receiver {
            Some(Type::List(of)) => Some(*of),
            Some(Type::Dyn) => Some(Type::Dyn),
            _ => None,
        };
        let (before, variable, body) = match (name.text.as_str(), args) {
            ("exists" | "all" | "exists_one" | "existsOne" | "filter" | "map", [variable, body @ ..]) => {
                (None, variable, body)
            }
            ("peak", [width, variable, body @ ..]) => (Some(width), variable, body),
            _ => return args.iter().for_each(|arg| self.expr(arg)),
        };
        if let Some(before) = before {
            self.expr(before);
        }
        let ExprKind::Name(element) = &variable.kind else {
            return args.iter().for_each(|arg| self.expr(arg));
        };
        let keep = self.bound();
        let element = Ident { text: element.clone(), span: variable.span };
        self.bind(LocalKind::Variable, &element, of.map(|of| (of, false)), base.span.to(variable.span));
        body.iter().for_each(|part| self.expr(part));
        self.unbind(keep);
    }

    /// `Type { field: value }` in a test.
    fn given(&mut self, path: &Path, fields: &[(Ident, Expr)]) {
        self.probe_path(path, &[DeclKind::Fact, DeclKind::Request]);
        let of = self.path(path).map(|decl| decl.name.name(self.db()).clone());
        for (name, value) in fields {
            let mut wanted = None;
            if let Some(of) = &of {
                self.probe_given(of, name, fields);
                wanted = self.field(of, name);
            }
            self.probe_value(value, wanted.as_ref());
            self.expr(value);
        }
    }
}
