//! Declared names: those that the file sees, and those that a `use` would bring.

use std::collections::BTreeSet;

use assize_lang::Database;
use assize_lang::sema::DeclKind;
use assize_lang::sema::at::{Meaning, Visible};

use super::super::imports;
use super::{Kind, Proposal, fits};

/// The most names that are not seen yet.
const MOST_FOREIGN: usize = 60;
/// How far behind what is seen stands what is not.
const FOREIGN: u16 = 100;

/// The names of the given kinds, as proposals: ranks come from the kind.
pub(super) fn declared(db: &Database, path: &str, kinds: &[DeclKind], typed: &str) -> Vec<Proposal> {
    let seen = db.visible(path);
    let of_kind = |one: &&Visible| kinds.contains(&one.kind);
    let mut out: Vec<Proposal> = seen.iter().filter(of_kind).map(|one| proposal(db, one)).collect();
    // With nothing typed there would be all of them.
    if typed.len() >= 2 {
        out.extend(foreign(db, path, &seen, kinds, typed));
    }
    out
}

/// What other packages declare, with the `use` that brings it.
fn foreign(db: &Database, path: &str, seen: &[Visible], kinds: &[DeclKind], typed: &str) -> Vec<Proposal> {
    let known: BTreeSet<&str> = seen.iter().map(|one| one.name.short()).collect();
    let mut out = Vec::new();
    for package in db.packages() {
        for one in db.declared_in(package) {
            let short = one.name.short();
            if !kinds.contains(&one.kind) || known.contains(short) || !fits(short, typed) {
                continue;
            }
            let Some(import) = imports::edit(db, path, package, short) else { continue };
            let mut found = proposal(db, &one);
            found.rank = found.rank.saturating_add(FOREIGN);
            found.detail = format!("{} · use {package}", found.detail);
            found.import = Some(import);
            out.push(found);
            if out.len() >= MOST_FOREIGN {
                return out;
            }
        }
    }
    out
}

/// A declared name.
pub(super) fn proposal(db: &Database, one: &Visible) -> Proposal {
    let short = one.name.short().to_owned();
    let (kind, rank) = match one.kind {
        DeclKind::Param => (Kind::Param, 20),
        DeclKind::Fn | DeclKind::Table | DeclKind::Relation => (Kind::Function, 26),
        DeclKind::Enum => (Kind::Enum, 44),
        DeclKind::Fact | DeclKind::Request => (Kind::Type, 46),
        DeclKind::Signal => (Kind::Member, 50),
        DeclKind::Catalog => (Kind::Control, 52),
        DeclKind::Policy => (Kind::Policy, 54),
    };
    let mut out = Proposal::new(short.clone(), kind, rank);
    let declared = db.item_named(&one.name);
    if let Some(declared) = declared {
        out = out.docs(declared.tree.docs.clone());
    }
    let Some(signature) = db.signature(&one.name) else {
        let ty = db.type_of(&Meaning::Item(one.name.clone())).map(|(ty, _)| ty);
        if one.kind == DeclKind::Param {
            out.ty = ty;
        }
        let detail = out.ty.as_ref().map_or_else(|| one.kind.word().to_owned(), ToString::to_string);
        return out.detail(detail);
    };
    let args: Vec<String> = signature.args.iter().map(|(name, ty, _)| format!("{name}: {ty}")).collect();
    let insert = call(&short, signature.args.iter().map(|(name, ..)| name.as_str()));
    out = out.detail(format!("({}): {}", args.join(", "), signature.result)).snippet(insert);
    out.ty = Some(signature.result);
    out
}

/// A call with a place for each argument.
pub(super) fn call<'a>(name: &str, args: impl Iterator<Item = &'a str>) -> String {
    let args: Vec<String> =
        (1..).zip(args).map(|(at, arg): (usize, &str)| format!("${{{at}:{arg}}}")).collect();
    format!("{name}({})", args.join(", "))
}
