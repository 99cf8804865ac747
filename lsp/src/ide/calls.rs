//! Who uses a policy, function, table, relation or param, and what each of them uses.

use assize_lang::Database;
use assize_lang::db;
use assize_lang::diagnostic::Span;
use assize_lang::plan::Name;
use assize_lang::sema::DeclKind;
use assize_lang::sema::at::{Meaning, names};

/// Something that calls and is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Callee {
    /// Its qualified name; of a test its words.
    pub name: String,
    /// What it is.
    pub kind: DeclKind,
    /// Its file.
    pub path: String,
    /// All of it.
    pub span: Span,
    /// Its name's place.
    pub selection: Span,
}

/// One that calls, or is called, and the places of the calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The other one.
    pub other: Callee,
    /// Where the calls are, in the caller's file.
    pub places: Vec<Span>,
}

/// What the name at `offset` calls by.
#[must_use]
pub fn prepare(db: &Database, path: &str, offset: u32) -> Option<Callee> {
    match db.at(path, offset)?.meaning {
        Meaning::Item(name) => callee(db, &name),
        _ => None,
    }
}

/// Who calls it.
#[must_use]
pub fn incoming(db: &Database, of: &Callee) -> Vec<Call> {
    let Some(at) = db.at(&of.path, of.selection.start) else { return Vec::new() };
    let mut out: Vec<Call> = Vec::new();
    for one in db.references(&of.path, &at).into_iter().filter(|one| !one.declares) {
        let Some(item) = db.item_at(&one.path, one.span.start) else { continue };
        let Some(name) = item.tree.name() else { continue };
        let Some(package) = db.package_of(&one.path) else { continue };
        let Some(other) = callee(db, &Name::from(format!("{package}.{}", name.text))) else { continue };
        match out.iter_mut().find(|call| call.other == other) {
            Some(call) => call.places.push(one.span),
            None => out.push(Call { other, places: vec![one.span] }),
        }
    }
    out
}

/// What it calls.
#[must_use]
pub fn outgoing(db: &Database, of: &Callee) -> Vec<Call> {
    let mut out: Vec<Call> = Vec::new();
    let Some(file) = db.file(&of.path) else { return out };
    let items = db::items(db, file);
    let Some(item) = items.iter().rev().find(|item| item.start(db) <= of.selection.start) else { return out };
    for named in names(db, *item) {
        let Meaning::Item(name) = &named.meaning else { continue };
        let span = named.span.shifted(item.start(db));
        if span == of.selection {
            continue;
        }
        let Some(other) = callee(db, name) else { continue };
        match out.iter_mut().find(|call| call.other == other) {
            Some(call) => call.places.push(span),
            None => out.push(Call { other, places: vec![span] }),
        }
    }
    out
}

fn callee(db: &Database, name: &Name) -> Option<Callee> {
    let kind = db.kind_of(name)?;
    let calls = matches!(
        kind,
        DeclKind::Fn | DeclKind::Table | DeclKind::Relation | DeclKind::Policy | DeclKind::Param
    );
    let place = db.declared_at(name).filter(|_| calls)?;
    let item = db.item_at(&place.path, place.span.start)?;
    let span = item.tree.span.shifted(item.start);
    Some(Callee { name: name.as_str().to_owned(), kind, path: place.path, span, selection: place.span })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::fixture::{self, Fixture};

    #[test]
    fn calls_lead_both_ways() {
        let fixture = Fixture::new(
            "param idle: duration = 9d\nfn ol<CURSOR>d(s: Secret): bool = s.created_at < now - idle\nfn older(s: Secret): bool = old(s) || s.old()\npolicy q { for s: Secret where s.older() decide { old(s) => alert low because \"x\" } }\n",
        );
        let here = prepare(&fixture.db, fixture::PATH, fixture.cursor).expect("a function");
        let shown = |calls: Vec<Call>| -> Vec<String> {
            calls.iter().map(|call| format!("{} x{}", call.other.name, call.places.len())).collect()
        };
        assert_eq!(shown(incoming(&fixture.db, &here)), ["p.older x2", "p.q x1"]);
        assert_eq!(shown(outgoing(&fixture.db, &here)), ["p.idle x1"]);
        let fixture = Fixture::new("policy q { for s: Sec<CURSOR>ret }\n");
        assert_eq!(prepare(&fixture.db, fixture::PATH, fixture.cursor), None);
    }
}
