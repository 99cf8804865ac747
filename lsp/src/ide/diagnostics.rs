//! What is wrong with a file, in the words that an editor shows.

use assize_lang::Database;
use assize_lang::db::file_diagnostics;
use assize_lang::diagnostic::{self, Code, Severity, Span};

/// One diagnostic of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where, counted from the file's start.
    pub span: Span,
    /// What kind it is.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, why, and what to write instead: a line each.
    pub message: String,
    /// Further places.
    pub related: Vec<Related>,
}

/// A further place that a diagnostic speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The file.
    pub path: String,
    /// Where, counted from the file's start.
    pub span: Span,
    /// What to see there.
    pub message: String,
}

impl Diagnostic {
    /// Whether it speaks of something that nobody reads: editors fade it.
    #[must_use]
    pub const fn unused(&self) -> bool {
        matches!(self.code, Code::UnusedParam | Code::UnusedLet | Code::UnusedBinding)
    }
}

/// The diagnostics of the file at `path`, in the order of their places; none where there is no such file.
#[must_use]
pub fn diagnostics(db: &Database, path: &str) -> Vec<Diagnostic> {
    let Some(file) = db.file(path) else { return Vec::new() };
    file_diagnostics(db, file).iter().map(|found| shown(path, found)).collect()
}

pub(super) fn shown(path: &str, found: &diagnostic::Diagnostic) -> Diagnostic {
    let mut message = found.message.clone();
    let mut line = |head: &str, text: &str| {
        message.push('\n');
        message.push_str(head);
        message.push_str(text);
    };
    if let Some(label) = &found.label {
        line("", label);
    }
    found.notes.iter().for_each(|note| line("note: ", note));
    if let Some(help) = &found.help {
        line("help: ", help);
    }
    let related = found.labels.iter().map(|label| Related {
        path: label.file.clone().unwrap_or_else(|| path.to_owned()),
        span: label.span,
        message: label.message.clone(),
    });
    Diagnostic {
        span: found.span,
        code: found.code,
        severity: found.severity,
        message,
        related: related.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::fixture::{self, Fixture};

    #[test]
    fn a_diagnostic_says_what_why_and_what_to_do() {
        let fixture = Fixture::new(
            "policy q { for s: Secret where s.uses decide { s.statik => alert low because \"x\" } }",
        );
        let shown: Vec<String> = diagnostics(&fixture.db, fixture::PATH)
            .iter()
            .map(|one| format!("{} `{}` {}", one.code, one.span.text(&fixture.text), one.message))
            .collect();
        insta::assert_snapshot!(shown.join("\n\n"), @r"
        E0301 `s.uses` expected `bool`, found `list<SecretUse>`
        this is `list<SecretUse>`
        help: ask `.size() > 0`, or `.exists(x, …)`

        E0202 `statik` `Secret` has no field `statik`
        no such field
        help: did you mean `static`?
        ");
    }

    #[test]
    fn a_further_place_may_be_in_another_file() {
        let fixture = Fixture::new("param first: int = 1\n");
        let mut db = fixture.db;
        db.set_source("other.assize", "package p\nparam first: int = 2\n", false);
        let other = diagnostics(&db, fixture::PATH);
        let [one, _] = other.as_slice() else { panic!("{other:?}") };
        assert_eq!((one.code, one.related.len()), (Code::Duplicate, 1));
        assert_eq!(one.related[0].path, "other.assize");
        assert_eq!(one.related[0].span, Span::new(16, 21));
    }

    #[test]
    fn what_nobody_reads_is_marked() {
        let fixture = Fixture::new("param never: int = 1\n");
        let found = diagnostics(&fixture.db, fixture::PATH);
        assert!(matches!(found.as_slice(), [one] if one.unused() && one.severity == Severity::Warning));
        assert_eq!(diagnostics(&fixture.db, "nowhere.assize"), Vec::new());
    }
}
