//! What can be done to a text at a place: mistakes mended, parts given names, lines put in order.

mod extract;
mod repairs;
mod write;

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests")]
mod tests;

use assize_lang::Database;
use assize_lang::db::file_diagnostics;
use assize_lang::diagnostic::Span;

use super::diagnostics::{Diagnostic, shown};
use super::format::Edit;
use super::imports;

/// What kind of action it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Mends a mistake.
    Fix,
    /// Gives a part a name of its own.
    Extract,
    /// Writes something that is not there yet.
    Rewrite,
    /// Puts the `use` lines in order.
    Organize,
}

/// Something that can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// As an instruction: "write `==`".
    pub title: String,
    /// What kind it is.
    pub kind: Kind,
    /// What is replaced in the same file: apart from one another, in the order of the text.
    pub edits: Vec<Edit>,
    /// The mistake that it mends.
    pub mends: Option<Diagnostic>,
    /// Whether it is the one that is most likely meant.
    pub preferred: bool,
}

/// What can be done in `span` of the file at `path`; mends first.
#[must_use]
pub fn actions(db: &Database, path: &str, span: Span) -> Vec<Action> {
    let Some(file) = db.file(path) else { return Vec::new() };
    let mut out = Vec::new();
    let touched = |place: Span| place.start <= span.end && span.start <= place.end;
    for found in file_diagnostics(db, file).iter().filter(|found| touched(found.span)) {
        let diagnostic = shown(path, found);
        let given = found
            .fixes
            .iter()
            .map(|fix| (fix.message.clone(), vec![Edit { span: fix.span, text: fix.replacement.clone() }]));
        let known: Vec<(String, Vec<Edit>)> = given.chain(repairs::repairs(db, path, found)).collect();
        let only = known.len() == 1;
        out.extend(known.into_iter().map(|(title, edits)| Action {
            title,
            kind: Kind::Fix,
            edits,
            mends: Some(diagnostic.clone()),
            preferred: only,
        }));
    }
    out.extend(extract::actions(db, path, span));
    out.extend(write::actions(db, path, span));
    if let Some(edit) = imports::sorted(db, path) {
        out.push(plain("sort the `use` lines", Kind::Organize, vec![edit]));
    }
    out
}

fn plain(title: impl Into<String>, kind: Kind, edits: Vec<Edit>) -> Action {
    Action { title: title.into(), kind, edits, mends: None, preferred: false }
}

fn put(at: u32, text: impl Into<String>) -> Edit {
    Edit { span: Span::new(at, at), text: text.into() }
}

/// The blanks before the first word of the line of a byte.
fn indent(text: &str, at: u32) -> &str {
    let line = line_start(text, at);
    let rest = text.get(line as usize..).unwrap_or_default();
    let blank = rest.len().saturating_sub(rest.trim_start_matches([' ', '\t']).len());
    rest.get(..blank).unwrap_or_default()
}

/// The first byte of the line of a byte.
fn line_start(text: &str, at: u32) -> u32 {
    let before = text.get(..at as usize).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    u32::try_from(start).unwrap_or(u32::MAX)
}

/// A name like `base` that nothing has at a place.
fn free_name(db: &Database, path: &str, offset: u32, base: &str) -> String {
    let locals = db.locals(path, offset);
    let visible = db.visible(path);
    let is_taken = |name: &str| {
        locals.iter().any(|local| local == name) || visible.iter().any(|one| one.name.short() == name)
    };
    let numbered = (2..1000).map(|number| format!("{base}_{number}"));
    std::iter::once(base.to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default()
}
