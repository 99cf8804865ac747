//! One style for every text.
//!
//! Line breaks inside expressions are the author's; everything else is settled here: blanks, indentation, one
//! clause, field, step and arm a line, and columns where things stand under each other. Tokens and comments
//! stay what they are, which is checked on every item before its new text is taken.

mod columns;
mod layout;
mod marks;
mod pieces;
mod visit;

pub use visit::{expressions, types};

use self::layout::Layout;
use self::marks::Marks;
use self::pieces::Pieces;
use super::ast::{Item, ItemKind};
use super::lexer::{TokenKind, lex};
use super::{RawItem, cut, parse_item};
use crate::diagnostic::{Severity, Span};

/// How wide a line may become by what stands on it being put there.
const WIDTH: usize = 110;

/// A formatted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatted {
    /// The new text. It ends in a line break, unless it is empty.
    pub text: String,
    /// The items that do not read: they stand in the new text as they stood in the old one, at these places of
    /// the old one.
    pub untouched: Vec<Span>,
}

/// Formats a file. Formatting its result again changes nothing.
#[must_use]
pub fn format(text: &str) -> Formatted {
    let mut out = Formatted { text: String::new(), untouched: Vec::new() };
    let mut before: Option<Before> = None;
    let mut end = 0_usize;
    for raw in cut(text) {
        let start = usize::try_from(raw.start).unwrap_or(usize::MAX);
        let gap = text.get(end..start).unwrap_or_default();
        end = start.saturating_add(raw.text.len());
        let item = readable(&raw);
        let (new, item) = match item.and_then(|item| Some((item_text(&raw.text, &item)?, item))) {
            Some((new, item)) => (new, Some(item)),
            None => {
                out.untouched.push(Span::new(raw.start, offset(end)));
                (raw.text.clone(), None)
            }
        };
        let here = Before { kind: item.as_ref().and_then(one_liner), one_line: !new.contains('\n') };
        if let Some(before) = before {
            let close = before.one_line && here.one_line && before.kind.is_some() && before.kind == here.kind;
            out.text.push_str(if close && gap.matches('\n').count() < 2 { "\n" } else { "\n\n" });
        }
        if out.text.is_empty() && new.starts_with('\u{FEFF}') {
            // At the very start it would be the file's byte order mark, and be gone the next time.
            out.text.push('\n');
        }
        out.text.push_str(&new);
        before = Some(here);
    }
    trailing_comments(&mut out.text, text.get(end..).unwrap_or_default());
    if !out.text.is_empty() {
        out.text.push('\n');
    }
    out
}

/// Formats the items that `range` touches, and nothing between items: what has to be put in the place of what,
/// in the order of the text. An item that does not read stays as it is.
#[must_use]
pub fn format_range(text: &str, range: Span) -> Vec<(Span, String)> {
    let touched = cut(text).into_iter().filter(|raw| {
        let end = raw.start.saturating_add(u32::try_from(raw.text.len()).unwrap_or(u32::MAX));
        raw.start <= range.end && range.start <= end
    });
    touched
        .filter_map(|raw| {
            let new = item_text(&raw.text, &readable(&raw)?)?;
            let span = Span::new(raw.start, raw.start.saturating_add(u32::try_from(raw.text.len()).ok()?));
            (new != raw.text).then_some((span, new))
        })
        .collect()
}

/// What stands above an item.
struct Before {
    kind: Option<&'static str>,
    one_line: bool,
}

/// The kinds of item that may stand line under line.
const fn one_liner(item: &Item) -> Option<&'static str> {
    match item.kind {
        ItemKind::Use(_) => Some("use"),
        ItemKind::Param(_) => Some("param"),
        ItemKind::Signal(_) => Some("signal"),
        ItemKind::Enum(_) => Some("enum"),
        ItemKind::Fn(_) => Some("fn"),
        _ => None,
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn readable(raw: &RawItem) -> Option<Item> {
    let parsed = parse_item(&raw.text);
    let broken = parsed.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    parsed.item.filter(|_| !broken)
}

/// The new text of an item, or nothing where it would not be the same item.
fn item_text(text: &str, item: &Item) -> Option<String> {
    let pieces = Pieces::new(text);
    let mut marks = Marks::new(&pieces, item);
    columns::align(&pieces, item, &mut marks);
    let new = Layout::new(&pieces, &marks).text();
    same_tokens(text, &new).then_some(new)
}

fn same_tokens(old: &str, new: &str) -> bool {
    let tokens = |text: &'_ str| -> Vec<(TokenKind, String)> {
        let tokens = lex(text).into_iter();
        tokens.map(|token| (token.kind, token.span.text(text).trim_end().to_owned())).collect()
    };
    tokens(old) == tokens(new)
}

/// The comments behind the last item.
fn trailing_comments(out: &mut String, text: &str) {
    let mut end = 0;
    for token in lex(text).into_iter().filter(|token| token.is_comment()) {
        let gap = Span::new(end, token.span.start).text(text);
        if !out.is_empty() {
            out.push_str(if gap.matches('\n').count() > 1 { "\n\n" } else { "\n" });
        }
        out.push_str(token.span.text(text).trim_end());
        end = token.span.end;
    }
}
