//! `enum`.

use std::collections::BTreeMap;

use super::super::Checked;
use super::super::resolve::{self, DeclKind, SIGNAL};
use crate::db::{self, Db, Item};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::plan::{EnumType, Member, Name};
use crate::syntax::ast::ItemKind;

/// The most members that an enum may have: possible values are a 64-bit mask.
const MOST_MEMBERS: usize = 64;

/// The enum that an item declares.
#[salsa::tracked]
pub(in crate::sema) fn enum_type<'db>(db: &'db dyn Db, item: Item<'db>) -> Checked<EnumType> {
    let Some(tree) = &db::parsed(db, item).item else { return Checked::nothing() };
    let ItemKind::Enum(written) = &tree.kind else { return Checked::nothing() };
    let mut diagnostics = Vec::new();
    let mut members: Vec<Member> = Vec::new();
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for (name, docs) in &written.members {
        if name.text == "unknown" {
            diagnostics.push(
                Diagnostic::new(Code::BadName, name.span, "an enum has no member `unknown`")
                    .label("a gap is not a value")
                    .note("`status != Status.revoked` would be true of it; an unlisted value makes the field unknown")
                    .help("leave the member out"),
            );
            continue;
        }
        if let Some(first) = seen.get(name.text.as_str()) {
            diagnostics.push(
                Diagnostic::new(Code::Duplicate, name.span, format!("`{}` stands twice", name.text))
                    .label("again here")
                    .also(*first, "first here")
                    .help("remove one of the two, or give it another name"),
            );
            continue;
        }
        seen.insert(&name.text, name.span);
        members.push(Member { name: Name::from(&name.text), docs: docs.clone() });
    }
    if let Some((name, _)) = written.members.get(MOST_MEMBERS) {
        diagnostics.push(
            Diagnostic::new(Code::TooLarge, name.span, format!("an enum has at most {MOST_MEMBERS} members"))
                .label("one too many")
                .help("cut it into two enums"),
        );
    }
    let package = &resolve::header(db, item.file(db)).package;
    let name = Name::from(format!("{package}.{}", written.name.text));
    // What can be read of a broken enum stays usable: those who use it are not to blame.
    members.truncate(MOST_MEMBERS);
    let value = EnumType { name, ordered: written.ordered, members, docs: tree.docs.clone() };
    Checked { value: Some(value.into()), diagnostics }
}

/// The enum `Signal`, made of all signals in the order of their names.
#[salsa::tracked]
pub(in crate::sema) fn signal_enum(db: &dyn Db) -> EnumType {
    let mut members: Vec<Member> = Vec::new();
    for item in resolve::of_kind(db, &[DeclKind::Signal]) {
        if let Some(signal) = &super::signals::signal(db, item).value {
            members.push(Member { name: signal.name.clone(), docs: signal.docs.clone() });
        }
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    members.dedup_by(|a, b| a.name == b.name);
    members.truncate(MOST_MEMBERS);
    EnumType {
        name: Name::from(SIGNAL),
        ordered: false,
        members,
        docs: "The kinds of telemetry: one member a `signal`.".to_owned(),
    }
}

/// The enum of a qualified name.
pub(in crate::sema) fn by_name<'db>(db: &'db dyn Db, name: &Name) -> Option<&'db EnumType> {
    if name.as_str() == SIGNAL {
        return Some(signal_enum(db));
    }
    let decl = resolve::qualified(db, name.as_str())?;
    enum_type(db, decl.item).value.as_deref()
}
