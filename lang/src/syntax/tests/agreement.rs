//! The grammar and the parser that recovers are one language: the same texts pass, with the same trees.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::corpus;
use crate::diagnostic::Span;
use crate::syntax::cut;
use crate::syntax::fuzz::agree_on as agree;
use crate::syntax::lexer::{TokenKind, lex};

/// Every item of every text that is known to be good.
static WRITTEN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let texts = corpus::files().into_iter().map(|(_, text)| text);
    texts.flat_map(|text| cut(&text)).map(|item| item.text).collect()
});

/// The tokens of an item with the blanks before each, the end of the text last.
fn pieces(text: &str) -> Vec<(&str, &str)> {
    let mut end = 0;
    lex(text)
        .iter()
        .map(|token| {
            let gap = Span::new(end, token.span.start).text(text);
            end = token.span.end;
            (gap, token.span.text(text))
        })
        .collect()
}

fn joined(pieces: &[(&str, &str)]) -> String {
    pieces.iter().map(|(gap, token)| format!("{gap}{token}")).collect()
}

#[test]
fn on_what_is_written() {
    WRITTEN.iter().for_each(|item| agree(item));
}

#[test]
fn on_the_tour_with_a_token_less_or_twice() {
    for item in cut(corpus::TOUR) {
        let pieces = pieces(&item.text);
        for at in 1..pieces.len() {
            let mut less = pieces.clone();
            less.remove(at);
            agree(&joined(&less));
            let mut twice = pieces.clone();
            twice.insert(at, (" ", pieces[at].1));
            agree(&joined(&twice));
        }
    }
}

#[test]
fn on_the_tour_cut_off_anywhere() {
    for item in cut(corpus::TOUR) {
        let pieces = pieces(&item.text);
        for at in 1..pieces.len() {
            agree(&joined(&pieces[..at]));
        }
    }
}

/// Tokens that matter to the grammar, to be put anywhere.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "and", "or", "not", "in", "is", "by", "on", "for", "with", "within", "because", "none", "unknown",
    "otherwise", "rank", "alert", "revoke", "block", "each", "desc", "where", "let", "decide", "maps",
    "mode", "monitor", "key", "inverse", "closed", "covered", "fresh", "lives", "lag", "loss", "alias",
    "version", "source", "now", "given", "without", "set", "expect", "nothing", "contains", "could_be",
    "valid_until", "quarantine", "error", "warning", "E0202", "true", "null", "if", "x", "y", "_", "r", "b", "1", "2u", "0x1f", "1.5",
    ".5", "1e3", "90d", "1h30m", "5x", "1.2.3", "2026-06-01T00:00:00Z", "\"s\"", "'t'", "r\"q\"", "b'z'",
    "\"{x}\"", "\"\"\"m\"\"\"", "\"open", "// c\n", "/// d\n", "\n", "{", "}", "(", ")", "[", "]", "<", ">",
    "<=", ">=", "==", "!=", "=", "=>", "->", ":=", "&&", "||", "|", "&", "!", "-", "+", "*", "/", "%", "?",
    ":", ".", "..", ",", ";", "@", "#", "“x”", "é", "`a-b`", "`", ".?", "[?", ",?", "{?", "(?",
];

/// A change of one token: where, of which kind, and what comes there.
type Edit = (prop::sample::Index, usize, &'static str);

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec((any::<prop::sample::Index>(), 0_usize..4, prop::sample::select(WORDS)), 1..4)
}

/// An item with tokens left out, put in or in the place of others.
fn edited(text: &str, edits: &[Edit]) -> String {
    let mut pieces = pieces(text);
    for (index, kind, word) in edits {
        if pieces.is_empty() {
            break;
        }
        let at = index.index(pieces.len());
        if lex(text).get(at).is_some_and(|token| token.kind == TokenKind::End) {
            continue;
        }
        match kind {
            0 => drop(pieces.remove(at)),
            1 => pieces.insert(at, (" ", word)),
            2 => pieces[at] = (" ", word),
            _ => pieces.insert(at, ("\n  ", word)),
        }
    }
    joined(&pieces)
}

/// Expressions that the grammar accepts.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(LEAVES);
    leaf.prop_map(str::to_owned).prop_recursive(5, 40, 4, |inner| {
        let sign = prop::sample::select(SIGNS);
        prop_oneof![
            (inner.clone(), sign, inner.clone()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("({a}) ? ({b}) : {c}")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("{a}\n? ({b}) : ({c})")),
            inner.clone().prop_map(|a| format!("!{a}")),
            inner.clone().prop_map(|a| format!("- {a}")),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.clone().prop_map(|a| format!("({a}).f")),
            inner.clone().prop_map(|a| format!("({a}).?f")),
            inner.clone().prop_map(|a| format!("({a}). `content-type`")),
            inner.clone().prop_map(|a| format!("x[?{a}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[? {a}, {b}, ?{b}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{{?{a}: {b}, {b}: {a}}}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("x.exists(y, {a})[{b}]")),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|all| format!("[{},]", all.join(", "))),
            (inner.clone(), inner).prop_map(|(a, b)| format!("{{{a}: {b}, {b}: {a}}}")),
        ]
    })
}

#[rustfmt::skip]
const LEAVES: &[&str] = &[
    "x", "now", "a.b.c", "unknown(x)", "1", "-1", "2u", "0x1F", "1.5e-3", ".5", "90d",
    "2026-06-01T00:00:00Z", "'s'", "\"t\"", "r'\\q'", "b\"z\"", "true", "null", "x.for", "x.in_use", "f()",
    "[]", "{}", "x.size()", "9223372036854775807", "-9223372036854775808", "where", "key", "by",
    "'''m\n'''", "// c\n x",
];

const SIGNS: &[&str] = &["||", "&&", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%"];

proptest! {
    #![proptest_config(super::repeatable(120))]

    #[test]
    fn on_the_tour_with_tokens_changed(item in any::<prop::sample::Index>(), edits in edits()) {
        let items = cut(corpus::TOUR);
        agree(&edited(&items[item.index(items.len())].text, &edits));
    }

    #[test]
    fn on_what_is_written_with_tokens_changed(item in any::<prop::sample::Index>(), edits in edits()) {
        agree(&edited(&WRITTEN[item.index(WRITTEN.len())], &edits));
    }

    #[test]
    fn on_expressions(one in expression(), two in expression()) {
        agree(&format!("fn f(a: int): int = {one}"));
        agree(&format!("policy p {{ for x: T, y in {two} where {one} let z = {two} decide {{ {one} => rank {two} by {one} desc, {two}, revoke each {one} because \"\" {two} => block {one} for 1h because 'q' }} }}"));
        agree(&format!("test 't' {{ now {one} given T {{ a: {two} }} expect nothing valid_until {one} }}"));
    }

    #[test]
    fn on_tokens_in_any_order(words in prop::collection::vec(prop::sample::select(WORDS), 0..24), gaps in any::<u32>()) {
        for head in ["fn f(a: int): int = ", "policy p { for x: T decide { ", "test \"t\" { ", "table t(a: b): c { ", "entity E { "] {
            let mut text = head.to_owned();
            for (index, word) in words.iter().enumerate() {
                text.push_str(word);
                if gaps >> (index % 32) & 1 == 1 {
                    text.push(' ');
                }
            }
            agree(&text);
        }
    }
}
