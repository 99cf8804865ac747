//! Deep, long and broken texts: an answer always, and soon.

use super::parsed;
use crate::diagnostic::Code;
use crate::syntax::ParsedItem;

fn body(expr: &str) -> ParsedItem {
    parsed(&format!("fn f(a: int): int = {expr}"))
}

fn nested(open: &str, inner: &str, close: &str, times: usize) -> String {
    format!("{}{inner}{}", open.repeat(times), close.repeat(times))
}

const NESTS: &[(&str, &str, &str)] = &[
    ("(", "a", ")"),
    ("[", "a", "]"),
    ("{1: ", "a", "}"),
    ("f(", "a", ")"),
    ("a.f(", "a", ")"),
    ("a[", "a", "]"),
    ("a ? a : ", "a", ""),
    ("(a ? a : ", "a", ")"),
    ("!", "a", ""),
    ("a + ", "a", ""),
];

#[test]
fn two_hundred_and_fifty_levels_of_anything() {
    for (open, inner, close) in NESTS {
        let text = nested(open, inner, close, 250);
        let found = body(&text);
        assert_eq!(found.diagnostics, [], "{open}");
        assert!(found.item.is_some(), "{open}");
        let arm = parsed(&format!(
            "policy p {{ for x: T decide {{ {text} => revoke ({text}) because '{{ {text} }}' }} }}"
        ));
        assert_eq!(arm.diagnostics, [], "{open}");
    }
}

#[test]
fn as_many_levels_of_anything_with_an_error_inside_or_without_an_end() {
    for (open, inner, close) in NESTS {
        for text in [nested(open, &format!("{inner} {inner} ="), close, 250), open.repeat(250)] {
            let found = body(&text);
            assert!(!found.diagnostics.is_empty(), "{open}");
            assert!(found.item.is_some(), "{open}");
        }
    }
}

#[test]
fn a_thousand_levels_of_anything_are_refused() {
    for (open, inner, close) in [
        ("(", "a", ")"),
        ("[", "a", "]"),
        ("{1: ", "a", "}"),
        ("f(", "a", ")"),
        ("a.f(", "a", ")"),
        ("a ? a : ", "a", ""),
        ("!", "a", ""),
        ("- ", "a", ""),
        ("a + ", "a", ""),
        ("a * 2 - ", "a", ""),
        ("a", ".b", ".b"),
        ("a", "[1]", "[1]"),
    ] {
        let text =
            if open == "a" { format!("a{}", close.repeat(2_000)) } else { nested(open, inner, close, 2_000) };
        let codes: Vec<Code> = body(&text).diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        assert_eq!(codes, [Code::TooLarge], "{open}");
    }
    let text = format!("fn f(a: {}): int = 1", nested("list<", "int", ">", 2_000));
    assert_eq!(parsed(&text).diagnostics[0].code, Code::TooLarge);
}

#[test]
fn three_thousand_conditions_are_one_shallow_tree() {
    for sign in [" && ", " || "] {
        let terms: Vec<String> = (0..3_000).map(|n| format!("a == {n}")).collect();
        let found = body(&terms.join(sign));
        assert_eq!(found.diagnostics, [], "{sign}");
    }
}
