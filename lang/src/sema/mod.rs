//! Trees to checked plans: names, types, evidence, time.
//!
//! Every item is checked by a query of its own, which answers with a value and with diagnostics whose
//! places are relative to the item. Nothing is checked twice, and an item with errors takes nothing else
//! with it than what needs it.

pub mod at;
mod expr;
pub(crate) mod face;
mod inline;
mod items;
mod policy;
mod resolve;
mod scope;
mod suggest;
mod time;
mod types;
mod walk;
mod window;

use std::sync::Arc;

use crate::db::{self, Db, Item, SourceFile};
use crate::diagnostic::{Code, Diagnostic, Severity, Span};
use crate::expression::Options;
use crate::plan::{Expr, Program, Schema, Slot, Type};
use crate::syntax::ast::ItemKind;

pub use items::catalog::{Catalog, CatalogEntry, catalog};
pub use resolve::{Decl, DeclKind};
pub(crate) use resolve::{declared, gist};
pub(crate) use suggest::listed;
pub(crate) use walk::children;

/// What checking one item gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked<T> {
    /// The value, where the item can be used.
    pub value: Option<Arc<T>>,
    /// What is wrong with it, relative to its text.
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> Checked<T> {
    /// The value, kept only where no diagnostic is an error.
    fn new(value: Option<T>, diagnostics: Vec<Diagnostic>) -> Self {
        let broken = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        Self { value: value.filter(|_| !broken).map(Arc::new), diagnostics }
    }

    /// Nothing to use, and nothing said: what is wrong was said elsewhere.
    fn nothing() -> Self {
        Self { value: None, diagnostics: Vec::new() }
    }
}

/// Every diagnostic of a file, with places counted from its start.
pub(crate) fn file_diagnostics(db: &dyn Db, file: SourceFile) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    if db::items(db, file).is_empty() {
        out.extend(crate::syntax::check_file(file.text(db)));
    }
    let mut package: Option<Span> = None;
    let mut others = false;
    for &item in db::items(db, file) {
        let parsed = db::parsed(db, item);
        match parsed.item.as_ref().map(|tree| &tree.kind) {
            Some(ItemKind::Package(path)) => {
                let span = path.span.shifted(item.start(db));
                match package {
                    None => package = Some(span),
                    Some(first) => out.push(second_package(&path.dotted(), span, first)),
                }
            }
            Some(_) => others = true,
            None => {}
        }
        let start = item.start(db);
        let broken = parsed.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        out.extend(parsed.diagnostics.iter().cloned().map(|diagnostic| diagnostic.shifted(start)));
        // A tree with holes is looked at for its names only: what follows from the holes is noise.
        if !broken {
            let said = item_diagnostics(db, item).into_iter().chain(items::idle::idle(db, item));
            out.extend(said.map(|diagnostic| diagnostic.shifted(start)));
        }
    }
    out.extend(resolve::duplicates(db, file));
    if others && package.is_none() {
        let first = db::items(db, file).first().map_or(0, |item| item.start(db));
        out.push(
            Diagnostic::new(Code::MissingPackage, Span::new(first, first), "the file has no `package`")
                .label("expected `package name` before this")
                .help("start the file with a line such as `package acme.policies`"),
        );
    }
    out
}

fn second_package(name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateClause, span, format!("a second package `{name}` in one file"))
        .label("again here")
        .also(first, "first here")
        .help("move what belongs to it to a file of its own")
}

/// What checking an item says about it.
fn item_diagnostics(db: &dyn Db, item: Item<'_>) -> Vec<Diagnostic> {
    let Some(tree) = &db::parsed(db, item).item else { return Vec::new() };
    match &tree.kind {
        ItemKind::Package(_) => Vec::new(),
        ItemKind::Use(_) => resolve::use_diagnostics(db, item),
        ItemKind::Enum(_) => items::enums::enum_type(db, item).diagnostics.clone(),
        ItemKind::Fact(_) => {
            let mut out = items::facts::fact_type(db, item).diagnostics.clone();
            out.extend(items::facts::inverse_clashes(db, item).iter().cloned());
            out
        }
        ItemKind::Signal(_) => items::signals::signal(db, item).diagnostics.clone(),
        ItemKind::Catalog(_) => catalog(db, item).diagnostics.clone(),
        ItemKind::Param(_) => {
            let mut out = items::params::param(db, item).diagnostics.clone();
            out.extend(items::params::unread(db, item));
            out
        }
        ItemKind::Fn(_) => items::functions::function(db, item).diagnostics.clone(),
        ItemKind::Table(_) => items::tables::table(db, item).diagnostics.clone(),
        ItemKind::Relation(_) => items::relations::relation(db, item).diagnostics.clone(),
        ItemKind::Policy(_) => policy::policy(db, item).diagnostics.clone(),
        ItemKind::Waive(_) => items::governance::waiver(db, item).diagnostics.clone(),
        ItemKind::Envelope(_) => items::governance::envelope(db, item).diagnostics.clone(),
        ItemKind::Test(_) => items::tests::test(db, item).diagnostics.clone(),
    }
}

/// A plan, and the slots of its variables.
type Lone = (Expr, Vec<(String, Slot)>);

/// A lone CEL expression over variables: its plan, and the variables' slots.
pub(crate) fn lone_expression<'db>(
    db: &'db dyn Db,
    file: SourceFile,
    tree: &crate::syntax::ast::Expr,
    variables: &[(String, Type)],
    options: &'db Options,
) -> Result<Lone, Vec<Diagnostic>> {
    let manner = if options.late { scope::Manner::Dynamic } else { scope::Manner::Cel };
    let mut checker = scope::Checker::lone(db, file, manner);
    let mut slots = Vec::with_capacity(variables.len());
    for (name, ty) in variables {
        let slot = checker.fresh_slot();
        checker.bind(name, tree.span, scope::LocalKind::Slot(slot), ty.clone(), false);
        slots.push((name.clone(), slot));
    }
    checker.declared = &options.functions;
    checker.container = (options.container.clone(), variables.len());
    let expr = checker.expr(tree, None);
    let broken = checker.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    match expr {
        Some(expr) if !broken => Ok((walk::settled(expr), slots)),
        _ => Err(checker.diagnostics),
    }
}

/// All types and signals.
pub(crate) fn schema(db: &dyn Db) -> &Arc<Schema> {
    items::facts::schema(db)
}

/// Everything of a file that compiles.
pub(crate) fn file_program(db: &dyn Db, file: SourceFile) -> Program {
    let mut program = Program::default();
    let (mut counted, mut line) = (0_u32, 1_usize);
    for &item in db::items(db, file) {
        let parsed = db::parsed(db, item);
        let broken = parsed.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        let Some(tree) = parsed.item.as_ref().filter(|_| !broken) else { continue };
        match &tree.kind {
            ItemKind::Param(_) => {
                if let Some(param) = &items::params::param(db, item).value {
                    program.params.insert(param.name.clone(), Arc::clone(param));
                }
            }
            ItemKind::Table(_) => {
                if let Some(table) = &items::tables::table(db, item).value {
                    program.tables.insert(table.name.clone(), Arc::clone(table));
                }
            }
            ItemKind::Relation(_) => {
                if let Some(relation) = &items::relations::relation(db, item).value {
                    program.relations.insert(relation.name.clone(), Arc::clone(relation));
                }
            }
            ItemKind::Waive(_) => {
                if let Some(waiver) = &items::governance::waiver(db, item).value {
                    let span = waiver.span.shifted(item.start(db));
                    let line = crate::plan::newlines(file.text(db), span.start).saturating_add(1);
                    program.waivers.push(Arc::new(crate::plan::Waiver { span, line, ..(**waiver).clone() }));
                }
            }
            ItemKind::Envelope(_) => {
                if let Some(envelope) = &items::governance::envelope(db, item).value {
                    let span = envelope.span.shifted(item.start(db));
                    program.envelopes.push(Arc::new(crate::plan::Envelope { span, ..(**envelope).clone() }));
                }
            }
            ItemKind::Policy(written) => {
                if let Some(policy) = &policy::policy(db, item).value {
                    let start = item.start(db);
                    // Lines are counted from the policy before, not from the start of a long file.
                    let text = file.text(db).get(counted as usize..).unwrap_or_default();
                    line = line.saturating_add(crate::plan::newlines(text, start.saturating_sub(counted)));
                    counted = start;
                    let path = file.path(db).to_owned();
                    let place = crate::plan::Place { file: path, start, line, name: written.name.span };
                    program.places.insert(policy.name.clone(), place);
                    program.policies.insert(policy.name.clone(), Arc::clone(policy));
                }
            }
            ItemKind::Test(_) => {
                if let Some(test) = &items::tests::test(db, item).value {
                    let start = item.start(db);
                    let mut test = crate::plan::Test::clone(test);
                    test.span = test.span.shifted(start);
                    for (step, span) in &mut test.steps {
                        *span = span.shifted(start);
                        if let crate::plan::Step::Check(check) = step {
                            check.literal = check.literal.shifted(start);
                        }
                    }
                    program.tests.push(Arc::new(test));
                }
            }
            _ => {}
        }
    }
    program
}
