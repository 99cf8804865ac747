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
