//! `entity`, `event` and `request`, and the schema that they make together.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::expr::alive;
use super::super::resolve::{self, DeclKind};
use super::super::scope::Checker;
use super::super::{Checked, suggest, types};
use super::constants::constant;
use super::{enums, signals};
use crate::db::{self, Db, Item, QualifiedName};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{
    Coverage, CoveredBy, EnumType, FactKind, FactType, Field, Inverse, Name, Schema, Signal, Type,
};
use crate::syntax::ast::{CoverageItem, FactItem, FactKeyword, ItemKind, Path};

/// Words that are no field's name even behind a dot.
const NEVER_FIELDS: &[&str] = &["in", "true", "false", "null"];

/// The fact type that an item declares, without the inverse lists that other types give it.
#[salsa::tracked]
pub(in crate::sema) fn fact_type<'db>(db: &'db dyn Db, item: Item<'db>) -> Checked<FactType> {
    let Some(tree) = &db::parsed(db, item).item else { return Checked::nothing() };
    let ItemKind::Fact(written) = &tree.kind else { return Checked::nothing() };
    let file = item.file(db);
    let package = &resolve::header(db, file).package;
    let name = Name::from(format!("{package}.{}", written.name.text));
    let mut checker = Checker::constant(db, file);
    let fields = fields(&mut checker, written);
    let kind = match written.keyword {
        FactKeyword::Entity => FactKind::Entity,
        FactKeyword::Event => FactKind::Event,
        FactKeyword::Request => FactKind::Request,
    };
    let mut value = FactType {
        name,
        kind,
        key: Name::from(""),
        fields,
        inverses: Vec::new(),
        fresh_for: written.fresh_for.map(|(micros, _)| micros),
        lives: None,
        coverage: Coverage::Closed,
        docs: tree.docs.clone(),
    };
    value.key = key(&mut checker, written);
    value.lives = lives(&mut checker, written, &value);
    value.coverage = coverage(&mut checker, written, &value);
    shape(&mut checker, written, &value);
    // What can be read of a broken type stays usable: those who use it are not to blame.
    Checked { value: Some(Arc::new(value)), diagnostics: checker.diagnostics }
}

fn fields(checker: &mut Checker<'_>, written: &FactItem) -> Vec<Field> {
    let mut out: Vec<Field> = Vec::new();
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    for field in &written.fields {
        let mut reports = Vec::new();
        let ty = types::resolve(checker.db, checker.file, &field.ty, &mut reports);
        checker.diagnostics.append(&mut reports);
        if NEVER_FIELDS.contains(&field.name.text.as_str()) {
            let text = format!("no field may be called `{}`", field.name.text);
            checker.error(
                Code::BadName,
                field.name.span,
                text,
                "a word of CEL",
                "give it another name, or one with a word more",
            );
        }
        if let Some(first) = seen.insert(field.name.text.clone(), field.name.span) {
            checker.report(
                Diagnostic::new(
                    Code::Duplicate,
                    field.name.span,
                    format!("`{}` stands twice", field.name.text),
                )
                .label("again here")
                .also(first, "first here")
                .help("remove one of the two, or give it another name"),
            );
            continue;
        }
        let default =
            field.default.as_ref().and_then(|default| constant(checker, default, &ty, field.ty.optional));
        if field.inverse.is_some() && referred(&ty).is_none() {
            let text = format!("`{}` refers to nothing that could list it", field.name.text);
            checker.error(
                Code::TypeMismatch,
                field.ty.span,
                text,
                "not an entity or a list of one",
                "give the field the type of an entity, or leave `inverse` out",
            );
        }
        out.push(Field {
            name: Name::from(&field.name.text),
            ty,
            optional: field.ty.optional,
            default,
            docs: field.docs.clone(),
        });
    }
    out
}

/// The fact type that a field of type `ty` refers to.
pub(in crate::sema) fn referred(ty: &Type) -> Option<&Name> {
    match ty {
        Type::Fact(name) => Some(name),
        Type::List(of) => match &**of {
            Type::Fact(name) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

fn key(checker: &mut Checker<'_>, written: &FactItem) -> Name {
    let mut keys = written.fields.iter().filter(|field| field.key);
    let Some(first) = keys.next() else {
        checker.report(
            Diagnostic::new(Code::BadName, written.name.span, format!("`{}` has no key", written.name.text))
                .label("what tells one from another?")
                .help("write `key` in front of the field that identifies it: `key id: string`"),
        );
        return Name::from("id");
    };
    if let Some(second) = keys.next() {
        checker.report(
            Diagnostic::new(Code::Duplicate, second.name.span, "a type has one key")
                .label("a second key")
                .also(first.name.span, "the first")
                .help("join the parts to one text where the facts are made"),
        );
    }
    let mut reports = Vec::new();
    let ty = types::resolve(checker.db, checker.file, &first.ty, &mut reports);
    if reports.is_empty() && (ty != Type::String || first.ty.optional) {
        checker.error(
            Code::TypeMismatch,
            first.ty.span,
            "a key is a `string`",
            "of another type",
            "write `string`; a source gives a number as its text",
        );
    }
    Name::from(&first.name.text)
}

fn lives(checker: &mut Checker<'_>, written: &FactItem, value: &FactType) -> Option<(Name, Option<Name>)> {
    let (start, end) = written.lives.as_ref()?;
    let mut field = |path: &Path| -> Option<Name> {
        let name = path.dotted();
        match value.field(&name) {
            Some(field) if field.ty == Type::Timestamp => Some(field.name.clone()),
            Some(field) => {
                let text = format!("`{name}` is `{}` and not a `timestamp`", field.ty);
                checker.error(
                    Code::TypeMismatch,
                    path.span,
                    text,
                    "an instant is needed",
                    "name a field of type `timestamp`",
                );
                None
            }
            None => {
                let report = unknown_field(value, &name, path.span);
                checker.report(report);
                None
            }
        }
    };
    let start = field(start)?;
    let end = match end {
        Some(end) => Some(field(end)?),
        None => None,
    };
    Some((start, end))
}

fn coverage(checker: &mut Checker<'_>, written: &FactItem, value: &FactType) -> Coverage {
    let Some(coverage) = &written.coverage else {
        if written.keyword != FactKeyword::Request {
            checker.report(
                Diagnostic::new(
                    Code::UndeclaredCoverage,
                    written.name.span,
                    format!("`{}` does not say what makes its absence knowable", written.name.text),
                )
                .label("neither `covered by` nor `closed`")
                .note("without it nobody can tell \"there is none\" from \"nobody looked\"")
                .help("add `covered by SIGNAL on FIELD` behind the fields, or `closed` where the list is complete by nature"),
            );
        }
        return Coverage::Closed;
    };
    let CoverageItem::By(alternatives, _) = coverage else { return Coverage::Closed };
    let mut out = Vec::new();
    for parts in alternatives {
        let mut all = Vec::new();
        for part in parts {
            let found = resolve::ident(
                checker.db,
                checker.file,
                &part.signal,
                &[DeclKind::Signal],
                Code::UnknownSignal,
            );
            if let Err(report) = found {
                checker.report(*report);
            }
            let mut scope = Vec::new();
            for path in &part.scope {
                scope.extend(scope_path(checker, written, value, path));
            }
            all.push(CoveredBy { signal: Name::from(&part.signal.text), scope });
        }
        out.push(all);
    }
    Coverage::By(out)
}

/// A field path from the type's own fields, through references, to something that is a text as a key is.
fn scope_path(
    checker: &mut Checker<'_>,
    written: &FactItem,
    own: &FactType,
    path: &Path,
) -> Option<Vec<Name>> {
    let mut at: Option<Type> = None;
    let mut out = Vec::new();
    for part in &path.parts {
        // The first part is a field of the type itself, which no query can answer for while it is made.
        let field = match &at {
            None => match own.field(&part.text) {
                Some(field) => field.clone(),
                None => {
                    let report = unknown_field(own, &part.text, part.span);
                    checker.report(report);
                    return None;
                }
            },
            Some(Type::Fact(name)) => {
                let decl = resolve::qualified(checker.db, name.as_str())?;
                let declared = declared_field(checker, decl.item, &part.text);
                match declared {
                    Some(field) => field,
                    None => {
                        let text = format!("`{}` has no field `{}`", name.short(), part.text);
                        checker.error(
                            Code::UnknownField,
                            part.span,
                            text,
                            "not a field of it",
                            format!("name a field that `{}` declares", name.short()),
                        );
                        return None;
                    }
                }
            }
            Some(other) => {
                let text = format!("`{other}` has no fields");
                checker.error(
                    Code::UnknownField,
                    part.span,
                    text,
                    "nothing to read here",
                    "end the path before this field",
                );
                return None;
            }
        };
        at = Some(field.ty.clone());
        out.push(field.name);
    }
    match at {
        Some(Type::String | Type::Fact(_) | Type::Enum(_) | Type::Dyn) => Some(out),
        Some(other) => {
            let text = format!(
                "a scope of `{}` is a text, an enum or a reference, not `{other}`",
                written.name.text
            );
            checker.error(
                Code::TypeMismatch,
                path.span,
                text,
                "cannot name a scope",
                "name a field that is a text, an enum or a reference",
            );
            None
        }
        None => None,
    }
}

/// One field of another type, read off its tree: asking for the whole type could go in a circle.
fn declared_field(checker: &Checker<'_>, item: Item<'_>, name: &str) -> Option<Field> {
    let tree = db::parsed(checker.db, item).item.as_ref()?;
    let ItemKind::Fact(written) = &tree.kind else { return None };
    let field = written.fields.iter().find(|field| field.name.text == name)?;
    Some(Field {
        name: Name::from(name),
        ty: types::resolve(checker.db, item.file(checker.db), &field.ty, &mut Vec::new()),
        optional: field.ty.optional,
        default: None,
        docs: String::new(),
    })
}

/// What a type must have besides well-formed parts.
fn shape(checker: &mut Checker<'_>, written: &FactItem, value: &FactType) {
    if value.kind == FactKind::Event {
        match value.field("at") {
            Some(field) if field.ty == Type::Timestamp && !field.optional => {}
            _ => checker.report(
                Diagnostic::new(
                    Code::UnknownField,
                    written.name.span,
                    format!("event `{}` does not say when it happened", written.name.text),
                )
                .label("no field `at: timestamp`")
                .help("add `at: timestamp`"),
            ),
        }
    }
    if let Some((_, span)) = written.fresh_for
        && value.kind != FactKind::Entity
    {
        checker.error(
            Code::UndeclaredCoverage,
            span,
            "only an entity goes stale",
            "an event has happened for ever",
            "leave `fresh for` out",
        );
    }
}

/// The diagnostic for a field that a type does not have.
pub(in crate::sema) fn unknown_field(of: &FactType, name: &str, span: Span) -> Diagnostic {
    let known = of
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .chain(of.inverses.iter().map(|inverse| inverse.name.as_str()))
        .chain(alive::is_implied(of).then_some(alive::ALIVE));
    let text = format!("`{}` has no field `{name}`", of.name.short());
    let report = Diagnostic::new(Code::UnknownField, span, text).label("no such field");
    match suggest::nearest(name, known.clone()) {
        Some(near) => report.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            span,
            near.to_owned(),
        ),
        None => report.help(format!("it has {}", suggest::listed(known))),
    }
}

/// Every inverse list, by the type that has it.
#[salsa::tracked]
fn inverses(db: &dyn Db) -> BTreeMap<Name, Vec<Inverse>> {
    let mut out: BTreeMap<Name, Vec<Inverse>> = BTreeMap::new();
    for item in resolve::of_kind(db, &[DeclKind::Fact, DeclKind::Request]) {
        let Some(tree) = &db::parsed(db, item).item else { continue };
        let ItemKind::Fact(written) = &tree.kind else { continue };
        let Some(of) = &fact_type(db, item).value else { continue };
        for field in &written.fields {
            if let Some(name) = &field.inverse
                && let Some(declared) = of.field(&field.name.text)
                && let Some(target) = referred(&declared.ty)
            {
                let inverse =
                    Inverse { name: Name::from(&name.text), of: of.name.clone(), via: declared.name.clone() };
                out.entry(target.clone()).or_default().push(inverse);
            }
        }
    }
    out
}

/// The inverse lists of one type: readers hang on these and not on every type's.
#[salsa::tracked]
fn inverses_of<'db>(db: &'db dyn Db, of: QualifiedName<'db>) -> Vec<Inverse> {
    inverses(db).get(of.name(db)).cloned().unwrap_or_default()
}

/// A fact type with its inverse lists.
#[salsa::tracked]
fn whole<'db>(db: &'db dyn Db, name: QualifiedName<'db>) -> Option<Arc<FactType>> {
    let decl = resolve::lookup(db, name)?;
    let mut of = FactType::clone(fact_type(db, decl.item).value.as_ref()?);
    of.inverses.clone_from(inverses_of(db, name));
    Some(Arc::new(of))
}

/// The fact type of a qualified name, with its inverse lists.
pub(in crate::sema) fn by_name<'db>(db: &'db dyn Db, name: &Name) -> Option<&'db Arc<FactType>> {
    whole(db, QualifiedName::new(db, name.clone())).as_ref()
}

/// All types and signals.
#[salsa::tracked]
pub(in crate::sema) fn schema(db: &dyn Db) -> Arc<Schema> {
    let mut out = Schema::default();
    for item in resolve::of_kind(db, &[DeclKind::Enum]) {
        if let Some(value) = &enums::enum_type(db, item).value {
            out.enums.insert(value.name.clone(), EnumType::clone(value));
        }
    }
    for item in resolve::of_kind(db, &[DeclKind::Fact, DeclKind::Request]) {
        if let Some(value) = &fact_type(db, item).value
            && let Some(whole) = by_name(db, &value.name)
        {
            out.facts.insert(whole.name.clone(), FactType::clone(whole));
        }
    }
    for item in resolve::of_kind(db, &[DeclKind::Signal]) {
        if let Some(value) = &signals::signal(db, item).value {
            out.signals.insert(value.name.clone(), Signal::clone(value));
        }
    }
    let signal = enums::signal_enum(db).clone();
    out.enums.insert(signal.name.clone(), signal);
    Arc::new(out)
}

/// Clashes of inverse lists with fields and with one another, reported at the field that makes them.
#[salsa::tracked]
pub(in crate::sema) fn inverse_clashes<'db>(db: &'db dyn Db, item: Item<'db>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    let Some(tree) = &db::parsed(db, item).item else { return out };
    let ItemKind::Fact(written) = &tree.kind else { return out };
    let Some(of) = &fact_type(db, item).value else { return out };
    for field in &written.fields {
        let Some(name) = &field.inverse else { continue };
        let Some(target) = of.field(&field.name.text).and_then(|declared| referred(&declared.ty)) else {
            continue;
        };
        let Some(whole) = by_name(db, target) else { continue };
        let lists = whole.inverses.iter().filter(|inverse| inverse.name.as_str() == name.text).count();
        if whole.field(&name.text).is_some() || lists > 1 {
            out.push(
                Diagnostic::new(
                    Code::Duplicate,
                    name.span,
                    format!("`{}` has a field or list `{}` already", target.short(), name.text),
                )
                .label("taken")
                .help("give the list another name"),
            );
        }
    }
    out
}
