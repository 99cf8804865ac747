//! What stands behind a dot: fields, lists, methods.

use assize_lang::Database;
use assize_lang::plan::{FactKind, FactType, Name, Type};
use assize_lang::sema::DeclKind;

use super::super::words;
use super::names::call;
use super::{Kind, Proposal};

/// What stands behind the dot of a value of this type.
pub(super) fn of(db: &Database, path: &str, ty: &Type) -> Vec<Proposal> {
    let mut out = Vec::new();
    let schema = db.schema();
    if let Type::Fact(name) = ty
        && let Some(fact) = schema.facts.get(name)
    {
        out.extend(fields(fact));
        out.extend(lists(fact));
        if fact.lives.is_some() && fact.field("alive").is_none() {
            let docs = words::word("alive").map(|(_, docs)| docs).unwrap_or_default();
            out.push(Proposal::new("alive", Kind::Field, 40).detail("bool").docs(docs));
        }
    }
    for one in db.visible(path).iter().filter(|one| one.kind == DeclKind::Fn) {
        let Some(signature) = db.signature(&one.name) else { continue };
        let Some(((_, first, _), rest)) = signature.args.split_first() else { continue };
        if !db.takes(first, ty) || *first == Type::Dyn {
            continue;
        }
        let args: Vec<String> = rest.iter().map(|(name, ty, _)| format!("{name}: {ty}")).collect();
        let short = one.name.short();
        let docs = db.item_named(&one.name).map(|item| item.tree.docs.clone()).unwrap_or_default();
        out.push(
            Proposal::new(short, Kind::Method, 30)
                .detail(format!("({}): {}", args.join(", "), signature.result))
                .docs(docs)
                .snippet(call(short, rest.iter().map(|(name, ..)| name.as_str()))),
        );
    }
    out.extend(methods(db, ty));
    out
}

/// The fields of a fact type, in the order declared.
pub(super) fn fields(fact: &FactType) -> impl Iterator<Item = Proposal> {
    let shown = |(at, field): (u16, &assize_lang::plan::Field)| {
        let mark = if field.optional { "?" } else { "" };
        let rank = at.min(9).saturating_add(10);
        Proposal::new(field.name.as_str(), Kind::Field, rank)
            .detail(format!("{}{mark}", field.ty))
            .docs(field.docs.clone())
    };
    (0..).zip(&fact.fields).map(shown)
}

fn lists(fact: &FactType) -> impl Iterator<Item = Proposal> {
    fact.inverses.iter().map(|list| {
        Proposal::new(list.name.as_str(), Kind::List, 20)
            .detail(format!("list<{}>", list.of.short()))
            .docs(format!("Every `{}` whose `{}` is this one.", list.of.short(), list.via))
    })
}

/// The language's own methods on a value of this type.
fn methods(db: &Database, ty: &Type) -> Vec<Proposal> {
    let mut receivers = vec!["value"];
    match ty {
        Type::List(of) => {
            receivers.push("list");
            match &**of {
                Type::String => receivers.push("strings"),
                Type::Fact(name) if is_event(db, name) => receivers.push("events"),
                _ => {}
            }
        }
        Type::String => receivers.push("text"),
        Type::Enum(_) => receivers.push("member"),
        Type::Dyn => receivers.extend(["list", "text"]),
        _ => {}
    }
    let mut out = Vec::new();
    for (written, docs) in words::all() {
        let head = written.split('(').next().unwrap_or(written);
        let Some((receiver, name)) = head.split_once('.') else { continue };
        let sized = name == "size" && matches!(ty, Type::String | Type::Bytes | Type::Map(..));
        if name == "alive" || !(receivers.contains(&receiver) || sized) {
            continue;
        }
        let args = written.split_once('(').map_or("", |(_, args)| args.trim_end_matches(')'));
        let args: Vec<&str> = args.split(", ").filter(|arg| !arg.is_empty()).collect();
        let rank = match (receiver, name) {
            ("value", _) => 60,
            (_, "exists" | "all" | "filter" | "size") => 32,
            _ => 36,
        };
        let element = element(ty);
        let args = args.iter().map(|arg| if *arg == "x" { element.as_str() } else { arg });
        out.push(
            Proposal::new(name, Kind::Method, rank).detail(written).docs(docs).snippet(call(name, args)),
        );
    }
    out
}

fn is_event(db: &Database, name: &Name) -> bool {
    db.schema().facts.get(name).is_some_and(|fact| fact.kind == FactKind::Event)
}

/// A name for the members of a list: the first letter of their type.
fn element(ty: &Type) -> String {
    let Type::List(of) = ty else { return "x".to_owned() };
    let Type::Fact(name) = &**of else { return "x".to_owned() };
    name.short().chars().next().map_or_else(|| "x".to_owned(), |c| c.to_ascii_lowercase().to_string())
}
