//! A text on trial: what the checker would say of it if it stood beside a file.
//!
//! A test can expect that a text is refused (`expect error E0203 in """…"""`). That is no matter of the check
//! of the test's own file: whoever runs the test asks here.

use std::collections::BTreeMap;

use crate::db::{self, Database, FileDiagnostics};
use crate::diagnostic::{Code, Diagnostic, Sources, Span, render};
use crate::plan::newlines;
use crate::{SourceText, syntax};

/// The path of the text on trial: no file of a project has it.
const PATH: &str = "~trial";

/// Texts that others are tried beside.
#[derive(Debug)]
pub struct Trial {
    db: Database,
    before: BTreeMap<String, Vec<Diagnostic>>,
}

/// Something that is said because of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What is said; its places are those of the picture.
    pub diagnostic: Diagnostic,
    /// `file.assize:12`
    pub place: String,
    /// As it is drawn for people, without colour.
    pub picture: String,
}

impl Remark {
    /// Whether the message, or anything that is said around it, contains a text.
    #[must_use]
    pub fn contains(&self, part: &str) -> bool {
        let Diagnostic { message, label, labels, notes, help, .. } = &self.diagnostic;
        let around = labels.iter().map(|label| &label.message);
        std::iter::once(message)
            .chain(label)
            .chain(around)
            .chain(notes)
            .chain(help)
            .any(|said| said.contains(part))
    }
}

impl Trial {
    /// Takes the texts of a project, libraries among them.
    #[must_use]
    pub fn new(sources: &[SourceText]) -> Self {
        let mut db = Database::default();
        db.set_sources(sources.iter().map(SourceText::parts));
        let before = db.diagnostics().into_iter().map(|file| (file.path, file.diagnostics)).collect();
        Self { db, before }
    }

    /// What is said of a text that stands beside the file at `path`, and of the other texts because of it.
    ///
    /// A text without a `package` of its own is of the file's package and sees what that file sees. Where
    /// the literal, a place in the file, has the text as it is, places are the file's; else the text's own.
    #[must_use]
    pub fn check(&mut self, path: &str, text: &str, literal: Span) -> Vec<Remark> {
        let head = self.head(path, text);
        let level = Level::of(text);
        self.db.set_source(PATH, &format!("{head}{}", level.text), false);
        let shown = self.shown(path, text, literal);
        let head = u32::try_from(head.len()).unwrap_or(u32::MAX);
        let mut sources = Sources::default();
        for (path, text) in self.db.sources().filter(|(path, _)| *path != PATH) {
            sources.insert(path, text);
        }
        if shown.start.is_none() {
            sources.insert(shown.path.as_str(), text);
        }
        let mut out = Vec::new();
        for FileDiagnostics { path, diagnostics } in self.db.diagnostics() {
            let on_trial = path == PATH;
            let before = self.before.get(&path).map(Vec::as_slice).unwrap_or_default();
            for diagnostic in diagnostics {
                // What is wrong with the lines above the text is wrong with the file that they are of.
                let of_head = on_trial && diagnostic.span.end < head;
                // A text on trial is a part of something: what nothing in it uses is no mistake.
                if of_head || diagnostic.code == Code::UnusedItem || before.contains(&diagnostic) {
                    continue;
                }
                let diagnostic = shown.moved(diagnostic, on_trial, &|span| level.written(span, head));
                let path = if on_trial { shown.path.as_str() } else { path.as_str() };
                let file = self.db.file(path).map(|file| file.text(&self.db)).unwrap_or(text);
                let line = newlines(file, diagnostic.span.start).saturating_add(1);
                let picture = render(&sources, path, &diagnostic, false);
                out.push(Remark { place: format!("{path}:{line}"), diagnostic, picture });
            }
        }
        out
    }

    /// The lines that a text begins with that does not say of which package it is.
    fn head(&self, path: &str, text: &str) -> String {
        let mut head = String::new();
        let own = syntax::cut(text).iter().any(|item| is_headed(&db::head(&item.text), &["package"]));
        let Some(file) = self.db.file(path).filter(|_| !own) else { return head };
        for item in db::items(&self.db, file) {
            if is_headed(item.head(&self.db), &["package", "use"]) {
                head.push_str(item.text(&self.db));
                head.push('\n');
            }
        }
        head
    }

    /// Where a text is shown.
    fn shown(&self, path: &str, text: &str, literal: Span) -> Shown {
        let file = self.db.file(path).map(|file| file.text(&self.db)).unwrap_or_default();
        let written = literal.text(file);
        let quotes = written.trim_start_matches(['r', 'R']);
        let quote = if quotes.starts_with("\"\"\"") || quotes.starts_with("'''") { 3 } else { 1_usize };
        let before = written.len().saturating_sub(quotes.len()).saturating_add(quote);
        let start = literal.start.saturating_add(u32::try_from(before).unwrap_or(u32::MAX));
        let verbatim = file.get(start as usize..).is_some_and(|rest| rest.starts_with(text));
        if verbatim {
            return Shown { path: path.to_owned(), start: Some(start) };
        }
        let line = newlines(file, literal.start).saturating_add(1);
        Shown { path: format!("{path}:{line}, the text"), start: None }
    }
}

fn is_headed(head: &str, words: &[&str]) -> bool {
    head.split(' ').next().is_some_and(|word| words.contains(&word))
}

/// Where a text on trial is shown: in a file from a byte on, or alone.
struct Shown {
    path: String,
    start: Option<u32>,
}

impl Shown {
    /// A diagnostic with the places of the text on trial where they are shown. `written` is where a place
    /// stands in the text as written, if it stands there.
    fn moved(
        &self,
        mut diagnostic: Diagnostic,
        on_trial: bool,
        written: &dyn Fn(Span) -> Option<Span>,
    ) -> Diagnostic {
        let place = |span: Span| written(span).unwrap_or_default().shifted(self.start.unwrap_or(0));
        if on_trial {
            diagnostic.span = place(diagnostic.span);
            diagnostic.labels.retain(|label| label.file.is_some() || written(label.span).is_some());
            for fix in &mut diagnostic.fixes {
                fix.span = place(fix.span);
            }
        }
        for label in &mut diagnostic.labels {
            let here = label.file.as_deref() == Some(PATH);
            if here {
                label.file = Some(self.path.clone());
            }
            if here || on_trial && label.file.is_none() {
                label.span = place(label.span);
            }
        }
        diagnostic
    }
}

/// A text without the indentation that its lines share: items start in the first column.
struct Level {
    text: String,
    /// Of each line where it starts, and how many bytes were taken up to there.
    lines: Vec<(u32, u32)>,
}

impl Level {
    /// The first line stands behind the quotes, and shares nothing with the others.
    fn of(text: &str) -> Self {
        let blanks = |line: &str| line.len().saturating_sub(line.trim_start_matches([' ', '\t']).len());
        let others = text.split('\n').skip(1).filter(|line| !line.trim().is_empty());
        let shared = others.map(blanks).min().unwrap_or(0);
        let mut level = Self { text: String::with_capacity(text.len()), lines: Vec::new() };
        let mut taken: usize = 0;
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                level.text.push('\n');
            }
            let indent = if number == 0 { blanks(line) } else { shared.min(blanks(line)) };
            taken = taken.saturating_add(indent);
            let bytes = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
            level.lines.push((bytes(level.text.len()), bytes(taken)));
            level.text.push_str(line.get(indent..).unwrap_or_default());
        }
        level
    }

    /// Where a place behind `head` bytes and this text stands in the text as written.
    fn written(&self, span: Span, head: u32) -> Option<Span> {
        let inside = Span::new(span.start.checked_sub(head)?, span.end.saturating_sub(head));
        let byte = |at: u32| {
            let line = self.lines.partition_point(|(start, _)| *start <= at).saturating_sub(1);
            at.saturating_add(self.lines.get(line).map_or(0, |(_, taken)| *taken))
        };
        let end = if inside.end > inside.start {
            byte(inside.end.saturating_sub(1)).saturating_add(1)
        } else {
            byte(inside.end)
        };
        Some(Span::new(byte(inside.start), end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lines_share_is_taken_and_places_stay() {
        for (text, level) in [
            ("a", "a"),
            ("  a", "a"),
            ("\n    a\n      b\n  ", "\na\n  b\n"),
            ("a\n  b\n\n   c", "a\nb\n\n c"),
            ("\n a\n\té", "\na\né"),
            ("", ""),
        ] {
            let leveled = Level::of(text);
            assert_eq!(leveled.text, level, "{text:?}");
            for (at, c) in leveled.text.char_indices().filter(|(_, c)| *c != '\n') {
                let (start, end) = (7 + at as u32, 7 + (at + c.len_utf8()) as u32);
                let written = leveled.written(Span::new(start, end), 7).unwrap();
                assert_eq!(written.text(text), c.to_string(), "{text:?}");
            }
            assert_eq!(leveled.written(Span::new(6, 8), 7), None);
        }
    }
}
