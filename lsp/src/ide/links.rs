//! What leads somewhere: packages to their files, codes to their pages, addresses to the web.

use assize_lang::Database;
use assize_lang::db;
use assize_lang::diagnostic::{Code, Span};
use assize_lang::sema::at::{Meaning, names};
use assize_lang::syntax::ast::ItemKind;
use assize_lang::syntax::{self, Lexeme};

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file of the database.
    File(String),
    /// The page of a code.
    Page(Code),
    /// An address of the web.
    Web(String),
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What leads there.
    pub span: Span,
    /// Where to.
    pub target: Target,
    /// What is there.
    pub tip: String,
}

/// The links of the file at `path`, in order.
#[must_use]
pub fn links(db: &Database, path: &str) -> Vec<Link> {
    let Some(file) = db.file(path) else { return Vec::new() };
    let mut out = Vec::new();
    for &item in db::items(db, file) {
        let start = item.start(db);
        let text = item.text(db);
        let is_use =
            matches!(db::parsed(db, item).item.as_ref().map(|tree| &tree.kind), Some(ItemKind::Use(_)));
        if is_use || text.contains("expect") {
            for named in names(db, item) {
                let span = named.span.shifted(start);
                match &named.meaning {
                    Meaning::Package(package) if is_use => {
                        let place = db.at(path, span.start).and_then(|at| at.place);
                        out.extend(place.map(|place| Link {
                            span,
                            tip: format!("package {package}"),
                            target: Target::File(place.path),
                        }));
                    }
                    Meaning::Code(code) => {
                        out.push(Link { span, target: Target::Page(*code), tip: code.summary().to_owned() });
                    }
                    _ => {}
                }
            }
        }
        if text.contains("https://") {
            out.extend(addresses(text).map(|(span, address)| Link {
                span: span.shifted(start),
                tip: address.clone(),
                target: Target::Web(address),
            }));
        }
    }
    out.sort_by_key(|link| link.span);
    out
}

/// The addresses in comments and texts.
fn addresses(text: &str) -> impl Iterator<Item = (Span, String)> {
    let tokens = syntax::tokens(text).into_iter();
    let spoken = tokens.filter(|(lexeme, _)| matches!(lexeme, Lexeme::Comment | Lexeme::Docs | Lexeme::Text));
    spoken.flat_map(move |(_, span)| {
        let written = span.text(text);
        let mut out = Vec::new();
        for (at, _) in written.match_indices("https://") {
            let rest = written.get(at..).unwrap_or_default();
            let end =
                rest.find(|c: char| c.is_whitespace() || "\"'<>`{}\\".contains(c)).unwrap_or(rest.len());
            let address = rest.get(..end).unwrap_or_default().trim_end_matches(['.', ',', ')', ';', ':']);
            let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            let from = span.start.saturating_add(offset(at));
            if address.len() > "https://".len() {
                out.push((Span::new(from, from.saturating_add(offset(address.len()))), address.to_owned()));
            }
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ide::fixture::{self, Fixture};

    #[test]
    fn packages_codes_and_addresses_lead_somewhere() {
        let fixture = Fixture::new(
            "// See https://example.org/a, and (https://example.org/b).\nparam a: int = 1 source \"https://example.org/c\"\ntest \"t\" { expect error E0203 in \"\"\"fn f(): Nope = 1\"\"\" }\n",
        );
        let shown: Vec<String> = links(&fixture.db, fixture::PATH)
            .iter()
            .map(|link| format!("{} -> {:?}: {}", link.span.text(&fixture.text), link.target, link.tip))
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        model -> File("model.assize"): package model
        https://example.org/a -> Web("https://example.org/a"): https://example.org/a
        https://example.org/b -> Web("https://example.org/b"): https://example.org/b
        https://example.org/c -> Web("https://example.org/c"): https://example.org/c
        E0203 -> Page(UnknownType): a type that nothing declares
        "#);
    }
}
