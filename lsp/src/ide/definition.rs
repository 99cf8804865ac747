//! Where the name under the cursor is declared.

use assize_lang::Database;
use assize_lang::diagnostic::Span;
use assize_lang::sema::at::Meaning;

use super::imports;

/// A name and its declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The name under the cursor.
    pub origin: Span,
    /// The file of the declaration.
    pub path: String,
    /// The declared name.
    pub span: Span,
}

/// The declaration of the name at `offset`; `None` where there is no name, or one of the language's own.
#[must_use]
pub fn definition(db: &Database, path: &str, offset: u32) -> Option<Definition> {
    let at = db.at(path, offset)?;
    let place = at.place?;
    Some(Definition { origin: at.span, path: place.path, span: place.span })
}

/// The declaration of the type of what the name at `offset` means: of a list that of its members.
#[must_use]
pub fn type_definition(db: &Database, path: &str, offset: u32) -> Option<Definition> {
    let at = db.at(path, offset)?;
    let place = db.type_declared(&at)?;
    Some(Definition { origin: at.span, path: place.path, span: place.span })
}

/// Where a name is made known to its file: the `use` that takes it, else its declaration.
#[must_use]
pub fn declaration(db: &Database, path: &str, offset: u32) -> Option<Definition> {
    let at = db.at(path, offset)?;
    if let Meaning::Item(name) = &at.meaning
        && at.place.as_ref().is_some_and(|place| place.path != path)
    {
        let package = name.as_str().rsplit_once('.').map_or("", |(package, _)| package);
        let (lines, _) = imports::lines(db, path);
        for line in lines.iter().filter(|line| line.tree.package.dotted() == package) {
            let taken = match &line.tree.names {
                None => Some(line.tree.package.span),
                Some(names) => names.iter().find(|taken| taken.text == name.short()).map(|taken| taken.span),
            };
            if let Some(span) = taken.map(|span| span.shifted(line.start)).filter(|span| *span != at.span) {
                return Some(Definition { origin: at.span, path: path.to_owned(), span });
            }
        }
    }
    let place = at.place?;
    Some(Definition { origin: at.span, path: place.path, span: place.span })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::fixture::{self, Fixture};

    /// The line of the declaration, with the name in brackets, and the file where it is another.
    fn declared(text: &str) -> String {
        let fixture = Fixture::new(text);
        match definition(&fixture.db, fixture::PATH, fixture.cursor) {
            None => "nothing".to_owned(),
            Some(found) => fixture.marked(&found.path, found.span),
        }
    }

    #[test]
    fn names_lead_to_their_declarations() {
        for (text, expected) in [
            ("policy q { for s: Sec<CURSOR>ret }", "model: entity [Secret] {"),
            ("policy q { for s: Secret where s.sta<CURSOR>tic }", "model:   [static]: bool"),
            (
                "policy q { for s: Secret where s.us<CURSOR>es.size() > 0 }",
                "model:   secret: Secret inverse [uses]",
            ),
            (
                "policy q { for s: Secret let a = s.static where <CURSOR>a }",
                "policy q { for s: Secret let [a] = s.static where a }",
            ),
            (
                "policy q { for s: Secret where s<CURSOR>.static }",
                "policy q { for [s]: Secret where s.static }",
            ),
            (
                "policy q { for s: Secret where s.uses.exists(u, u<CURSOR>.at > now) }",
                "policy q { for s: Secret where s.uses.exists([u], u.at > now) }",
            ),
            ("fn f(s: Secret): bool = <CURSOR>s.static", "fn f([s]: Secret): bool = s.static"),
            (
                "fn f(s: Secret): bool = s.status == Status.act<CURSOR>ive",
                "model: enum Status { [active], revoked }",
            ),
            (
                "fn f(s: Secret): bool = s.static\nfn g(s: Secret): bool = s.f<CURSOR>()",
                "fn [f](s: Secret): bool = s.static",
            ),
            (
                "policy q { maps csf.DE_<CURSOR>CM_03 for s: Secret }",
                "model:   [DE_CM_03] \"DE.CM-03\" \"Personnel activity\" alias DE_CM_3",
            ),
            ("use <CURSOR>model.*", "model: package [model]"),
            ("fn f(s: Secret): bool = s.uses.exi<CURSOR>sts(u, true)", "nothing"),
            ("fn f(s: Secret): bool <CURSOR>  = s.static", "nothing"),
        ] {
            assert_eq!(declared(text), expected, "{text}");
        }
    }

    #[test]
    fn names_lead_to_their_types_and_to_the_lines_that_take_them() {
        for (text, ty, declared) in [
            (
                "policy q { for s: Secret where s.us<CURSOR>es.size() > 0 }",
                "model: event [SecretUse] {",
                "model:   secret: Secret inverse [uses]",
            ),
            (
                "fn f(s: Secret): bool = s.sta<CURSOR>tus == Status.active",
                "model: enum [Status] { active, revoked }",
                "model:   [status]: Status = Status.active",
            ),
            ("fn f(s: Sec<CURSOR>ret): bool = true", "model: entity [Secret] {", "use [model].*"),
            ("fn f<CURSOR>(s: Secret): bool = true", "nothing", "fn [f](s: Secret): bool = true"),
        ] {
            let fixture = Fixture::new(text);
            let shown = |found: Option<Definition>| match found {
                None => "nothing".to_owned(),
                Some(found) => fixture.marked(&found.path, found.span),
            };
            assert_eq!(shown(type_definition(&fixture.db, fixture::PATH, fixture.cursor)), ty, "{text}");
            assert_eq!(shown(declaration(&fixture.db, fixture::PATH, fixture.cursor)), declared, "{text}");
        }
    }
}
