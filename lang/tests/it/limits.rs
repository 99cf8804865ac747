//! Every limit, at its edge: what fits is taken, one more is a typed error.

use std::fmt::Write as _;

use assize_lang::Database;

use crate::support::{MODEL, check};

/// The notes of what is over a limit.
fn over(text: &str) -> Vec<String> {
    let mut db = Database::default();
    db.set_source("model.assize", MODEL, true);
    db.set_source("p.assize", &format!("package p\nuse model.*\n{text}\n"), false);
    let found = db.diagnostics().into_iter().flat_map(|file| file.diagnostics);
    let found = found.filter(|one| one.code == assize_lang::diagnostic::Code::TooLarge);
    found.flat_map(|one| one.notes).collect()
}

fn times(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, at| {
        let _ = write!(text, "{}", part(at));
        text
    })
}

fn policy(bound: &str, clauses: &str, arms: &str) -> String {
    format!("policy q {{ for s: Secret{bound} {clauses} decide {{ {arms} otherwise => none }} }}")
}

fn condition(expr: &str) -> String {
    policy("", "", &format!("{expr} => alert low because \"b\""))
}

/// What makes a text of so many parts.
type Maker = fn(usize) -> String;

const LIMITS: &[(&str, usize, Maker)] = &[
    ("a name has at most 256 bytes", 256, |n| format!("enum {} {{ a, b }}", "E".repeat(n))),
    ("a literal has at most 65536 bytes", 65_536, |n| {
        condition(&format!("s.id == \"{}\"", "x".repeat(n.saturating_sub(2))))
    }),
    ("a list as written has at most 10000 members", 10_000, |n| {
        condition(&format!("s.id in [{}\"\"]", times(n.saturating_sub(1), |_| "\"a\",".to_owned())))
    }),
    ("an item has at most 64 parameters", 64, |n| {
        format!("fn f({}): bool = true", times(n, |at| format!("a{at}: int,")).trim_end_matches(','))
    }),
    ("an item has at most 1024 fields", 1_024, |n| {
        format!(
            "entity X {{ key id: string {} }} closed",
            times(n.saturating_sub(1), |at| format!("a{at}: int "))
        )
    }),
    ("an item has at most 4096 rows", 4_096, |n| {
        format!("table t(a: bool): bool {{ {} }}", times(n, |_| "_ => true\n".to_owned()))
    }),
    ("an item has at most 16 bindings", 16, |n| {
        policy(&times(n.saturating_sub(1), |at| format!(", u{at} in s.uses")), "", "")
    }),
    ("an item has at most 1024 clauses", 1_024, |n| {
        policy("", &times(n, |at| format!("let a{at} = s.static\n")), "")
    }),
    ("an item has at most 1024 arms", 1_024, |n| {
        policy("", "", &times(n.saturating_sub(1), |_| "s.static => none because \"b\" ".to_owned()))
    }),
    ("an item has at most 16384 entries", 16_384, |n| {
        format!(
            "catalog c \"c\" version \"1\" prefix \"c\" {{ {} }}",
            times(n, |at| format!("C{at} \"C-{at}\" \"t\"\n"))
        )
    }),
    ("a file has at most 10000 items", 10_000, |n| {
        times(n.saturating_sub(2), |at| format!("fn f{at}(a: int): int = a\n"))
    }),
];

#[test]
fn every_limit_is_typed_and_at_its_edge() {
    for (note, most, make) in LIMITS {
        assert_eq!(over(&make(*most)), Vec::<String>::new(), "{note}: at the limit");
        assert_eq!(over(&make(most + 1)), [(*note).to_owned()], "{note}: above the limit");
    }
}

#[test]
fn a_file_over_its_size_is_refused_whole() {
    let text = |bytes: usize| format!("// {}\n", "x".repeat(bytes));
    assert_eq!(over(&text(1 << 20)), Vec::<String>::new());
    assert_eq!(over(&text(16 << 20)), ["a file has at most 16777216 bytes"]);
    assert_eq!(
        over(&format!("enum E {{ a, b }} // {}", "x".repeat(1 << 20))),
        ["an item has at most 1048576 bytes"]
    );
}

#[test]
fn an_expression_nests_at_most_256_deep() {
    let nested = |depth: usize| condition(&format!("{}s.static{}", "(".repeat(depth), ")".repeat(depth)));
    assert_eq!(over(&nested(250)), Vec::<String>::new());
    assert_eq!(over(&nested(300)), ["an expression nests at most 256 deep"]);
    let number = check("package p\nuse model.*\nfn f(a: int): bool = a == 99999999999999999999\n").1;
    assert!(number[0].starts_with("E0105"), "{number:?}");
}
