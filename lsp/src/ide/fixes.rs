//! What can be written instead of a mistake.

use assize_lang::Database;
use assize_lang::db::file_diagnostics;
use assize_lang::diagnostic::{Fix, Span};

use super::diagnostics::{Diagnostic, shown};

/// A replacement, with the mistake that it mends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mend {
    /// The mistake.
    pub diagnostic: Diagnostic,
    /// What to write instead, in the same file.
    pub fix: Fix,
}

/// The replacements for mistakes that touch `span` in the file at `path`.
#[must_use]
pub fn fixes(db: &Database, path: &str, span: Span) -> Vec<Mend> {
    let Some(file) = db.file(path) else { return Vec::new() };
    let found = file_diagnostics(db, file);
    let touched = found.iter().filter(|found| found.span.start <= span.end && span.start <= found.span.end);
    let mends = touched.flat_map(|found| {
        let diagnostic = shown(path, found);
        found.fixes.iter().map(move |fix| Mend { diagnostic: diagnostic.clone(), fix: fix.clone() })
    });
    mends.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::fixture::{self, Fixture};

    #[test]
    fn the_mistake_under_the_cursor_is_mended() {
        for (text, expected) in [
            ("fn f(s: Secret): bool = s.sta<CURSOR>tik", "static"),
            ("fn f(s: Secret): bool = s.statik<CURSOR>", "static"),
            ("fn f(s: Sec<CURSOR>ret): bool = s.statik", ""),
        ] {
            let fixture = Fixture::new(text);
            let here = Span::new(fixture.cursor, fixture.cursor);
            let mends = fixes(&fixture.db, fixture::PATH, here);
            let written: Vec<&str> = mends.iter().map(|mend| mend.fix.replacement.as_str()).collect();
            assert_eq!(written.join(", "), expected, "{text}");
            for mend in &mends {
                assert_eq!(mend.fix.span.text(&fixture.text), "statik");
            }
        }
    }
}
