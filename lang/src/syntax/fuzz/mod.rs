//! What holds of any bytes whatever: the bodies of the fuzz targets, which `cargo test` replays.
//!
//! Each function takes what a stranger may send and fails an assertion where the front end breaks its word.
//! `tests/fuzz/` calls them on what libFuzzer makes up; the tests beside this file on the same corpus.

#[cfg(test)]
mod replay;

use std::borrow::Cow;
use std::hint::black_box;

use super::context::Context;
use super::lexer::{TokenKind, lex};
use super::words::HEADS;
use super::{limits, parse as grammar, recover};
use crate::db::{self, Database};
use crate::diagnostic::{Diagnostic, Sources, Span, render};
use crate::expression::{self, Function, Overload};
use crate::plan::{Name, Type};
use crate::sema::at::names;

/// The model that [`check`] gives to the texts: their `use model.*`.
const MODEL: &str = include_str!("../../../tests/it/model.assize");
/// How many diagnostics of one text are drawn: drawing looks at the whole text each time.
const DRAWN: usize = 12;
/// How many places of one text are asked for their names.
const ASKED: u32 = 16;

/// Bytes as the front end gets them: files that are not UTF-8 end before it.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The text without a byte order mark, and the mark's length.
fn unmarked(text: &str) -> (&str, u32) {
    text.strip_prefix('\u{FEFF}').map_or((text, 0), |rest| (rest, 3))
}

/// Cutting: items in order, and every token that is no comment in exactly one of them.
pub fn cut(bytes: &[u8]) {
    let text = text(bytes);
    let places: Vec<Span> = super::cut(&text)
        .iter()
        .map(|item| {
            let length = u32::try_from(item.text.len()).unwrap_or(u32::MAX);
            let place = Span::new(0, length).shifted(item.start);
            assert_eq!(place.text(&text), item.text);
            place
        })
        .collect();
    assert!(places.is_sorted_by(|one, next| one.end <= next.start), "items overlap: {places:?}");
    let (body, mark) = unmarked(&text);
    let mut places = places.iter().peekable();
    for token in lex(body) {
        if token.is_comment() || token.kind == TokenKind::End {
            continue;
        }
        let at = token.span.shifted(mark);
        while places.peek().is_some_and(|place| place.end <= at.start) {
            places.next();
        }
        let held = places.peek().is_some_and(|place| place.start <= at.start && at.end <= place.end);
        assert!(held, "in no item: {at:?}");
    }
}

/// Parsing: a tree or a word about why there is none, and every place inside the text. The whole text is read
/// as a lone expression too.
pub fn parse(bytes: &[u8]) {
    let text = text(bytes);
    for item in super::cut(&text) {
        let parsed = super::parse_item(&item.text);
        assert!(parsed.item.is_some() || !parsed.diagnostics.is_empty(), "nothing said of {:?}", item.text);
        for diagnostic in &parsed.diagnostics {
            points_into(&item.text, diagnostic);
        }
    }
    for diagnostic in &super::parse_expression(&text).diagnostics {
        points_into(&text, diagnostic);
    }
}

/// Fails where a diagnostic speaks of what is no part of the text.
fn points_into(text: &str, diagnostic: &Diagnostic) {
    let labels = diagnostic.labels.iter().filter(|label| label.file.is_none()).map(|label| label.span);
    let fixes = diagnostic.fixes.iter().map(|fix| fix.span);
    for span in labels.chain(fixes).chain([diagnostic.span]) {
        let part = text.get(span.start as usize..span.end as usize);
        assert!(part.is_some(), "{span:?} is no part of the text: {}", diagnostic.message);
    }
}

/// Formatting: done twice it changes nothing more, and it changes blanks alone.
pub fn format(bytes: &[u8]) {
    let text = text(bytes);
    let once = super::format(&text);
    let twice = super::format(&once.text);
    assert_eq!(once.text, twice.text, "formatted twice");
    assert_eq!(once.untouched.len(), twice.untouched.len(), "what does not read");
    let tokens = |text: &str| -> Vec<String> {
        lex(text).iter().map(|token| token.span.text(text).trim_end().to_owned()).collect()
    };
    assert_eq!(tokens(unmarked(&text).0), tokens(&once.text), "the tokens");
    assert_eq!(items(&text), items(&once.text), "the trees");
}

/// The items of a text without their places.
pub(super) fn items(text: &str) -> Vec<String> {
    let items = super::cut(text).into_iter().map(|raw| super::parse_item(&raw.text).item);
    items
        .map(|item| {
            let shown = format!("{item:?}");
            shown
                .split("Span {")
                .map(|part| part.split_once('}').map_or(part, |(_, rest)| rest).to_owned())
                .collect()
        })
        .collect()
}

/// Checking: plans and diagnostics, all of which can be drawn; names at any place; and the whole text as a lone
/// expression.
pub fn check(bytes: &[u8]) {
    const PATH: &str = "p.assize";
    let text = text(bytes);
    let mut database = Database::default();
    database.set_source("model.assize", MODEL, true);
    database.set_source(PATH, &text, false);
    black_box(database.program());
    let mut sources = Sources::default();
    for (path, text) in database.sources() {
        sources.insert(path, text);
    }
    for file in database.diagnostics() {
        let Some((_, text)) = database.sources().find(|(path, _)| *path == file.path) else {
            assert!(file.diagnostics.is_empty(), "no such file: {}", file.path);
            continue;
        };
        for diagnostic in &file.diagnostics {
            points_into(text, diagnostic);
        }
        for diagnostic in file.diagnostics.iter().take(DRAWN) {
            assert!(!render(&sources, &file.path, diagnostic, false).is_empty());
        }
    }
    if let Some(file) = database.file(PATH) {
        for item in db::items(&database, file) {
            black_box(names(&database, *item));
        }
    }
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let step = length.checked_div(ASKED).unwrap_or(1).max(1);
    for part in 0..ASKED {
        black_box(database.at(PATH, part.saturating_mul(step)));
    }
    let variables = [
        ("a".to_owned(), Type::Int),
        ("request.time".to_owned(), Type::Timestamp),
        ("s".to_owned(), Type::String),
        ("x".to_owned(), Type::List(Box::new(Type::Dyn))),
    ];
    for late in [false, true] {
        let options = expression::Options { late, functions: hosts(), container: "acme".to_owned() };
        if let Err(said) = expression::compile_with(&text, &variables, &options) {
            assert!(!said.is_empty(), "refused in silence");
            for diagnostic in &said {
                points_into(&text, diagnostic);
            }
        }
    }
}

/// What a host declares for the lone expression: of each kind of function one.
fn hosts() -> Vec<Function> {
    let param = |name: &str| Type::Param(Name::from(name));
    let list = |of: Type| Type::List(Box::new(of));
    let pair = |one: Type, other: Type| Type::Opaque(Name::from("pair"), vec![one, other]);
    vec![
        Function::new("last", [Overload::method([list(param("T"))], param("T"))]),
        Function::new("pair", [Overload::call([param("T"), param("U")], pair(param("T"), param("U")))]),
        Function::new("same", [Overload::call([pair(param("T"), param("T"))], param("T"))]),
        Function::new(
            "acme.size",
            [Overload::call([Type::String], Type::Uint), Overload::call([list(Type::Dyn)], Type::Int)],
        ),
    ]
}

/// Both parsers: the grammar and the parser that recovers accept the same items, and see the same in them.
pub fn agree(bytes: &[u8]) {
    for item in super::cut(&text(bytes)) {
        agree_on(&item.text);
    }
}

/// Holds both parsers to each other on one item.
pub(super) fn agree_on(text: &str) {
    if limits::check_size(text).is_some() {
        return;
    }
    let tokens = lex(text);
    let head = tokens.iter().find(|token| !token.is_comment()).map_or("", |token| token.span.text(text));
    if !HEADS.contains(&head) || limits::check_tokens(text, &tokens).is_some() {
        return;
    }
    let context = Context::new(text, &tokens);
    let by_grammar = grammar::item(&context);
    let said_by_grammar = context.finish();
    let context = Context::new(text, &tokens);
    let (by_hand, faultless) = recover::item(&context);
    let said_by_hand = context.finish();
    match by_grammar {
        Ok(item) => {
            assert!(faultless, "the grammar accepts\n{text}\nand by hand:\n{said_by_hand:#?}");
            assert!(item.is_some(), "no tree of {text}");
            // Equal trees have equal places, every node its own.
            assert_eq!(item, by_hand, "{text}");
            assert_eq!(said_by_grammar, said_by_hand, "{text}");
        }
        Err(why) => {
            assert!(!faultless, "only the grammar rejects\n{text}\n{why:#?}");
            assert!(!said_by_hand.is_empty(), "rejected in silence: {text}");
        }
    }
}
