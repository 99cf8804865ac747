//! Bounds that hold before any parser recurses.

use super::ast::{Item, ItemKind};
use super::lexer::{Punct, Token, TokenKind};
use crate::diagnostic::{Code, Diagnostic, Span};

/// The longest file, in bytes.
pub(crate) const FILE_BYTES: usize = 16 << 20;
/// The most items of a file.
pub(crate) const FILE_ITEMS: usize = 10_000;
/// The longest item, in bytes.
pub(crate) const ITEM_BYTES: usize = 1 << 20;
/// The longest literal, in bytes.
pub(crate) const LITERAL_BYTES: u32 = 64 << 10;
/// The longest name, in bytes.
pub(crate) const NAME_BYTES: u32 = 256;
/// The most parts of one kind, by the word for one of them.
const PARTS: &[(&str, usize)] = &[
    ("parameter", 64),
    ("field", 1_024),
    ("row", 4_096),
    ("binding", 16),
    ("arm", 1_024),
    ("clause", 1_024),
    ("step", 1_024),
    ("entry", 16_384),
];
/// How deep brackets may nest, signs may run and trees may grow.
pub(crate) const DEPTH: u32 = 256;
/// How deep the tree of a lone expression may grow. One level of it may be four of a plan, and all of them are
/// evaluated on whatever stack the caller has; CEL asks for 32.
pub(crate) const LONE_DEPTH: u32 = 64;

/// An item over its size.
pub(crate) fn check_size(text: &str) -> Option<Diagnostic> {
    (text.len() > ITEM_BYTES).then(|| {
        Diagnostic::new(Code::TooLarge, Span::new(0, 0), format!("an item of {} bytes", text.len()))
            .label("starts here")
            .note(format!("an item has at most {ITEM_BYTES} bytes"))
            .help("divide it into several items")
    })
}

/// A file over its size, or with too many items.
pub(crate) fn check_file(text: &str, items: usize) -> Option<Diagnostic> {
    let report = |what: String, most: String| {
        Diagnostic::new(Code::TooLarge, Span::new(0, 0), what)
            .label("nothing of it is read")
            .note(most)
            .help("divide it into several files of the same package")
    };
    if text.len() > FILE_BYTES {
        let most = format!("a file has at most {FILE_BYTES} bytes");
        return Some(report(format!("a file of {} bytes", text.len()), most));
    }
    let most = || format!("a file has at most {FILE_ITEMS} items");
    (items > FILE_ITEMS).then(|| report(format!("a file of {items} items"), most()))
}

/// The parts of an item of which there are too many.
pub(crate) fn check_parts(item: &Item) -> Option<Diagnostic> {
    let parts: Vec<(&str, usize)> = match &item.kind {
        ItemKind::Fact(fact) => vec![("field", fact.fields.len())],
        ItemKind::Fn(function) => vec![("parameter", function.args.len())],
        ItemKind::Table(table) => vec![("parameter", table.args.len()), ("row", table.rows.len())],
        ItemKind::Catalog(catalog) => vec![("entry", catalog.entries.len())],
        ItemKind::Policy(policy) => vec![
            ("binding", policy.bindings.len()),
            ("clause", policy.clauses.len()),
            ("arm", policy.decide.as_ref().map_or(0, |decide| decide.arms.len())),
            ("step", policy.sequence.as_ref().map_or(0, |sequence| sequence.steps.len())),
        ],
        ItemKind::Test(test) => vec![("step", test.steps.len())],
        _ => Vec::new(),
    };
    let (word, found, most) = parts.into_iter().find_map(|(word, found)| {
        let most = PARTS.iter().find(|(part, _)| *part == word).map(|(_, most)| *most)?;
        (found > most).then_some((word, found, most))
    })?;
    let many = if word == "entry" { "entries".to_owned() } else { format!("{word}s") };
    let span = item.name().map_or(Span::new(0, 0), |name| name.span);
    Some(
        Diagnostic::new(Code::TooLarge, span, format!("an item with {found} {many}"))
            .label("too many")
            .note(format!("an item has at most {most} {many}"))
            .help("divide it into several items"),
    )
}

/// The first token that is over a limit.
pub(crate) fn check_tokens(text: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let mut open = 0_u32;
    let mut signs = 0_u32;
    let mut angles = 0_u32;
    let mut before: Option<TokenKind> = None;
    let mut meaning = tokens.iter().filter(|token| !token.is_comment()).peekable();
    // The members of an ordered enum stand side by side, however many.
    let is_enum = meaning.peek().is_some_and(|first| first.span.text(text) == "enum");
    for token in meaning {
        let length = token.span.end.saturating_sub(token.span.start);
        if token.kind == TokenKind::Word && length > NAME_BYTES {
            return Some(
                Diagnostic::new(Code::TooLarge, token.span, format!("a name of {length} bytes"))
                    .label("too long")
                    .note(format!("a name has at most {NAME_BYTES} bytes"))
                    .help("shorten it; what it means belongs into the documentation above it"),
            );
        }
        if length > LITERAL_BYTES {
            return Some(
                Diagnostic::new(Code::TooLarge, token.span, format!("a literal of {length} bytes"))
                    .label("too long")
                    .note(format!("a literal has at most {LITERAL_BYTES} bytes"))
                    .help("divide it into several"),
            );
        }
        let punct = match token.kind {
            TokenKind::Punct(punct) => Some(punct),
            _ => None,
        };
        match punct {
            Some(Punct::LParen | Punct::LBracket | Punct::LBrace) => open = open.saturating_add(1),
            Some(Punct::RParen | Punct::RBracket | Punct::RBrace) => open = open.saturating_sub(1),
            _ => {}
        }
        signs = if matches!(punct, Some(Punct::Bang | Punct::Minus)) { signs.saturating_add(1) } else { 0 };
        // `list<list<…` nests without brackets; so does nothing that is written with blanks between.
        angles = match (punct, before) {
            (Some(Punct::Lt), Some(TokenKind::Word)) if !is_enum => angles.saturating_add(1),
            (None, Some(TokenKind::Punct(Punct::Lt))) if token.kind == TokenKind::Word => angles,
            _ => 0,
        };
        before = Some(token.kind);
        // The item's own braces are no nesting of an expression.
        if open > DEPTH.saturating_add(2) || signs > DEPTH || angles > DEPTH {
            return Some(too_deep(token.span, DEPTH));
        }
    }
    None
}

/// A nesting over the limit.
pub(crate) fn too_deep(span: Span, depth: u32) -> Diagnostic {
    Diagnostic::new(Code::TooLarge, span, "a nesting that is too deep")
        .label("too deep from here")
        .note(format!("an expression nests at most {depth} deep"))
        .help("name parts of it with `let`")
}
