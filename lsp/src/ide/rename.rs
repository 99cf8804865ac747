//! A new name for what the cursor is on, wherever it stands.

use std::collections::{BTreeMap, BTreeSet};

use assize_lang::Database;
use assize_lang::db::file_diagnostics;
use assize_lang::diagnostic::{Severity, Span};
use assize_lang::plan::Name;
use assize_lang::sema::at::{At, LocalKind, Meaning, Reference};
use assize_lang::syntax::{self, ast::ItemKind};

use super::format::Edit;

/// A name that can be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// Where the cursor is.
    pub span: Span,
    /// The name there.
    pub name: String,
}

/// The edits of each file.
pub type Edits = BTreeMap<String, Vec<Edit>>;

/// The name at `offset`, where it is one that can be changed.
///
/// # Errors
/// Why it cannot, for people.
pub fn prepare(db: &Database, path: &str, offset: u32) -> Result<Renamed, String> {
    let at = db.at(path, offset).ok_or("there is no name here")?;
    let text = db.file(path).map(|file| file.text(db)).unwrap_or_default();
    let name = at.span.text(text).to_owned();
    let place = match &at.meaning {
        Meaning::Word(_) => return Err(format!("`{name}` is a word of the language")),
        Meaning::Code(_) => return Err(format!("`{name}` is a diagnostic's code")),
        _ => at.place.as_ref().ok_or_else(|| format!("it is not known where `{name}` is declared"))?,
    };
    let declaring = db.file(&place.path).ok_or("its file is not there")?;
    if declaring.library(db) {
        return Err(format!("`{name}` belongs to the standard library"));
    }
    if let Meaning::Local(local) = &at.meaning {
        if place.span.text(declaring.text(db)) != local.name {
            return Err(format!("`{name}` is named after its type"));
        }
        let item = db.item_at(path, at.span.start).map(|item| &item.tree.kind);
        if let (Some(ItemKind::Waive(waived)), LocalKind::Binding) = (item, local.kind) {
            return Err(format!("`{name}` is what `{}` binds: rename it there", waived.policy.dotted()));
        }
    }
    Ok(Renamed { span: at.span, name })
}

/// What has to be written where so that the name at `offset` is `new` everywhere.
///
/// # Errors
/// Why that cannot be done, for people: the name is none, or is taken, or a file that says it does not read.
pub fn rename(db: &Database, path: &str, offset: u32, new: &str) -> Result<Edits, String> {
    let Renamed { name: old, .. } = prepare(db, path, offset)?;
    let at = db.at(path, offset).ok_or("there is no name here")?;
    is_name(&at.meaning, &old, new)?;
    let mut places = db.references(path, &at);
    places.extend(in_waivers(db, path, &at));
    places.retain(|one| {
        let file = db.file(&one.path);
        file.is_some_and(|file| !file.library(db) && one.span.text(file.text(db)) == old)
    });
    places.sort();
    places.dedup();
    taken(db, path, &at, new, &places)?;
    let files: BTreeSet<&str> = places.iter().map(|one| one.path.as_str()).collect();
    for path in files {
        let Some(file) = db.file(path) else { continue };
        let broken = file_diagnostics(db, file)
            .iter()
            .find(|found| found.severity == Severity::Error && found.code.as_str().starts_with("E01"));
        if let Some(found) = broken {
            return Err(format!(
                "`{path}` does not read ({}: {}): mend that first",
                found.code, found.message
            ));
        }
    }
    let mut out = Edits::new();
    for one in places {
        out.entry(one.path).or_default().push(Edit { span: one.span, text: new.to_owned() });
    }
    Ok(out)
}

/// Whether `new` can be a name of such a thing.
fn is_name(meaning: &Meaning, old: &str, new: &str) -> Result<(), String> {
    let package = matches!(meaning, Meaning::Package(_));
    let behind_dot = matches!(meaning, Meaning::Field { .. } | Meaning::Inverse { .. });
    let good = |part: &str| syntax::is_name(part, behind_dot);
    let fits = if package { new.split('.').all(good) } else { good(new) };
    if !fits {
        return Err(format!("`{new}` cannot be a name here"));
    }
    let capital = |name: &str| name.starts_with(|c: char| c.is_ascii_uppercase());
    if capital(old) && !capital(new) && matches!(meaning, Meaning::Item(_)) {
        return Err(format!("`{new}` has to start with a capital letter, as types do"));
    }
    if !capital(old) && capital(new) && matches!(meaning, Meaning::Item(_) | Meaning::Local(_)) {
        return Err(format!("`{new}` has to start in lower case: it is no type"));
    }
    Ok(())
}

/// Whether the new name means something already where it would stand.
fn taken(db: &Database, path: &str, at: &At, new: &str, places: &[Reference]) -> Result<(), String> {
    let schema = db.schema();
    let there = |yes: bool, of: &Name| {
        if yes { Err(format!("`{}` has a `{new}` already", of.short())) } else { Ok(()) }
    };
    match &at.meaning {
        Meaning::Item(name) => {
            let package = name.as_str().rsplit_once('.').map_or("", |(package, _)| package);
            let whole = Name::from(format!("{package}.{new}"));
            if db.kind_of(&whole).is_some() {
                return Err(format!("`{package}` declares a `{new}` already"));
            }
            for one in places {
                if db.locals(&one.path, one.span.start).iter().any(|local| local == new) {
                    return Err(format!("`{new}` is bound in `{}`, where it would hide this one", one.path));
                }
            }
            Ok(())
        }
        Meaning::Local(_) => {
            if db.locals(path, at.span.start).iter().any(|local| local == new) {
                return Err(format!("`{new}` is bound here already"));
            }
            match db.visible(path).iter().find(|one| one.name.short() == new) {
                Some(hidden) => Err(format!("`{new}` would hide `{}`", hidden.name)),
                None => Ok(()),
            }
        }
        Meaning::Field { of, .. } | Meaning::Inverse { of, .. } => {
            let fact = schema.facts.get(of);
            there(fact.is_some_and(|fact| fact.field(new).is_some() || fact.inverse(new).is_some()), of)
        }
        Meaning::Member { of, .. } => {
            there(schema.enums.get(of).is_some_and(|found| found.index_of(new).is_some()), of)
        }
        Meaning::Control { catalog, .. } => {
            let entries = db.catalog(catalog).into_iter().flat_map(|catalog| &catalog.entries);
            let mut names = entries.flat_map(|entry| std::iter::once(&entry.name).chain(&entry.aliases));
            there(names.any(|name| name == new), catalog)
        }
        Meaning::Package(_) | Meaning::Code(_) | Meaning::Word(_) => Ok(()),
    }
}

/// A policy's binding is named by its waivers too.
fn in_waivers(db: &Database, path: &str, at: &At) -> Vec<Reference> {
    let mut out = Vec::new();
    let Meaning::Local(local) = &at.meaning else { return out };
    let Some(item) = db.item_at(path, at.span.start) else { return out };
    let (ItemKind::Policy(policy), LocalKind::Binding) = (&item.tree.kind, local.kind) else { return out };
    let Some(name) = db.at(path, policy.name.span.start.saturating_add(item.start)) else { return out };
    for one in db.references(path, &name) {
        let Some(item) = db.item_at(&one.path, one.span.start) else { continue };
        let ItemKind::Waive(waived) = &item.tree.kind else { continue };
        if waived.binding.text == local.name
            && let Some(bound) = db.at(&one.path, waived.binding.span.start.saturating_add(item.start))
        {
            out.extend(db.references(&one.path, &bound));
        }
    }
    out
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "tests")]
mod tests {
    use super::*;
    use crate::ide::fixture::{self, Fixture};

    /// The whole text with the new name, or why not.
    fn renamed(text: &str, new: &str) -> String {
        let fixture = Fixture::new(text);
        match rename(&fixture.db, fixture::PATH, fixture.cursor, new) {
            Err(why) => format!("refused: {why}"),
            Ok(edits) => {
                let mut out = fixture.text.clone();
                assert!(edits.keys().all(|path| path == fixture::PATH), "{edits:?}");
                for edit in edits.values().flatten().rev() {
                    out.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
                }
                out[fixture.head as usize..].to_owned()
            }
        }
    }

    #[test]
    fn a_name_changes_wherever_it_stands() {
        for (text, new, expected) in [
            (
                "fn f<CURSOR>(s: Secret): bool = s.static\nfn g(s: Secret): bool = s.f() || f(s) // f\n",
                "h",
                "fn h(s: Secret): bool = s.static\nfn g(s: Secret): bool = s.h() || h(s) // f\n",
            ),
            (
                "policy q { for s: Secret decide { s<CURSOR>.static => alert low because \"{s.id}\" } }\nwaive q for s where s.id == \"a\" until 2027-01-01T00:00:00Z because \"x\" by \"y\"\n",
                "t",
                "policy q { for t: Secret decide { t.static => alert low because \"{t.id}\" } }\nwaive q for t where t.id == \"a\" until 2027-01-01T00:00:00Z because \"x\" by \"y\"\n",
            ),
            (
                "entity K { key id: string other: K inverse k<CURSOR>s } closed\nfn f(k: K): int = k.ks.size()\n",
                "all",
                "entity K { key id: string other: K inverse all } closed\nfn f(k: K): int = k.all.size()\n",
            ),
            (
                "enum E { a<CURSOR>, b }\nfn f(e: E): bool = e == E.a\n",
                "c",
                "enum E { c, b }\nfn f(e: E): bool = e == E.c\n",
            ),
        ] {
            assert_eq!(renamed(text, new), expected, "{text}");
        }
    }

    #[test]
    fn what_would_break_is_refused_and_why_is_said() {
        for (text, new, why) in [
            ("fn f(s: Secret): bool = s.sta<CURSOR>tic\n", "x", "`static` belongs to the standard library"),
            ("fn f(s: Secret): bool = n<CURSOR>ow > now\n", "x", "`now` is a word of the language"),
            (
                "fn f<CURSOR>(s: Secret): bool = s.static\nfn g(): int = 1\n",
                "g",
                "`p` declares a `g` already",
            ),
            ("fn f<CURSOR>(s: Secret): bool = s.static\n", "in", "`in` cannot be a name here"),
            ("fn f<CURSOR>(s: Secret): bool = s.static\n", "a b", "`a b` cannot be a name here"),
            (
                "fn f<CURSOR>(s: Secret): bool = s.static\n",
                "F",
                "`F` has to start in lower case: it is no type",
            ),
            ("enum E<CURSOR> { a }\n", "e", "`e` has to start with a capital letter, as types do"),
            ("fn f(a<CURSOR>: int, b: int): int = a + b\n", "b", "`b` is bound here already"),
            ("fn g(): int = 1\nfn f(a<CURSOR>: int): int = a\n", "g", "`g` would hide `p.g`"),
            (
                "fn f<CURSOR>(a: int): int = a\nfn g(b: int): int = f(b)\n",
                "b",
                "`b` is bound in `p.assize`, where it would hide this one",
            ),
            ("entity K { key id: string a<CURSOR>: int b: int } closed\n", "b", "`K` has a `b` already"),
            ("enum E { a<CURSOR>, b }\n", "b", "`E` has a `b` already"),
            ("fn f<CURSOR>(a: int): int = a\nfn g(b: int): int = f(\n", "h", "does not read"),
            ("  <CURSOR> fn f(a: int): int = a\n", "h", "there is no name here"),
        ] {
            let found = renamed(text, new);
            assert!(found.starts_with("refused: ") && found.contains(why), "{text}: {found}");
        }
    }
}
