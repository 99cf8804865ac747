//! What each token of a text is, for its colour.

use assize_lang::Database;
use assize_lang::db;
use assize_lang::diagnostic::Span;
use assize_lang::sema::DeclKind;
use assize_lang::sema::at::{LocalKind, Meaning, names};
use assize_lang::syntax::{self, Lexeme};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is the thing that its name says")]
pub enum Class {
    Package,
    Type,
    Enum,
    Member,
    Field,
    Local,
    Argument,
    Param,
    Function,
    Method,
    Control,
    Policy,
    Signal,
    Word,
    Comment,
    Docs,
    Text,
    Number,
    Operator,
}

/// A token of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where; inside one line.
    pub span: Span,
    /// What it is.
    pub class: Class,
    /// Whether it declares its name.
    pub declares: bool,
    /// Whether the standard library, or the language, declares it.
    pub library: bool,
}

/// The tokens of the file at `path` that touch `within`, in order.
#[must_use]
pub fn tokens(db: &Database, path: &str, within: Span) -> Vec<Token> {
    let Some(file) = db.file(path) else { return Vec::new() };
    let text = file.text(db);
    let named = named(db, path, within);
    let mut names = named.iter().peekable();
    let mut out = Vec::new();
    for piece in pieces(db, path, text, within) {
        for (lexeme, span) in piece {
            while names.peek().is_some_and(|one| one.span.end <= span.start) {
                names.next();
            }
            // A package is one name of several tokens; a text may hold names in its holes.
            let mut at = span.start;
            while let Some(one) = names.peek().filter(|one| one.span.start < span.end) {
                if matches!(lexeme, Lexeme::Mark) {
                    break;
                }
                let start = one.span.start.max(span.start);
                let end = one.span.end.min(span.end);
                plain(lexeme, Span::new(at, start), text, &mut out);
                out.push(Token { span: Span::new(start, end), ..**one });
                at = end;
                if one.span.end > span.end {
                    break;
                }
                names.next();
            }
            plain(lexeme, Span::new(at, span.end), text, &mut out);
        }
    }
    out.retain(|token| token.span.start <= within.end && within.start <= token.span.end);
    out
}

/// The tokens of the items that `within` touches, and of what stands between them.
fn pieces(db: &Database, path: &str, text: &str, within: Span) -> Vec<Vec<(Lexeme, Span)>> {
    let Some(file) = db.file(path) else { return Vec::new() };
    let starts: Vec<u32> = db::items(db, file).iter().map(|item| item.start(db)).collect();
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let from = starts.iter().rev().find(|start| **start <= within.start).copied().unwrap_or(0);
    let until = starts.iter().find(|start| **start > within.end).copied().unwrap_or(end);
    let piece = Span::new(from, until);
    let tokens = syntax::tokens(piece.text(text)).into_iter();
    vec![tokens.map(|(lexeme, span)| (lexeme, span.shifted(from))).collect()]
}

/// A token that no name stands in, a line at a time.
fn plain(lexeme: Lexeme, span: Span, text: &str, out: &mut Vec<Token>) {
    let class = match lexeme {
        Lexeme::Word => Class::Word,
        Lexeme::Number => Class::Number,
        Lexeme::Text => Class::Text,
        Lexeme::Comment => Class::Comment,
        Lexeme::Docs => Class::Docs,
        Lexeme::Mark => Class::Operator,
        Lexeme::Stray => return,
    };
    let written = span.text(text);
    if lexeme == Lexeme::Word && !is_keyword(written) {
        return;
    }
    // Brackets and commas have no colour of their own.
    if lexeme == Lexeme::Mark && matches!(written, "{" | "}" | "(" | ")" | "[" | "]" | "," | ";" | ".") {
        return;
    }
    let mut start = span.start;
    for line in written.split('\n') {
        let end = start.saturating_add(u32::try_from(line.len()).unwrap_or(u32::MAX));
        if end > start {
            out.push(Token { span: Span::new(start, end), class, declares: false, library: false });
        }
        start = end.saturating_add(1);
    }
}

/// The names of the items that `within` touches.
fn named(db: &Database, path: &str, within: Span) -> Vec<Token> {
    let Some(file) = db.file(path) else { return Vec::new() };
    let items = db::items(db, file);
    let mut out = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let next = items.get(at.saturating_add(1)).map_or(u32::MAX, |next| next.start(db));
        if item.start(db) > within.end || next < within.start {
            continue;
        }
        let start = item.start(db);
        let own = db::parsed(db, *item).item.as_ref().and_then(|tree| tree.name().map(|name| name.span));
        for named in names(db, *item) {
            let Some((class, library)) = class(db, &named.meaning) else { continue };
            let declares = own == Some(named.span)
                || matches!(&named.meaning, Meaning::Local(local) if local.declared == named.span);
            out.push(Token { span: named.span.shifted(start), class, declares, library });
        }
    }
    out.sort_by_key(|token| token.span);
    // One place has one meaning; what lies inside another is a part of it.
    let mut end = 0;
    out.retain(|token| {
        let apart = token.span.start >= end;
        end = end.max(token.span.end);
        apart
    });
    out
}

/// What a name is, and whether the library declares it.
fn class(db: &Database, meaning: &Meaning) -> Option<(Class, bool)> {
    let library = |name: &assize_lang::plan::Name| {
        let place = db.declared_at(name);
        place.and_then(|place| db.file(&place.path)).is_none_or(|file| file.library(db))
    };
    Some(match meaning {
        Meaning::Package(_) => (Class::Package, false),
        Meaning::Item(name) => {
            let class = match db.kind_of(name)? {
                DeclKind::Enum => Class::Enum,
                DeclKind::Fact | DeclKind::Request => Class::Type,
                DeclKind::Signal => Class::Signal,
                DeclKind::Catalog => Class::Control,
                DeclKind::Param => Class::Param,
                DeclKind::Fn | DeclKind::Table | DeclKind::Relation => Class::Function,
                DeclKind::Policy => Class::Policy,
            };
            (class, library(name))
        }
        Meaning::Field { of, .. } | Meaning::Inverse { of, .. } => (Class::Field, library(of)),
        Meaning::Member { of, .. } => (Class::Member, library(of)),
        Meaning::Control { catalog, .. } => (Class::Control, library(catalog)),
        Meaning::Local(local) => match local.kind {
            LocalKind::Argument => (Class::Argument, false),
            LocalKind::Binding | LocalKind::Let | LocalKind::Variable => (Class::Local, false),
        },
        Meaning::Code(_) => (Class::Control, true),
        Meaning::Word(word) if word == "now" => (Class::Word, true),
        Meaning::Word(word) if super::words::word(word).is_none() => return None,
        Meaning::Word(_) => (Class::Method, true),
    })
}

/// The words of the grammar.
fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word).is_ok()
}

const KEYWORDS: &[&str] = &[
    "alert",
    "alias",
    "and",
    "at",
    "basis",
    "because",
    "block",
    "by",
    "case",
    "catalog",
    "closed",
    "contains",
    "could_be",
    "covered",
    "decide",
    "desc",
    "destroy",
    "each",
    "enforce",
    "entity",
    "enum",
    "envelope",
    "error",
    "event",
    "expect",
    "false",
    "fn",
    "for",
    "fresh",
    "gap",
    "given",
    "heartbeat",
    "in",
    "inverse",
    "key",
    "lag",
    "let",
    "lives",
    "loss",
    "maps",
    "missing",
    "mode",
    "monitor",
    "most",
    "never",
    "none",
    "nothing",
    "now",
    "null",
    "on",
    "or",
    "otherwise",
    "package",
    "param",
    "per",
    "policy",
    "prefix",
    "quarantine",
    "rank",
    "relation",
    "request",
    "revoke",
    "rotate",
    "sequence",
    "set",
    "signal",
    "source",
    "stage",
    "table",
    "test",
    "true",
    "undetermined",
    "unknown",
    "until",
    "use",
    "valid_until",
    "version",
    "waive",
    "warning",
    "where",
    "with",
    "within",
    "without",
];

/// The tokens of a text that are no comments.
pub(super) fn significant(text: &str) -> Vec<(Lexeme, Span)> {
    let tokens = syntax::tokens(text).into_iter();
    tokens.filter(|(lexeme, _)| !matches!(lexeme, Lexeme::Comment | Lexeme::Docs)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::fixture::{self, Fixture};

    fn shown(text: &str) -> String {
        let fixture = Fixture::new(text);
        let whole = Span::new(fixture.head, u32::MAX);
        let shown = |token: &Token| {
            let marks =
                format!("{}{}", if token.declares { "+" } else { "" }, if token.library { "*" } else { "" });
            format!("{:?}{marks} {}", token.class, token.span.text(&fixture.text))
        };
        let found = tokens(&fixture.db, fixture::PATH, whole);
        found
            .iter()
            .filter(|token| token.span.start >= fixture.head)
            .map(shown)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn names_have_the_colour_of_what_they_mean() {
        insta::assert_snapshot!(shown(
            "/// Old.\npolicy q {\n  maps csf.DE_CM_03\n  for s: Secret\n  where s.static && s.status == Status.active // x\n  decide { s.uses.exists(u, u.at > now - 1d) => alert high because \"{s.id} é {missing}\" }\n}",
        ), @r#"
        Docs /// Old.
        Word policy
        Policy+ q
        Word maps
        Control* csf
        Control* DE_CM_03
        Word for
        Local+ s
        Operator :
        Type* Secret
        Word where
        Local s
        Field* static
        Operator &&
        Local s
        Field* status
        Operator ==
        Enum* Status
        Member* active
        Comment // x
        Word decide
        Local s
        Field* uses
        Method* exists
        Local+ u
        Local u
        Field* at
        Operator >
        Word* now
        Operator -
        Number 1d
        Operator =>
        Word alert
        Member* high
        Word because
        Text "{
        Local s
        Text .
        Field* id
        Text } é {missing}"
        "#);
    }

    #[test]
    fn the_words_are_in_order() {
        assert!(KEYWORDS.is_sorted());
    }
}
