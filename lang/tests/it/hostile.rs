//! Texts that mean harm: an answer always, and soon, and a diagnostic instead of a machine without memory.

use crate::support::check;

/// The codes that are said about a text, each once, in order.
fn codes(text: &str) -> String {
    let mut codes: Vec<String> =
        check(text).1.iter().filter_map(|line| line.split(' ').next().map(str::to_owned)).collect();
    codes.sort();
    codes.dedup();
    codes.join(" ")
}

fn package(items: &str) -> String {
    format!("package p\nuse model.*\n{items}")
}

/// `f1 = f0 + f0`, `f2 = f1 + f1`, …: each is twice as long as the one before.
fn doubling(levels: usize) -> String {
    let mut text = "fn f0(a: int): int = a\n".to_owned();
    for level in 1..=levels {
        let below = level - 1;
        text.push_str(&format!("fn f{level}(a: int): int = f{below}(a) + f{below}(a)\n"));
    }
    text
}

#[test]
fn functions_that_double_end_at_a_limit() {
    assert_eq!(codes(&package(&doubling(5))), "");
    assert_eq!(codes(&package(&doubling(60))), "E0108");
}

#[test]
fn many_calls_of_a_long_function_end_at_a_limit() {
    // f8 has some five hundred parts: one call is nothing, ten in a line are too many.
    let once = "fn once(): int = f8(1)\n";
    assert_eq!(codes(&package(&format!("{}{once}", doubling(8)))), "");
    let callers: String =
        (0..500).map(|n| format!("fn g{n}(): list<int> = [{}]\n", ["f8(1)"; 10].join(", "))).collect();
    assert_eq!(codes(&package(&format!("{}{callers}", doubling(8)))), "E0108");
    let calls = format!("{}fn all(): list<int> = [{}]\n", doubling(8), vec!["f8(1)"; 2_000].join(", "));
    assert_eq!(codes(&package(&calls)), "E0108");
}

#[test]
fn lets_that_double_end_at_a_limit() {
    let lets: String = (1..60).map(|n| format!("  let d{n} = d{} + d{}\n", n - 1, n - 1)).collect();
    let policy = format!(
        "policy q {{\n  for s: Secret\n  let d0 = now - s.created_at\n{lets}  decide {{ d59 > 1d => alert low because \"x\" }}\n}}\n"
    );
    let said = codes(&package(&policy));
    assert!(said.contains("E0"), "{said}");
}

#[test]
fn a_table_over_too_many_combinations_is_refused() {
    let columns: Vec<String> = (0..40).map(|n| format!("c{n}: bool")).collect();
    let table = format!("table t({}): bool {{\n  {} => true\n}}\n", columns.join(", "), ["_"; 40].join(", "));
    assert_eq!(codes(&package(&table)), "E0108");
}

#[test]
fn an_enum_of_too_many_members_is_refused() {
    let members: Vec<String> = (0..70_000).map(|n| format!("m{n}")).collect();
    assert_eq!(codes(&package(&format!("enum Huge {{ {} }}\n", members.join(", ")))), "E0108");
}

#[test]
fn thousands_of_items_with_one_name_are_all_told() {
    assert_eq!(codes(&package(&"enum E { a, b }\n".repeat(3_000))), "E0209");
}

#[test]
fn nothing_but_one_sign() {
    for sign in ["(", "{", "[", "a.", "-", "!", "\"", "<", "policy ", "fn f(", "a?b:", "x\n", "}"] {
        let many = sign.repeat(30_000 / sign.len());
        for text in [
            many.clone(),
            package(&format!("fn f(a: int): int = {many}")),
            package(&format!("policy p {{ {many}")),
        ] {
            assert!(codes(&text).contains("E01"), "{sign}");
        }
    }
}

/// A megabyte of each kind of sign that a step of its own reads: a letter, a digit, an open string, curly quotes,
/// and quotes that open on every line and never close.
#[test]
fn a_megabyte_of_one_sign() {
    const SIZE: usize = 1_000_000;
    let expected = [
        ("a", "E0108"),
        ("9", "E0108"),
        ("“", "E0104"),
        ("\"", "E0101"),
        ("\\\"\"\"\n", "E0101"),
        ("a.b ", "E0101"),
    ];
    let said = expected.map(|(sign, _)| {
        let many = sign.repeat(SIZE / sign.len());
        (sign, codes(&package(&format!("fn f(a: int): int = {many}\n"))))
    });
    assert_eq!(said.each_ref().map(|(sign, said)| (*sign, said.as_str())), expected);
    for blank in [" ", "\n", "\t", "\r\n", "//\n"] {
        let (program, lines) = check(&package(&blank.repeat(SIZE / blank.len())));
        assert!(lines.is_empty() && program.policies.is_empty(), "{blank:?}: {lines:?}");
    }
}
