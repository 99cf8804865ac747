//! The names of an item.

use super::super::items::facts;
use super::super::resolve::{DeclKind, SEVERITY};
use super::probe::Wanted;
use super::scope::Walk;
use super::{LocalKind, Meaning, Named};
use crate::db::{Db, Item};
use crate::diagnostic::Code;
use crate::plan::{Name, Type};
use crate::syntax::ast::{
    Argument, CatalogItem, CellKind, CoverageItem, EnumItem, Expect, ExpectKind, Expr, ExprKind, FactItem,
    Ident, Item as Tree, ItemKind, Step, StepKind, TableItem, Use,
};

/// The names of an item, in no order.
pub(super) fn names<'db>(db: &'db dyn Db, item: Item<'db>, tree: &Tree) -> Vec<Named> {
    let mut walk = Walk::new(db, item.file(db));
    walk.item(tree);
    walk.out
}

impl Walk<'_> {
    pub(super) fn item(&mut self, tree: &Tree) {
        if let Some(name) = tree.name() {
            let own = self.own(&name.text);
            self.say(name.span, Meaning::Item(own));
        }
        match &tree.kind {
            ItemKind::Package(path) => self.package(&path.parts),
            ItemKind::Use(taken) => self.used(taken),
            ItemKind::Enum(written) => self.members(written),
            ItemKind::Fact(written) => self.fact(written),
            ItemKind::Signal(_) => {}
            ItemKind::Catalog(written) => self.entries(written),
            ItemKind::Param(written) => {
                let (ty, _) = self.ty(&written.ty);
                self.value(&written.default, &ty);
                if let Some((low, high)) = &written.bounds {
                    self.value(low, &ty);
                    self.value(high, &ty);
                }
            }
            ItemKind::Fn(written) => {
                self.arguments(&written.args);
                let (result, _) = self.ty(&written.result);
                self.value(&written.body, &result);
            }
            ItemKind::Table(written) => self.table(written),
            ItemKind::Relation(written) => {
                self.arguments(&written.args);
                written.cases.iter().for_each(|case| self.case(case));
            }
            ItemKind::Policy(written) => self.policy(written),
            ItemKind::Waive(written) => self.waiver(written),
            ItemKind::Envelope(written) => self.envelope(written),
            ItemKind::Test(written) => written.steps.iter().for_each(|step| self.step(step)),
        }
    }

    fn used(&mut self, written: &Use) {
        self.probe_use(written);
        self.package(&written.package.parts);
        let package = written.package.dotted();
        for name in written.names.iter().flatten() {
            let qualified = Name::from(format!("{package}.{}", name.text));
            self.say(name.span, Meaning::Item(qualified));
        }
    }

    fn members(&mut self, written: &EnumItem) {
        let of = self.own(&written.name.text);
        for (name, _) in &written.members {
            self.say(name.span, Meaning::Member { of: of.clone(), member: name.text.clone() });
        }
    }

    fn fact(&mut self, written: &FactItem) {
        let of = self.own(&written.name.text);
        for field in &written.fields {
            self.say(field.name.span, Meaning::Field { of: of.clone(), field: field.name.text.clone() });
            let (ty, _) = self.ty(&field.ty);
            if let Some(default) = &field.default {
                self.value(default, &ty);
            }
            if let (Some(list), Some(of)) = (&field.inverse, facts::referred(&ty)) {
                self.say(list.span, Meaning::Inverse { of: of.clone(), list: list.text.clone() });
            }
        }
        if let Some((from, until)) = &written.lives {
            self.field_path(&of, from);
            if let Some(until) = until {
                self.field_path(&of, until);
            }
        }
        if let Some(CoverageItem::By(alternatives, _)) = &written.coverage {
            for part in alternatives.iter().flatten() {
                self.probe_ident(&part.signal, Wanted::Signal);
                self.signal(&part.signal);
                part.scope.iter().for_each(|path| self.field_path(&of, path));
            }
        }
    }

    fn entries(&mut self, written: &CatalogItem) {
        let catalog = self.own(&written.name.text);
        for entry in &written.entries {
            for name in std::iter::once(&entry.name).chain(&entry.aliases) {
                self.say(name.span, Meaning::Control { catalog: catalog.clone(), entry: name.text.clone() });
            }
        }
    }

    fn arguments(&mut self, args: &[Argument]) {
        for arg in args {
            let ty = self.ty(&arg.ty);
            self.bind(LocalKind::Argument, &arg.name, Some(ty), arg.name.span.to(arg.ty.span));
        }
    }

    fn table(&mut self, written: &TableItem) {
        self.arguments(&written.args);
        let (result, _) = self.ty(&written.result);
        let columns: Vec<Option<Type>> = written
            .args
            .iter()
            .map(|arg| self.local(&arg.name.text).and_then(|local| local.ty.clone()))
            .collect();
        for row in &written.rows {
            for (cell, ty) in row.cells.iter().zip(&columns) {
                match &cell.kind {
                    CellKind::Any | CellKind::Unknown => {}
                    CellKind::OneOf(values) => {
                        values.iter().for_each(|value| self.constant(value, ty.as_ref()));
                    }
                    CellKind::Ordered(_, value) => self.constant(value, ty.as_ref()),
                }
            }
            self.constant(&row.result, Some(&result));
        }
    }

    /// A constant where a bare word is a member of the enum that is wanted.
    pub(super) fn constant(&mut self, tree: &Expr, wanted: Option<&Type>) {
        self.probe_constant(tree, wanted);
        match (&tree.kind, wanted) {
            (ExprKind::Name(name), Some(Type::Enum(of))) => {
                self.member(of, &Ident { text: name.clone(), span: tree.span });
            }
            _ => self.expr(tree),
        }
    }

    fn step(&mut self, step: &Step) {
        match &step.kind {
            StepKind::Now(expr) | StepKind::Given(expr) => self.expr(expr),
            StepKind::Without(path, _) => {
                self.probe_path(path, &[DeclKind::Fact]);
                self.path(path);
            }
            StepKind::Set(path, value) => {
                self.probe_path(path, &[DeclKind::Param]);
                self.path(path);
                self.expr(value);
            }
            StepKind::Expect(expected) => self.expected(expected),
            StepKind::Check(check) => {
                for code in check.said.iter().filter_map(|said| said.code.as_ref()) {
                    if let Some(known) = Code::named(&code.text) {
                        self.say(code.span, Meaning::Code(known));
                    }
                }
            }
        }
    }

    fn expected(&mut self, expected: &Expect) {
        if let ExpectKind::Alert(Some(severity)) = &expected.kind {
            self.probe_ident(severity, Wanted::Member(Name::from(SEVERITY)));
            self.member(&Name::from(SEVERITY), severity);
        }
        if let Some(policy) = &expected.by {
            self.probe_path(policy, &[DeclKind::Policy]);
            self.path(policy);
        }
    }
}
