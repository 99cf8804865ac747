//! What may stand in the place of a name, by what is wanted there.

use assize_lang::Database;
use assize_lang::plan::{Name, Type};
use assize_lang::sema::DeclKind;
use assize_lang::sema::at::{LocalKind, Probed, Wanted};

use super::super::words;
use super::context::Context;
use super::names::{self, call};
use super::{Kind, Proposal, members};

/// How far a value of another type stands behind one that fits.
const MISFIT: u16 = 30;
/// How far ahead one that fits comes.
const FIT: u16 = 9;

/// The proposals for what is wanted.
pub(super) fn proposals(
    db: &Database,
    path: &str,
    probed: &Probed,
    typed: &str,
    context: &Context,
) -> Vec<Proposal> {
    match &probed.wanted {
        Wanted::Value(wanted) => value(db, path, probed, wanted.as_ref(), typed, context),
        Wanted::Of(ty) => members::of(db, path, ty),
        Wanted::Member(of) => {
            let mut out = enum_members(db, of, "");
            if context.last(0) == "alert" {
                out.push(Proposal::new("(", Kind::Snippet, 80).detail("a computed severity").snippet("($0)"));
            }
            out
        }
        Wanted::InPackage(package) => in_package(db, package),
        Wanted::Package(head) => packages(db, head),
        Wanted::Taken(package, taken) => {
            let free = db
                .declared_in(package)
                .into_iter()
                .filter(|one| !taken.iter().any(|name| name == one.name.short()));
            free.map(|one| plain(names::proposal(db, &one))).collect()
        }
        Wanted::Type => types(db, path, typed),
        Wanted::Item(kinds) => {
            let mut out: Vec<Proposal> =
                names::declared(db, path, kinds, typed).into_iter().map(plain).collect();
            if kinds.contains(&DeclKind::Relation) || kinds.contains(&DeclKind::Policy) {
                out.iter_mut().for_each(|one| one.rank = 20);
            }
            out
        }
        Wanted::Control(None) => controls(db, path, typed),
        Wanted::Control(Some(catalog)) => entries(db, catalog, ""),
        Wanted::Given(of, given) => given_fields(db, of, given),
        Wanted::Field(of) => db.schema().facts.get(of).into_iter().flat_map(members::fields).collect(),
        Wanted::Signal => signals(db),
    }
}

/// Without places to fill in: the name alone is wanted.
fn plain(mut one: Proposal) -> Proposal {
    one.insert.clone_from(&one.label);
    one.snippet = false;
    one
}

fn value(
    db: &Database,
    path: &str,
    probed: &Probed,
    wanted: Option<&Type>,
    typed: &str,
    context: &Context,
) -> Vec<Proposal> {
    let mut out = Vec::new();
    let fit = |rank: u16, ty: Option<&Type>| match (wanted, ty) {
        (Some(wanted), Some(ty)) if db.takes(wanted, ty) || db.takes(ty, wanted) => rank.saturating_sub(FIT),
        // A fact has fields, and a list has a size: they lead somewhere.
        (Some(_), Some(Type::Fact(_) | Type::List(_))) => rank.saturating_add(2),
        (Some(_), Some(_)) => rank.saturating_add(MISFIT),
        _ => rank,
    };
    let mut seen = Vec::new();
    for (at, local) in (0_u16..).zip(probed.locals.iter().rev()) {
        if seen.contains(&local.name.as_str()) {
            continue;
        }
        seen.push(local.name.as_str());
        let mark = if local.optional { "?" } else { "" };
        let detail = local.ty.as_ref().map_or_else(|| "?".to_owned(), |ty| format!("{ty}{mark}"));
        let rank = fit(at.min(4).saturating_add(12), local.ty.as_ref());
        let what = match local.kind {
            LocalKind::Binding => "bound by `for`",
            LocalKind::Let => "named by `let`",
            LocalKind::Argument => "an argument",
            LocalKind::Variable => "the member at hand",
        };
        let docs = if local.docs.is_empty() { what.to_owned() } else { local.docs.clone() };
        out.push(Proposal::new(local.name.clone(), Kind::Local, rank).detail(detail).docs(docs));
    }
    if let Some(Type::Enum(of)) = wanted {
        out.extend(enum_members(db, of, &format!("{}.", of.short())));
    }
    let kinds = [
        DeclKind::Param,
        DeclKind::Fn,
        DeclKind::Table,
        DeclKind::Relation,
        DeclKind::Enum,
        DeclKind::Fact,
        DeclKind::Request,
    ];
    for mut one in names::declared(db, path, &kinds, typed) {
        one.rank = fit(one.rank, one.ty.as_ref());
        out.push(one);
    }
    out.extend(own_words(wanted, context));
    out
}

/// The language's own words that are values, or make some.
fn own_words(wanted: Option<&Type>, context: &Context) -> Vec<Proposal> {
    let mut out = Vec::new();
    let truth = if wanted == Some(&Type::Bool) { 34 } else { 62 };
    out.extend(["true", "false"].map(|word| Proposal::new(word, Kind::Word, truth).detail("bool")));
    out.push(Proposal::new("null", Kind::Word, 64).docs("Known to be absent."));
    let now = if wanted == Some(&Type::Timestamp) { 11 } else { 42 };
    for (written, docs) in words::all() {
        let head = written.split('(').next().unwrap_or(written);
        if head.contains('.') {
            continue;
        }
        if !written.contains('(') {
            out.push(Proposal::new(head, Kind::Word, now).detail("timestamp").docs(docs));
            continue;
        }
        let args = written.split_once('(').map_or("", |(_, args)| args.trim_end_matches(')'));
        let evidence = matches!(head, "known" | "unknown" | "conflict" | "covered" | "has");
        let rank = if evidence { 58 } else { 70 };
        let insert = call(head, args.split(", ").filter(|arg| !arg.is_empty()));
        out.push(Proposal::new(head, Kind::Function, rank).detail(written).docs(docs).snippet(insert));
    }
    // In a reason.
    if context.before.last().is_some_and(|(_, text)| text.starts_with(['"', '\''])) {
        out.push(Proposal::new("missing", Kind::Word, 30).docs("The evidence that is wanted."));
    }
    out
}

fn enum_members(db: &Database, of: &Name, before: &str) -> Vec<Proposal> {
    let schema = db.schema();
    if of.short() == "Signal" && !schema.enums.contains_key(of) {
        return signals(db);
    }
    let members = schema.enums.get(of).into_iter().flat_map(|found| &found.members);
    let one = |(at, member): (u16, &assize_lang::plan::Member)| {
        // They stand in their own order, before whatever else there is.
        Proposal::new(format!("{before}{}", member.name), Kind::Member, at.min(9))
            .detail(of.short())
            .docs(member.docs.clone())
    };
    (0..).zip(members).map(one).collect()
}

fn signals(db: &Database) -> Vec<Proposal> {
    let signals = db.schema().signals.values();
    let one = |signal: &assize_lang::plan::Signal| {
        Proposal::new(signal.name.as_str(), Kind::Member, 10).detail("signal").docs(signal.docs.clone())
    };
    signals.map(one).collect()
}

fn in_package(db: &Database, package: &str) -> Vec<Proposal> {
    let mut out: Vec<Proposal> =
        db.declared_in(package).iter().map(|one| plain(names::proposal(db, one))).collect();
    out.extend(packages(db, package));
    out
}

/// The next part of the packages that start with `head`.
fn packages(db: &Database, head: &str) -> Vec<Proposal> {
    let mut parts: Vec<&str> = Vec::new();
    for package in db.packages() {
        let rest = match head {
            "" => Some(package),
            head => package.strip_prefix(head).and_then(|rest| rest.strip_prefix('.')),
        };
        let part = rest.and_then(|rest| rest.split('.').next());
        parts.extend(part.filter(|part| !part.is_empty()));
    }
    parts.sort_unstable();
    parts.dedup();
    let whole = |part: &str| if head.is_empty() { part.to_owned() } else { format!("{head}.{part}") };
    parts
        .iter()
        .map(|part| Proposal::new(*part, Kind::Package, 30).detail(format!("package {}", whole(part))))
        .collect()
}

fn types(db: &Database, path: &str, typed: &str) -> Vec<Proposal> {
    let mut out = Vec::new();
    for (at, name) in
        (0_u16..).zip(["string", "bool", "timestamp", "duration", "int", "double", "uint", "bytes", "dyn"])
    {
        out.push(Proposal::new(name, Kind::Word, at.saturating_add(10)).detail("type"));
    }
    for (name, docs) in [
        ("list", "A list of values."),
        ("map", "Values by key."),
        ("sensitive", "May be compared, hashed and counted, and is never shown."),
    ] {
        let insert =
            if name == "map" { "map<${1:string}, ${2:string}>".to_owned() } else { format!("{name}<$1>") };
        out.push(Proposal::new(name, Kind::Word, 24).detail("type").docs(docs).snippet(insert));
    }
    out.extend(names::declared(db, path, &[DeclKind::Enum, DeclKind::Fact, DeclKind::Request], typed));
    out
}

/// The catalogs in scope, and all their entries.
fn controls(db: &Database, path: &str, typed: &str) -> Vec<Proposal> {
    let mut out: Vec<Proposal> = names::declared(db, path, &[DeclKind::Catalog], typed).into_iter().collect();
    for one in db.visible(path).iter().filter(|one| one.kind == DeclKind::Catalog) {
        out.extend(entries(db, &one.name, &format!("{}.", one.name.short())));
    }
    out
}

fn entries(db: &Database, catalog: &Name, before: &str) -> Vec<Proposal> {
    let found = db.catalog(catalog);
    let entries = found.into_iter().flat_map(|catalog| &catalog.entries);
    let one = |entry: &assize_lang::sema::CatalogEntry| {
        Proposal::new(format!("{before}{}", entry.name), Kind::Control, 20)
            .detail(entry.control.title.clone())
            .docs(format!("**{}**: {}", entry.control.id, entry.control.title))
    };
    entries.map(one).collect()
}

/// The fields of a fact that a test gives: the key first, then those that have no default.
fn given_fields(db: &Database, of: &Name, given: &[String]) -> Vec<Proposal> {
    let Some(fact) = db.schema().facts.get(of) else { return Vec::new() };
    let free = fact.fields.iter().zip(members::fields(fact));
    let free = free.filter(|(field, _)| !given.iter().any(|name| name == field.name.as_str()));
    let shown = free.map(|(field, mut one)| {
        one.rank = match field {
            field if field.name == fact.key => 5,
            field if field.default.is_none() && !field.optional => 10,
            _ => 20,
        };
        let value = match &field.ty {
            Type::String | Type::Fact(_) => "\"$1\"".to_owned(),
            Type::Timestamp => "now - ${1:1d}".to_owned(),
            Type::Enum(of) => format!("{}.$1", of.short()),
            Type::Bool => "${1|true,false|}".to_owned(),
            _ => "$1".to_owned(),
        };
        let insert = format!("{}: {value}", field.name);
        one.snippet(insert)
    });
    shown.collect()
}
