//! Other languages' spellings: each is named, and its fix is the text that was meant.

use super::said::{fixed, said};
use crate::diagnostic::Code;
use crate::syntax::{cut, parse_item};

/// The wrong text has the code and nothing else; with its fixes it is the right one, which is faultless.
fn misses(code: Code, wrong: &str, right: &str) {
    let found = cut(wrong).into_iter().flat_map(|raw| parse_item(&raw.text).diagnostics);
    for diagnostic in found {
        assert_eq!(diagnostic.code, code, "{wrong}\n{}", said(wrong));
        assert!(diagnostic.help.is_some(), "{wrong}");
    }
    assert_eq!(fixed(wrong), right);
    assert_eq!(said(right), "nothing", "{right}");
}

#[test]
fn in_expressions() {
    for (wrong, right) in [
        ("a = b", "a == b"),
        ("a === b", "a == b"),
        ("a !== b", "a != b"),
        ("a <> b", "a != b"),
        ("a and b", "a && b"),
        ("a AND b", "a && b"),
        ("a & b", "a && b"),
        ("a or b = c", "a || b == c"),
        ("a | b", "a || b"),
        ("not a", "!a"),
        ("a && not b.c", "a && !b.c"),
        ("a is null", "a == null"),
        ("a is not null", "a != null"),
        ("a eq b", "a == b"),
        ("a?.b", "a.b"),
        ("a => b", "a >= b"),
        ("a == “b”", "a == \"b\""),
        ("a == ‘b’", "a == \"b\""),
        ("a;", "a"),
    ] {
        let item = |body: &str| format!("fn f(a: int): bool = {body}");
        misses(Code::NearMiss, &item(wrong), &item(right));
        if wrong.contains("=>") {
            continue;
        }
        let item = |body: &str| {
            format!("policy p {{\n  for s: T\n  where {body}\n  decide alert low because \"{{s.id}}\"\n}}")
        };
        misses(Code::NearMiss, &item(wrong), &item(right));
    }
}

#[test]
fn in_policies() {
    for (wrong, right) in [
        ("decide { a -> none }", "decide { a => none }"),
        ("decide { a: none }", "decide { a=> none }"),
        ("decide { if a => none }", "decide {  a => none }"),
        ("decide { if a then none }", "decide {  a => none }"),
        ("decide { a => none else => none }", "decide { a => none otherwise => none }"),
        ("decide alert \"high\" because 'x'", "decide alert high because 'x'"),
        ("decide alert Severity.high because 'x'", "decide alert high because 'x'"),
        ("decide alert high reason 'x'", "decide alert high because 'x'"),
        ("decide alert high because: 'x'", "decide alert high because 'x'"),
        ("decide rank t by a, b asc because 'x'", "decide rank t by a, b  because 'x'"),
        ("decide alert high with { k = 1 } because 'x'", "decide alert high with { k : 1 } because 'x'"),
        ("when a decide { a => none }", "where a decide { a => none }"),
        ("where: a decide { a => none }", "where a decide { a => none }"),
        ("let a := b decide { a => none }", "let a = b decide { a => none }"),
        ("let a: int = b decide { a => none }", "let a = b decide { a => none }"),
        ("# why\n decide { a => none }", "// why\n decide { a => none }"),
    ] {
        let item = |body: &str| format!("policy p {{ for s: T {body} }}");
        misses(Code::NearMiss, &item(wrong), &item(right));
    }
}

#[test]
fn in_other_items() {
    for (wrong, right) in [
        ("package a/b", "package a.b"),
        ("package a.b;", "package a.b"),
        ("fn f(a: int) -> int = a", "fn f(a: int) : int = a"),
        ("fn f(a: int): int := a", "fn f(a: int): int = a"),
        ("param p: double = .5", "param p: double = 0.5"),
        ("param p: int := 5", "param p: int = 5"),
        ("table t(a: bool): T { true -> x }", "table t(a: bool): T { true => x }"),
        ("table t(a: E): T { b || c => x }", "table t(a: E): T { b | c => x }"),
        ("test 't' { given T { a = 1 } }", "test 't' { given T { a : 1 } }"),
        ("test 't' { now: 2026-06-01T00:00:00Z }", "test 't' { now 2026-06-01T00:00:00Z }"),
    ] {
        misses(Code::NearMiss, wrong, right);
    }
}

#[test]
fn in_head_words() {
    for (wrong, right) in [
        (
            "polcy p { for s: T decide { otherwise => none } }",
            "policy p { for s: T decide { otherwise => none } }",
        ),
        (
            "rule p { for s: T decide { otherwise => none } }",
            "policy p { for s: T decide { otherwise => none } }",
        ),
        ("import a.*", "use a.*"),
        ("const p: int = 1", "param p: int = 1"),
        ("struct E { key id: string } closed", "entity E { key id: string } closed"),
    ] {
        misses(Code::UnknownItem, wrong, right);
    }
}

#[test]
fn misspelt_words_are_set_right() {
    for (wrong, right) in [
        ("policy p { fro s: T decide { a => none } }", "policy p { for s: T decide { a => none } }"),
        (
            "policy p {\n  for s: T\n  wehre a\n  decide { a => none }\n}",
            "policy p {\n  for s: T\n  where a\n  decide { a => none }\n}",
        ),
        (
            "policy p { for s: T decide { a => revok s because 'x' } }",
            "policy p { for s: T decide { a => revoke s because 'x' } }",
        ),
        (
            "policy p { for s: T decide { a => revoke s by rotat because 'x' } }",
            "policy p { for s: T decide { a => revoke s by rotate because 'x' } }",
        ),
        (
            "policy p { mode monitr for s: T decide { a => none } }",
            "policy p { mode monitor for s: T decide { a => none } }",
        ),
        ("signal s { basis hartbeat }", "signal s { basis heartbeat }"),
        ("test 't' { expct nothing }", "test 't' { expect nothing }"),
        ("test 't' { expect undeterminded }", "test 't' { expect undetermined }"),
        ("entity E { key id: string } coverd by s", "entity E { key id: string } covered by s"),
    ] {
        let found: Vec<_> =
            cut(wrong).into_iter().flat_map(|raw| parse_item(&raw.text).diagnostics).collect();
        assert!(!found.is_empty(), "{wrong}");
        let text = found.iter().flat_map(|one| &one.fixes).next().map(|fix| {
            let mut text = wrong.to_owned();
            text.replace_range(fix.span.start as usize..fix.span.end as usize, &fix.replacement);
            text
        });
        assert_eq!(text.as_deref(), Some(right), "{}", said(wrong));
        assert_eq!(said(right), "nothing", "{right}");
    }
}
