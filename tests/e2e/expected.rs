//! Texts that must be refused: `expect error … in …`, as `assize test` runs it and writes it down.

use crate::support::Sandbox;

const MODEL: &str = r#"package acme

entity Key {
  key id: string
  static: bool
} closed

policy old {
  for k: Key
  decide { k.static => alert low because "static" }
}

"#;

/// A project with a test of one step, which begins on line 15.
fn project(step: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("assize.toml", "policies = [\"p.assize\"]\nstdlib = false\n");
    sandbox.write("p.assize", format!("{MODEL}test \"refused\" {{\n{step}\n}}\n"));
    sandbox
}

const TYPO: &str = "\"\"\"\n    policy typo {\n      for k: Key\n      decide { k.sttaic => alert low because \"x\" }\n    }\n  \"\"\"";

#[test]
fn what_is_expected_comes_and_the_test_passes() {
    let sandbox =
        project(&format!("  expect error E0202 because contains \"did you mean `static`\" in {TYPO}"));
    let run = sandbox.run("test").expect(0);
    insta::assert_snapshot!(run.stdout, @r"
    p.assize
      ok     refused
    1 passed, 0 failed
    ");
    insta::assert_snapshot!(sandbox.run("test --format tap").expect(0).stdout, @r"
    TAP version 14
    1..1
    ok 1 - refused
    ");
    insta::assert_snapshot!(sandbox.run("test --format junit").expect(0).stdout, @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites tests="1" failures="0">
      <testsuite name="p.assize" tests="1" failures="0">
        <testcase classname="p.assize" name="refused" line="13"/>
      </testsuite>
    </testsuites>
    "#);
}

#[test]
fn another_error_than_the_one_expected_is_a_failure_and_is_drawn() {
    let sandbox = project(&format!("  expect error E0401 in {TYPO}"));
    let run = sandbox.run("test").expect(1);
    insta::assert_snapshot!(run.stdout, @r#"
    p.assize
      failed refused
             p.assize:14:
               expected error E0401 and no other error in the text
               found error E0202 at p.assize:17: `Key` has no field `sttaic`
               [E0202] Error: `Key` has no field `sttaic`
                   ,-[ p.assize:17:18 ]
                   |
                17 |       decide { k.sttaic => alert low because "x" }
                   |                  ^^^|^^  
                   |                     `---- no such field
                   | 
                   | Help: did you mean `static`?
               ----'
    0 passed, 1 failed
    "#);
    insta::assert_snapshot!(sandbox.run("test --format tap").expect(1).stdout, @r#"
    TAP version 14
    1..1
    not ok 1 - refused
      ---
      at: p.assize:13
      failures:
        - line: 14
          message: "expected error E0401 and no other error in the text; found error E0202 at p.assize:17: `Key` has no field `sttaic`"
      ...
    "#);
    insta::assert_snapshot!(sandbox.run("test --format junit").expect(1).stdout, @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites tests="1" failures="1">
      <testsuite name="p.assize" tests="1" failures="1">
        <testcase classname="p.assize" name="refused" line="13">
          <failure message="expected error E0401 and no other error in the text">p.assize:14: expected error E0401 and no other error in the text
    found error E0202 at p.assize:17: `Key` has no field `sttaic`
    [E0202] Error: `Key` has no field `sttaic`
        ,-[ p.assize:17:18 ]
        |
     17 |       decide { k.sttaic =&gt; alert low because &quot;x&quot; }
        |                  ^^^|^^  
        |                     `---- no such field
        | 
        | Help: did you mean `static`?
    ----'
    </failure>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
}

#[test]
fn every_way_to_be_wrong_is_told() {
    for (step, told) in [
        (
            format!("  expect error E0202 because contains \"did you mean `sttatic`\" in {TYPO}"),
            "expected error E0202 because contains",
        ),
        (format!("  expect warning E0202 in {TYPO}"), "E0202"),
        (format!("  expect nothing in {TYPO}"), "expected nothing"),
        ("  expect error in \"\"\"\n    fn f(k: Key): bool = k.static\n  \"\"\"".to_owned(), "found nothing"),
    ] {
        let run = project(&step).run("test");
        assert!(run.code != 0, "{step}");
        let all = format!("{}{}", run.stdout, run.stderr);
        assert!(all.contains(told), "{step}\n{all}");
        assert!(all.contains("p.assize:14"), "{step}\n{all}");
    }
}
