//! Pages as tests: `assize test PAGE.md`, and `specs` in assize.toml.

use crate::support::Sandbox;

const MODEL: &str = "package acme\n\nentity Key {\n  key id: string\n  static: bool\n} closed\n";

/// A page whose blocks all hold, beside the policies of the project.
const PAGE: &str = r#"# Keys

A static key is told of.

```assize
package acme.rules
use acme.*

policy fixed {
  for k: Key
  decide { k.static => alert high because "{k.id} never ends" }
}

test "a static key" {
  now 2026-06-01T00:00:00Z
  given Key { id: "a", static: true }
  expect alert high on "a" by fixed
}
```

## On facts

```facts
{"Key": {"id": "a", "static": true}, "source": {"tool": "t"}, "observed_at": "2026-06-01T00:00:00Z"}
```

```decisions 2026-06-01T00:00:00Z
alert high by acme.rules.fixed on Key `a`
  because: a never ends
```

```values k: Key
k.static => true
```

## A slip

```assize
policy typo {
  for k: Key
  decide { k.sttaic => alert high because "static" }
}
```

```diagnostics
E0202 3:14 `Key` has no field `sttaic`
  help: did you mean `static`?
```

## Something else

```sh
rm -rf nothing-that-is-run
```
"#;

fn project() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("assize.toml", "policies = [\"policies\"]\nspecs = [\"docs\"]\nstdlib = false\n");
    sandbox.write("policies/model.assize", MODEL).write("docs/keys.md", PAGE);
    sandbox
}

#[test]
fn a_page_is_run_section_by_section() {
    let sandbox = project();
    insta::assert_snapshot!(sandbox.run("test docs/keys.md").expect(0).stdout, @r"
    docs/keys.md
      ok     Keys
      ok     On facts
      ok     A slip
    3 passed, 0 failed
    ");
    // The project says where its pages are.
    insta::assert_snapshot!(sandbox.run("test --format tap").expect(0).stdout, @r"
    TAP version 14
    1..3
    ok 1 - Keys
    ok 2 - On facts
    ok 3 - A slip
    ");
    insta::assert_snapshot!(sandbox.run("test slip").expect(0).stdout, @r"
    docs/keys.md
      ok     A slip
    1 passed, 0 failed
    ");
}

#[test]
fn what_does_not_hold_names_the_page_and_the_line() {
    let sandbox = project();
    let wrong = PAGE
        .replace("expect alert high on", "expect alert low on")
        .replace("k.static => true", "k.static => false")
        .replace("  because: a never ends", "  because: nobody knows")
        .replace("did you mean `static`?", "did you mean it?");
    sandbox.write("docs/keys.md", wrong);
    insta::assert_snapshot!(sandbox.run("test docs/keys.md").expect(1).stdout, @r#"
    docs/keys.md
      failed Keys
             docs/keys.md:17:
               test "a static key": expected alert low on "a" by fixed
               found alert high by acme.rules.fixed on Key `a`, arm 1: a never ends; valid until a fact changes
      failed On facts
             docs/keys.md:27:
               not what came out:
               alert high by acme.rules.fixed on Key `a`
                 because: a never ends
             docs/keys.md:32:
               not what came out:
               k.static => true
      failed A slip
             docs/keys.md:45:
               not what came out:
               E0202 3:14 `Key` has no field `sttaic`
                 help: did you mean `static`?
    0 passed, 3 failed
    "#);
    insta::assert_snapshot!(sandbox.run("test --format junit slip").expect(1).stdout, @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites tests="1" failures="1">
      <testsuite name="docs/keys.md" tests="1" failures="1">
        <testcase classname="docs/keys.md" name="A slip" line="36">
          <failure message="not what came out:">docs/keys.md:45: not what came out:
    E0202 3:14 `Key` has no field `sttaic`
      help: did you mean `static`?</failure>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
}

#[test]
fn a_block_with_errors_is_drawn_and_placed_on_the_page() {
    let sandbox = project();
    sandbox.write("notes.md", "# Notes\n\n```assize\npackage notes\nuse acme.*\n\npolicy p {\n  for k: Key\n  decide { k.odd => alert low because \"x\" }\n}\n```\n");
    insta::assert_snapshot!(sandbox.run("test notes.md").expect(1).stdout, @r#"
    notes.md
      failed Notes
             notes.md:9:
               E0202: `Key` has no field `odd`
               [E0202] Error: `Key` has no field `odd`
                  ,-[ notes.md:9:14 ]
                  |
                9 |   decide { k.odd => alert low because "x" }
                  |              ^|^  
                  |               `--- no such field
                  | 
                  | Help: it has `id` and `static`
               ---'
    0 passed, 1 failed
    "#);
}

#[test]
fn a_page_that_says_nothing_to_run_is_an_error() {
    let sandbox = project();
    sandbox.write("plain.md", "# Nothing\n\n```sh\nls\n```\n");
    let run = sandbox.run("test plain.md").expect(2);
    assert_eq!(run.stderr, "error: plain.md: the page has no block that is run, such as ```assize\n");
    let run = sandbox.run("test docs/keys.md --coverage").expect(2);
    assert!(
        run.stderr.contains("coverage and mutation are about the tests that stand beside policies"),
        "{}",
        run.stderr
    );
    sandbox.write("assize.toml", "policies = [\"policies\"]\nspecs = [\"nowhere\"]\nstdlib = false\n");
    let run = sandbox.run("test").expect(2);
    assert!(run.stderr.contains("nowhere"), "{}", run.stderr);
}

/// A policy beside its test; the type stands in the project's own file.
const POLICY: &str = r#"package acme.own
use acme.*

policy fixed {
  for k: Key
  decide { k.static => alert high because "{k.id} never ends" }
}

test "a static key" {
  now 2026-06-01T00:00:00Z
  given Key { id: "a", static: true }
  expect alert high on "a" by fixed
}
"#;

#[test]
fn a_path_that_exists_is_run_in_a_project_and_outside() {
    let sandbox = project();
    assert!(sandbox.run("test docs").expect(0).stdout.contains("3 passed"));
    let (small, _) = PAGE.split_once("## On facts").unwrap();
    sandbox.write("small.md", small);
    sandbox
        .write("policies/own.assize", POLICY)
        .write("policies/more/two.assize", POLICY.replace("own", "two"));
    insta::assert_snapshot!(sandbox.run("test policies/own.assize").expect(0).stdout, @r"
    policies/own.assize
      ok     a static key
    1 passed, 0 failed
    ");
    let both = sandbox.run("test policies/more small.md").expect(0).stdout;
    assert!(both.contains("policies/more/two.assize") && both.contains("2 passed"), "{both}");
    assert!(!both.contains("own.assize"), "{both}");
    // Nothing of that is a project.
    let outside = Sandbox::new();
    let alone = POLICY.replace("use acme.*", "entity Key { key id: string  static: bool } closed");
    outside.write("keys.assize", &alone).write("empty/notes.txt", "");
    assert!(outside.run("test keys.assize").expect(0).stdout.contains("1 passed"));
    let none = outside.run("test empty").expect(2).stderr;
    assert!(none.contains("empty: the folder holds no *.assize file"), "{none}");
    let none = outside.run("test here there").expect(2).stderr;
    assert!(none.contains("neither `here` nor `there` exists"), "{none}");
}
