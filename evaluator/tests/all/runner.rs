//! The runner of tests: what fails, and what it says then.

use crate::support::model;

fn failures(test: &str) -> Vec<String> {
    let engine = model(&format!(
        "policy p {{ for x: Thing decide {{
           !x.calls.exists(c, c.at > now - 10d) => revoke x because \"idle\"
           x.n > 5 => alert high because \"many: {{x.n}}\"
           unknown => alert medium because \"{{missing}}\" }} }}
policy gap {{ for x: Thing decide {{ !covered(x.calls, now - 10d) => none otherwise => alert low because \"seen\" }} }}
test \"it\" {{ now 2026-06-01T00:00:00Z
           given Thing {{ id: \"a\", account: \"acc\", n: 7, at: now - 100d, end: null }}
           {test} }}"
    ));
    let reports = engine.run_tests(None);
    assert_eq!(reports.len(), 1);
    reports[0].failures.iter().map(|one| format!("expected {}\ngot {}", one.expected, one.got)).collect()
}

const WATCHED: &str = "given Coverage { signal: Signal.log, scope: \"acc\", from: now - 50d, until: now }";

#[test]
fn what_comes_true_says_nothing() {
    let steps = format!(
        "expect alert high on \"a\" by p because contains \"not settled: no log coverage\" could_be revoke
         {WATCHED}
         expect revoke \"a\" by quarantine by p valid_until null
         given Call {{ thing: \"a\", at: now - 1d }}
         expect alert high on \"a\" by p because contains \"many: 7\" valid_until 2026-06-10T00:00:00Z
         without Call
         expect revoke \"a\" by p
         given Thing {{ id: \"a\", account: \"acc\", n: 1, at: now - 100d, end: null }}
         given Call {{ thing: \"a\", at: now - 1d }}
         expect nothing on \"a\" by p"
    );
    assert_eq!(failures(&steps), Vec::<String>::new());
}

#[test]
fn what_does_not_says_what_came_instead() {
    let steps = format!(
        "{WATCHED} expect alert high on \"a\" by p because contains \"x\" could_be block expect nothing on \"b\" by p"
    );
    insta::assert_snapshot!(failures(&steps).join("\n\n"), @r#"
    expected alert high on "a" by p because contains "x" could_be block
    got revoke Thing `a` by quarantine by t.p on Thing `a`, arm 1: idle; valid until a fact changes
    "#);
}

#[test]
fn a_verdict_that_is_clean_without_coverage_fails() {
    let got = failures(&format!("{WATCHED} expect alert low on \"a\" by gap"));
    insta::assert_snapshot!(got.join("\n"), @r#"
    expected a verdict that is not clean once every given coverage is taken away
    got `t.gap` decides nothing on Thing `a` then: a gap is taken for an answer
    "#);
}

/// Runs one test beside a small model; answers with what it found, pictures included.
fn tried(test: &str) -> String {
    let engine = model(&format!("fn many(t: Thing): bool = t.n > 5\ntest \"it\" {{\n{test}\n}}"));
    let reports = engine.run_tests(None);
    assert_eq!(reports.len(), 1, "what stands in a text is not run");
    assert_ne!(reports[0].expectations, 0);
    let shown = |one: &assize::Failure| {
        let lines = one.pictures.lines().map(|line| line.trim_end().to_owned());
        let pictures: Vec<String> = lines.collect();
        format!("expected {}\nfound {}\n{}", one.expected, one.got, pictures.join("\n"))
    };
    reports[0].failures.iter().map(shown).collect::<Vec<_>>().join("\n")
}

const TYPO: &str = "policy typo { for x: Thing decide { x.nn > 5 => alert high because \"many\" } }";
const GOOD: &str = "policy good { for x: Thing decide { x.many() => alert high because \"many\" } }";
const WARNED: &str = "param unread: int = 3 ";

#[test]
fn a_text_is_refused_as_expected() {
    for test in [
        format!("expect error E0202 in r'''{TYPO}'''"),
        format!("expect error in '''\n{TYPO}\n'''"),
        format!("expect error E0202 because contains 'no field' because contains 'it has' in '''{TYPO}'''"),
        format!("expect nothing in '''{GOOD}'''"),
        // The one text is gone when the next is tried.
        format!(
            "expect nothing in '''{GOOD}''' expect error E0202 in '''{TYPO}''' expect nothing in '''{GOOD}'''"
        ),
        format!("expect warning W0602 in '''{WARNED}'''"),
        format!("expect nothing in '''\n    {GOOD}\n    fn few(t: Thing): bool = t.n < 5\n  '''"),
        format!("expect error E0202 in '''{WARNED}\n{TYPO}'''"),
        format!("expect warning, warning W0602 in '''{WARNED}\n{GOOD}'''"),
        // Of another package it sees nothing of this one without a `use`.
        format!("expect error E0203 in '''package u\n{GOOD}'''"),
        format!("expect nothing in '''package u\nuse t.*\n{GOOD}'''"),
        // What the text does to another file counts.
        "expect error E0209 in '''fn many(t: Thing): bool = t.n > 6'''".to_owned(),
        "expect error E0102, error E0101 in '''policy open { for x: Thing'''".to_owned(),
        "expect error E0201 in '''test \"inner\" { now 2026-06-01T00:00:00Z expect nothing by nobody }'''"
            .to_owned(),
    ] {
        let found = tried(&test);
        assert!(found.is_empty(), "{test}\n{found}");
    }
}

#[test]
fn what_is_said_instead_is_drawn() {
    let found = tried(&format!("expect error E0301 in '''\n  {TYPO}\n'''"));
    insta::assert_snapshot!(found, @r#"
    expected error E0301 and no other error in the text
    found error E0202 at test.assize:89: `Thing` has no field `nn`
    [E0202] Error: `Thing` has no field `nn`
        ,-[ test.assize:89:41 ]
        |
     89 |   policy typo { for x: Thing decide { x.nn > 5 => alert high because "many" } }
        |                                         ^|
        |                                          `-- no such field
        |
        | Help: it has `id`, `flag`, `other`, `maybe`, `n`, `m`, `u`, `x` and 19 more
    ----'
    "#);
    // A text with escapes stands nowhere as it is.
    let found = tried("expect nothing in '\\n\\npolicy typo {}'");
    insta::assert_snapshot!(found, @r"
    expected nothing to be said of the text
    found error E0101 at test.assize:88, the text:3: the policy `typo` has no `for`
    [E0101] Error: the policy `typo` has no `for`
       ,-[ test.assize:88, the text:3:8 ]
       |
     3 | policy typo {}
       |        ^^|^
       |          `--- here
       |
       | Help: say what the policy is about: `for x: Type`
    ---'
    ");
    for (test, lines) in [
        (
            format!("expect error E0202, warning in '''{GOOD}'''"),
            "expected error E0202, warning and no other error in the text\nfound nothing: the text is accepted\n",
        ),
        (
            format!("expect nothing in '''{WARNED}'''"),
            "expected nothing to be said of the text\nfound warning W0602 at test.assize:88: nothing reads param `unread`\n[W0602] Warning:",
        ),
        // What is expected comes, and something else is wrong as well.
        (
            format!("expect error E0301 because contains 'x' in '''{TYPO} {GOOD}'''"),
            "expected error E0301 because contains \"x\" and no other error in the text\nfound error E0101 at",
        ),
    ] {
        let found = tried(&test);
        assert!(found.starts_with(lines), "{test}\n{found}");
    }
}
