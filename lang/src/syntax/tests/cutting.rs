//! Where items start and end.

use proptest::prelude::*;

use crate::syntax::{cut, fuzz, parse_item};

/// The first lines of the items, comments apart.
fn heads(text: &str) -> Vec<String> {
    cut(text)
        .iter()
        .map(|item| {
            let line = item.text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("//"));
            line.unwrap_or_default().to_owned()
        })
        .collect()
}

#[test]
fn at_head_words_in_the_first_column() {
    for (text, expected) in [
        ("", &[][..]),
        ("// only a comment\n\n/// and documentation\n", &[]),
        ("package a", &["package a"]),
        ("package a\nuse b.*\nfn f(): int = 1", &["package a", "use b.*", "fn f(): int = 1"]),
        ("\u{FEFF}package a\r\nuse b.*\r\n", &["package a", "use b.*"]),
        ("policy a {\n  where (\npolicy b {\n}", &["policy a {", "policy b {"]),
        ("policy a {\n  test: 1\n policy b\n}", &["policy a {"]),
        ("policy a { x \"\npolicy b {}", &["policy a { x \"", "policy b {}"]),
        ("policy a { x '''\npolicy b {}'''\n}", &["policy a { x '''"]),
        ("policy a { x '''\npolicy b {}", &["policy a { x '''", "policy b {}"]),
        ("policy a { x r'\\'\npolicy b {}'\n}", &["policy a { x r'\\'", "policy b {}'"]),
        ("policy a { // {\n}\ntest 't' {}", &["policy a { // {", "test 't' {}"]),
        ("policy a {\n// policy b\n}", &["policy a {"]),
        ("policya {}\npolicy_b {}", &["policya {}", "policy_b {}"]),
        ("relation r {}\nwaive w {}\nenvelope e {}", &["relation r {}", "waive w {}", "envelope e {}"]),
    ] {
        assert_eq!(heads(text), expected, "{text}");
    }
}

#[test]
fn at_lines_that_go_on_with_nothing() {
    for (text, expected) in [
        ("garbage\npackage a", &["garbage", "package a"][..]),
        ("package a\npolciy b {\n}\npolicy c {}", &["package a", "polciy b {", "policy c {}"]),
        ("enum E { a }\nrule b", &["enum E { a }", "rule b"]),
        ("use a.*\nimport b", &["use a.*", "import b"]),
        ("param a: int = 1\ntest_it \"x\" {\n}", &["param a: int = 1", "test_it \"x\" {"]),
        ("fn f(): bool =\na in b", &["fn f(): bool ="]),
        ("fn f(): bool =\na &&\nb in c", &["fn f(): bool ="]),
        ("fn f(): map<int, int> = {1: 2}\nin a", &["fn f(): map<int, int> = {1: 2}"]),
        ("param a: int\n= 1\nin 1..2\nsource 'x'", &["param a: int"]),
        ("entity E {\n}\nfresh for 1h\ncovered by s\non a\nand t\nclosed\nlives a ..\nb", &["entity E {"]),
        ("catalog c 'c'\nversion '1'\nprefix 'p' {\n}", &["catalog c 'c'"]),
    ] {
        assert_eq!(heads(text), expected, "{text}");
    }
}

#[test]
fn with_the_comments_above() {
    let text = "// file\n\npackage a // behind\n\n/// docs\n// and\n\n/// more\nfn f(): int = 1\n// end\n";
    let items: Vec<(u32, String)> = cut(text).into_iter().map(|item| (item.start, item.text)).collect();
    let second = "/// docs\n// and\n\n/// more\nfn f(): int = 1";
    assert_eq!(items, [(0, "// file\n\npackage a // behind".to_owned()), (30, second.to_owned())]);
    let parsed = parse_item(second).item.expect("an item");
    assert_eq!(parsed.docs, "docs\nmore");
    assert_eq!(parsed.span.text(second), "fn f(): int = 1");
}

/// Texts that come close to the language, and others.
fn text() -> impl Strategy<Value = String> {
    let word = prop::sample::select(
        &[
            "policy ",
            "test ",
            "\npolicy p {\n",
            "\nfn f(a: int): int = ",
            "\nentity E {",
            "}\n",
            "{",
            "(",
            "[",
            "\"",
            "'",
            "\"\"\"",
            "'''",
            "r\"",
            "\\",
            "//",
            "///",
            "\n",
            "\r\n",
            "\u{FEFF}",
            "é",
            "“",
            "where ",
            "decide ",
            "=> ",
            "because ",
            "alert high",
            "a",
            ".",
            "1",
            "90d",
            "\0",
        ][..],
    );
    prop_oneof![prop::collection::vec(word, 0..40).prop_map(|words| words.concat()), any::<String>()]
}

proptest! {
    #![proptest_config(super::repeatable(400))]

    #[test]
    fn takes_every_token_once(text in text()) {
        fuzz::cut(text.as_bytes());
    }

    #[test]
    fn and_parsing_take_any_text(text in text()) {
        fuzz::parse(text.as_bytes());
    }

    #[test]
    fn and_formatting_takes_any_text(text in text()) {
        fuzz::format(text.as_bytes());
    }
}
